//! Connectors: listed, shown, called, deleted.

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::JsonRejection},
};
use serde::Deserialize;

use super::{Api, ApiError, erase, views};
use crate::{
    calls::{CallError, ToolOutcome},
    model::{ConnectorName, Operator, Role, with_causes},
    releases::ConnectorRecord,
    runtime::StartCause,
    wire::{CallAnswer, CallRequest, ConnectorList, ConnectorView, Deleted, ErrorCode, LogLine, LogView},
};

/// Most log lines that one request gets.
const MOST_LINES: usize = 10_000;

#[derive(Deserialize)]
pub(super) struct Lines {
    #[serde(default)]
    lines: Option<usize>,
}

pub(super) async fn list(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
) -> Result<Json<ConnectorList>, ApiError> {
    let mut connectors = Vec::new();
    for connector in api.releases.connectors().await? {
        connectors.push(views::connector(&api, &operator, &connector).await?);
    }
    Ok(Json(ConnectorList { connectors }))
}

pub(super) async fn show(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
) -> Result<Json<ConnectorView>, ApiError> {
    let connector = named(&api, &name).await?;
    let view = views::connector_with_instances(&api, &operator, &connector).await?;
    Ok(Json(view))
}

pub(super) async fn delete(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
) -> Result<Json<Deleted>, ApiError> {
    let connector = named(&api, &name).await?;
    Ok(Json(Deleted {
        grants: erase::connector(&api, &operator, &connector).await?,
    }))
}

pub(super) async fn logs(
    State(api): State<Api>,
    Path(name): Path<String>,
    Query(query): Query<Lines>,
) -> Result<Json<LogView>, ApiError> {
    let connector = named(&api, &name).await?;
    let lines = api
        .runtime
        .logs(&connector.id, query.lines.unwrap_or(100).min(MOST_LINES));
    let line = |line: crate::runtime::LogLine| LogLine {
        at: line.at,
        release: line.number,
        instance: line.instance,
        text: line.text,
    };
    Ok(Json(LogView {
        lines: lines.into_iter().map(line).collect(),
    }))
}

pub(super) async fn call(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<CallRequest>, JsonRejection>,
) -> Result<Json<CallAnswer>, ApiError> {
    let connector = named(&api, &name).await?;
    let Json(call) = body?;
    if call
        .arguments
        .as_ref()
        .is_some_and(|arguments| !arguments.get().starts_with('{'))
    {
        return Err(ApiError::new(
            ErrorCode::Invalid,
            "the tool's arguments are not a JSON object",
        ));
    }
    let arguments = call.arguments.as_deref();
    let called = api
        .calls
        .call_tool(operator.caller(), &connector.name, &call.tool, arguments)
        .await;
    let outcome = called.map_err(|error| {
        // What a connector said belongs in its log, and goes to those who may read that.
        let said = error.stderr().join("\n");
        let may_read = operator.roles.allow(Role::Deployer) && !said.is_empty();
        let refusal = ApiError::from(error);
        if may_read {
            refusal.adding(&format!("its last words:\n{said}"))
        } else {
            refusal
        }
    })?;
    Ok(Json(match outcome {
        ToolOutcome::Result(result) => CallAnswer::Result { result },
        ToolOutcome::Error(error) => CallAnswer::Error { error },
        ToolOutcome::ConsentNeeded(consent) => CallAnswer::AuthorizationNeeded {
            url: consent.url.to_string(),
            provider_host: consent.provider_host.unwrap_or_default(),
            values: consent.values,
        },
    }))
}

/// The connector called `name`.
pub(super) async fn named(api: &Api, name: &str) -> Result<ConnectorRecord, ApiError> {
    let parsed: ConnectorName = name.parse()?;
    api.releases
        .connector(&parsed)
        .await?
        .ok_or_else(|| ApiError::no_connector(name))
}

impl From<CallError> for ApiError {
    fn from(error: CallError) -> Self {
        let message = with_causes(&error);
        match error {
            CallError::NoConnector(_) => Self::new(ErrorCode::NotFound, message)
                .hint("deploy it with berth deploy, or see what became of the last one with berth show"),
            CallError::Misfit(_) => Self::new(ErrorCode::Conflict, message),
            CallError::OAuth(error) => error.into(),
            CallError::Undelivered(_) => Self::fault(&error),
            CallError::Values(error) => error.into(),
            CallError::Start(ref start) if matches!(start.cause, StartCause::Busy { .. }) => {
                Self::new(ErrorCode::Unavailable, message)
                    .hint("call again in a moment; berth deploy --max-instances and berth serve --max-instances set how many may run")
            }
            CallError::Start(ref start) if matches!(start.cause, StartCause::Crashing { .. }) => {
                Self::new(ErrorCode::Unavailable, message)
                    .hint("berth show NAME tells how it ends, berth logs NAME what it wrote")
            }
            CallError::Start(_) | CallError::Unaccepted(_) | CallError::Connector(_) => Self::new(ErrorCode::Unavailable, message)
                .hint("berth logs NAME shows what the connector wrote"),
        }
    }
}
