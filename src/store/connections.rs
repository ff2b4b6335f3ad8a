//! Every user's connections, for whoever looks after them.

use sqlx::Row as _;

use super::{
    Grant, Store, StoreError,
    grants::{GRANT, read},
};
use crate::model::{ConnectorId, ConnectorName, UserId, UserName};

impl Store {
    /// Grants with the names of their connector and user, in the order of these and of their providers; all, or those of one connector or user.
    pub(crate) async fn connections(
        &self,
        connector: Option<&ConnectorId>,
        user: Option<&UserId>,
    ) -> Result<Vec<(ConnectorName, UserName, Grant)>, StoreError> {
        // A parameter that may be NULL has no type of its own on PostgreSQL.
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT n.name AS connector_name, u.name AS user_name, {GRANT}
             JOIN connectors n ON n.id = g.connector_id JOIN users u ON u.id = g.user_id
             WHERE g.connector_id = COALESCE(CAST($1 AS TEXT), g.connector_id)
             AND g.user_id = COALESCE(CAST($2 AS TEXT), g.user_id) ORDER BY n.name, u.name, p.name"
        )))
        .bind(connector.map(ConnectorId::as_str))
        .bind(user.map(UserId::as_str))
        .fetch_all(self.pool())
        .await?;
        rows.iter()
            .map(|row| {
                let connector: String = row.try_get("connector_name")?;
                let user: String = row.try_get("user_name")?;
                Ok((
                    connector.parse().map_err(StoreError::corrupt)?,
                    user.parse().map_err(StoreError::corrupt)?,
                    read(row, self.sealer())?,
                ))
            })
            .collect()
    }
}
