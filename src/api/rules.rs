//! Who may use a connector, and which groups users are in.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};

use super::{Api, ApiError, connectors, users};
use crate::{
    model::Operator,
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

pub(super) async fn set(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<AccessRule>, JsonRejection>,
) -> Result<Json<AccessRule>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let Json(rule) = body?;
    let named = !rule.users.is_empty() || !rule.groups.is_empty();
    if rule.everyone == named {
        return Err(ApiError::new(
            ErrorCode::Invalid,
            "a rule is for everyone, or names users or groups",
        ));
    }
    let mut people = Vec::new();
    for user in &rule.users {
        people.push(users::named(&api, user.as_str()).await?.id);
    }
    let only = named.then_some((people.as_slice(), rule.groups.as_slice()));
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
