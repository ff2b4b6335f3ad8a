//! New codes and tokens.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;

use super::answer;
use crate::{
    identity::CLIENT_TOKEN_PREFIX,
    model::{Digest, Millis},
    secret::{self, Secret},
    store::Issue,
};

/// How long a client may take from the answer at its redirect URI to `/token` (RFC 6749 §4.1.2).
pub(super) const CODE: Duration = Duration::from_secs(60);
const ACCESS: Duration = Duration::from_secs(3600);
/// How long a client may leave a refresh token unused.
const REFRESH: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a refresh token counts after its first use: clients refresh in parallel, and answers get lost.
pub(super) const GRACE: Duration = Duration::from_secs(30);

const CODE_PREFIX: &str = "berthc_";
const REFRESH_PREFIX: &str = "berthr_";

/// New tokens: what is stored of them, and what the client gets.
pub(super) struct Tokens {
    pub(super) issue: Issue,
    access: Secret<String>,
    refresh: Option<Secret<String>>,
}

#[derive(Serialize)]
struct Body<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    scope: &'a str,
}

pub(super) fn code() -> Secret<String> {
    secret::generate(CODE_PREFIX)
}

impl Tokens {
    pub(super) fn new(now: Millis, refreshes: bool) -> Self {
        let access = secret::generate(CLIENT_TOKEN_PREFIX);
        let refresh = refreshes.then(|| secret::generate(REFRESH_PREFIX));
        let hash = |token: &Secret<String>| Digest::of(token.expose().as_bytes());
        Self {
            issue: Issue {
                access: (hash(&access), now + millis(ACCESS)),
                refresh: refresh.as_ref().map(|token| (hash(token), now + millis(REFRESH))),
                now,
            },
            access,
            refresh,
        }
    }

    /// RFC 6749 §5.1.
    pub(super) fn answer(&self, scope: &str) -> axum::response::Response {
        let body = Body {
            access_token: self.access.expose(),
            token_type: "Bearer",
            expires_in: ACCESS.as_secs(),
            refresh_token: self.refresh.as_ref().map(|token| token.expose().as_str()),
            scope,
        };
        answer::body(StatusCode::OK, &body)
    }
}

pub(super) fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
