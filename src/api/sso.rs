//! The single sign-on.

use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
};

use super::{Api, ApiError};
use crate::{
    identity::{SsoChange, SsoError, SsoSettings},
    model::{Operator, with_causes},
    wire::{Deleted, ErrorCode, SsoUpdate, SsoView},
};

pub(super) async fn show(State(api): State<Api>) -> Result<Json<SsoView>, ApiError> {
    let (settings, has_secret) = api.sso.settings().await?.ok_or(SsoError::NotConfigured)?;
    Ok(Json(SsoView {
        issuer: settings.issuer,
        client_id: settings.client_id,
        has_secret,
        allow_domains: settings.allow_domains,
        allow_groups: settings.allow_groups,
        groups_claim: settings.groups_claim,
        scopes: settings.scopes,
        redirect_uri: api.sso.redirect_uri().to_owned(),
    }))
}

pub(super) async fn set(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    body: Result<Json<SsoUpdate>, JsonRejection>,
) -> Result<Json<SsoView>, ApiError> {
    let Json(update) = body?;
    let usual = || vec!["email".to_owned(), "profile".to_owned()];
    let change = SsoChange {
        settings: SsoSettings {
            issuer: update.issuer,
            client_id: update.client_id,
            allow_domains: update.allow_domains,
            allow_groups: update.allow_groups,
            groups_claim: update.groups_claim.unwrap_or_else(|| "groups".to_owned()),
            scopes: update.scopes.unwrap_or_else(usual),
        },
        secret: update.client_secret,
    };
    api.sso.set(&operator, change).await?;
    show(State(api)).await
}

pub(super) async fn unset(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
) -> Result<Json<Deleted>, ApiError> {
    match api.sso.unset(&operator).await? {
        true => Ok(Json(Deleted { grants: 0 })),
        false => Err(SsoError::NotConfigured.into()),
    }
}

impl From<SsoError> for ApiError {
    fn from(error: SsoError) -> Self {
        let message = with_causes(&error);
        match error {
            SsoError::Store(error) => error.into(),
            SsoError::NotConfigured => {
                Self::new(ErrorCode::NotFound, message).hint("berth sso set says where people sign in")
            }
            SsoError::Net(error) => Self::new(ErrorCode::Unable, message).hint(error.hint()),
            SsoError::Provider(_) => Self::new(ErrorCode::Unable, message)
                .hint("check --issuer: it is the address before /.well-known/openid-configuration"),
            SsoError::Refused(_) | SsoError::Stale => Self::new(ErrorCode::Invalid, message),
        }
    }
}
