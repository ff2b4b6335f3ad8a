//! Content-addressed blobs in a folder: a blob is known by the digest of its bytes, and never changes.
//!
//! `sha256/ab/ab…` holds the blobs, `uploads` what is being received ([`Session`]). A blob appears under its name whole, or not at
//! all: it is written to a temporary file, hashed on the way, flushed to the disk and renamed. Two that write the
//! same blob at once write the same bytes.

mod sessions;
mod sweep;
mod upload;

pub(crate) use sessions::{Origin, Session, Turn};
pub(crate) use upload::Upload;

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, pin_mut};
use parking_lot::{Mutex, RwLock};
use tokio::task::spawn_blocking;

use crate::model::Digest;

/// The blobs of one broker; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    directory: Arc<Path>,
    /// Shared by whoever dates a blob anew, alone for whoever removes one: between the look at a blob's age and its
    /// removal nobody is told that it is here.
    gate: Arc<RwLock<()>>,
    /// Held while a folder for blobs is made.
    folders: Arc<Mutex<()>>,
    sessions: Arc<sessions::Sessions>,
}

/// Why a blob was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobError {
    #[error("the content's digest is {actual}, not {expected}")]
    Mismatch { expected: Digest, actual: Digest },
    #[error("the content is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    /// The sender stopped, or its connection broke.
    #[error("the content did not arrive whole")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was finished or given up by another request.
    #[error("there is no such upload any more")]
    Gone,
    #[error("too many unfinished uploads are being added to")]
    TooMany,
    #[error("the blob could not be written")]
    Write(#[from] io::Error),
}

