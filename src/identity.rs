//! Who is asking: from a header or a cookie to a person.
//!
//! Bearer tokens, one-time links and browser cookies are random values of which the store has only the hash. A
//! token that was seen before is known from memory, so that a call with it touches no database; revoking one
//! empties that memory before it returns.

mod access;
mod clients;
mod passwords;
mod rate;
mod sso;
mod tokens;
mod trusts;

pub(crate) use crate::store::{StoreError, TokenRecord, TrustRecord, User};
pub(crate) use clients::{CALLS, CLIENT_TOKEN_PREFIX, step_up_scope};
pub(crate) use passwords::{Attempt, check_password};
pub(crate) use rate::{Rate, counted_as};
pub(crate) use sso::{Back, Sso, SsoChange, SsoError, SsoSettings};
pub(crate) use tokens::NewToken;
pub(crate) use trusts::{NewTrust, TrustError, Trusts};

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::Engine as _;
use http::{HeaderMap, header};
use moka::sync::Cache;
use serde_json::json;

use crate::{
    audit::Audit,
    model::{
        self, Caller, ConnectorName, Digest, Millis, Operator, Roles, TokenKind, TokenScope, UserId, UserName,
    },
    secret::{self, Secret},
    store::{Removed, Store},
};

/// How long a one-time link is good.
const LINK_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// How long a browser stays signed in.
const BROWSER_LIFETIME: Duration = Duration::from_secs(14 * 24 * 3600);
/// A token in memory is looked up again after this long, so that replicas agree in the end.
const REMEMBERED: Duration = Duration::from_secs(60);
/// What the tokens of [`Identity::registry_token`] start with.
const REGISTRY_PREFIX: &str = "berthv2_";
/// How long one of them is good. A registry's clients ask for another when it ends.
const REGISTRY_LIFETIME: Duration = Duration::from_secs(300);

/// Why nobody is known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    /// There is no credential, or it is not of a kind that is taken here.
    #[error("no credential was sent")]
    Missing,
    /// It is wrong, or ended long ago, or is for something else.
    #[error("the credential is wrong, expired or revoked")]
    Unknown,
    /// It was good until then: whoever has it may know.
    #[error("the token has expired")]
    Expired(Millis),
    #[error("the token was revoked")]
    Revoked(Millis),
    /// Not a token of the control API, by its beginning.
    #[error("the credential is of another kind")]
    WrongKind(TokenKind),
    /// A token that is good, but not for calling tools.
    #[error("the token does not allow calls")]
    Scope,
    #[error("{user} may not use {connector}")]
    NotAllowed {
        user: UserName,
        connector: ConnectorName,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Knows people by their credentials; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    store: Arc<Store>,
    audit: Audit,
    known: tokens::Known,
    clients: clients::Known,
    allowed: access::Allowed,
    attempts: passwords::Attempts,
    /// How often something was revoked: a look-up that a revocation overtook must not be remembered.
    revocations: Arc<AtomicU64>,
    /// The registry's own tokens, by hash: the hash of the bearer token that each one stands for.
    registry_tokens: Cache<Digest, Digest>,
}

/// A browser that was just signed in.
#[derive(Debug)]
pub(crate) struct SignIn {
    pub(crate) cookie: Secret<String>,
    pub(crate) expires_at: Millis,
}

/// A short-lived token for the registry alone.
#[derive(Debug)]
pub(crate) struct RegistryToken {
    pub(crate) token: Secret<String>,
    pub(crate) lifetime: Duration,
}

/// A one-time link's code.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) code: Secret<String>,
    pub(crate) expires_at: Millis,
}

impl Identity {
    pub(crate) fn new(store: Arc<Store>, audit: Audit) -> Self {
        Self {
            store,
            audit,
            known: tokens::known(),
            clients: clients::known(),
            allowed: access::allowed(),
            attempts: passwords::Attempts::default(),
            revocations: Arc::default(),
            registry_tokens: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(REGISTRY_LIFETIME)
                .build(),
        }
    }

