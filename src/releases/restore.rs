//! What served when the broker stopped serves again.

use std::{error::Error, sync::Arc, time::Duration};

use super::{Live, Releases};
use crate::{
    model::ReleaseId,
    resolve::{ResolveError, Resolved},
    store::{ConnectorRecord, ReleaseRecord, StoreError},
};

/// How long to wait before a release is restored once more; the last of them again and again.
const PAUSES: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
    Duration::from_secs(60),
    Duration::from_secs(180),
    Duration::from_secs(600),
];

#[derive(Debug, thiserror::Error)]
enum RestoreError {
    #[error("it can't be made ready")]
    Resolve(#[from] ResolveError),
    #[error("the store can't be used")]
    Store(#[from] StoreError),
}

impl Releases {
    /// Makes a live release of the store the one that serves. One whose files are gone is resolved again, which
    /// nothing else waits for.
    pub(super) async fn restore(
        &self,
        connector: ConnectorRecord,
        release: ReleaseRecord,
    ) -> Result<(), StoreError> {
        if let Some(resolved) = self.resolved(&release).filter(Resolved::is_installed) {
            return self.serve(&connector, release, resolved).await;
        }
        let this = self.clone();
        self.0
            .tasks
            .spawn(async move { Box::pin(this.restore_anew(&connector, &release)).await });
        Ok(())
    }

    /// Puts the image of a release that serves back into its engine, which may know it by another id then; what serves
    /// from now on, or `None` if that did not go well.
    pub(crate) async fn put_image_back(&self, live: &Arc<Live>) -> Option<Arc<Live>> {
        let _needed = self.needed().await;
        let resolved = match self.0.resolver.restore(&live.spec.source, &live.resolved).await {
            Ok(resolved) => resolved,
            Err(error) => {
                tracing::warn!(connector = %live.name, error = &error as &dyn Error, "an image can't be put back");
                return None;
            }
        };
        tracing::info!(connector = %live.name, "an image was gone from its engine and was put back");
        if resolved == live.resolved {
            return Some(Arc::clone(live));
        }
        if let Err(error) = self.note_resolved(&live.release, &resolved).await {
            tracing::warn!(connector = %live.name, error = &error as &dyn Error, "an image's new id was not noted");
        }
        let moved = Arc::new(Live {
            resolved,
            ..Live::clone(live)
        });
        let mut serving = self.0.live.write();
        if let Some(serving) = serving.get_mut(&live.name)
            && Arc::ptr_eq(serving, live)
        {
            *serving = Arc::clone(&moved);
        }
        drop(serving);
        Some(moved)
    }

    /// Tries until it serves, something else does, or the connector is gone: a registry or an engine that is away when
    /// the broker starts comes back.
    async fn restore_anew(&self, connector: &ConnectorRecord, release: &ReleaseRecord) {
        let mut pauses = PAUSES.into_iter();
        while let Err(error) = self.try_to_restore(connector, release).await {
            let pause = pauses.next().unwrap_or(PAUSES[PAUSES.len() - 1]);
            tracing::error!(
                connector = %connector.name,
                error = &error as &dyn Error,
                "a live release can't be started: tried again in {} s, or deploy it again", pause.as_secs()
            );
            if !self.pause(pause).await {
                return;
            }
        }
    }

    async fn try_to_restore(
        &self,
        connector: &ConnectorRecord,
        release: &ReleaseRecord,
    ) -> Result<(), RestoreError> {
        let turn = self.turn(&connector.id);
        let _turn = turn.lock().await;
        let _needed = self.needed().await;
        if !self.is_to_serve(connector, release).await? {
            return Ok(());
        }
        let source = &release.spec.source;
        let resolved = match self.resolved(release) {
            Some(before) => self.0.resolver.restore(source, &before).await,
            None => self.0.resolver.resolve(source).await,
        }?;
        if !self.is_to_serve(connector, release).await? {
            return Ok(());
        }
        self.note_resolved(&release.id, &resolved).await?;
        self.serve(connector, release.clone(), resolved).await?;
        tracing::info!(connector = %connector.name, number = release.number, "release restored");
        Ok(())
    }

    /// Whether the store says that the release serves, and calls do not get it yet.
    async fn is_to_serve(
        &self,
        connector: &ConnectorRecord,
        release: &ReleaseRecord,
    ) -> Result<bool, StoreError> {
        let current = self.0.store.connector_named(&connector.name).await?;
        Ok(
            current.is_some_and(|current| current.live.as_ref() == Some(&release.id))
                && !self.serves(connector, release),
        )
    }

    async fn note_resolved(&self, release: &ReleaseId, resolved: &Resolved) -> Result<(), StoreError> {
        let json = serde_json::to_string(resolved).map_err(StoreError::corrupt)?;
        self.0.store.set_resolved(release, &json).await
    }

    async fn serve(
        &self,
        connector: &ConnectorRecord,
        release: ReleaseRecord,
        resolved: Resolved,
    ) -> Result<(), StoreError> {
        let values = self
            .0
            .environment
            .values(&connector.id, release.environment)
            .await?;
        let live = Live::new(connector, release, resolved, values);
        self.0.live.write().insert(connector.name.clone(), Arc::new(live));
        Ok(())
    }
}
