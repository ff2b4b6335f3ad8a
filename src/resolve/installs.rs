//! What is installed: unpacked artifacts, and which of them holds which version of a package.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use bytes::Bytes;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{ResolveError, Resolver, blocking, image::is_image};
use crate::{
    blobs::BlobError,
    bundle::{self, Blob, LARGEST_MANIFEST, Limits},
    model::Digest,
};

/// How much of a blob is read at a time, in bytes, and how many such pieces may wait to be stored.
const PIECE: usize = 256 * 1024;
const PIECES: usize = 4;

/// A package that is among the broker's blobs, with all that it depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Installed {
    pub(super) version: String,
    /// The registry's checksum of the package itself.
    pub(super) integrity: Option<String>,
    pub(super) artifact: Digest,
}

impl Resolver {
    /// Where an artifact is unpacked, whatever it was made from.
    pub(super) fn place(&self, artifact: &Digest) -> PathBuf {
        self.directory.join("bundles").join(artifact.hex())
    }

    /// What `key` was installed as, if all of it is still here.
    pub(super) async fn installed(&self, key: &str) -> Result<Option<Installed>, ResolveError> {
        let path = self.note(key);
        let text = match tokio::fs::read(path).await {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ResolveError::Files(error)),
        };
        // One that can't be read is as good as none: it is written anew.
        let Ok(installed) = serde_json::from_slice::<Installed>(&text) else {
            return Ok(None);
        };
        match self.layers(&installed.artifact).await {
            Ok(_) => Ok(Some(installed)),
            Err(ResolveError::MissingBlob(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Remembers what `key` was installed as.
    pub(super) async fn note_installed(&self, key: &str, installed: &Installed) -> Result<(), ResolveError> {
        let path = self.note(key);
        let text = serde_json::to_vec(installed).map_err(|error| ResolveError::Files(error.into()))?;
        blocking(move || {
            let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&text)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        })
        .await
    }

    fn note(&self, key: &str) -> PathBuf {
        self.directory.join("packages").join(format!("{key}.json"))
    }

    /// Packs the folder and stores it among the broker's blobs; answers its digest. What is there already is not
    /// written again.
    pub(super) async fn store(&self, folder: PathBuf) -> Result<Digest, ResolveError> {
        let artifact = blocking(move || Ok(bundle::pack_all(&folder))).await??;
        for blob in &artifact.blobs {
            if !self.blobs.has(&blob.digest).await.map_err(ResolveError::Files)? {
                self.store_blob(blob).await?;
            }
        }
        let manifest = Bytes::from(artifact.manifest);
        self.blobs.put_bytes(manifest).await.map_err(unstored)
    }

    async fn store_blob(&self, blob: &Blob) -> Result<(), ResolveError> {
        let reader = blob.reader(0).map_err(ResolveError::Files)?;
        let (pieces, read) = mpsc::channel(PIECES);
        let reading = spawn_blocking(move || send_pieces(reader, &pieces));
        let arriving = stream::unfold(read, async |mut read| {
            let piece: io::Result<Bytes> = read.recv().await?;
            Some((piece, read))
        });
        let stored = self.blobs.put(Some(&blob.digest), blob.size, arriving).await;
        reading
            .await
            .map_err(|panic| ResolveError::Files(io::Error::other(panic)))?;
        stored.map(drop).map_err(unstored)
    }

    /// The files of an artifact's layers, in the order in which they are unpacked.
    pub(super) async fn layers(&self, artifact: &Digest) -> Result<Vec<PathBuf>, ResolveError> {
        let bytes = self
            .blobs
            .bytes(artifact, LARGEST_MANIFEST)
            .await
            .map_err(ResolveError::Files)?
            .ok_or_else(|| ResolveError::MissingBlob(artifact.clone()))?;
        let manifest = bundle::parse_manifest(&bytes)?;
        if is_image(&manifest) {
            return Err(ResolveError::NotABundle(artifact.clone()));
        }
        manifest.check_bundle()?;
        let mut layers = Vec::new();
        for layer in &manifest.layers {
            if !self.blobs.has(&layer.digest).await.map_err(ResolveError::Files)? {
                return Err(ResolveError::MissingBlob(layer.digest.clone()));
            }
            layers.push(self.blobs.path(&layer.digest));
        }
        Ok(layers)
    }

    /// The artifact's folder, unpacked where that was not done yet. Its virtual environments are fitted to this
    /// machine; that one can't be is an error if `start` is in it.
    pub(super) async fn unpacked(&self, artifact: &Digest, start: &str) -> Result<PathBuf, ResolveError> {
        let _turn = self.flights.turn(artifact.as_str()).await;
        let place = self.place(artifact);
        if place.is_dir() {
            touch(place.clone()).await?;
            self.fit(&place, &place, start).await?;
            return Ok(place);
        }
        let layers = self.layers(artifact).await?;
        let temporary = self.temporary().await?;
        let folder = temporary.path().join("bundle");
        let into = folder.clone();
        blocking(move || Ok(unpack_layers(&layers, &into))).await??;
        self.fit(&folder, &place, start).await?;
        self.settle(folder, place.clone()).await?;
        Ok(place)
    }

    /// Puts what was just installed and stored in its place.
    pub(super) async fn settle_installed(
        &self,
        folder: PathBuf,
        artifact: &Digest,
    ) -> Result<(), ResolveError> {
        let _turn = self.flights.turn(artifact.as_str()).await;
        self.settle(folder, self.place(artifact)).await
    }

    /// Removes what is unpacked of artifacts that are not among `keep`, unless it was made or asked for after
    /// `older_than`; answers how many that were.
    pub(crate) async fn sweep(
        &self,
        keep: &HashSet<Digest>,
        older_than: SystemTime,
    ) -> Result<usize, ResolveError> {
        let folder = self.directory.join("bundles");
        let unpacked = blocking(move || names(&folder)).await?;
        let mut removed = HashSet::new();
        for name in unpacked {
            let Ok(artifact) = format!("sha256:{name}").parse::<Digest>() else {
                continue;
            };
            if keep.contains(&artifact) {
                continue;
            }
            // Whoever resolves it at this moment has touched it, or finds it gone and unpacks it again.
            let _turn = self.flights.turn(artifact.as_str()).await;
            let place = self.place(&artifact);
            let temporary = self.temporary().await?;
            let is_removed = blocking(move || {
                if fs::metadata(&place)?.modified()? >= older_than {
                    return Ok(false);
                }
                // A name never stands for half of its files.
                fs::rename(&place, temporary.path().join("old"))?;
                temporary.close()?;
                Ok(true)
            })
            .await?;
            if is_removed {
                removed.insert(artifact);
            }
        }
        let (count, notes) = (removed.len(), self.directory.join("packages"));
        blocking(move || forget(&notes, &removed)).await?;
        Ok(count)
    }
}

/// Sends all of it, piece by piece, until the receiver has gone.
fn send_pieces(mut reader: impl Read, pieces: &mpsc::Sender<io::Result<Bytes>>) {
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let read = reader.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        let is_last = !matches!(read, Ok(length) if length > 0);
        let sent = match read {
            Ok(0) => return,
            Ok(_) => pieces.blocking_send(Ok(piece.into())),
            Err(error) => pieces.blocking_send(Err(error)),
        };
        if is_last || sent.is_err() {
            return;
        }
    }
}

fn unstored(error: BlobError) -> ResolveError {
    ResolveError::Files(match error {
        BlobError::Write(error) => error,
        other => io::Error::other(other),
    })
}

fn unpack_layers(layers: &[PathBuf], into: &Path) -> Result<(), ResolveError> {
    fs::create_dir(into).map_err(ResolveError::Files)?;
    let layers = layers.iter().map(File::open);
    Ok(bundle::unpack(layers, into, Limits::default())?)
}

/// Notes that the folder was asked for.
async fn touch(place: PathBuf) -> Result<(), ResolveError> {
    blocking(move || File::open(place)?.set_modified(SystemTime::now())).await
}

/// The names in a folder, which need not exist.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Removes the notes about artifacts that were removed.
fn forget(notes: &Path, removed: &HashSet<Digest>) -> io::Result<()> {
    if removed.is_empty() {
        return Ok(());
    }
    for name in names(notes)? {
        let path = notes.join(name);
        let noted = serde_json::from_slice::<Installed>(&fs::read(&path)?);
        if noted.is_ok_and(|installed| removed.contains(&installed.artifact)) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