    /// The person whose token stands in `Authorization: Bearer` (RFC 6750 §2.1).
    pub(crate) async fn operator(&self, headers: &HeaderMap) -> Result<Operator, IdentityError> {
        let token = bearer(headers).ok_or(IdentityError::Missing)?;
        Ok(self.by_token(token).await?.as_ref().clone())
    }

    /// As [`operator`](Self::operator), or with the token as the password of Basic (RFC 7617), or with one of
    /// [`registry_token`](Self::registry_token): what the clients of OCI registries send.
    pub(crate) async fn registry_operator(&self, headers: &HeaderMap) -> Result<Operator, IdentityError> {
        let Some(token) = bearer(headers) else {
            let password = basic_password(headers).ok_or(IdentityError::Missing)?;
            return Ok(self.by_token(password.expose()).await?.as_ref().clone());
        };
        if !token.starts_with(REGISTRY_PREFIX) {
            return self.operator(headers).await;
        }
        let stands_for = self
            .registry_tokens
            .get(&Digest::of(token.as_bytes()))
            .ok_or(IdentityError::Unknown)?;
        Ok(self.by_hash(stands_for).await?.operator().clone())
    }

    /// The person whose token is the password of Basic, and that token.
    pub(crate) async fn basic_operator(
        &self,
        headers: &HeaderMap,
    ) -> Result<(Operator, Secret<String>), IdentityError> {
        let password = basic_password(headers).ok_or(IdentityError::Missing)?;
        let operator = self.operator_with(&password).await?;
        Ok((operator, password))
    }

    /// The person whose token this is.
    pub(crate) async fn operator_with(&self, token: &Secret<String>) -> Result<Operator, IdentityError> {
        Ok(self.by_token(token.expose()).await?.as_ref().clone())
    }

    /// A short-lived token that stands for `token` at the registry, and nowhere else. It is good as long as that one
    /// is: when it is revoked or expires, so is this.
    pub(crate) fn registry_token(&self, token: &Secret<String>) -> RegistryToken {
        let made = secret::generate(REGISTRY_PREFIX);
        self.registry_tokens.insert(
            Digest::of(made.expose().as_bytes()),
            Digest::of(token.expose().as_bytes()),
        );
        RegistryToken {
            token: made,
            lifetime: REGISTRY_LIFETIME,
        }
    }

    /// The person who calls the tools of `connector`, with a token of their own or through an MCP client that has one
    /// for it. On the path of every call.
    pub(crate) async fn caller(
        &self,
        headers: &HeaderMap,
        connector: &ConnectorName,
    ) -> Result<Caller, IdentityError> {
        let token = bearer(headers).ok_or(IdentityError::Missing)?;
        let caller = match token.starts_with(CLIENT_TOKEN_PREFIX) {
            true => self.by_client_token(token, connector).await?,
            false => {
                let operator = self.by_token(token).await?;
                if !operator.scope.is_everything() {
                    return Err(IdentityError::Scope);
                }
                operator.caller()
            }
        };
        self.check_use(&caller.user, &caller.name, connector).await?;
        Ok(caller)
    }

    /// The person who is signed in with the session cookie's value.
    pub(crate) async fn browser(&self, cookie: Option<&str>) -> Result<Option<Operator>, IdentityError> {
        let Some(cookie) = cookie else { return Ok(None) };
        let user = self
            .store
            .browser(&Digest::of(cookie.as_bytes()), model::now())
            .await?;
        Ok(user.map(operator_of))
    }

    /// Uses up a one-time link and signs its browser in.
    pub(crate) async fn sign_in_with_link(&self, code: &str) -> Result<Option<SignIn>, IdentityError> {
        let taken = self
            .store
            .take_link(&Digest::of(code.as_bytes()), model::now())
            .await?;
        let Some(user) = taken else { return Ok(None) };
        self.sign_in(&user.id).await.map(Some)
    }

    /// Signs a browser in with one of the person's tokens; not with one that may do less than they may.
    pub(crate) async fn sign_in_with_token(&self, token: &str) -> Result<Option<SignIn>, IdentityError> {
        match self.by_token(token.trim()).await {
            Ok(operator) if operator.scope.is_everything() => self.sign_in(&operator.user).await.map(Some),
            Err(IdentityError::Store(error)) => Err(error.into()),
            _ => Ok(None),
        }
    }

