//! A blob on its way in.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tempfile::{NamedTempFile, TempPath};
use tokio::task::spawn_blocking;

use super::{BlobError, Blobs};
use crate::model::Digest;

/// How much is gathered before it is hashed and written, in bytes: enough to pay for the way to another thread.
const BATCH: usize = 1024 * 1024;

/// A blob whose bytes arrive; cheap to clone. Dropped before [`finish`](Self::finish), it leaves nothing, unless it
/// belongs to a [`Session`](super::Session).
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    blobs: Blobs,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limit: u64,
    /// Bytes that arrived: those in the file and those that wait.
    received: AtomicU64,
    waiting: Mutex<Waiting>,
    /// `None` once it was finished, given up or spoiled. Held while the disk works: only threads that may block
    /// take it.
    partial: Mutex<Option<Partial>>,
}

#[derive(Debug, Default)]
struct Waiting {
    chunks: Vec<Bytes>,
    bytes: usize,
}

/// What has been written so far.
#[derive(Debug)]
pub(super) struct Partial {
    file: File,
    /// The files to be removed with it; the first is the content's.
    paths: Vec<TempPath>,
    hash: Sha256,
    /// How many bytes from the beginning the hash covers. After a restart it has to catch up with the file.
    hashed: u64,
    length: u64,
}

impl Upload {
    /// One that goes when it is dropped.
    pub(super) async fn begin(blobs: Blobs, limit: u64) -> Result<Self, BlobError> {
        let uploads = blobs.uploads();
        let partial = blocking(move || {
            let (file, path) = NamedTempFile::new_in(uploads)?.into_parts();
            Ok(Partial::new(file, vec![path], 0))
        })
        .await?;
        Ok(Self::new(blobs, limit, partial))
    }

    pub(super) fn new(blobs: Blobs, limit: u64, partial: Partial) -> Self {
        let shared = Shared {
            limit,
            received: AtomicU64::new(partial.length),
            waiting: Mutex::default(),
            partial: Mutex::new(Some(partial)),
        };
        Self {
            blobs,
            shared: Arc::new(shared),
        }
    }

    /// How many bytes have arrived.
    pub(crate) fn received(&self) -> u64 {
        self.shared.received.load(Ordering::Acquire)
    }

    /// Takes the next bytes. Whoever stops waiting for it loses nothing: what was taken is written all the same.
    pub(crate) async fn append(&self, chunk: Bytes) -> Result<(), BlobError> {
        let is_full = {
            let mut waiting = self.shared.waiting.lock();
            let length = chunk.len() as u64;
            if self.received().saturating_add(length) > self.shared.limit {
                return Err(BlobError::TooLarge {
                    limit: self.shared.limit,
                });
            }
            self.shared.received.fetch_add(length, Ordering::AcqRel);
            waiting.bytes += chunk.len();
            waiting.chunks.push(chunk);
            waiting.bytes >= BATCH
        };
        if is_full {
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes what was taken, so that the end of the process does not lose it.
    pub(crate) async fn flush(&self) -> Result<(), BlobError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.write(&mut shared.partial.lock())).await
    }

    /// Stores the blob under its digest, which has to be the `expected` one if there is one. Afterwards, however it
    /// ends, there is no such upload any more.
    pub(crate) async fn finish(self, expected: Option<&Digest>) -> Result<Digest, BlobError> {
        let expected = expected.cloned();
        blocking(move || {
            let mut slot = self.shared.partial.lock();
            self.shared.write(&mut slot)?;
            let mut partial = slot.take().ok_or(BlobError::Gone)?;
            partial.catch_up()?;
            let actual = Digest::from_hash(&partial.hash.finalize_reset());
            match expected {
                Some(expected) if expected != actual => {
                    partial.discard();
                    Err(BlobError::Mismatch { expected, actual })
                }
                _ => {
                    place(partial, &self.blobs, &actual)?;
                    Ok(actual)
                }
            }
        })
        .await
    }

