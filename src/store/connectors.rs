//! Connectors: names, and which release serves.

use sqlx::Row as _;

use super::{Store, StoreError, Transaction};
use crate::model::{self, ConnectorId, ConnectorName, Millis, ReleaseId};

/// A connector as the store keeps one.
#[derive(Debug, Clone)]
pub(crate) struct ConnectorRecord {
    pub(crate) id: ConnectorId,
    pub(crate) name: ConnectorName,
    pub(crate) created_at: Millis,
    /// The version of the environment that calls get; 0 before there is one.
    pub(crate) environment: i64,
    pub(crate) live: Option<ReleaseId>,
}

/// A connector at one moment: what a deploy is compared with.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) connector: ConnectorRecord,
    /// Whether a deploy has not settled yet.
    pub(crate) under_way: bool,
}

impl Store {
    pub(crate) async fn connector_named(
        &self,
        name: &ConnectorName,
    ) -> Result<Option<ConnectorRecord>, StoreError> {
        sqlx::query("SELECT id, name, created_at, environment, live FROM connectors WHERE name = $1")
            .bind(name.as_str())
            .fetch_optional(self.pool())
            .await?
            .map(|row| read(&row))
            .transpose()
    }

    /// The connector called `name`, and whether a deploy of it is under way.
    pub(crate) async fn standing(&self, name: &ConnectorName) -> Result<Option<Standing>, StoreError> {
        // One statement, so that both are of one moment.
        let row = sqlx::query(
            "SELECT id, name, created_at, environment, live, (
                 SELECT COUNT(*) FROM releases
                 WHERE connector_id = connectors.id AND state IN ('pending', 'starting')
             ) AS under_way FROM connectors WHERE name = $1",
        )
        .bind(name.as_str())
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| {
            Ok(Standing {
                connector: read(&row)?,
                under_way: row.try_get::<i64, _>("under_way")? > 0,
            })
        })
        .transpose()
    }

    /// Every connector, by name.
    pub(crate) async fn connectors(&self) -> Result<Vec<ConnectorRecord>, StoreError> {
        sqlx::query("SELECT id, name, created_at, environment, live FROM connectors ORDER BY name")
            .fetch_all(self.pool())
            .await?
            .iter()
            .map(read)
            .collect()
    }

    /// The connector called `name`; a new one where there is none.
    pub(crate) async fn connector_or_new(&self, name: &ConnectorName) -> Result<ConnectorRecord, StoreError> {
        let mut tx = self.begin().await?;
        let record = ensure(&mut tx, name).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Erases a connector that has nothing yet: no release, no OAuth settings, no values, no rules
    /// for tools.
    pub(crate) async fn remove_bare_connector(&self, id: &ConnectorId) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM connectors WHERE id = $1 AND tools IS NULL
             AND NOT EXISTS (SELECT 1 FROM releases WHERE connector_id = $1)
             AND NOT EXISTS (SELECT 1 FROM connections WHERE connector_id = $1)
             AND NOT EXISTS (SELECT 1 FROM environment WHERE connector_id = $1)",
        )
        .bind(id.as_str())
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Erases a connector and, with its row, all that belongs to it: releases, environment, connection, grants. Its
    /// manifests stand under its name: one made again under that name must not find them.
    pub(crate) async fn remove_connector(&self, id: &ConnectorId) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM manifests WHERE repository IN (SELECT name FROM connectors WHERE id = $1)")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let done = sqlx::query("DELETE FROM connectors WHERE id = $1")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

/// The connector called `name`, made in this transaction where there is none. The row is locked until the
/// transaction ends, so that two deploys of one connector count their releases one after the other.
pub(super) async fn ensure(
    tx: &mut Transaction,
    name: &ConnectorName,
) -> Result<ConnectorRecord, StoreError> {
    let row = sqlx::query(
        "INSERT INTO connectors (id, name, created_at, environment, live) VALUES ($1, $2, $3, 0, NULL)
         ON CONFLICT (name) DO UPDATE SET name = excluded.name
         RETURNING id, name, created_at, environment, live",
    )
    .bind(ConnectorId::random().as_str())
    .bind(name.as_str())
    .bind(model::now())
    .fetch_one(&mut **tx)
    .await?;
    read(&row)
}

/// Locks the connector's row until the transaction ends; false when there is none any more.
pub(super) async fn lock(tx: &mut Transaction, id: &ConnectorId) -> Result<bool, StoreError> {
    let touched = sqlx::query("UPDATE connectors SET name = name WHERE id = $1")
        .bind(id.as_str())
        .execute(&mut **tx)
        .await?;
    Ok(touched.rows_affected() > 0)
}

fn read(row: &sqlx::any::AnyRow) -> Result<ConnectorRecord, StoreError> {
    Ok(ConnectorRecord {
        id: row.try_get::<String, _>("id")?.into(),
        name: row
            .try_get::<String, _>("name")?
            .parse()
            .map_err(StoreError::corrupt)?,
        created_at: row.try_get("created_at")?,
        environment: row.try_get("environment")?,
        live: row.try_get::<Option<String>, _>("live")?.map(Into::into),
    })
}
