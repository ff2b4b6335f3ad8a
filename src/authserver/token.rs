//! `POST /token`: a code or a refresh token becomes tokens (RFC 6749 §4.1.3, §6).

use axum::{extract::State, response::Response};
use base64::Engine as _;
use http::HeaderMap;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{
    AuthServer, Inner,
    answer::Error,
    issue::{GRACE, Tokens, millis},
    params::Params,
    scope,
};
use crate::{
    model::{self, ConnectorName, Digest},
    store::ClientRecord,
};

const PARAMETERS: [&str; 9] = [
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
    headers: HeaderMap,
    body: String,
) -> Result<Response, Error> {
    let inner = &server.0;
    let params = Params::parse(&body);
    if let Some(name) = params.repeated(&PARAMETERS) {
        let text = format!("{name} is there more than once");
        return Err(Error::new("invalid_request", text));
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
fn invalid(text: &str) -> Error {
    Error::new("invalid_grant", text)
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
        let verifier = params.get("code_verifier").unwrap_or_default();
        let challenge =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        if !bool::from(challenge.as_bytes().ct_eq(code.challenge.as_bytes())) {
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
