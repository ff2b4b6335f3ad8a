//! Deploying, and going back.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};
use http::StatusCode;

use super::{Api, ApiError, connectors, views};
use crate::{
    model::{Operator, check_value},
    releases::{Difference, Homes, Recorded, ReleaseError, Wanted},
    wire::{
        DeployAnswer, DeployRequest, ErrorCode, ReleaseList, ReleaseView, Restart, Restarted, Rollback,
        Verdict,
    },
};

pub(super) async fn deploy(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<DeployRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<DeployAnswer>), ApiError> {
    let name = name.parse()?;
    let Json(request) = body?;
    request.spec.check()?;
    for (name, secret) in &request.secrets {
        check_value(name, secret.expose())?;
    }
    let wanted = Wanted {
        name,
        spec: request.spec,
        secrets: request.secrets,
    };
    let mut plan = api.releases.plan(&wanted).await?;
    if !request.force {
        api.releases.confirm(&mut plan).await?;
    }
    let live = match &plan.present {
        Some((connector, Some(live))) => Some(views::release(&api, connector, live)),
        _ => None,
    };
    if plan.is_unchanged && !request.force {
        return Ok(answer(Verdict::Unchanged, Vec::new(), live));
    }
    if request.dry_run {
        api.releases.check_able(&wanted).await?;
        return Ok(answer(Verdict::Planned, plan.changes, live));
    }
    let recorded = api.releases.deploy(&operator, wanted).await?;
    Ok(recorded_answer(&api, &recorded, plan.changes))
}

pub(super) async fn list(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<Json<ReleaseList>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let releases = api.releases.releases(&connector.id).await?;
    Ok(Json(ReleaseList {
        releases: releases
            .iter()
            .map(|release| views::release(&api, &connector, release))
            .collect(),
        keep: api.releases.keep().releases,
    }))
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

pub(super) async fn roll_back(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<Rollback>, JsonRejection>,
) -> Result<(StatusCode, Json<DeployAnswer>), ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let Json(rollback) = body?;
    if rollback.dry_run {
        let (target, changes) = api.releases.plan_rollback(&connector, rollback.to).await?;
        let target = views::release(&api, &connector, &target);
        return Ok(answer(Verdict::Planned, changes, Some(target)));
    }
    let (recorded, changes) = api.releases.roll_back(&operator, &connector, rollback.to).await?;
    Ok(recorded_answer(&api, &recorded, changes))
}

pub(super) async fn restart(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Option<Json<Restart>>, JsonRejection>,
) -> Result<Json<Restarted>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let Json(restart) = body?.unwrap_or_default();
    let homes = match restart.clear_homes {
        true => Homes::Clear,
        false => Homes::Keep,
    };
    let outcome = api.releases.restart(&operator, &connector, homes).await?;
    let live = outcome.renewed.as_ref().ok().and_then(Option::as_ref);
    Ok(Json(Restarted {
        release: outcome.number,
        tools: live.map(|live| live.probe.tools.as_ref().map_or(0, Vec::len)),
        homes_cleared: outcome.homes_cleared,
        failure: outcome.renewed.err(),
    }))
}

fn recorded_answer(
    api: &Api,
    recorded: &Recorded,
    changes: Vec<Difference>,
) -> (StatusCode, Json<DeployAnswer>) {
    let release = views::release(api, &recorded.connector, &recorded.release);
    answer(Verdict::Recorded, changes, Some(release))
}

fn answer(
    verdict: Verdict,
    changes: Vec<Difference>,
    release: Option<ReleaseView>,
) -> (StatusCode, Json<DeployAnswer>) {
    let status = match verdict {
        Verdict::Recorded => StatusCode::ACCEPTED,
        Verdict::Unchanged | Verdict::Planned => StatusCode::OK,
    };
    let answer = DeployAnswer {
        verdict,
        changes: changes.into_iter().map(views::change).collect(),
        release,
    };
    (status, Json(answer))
}

impl From<ReleaseError> for ApiError {
    fn from(error: ReleaseError) -> Self {
        let code = match &error {
            ReleaseError::Unable(_) => ErrorCode::Unable,
            ReleaseError::NotSent(_) | ReleaseError::Invalid(_) => ErrorCode::Invalid,
            ReleaseError::NoRelease { .. } | ReleaseError::Gone(_) => ErrorCode::NotFound,
            ReleaseError::NotRetired { .. }
            | ReleaseError::NothingBefore(_)
            | ReleaseError::NothingServes(_) => ErrorCode::Conflict,
            ReleaseError::Stopping => ErrorCode::Unavailable,
            ReleaseError::Blobs(_) => return Self::fault(&error),
            ReleaseError::Store(_) => ErrorCode::Internal,
        };
        match error {
            ReleaseError::Store(error) => error.into(),
            error => {
                // What npm, uv or an engine said itself is the reason.
                let words = error.words().iter().map(|line| format!("\n  | {line}"));
                let message: String = std::iter::once(error.to_string()).chain(words).collect();
                Self::new(code, message).hint(error.hint())
            }
        }
    }
}
