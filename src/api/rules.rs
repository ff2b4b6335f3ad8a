//! Who may use a connector, and which groups users are in.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};

use super::{Api, ApiError, connectors, users};
use crate::{
    model::{ConnectorName, Operator},
    wire::{AccessRule, ErrorCode, UserGroups},
};

pub(super) async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<Json<AccessRule>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let rule = api.identity.access(&connector.id).await?;
    Ok(Json(AccessRule {
        everyone: rule.everyone,
        users: rule.users,
        groups: rule.groups,
    }))
}

/// Works before the first deploy too, so that a connector is never open to whom it is not for; it makes the connector
/// then.
pub(super) async fn set(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<AccessRule>, JsonRejection>,
) -> Result<Json<AccessRule>, ApiError> {
    let named: ConnectorName = name.parse()?;
    let Json(rule) = body?;
    let is_for_some = !rule.users.is_empty() || !rule.groups.is_empty();
    if rule.everyone == is_for_some {
        return Err(ApiError::new(
            ErrorCode::Invalid,
            "a rule is for everyone, or names users or groups",
        ));
    }
    let mut people = Vec::new();
    for user in &rule.users {
        people.push(users::named(&api, user.as_str()).await?.id);
    }
    let only = is_for_some.then_some((people.as_slice(), rule.groups.as_slice()));
    let connector = match api.releases.connector(&named).await? {
        Some(connector) => connector,
        // It is open to everyone already: most likely the name is mistyped.
        None if only.is_none() => return Err(ApiError::no_connector(&name)),
        None => api.releases.connector_or_new(&named).await?,
    };
    api.identity.set_access(&operator, &connector.id, only).await?;
    show(State(api), Path(name)).await
}

pub(super) async fn set_groups(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<UserGroups>, JsonRejection>,
) -> Result<Json<UserGroups>, ApiError> {
    let user = users::named(&api, &name).await?;
    let Json(body) = body?;
    api.identity.set_groups(&operator, &user.id, &body.groups).await?;
    let mut groups = api.identity.groups().await?;
    Ok(Json(UserGroups {
        groups: groups.remove(&user.id).unwrap_or_default(),
    }))
}
