//! Removing what nobody needs: old releases, the manifests and blobs that only they named, what was unpacked of them.

use std::{
    collections::HashSet,
    error::Error,
    io,
    time::{Duration, SystemTime},
};

use super::{Releases, keep::KeepError};
use crate::{resolve::ResolveError, store::StoreError};

/// How long after its start the broker collects for the first time.
const FIRST: Duration = Duration::from_secs(60);
/// How often it does, whatever happens.
const EVERY: Duration = Duration::from_secs(3600);
/// How long the removal of images may take in one collection: deploys wait for it, and an engine can be slow.
const IMAGES: Duration = Duration::from_secs(20);

#[derive(Debug, thiserror::Error)]
enum CollectError {
    #[error("what is needed could not be found out")]
    Keep(#[from] KeepError),
    #[error("the store could not be written to")]
    Store(#[from] StoreError),
    #[error("the blobs could not be swept")]
    Blobs(#[from] io::Error),
    #[error("what is unpacked could not be swept")]
    Unpacked(#[from] ResolveError),
}

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
    async fn collect(&self) -> Result<(), CollectError> {
        let Ok(_collecting) = self.0.collecting.try_write() else {
            return Ok(());
        };
        // Taken first: what is stored while this looks around is younger.
        let older_than = SystemTime::now()
            .checked_sub(self.0.keep.grace)
            .unwrap_or(SystemTime::UNIX_EPOCH);
        for (connector, number) in self.0.store.prune_releases(self.0.keep.releases).await? {
            tracing::info!(%connector, number, "removed an old release");
        }
        // What users gave may have gone with them.
        self.0.environment.forget_all();
        let kept = self.kept(older_than).await?;
        for record in &kept.stale {
            if self.0.store.remove_stale_manifest(record).await? {
                let (repository, digest) = (&record.repository, &record.digest);
                tracing::info!(repository, %digest, "removed a manifest that nothing names");
            }
        }
        // Before the blobs: what is unpacked, and noted as installed, has its blobs.
        let folders = self.0.resolver.sweep(&kept.artifacts, older_than).await?;
        if folders > 0 {
            tracing::info!(folders, "removed what was unpacked for releases that are gone");
        }
        let swept = self.0.blobs.sweep(&kept.blobs, older_than).await?;
        if swept.blobs > 0 {
            let (blobs, bytes) = (swept.blobs, swept.bytes);
            tracing::info!(blobs, bytes, "removed blobs that nothing names");
        }
        self.sweep_images(&kept.images).await;
        Ok(())
    }

    /// A broker need not have an engine, and one that is slow or away has time: what stays is found by the next
    /// collection.
    async fn sweep_images(&self, keep: &HashSet<String>) {
        let docker = self.0.runtime.docker();
        match tokio::time::timeout(IMAGES, docker.sweep_images(keep)).await {
            Err(_) => tracing::info!("images that nothing needs stay for now: the engine is slow"),
            Ok(Err(error)) if error.is_absence() => {
                tracing::debug!(error = &error as &dyn Error, "no images were looked for");
            }
            Ok(Err(error)) => tracing::warn!(
                error = &error as &dyn Error,
                "images that nothing needs stay for now"
            ),
            Ok(Ok(())) => {}
        }
    }
}
