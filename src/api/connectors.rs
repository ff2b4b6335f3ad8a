//! Connectors: listed, shown, called, deleted.

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::JsonRejection},
};
use serde::Deserialize;

use super::{Api, ApiError, erase, views};
use crate::{
    calls::{CallError, ToolOutcome},
    model::{ConnectorName, Operator, with_causes},
    releases::ConnectorRecord,
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
    Ok(Json(views::connector(&api, &operator, &connector).await?))
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
    let outcome = api
        .calls
        .call_tool(operator.caller(), &connector.name, &call.tool, arguments)
        .await?;
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
            CallError::Start(_) | CallError::Connector(_) => Self::new(ErrorCode::Unavailable, message)
                .hint("berth logs NAME shows what the connector wrote"),
        }
    }
}
