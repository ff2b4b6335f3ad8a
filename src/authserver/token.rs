//! `POST /token`: a code or a refresh token becomes tokens (RFC 6749 §4.1.3, §6).

use axum::{Extension, extract::State, response::Response};
use base64::Engine as _;
use http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{
    AuthServer, Inner,
    answer::Error,
    command_line,
    issue::{GRACE, Tokens, millis},
    params::Params,
    scope,
};
use crate::{
    model::{self, ConnectorName, Digest, Peer},
    store::ClientRecord,
};

/// RFC 8628 §3.4.
pub(super) const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8693 §2.1.
pub(super) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

const PARAMETERS: [&str; 12] = [
    "device_code",
    "subject_token",
    "subject_token_type",
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "client_id",
    "client_secret",
    "refresh_token",
    "scope",
    "resource",
];

pub(super) async fn token(
    State(server): State<AuthServer>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Error> {
    let inner = &server.0;
    let params = Params::parse(&body);
    if let Some(name) = params.repeated(&PARAMETERS) {
        let text = format!("{name} is there more than once");
        return Err(Error::new("invalid_request", text));
    }
    // A pipeline is no client of this server's: what it brings is all that counts.
    if params.get("grant_type") == Some(EXCHANGE) {
        return inner.exchange(&params, peer.map(|peer| peer.0)).await;
    }
    if params.get("client_id") == Some(command_line::CLIENT) && !headers.contains_key(header::AUTHORIZATION) {
        return match params.get("grant_type") {
            Some("authorization_code") => inner.redeem_login(&params).await,
            Some(DEVICE) => inner.redeem_device(&params).await,
            _ => Err(Error::new(
                "unauthorized_client",
                "berth's command line signs in by a code of its browser's, or a device code",
            )),
        };
    }
    let client = inner.authenticated(&headers, &params).await?;
    match params.get("grant_type") {
        Some("authorization_code") => inner.redeem(&client, &params).await,
        Some("refresh_token") => inner.refresh(&client, &params).await,
        Some(_) => Err(Error::new(
            "unsupported_grant_type",
            "grant_type must be authorization_code or refresh_token",
        )),
        None => Err(Error::new("invalid_request", "grant_type is missing")),
    }
}

/// Why a code or a refresh token is refused is nobody's business but its client's.
pub(super) fn invalid(text: &str) -> Error {
    Error::new("invalid_grant", text)
}

/// Whether a request comes from whoever made `challenge` (RFC 7636 §4.6).
pub(super) fn is_verifier(params: &Params, challenge: &str) -> bool {
    let verifier = params.get("code_verifier").unwrap_or_default();
    let made = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    made.as_bytes().ct_eq(challenge.as_bytes()).into()
}

impl Inner {
    async fn redeem(&self, client: &ClientRecord, params: &Params) -> Result<Response, Error> {
        let code = params
            .get("code")
            .ok_or_else(|| Error::new("invalid_request", "code is missing"))?;
        let hash = Digest::of(code.as_bytes());
        let unknown = "the code is wrong, was used already, has expired, or was given to another client";
        let found = self.store.code(&hash).await?;
        // One that another client brings is left to whom it was given.
        let Some(found) = found.filter(|found| found.client == client.id) else {
            return Err(invalid(unknown));
        };
        let now = model::now();
        let checked = self.checked(&found, now, params);
        let tokens = Tokens::new(now, client.metadata.refreshes);
        let issue = checked.is_ok().then_some(&tokens.issue);
        if !self.store.redeem_code(&hash, now, issue).await? {
            // It was in two hands: whatever it gave is in the wrong ones, too (RFC 6749 §4.1.2).
            self.identity.forget();
            self.reused("code", client, &found.connector);
            return Err(invalid(unknown));
        }
        checked?;
        Ok(tokens.answer(&found.scope))
    }

    /// Whether a code is brought as its authorization was asked for.
    fn checked(&self, code: &crate::store::CodeRecord, now: i64, params: &Params) -> Result<(), Error> {
        if code.expires_at <= now {
            return Err(invalid("the code has expired"));
        }
        if params.get("redirect_uri") != Some(code.redirect_uri.as_str()) {
            return Err(invalid("redirect_uri is not that of the authorization"));
        }
        if !is_verifier(params, &code.challenge) {
            return Err(invalid("code_verifier is not that of the authorization"));
        }
        self.is_for(&code.connector, params)
    }

    async fn refresh(&self, client: &ClientRecord, params: &Params) -> Result<Response, Error> {
        let token = params
            .get("refresh_token")
            .ok_or_else(|| Error::new("invalid_request", "refresh_token is missing"))?;
        let hash = Digest::of(token.as_bytes());
        let unknown = "the refresh token is wrong, revoked, has expired, or was given to another client";
        let now = model::now();
        let found = self.store.refresh_token(&hash).await?;
        let Some(found) = found.filter(|found| found.client == client.id && found.expires_at > now) else {
            return Err(invalid(unknown));
        };
        self.is_for(&found.connector, params)?;
        if !scope::is_within(params.get("scope").unwrap_or_default(), &found.scope) {
            return Err(Error::new(
                "invalid_scope",
                "a refresh can't add to what was allowed",
            ));
        }
        let tokens = Tokens::new(now, true);
        if !self.store.rotate(&hash, &tokens.issue, millis(GRACE)).await? {
            self.identity.forget();
            self.reused("refresh token", client, &found.connector);
            return Err(invalid(
                "the refresh token was used before: its client has to sign in again",
            ));
        }
        Ok(tokens.answer(&found.scope))
    }

    /// RFC 8707 §2.2: a token is for the endpoint that was authorized, and for no other.
    fn is_for(&self, connector: &ConnectorName, params: &Params) -> Result<(), Error> {
        match params.get("resource") {
            Some(resource) if self.connector_of(resource).as_ref() != Some(connector) => Err(Error::new(
                "invalid_target",
                "resource is not the endpoint that was authorized",
            )),
            _ => Ok(()),
        }
    }

    fn reused(&self, what: &str, client: &ClientRecord, connector: &ConnectorName) {
        tracing::warn!(client = client.id, %connector, "a {what} was used again: its tokens are revoked");
        let detail = serde_json::json!({ "connector": connector, "what": what });
        self.audit.record(&client.id, "client.reuse", &client.id, detail);
    }
}
