//! Trying a connector's OAuth settings out.

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
};

use super::{Api, ApiError, connectors};
use crate::{
    model::Operator,
    oauth::Progress,
    wire::{ErrorCode, OAuthTest, OAuthTestLogin, OAuthTestProgress, OfProvider},
};

pub(super) async fn run(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(OfProvider { provider }): Query<OfProvider>,
) -> Result<Json<OAuthTest>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let steps = api.oauth.try_out(&connector.id, provider.as_ref()).await?;
    Ok(Json(OAuthTest { steps }))
}

pub(super) async fn login(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    Query(OfProvider { provider }): Query<OfProvider>,
) -> Result<Json<OAuthTestLogin>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let begun = api
        .oauth
        .begin_trial(&operator.caller(), &connector.id, provider.as_ref())
        .await?;
    Ok(Json(OAuthTestLogin {
        url: begun.url.to_string(),
        id: begun.handle,
        expires_at: begun.expires_at,
    }))
}

pub(super) async fn progress(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<OAuthTestProgress>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let progress = api.oauth.trial(&operator.caller(), &connector.id, &id).await?;
    let progress = progress.ok_or_else(|| {
        ApiError::new(
            ErrorCode::NotFound,
            "there is no such test of yours, or its time is over",
        )
        .hint(format!("begin another with berth oauth test {name} --login"))
    })?;
    Ok(Json(match progress {
        Progress::Waiting => OAuthTestProgress {
            done: false,
            steps: Vec::new(),
        },
        Progress::Done(steps) => OAuthTestProgress { done: true, steps },
    }))
}
