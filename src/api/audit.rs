//! Who did what, for admins.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};

use super::{Api, ApiError};
use crate::{
    audit::{AuditQuery, AuditRow},
    model::{ConnectorName, UserName},
    wire::{AuditFilter, AuditList, AuditView, ErrorCode},
};

/// How many entries an answer has where that is not said, and at most.
const ENTRIES: u32 = 100;
const MOST: u32 = 1000;

pub(super) async fn list(
    State(api): State<Api>,
    query: Result<Query<AuditFilter>, QueryRejection>,
) -> Result<Json<AuditList>, ApiError> {
    let Query(filter) = query.map_err(|error| ApiError::new(ErrorCode::Invalid, error.body_text()))?;
    let limit = filter.limit.unwrap_or(ENTRIES);
    if !(1..=MOST).contains(&limit) {
        return Err(
            ApiError::new(ErrorCode::Invalid, format!("a limit of {limit} entries"))
                .hint("1 to 1000 are given at a time; --since asks for newer ones alone"),
        );
    }
    let names = Names::of(&api).await?;
    let connector = filter.connector.map(|given| names.connector(given)).transpose()?;
    let query = AuditQuery {
        connector,
        actor: filter.actor.map(|given| names.user(given)).transpose()?,
        since: filter.since.map(|since| since.instant()),
        // One more tells whether there are more.
        limit: limit + 1,
    };
    let mut rows = api.audit.entries(&query).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let entries = rows.into_iter().map(|row| names.view(row)).collect();
    Ok(Json(AuditList { entries, more }))
}

/// What ids are called.
struct Names {
    users: HashMap<String, String>,
    connectors: HashMap<String, String>,
}

impl Names {
    async fn of(api: &Api) -> Result<Self, ApiError> {
        let users = api.identity.users().await?;
        let connectors = api.releases.connectors().await?;
        Ok(Self {
            users: users
                .into_iter()
                .map(|user| (user.id.to_string(), user.name.to_string()))
                .collect(),
            connectors: connectors
                .into_iter()
                .map(|connector| (connector.id.to_string(), connector.name.to_string()))
                .collect(),
        })
    }

    /// The id and the name of a connector that was given by either; there may be none of that name any more.
    fn connector(&self, given: String) -> Result<(String, String), ApiError> {
        // No connector's name has one of these.
        if given.contains('_') {
            let name = self.connectors.get(&given).cloned().unwrap_or_default();
            return Ok((given, name));
        }
        let name: ConnectorName = given.parse()?;
        match id_of(&self.connectors, name.as_str()) {
            Some(id) => Ok((id, given)),
            None => Err(ApiError::no_connector(name)),
        }
    }

    fn user(&self, given: String) -> Result<String, ApiError> {
        if given == "berth" || crate::model::UserId::is_one(&given) {
            return Ok(given);
        }
        let name: UserName = given.parse()?;
        id_of(&self.users, name.as_str()).ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, format!("there is no user {name}"))
                .hint("berth users list shows those that there are; one who is gone is found by id")
        })
    }

    fn view(&self, row: AuditRow) -> AuditView {
        let subject = self.connectors.get(&row.subject).or(self.users.get(&row.subject));
        AuditView {
            at: row.at,
            actor_name: self.users.get(&row.actor).cloned(),
            actor: row.actor,
            action: row.action,
            subject_name: subject.cloned(),
            subject: row.subject,
            detail: row.detail,
        }
    }
}

fn id_of(names: &HashMap<String, String>, wanted: &str) -> Option<String> {
    let found = names.iter().find(|(_, name)| name.as_str() == wanted);
    found.map(|(id, _)| id.clone())
}
