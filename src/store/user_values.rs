//! What users gave of their own to connectors that ask each of them.

use std::collections::BTreeMap;

use sqlx::{Row as _, any::AnyRow};

use super::{Store, StoreError, resealing::OwnPlace};
use crate::{
    model::{ConnectorId, EnvName, UserId},
    seal::Place,
    secret::{self, Secret},
};

/// One user's values for one connector, by name.
pub(crate) type UserValues = BTreeMap<EnvName, UserValue>;

/// What a user gave.
#[derive(Debug, Clone)]
pub(crate) struct UserValue {
    pub(crate) text: Secret<String>,
    /// Another number for each value that was ever given.
    pub(crate) version: i64,
}

impl Store {
    pub(crate) async fn user_values(
        &self,
        connector: &ConnectorId,
        user: &UserId,
    ) -> Result<UserValues, StoreError> {
        let rows = sqlx::query(
            "SELECT name, version, sealed FROM user_values WHERE connector_id = $1 AND user_id = $2",
        )
        .bind(connector.as_str())
        .bind(user.as_str())
        .fetch_all(self.pool())
        .await?;
        let of = owner(connector, user);
        let mut values = UserValues::new();
        for row in rows {
            let name: EnvName = row
                .try_get::<String, _>("name")?
                .parse()
                .map_err(StoreError::corrupt)?;
            let version = row.try_get("version")?;
            let sealed: Vec<u8> = row.try_get("sealed")?;
            let text = self.sealer().open_text(place(&of, &name, version), &sealed)?;
            values.insert(name, UserValue { text, version });
        }
        Ok(values)
    }

    /// Writes what a user gives and erases what the user takes back, in one step. False, and nothing written, when the
    /// connector or the user is gone.
    pub(crate) async fn change_user_values(
        &self,
        connector: &ConnectorId,
        user: &UserId,
        given: &BTreeMap<EnvName, Secret<String>>,
        taken_back: &[EnvName],
    ) -> Result<bool, StoreError> {
        let of = owner(connector, user);
        let mut tx = self.begin().await?;
        let lock = self.row_lock("FOR SHARE");
        let both = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT u.id FROM connectors c, users u WHERE c.id = $1 AND u.id = $2 {lock}"
        )))
        .bind(connector.as_str())
        .bind(user.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        if both.is_none() {
            return Ok(false);
        }
        for name in taken_back {
            sqlx::query("DELETE FROM user_values WHERE connector_id = $1 AND user_id = $2 AND name = $3")
                .bind(connector.as_str())
                .bind(user.as_str())
                .bind(name.as_str())
                .execute(&mut *tx)
                .await?;
        }
        for (name, text) in given {
            let version = random_version();
            sqlx::query(
                "INSERT INTO user_values (connector_id, user_id, name, version, sealed) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (connector_id, user_id, name)
                 DO UPDATE SET version = excluded.version, sealed = excluded.sealed",
            )
            .bind(connector.as_str())
            .bind(user.as_str())
            .bind(name.as_str())
            .bind(version)
            .bind(
                self.sealer()
                    .seal(place(&of, name, version), text.expose().as_bytes()),
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// How many users gave each of a connector's values.
    pub(crate) async fn count_user_values(
        &self,
        connector: &ConnectorId,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, COUNT(*) AS users FROM user_values WHERE connector_id = $1 GROUP BY name",
        )
        .bind(connector.as_str())
        .fetch_all(self.pool())
        .await?;
        let count = |row: &sqlx::any::AnyRow| Ok((row.try_get("name")?, row.try_get("users")?));
        rows.iter().map(count).collect()
    }
}

fn random_version() -> i64 {
    let mut bytes = [0; 8];
    secret::fill_random(&mut bytes);
    i64::from_be_bytes(bytes)
}

/// Ids have no slash in them.
fn owner(connector: &ConnectorId, user: &UserId) -> String {
    format!("{connector}/{user}")
}

fn place<'a>(owner: &'a str, name: &'a EnvName, version: i64) -> Place<'a> {
    Place {
        row: owner,
        field: name.as_str(),
        version,
    }
}

/// Where the value of a row belongs.
pub(super) fn place_of(row: &AnyRow) -> Result<OwnPlace, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let of = owner(&text("connector_id")?.into(), &text("user_id")?.into());
    let name: EnvName = text("name")?.parse().map_err(StoreError::corrupt)?;
    Ok(place(&of, &name, row.try_get("version")?).into())
}
