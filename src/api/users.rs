//! Users.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};

use super::{Api, ApiError, erase};
use crate::{
    identity::{User, check_password},
    model::{Operator, Role, Roles, UserName},
    secret::Secret,
    wire::{Deleted, ErrorCode, UserAdd, UserAdded, UserList, UserPassword, UserView},
};

pub(super) async fn list(State(api): State<Api>) -> Result<Json<UserList>, ApiError> {
    let mut groups = api.identity.groups().await?;
    let users = api.identity.users().await?.into_iter().map(|user| UserView {
        groups: groups.remove(&user.id).unwrap_or_default(),
        ..view(user)
    });
    Ok(Json(UserList {
        users: users.collect(),
    }))
}

pub(super) async fn add(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    body: Result<Json<UserAdd>, JsonRejection>,
) -> Result<Json<UserAdded>, ApiError> {
    let Json(add) = body?;
    let roles = if add.roles == Roles::default() {
        Roles::new([Role::Member])
    } else {
        add.roles
    };
    let user = api
        .identity
        .add_user(operator.user.as_str(), &add.name, &roles)
        .await?;
    Ok(Json(linked(&api, &operator, user).await?))
}

/// Another link for a user who has lost the first.
pub(super) async fn link(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
) -> Result<Json<UserAdded>, ApiError> {
    let user = named(&api, &name).await?;
    Ok(Json(linked(&api, &operator, user).await?))
}

pub(super) async fn remove(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
) -> Result<Json<Deleted>, ApiError> {
    let user = named(&api, &name).await?;
    if user.id == operator.user {
        return Err(
            ApiError::new(ErrorCode::Conflict, "you can't remove yourself").hint("let another admin do it")
        );
    }
    Ok(Json(Deleted {
        grants: erase::user(&api, &operator, &user.id).await?,
    }))
}

pub(super) async fn password(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<UserPassword>, JsonRejection>,
) -> Result<Json<UserView>, ApiError> {
    let user = named(&api, &name).await?;
    let Json(body) = body?;
    if let Some(password) = &body.password {
        check_password(password)?;
    }
    let password = body.password.as_ref();
    api.identity
        .set_password(&operator, &user.id, password, None)
        .await?;
    Ok(Json(view(user)))
}

/// The user called `name`.
pub(super) async fn named(api: &Api, name: &str) -> Result<User, ApiError> {
    let unknown = || {
        ApiError::new(ErrorCode::NotFound, format!("there is no user {name}"))
            .hint("berth users list shows those that there are")
    };
    let name: UserName = name.parse().map_err(|_| unknown())?;
    api.identity.user_named(&name).await?.ok_or_else(unknown)
}

fn view(user: User) -> UserView {
    UserView {
        name: user.name,
        roles: user.roles,
        groups: Vec::new(),
        created_at: user.created_at,
    }
}

/// The user, with a new one-time link.
async fn linked(api: &Api, operator: &Operator, user: User) -> Result<UserAdded, ApiError> {
    let link = api.identity.create_link(operator.user.as_str(), &user.id).await?;
    let base = api.public_url.as_str().trim_end_matches('/').to_owned();
    Ok(UserAdded {
        user: view(user),
        link: Secret::new(format!("{base}/login/{}", link.code.expose())),
        link_expires_at: link.expires_at,
    })
}
