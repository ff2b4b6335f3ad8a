//! A connector's values, and the caller's own.

use axum::{
    Extension, Json,
    extract::{Path, State, rejection::JsonRejection},
};
use http::StatusCode;

use super::{Api, ApiError, connectors, views};
use crate::{
    environment::{GiveError, Given, OwnChanges, ValueChanges},
    model::{ConnectorName, Operator},
    releases::{Changed, ConnectorRecord},
    wire::{EnvAnswer, EnvSet, EnvUpdate, EnvView, ErrorCode, OwnUpdate, OwnValues},
};

pub(super) async fn show(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<Json<EnvView>, ApiError> {
    let connector = connectors::named(&api, &name).await?;
    Ok(Json(views::env(&api, &connector).await?))
}

/// Works before the first deploy too: it makes the connector then.
pub(super) async fn change(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<EnvUpdate>, JsonRejection>,
) -> Result<(StatusCode, Json<EnvAnswer>), ApiError> {
    let name: ConnectorName = name.parse()?;
    let Json(update) = body?;
    let connector = match api.releases.connector(&name).await? {
        Some(connector) => connector,
        None if update.set.is_empty() => return Err(ApiError::no_connector(&name)),
        None => api.releases.connector_or_new(&name).await?,
    };
    let changed = api.releases.change_values(&operator, &connector, changes(update));
    let changed = match changed.await {
        Ok(changed) => changed,
        Err(error) => {
            // A change that was refused leaves nothing behind.
            api.releases.forget_bare(&connector).await?;
            return Err(error.into());
        }
    };
    Ok(answer(&api, &connector, changed))
}

pub(super) async fn mine(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
) -> Result<Json<OwnValues>, ApiError> {
    let asked = api.environment.asked(&name.parse()?, &operator.user).await?;
    Ok(Json(views::own_values(asked)))
}

pub(super) async fn change_mine(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
    body: Result<Json<OwnUpdate>, JsonRejection>,
) -> Result<Json<OwnValues>, ApiError> {
    let name: ConnectorName = name.parse()?;
    // Before the body: what is not there has no right body either.
    api.environment.asked(&name, &operator.user).await?;
    let Json(update) = body?;
    let changes = OwnChanges {
        give: update.set,
        take_back: update.unset,
    };
    let connector = api.environment.give(&operator.user, &name, &changes).await?;
    if !changes.take_back.is_empty() {
        api.runtime.stop_user_of(&connector, &operator.user).await;
    }
    let asked = api.environment.asked(&name, &operator.user).await?;
    Ok(Json(views::own_values(asked)))
}

fn changes(update: EnvUpdate) -> ValueChanges {
    let given = |set: EnvSet| Given {
        kind: set.kind,
        text: set.value,
    };
    let set = update.set.into_iter();
    ValueChanges {
        set: set.map(|(name, set)| (name, given(set))).collect(),
        unset: update.unset,
    }
}

fn answer(api: &Api, connector: &ConnectorRecord, changed: Changed) -> (StatusCode, Json<EnvAnswer>) {
    let release = changed.release.as_ref();
    let status = match release {
        Some(_) => StatusCode::ACCEPTED,
        None => StatusCode::OK,
    };
    let answer = EnvAnswer {
        changes: changed.changes.into_iter().map(views::change).collect(),
        unknown: changed.unknown,
        release: release.map(|release| views::release(api, connector, release)),
    };
    (status, Json(answer))
}

impl From<GiveError> for ApiError {
    fn from(error: GiveError) -> Self {
        let code = match &error {
            GiveError::NoConnector(_) => ErrorCode::NotFound,
            GiveError::NotAsked { .. }
            | GiveError::Unfit { .. }
            | GiveError::TooMuch(_)
            | GiveError::Invalid(_) => ErrorCode::Invalid,
            GiveError::Store(_) => ErrorCode::Internal,
        };
        match error {
            GiveError::Store(error) => error.into(),
            error => Self::new(code, error.to_string()).hint(error.hint()),
        }
    }
}
