//! Who may use a route.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::ApiError;
use crate::{
    identity::{Identity, IdentityError},
    model::Role,
    wire::ErrorCode,
};

/// What it takes to use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing.
    Open,
    /// A token of anybody's.
    Member,
    Deployer,
    Admin,
}

impl Access {
    pub(crate) fn as_str(self) -> &'static str {
        self.role().map_or("open", Role::as_str)
    }

    fn role(self) -> Option<Role> {
        match self {
            Self::Open => None,
            Self::Member => Some(Role::Member),
            Self::Deployer => Some(Role::Deployer),
            Self::Admin => Some(Role::Admin),
        }
    }
}

/// Finds out who asks and lets the handler have it as an extension, or refuses.
pub(super) async fn check(
    State((identity, access)): State<(Identity, Access)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Some(role) = access.role() else {
        return Ok(next.run(request).await);
    };
    let operator = identity.operator(request.headers()).await?;
    if !operator.roles.allow(role) {
        let message = format!(
            "{} is not allowed to do this: it takes the role {}",
            operator.name,
            role.as_str()
        );
        return Err(ApiError::new(ErrorCode::Forbidden, message).hint("ask an admin for the role"));
    }
    request.extensions_mut().insert(operator);
    Ok(next.run(request).await)
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Missing => Self::new(
                ErrorCode::Unauthenticated,
                "this needs a berth token, and none was sent",
            )
            .hint("sign in with berth login, or set BERTH_TOKEN"),
            // Tokens of MCP clients are for calling tools alone.
            IdentityError::Unknown | IdentityError::Scope => Self::new(
                ErrorCode::Unauthenticated,
                "the token is wrong, expired or revoked",
            )
            .hint("sign in again with berth login, or set BERTH_TOKEN to a token that is good"),
            IdentityError::NotAllowed { .. } => Self::new(ErrorCode::Forbidden, error.to_string())
                .hint("ask an admin, who allows it with berth access set"),
            IdentityError::Store(error) => error.into(),
        }
    }
}
