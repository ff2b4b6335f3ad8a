//! The MCP clients that users have let in. Everybody has their own; an admin has everybody's.

use axum::{
    Extension, Json,
    extract::{Path, State},
};

use super::{Api, ApiError};
use crate::{
    authserver::ConsentRecord,
    model::{ConsentId, Operator, Role, UserId},
    wire::{ClientList, ClientView, Deleted, ErrorCode},
};

pub(super) async fn list(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
) -> Result<Json<ClientList>, ApiError> {
    let clients = api.authserver.clients(whose(&operator)).await?;
    Ok(Json(ClientList {
        clients: clients.into_iter().map(view).collect(),
    }))
}

pub(super) async fn revoke(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
) -> Result<Json<Deleted>, ApiError> {
    let id = ConsentId::from(id);
    if !api.authserver.revoke(&operator, &id, whose(&operator)).await? {
        return Err(
            ApiError::new(ErrorCode::NotFound, format!("there is no client {id}"))
                .hint("berth clients list shows those that there are"),
        );
    }
    Ok(Json(Deleted { grants: 0 }))
}

/// Whose clients an operator may see: an admin everybody's.
fn whose(operator: &Operator) -> Option<&UserId> {
    (!operator.roles.allow(Role::Admin)).then_some(&operator.user)
}

fn view(consent: ConsentRecord) -> ClientView {
    ClientView {
        id: consent.id,
        client: consent.client,
        name: consent.client_name,
        user: consent.user,
        connector: consent.connector,
        redirect_uri: consent.redirect_uri,
        scope: consent.scope,
        created_at: consent.created_at,
        used_at: consent.used_at,
    }
}
