//! A blob on its way in.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    sync::Arc,
};

use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::{BlobError, Blobs};
use crate::model::Digest;

/// How much is gathered before it is hashed and written, in bytes: enough to pay for the way to another thread.
const BATCH: usize = 1024 * 1024;

/// A blob whose bytes arrive; dropped before [`finish`](Self::finish), it leaves nothing.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    blobs: Blobs,
    limit: u64,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    file: Option<NamedTempFile>,
    hash: Sha256,
    /// Bytes that arrived: those in the file and those that wait.
    received: u64,
    waiting: Vec<Bytes>,
    waiting_bytes: usize,
}

impl Upload {
    pub(super) async fn begin(blobs: Blobs, limit: u64) -> Result<Self, BlobError> {
        let uploads = blobs.uploads();
        let file = blocking(move || Ok(NamedTempFile::new_in(uploads)?)).await?;
        let state = State {
            file: Some(file),
            hash: Sha256::new(),
            received: 0,
            waiting: Vec::new(),
            waiting_bytes: 0,
        };
        Ok(Self {
            blobs,
            limit,
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// How many bytes have arrived.
    pub(crate) fn received(&self) -> u64 {
        self.state.lock().received
    }

    /// Takes the next bytes. Whoever stops waiting for it loses nothing: what was taken is written all the same.
    pub(crate) async fn append(&self, chunk: Bytes) -> Result<(), BlobError> {
        let is_full = {
            let mut state = self.state.lock();
            if state.received.saturating_add(chunk.len() as u64) > self.limit {
                return Err(BlobError::TooLarge { limit: self.limit });
            }
            state.received += chunk.len() as u64;
            state.waiting_bytes += chunk.len();
            state.waiting.push(chunk);
            state.waiting_bytes >= BATCH
        };
        if is_full {
            let state = Arc::clone(&self.state);
            blocking(move || state.lock().write()).await?;
        }
        Ok(())
    }

    /// Stores the blob under its digest, which has to be the `expected` one if there is one.
    pub(crate) async fn finish(self, expected: Option<&Digest>) -> Result<Digest, BlobError> {
        let expected = expected.cloned();
        blocking(move || {
            let mut state = self.state.lock();
            state.write()?;
            let file = state.file.take().ok_or_else(spoiled)?;
            let actual = Digest::from_hash(&state.hash.finalize_reset());
            if let Some(expected) = expected
                && expected != actual
            {
                return Err(BlobError::Mismatch { expected, actual });
            }
            place(file, &self.blobs, &actual)?;
            Ok(actual)
        })
        .await
    }
}

impl State {
    /// Hashes and writes what waits. The lock is held meanwhile; only threads that may block come here.
    fn write(&mut self) -> Result<(), BlobError> {
        // A write that failed halfway leaves no file behind, so that nothing is appended to half a chunk.
        let mut file = self.file.take().ok_or_else(spoiled)?;
        for chunk in std::mem::take(&mut self.waiting) {
            self.hash.update(&chunk);
            file.write_all(&chunk)?;
        }
        self.waiting_bytes = 0;
        self.file = Some(file);
        Ok(())
    }
}

/// Gives the file its name for good.
fn place(file: NamedTempFile, blobs: &Blobs, digest: &Digest) -> Result<(), BlobError> {
    let path = blobs.path(digest);
    if blobs.touch_now(&path)?.is_some() {
        return Ok(());
    }
    let folder = path
        .parent()
        .ok_or_else(|| io::Error::other("a blob has a folder"))?;
    fs::create_dir_all(folder)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn spoiled() -> BlobError {
    BlobError::Write(io::Error::other("an earlier part of it was not written"))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    spawn_blocking(work)
        .await
        .map_err(|panic| BlobError::Write(io::Error::other(panic)))?
}
