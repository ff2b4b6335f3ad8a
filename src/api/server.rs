//! The broker itself, and who is asking.

use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
};

use http::HeaderMap;

use super::{Api, ApiError};
use crate::{
    model::{Operator, Platform},
    wire::{Deleted, ErrorCode, Identity, IdentityToken, LoggedIn, Login, ServerInfo},
};

pub(super) async fn info(State(api): State<Api>) -> Json<ServerInfo> {
    let public_url = api.public_url.as_str().trim_end_matches('/').to_owned();
    Json(ServerInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        public_url,
        platform: Platform::here(),
        upload_limit: Some(api.upload_limit),
    })
}

pub(super) async fn whoami(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
) -> Result<Json<Identity>, ApiError> {
    let token = api.identity.presented(&headers).await?;
    Ok(Json(Identity {
        user: operator.name,
        roles: operator.roles,
        token: Some(IdentityToken {
            id: token.id,
            label: token.label,
            scope: token.scope,
            expires_at: token.expires_at,
        }),
    }))
}

/// Revokes the token that asks.
pub(super) async fn logout(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    headers: HeaderMap,
) -> Result<Json<Deleted>, ApiError> {
    let token = api.identity.presented(&headers).await?;
    api.identity.revoke_token(&operator, &token.id).await?;
    Ok(Json(Deleted { grants: 0 }))
}

pub(super) async fn login(
    State(api): State<Api>,
    body: Result<Json<Login>, JsonRejection>,
) -> Result<Json<LoggedIn>, ApiError> {
    let Json(login) = body?;
    let (operator, token) = api
        .identity
        .token_for_link(login.code.expose())
        .await?
        .ok_or_else(|| {
            ApiError::new(
                ErrorCode::Unauthenticated,
                "this link was used already, or is too old",
            )
            .hint("ask for another one: berth users link NAME, or start berth serve anew for a setup link")
        })?;
    Ok(Json(LoggedIn {
        user: operator.name,
        roles: operator.roles,
        token,
    }))
}
