//! Who did what. Entries are written by a task of their own, in batches, so that no call waits for them.

use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::{
    model,
    store::{AuditEntry, Store, StoreError},
};

pub(crate) use crate::store::{AuditQuery, AuditRow};

/// How many entries may wait to be written; beyond that an entry goes to the log alone.
const WAITING: usize = 4096;
const BATCH: usize = 256;

/// Takes entries; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Audit {
    queue: mpsc::Sender<AuditEntry>,
    store: Arc<Store>,
}

impl Audit {
    /// Starts the writing task on `tasks`; it ends, with everything written, when the last clone is dropped.
    pub(crate) fn start(store: Arc<Store>, tasks: &TaskTracker) -> Self {
        let (queue, mut entries) = mpsc::channel(WAITING);
        let written = store.clone();
        tasks.spawn(async move {
            let mut batch = Vec::new();
            while entries.recv_many(&mut batch, BATCH).await > 0 {
                if let Err(error) = written.append_audit(&batch).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "audit entries were not stored"
                    );
                }
                batch.clear();
            }
        });
        Self { queue, store }
    }

    /// What fits `query`, newest first. What was recorded a moment ago may still be on its way.
    pub(crate) async fn entries(&self, query: &AuditQuery) -> Result<Vec<AuditRow>, StoreError> {
        self.store.audit(query).await
    }

    /// Notes that `actor` did `action` to `subject`. Never waits.
    pub(crate) fn record(&self, actor: &str, action: &'static str, subject: &str, detail: Value) {
        tracing::info!(target: "audit", actor, action, subject, %detail);
        let entry = AuditEntry {
            at: model::now(),
            actor: actor.to_owned(),
            action,
            subject: subject.to_owned(),
            detail,
        };
        if self.queue.try_send(entry).is_err() {
            tracing::warn!(action, "the audit queue is full: this entry is in the log only");
        }
    }
}
