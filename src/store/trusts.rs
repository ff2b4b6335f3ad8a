//! Which issuers' tokens let pipelines in.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::{Store, StoreError, User, users};
use crate::model::{Millis, TokenScope, TrustId, UserId};

/// One trust.
#[derive(Debug, Clone)]
pub(crate) struct TrustRecord {
    pub(crate) id: TrustId,
    /// Whom its pipelines act as.
    pub(crate) user: UserId,
    pub(crate) issuer: String,
    /// `None` is the broker's public URL.
    pub(crate) audience: Option<String>,
    /// What a token has to say, each exactly.
    pub(crate) claims: BTreeMap<String, String>,
    pub(crate) scope: TokenScope,
    pub(crate) created_at: Millis,
    pub(crate) used_at: Option<Millis>,
}

const SELECT: &str =
    "SELECT trusts.id AS trust_id, trusts.issuer, trusts.audience, trusts.claims, trusts.scope,
    trusts.created_at AS trust_created_at, trusts.used_at, users.id, users.name, users.roles, users.created_at
    FROM trusts JOIN users ON users.id = trusts.user_id";

impl Store {
    pub(crate) async fn add_trust(&self, trust: &TrustRecord) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO trusts (id, user_id, issuer, audience, claims, scope, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(trust.id.as_str())
        .bind(trust.user.as_str())
        .bind(&trust.issuer)
        .bind(trust.audience.as_deref())
        .bind(written(&trust.claims)?)
        .bind(trust.scope.to_string())
        .bind(trust.created_at)
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// All of them with their users, oldest first.
    pub(crate) async fn trusts(&self) -> Result<Vec<(TrustRecord, User)>, StoreError> {
        let sql = format!("{SELECT} ORDER BY trusts.created_at, trusts.id");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(self.pool())
            .await?
            .iter()
            .map(|row| Ok((read(row)?, users::read(row)?)))
            .collect()
    }

    /// Notes that one was used, and what it is about from now on; false when it is gone or has changed.
    pub(crate) async fn use_trust(
        &self,
        trust: &TrustRecord,
        claims: &BTreeMap<String, String>,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE trusts SET used_at = $2, claims = $3 WHERE id = $1 AND claims = $4")
            .bind(trust.id.as_str())
            .bind(now)
            .bind(written(claims)?)
            .bind(written(&trust.claims)?)
            .execute(self.pool())
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Removes one, and what pipelines got by it. Returns whether it was there.
    pub(crate) async fn remove_trust(&self, id: &TrustId, now: Millis) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("DELETE FROM trusts WHERE id = $1")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        let removed = done.rows_affected() > 0;
        if removed {
            sqlx::query(
                "UPDATE tokens SET revoked_at = $2
                 WHERE revoked_at IS NULL AND ' ' || trust || ' ' LIKE '% ' || $1 || ' %'",
            )
            .bind(id.as_str())
            .bind(now)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(removed)
    }
}

fn written(claims: &BTreeMap<String, String>) -> Result<String, StoreError> {
    serde_json::to_string(claims).map_err(StoreError::corrupt)
}

fn read(row: &sqlx::any::AnyRow) -> Result<TrustRecord, StoreError> {
    Ok(TrustRecord {
        id: row.try_get::<String, _>("trust_id")?.into(),
        user: row.try_get::<String, _>("id")?.into(),
        issuer: row.try_get("issuer")?,
        audience: row.try_get("audience")?,
        claims: serde_json::from_str(&row.try_get::<String, _>("claims")?).map_err(StoreError::corrupt)?,
        scope: row
            .try_get::<String, _>("scope")?
            .parse()
            .map_err(StoreError::corrupt)?,
        created_at: row.try_get("trust_created_at")?,
        used_at: row.try_get("used_at")?,
    })
}
