//! What goes on beside the calls: idle instances are stopped, and make room for those that wait.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use super::Inner;

/// How long the wait between two looks at what is idle is.
const SHORTEST_LOOK: Duration = Duration::from_millis(20);
const LONGEST_LOOK: Duration = Duration::from_secs(30);

/// Stops what nobody used for the while that it is kept, for as long as the runtime is there.
pub(super) async fn stop_idle(inner: Weak<Inner>) {
    loop {
        let Some(inner) = inner.upgrade() else { return };
        for instance in inner.table.take_unused() {
            tracing::debug!(instance = instance.label(), "nobody uses it: stopping");
            drop(inner.retire(instance, Duration::ZERO));
        }
        inner.crashes.lock().prune();
        let kept = inner.table.shortest_kept().unwrap_or(inner.config.idle);
        let look = (kept.min(inner.config.idle) / 4).clamp(SHORTEST_LOOK, LONGEST_LOOK);
        tokio::select! {
            () = tokio::time::sleep(look) => {}
            () = inner.hasty.notified() => {}
            () = inner.shutdown.cancelled() => return,
        }
    }
}

/// How long a look at what could make room is put off at most while somebody waits for a place.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// Stops what is idle while somebody waits for a place, for as long as the runtime is there.
pub(super) async fn make_room(inner: Weak<Inner>) {
    loop {
        let Some(inner) = inner.upgrade() else { return };
        inner.make_room();
        let is_short = inner.pool.is_short();
        tokio::select! {
            () = inner.idleness.told(is_short) => {}
            () = tokio::time::sleep(LONGEST_WAIT), if is_short => {}
            () = inner.shutdown.cancelled() => return,
        }
    }
}

impl Inner {
    /// Ends as many idle instances as starts wait for the places of, those first that were not used for the longest time.
    fn make_room(self: &Arc<Self>) {
        let mut evicted = Vec::new();
        self.pool.make_room(|connector| {
            let instance = self.table.take_idle(connector)?;
            let place = instance.place();
            evicted.push(instance);
            Some(place)
        });
        for instance in evicted {
            tracing::debug!(instance = instance.label(), "others wait for its place: stopping");
            drop(self.retire(instance, Duration::ZERO));
        }
    }
}
