//! Copies of the store, whole and consistent, while it is written to.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    audit::Audit,
    model::AuditId,
    store::{Store, StoreError},
};

/// What the names of unfinished copies start with.
const PREFIX: &str = "backup-";

/// Makes copies; cheap to clone.
#[derive(Clone)]
pub(crate) struct Backups {
    store: Arc<Store>,
    audit: Audit,
    /// Where a copy is while it is made.
    folder: Arc<Path>,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    #[error("the store was not copied")]
    Store(#[from] StoreError),
    #[error("the copy of the store can't be read")]
    Io(#[from] io::Error),
}

/// A file that has its name only for so long.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, file = %self.0.display(), "a copy of the store could not be removed");
        }
    }
}

impl Backups {
    /// Makes copies in `folder`, which is the broker's alone, and clears away what a killed broker left there.
    pub(crate) fn new(store: Arc<Store>, audit: Audit, folder: &Path) -> io::Result<Self> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self {
            store,
            audit,
            folder: folder.into(),
        })
    }

    /// A copy of the store as it is now, and its size. It is gone when it was read.
    pub(crate) async fn copy(&self, actor: &str) -> Result<(tokio::fs::File, u64), BackupError> {
        let unfinished = Unfinished(self.folder.join(format!("{PREFIX}{}.db", AuditId::random())));
        self.store.copy_to(&unfinished.0).await?;
        let file = tokio::fs::File::open(&unfinished.0).await?;
        let size = file.metadata().await?.len();
        let detail = serde_json::json!({ "bytes": size });
        self.audit.record(actor, "store.copied", "store", detail);
        Ok((file, size))
    }
}
