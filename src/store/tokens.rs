//! Bearer tokens that berth gives out, by their hash.

use sqlx::Row as _;

use super::{Store, StoreError, User, users};
use crate::model::{Digest, Millis, TokenId, TokenScope, TrustId, UserId};

/// How long a revoked token is kept, and a pipeline's after its end.
const KEPT: Millis = 30 * 24 * 3600 * 1000;

/// A token as the store keeps one: everything but the token.
#[derive(Debug, Clone)]
pub(crate) struct TokenRecord {
    pub(crate) id: TokenId,
    pub(crate) user: UserId,
    pub(crate) label: String,
    pub(crate) scope: TokenScope,
    /// Why a pipeline has it; `None` for a person's.
    pub(crate) trust: Option<Vec<TrustId>>,
    pub(crate) created_at: Millis,
    pub(crate) expires_at: Option<Millis>,
    pub(crate) revoked_at: Option<Millis>,
}

const COLUMNS: &str =
    "tokens.id AS token_id, tokens.label, tokens.created_at AS token_created_at, tokens.expires_at,
    tokens.scope, tokens.trust, tokens.revoked_at, users.id, users.name, users.roles, users.created_at";

impl Store {
    /// Adds one; the traces of those that ended long ago go. [`StoreError::Conflict`] when a trust that it comes from has
    /// gone: nothing would end it with that.
    pub(crate) async fn add_token(&self, token: &TokenRecord, hash: &Digest) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM tokens WHERE revoked_at < $1 OR (trust IS NOT NULL AND expires_at < $1)")
            .bind(token.created_at - KEPT)
            .execute(&mut *tx)
            .await?;
        for id in token.trust.iter().flatten() {
            let lock = self.row_lock(" FOR SHARE");
            let sql = format!("SELECT id FROM trusts WHERE id = $1{lock}");
            let found = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(id.as_str())
                .fetch_optional(&mut *tx)
                .await?;
            if found.is_none() {
                return Err(StoreError::Conflict);
            }
        }
        let trust = token.trust.as_ref().map(|ids| {
            let ids: Vec<&str> = ids.iter().map(TrustId::as_str).collect();
            ids.join(" ")
        });
        sqlx::query(
            "INSERT INTO tokens (id, hash, user_id, label, created_at, expires_at, scope, trust)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(token.id.as_str())
        .bind(hash.as_str())
        .bind(token.user.as_str())
        .bind(&token.label)
        .bind(token.created_at)
        .bind(token.expires_at)
        .bind(token.scope.to_string())
        .bind(trust)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Whose token has `hash`, and until when; expired and revoked ones included.
    pub(crate) async fn token_by_hash(
        &self,
        hash: &Digest,
    ) -> Result<Option<(TokenRecord, User)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM tokens JOIN users ON users.id = tokens.user_id WHERE tokens.hash = $1"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(hash.as_str())
            .fetch_optional(self.pool())
            .await?;
        row.map(|row| Ok((read(&row)?, users::read(&row)?))).transpose()
    }

    /// The tokens of one user, or of all, newest first; without those of pipelines that have ended.
    pub(crate) async fn tokens(
        &self,
        user: Option<&UserId>,
        now: Millis,
    ) -> Result<Vec<(TokenRecord, User)>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM tokens JOIN users ON users.id = tokens.user_id
             WHERE ($1 = '' OR users.id = $1) AND tokens.revoked_at IS NULL
                 AND (tokens.trust IS NULL OR tokens.expires_at > $2)
             ORDER BY tokens.created_at DESC, tokens.id"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(user.map_or("", UserId::as_str))
            .bind(now)
            .fetch_all(self.pool())
            .await?
            .iter()
            .map(|row| Ok((read(row)?, users::read(row)?)))
            .collect()
    }

    /// Returns whether there was such a token, and it was good for something.
    pub(crate) async fn revoke_token(&self, id: &TokenId, now: Millis) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id.as_str())
            .bind(now)
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }
}

fn read(row: &sqlx::any::AnyRow) -> Result<TokenRecord, StoreError> {
    let trust: Option<String> = row.try_get("trust")?;
    let ids = |text: String| text.split(' ').map(|id| id.to_owned().into()).collect();
    Ok(TokenRecord {
        id: row.try_get::<String, _>("token_id")?.into(),
        user: row.try_get::<String, _>("id")?.into(),
        label: row.try_get("label")?,
        scope: row
            .try_get::<String, _>("scope")?
            .parse()
            .map_err(StoreError::corrupt)?,
        trust: trust.map(ids),
        created_at: row.try_get("token_created_at")?,
        expires_at: row.try_get("expires_at")?,
        revoked_at: row.try_get("revoked_at")?,
    })
}
