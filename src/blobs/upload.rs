//! A blob on its way in.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
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

/// What has been written so far. Its file is not held open: there may be thousands that nobody adds to.
#[derive(Debug)]
pub(super) struct Partial {
    content: TempPath,
    /// The file that goes when the content does.
    beside: Option<TempPath>,
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
            let content = NamedTempFile::new_in(uploads)?.into_temp_path();
            Ok(Partial::new(content, None, 0))
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
            let partial = slot.take().ok_or(BlobError::Gone)?;
            partial.place(&self.blobs, expected)
        })
        .await
    }

    /// Removes what arrived. It blocks.
    pub(super) fn abandon(&self) {
        if let Some(partial) = self.shared.partial.lock().take() {
            partial.discard();
        }
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
    /// `length` is how many bytes the file has already. Until it is told to [`keep`](Self::keep) them, the files go
    /// with the value.
    fn new(content: TempPath, beside: Option<TempPath>, length: u64) -> Self {
        Self {
            content,
            beside,
            hash: Sha256::new(),
            hashed: 0,
            length,
        }
    }

    /// One in a new file at `content`, with `text` in a file `beside` it.
    pub(super) fn create(content: &Path, beside: &Path, text: &[u8]) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(content)?;
        drop(file);
        let content = TempPath::try_from_path(content)?;
        let partial = Self::new(content, Some(TempPath::try_from_path(beside)?), 0);
        fs::write(beside, text)?;
        Ok(partial)
    }

    /// What [`create`](Self::create) made in an earlier process, and was told to keep.
    pub(super) fn found(content: &Path, beside: &Path) -> io::Result<Self> {
        let length = fs::metadata(content)?.len();
        let content = TempPath::try_from_path(content)?;
        let mut partial = Self::new(content, Some(TempPath::try_from_path(beside)?), length);
        partial.keep();
        Ok(partial)
    }

    /// From here on the files outlive the process, unless they are discarded or become a blob.
    pub(super) fn keep(&mut self) {
        for path in self.paths() {
            path.disable_cleanup(true);
        }
    }

    /// From here on they go with the value.
    fn release(&mut self) {
        for path in self.paths() {
            path.disable_cleanup(false);
        }
    }

    fn discard(mut self) {
        self.release();
    }

    fn paths(&mut self) -> impl Iterator<Item = &mut TempPath> {
        std::iter::once(&mut self.content).chain(&mut self.beside)
    }

    fn write(&mut self, chunks: &[Bytes]) -> io::Result<()> {
        if chunks.is_empty() {
            return Ok(());
        }
        let mut file = self.catch_up()?;
        for chunk in chunks {
            file.write_all(chunk)?;
            self.hash.update(chunk);
            self.length += chunk.len() as u64;
        }
        self.hashed = self.length;
        Ok(())
    }

    /// Opens the file at its end, and reads what the hash does not cover yet: all of it after a restart.
    fn catch_up(&mut self) -> io::Result<File> {
        let mut file = OpenOptions::new().read(true).write(true).open(&self.content)?;
        file.seek(SeekFrom::Start(self.hashed))?;
        let mut buffer = vec![0; if self.hashed < self.length { 256 * 1024 } else { 0 }];
        while self.hashed < self.length {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.hash.update(&buffer[..read]);
            self.hashed += read as u64;
        }
        Ok(file)
    }

    /// Gives the content its name for good, on the disk too before it returns. Whatever fails, nothing stays of it
    /// among the uploads: nobody could find it any more.
    fn place(mut self, blobs: &Blobs, expected: Option<Digest>) -> Result<Digest, BlobError> {
        self.release();
        let file = self.catch_up()?;
        let actual = Digest::from_hash(&self.hash.finalize_reset());
        if let Some(expected) = expected
            && expected != actual
        {
            return Err(BlobError::Mismatch { expected, actual });
        }
        let path = blobs.path(&actual);
        let folder = path
            .parent()
            .ok_or_else(|| io::Error::other("a blob has a folder"))?;
        make_folder(blobs, folder)?;
        if blobs.touch_now(&path)?.is_some() {
            // Whoever put it there may not have come so far yet.
            sync_folder(folder)?;
            return Ok(actual);
        }
        file.sync_data()?;
        {
            // Dated when it appears, not when its last byte came: a sweep must not find it old.
            let _gate = blobs.gate.read();
            file.set_modified(SystemTime::now())?;
            self.content.persist(&path).map_err(|error| error.error)?;
        }
        sync_folder(folder)?;
        Ok(actual)
    }
}

/// Makes a folder of blobs. Whoever finds it there finds it on the disk as well.
fn make_folder(blobs: &Blobs, folder: &Path) -> io::Result<()> {
    let _folders = blobs.folders.lock();
    if folder.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    sync_folder(folder.parent().unwrap_or(folder))
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
