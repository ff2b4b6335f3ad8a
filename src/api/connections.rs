//! Users' authorizations: everybody's for an admin, their own for others.

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
};

use super::{Api, ApiError, connectors, erase, users};
use crate::{
    model::{ConnectorId, Operator, Role, UserId},
    oauth::{Listed, Revoked},
    wire::{
        ConnectionFilter, ConnectionList, ConnectionView, Disconnected, EndedConnection, ErrorCode,
        OfProvider,
    },
};

pub(super) async fn list(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Query(filter): Query<ConnectionFilter>,
) -> Result<Json<ConnectionList>, ApiError> {
    let connector: Option<ConnectorId> = match &filter.connector {
        Some(name) => Some(connectors::named(&api, name.as_str()).await?.id),
        None => None,
    };
    let user = match &filter.user {
        Some(name) => Some(whose(&api, &operator, name.as_str()).await?),
        None if operator.roles.allow(Role::Admin) => None,
        None => Some(operator.user.clone()),
    };
    let listed = api.oauth.listed(connector.as_ref(), user.as_ref()).await?;
    Ok(Json(ConnectionList {
        connections: listed.into_iter().map(view).collect(),
    }))
}

pub(super) async fn revoke(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path((name, user)): Path<(String, String)>,
    Query(OfProvider { provider }): Query<OfProvider>,
) -> Result<Json<Disconnected>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    let whose = whose(&api, &operator, &user).await?;
    let of = (&whose, provider.as_ref());
    let revoked = erase::grant(&api, &operator, &connector, of).await?;
    let ended = |(provider, revoked): (_, Revoked)| EndedConnection {
        provider,
        at_provider: revoked.as_str().to_owned(),
    };
    let connections: Vec<EndedConnection> = revoked.into_iter().map(ended).collect();
    let first = connections.first().ok_or_else(|| {
        let at = provider
            .map(|provider| format!(" at {provider}"))
            .unwrap_or_default();
        ApiError::new(
            ErrorCode::NotFound,
            format!("{user} has no connection for {name}{at}"),
        )
        .hint("berth connections list shows those that there are")
    })?;
    Ok(Json(Disconnected {
        at_provider: first.at_provider.clone(),
        connections,
    }))
}

/// The user called `name`, who has to be the caller for anybody but an admin.
async fn whose(api: &Api, operator: &Operator, name: &str) -> Result<UserId, ApiError> {
    if operator.name.as_str() == name {
        return Ok(operator.user.clone());
    }
    if !operator.roles.allow(Role::Admin) {
        let message = format!("{} may see and end their own connections only", operator.name);
        return Err(ApiError::new(ErrorCode::Forbidden, message).hint("ask an admin"));
    }
    Ok(users::named(api, name).await?.id)
}

fn view(listed: Listed) -> ConnectionView {
    ConnectionView {
        connector: listed.connector,
        user: listed.user,
        provider: listed.provider,
        state: listed.state,
        trouble: listed.trouble,
        account: listed.account,
        scopes_granted: listed.granted,
        scopes_missing: listed.missing,
        created_at: listed.created_at,
        last_refresh: listed.refreshed_at,
        next_refresh: listed.next_refresh,
        expires_at: listed.expires_at,
        revocable: listed.revocable,
    }
}
