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

    /// Writes a version that is `base` with `changes` over it, and returns its number; with no changes there is
    /// nothing to write, and it is `base` itself.
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
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT MAX(version) FROM environment WHERE connector_id = $1")
                .bind(connector.as_str())
                .fetch_one(&mut **tx)
                .await?;
        let version = newest.unwrap_or(0) + 1;
        let rows = sqlx::query(SELECT)
            .bind(connector.as_str())
            .bind(base)
            .fetch_all(&mut **tx)
            .await?;
        let mut whole = self.open_secrets(connector, base, &rows)?;
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