    async fn sign_in(&self, user: &UserId) -> Result<SignIn, IdentityError> {
        let cookie = secret::generate("");
        let now = model::now();
        let expires_at = now + millis(BROWSER_LIFETIME);
        let hash = Digest::of(cookie.expose().as_bytes());
        self.store.add_browser(&hash, user, expires_at, now).await?;
        self.audit
            .record(user.as_str(), "browser.signed_in", user.as_str(), json!({}));
        Ok(SignIn { cookie, expires_at })
    }

    pub(crate) async fn sign_out(&self, cookie: &str) -> Result<(), IdentityError> {
        Ok(self.store.remove_browser(&Digest::of(cookie.as_bytes())).await?)
    }

    /// Trades a one-time link for a token: how a CLI on another machine signs in.
    pub(crate) async fn token_for_link(
        &self,
        code: &str,
    ) -> Result<Option<(Operator, Secret<String>)>, IdentityError> {
        let taken = self
            .store
            .take_link(&Digest::of(code.as_bytes()), model::now())
            .await?;
        let Some(user) = taken else { return Ok(None) };
        let (_, token) = self
            .create_token(user.id.as_str(), &user.id, "berth login", None)
            .await?;
        Ok(Some((operator_of(user), token)))
    }

    /// Looks everything up again from now on: tokens went from the store, or what they are for did.
    pub(crate) fn forget(&self) {
        self.revocations.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate_all();
        self.clients.invalidate_all();
        self.allowed.invalidate_all();
    }

    /// Moves whenever something is forgotten: what was looked up before must not be remembered then.
    fn changes(&self) -> u64 {
        self.revocations.load(Ordering::SeqCst)
    }

    /// Adds a user. [`StoreError::Conflict`] when the name is taken.
    pub(crate) async fn add_user(
        &self,
        actor: &str,
        name: &UserName,
        roles: &Roles,
    ) -> Result<User, IdentityError> {
        let user = self.store.add_user(name, roles).await?;
        self.audit.record(
            actor,
            "user.added",
            user.id.as_str(),
            json!({ "roles": roles.to_string() }),
        );
        Ok(user)
    }

    /// A new one-time link for `user`; `actor` is who made it.
    pub(crate) async fn create_link(&self, actor: &str, user: &UserId) -> Result<Link, IdentityError> {
        let code = secret::generate("");
        let expires_at = model::now() + millis(LINK_LIFETIME);
        self.store
            .add_link(&Digest::of(code.expose().as_bytes()), user, expires_at)
            .await?;
        self.audit.record(actor, "link.created", user.as_str(), json!({}));
        Ok(Link { code, expires_at })
    }

    pub(crate) async fn users(&self) -> Result<Vec<User>, IdentityError> {
        Ok(self.store.users().await?)
    }

    pub(crate) async fn user_named(&self, name: &UserName) -> Result<Option<User>, IdentityError> {
        Ok(self.store.user_named(name).await?)
    }

    /// Erases a user with all credentials. Gives what became of their grants, which the caller sees to; what runs for the
    /// user is the caller's to stop too.
    pub(crate) async fn remove_user(
        &self,
        actor: &Operator,
        user: &UserId,
    ) -> Result<Removed, IdentityError> {
        let removed = self.store.remove_user(user).await?;
        self.forget();
        if removed.is_some() {
            self.audit
                .record(actor.user.as_str(), "user.removed", user.as_str(), json!({}));
        }
        Ok(removed.unwrap_or_default())
    }
}

fn operator_of(user: User) -> Operator {
    Operator {
        user: user.id,
        name: user.name,
        roles: user.roles,
        scope: TokenScope::Everything,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn basic_password(headers: &HeaderMap) -> Option<Secret<String>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(encoded.trim())
        .ok()?;
    let decoded = Secret::new(String::from_utf8(decoded).ok()?);
    let (_, password) = decoded.expose().split_once(':')?;
    Some(Secret::new(password.to_owned()))
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests;
