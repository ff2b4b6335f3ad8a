//! Which tools of each connector are offered.

use std::collections::HashMap;

use sqlx::Row as _;

use super::{Store, StoreError, connectors};
use crate::model::{ConnectorId, ToolRules};

impl Store {
    /// The rules of every connector that has any.
    pub(crate) async fn tool_rules(&self) -> Result<HashMap<ConnectorId, ToolRules>, StoreError> {
        let rows = sqlx::query("SELECT id, tools FROM connectors WHERE tools IS NOT NULL")
            .fetch_all(self.pool())
            .await?;
        let read = |row: &sqlx::any::AnyRow| {
            let id = row.try_get::<String, _>("id")?;
            Ok((id.into(), parse(&row.try_get::<String, _>("tools")?)?))
        };
        rows.iter().map(read).collect()
    }

    /// Changes a connector's rules and gives what they were and what they are; `None` when there is no such connector.
    pub(crate) async fn change_tool_rules<E: From<StoreError>>(
        &self,
        id: &ConnectorId,
        change: impl FnOnce(&ToolRules) -> Result<ToolRules, E>,
    ) -> Result<Option<(ToolRules, ToolRules)>, E> {
        let mut tx = self.begin().await?;
        // Two changes at once are made one after the other.
        if !connectors::lock(&mut tx, id).await? {
            return Ok(None);
        }
        let stored: Option<String> = sqlx::query_scalar("SELECT tools FROM connectors WHERE id = $1")
            .bind(id.as_str())
            .fetch_one(&mut *tx)
            .await
            .map_err(StoreError::from)?;
        let old = stored.as_deref().map(parse).transpose()?.unwrap_or_default();
        let new = change(&old)?;
        let text = match new.is_empty() {
            true => None,
            false => Some(serde_json::to_string(&new).map_err(StoreError::corrupt)?),
        };
        sqlx::query("UPDATE connectors SET tools = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(text)
            .execute(&mut *tx)
            .await
            .map_err(StoreError::from)?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(Some((old, new)))
    }
}

fn parse(text: &str) -> Result<ToolRules, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::corrupt("the rules for a connector's tools"))
}
