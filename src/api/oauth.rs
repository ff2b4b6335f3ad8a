//! A connector's OAuth settings.

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::JsonRejection},
};
use serde::Deserialize;

use super::{Api, ApiError, connectors, erase, views};
use crate::{
    model::{ConnectorName, Invalid, Mapping, Operator, ProviderName, with_causes},
    oauth::{Change, OAuthError},
    releases::ConnectorRecord,
    wire::{Deleted, ErrorCode, OAuthUpdate, OAuthView, RedirectUri},
};

#[derive(Deserialize)]
pub(super) struct OfProvider {
    #[serde(default)]
    provider: Option<ProviderName>,
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<Json<OAuthView>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let settings = api
        .oauth
        .settings(&connector.id)
        .await?
        .ok_or_else(|| not_configured(&name))?;
    Ok(Json(views::oauth(settings)))
}

/// Works before the first deploy too: it makes the connector then.
pub(super) async fn set(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<OAuthUpdate>, JsonRejection>,
) -> Result<Json<OAuthView>, ApiError> {
    let name: ConnectorName = name.parse()?;
    let Json(update) = body?;
    let known = api.releases.connector(&name).await?;
    let connector = match &known {
        Some(connector) => connector.clone(),
        None => api.releases.connector_or_new(&name).await?,
    };
    let done = apply(&api, &operator, &connector, update).await;
    if done.is_err() && known.is_none() {
        // A change that was refused leaves nothing behind.
        api.releases.forget_bare(&connector).await?;
    }
    done
}

async fn apply(
    api: &Api,
    operator: &Operator,
    connector: &ConnectorRecord,
    update: OAuthUpdate,
) -> Result<Json<OAuthView>, ApiError> {
    if let Some(live) = views::serving(api, connector) {
        let before = api
            .oauth
            .settings(&connector.id)
            .await?
            .map(|settings| settings.mapping)
            .unwrap_or_default();
        let mapping = Mapping {
            headers: update.headers.clone().unwrap_or(before.headers),
            env: update.env.clone().unwrap_or(before.env),
            files: update.files.clone().unwrap_or(before.files),
        };
        if let Some(misfit) = mapping.misfit(&live.spec.transport) {
            return Err(ApiError::from(Invalid(misfit.into())));
        }
    }
    let change = Change {
        provider: update.provider,
        settings: update.settings,
        client_secret: update.client_secret,
        scopes: update.scopes,
        owner: update.owner,
        headers: update.headers,
        env: update.env,
        files: update.files,
        if_version: update.if_version,
    };
    let settings = api
        .oauth
        .set(operator, (&connector.id, &connector.name), change)
        .await?;
    Ok(Json(views::oauth(settings)))
}

pub(super) async fn unset(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
) -> Result<Json<Deleted>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    if api.oauth.settings(&connector.id).await?.is_none() {
        return Err(not_configured(&name));
    }
    Ok(Json(Deleted {
        grants: erase::connection(&api, &operator, &connector).await?,
    }))
}

/// What to register at the provider; known before there is a connector, a provider or a client id.
pub(super) async fn redirect_uri(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(query): Query<OfProvider>,
) -> Result<Json<RedirectUri>, ApiError> {
    let name: ConnectorName = name.parse()?;
    let in_use = match api.releases.connector(&name).await? {
        Some(connector) => api
            .oauth
            .settings(&connector.id)
            .await?
            .map(|settings| settings.provider),
        None => None,
    };
    let provider = query
        .provider
        .or(in_use)
        .unwrap_or_else(|| ProviderName::from(&name));
    let redirect_uri = api.oauth.redirect_uri(&provider).to_string();
    Ok(Json(RedirectUri {
        provider,
        redirect_uri,
    }))
}

fn not_configured(name: &str) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("{name} has no OAuth settings"))
        .hint(format!("set them with berth oauth set {name}"))
}

impl From<OAuthError> for ApiError {
    fn from(error: OAuthError) -> Self {
        let code = match &error {
            OAuthError::NotConfigured => ErrorCode::NotFound,
            OAuthError::Incomplete(_)
            | OAuthError::Invalid(_)
            | OAuthError::Address { .. }
            | OAuthError::Issuer { .. } => ErrorCode::Invalid,
            OAuthError::Conflict | OAuthError::ForAdmins => ErrorCode::Conflict,
            OAuthError::Token { .. } => ErrorCode::Unavailable,
            OAuthError::Store(_) | OAuthError::Interrupted => return Self::fault(&error),
        };
        Self::new(code, with_causes(&error)).hint(error.hint())
    }
}
