//! `POST /revoke`: a client gives a token back (RFC 7009).

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode};

use super::{AuthServer, answer::Error, params::Params};
use crate::model::Digest;

pub(super) async fn revoke(
    State(server): State<AuthServer>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Error> {
    let inner = &server.0;
    let params = Params::parse(&body);
    let client = inner.authenticated(&headers, &params).await?;
    let Some(token) = params.get("token") else {
        return Err(Error::new("invalid_request", "token is missing"));
    };
    let hash = Digest::of(token.as_bytes());
    // A token that is not there is as good as revoked (§2.2), and one of another client's is not there for this one.
    if inner.store.revoke_client_token(&hash, &client.id).await? {
        inner.identity.forget();
    }
    Ok(StatusCode::OK.into_response())
}
