//! Removing the blobs that nothing names any more.

use std::{
    collections::HashSet,
    fs::{self, DirEntry},
    io,
    time::SystemTime,
};

use tokio::task::spawn_blocking;

use super::Blobs;
use crate::model::Digest;

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Swept {
    pub(crate) blobs: u64,
    pub(crate) bytes: u64,
}

impl Blobs {
    /// Removes the blobs that are not among `keep` and were neither written nor asked for since `older_than`.
    ///
    /// `older_than` has to lie before the moment at which `keep` was gathered. Then a manifest that was stored in
    /// the meantime loses nothing: its blobs were dated anew when it came. What is still being received is not
    /// touched.
    pub(crate) async fn sweep(&self, keep: &HashSet<Digest>, older_than: SystemTime) -> io::Result<Swept> {
        self.expire().await.map_err(io::Error::other)?;
        let (blobs, keep) = (self.clone(), keep.clone());
        let sweep = move || blobs.sweep_now(&keep, older_than);
        spawn_blocking(sweep).await.map_err(io::Error::other)?
    }

    fn sweep_now(&self, keep: &HashSet<Digest>, older_than: SystemTime) -> io::Result<Swept> {
        let mut swept = Swept::default();
        // One entry that can't be read, or that somebody else put there, is no reason to let the disk fill up.
        for folder in fs::read_dir(self.directory.join("sha256"))?.filter_map(logged) {
            if folder.file_type().is_ok_and(|kind| !kind.is_dir()) {
                continue;
            }
            let Some(entries) = logged(fs::read_dir(folder.path())) else {
                continue;
            };
            for blob in entries.filter_map(logged) {
                // What is not named by a digest was not put here by this store.
                let digest = blob
                    .file_name()
                    .to_str()
                    .and_then(|hex| format!("sha256:{hex}").parse::<Digest>().ok());
                if digest.is_none_or(|digest| keep.contains(&digest)) {
                    continue;
                }
                if let Some(Some(bytes)) = logged(self.remove_older(&blob, older_than)) {
                    swept.blobs += 1;
                    swept.bytes += bytes;
                }
            }
        }
        Ok(swept)
    }

    /// The size of the blob that was removed; `None` when it is too young, or gone.
    fn remove_older(&self, blob: &DirEntry, older_than: SystemTime) -> io::Result<Option<u64>> {
        let _gate = self.gate.write();
        let removed = blob.metadata().and_then(|metadata| {
            if metadata.modified()? >= older_than {
                return Ok(None);
            }
            fs::remove_file(blob.path())?;
            Ok(Some(metadata.len()))
        });
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            removed => removed,
        }
    }

    /// Removes one blob; returns whether it was here.
    pub(crate) async fn remove(&self, digest: &Digest) -> io::Result<bool> {
        let (blobs, path) = (self.clone(), self.path(digest));
        let remove = move || {
            let _gate = blobs.gate.write();
            match fs::remove_file(path) {
                Ok(()) => Ok(true),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            }
        };
        spawn_blocking(remove).await.map_err(io::Error::other)?
    }
}

fn logged<T>(outcome: io::Result<T>) -> Option<T> {
    outcome
        .inspect_err(|error| tracing::warn!(%error, "a sweep passed over a blob"))
        .ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;

    #[tokio::test]
    async fn what_is_old_and_unnamed_goes() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let put = async |text: &'static str| {
            blobs
                .put_bytes(Bytes::from_static(text.as_bytes()))
                .await
                .unwrap()
        };
        let (kept, old, fresh, asked) = (
            put("kept").await,
            put("old").await,
            put("new").await,
            put("ask").await,
        );
        let upload = blobs.upload(100).await.unwrap();
        // What was not put there by the store: a file among the folders, a folder named like a blob.
        fs::write(dir.path().join("sha256/.DS_Store"), "").unwrap();
        let odd = blobs.path(&Digest::of(b"odd"));
        fs::create_dir_all(odd.join("x")).unwrap();
        let odd = fs::File::open(odd).unwrap();
        odd.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let past = SystemTime::now() - Duration::from_secs(7200);
        for digest in [&kept, &old, &asked] {
            let file = fs::File::open(blobs.path(digest)).unwrap();
            file.set_modified(past).unwrap();
        }
        assert_eq!(blobs.touch(&asked).await.unwrap(), Some(3));
        let keep = HashSet::from([kept.clone()]);
        let swept = blobs
            .sweep(&keep, SystemTime::now() - Duration::from_secs(3600))
            .await
            .unwrap();
        assert_eq!(swept, Swept { blobs: 1, bytes: 3 });
        for (digest, stays) in [(&kept, true), (&old, false), (&fresh, true), (&asked, true)] {
            assert_eq!(blobs.has(digest).await.unwrap(), stays, "{digest}");
        }
        upload.append(Bytes::from_static(b"new")).await.unwrap();
        assert_eq!(upload.finish(None).await.unwrap(), fresh);
        assert_eq!(blobs.touch(&old).await.unwrap(), None);
        assert!(blobs.remove(&kept).await.unwrap());
        assert!(!blobs.remove(&kept).await.unwrap());
    }
}
