//! One-time links and the browser sessions that they open, by their hashes.

use super::{Store, StoreError, User, users};
use crate::model::{Digest, Millis, UserId};

impl Store {
    pub(crate) async fn add_link(
        &self,
        hash: &Digest,
        user: &UserId,
        expires_at: Millis,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO links (hash, user_id, expires_at) VALUES ($1, $2, $3)")
            .bind(hash.as_str())
            .bind(user.as_str())
            .bind(expires_at)
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Uses a link up: of two that come with the same one, one gets the user. Old links go too.
    pub(crate) async fn take_link(&self, hash: &Digest, now: Millis) -> Result<Option<User>, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM links WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *tx)
            .await?;
        let user: Option<String> = sqlx::query_scalar("DELETE FROM links WHERE hash = $1 RETURNING user_id")
            .bind(hash.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let user = match user {
            Some(id) => {
                let row = sqlx::query("SELECT id, name, roles, created_at FROM users WHERE id = $1")
                    .bind(id)
                    .fetch_one(&mut *tx)
                    .await?;
                Some(users::read(&row)?)
            }
            None => None,
        };
        tx.commit().await?;
        Ok(user)
    }

    pub(crate) async fn add_browser(
        &self,
        hash: &Digest,
        user: &UserId,
        expires_at: Millis,
        now: Millis,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM browsers WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO browsers (hash, user_id, expires_at) VALUES ($1, $2, $3)")
            .bind(hash.as_str())
            .bind(user.as_str())
            .bind(expires_at)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Who is signed in with the cookie that has `hash`.
    pub(crate) async fn browser(&self, hash: &Digest, now: Millis) -> Result<Option<User>, StoreError> {
        sqlx::query(
            "SELECT users.id, users.name, users.roles, users.created_at
             FROM browsers JOIN users ON users.id = browsers.user_id
             WHERE browsers.hash = $1 AND browsers.expires_at > $2",
        )
        .bind(hash.as_str())
        .bind(now)
        .fetch_optional(self.pool())
        .await?
        .map(|row| users::read(&row))
        .transpose()
    }

    pub(crate) async fn remove_browser(&self, hash: &Digest) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM browsers WHERE hash = $1")
            .bind(hash.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }
}
