//! Audit entries.

use serde_json::Value;

use super::{Store, StoreError};
use crate::model::{AuditId, Millis};

/// One thing that somebody did.
#[derive(Debug, Clone)]
pub(crate) struct AuditEntry {
    pub(crate) at: Millis,
    /// A user's id, or `berth` for what it did by itself.
    pub(crate) actor: String,
    /// Such as `grant.created`.
    pub(crate) action: &'static str,
    /// The id of what it was done to.
    pub(crate) subject: String,
    /// More of it; never a secret.
    pub(crate) detail: Value,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditQuery {
    /// The id of a connector, and its name.
    pub(crate) connector: Option<(String, String)>,
    pub(crate) actor: Option<String>,
    pub(crate) since: Option<Millis>,
    pub(crate) limit: u32,
}

/// One entry, as it was stored.
#[derive(Debug, Clone)]
pub(crate) struct AuditRow {
    pub(crate) at: Millis,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) detail: Value,
}

impl Store {
    /// The newest entries that fit. What was done to something of a connector names that in its detail, by id or by
    /// name; neither has a character that LIKE gives a meaning.
    pub(crate) async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        let (id, name) = query.connector.clone().unwrap_or_default();
        let rows: Vec<(Millis, String, String, String, String)> = sqlx::query_as(
            "SELECT at, actor, action, subject, detail FROM audit
             WHERE at >= $1 AND ($2 = '' OR actor = $2)
               AND ($3 = '' OR subject = $3 OR detail LIKE $4 OR detail LIKE $5)
             ORDER BY at DESC, id DESC LIMIT $6",
        )
        .bind(query.since.unwrap_or_default())
        .bind(query.actor.clone().unwrap_or_default())
        .bind(&id)
        .bind(format!("%\"{id}\"%"))
        .bind(format!("%\"connector\":\"{name}\"%"))
        .bind(i64::from(query.limit))
        .fetch_all(self.pool())
        .await?;
        let row = |(at, actor, action, subject, detail): (Millis, String, String, String, String)| AuditRow {
            at,
            actor,
            action,
            subject,
            // It was written from JSON.
            detail: serde_json::from_str(&detail).unwrap_or(Value::String(detail)),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    pub(crate) async fn append_audit(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for entry in entries {
            sqlx::query(
                "INSERT INTO audit (id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(AuditId::random().as_str())
            .bind(entry.at)
            .bind(&entry.actor)
            .bind(entry.action)
            .bind(&entry.subject)
            .bind(entry.detail.to_string())
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// The subjects of all entries of `action`.
    #[cfg(test)]
    pub(crate) async fn audit_of(&self, action: &str) -> Result<Vec<String>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT subject FROM audit WHERE action = $1 ORDER BY at")
                .bind(action)
                .fetch_all(self.pool())
                .await?,
        )
    }
}
