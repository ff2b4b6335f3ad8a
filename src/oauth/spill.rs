//! Refreshed tokens that the store does not take: the provider has put the ones before aside, so they must not be lost
//! with this process.
//!
//! A file holds what the store's row would: sealed, and bound to the grant and the version, so that it opens nowhere
//! else. It is named after both, and goes as soon as the row is written or has moved on.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::{model::GrantId, store::Store};

/// The folder of such files; `None` keeps nothing.
#[derive(Debug, Default)]
pub(super) struct Spill(Option<PathBuf>);

impl Spill {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self(Some(folder))
    }

    /// Keeps `sealed` until the store takes it. False when there is nowhere to keep it.
    pub(super) fn keep(&self, grant: &GrantId, version: i64, sealed: &[u8]) -> io::Result<bool> {
        let Some(folder) = &self.0 else {
            return Ok(false);
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let (half, whole) = (
            path(folder, grant, version, "half"),
            path(folder, grant, version, "sealed"),
        );
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&half)?;
        file.write_all(sealed)?;
        file.sync_all()?;
        fs::rename(half, whole)?;
        fs::File::open(folder)?.sync_all()?;
        Ok(true)
    }

    /// Drops what was kept.
    pub(super) fn drop(&self, grant: &GrantId, version: i64) -> io::Result<()> {
        let Some(folder) = &self.0 else {
            return Ok(());
        };
        match fs::remove_file(path(folder, grant, version, "sealed")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes what an earlier process kept to `store`. Whatever the row has moved past is dropped.
    pub(super) async fn recover(&self, store: &Store) -> io::Result<()> {
        for (grant, version) in self.kept()? {
            let Some(folder) = &self.0 else { break };
            let sealed = fs::read(path(folder, &grant, version, "sealed"))?;
            match store.save_sealed(&grant, version, &sealed).await {
                Ok(saved) => {
                    tracing::warn!(%grant, version, saved, "refreshed tokens that were kept beside the store");
                    self.drop(&grant, version)?;
                }
                Err(error) => tracing::error!(
                    %grant, version, error = &error as &dyn std::error::Error,
                    "refreshed tokens that were kept beside the store can't be stored"
                ),
            }
        }
        Ok(())
    }

    fn kept(&self) -> io::Result<Vec<(GrantId, i64)>> {
        let Some(folder) = &self.0 else {
            return Ok(Vec::new());
        };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut kept = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let parts = name.to_str().and_then(|name| name.strip_suffix(".sealed"));
            let Some((grant, version)) = parts.and_then(|parts| parts.rsplit_once('.')) else {
                continue;
            };
            if let Ok(version) = version.parse() {
                kept.push((GrantId::from(grant.to_owned()), version));
            }
        }
        Ok(kept)
    }
}

fn path(folder: &Path, grant: &GrantId, version: i64, suffix: &str) -> PathBuf {
    folder.join(format!("{grant}.{version}.{suffix}"))
}
