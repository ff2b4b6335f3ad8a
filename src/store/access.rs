//! Who may use which connector, and which groups users are in.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::{Store, StoreError};
use crate::model::{ConnectorId, ConnectorName, GroupName, UserId, UserName};

/// Who may use a connector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Then the rest says nothing.
    pub(crate) everyone: bool,
    pub(crate) users: Vec<UserName>,
    pub(crate) groups: Vec<GroupName>,
}

impl Store {
    /// The connectors that `user` may not use; of one name, or all.
    pub(crate) async fn closed_to(
        &self,
        user: &UserId,
        name: Option<&ConnectorName>,
    ) -> Result<Vec<ConnectorName>, StoreError> {
        sqlx::query(
            "SELECT n.name FROM connectors n WHERE ($1 = '' OR n.name = $1)
             AND EXISTS (SELECT 1 FROM access a WHERE a.connector_id = n.id)
             AND NOT EXISTS (SELECT 1 FROM access a WHERE a.connector_id = n.id AND (
                 (a.kind = 'user' AND a.subject = $2) OR (a.kind = 'group' AND a.subject IN (
                     SELECT g.name FROM user_groups g WHERE g.user_id = $2))))",
        )
        .bind(name.map_or("", ConnectorName::as_str))
        .bind(user.as_str())
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(|row| {
            row.try_get::<String, _>("name")?
                .parse()
                .map_err(StoreError::corrupt)
        })
        .collect()
    }

    /// Who may use a connector; users who are gone are left out.
    pub(crate) async fn access(&self, connector: &ConnectorId) -> Result<Rule, StoreError> {
        let rows = sqlx::query(
            "SELECT a.kind, COALESCE(u.name, a.subject) AS subject FROM access a
             LEFT JOIN users u ON a.kind = 'user' AND u.id = a.subject
             WHERE a.connector_id = $1 AND (a.kind <> 'user' OR u.id IS NOT NULL) ORDER BY 2",
        )
        .bind(connector.as_str())
        .fetch_all(self.pool())
        .await?;
        let mut rule = Rule {
            everyone: rows.is_empty(),
            ..Rule::default()
        };
        for row in rows {
            let subject: String = row.try_get("subject")?;
            match row.try_get::<String, _>("kind")?.as_str() {
                "user" => rule.users.push(subject.parse().map_err(StoreError::corrupt)?),
                "group" => rule.groups.push(subject.parse().map_err(StoreError::corrupt)?),
                _ => {}
            }
        }
        Ok(rule)
    }

    /// Replaces who may use a connector; `None` means everybody.
    pub(crate) async fn set_access(
        &self,
        connector: &ConnectorId,
        only: Option<(&[UserId], &[GroupName])>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM access WHERE connector_id = $1")
            .bind(connector.as_str())
            .execute(&mut *tx)
            .await?;
        let (users, groups) = only.unwrap_or_default();
        let users = users.iter().map(|user| ("user", user.as_str()));
        let groups = groups.iter().map(|group| ("group", group.as_str()));
        let rows = only.map(|_| ("only", "")).into_iter().chain(users).chain(groups);
        for (kind, subject) in rows {
            sqlx::query(
                "INSERT INTO access (connector_id, kind, subject) VALUES ($1, $2, $3)
                 ON CONFLICT (connector_id, kind, subject) DO NOTHING",
            )
            .bind(connector.as_str())
            .bind(kind)
            .bind(subject)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Replaces the groups that a user is in by the word of `origin`.
    pub(crate) async fn set_groups(
        &self,
        user: &UserId,
        origin: &str,
        groups: &[GroupName],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM user_groups WHERE user_id = $1 AND origin = $2")
            .bind(user.as_str())
            .bind(origin)
            .execute(&mut *tx)
            .await?;
        for group in groups {
            sqlx::query(
                "INSERT INTO user_groups (user_id, origin, name) VALUES ($1, $2, $3)
                 ON CONFLICT (user_id, origin, name) DO NOTHING",
            )
            .bind(user.as_str())
            .bind(origin)
            .bind(group.as_str())
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// The groups of every user who is in one, by whosever word.
    pub(crate) async fn groups(&self) -> Result<BTreeMap<UserId, Vec<GroupName>>, StoreError> {
        let rows = sqlx::query("SELECT DISTINCT user_id, name FROM user_groups ORDER BY user_id, name")
            .fetch_all(self.pool())
            .await?;
        let mut groups: BTreeMap<UserId, Vec<GroupName>> = BTreeMap::new();
        for row in rows {
            let user = row.try_get::<String, _>("user_id")?.into();
            let name: String = row.try_get("name")?;
            groups
                .entry(user)
                .or_default()
                .push(name.parse().map_err(StoreError::corrupt)?);
        }
        Ok(groups)
    }
}
