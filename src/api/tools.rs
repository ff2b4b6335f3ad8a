//! Which of a connector's tools are offered.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};

use super::{Api, ApiError, connectors, views};
use crate::{
    model::{ConnectorName, Operator, ToolChanges, ToolRules},
    releases::ConnectorRecord,
    wire::ToolsView,
};

pub(super) async fn list(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<Json<ToolsView>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let rules = api.releases.tool_rules(&connector.id).unwrap_or_default();
    Ok(Json(view(&api, &connector, &rules)))
}

/// Works before the first deploy too, so that a tool that is to be hidden is never offered; it makes the connector then.
pub(super) async fn change(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<ToolChanges>, JsonRejection>,
) -> Result<Json<ToolsView>, ApiError> {
    let name: ConnectorName = name.parse()?;
    let Json(changes) = body?;
    let connector = match api.releases.connector(&name).await? {
        Some(connector) => connector,
        // A change that would be refused makes none.
        None if changes.apply(&ToolRules::default())?.is_empty() => {
            return Err(ApiError::no_connector(&name));
        }
        None => api.releases.connector_or_new(&name).await?,
    };
    let rules = api.releases.change_tools(&operator, &connector, changes).await?;
    Ok(Json(view(&api, &connector, &rules)))
}

fn view(api: &Api, connector: &ConnectorRecord, rules: &ToolRules) -> ToolsView {
    let live = views::serving(api, connector);
    let tools = live.map(|live| views::tools(api, &live)).unwrap_or_default();
    let all = rules.allow.union(&rules.hide);
    let idle = all.filter(|pattern| !tools.iter().any(|tool| pattern.matches(&tool.name)));
    ToolsView {
        allow: rules.allow.clone(),
        hide: rules.hide.clone(),
        idle: idle.cloned().collect(),
        tools,
    }
}
