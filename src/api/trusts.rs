//! Which pipelines get a token for their own.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};

use super::{Api, ApiError, users};
use crate::{
    identity::{NewTrust, TrustError, TrustRecord},
    model::{Operator, Role, TrustId, UserName},
    wire::{Deleted, ErrorCode, TrustAdd, TrustList, TrustView},
};

pub(super) async fn list(State(api): State<Api>) -> Result<Json<TrustList>, ApiError> {
    let trusts = api.trusts.all().await?;
    Ok(Json(TrustList {
        trusts: trusts
            .into_iter()
            .map(|(trust, user)| view(&api, trust, user.name))
            .collect(),
    }))
}

pub(super) async fn add(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    body: Result<Json<TrustAdd>, JsonRejection>,
) -> Result<Json<TrustView>, ApiError> {
    let Json(add) = body?;
    let (user, name, roles) = match add.user {
        Some(name) => {
            let user = users::named(&api, name.as_str()).await?;
            (user.id, user.name, user.roles)
        }
        None => (
            operator.user.clone(),
            operator.name.clone(),
            operator.roles.clone(),
        ),
    };
    if !roles.allow(Role::Deployer) {
        let message = format!("{name} may not deploy, so nobody can for them: it takes the role deployer");
        return Err(ApiError::new(ErrorCode::Invalid, message));
    }
    let new = NewTrust {
        user,
        issuer: add.issuer,
        audience: add.audience,
        claims: add.claims,
        scope: add.scope,
    };
    let trust = api.trusts.add(&operator, new).await?;
    Ok(Json(view(&api, trust, name)))
}

pub(super) async fn remove(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(id): Path<String>,
) -> Result<Json<Deleted>, ApiError> {
    let id = TrustId::from(id);
    if !api.trusts.remove(&operator, &id).await? {
        return Err(
            ApiError::new(ErrorCode::NotFound, format!("there is no trust {id}"))
                .hint("berth trust list shows those that there are"),
        );
    }
    Ok(Json(Deleted { grants: 0 }))
}

fn view(api: &Api, trust: TrustRecord, user: UserName) -> TrustView {
    let audience = trust.audience.unwrap_or_else(|| api.trusts.audience().to_owned());
    TrustView {
        id: trust.id,
        user,
        issuer: trust.issuer,
        audience,
        claims: trust.claims,
        scope: trust.scope,
        created_at: trust.created_at,
        used_at: trust.used_at,
    }
}

impl From<TrustError> for ApiError {
    fn from(error: TrustError) -> Self {
        let message = crate::model::with_causes(&error);
        match error {
            TrustError::Refused(_) => Self::new(ErrorCode::Invalid, message),
            TrustError::Issuer(_) => Self::new(ErrorCode::Invalid, message)
                .hint("check the issuer: it is the iss of the pipeline's tokens, to the letter"),
            TrustError::Net(ref net) => Self::new(ErrorCode::Invalid, message).hint(net.hint()),
            TrustError::Store(error) => error.into(),
        }
    }
}