impl Blobs {
    /// Opens, or makes, the store of blobs in `directory`.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory.join("sha256"))?;
        let blobs = Self {
            directory: directory.into(),
            gate: Arc::default(),
            folders: Arc::default(),
            sessions: Arc::default(),
        };
        fs::create_dir_all(blobs.uploads())?;
        blobs.find_sessions()?;
        Ok(blobs)
    }

    /// Where the blob is, or would be.
    pub(crate) fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.hex();
        self.directory.join("sha256").join(&hex[..2]).join(hex)
    }

    /// The blob's size in bytes; `None` when it is not here.
    pub(crate) async fn size(&self, digest: &Digest) -> io::Result<Option<u64>> {
        match tokio::fs::metadata(self.path(digest)).await {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn has(&self, digest: &Digest) -> io::Result<bool> {
        Ok(self.size(digest).await?.is_some())
    }

    /// As [`size`](Self::size), and keeps the blob from the next sweeps: somebody was told that it is here, and will
    /// not send it.
    pub(crate) async fn touch(&self, digest: &Digest) -> io::Result<Option<u64>> {
        let (blobs, path) = (self.clone(), self.path(digest));
        let touch = move || blobs.touch_now(&path);
        spawn_blocking(touch).await.map_err(io::Error::other)?
    }

    fn touch_now(&self, path: &Path) -> io::Result<Option<u64>> {
        let _gate = self.gate.read();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        file.set_modified(SystemTime::now())?;
        Ok(Some(file.metadata()?.len()))
    }

    /// The blob, to be read; `None` when it is not here.
    pub(crate) async fn read(&self, digest: &Digest) -> io::Result<Option<tokio::fs::File>> {
        match tokio::fs::File::open(self.path(digest)).await {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The whole of a small blob; `None` when it is not here. One larger than `limit` bytes is an error.
    pub(crate) async fn bytes(&self, digest: &Digest, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let path = self.path(digest);
        let read = move || {
            let mut bytes = Vec::new();
            File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > limit {
                return Err(io::Error::other("the blob is larger than such a blob may be"));
            }
            Ok(bytes)
        };
        match spawn_blocking(read).await.map_err(io::Error::other)? {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores what `stream` brings, at most `limit` bytes. With an `expected` digest, anything else is refused.
    pub(crate) async fn put<S, E>(
        &self,
        expected: Option<&Digest>,
        limit: u64,
        stream: S,
    ) -> Result<Digest, BlobError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let upload = self.upload(limit).await?;
        pin_mut!(stream);
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| BlobError::Interrupted(error.into()))?;
            upload.append(chunk).await?;
        }
        upload.finish(expected).await
    }

    /// Stores a small blob that is in memory already.
    pub(crate) async fn put_bytes(&self, bytes: Bytes) -> Result<Digest, BlobError> {
        let stream = futures_util::stream::once(std::future::ready(Ok::<_, io::Error>(bytes)));
        self.put(None, u64::MAX, stream).await
    }

    /// Begins a blob whose bytes arrive one after the other. It leaves nothing unless it is finished.
    pub(crate) async fn upload(&self, limit: u64) -> Result<Upload, BlobError> {
        Upload::begin(self.clone(), limit).await
    }

    fn uploads(&self) -> PathBuf {
        self.directory.join("uploads")
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    fn pieces(pieces: &'static [&'static str]) -> impl Stream<Item = Result<Bytes, io::Error>> {
        stream::iter(
            pieces
                .iter()
                .map(|piece| Ok(Bytes::from_static(piece.as_bytes()))),
        )
    }

    fn leftovers(blobs: &Blobs) -> usize {
        fs::read_dir(blobs.uploads()).unwrap().count()
    }

    #[tokio::test]
    async fn a_blob_is_found_under_its_digest() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let expected = Digest::of(b"hello");
        assert!(!blobs.has(&expected).await.unwrap());
        assert!(blobs.read(&expected).await.unwrap().is_none());
        for _ in 0..2 {
            let put = blobs.put(Some(&expected), 5, pieces(&["he", "", "llo"])).await;
            assert_eq!(put.unwrap(), expected);
        }
        assert_eq!(blobs.size(&expected).await.unwrap(), Some(5));
        assert_eq!(blobs.bytes(&expected, 5).await.unwrap().unwrap(), b"hello");
        blobs.bytes(&expected, 4).await.unwrap_err();
        let mut text = String::new();
        let mut file = blobs.read(&expected).await.unwrap().unwrap();
        file.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
        assert_eq!(leftovers(&blobs), 0);
    }

    #[tokio::test]
    async fn what_is_not_what_was_announced_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let expected = Digest::of(b"hello");
        let other = blobs.put(Some(&expected), 100, pieces(&["hullo"])).await;
        assert!(matches!(other, Err(BlobError::Mismatch { .. })));
        let large = blobs.put(Some(&expected), 4, pieces(&["he", "llo"])).await;
        assert!(matches!(large, Err(BlobError::TooLarge { limit: 4 })));
        let broken = stream::iter([Ok(Bytes::from_static(b"he")), Err(io::Error::other("reset"))]);
        let broken = blobs.put(Some(&expected), 100, broken).await;
        assert!(matches!(broken, Err(BlobError::Interrupted(_))));
        assert!(!blobs.has(&expected).await.unwrap());
        assert_eq!(leftovers(&blobs), 0);
    }

    #[tokio::test]
    async fn what_can_t_be_placed_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let expected = Digest::of(b"hello");
        // A file where the blob's folder should be.
        fs::write(blobs.path(&expected).parent().unwrap(), "").unwrap();
        let put = blobs.put(Some(&expected), 5, pieces(&["hello"])).await;
        assert!(matches!(put, Err(BlobError::Write(_))));
        let origin = Origin {
            repository: "gong".into(),
            user: crate::model::UserId::random(),
            digest: Some(expected.clone()),
            limit: 5,
        };
        let session = blobs.begin("s", origin).await.unwrap();
        session.upload.append(Bytes::from_static(b"hello")).await.unwrap();
        session.upload.flush().await.unwrap();
        assert_eq!(leftovers(&blobs), 2);
        assert!(matches!(
            blobs.finish(session, &expected).await,
            Err(BlobError::Write(_))
        ));
        assert_eq!(leftovers(&blobs), 0);
    }

    #[tokio::test]
    async fn a_large_blob_is_hashed_piece_by_piece() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let piece = Bytes::from(vec![7; 300_000]);
        let whole = vec![7; 3_000_000];
        let stream = stream::iter((0..10).map(|_| Ok::<_, io::Error>(piece.clone())));
        assert_eq!(
            blobs.put(None, u64::MAX, stream).await.unwrap(),
            Digest::of(&whole)
        );
    }
}
