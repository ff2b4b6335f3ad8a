//! One at a time for each key.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Whose turn it is, by key. Callers take their turn, look again whether the work was done meanwhile, and do it.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<String, Arc<Turn<()>>>>);

impl Flights {
    /// Waits for the caller's turn with `key`, which lasts as long as the answer is kept.
    pub(super) async fn turn(&self, key: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock();
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(key.to_owned()).or_default())
        };
        turn.lock_owned().await
    }
}
