//! Deploying.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};
use http::StatusCode;

use super::{Api, ApiError, connectors, views};
use crate::{
    model::{ConnectorName, Operator},
    wire::{DeployAnswer, DeployRequest, ErrorCode, ReleaseView, Verdict},
};

pub(super) async fn deploy(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<DeployRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<DeployAnswer>), ApiError> {
    let name: ConnectorName = name.parse()?;
    let Json(request) = body?;
    request.spec.check()?;
    let (connector, release) = api
        .releases
        .deploy(&operator, &name, request.spec, request.secrets)
        .await?;
    let answer = DeployAnswer {
        verdict: Verdict::Recorded,
        changes: Vec::new(),
        release: Some(views::release(&api, &connector, &release)),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

pub(super) async fn show(
    State(api): State<Api>,
    Path((name, number)): Path<(String, i64)>,
) -> Result<Json<ReleaseView>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let release = api
        .releases
        .numbered(&connector.id, number)
        .await?
        .ok_or_else(|| ApiError::new(ErrorCode::NotFound, format!("{name} has no release {number}")))?;
    Ok(Json(views::release(&api, &connector, &release)))
}
