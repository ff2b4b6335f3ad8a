//! berth's own OAuth 2.1 authorization server: how an MCP client gets from a URL to a token.
//!
//! A client that comes without a token is told where this server is (RFC 9728), learns its addresses (RFC 8414), makes
//! itself known (by a metadata document of its own, or RFC 7591), sends its person to `/authorize`, whose pages are the
//! console's, and takes the code to `/token`. Codes and tokens are opaque, kept by their hashes, and bound to a user, a
//! client and one connector (RFC 8707); the gateway asks `identity` for them. Callers branch on [`Refusal`]; what
//! clients are told is in `answer`.
//!
//! berth's own command line is a client as well, whose token is for the control API: by a code that a browser brings to
//! it, or one that its person types on a page (RFC 8628). A pipeline brings its own issuer's token (RFC 8693).

mod answer;
mod authorize;
mod client;
mod client_auth;
mod command_line;
mod device;
mod documents;
mod exchange;
mod issue;
mod metadata;
mod params;
mod redirect;
mod register;
mod revoke;
mod scope;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use url::Url;

pub(crate) use authorize::{Asked, Refusal, Step, View};
pub(crate) use command_line::SignInAsked;
pub(crate) use device::{Answer, Guess, shown as shown_code};
use scope::SCOPE;

pub(crate) use crate::store::{ConsentRecord, Device};
use crate::{
    audit::Audit,
    identity::{Identity, Rate, Trusts},
    model::{ConnectorName, ConsentId, Operator, UserId},
    net,
    store::{Store, StoreError},
};

/// Largest body that its endpoints take, in bytes.
const LARGEST_REQUEST: usize = 64 << 10;

/// The authorization server; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct AuthServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<Store>,
    identity: Identity,
    audit: Audit,
    documents: documents::Documents,
    trusts: Trusts,
    registrations: Rate,
    device_requests: Rate,
    guesses: device::Guesses,
    exchanges: Rate,
    public_url: Url,
    /// Its name for itself: the public URL without a slash at its end.
    issuer: String,
}

/// Its endpoints but `/authorize`, which is a page.
pub(crate) fn router(server: AuthServer) -> Router {
    Router::new()
        .route(
            "/.well-known/oauth-protected-resource/mcp/{connector}",
            get(metadata::resource),
        )
        .route("/.well-known/oauth-authorization-server", get(metadata::server))
        .route("/register", post(register::register))
        .route("/token", post(token::token))
        .route("/revoke", post(revoke::revoke))
        .route("/device_authorization", post(device::begin))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .with_state(server)
}

impl AuthServer {
    /// `policy` says which addresses a client's metadata document may have.
    pub(crate) fn new(
        store: Arc<Store>,
        identity: Identity,
        trusts: Trusts,
        audit: Audit,
        policy: net::Policy,
        public_url: Url,
    ) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Inner {
            documents: documents::Documents::new(policy)?,
            registrations: register::rate(),
            device_requests: device::rate(),
            guesses: device::Guesses::default(),
            exchanges: exchange::rate(),
            trusts,
            issuer: public_url.as_str().trim_end_matches('/').to_owned(),
            store,
            identity,
            audit,
            public_url,
        })))
    }

    /// Which clients one user has let in, or everybody has.
    pub(crate) async fn clients(&self, user: Option<&UserId>) -> Result<Vec<ConsentRecord>, StoreError> {
        self.0.store.consents(user).await
    }

    /// Takes a client's access back: its tokens are refused from now on. False when there is no such consent, or it is
    /// not one of `user`'s, where one is named.
    pub(crate) async fn revoke(
        &self,
        actor: &Operator,
        id: &ConsentId,
        user: Option<&UserId>,
    ) -> Result<bool, StoreError> {
        let removed = self.0.store.remove_consent(id, user).await?;
        if removed {
            self.0.identity.forget();
            let actor = actor.user.as_str();
            self.0
                .audit
                .record(actor, "client.revoked", id.as_str(), serde_json::json!({}));
        }
        Ok(removed)
    }
}

impl Inner {
    /// The endpoint of a connector, as clients name it.
    fn resource(&self, name: &ConnectorName) -> String {
        format!("{}/mcp/{name}", self.issuer)
    }

    /// The connector whose endpoint `resource` is (RFC 8707 §2).
    fn connector_of(&self, resource: &str) -> Option<ConnectorName> {
        let url: Url = resource.parse().ok()?;
        let plain = url.query().is_none()
            && !resource.contains('#')
            && url.username().is_empty()
            && url.password().is_none();
        if !plain || url.origin() != self.public_url.origin() {
            return None;
        }
        let name = url.path().strip_prefix("/mcp/")?;
        name.strip_suffix('/').unwrap_or(name).parse().ok()
    }
}
