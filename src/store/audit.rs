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

impl Store {
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
