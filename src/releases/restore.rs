//! What served when the broker stopped serves again.

use std::{error::Error, sync::Arc};

use super::{Live, Releases};
use crate::{
    resolve::Resolved,
    store::{ConnectorRecord, ReleaseRecord, StoreError},
};

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
        self.0.tasks.spawn(async move {
            if let Err(error) = this.restore_anew(&connector, release).await {
                tracing::error!(connector = %connector.name, error = &error as &dyn Error, "a live release could not be restored");
            }
        });
        Ok(())
    }

    /// Puts the image of a release that serves back into its engine; whether that went well.
    pub(crate) async fn put_image_back(&self, live: &Live) -> bool {
        match self.0.resolver.restore(&live.spec.source, &live.resolved).await {
            Ok(_) => {
                tracing::info!(connector = %live.name, "an image was gone from its engine and was put back");
                true
            }
            Err(error) => {
                tracing::warn!(connector = %live.name, error = &error as &dyn Error, "an image can't be put back");
                false
            }
        }
    }

    async fn restore_anew(
        &self,
        connector: &ConnectorRecord,
        release: ReleaseRecord,
    ) -> Result<(), StoreError> {
        let turn = self.turn(&connector.id);
        let _turn = turn.lock().await;
        let _needed = self.needed().await;
        let source = &release.spec.source;
        let resolved = match self.resolved(&release) {
            Some(before) => self.0.resolver.restore(source, &before).await,
            None => self.0.resolver.resolve(source).await,
        };
        let resolved = match resolved {
            Ok(resolved) => resolved,
            Err(error) => {
                tracing::error!(connector = %connector.name, error = &error as &dyn Error, "a live release can't be started any more: deploy it again");
                return Ok(());
            }
        };
        let current = self.0.store.connector_named(&connector.name).await?;
        if current.is_none_or(|current| current.live.as_ref() != Some(&release.id)) {
            return Ok(());
        }
        let json = serde_json::to_string(&resolved).map_err(StoreError::corrupt)?;
        self.0.store.set_resolved(&release.id, &json).await?;
        self.serve(connector, release, resolved).await
    }

    async fn serve(
        &self,
        connector: &ConnectorRecord,
        release: ReleaseRecord,
        resolved: Resolved,
    ) -> Result<(), StoreError> {
        let secrets = self
            .0
            .environment
            .secrets(&connector.id, release.environment)
            .await?;
        let live = Live::new(connector, release, resolved, secrets);
        self.0.live.write().insert(connector.name.clone(), Arc::new(live));
        Ok(())
    }
}
