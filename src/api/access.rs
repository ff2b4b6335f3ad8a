//! Who may use a route.

use axum::{
    extract::{FromRequestParts as _, RawPathParams, Request, State},
    middleware::Next,
    response::Response,
};

use super::ApiError;
use crate::{
    identity::{Identity, IdentityError},
    model::{Extent, Millis, Role},
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

/// What a token that is for some connectors alone may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Not this.
    Whole,
    /// This; where it is about a connector, about one that it may do so much with.
    Within(Extent),
}

/// Finds out who asks and lets the handler have it as an extension, or refuses.
pub(super) async fn check(
    State((identity, access, reach)): State<(Identity, Access, Reach)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Some(role) = access.role() else {
        return Ok(next.run(request).await);
    };
    let operator = identity.operator(request.headers()).await?;
    if !operator.scope.is_everything() {
        let (mut parts, body) = request.into_parts();
        let path = RawPathParams::from_request_parts(&mut parts, &()).await;
        let name = path.ok().and_then(|path| {
            let mut named = path.iter().filter(|(key, _)| *key == "name");
            named.next().map(|(_, name)| name.to_owned())
        });
        let is_within = match (reach, name) {
            (Reach::Whole, _) => false,
            (Reach::Within(_), None) => true,
            (Reach::Within(extent), Some(name)) => operator.scope.allows(extent, &name),
        };
        if !is_within {
            let message = format!(
                "the token is for {} alone, and this is something else",
                operator.scope
            );
            return Err(ApiError::new(ErrorCode::Forbidden, message)
                .hint("use a token without that limit, or one for this: berth token create --scope deploy:NAME, or --scope configure:NAME for a connector's settings, too"));
        }
        request = Request::from_parts(parts, body);
    }
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

fn instant(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map(|at| at.strftime("%Y-%m-%d at %H:%M UTC").to_string())
        .unwrap_or_default()
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Missing => Self::new(
                ErrorCode::Unauthenticated,
                "this needs a berth token, and none was sent",
            )
            .hint("sign in with berth login, or set BERTH_TOKEN"),
            IdentityError::Expired(at) => Self::new(
                ErrorCode::Unauthenticated,
                format!("the token expired on {}", instant(at)),
            )
            .hint("sign in again with berth login, or make another one: berth token create --expires 90d"),
            IdentityError::Revoked(at) => Self::new(
                ErrorCode::Unauthenticated,
                format!("the token was revoked on {}", instant(at)),
            )
            .hint("sign in again with berth login, or have another one made: berth token create"),
            IdentityError::WrongKind(kind) => Self::new(
                ErrorCode::Unauthenticated,
                match kind.described() {
                    Some(what) => format!("this needs a token of berth's, and what was sent is {what}"),
                    None => "this needs a token of berth's, and what was sent is none".to_owned(),
                },
            )
            .hint(kind.hint()),
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
