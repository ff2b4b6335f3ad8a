//! Removing what nobody needs: old releases, the manifests and blobs that only they named, what was installed of them.

use std::{error::Error, time::Duration};

use super::Releases;
use crate::store::StoreError;

/// How long after its start the broker collects for the first time.
const FIRST: Duration = Duration::from_secs(60);
/// How often it does, whatever happens.
const EVERY: Duration = Duration::from_secs(3600);

impl Releases {
    /// Collects after each deploy and every hour, until the broker stops.
    pub(super) fn collect_regularly(&self) {
        let this = self.clone();
        self.0.tasks.spawn(async move {
            let mut next = FIRST;
            loop {
                tokio::select! {
                    () = this.0.settled.notified() => {}
                    () = tokio::time::sleep(next) => {}
                    () = this.0.stop.cancelled() => return,
                }
                next = EVERY;
                if let Err(error) = this.collect().await {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "what is not needed could not be removed"
                    );
                }
            }
        });
    }

    /// Removes what nothing needs. Does nothing while a deploy is under way: it comes back when that has settled.
    async fn collect(&self) -> Result<(), StoreError> {
        let Ok(_collecting) = self.0.collecting.try_write() else {
            return Ok(());
        };
        for (connector, number) in self.0.store.prune_releases(self.0.keep.releases).await? {
            tracing::info!(%connector, number, "an old release was removed");
        }
        Ok(())
    }
}
