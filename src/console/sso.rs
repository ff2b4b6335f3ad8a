//! Signing in at the single sign-on's provider.

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::Deserialize;

use super::{
    Console, cookie, fault, from_own_page,
    login::{Destination, elsewhere},
    page::see_other,
};
use crate::{
    identity::{Back, IdentityError, SsoError},
    secret::Secret,
};

/// Binds a sign-in under way to its browser.
const COOKIE: &str = "berth-sso";
/// In seconds, as long as the sign-in itself.
const AWAY: i64 = 600;

#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    code: Option<Secret<String>>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// `POST /login/sso`
pub(super) async fn begin(
    State(console): State<Console>,
    headers: HeaderMap,
    Form(destination): Form<Destination>,
) -> Response {
    if !from_own_page(&headers) {
        return elsewhere();
    }
    let return_to = console.safe_path(&destination.return_to);
    match console.sso.begin(return_to).await {
        Ok(leaving) => {
            let name = console.cookie_name(COOKIE);
            let cookie = console.set_cookie(&name, leaving.cookie.expose(), AWAY);
            see_other(leaving.location.as_str(), &[cookie])
        }
        Err(error) => refused(&console, return_to, error).await,
    }
}

/// `GET /login/sso/callback`
pub(super) async fn finish(
    State(console): State<Console>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    let back = Back {
        code: answer.code,
        state: answer.state,
        error: answer.error,
        iss: answer.iss,
    };
    let name = console.cookie_name(COOKIE);
    match console.sso.finish(&back, cookie(&headers, &name)).await {
        Ok((sign_in, return_to)) => {
            console.signed_in(Ok(Some(sign_in)), console.safe_path(&return_to), elsewhere)
        }
        Err(error) => refused(&console, "/", error).await,
    }
}

/// The sign-in page again, with why.
async fn refused(console: &Console, return_to: &str, error: SsoError) -> Response {
    let (status, text) = match error {
        SsoError::Store(error) => return fault(&IdentityError::Store(error)),
        SsoError::Refused(_) => (StatusCode::FORBIDDEN, error.to_string()),
        SsoError::NotConfigured | SsoError::Stale => (StatusCode::BAD_REQUEST, error.to_string()),
        SsoError::Provider(_) | SsoError::Net(_) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a single sign-on failed"
            );
            (StatusCode::BAD_GATEWAY, error.to_string())
        }
    };
    let problem = format!("You are not signed in: {text}.");
    console.sign_in_page(status, return_to, Some(&problem)).await
}