    /// Removes what arrived.
    pub(crate) async fn abandon(&self) -> Result<(), BlobError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            if let Some(partial) = shared.partial.lock().take() {
                partial.discard();
            }
            Ok(())
        })
        .await
    }
}

impl Shared {
    /// Writes and hashes what waits.
    fn write(&self, slot: &mut Option<Partial>) -> Result<(), BlobError> {
        let chunks = {
            let mut waiting = self.waiting.lock();
            waiting.bytes = 0;
            std::mem::take(&mut waiting.chunks)
        };
        // A write that failed halfway leaves nothing behind, so that nothing is appended to half a chunk.
        let mut partial = slot.take().ok_or(BlobError::Gone)?;
        match partial.write(&chunks) {
            Ok(()) => {
                *slot = Some(partial);
                Ok(())
            }
            Err(error) => {
                partial.discard();
                Err(error.into())
            }
        }
    }
}

impl Partial {
    /// `length` is how many bytes the file has already.
    fn new(file: File, paths: Vec<TempPath>, length: u64) -> Self {
        Self {
            file,
            paths,
            hash: Sha256::new(),
            hashed: 0,
            length,
        }
    }

    /// One that stays when the process ends: in a new file at `content`, with the file `beside` it.
    pub(super) fn create(content: &Path, beside: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(content)?;
        Ok(Self::new(file, kept(content, beside)?, 0))
    }

    /// What [`create`](Self::create) made in an earlier process.
    pub(super) fn open(content: &Path, beside: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(content)?;
        let length = file.metadata()?.len();
        Ok(Self::new(file, kept(content, beside)?, length))
    }

    fn write(&mut self, chunks: &[Bytes]) -> io::Result<()> {
        self.catch_up()?;
        for chunk in chunks {
            self.file.write_all(chunk)?;
            self.hash.update(chunk);
            self.length += chunk.len() as u64;
        }
        self.hashed = self.length;
        Ok(())
    }

    /// Reads what the hash does not cover yet. Only the whole file is ever behind, and reading it leaves the
    /// position at its end, where writing goes on.
    fn catch_up(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; if self.hashed < self.length { 256 * 1024 } else { 0 }];
        while self.hashed < self.length {
            let read = self.file.read(&mut buffer)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.hash.update(&buffer[..read]);
            self.hashed += read as u64;
        }
        Ok(())
    }

    fn discard(mut self) {
        for path in &mut self.paths {
            path.disable_cleanup(false);
        }
    }
}

/// Paths that are left alone unless they are discarded.
fn kept(content: &Path, beside: &Path) -> io::Result<Vec<TempPath>> {
    [content, beside]
        .into_iter()
        .map(|path| {
            let mut path = TempPath::try_from_path(path)?;
            path.disable_cleanup(true);
            Ok(path)
        })
        .collect()
}

/// Gives the content its name for good, on the disk too before it returns.
fn place(mut partial: Partial, blobs: &Blobs, digest: &Digest) -> Result<(), BlobError> {
    let path = blobs.path(digest);
    if blobs.touch_now(&path)?.is_some() {
        partial.discard();
        return Ok(());
    }
    let folder = path
        .parent()
        .ok_or_else(|| io::Error::other("a blob has a folder"))?;
    if !folder.exists() {
        fs::create_dir_all(folder)?;
        sync_folder(folder.parent().unwrap_or(folder))?;
    }
    partial.file.sync_data()?;
    let content = partial.paths.swap_remove(0);
    {
        // Dated when it appears, not when its last byte came: a sweep must not find it old.
        let _gate = blobs.gate.read();
        partial.file.set_modified(SystemTime::now())?;
        content.persist(&path).map_err(|error| error.error)?;
    }
    sync_folder(folder)?;
    partial.discard();
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    spawn_blocking(work)
        .await
        .map_err(|panic| BlobError::Write(io::Error::other(panic)))?
}
