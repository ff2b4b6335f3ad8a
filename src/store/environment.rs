//! Connectors' values: whole sets, one a version, sealed.

use std::{borrow::Cow, collections::BTreeMap};

use sqlx::{Row as _, any::AnyRow};

use super::{Store, StoreError, Transaction, resealing::OwnPlace};
use crate::{
    model::{ConnectorId, EnvName, ValueKind},
    seal::Place,
    secret::Secret,
};

/// Secrets by name, as a deploy brings them.
pub(crate) type Secrets = BTreeMap<EnvName, Secret<String>>;

/// All of a connector's values by name.
pub(crate) type Values = BTreeMap<EnvName, Value>;

/// What stands under a name.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// For everybody, and shown to those who may change it.
    Plain(Secret<String>),
    /// For everybody, and never shown again.
    Secret(Secret<String>),
    /// Each user gives one. The text tells them what it is; it may be empty.
    PerUser(Secret<String>),
}

impl Value {
    pub(crate) fn new(kind: ValueKind, text: Secret<String>) -> Self {
        match kind {
            ValueKind::Plain => Self::Plain(text),
            ValueKind::Secret => Self::Secret(text),
            ValueKind::PerUser => Self::PerUser(text),
        }
    }

    pub(crate) fn kind(&self) -> ValueKind {
        match self {
            Self::Plain(_) => ValueKind::Plain,
            Self::Secret(_) => ValueKind::Secret,
            Self::PerUser(_) => ValueKind::PerUser,
        }
    }

    /// What is stored of it.
    pub(crate) fn text(&self) -> &Secret<String> {
        match self {
            Self::Plain(text) | Self::Secret(text) | Self::PerUser(text) => text,
        }
    }

    /// What everybody's instances get; `None` for one that each user gives.
    pub(crate) fn shared(&self) -> Option<&Secret<String>> {
        match self {
            Self::Plain(text) | Self::Secret(text) => Some(text),
            Self::PerUser(_) => None,
        }
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.kind() == other.kind() && self.text().expose() == other.text().expose()
    }
}

const SELECT: &str = "SELECT name, kind, sealed FROM environment WHERE connector_id = $1 AND version = $2";

impl Store {
    /// The values of one version; none for version 0.
    pub(crate) async fn environment(
        &self,
        connector: &ConnectorId,
        version: i64,
    ) -> Result<Values, StoreError> {
        let rows = sqlx::query(SELECT)
            .bind(connector.as_str())
            .bind(version)
            .fetch_all(self.pool())
            .await?;
        self.open_values(connector, version, &rows)
    }

    /// Writes a version that is what `change` makes of version `base`, and returns its number; where that is the same
    /// there is nothing to write, and it is `base` itself.
    pub(super) async fn next_environment<E: From<StoreError>>(
        &self,
        tx: &mut Transaction,
        connector: &ConnectorId,
        base: i64,
        change: impl FnOnce(&Values) -> Result<Values, E>,
    ) -> Result<i64, E> {
        let rows = sqlx::query(SELECT)
            .bind(connector.as_str())
            .bind(base)
            .fetch_all(&mut **tx)
            .await
            .map_err(StoreError::from)?;
        let old = self.open_values(connector, base, &rows)?;
        let new = change(&old)?;
        let is_there =
            |(name, value): (&EnvName, &Value)| old.get(name).is_some_and(|old| old.is_same(value));
        if old.len() == new.len() && new.iter().all(is_there) {
            return Ok(base);
        }
        Ok(self.write_environment(tx, connector, &new).await?)
    }

    async fn write_environment(
        &self,
        tx: &mut Transaction,
        connector: &ConnectorId,
        values: &Values,
    ) -> Result<i64, StoreError> {
        let newest: Option<i64> = sqlx::query_scalar(
            "SELECT MAX(version) FROM (
                 SELECT version FROM environment WHERE connector_id = $1
                 UNION ALL SELECT environment FROM releases WHERE connector_id = $1
                 UNION ALL SELECT environment FROM connectors WHERE id = $1
             ) AS versions",
        )
        .bind(connector.as_str())
        .fetch_one(&mut **tx)
        .await?;
        let version = newest.unwrap_or(0) + 1;
        for (name, value) in values {
            let field = field(value.kind(), name);
            let place = Place {
                row: connector.as_str(),
                field: &field,
                version,
            };
            sqlx::query(
                "INSERT INTO environment (connector_id, version, name, kind, sealed) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(connector.as_str())
            .bind(version)
            .bind(name.as_str())
            .bind(value.kind().as_str())
            .bind(self.sealer().seal(place, value.text().expose().as_bytes()))
            .execute(&mut **tx)
            .await?;
        }
        Ok(version)
    }

    fn open_values(
        &self,
        connector: &ConnectorId,
        version: i64,
        rows: &[AnyRow],
    ) -> Result<Values, StoreError> {
        let mut values = Values::new();
        for row in rows {
            let name: EnvName = row
                .try_get::<String, _>("name")?
                .parse()
                .map_err(StoreError::corrupt)?;
            let kind = read_kind(row)?;
            let field = field(kind, &name);
            let place = Place {
                row: connector.as_str(),
                field: &field,
                version,
            };
            let text = self
                .sealer()
                .open_text(place, &row.try_get::<Vec<u8>, _>("sealed")?)?;
            values.insert(name, Value::new(kind, text));
        }
        Ok(values)
    }
}

/// Where the value of a row belongs.
pub(super) fn place_of(row: &AnyRow) -> Result<OwnPlace, StoreError> {
    let name: EnvName = (row.try_get::<String, _>("name")?)
        .parse()
        .map_err(StoreError::corrupt)?;
    let place = Place {
        row: &row.try_get::<String, _>("connector_id")?,
        field: &field(read_kind(row)?, &name),
        version: row.try_get("version")?,
    };
    Ok(place.into())
}

fn read_kind(row: &AnyRow) -> Result<ValueKind, StoreError> {
    let kind: String = row.try_get("kind")?;
    ValueKind::ALL
        .into_iter()
        .find(|known| known.as_str() == kind)
        .ok_or_else(|| StoreError::corrupt(format!("value kind {kind:?}")))
}

/// The field that a value is sealed for. The kind is a part of it, so that no secret can be made to pass for a value
/// that is shown; secrets themselves have been there before there were kinds.
fn field(kind: ValueKind, name: &EnvName) -> Cow<'_, str> {
    match kind {
        ValueKind::Secret => Cow::Borrowed(name.as_str()),
        kind => Cow::Owned(format!("{} {name}", kind.as_str())),
    }
}

/// Erases the versions that belong to no release and are not what calls get. A connector's newest one stays all the
/// same: the next one is numbered after it, and no number may come to stand for other values. What users gave goes
/// once no version that is left asks for it.
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
    sqlx::query(
        "DELETE FROM user_values
         WHERE NOT EXISTS (
             SELECT 1 FROM environment
             WHERE environment.connector_id = user_values.connector_id
               AND environment.name = user_values.name AND environment.kind = 'per-user'
         )",
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
