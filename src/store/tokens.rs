//! Bearer tokens that berth gives out, by their hash.

use sqlx::Row as _;

use super::{Store, StoreError, User, users};
use crate::model::{Digest, Millis, TokenId, UserId};

/// A token as the store keeps one: everything but the token.
#[derive(Debug, Clone)]
pub(crate) struct TokenRecord {
    pub(crate) id: TokenId,
    pub(crate) user: UserId,
    pub(crate) label: String,
    pub(crate) created_at: Millis,
    pub(crate) expires_at: Option<Millis>,
}

impl Store {
    pub(crate) async fn add_token(&self, token: &TokenRecord, hash: &Digest) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO tokens (id, hash, user_id, label, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(token.id.as_str())
        .bind(hash.as_str())
        .bind(token.user.as_str())
        .bind(&token.label)
        .bind(token.created_at)
        .bind(token.expires_at)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Whose token has `hash`, and until when; expired ones included.
    pub(crate) async fn token_by_hash(
        &self,
        hash: &Digest,
    ) -> Result<Option<(TokenRecord, User)>, StoreError> {
        let row = sqlx::query(
            "SELECT tokens.id AS token_id, tokens.label, tokens.created_at AS token_created_at, tokens.expires_at,
                    users.id, users.name, users.roles, users.created_at
             FROM tokens JOIN users ON users.id = tokens.user_id WHERE tokens.hash = $1",
        )
        .bind(hash.as_str())
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| Ok((read(&row)?, users::read(&row)?))).transpose()
    }

    /// The tokens of one user, or of all, newest first.
    pub(crate) async fn tokens(&self, user: Option<&UserId>) -> Result<Vec<(TokenRecord, User)>, StoreError> {
        sqlx::query(
            "SELECT tokens.id AS token_id, tokens.label, tokens.created_at AS token_created_at, tokens.expires_at,
                    users.id, users.name, users.roles, users.created_at
             FROM tokens JOIN users ON users.id = tokens.user_id
             WHERE $1 = '' OR users.id = $1 ORDER BY tokens.created_at DESC, tokens.id",
        )
        .bind(user.map_or("", UserId::as_str))
        .fetch_all(self.pool())
        .await?
        .iter()
        .map(|row| Ok((read(row)?, users::read(row)?)))
        .collect()
    }

    /// Returns whether there was such a token.
    pub(crate) async fn remove_token(&self, id: &TokenId) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM tokens WHERE id = $1")
            .bind(id.as_str())
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

fn read(row: &sqlx::any::AnyRow) -> Result<TokenRecord, StoreError> {
    Ok(TokenRecord {
        id: row.try_get::<String, _>("token_id")?.into(),
        user: row.try_get::<String, _>("id")?.into(),
        label: row.try_get("label")?,
        created_at: row.try_get("token_created_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}
