//! Users' passwords, as hashes.

use sqlx::Row as _;

use super::{Store, StoreError, User, users};
use crate::model::{self, UserId, UserName};

impl Store {
    /// A user and the hash of their password, where they have one.
    pub(crate) async fn password(
        &self,
        name: &UserName,
    ) -> Result<Option<(User, Option<String>)>, StoreError> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {}, p.hash FROM users LEFT JOIN passwords p ON p.user_id = users.id WHERE users.name = $1",
            users::COLUMNS
        )))
        .bind(name.as_str())
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| Ok((users::read(&row)?, row.try_get("hash")?)))
            .transpose()
    }

    /// Sets or takes away a user's password. Every browser that is signed in as them is signed out, but for `but`.
    pub(crate) async fn set_password(
        &self,
        user: &UserId,
        hash: Option<&str>,
        but: Option<&model::Digest>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM passwords WHERE user_id = $1")
            .bind(user.as_str())
            .execute(&mut *tx)
            .await?;
        if let Some(hash) = hash {
            sqlx::query("INSERT INTO passwords (user_id, hash, set_at) VALUES ($1, $2, $3)")
                .bind(user.as_str())
                .bind(hash)
                .bind(model::now())
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query("DELETE FROM browsers WHERE user_id = $1 AND hash <> $2")
            .bind(user.as_str())
            .bind(but.map_or("", model::Digest::as_str))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}
