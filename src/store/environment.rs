//! Connectors' secrets: whole sets, one a version, sealed.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::{Store, StoreError, Transaction};
use crate::{
    model::{ConnectorId, EnvName},
    seal::Place,
    secret::Secret,
};

/// A connector's secrets by name.
pub(crate) type Secrets = BTreeMap<EnvName, Secret<String>>;

const SELECT: &str = "SELECT name, sealed FROM environment WHERE connector_id = $1 AND version = $2";

impl Store {
    /// The secrets of one version; empty for version 0.
    pub(crate) async fn environment(
        &self,
        connector: &ConnectorId,
        version: i64,
    ) -> Result<Secrets, StoreError> {
        let rows = sqlx::query(SELECT)
            .bind(connector.as_str())
            .bind(version)
            .fetch_all(self.pool())
            .await?;
        self.open_secrets(connector, version, &rows)
    }

    /// Writes a version that is `base` with `changes` over it, and returns its number; where these change nothing there
    /// is nothing to write, and it is `base` itself.
    pub(super) async fn extend_environment(
        &self,
        tx: &mut Transaction,
        connector: &ConnectorId,
        base: i64,
        changes: &Secrets,
    ) -> Result<i64, StoreError> {
        if changes.is_empty() {
            return Ok(base);
        }
        let rows = sqlx::query(SELECT)
            .bind(connector.as_str())
            .bind(base)
            .fetch_all(&mut **tx)
            .await?;
        let mut whole = self.open_secrets(connector, base, &rows)?;
        let same = |(name, value): (_, &Secret<String>)| {
            whole.get(name).is_some_and(|old| old.expose() == value.expose())
        };
        if changes.iter().all(same) {
            return Ok(base);
        }
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT MAX(version) FROM environment WHERE connector_id = $1")
                .bind(connector.as_str())
                .fetch_one(&mut **tx)
                .await?;
        let version = newest.unwrap_or(0) + 1;
        whole.extend(changes.iter().map(|(name, value)| (name.clone(), value.clone())));
        for (name, value) in &whole {
            let place = Place {
                row: connector.as_str(),
                field: name.as_str(),
                version,
            };
            sqlx::query(
                "INSERT INTO environment (connector_id, version, name, sealed) VALUES ($1, $2, $3, $4)",
            )
            .bind(connector.as_str())
            .bind(version)
            .bind(name.as_str())
            .bind(self.sealer().seal(place, value.expose().as_bytes()))
            .execute(&mut **tx)
            .await?;
        }
        Ok(version)
    }

    fn open_secrets(
        &self,
        connector: &ConnectorId,
        version: i64,
        rows: &[sqlx::any::AnyRow],
    ) -> Result<Secrets, StoreError> {
        let mut secrets = Secrets::new();
        for row in rows {
            let name: EnvName = row
                .try_get::<String, _>("name")?
                .parse()
                .map_err(StoreError::corrupt)?;
            let place = Place {
                row: connector.as_str(),
                field: name.as_str(),
                version,
            };
            let value = self
                .sealer()
                .open_text(place, &row.try_get::<Vec<u8>, _>("sealed")?)?;
            secrets.insert(name, value);
        }
        Ok(secrets)
    }
}

/// Erases the versions that belong to no release and are not what calls get. A connector's newest one stays all the
/// same: the next one is numbered after it, and no number may come to stand for other values.
pub(super) async fn prune(tx: &mut Transaction) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM environment
         WHERE NOT EXISTS (
             SELECT 1 FROM releases
             WHERE releases.connector_id = environment.connector_id AND releases.environment = environment.version
         ) AND NOT EXISTS (
             SELECT 1 FROM connectors
             WHERE connectors.id = environment.connector_id AND connectors.environment = environment.version
         ) AND (connector_id, version) NOT IN (
             SELECT connector_id, MAX(version) FROM environment GROUP BY connector_id
         )",
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
