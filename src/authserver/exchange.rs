//! A pipeline's own token becomes one of berth's (RFC 8693 §2).

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;

use super::{
    Inner,
    answer::{self, Error},
    params::Params,
};
use crate::{
    identity::{Rate, TrustError, counted_as},
    model::Peer,
};

/// The kinds of tokens that are taken (RFC 8693 §3).
const TYPES: [&str; 2] = [
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:token-type:jwt",
];
const ISSUED: &str = "urn:ietf:params:oauth:token-type:access_token";

/// How often one address may come; many runners can share one.
pub(super) fn rate() -> Rate {
    Rate::new(600, Duration::from_secs(600))
}

/// RFC 8693 §2.2.1.
#[derive(Serialize)]
struct Body<'a> {
    access_token: &'a str,
    issued_token_type: &'static str,
    token_type: &'static str,
    expires_in: u64,
    scope: String,
}

impl Inner {
    pub(super) async fn exchange(&self, params: &Params, peer: Option<Peer>) -> Result<Response, Error> {
        if !self.exchanges.admit(counted_as(peer)) {
            return Err(Error::too_often(self.exchanges.window().as_secs()));
        }
        let invalid = |text: &str| Error::new("invalid_request", text);
        let kind = params.get("subject_token_type").unwrap_or_default();
        if !TYPES.contains(&kind) {
            return Err(invalid("subject_token_type must be that of an id_token or a jwt"));
        }
        let token = params
            .get("subject_token")
            .ok_or_else(|| invalid("subject_token is missing"))?;
        let exchanged = self.trusts.exchange(token).await.map_err(|error| match error {
            TrustError::Store(error) => error.into(),
            TrustError::Refused(text) => invalid(&text),
            TrustError::Issuer(_) | TrustError::Net(_) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the keys of a pipeline's issuer can't be had"
                );
                Error::new(
                    "temporarily_unavailable",
                    "the keys of the token's issuer can't be had: the broker's log says why",
                )
            }
        })?;
        let body = Body {
            access_token: exchanged.token.expose(),
            issued_token_type: ISSUED,
            token_type: "Bearer",
            expires_in: exchanged.lifetime.as_secs(),
            scope: exchanged.scope.to_string(),
        };
        Ok(answer::body(StatusCode::OK, &body))
    }
}
