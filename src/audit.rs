//! Who did what. Entries are written by a task of their own, in batches, so that no call waits for them.

use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::{
    model,
    store::{AuditEntry, Store},
};

/// How many entries may wait to be written; beyond that an entry goes to the log alone.
const WAITING: usize = 4096;
const BATCH: usize = 256;

/// Takes entries; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Audit(mpsc::Sender<AuditEntry>);

impl Audit {
    /// Starts the writing task on `tasks`; it ends, with everything written, when the last clone is dropped.
    pub(crate) fn start(store: Arc<Store>, tasks: &TaskTracker) -> Self {
        let (sender, mut entries) = mpsc::channel(WAITING);
        tasks.spawn(async move {
            let mut batch = Vec::new();
            while entries.recv_many(&mut batch, BATCH).await > 0 {
                if let Err(error) = store.append_audit(&batch).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "audit entries were not stored"
                    );
                }
                batch.clear();
            }
        });
        Self(sender)
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
        if self.0.try_send(entry).is_err() {
            tracing::warn!(action, "the audit queue is full: this entry is in the log only");
        }
    }
}
