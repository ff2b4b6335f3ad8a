//! A connector's OAuth settings.

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::JsonRejection},
};

use super::{Api, ApiError, connectors, erase, views};
use crate::{
    model::{ConnectorName, Invalid, Mapping, Operator, ProviderName, with_causes},
    oauth::{Change, OAuthError},
    releases::ConnectorRecord,
    wire::{
        Deleted, ErrorCode, OAuthShown, OAuthUpdate, OAuthView, OfProvider, RedirectUri, SecretCheck,
        SecretChecked,
    },
};

pub(super) async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(OfProvider { provider }): Query<OfProvider>,
) -> Result<Json<OAuthShown>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let settings = match provider {
        None => api.oauth.settings_of(&connector.id).await?,
        named => vec![api.oauth.settings_at(&connector.id, named.as_ref()).await?],
    };
    let shown = OAuthShown::of(settings.into_iter().map(views::oauth).collect());
    Ok(Json(shown.ok_or_else(|| not_configured(&name))?))
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
        let before = api.oauth.settings_at(&connector.id, update.provider.as_ref());
        let before = match before.await {
            Ok(settings) => settings.mapping,
            Err(OAuthError::NotConfigured | OAuthError::NotUsed(_)) => Mapping::default(),
            Err(error) => return Err(error.into()),
        };
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

/// For a plan, which has to say that another secret would be set, and can't be told the one that is.
pub(super) async fn check_secret(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(OfProvider { provider }): Query<OfProvider>,
    body: Result<Json<SecretCheck>, JsonRejection>,
) -> Result<Json<SecretChecked>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let Json(check) = body?;
    let is_set = api
        .oauth
        .is_secret(&connector.id, provider.as_ref(), &check.client_secret);
    let is_set = is_set.await.map_err(|error| match error {
        OAuthError::NotConfigured => not_configured(&name),
        error => error.into(),
    })?;
    Ok(Json(SecretChecked { is_set }))
}

pub(super) async fn unset(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    Query(OfProvider { provider }): Query<OfProvider>,
) -> Result<Json<Deleted>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let erased = erase::connection(&api, &operator, &connector, provider.as_ref()).await;
    let grants = erased.map_err(|error| match error {
        OAuthError::NotConfigured => not_configured(&name),
        error => error.into(),
    })?;
    Ok(Json(Deleted { grants }))
}

/// What to register at the provider; known before there is a connector, a provider or a client id.
pub(super) async fn redirect_uri(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(query): Query<OfProvider>,
) -> Result<Json<RedirectUri>, ApiError> {
    let name: ConnectorName = name.parse()?;
    let provider = match (query.provider, api.releases.connector(&name).await?) {
        (Some(named), _) => named,
        (None, None) => ProviderName::from(&name),
        (None, Some(connector)) => match api.oauth.settings_at(&connector.id, None).await {
            Ok(settings) => settings.provider,
            Err(OAuthError::NotConfigured) => ProviderName::from(&name),
            Err(error) => return Err(error.into()),
        },
    };
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
            OAuthError::NotConfigured | OAuthError::NotUsed(_) => ErrorCode::NotFound,
            OAuthError::Several(_)
            | OAuthError::Incomplete(_)
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
