//! Whether http connectors are alive: their process may run and answer nobody any more.

use std::sync::Arc;

use super::{Instance, config::Health};

/// Asks an http instance for signs of life until it gives none any more, and then has it replaced: calls go to another
/// one, and it is stopped. Returns once it is no more to be asked.
pub(super) async fn watch(instance: &Arc<Instance>, health: Health) {
    let Some(http) = instance.http() else { return };
    let mut missed = 0;
    while instance.is_alive() {
        if missed == 0 {
            tokio::time::sleep(health.every).await;
        }
        let (answers, ()) = tokio::join!(http.ping(health.patience), async {
            // One that breaks connections off at once gets as much time as one that says nothing.
            if missed > 0 {
                tokio::time::sleep(health.patience).await;
            }
        });
        if answers {
            missed = 0;
            continue;
        }
        missed += 1;
        let is_busy = instance.life().use_now().calls > 0;
        if missed
            >= if is_busy {
                health.misses_busy
            } else {
                health.misses
            }
        {
            tracing::warn!(
                instance = instance.label(),
                missed,
                "a connector gives no sign of life: replacing it"
            );
            instance.life().go_deaf();
            return;
        }
    }
}
