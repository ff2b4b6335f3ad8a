//! Connectors: listed, shown, called, deleted.

use axum::{
    Extension, Json,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, QueryRejection},
    },
};

use super::{Api, ApiError, erase, users, views};
use crate::{
    calls::{Audience, CallError, ToolOutcome},
    model::{ConnectorName, Operator, Role, UserId, with_causes},
    releases::ConnectorRecord,
    runtime::{LogQuery, StartCause},
    wire::{
        CallAnswer, CallRequest, ConnectorList, ConnectorView, Deleted, ErrorCode, LogFilter, LogLine,
        LogView,
    },
};

/// How many log lines a request gets that says neither how many nor from where on.
const LINES: usize = 100;

pub(super) async fn list(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
) -> Result<Json<ConnectorList>, ApiError> {
    let mut connectors = Vec::new();
    let closed = match operator.roles.allow(Role::Deployer) {
        true => Vec::new(),
        false => api.identity.closed_to(&operator.user).await?,
    };
    for connector in api.releases.connectors().await? {
        if closed.contains(&connector.name) {
            continue;
        }
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
    // Whoever looks after connectors sees them all.
    if !operator.roles.allow(Role::Deployer) && !api.identity.may_use(&operator.user, &connector.name).await?
    {
        return Err(ApiError::no_connector(name));
    }
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
    query: Result<Query<LogFilter>, QueryRejection>,
) -> Result<Json<LogView>, ApiError> {
    let Query(filter) = query.map_err(|error| ApiError::new(ErrorCode::Invalid, error.body_text()))?;
    let connector = named(&api, &name).await?;
    let from_start = filter.after.is_none() && filter.since.is_none();
    let query = LogQuery {
        last: filter.lines.or(from_start.then_some(LINES)),
        after: filter.after,
        since: filter.since.map(|since| since.instant()),
        user: match filter.user {
            Some(user) => Some(written_by(&api, user).await?),
            None => None,
        },
        number: filter.release,
    };
    let part = api.runtime.logs(&connector.id, &query);
    let line = |line: crate::runtime::LogLine| LogLine {
        position: line.position,
        at: line.at,
        release: line.number,
        user: line.user,
        instance: line.instance,
        text: line.text,
    };
    Ok(Json(LogView {
        lines: part.lines.into_iter().map(line).collect(),
        position: part.position,
        gap: part.gap,
    }))
}

/// The user whose lines are wanted; those of one who was removed are still found by id.
async fn written_by(api: &Api, user: String) -> Result<UserId, ApiError> {
    match users::named(api, &user).await {
        Ok(user) => Ok(user.id),
        Err(_) if UserId::is_one(&user) => Ok(user.into()),
        Err(error) => Err(error),
    }
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
    api.identity
        .check_use(&operator.user, &operator.name, &connector.name)
        .await?;
    let arguments = call.arguments.as_deref();
    let called = api
        .calls
        .call_tool(operator.caller(), &connector.name, &call.tool, arguments)
        .await;
    let outcome = called.map_err(|error| {
        let may_read = operator.roles.allow(Role::Deployer);
        let said = error
            .last_words()
            .filter(|(_, audience)| may_read || *audience == Audience::Caller);
        let refusal = ApiError::from(error);
        match said {
            Some((said, _)) => refusal.adding(&format!("its last words:\n{said}")),
            None => refusal,
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
            CallError::NotOffered(_) => Self::new(ErrorCode::NotFound, message)
                .hint("berth tools NAME shows its tools and which of them are hidden"),
            CallError::Misfit(_) => Self::new(ErrorCode::Conflict, message),
            CallError::OAuth(error) => error.into(),
            CallError::Undelivered(_) => Self::fault(&error),
            CallError::Values(error) => error.into(),
            CallError::Start(ref start, _) if matches!(start.cause, StartCause::Busy { .. }) => {
                Self::new(ErrorCode::Unavailable, message)
                    .hint("call again in a moment; berth deploy --max-instances and berth serve --max-instances set how many may run")
            }
            CallError::Start(ref start, _) if matches!(start.cause, StartCause::Crashing { .. }) => {
                Self::new(ErrorCode::Unavailable, message)
                    .hint("berth show NAME tells how it ends, berth logs NAME what it wrote")
            }
            CallError::Start(ref start, _) if !start.cause.hint().is_empty() => {
                Self::new(ErrorCode::Unavailable, message).hint(start.cause.hint())
            }
            CallError::Start(..) | CallError::Unaccepted(_) | CallError::Connector(_) => Self::new(ErrorCode::Unavailable, message)
                .hint("berth logs NAME shows what the connector wrote"),
        }
    }
}
