//! The tokens that berth gives out. Everybody has their own; an admin has everybody's.

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};

use super::{Api, ApiError, users};
use crate::{
    identity::{NewToken, TokenRecord},
    model::{Operator, Role, TokenId, UserId, UserName},
    wire::{Deleted, ErrorCode, TokenCreate, TokenCreated, TokenList, TokenView},
};

/// Most characters of a label.
const LONGEST_LABEL: usize = 200;

pub(super) async fn list(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
) -> Result<Json<TokenList>, ApiError> {
    let tokens = api.identity.tokens(whose(&operator)).await?;
    Ok(Json(TokenList {
        tokens: tokens
            .into_iter()
            .map(|(token, user)| view(token, user.name))
            .collect(),
    }))
}

pub(super) async fn create(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    body: Result<Json<TokenCreate>, JsonRejection>,
) -> Result<Json<TokenCreated>, ApiError> {
    let Json(create) = body?;
    if create.label.chars().count() > LONGEST_LABEL || create.label.chars().any(char::is_control) {
        let message = format!("a token's label is one line of at most {LONGEST_LABEL} characters");
        return Err(ApiError::new(ErrorCode::Invalid, message));
    }
    let (user, name) = match create.user {
        Some(name) if name != operator.name => {
            if !operator.roles.allow(Role::Admin) {
                return Err(ApiError::new(
                    ErrorCode::Forbidden,
                    "only an admin makes tokens for others",
                ));
            }
            let user = users::named(&api, name.as_str()).await?;
            (user.id, user.name)
        }
        _ => (operator.user.clone(), operator.name.clone()),
    };
    let lifetime = create.lifetime_seconds.map(Duration::from_secs);
    let actor = operator.user.as_str();
    let new = NewToken {
        user: &user,
        label: &create.label,
        lifetime,
        scope: create.scope,
        trust: None,
    };
    let (record, token) = api.identity.make_token(actor, new).await?;
    Ok(Json(TokenCreated {
        view: view(record, name),
        token,
    }))
}

pub(super) async fn revoke(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
) -> Result<Json<Deleted>, ApiError> {
    let id = TokenId::from(id);
    let own = api
        .identity
        .tokens(whose(&operator))
        .await?
        .iter()
        .any(|(token, _)| token.id == id);
    if !own || !api.identity.revoke_token(&operator, &id).await? {
        return Err(
            ApiError::new(ErrorCode::NotFound, format!("there is no token {id}"))
                .hint("berth token list shows those that there are"),
        );
    }
    Ok(Json(Deleted { grants: 0 }))
}

/// Whose tokens an operator may see: an admin everybody's.
fn whose(operator: &Operator) -> Option<&UserId> {
    if operator.roles.allow(Role::Admin) {
        None
    } else {
        Some(&operator.user)
    }
}

fn view(token: TokenRecord, user: UserName) -> TokenView {
    TokenView {
        id: token.id,
        user,
        label: token.label,
        scope: token.scope,
        created_at: token.created_at,
        expires_at: token.expires_at,
    }
}
