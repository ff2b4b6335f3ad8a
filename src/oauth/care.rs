//! What the broker does for grants by itself.

use super::OAuth;

impl OAuth {
    /// Takes up what an earlier process could not store. Before anything is refreshed.
    pub(crate) async fn recover(&self) {
        if let Err(error) = self.0.spill.recover(&self.0.store).await {
            tracing::error!(%error, "refreshed tokens that were kept beside the store can't be read");
        }
    }
}
