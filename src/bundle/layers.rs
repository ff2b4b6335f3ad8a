//! A folder's files become layers.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    os::unix::fs::FileExt as _,
    path::Path,
    sync::Arc,
};

use super::{
    BundleError, Limits,
    oci::{Descriptor, EMPTY_TYPE, LAYER_TYPE, MANIFEST_TYPE, ManifestLayers},
    tree::Kind,
    walk::{self, Content, Entry},
};
use crate::model::Digest;
use sha2::{Digest as _, Sha256};
use tar::{EntryType, Header};

/// Folders with installed dependencies. They change rarely and make up most of a bundle: in a layer of their own
/// they are sent once.
const DEPENDENCIES: [&str; 5] = ["node_modules", "site-packages", ".venv", "venv", "vendor"];

/// A packed bundle: what has to be sent.
#[derive(Debug)]
pub(crate) struct Artifact {
    /// The manifest, to be sent after the blobs, and its media type.
    pub(crate) manifest: Vec<u8>,
    pub(crate) media_type: &'static str,
    /// The manifest's digest: the identity of the bundle.
    pub(crate) digest: Digest,
    /// The configuration and the layers.
    pub(crate) blobs: Vec<Blob>,
    /// How many files it holds, and their size in bytes.
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// What was not packed because it looks private (`.env`, keys) or is of no use elsewhere (`.git`, sockets).
    pub(crate) left_out: Vec<String>,
}

/// One blob, in a temporary file.
#[derive(Debug)]
pub(crate) struct Blob {
    pub(crate) digest: Digest,
    /// In bytes.
    pub(crate) size: u64,
    content: Arc<File>,
}

impl Blob {
    /// A blob that is in a file already; the caller has hashed it.
    pub(crate) fn of_file(digest: Digest, size: u64, content: File) -> Self {
        Self {
            digest,
            size,
            content: Arc::new(content),
        }
    }

    /// The content from its byte `offset` on; as often as it has to be sent.
    pub(crate) fn reader(&self, offset: u64) -> io::Result<impl Read + Send + 'static> {
        Ok(Positioned {
            file: Arc::clone(&self.content),
            offset,
        })
    }
}

pub(super) fn pack_folder(root: &Path, limits: Limits) -> Result<Artifact, BundleError> {
    let listing = walk::list(root, limits)?;
    let (dependencies, own): (Vec<&Entry>, Vec<&Entry>) = listing
        .entries
        .iter()
        .partition(|entry| is_dependency(&entry.path));
    let mut blobs = vec![empty_config().map_err(BundleError::Write)?];
    let config = descriptor(EMPTY_TYPE, &blobs[0]);
    let mut layers = Vec::new();
    for entries in [dependencies, own] {
        if !entries.is_empty() {
            let layer = pack_layer(root, &entries)?;
            layers.push(descriptor(LAYER_TYPE, &layer));
            blobs.push(layer);
        }
    }
    let manifest = serde_json::to_vec(&ManifestLayers::bundle(config, layers))
        .map_err(|error| BundleError::Write(error.into()))?;
    Ok(Artifact {
        digest: Digest::of(&manifest),
        manifest,
        media_type: MANIFEST_TYPE,
        blobs,
        files: listing.files,
        bytes: listing.bytes,
        left_out: listing.left_out,
    })
}

fn is_dependency(path: &Path) -> bool {
    path.components()
        .any(|part| DEPENDENCIES.iter().any(|name| part.as_os_str() == *name))
}

fn pack_layer(root: &Path, entries: &[&Entry]) -> Result<Blob, BundleError> {
    let mut builder = tar::Builder::new(Hashing::new().map_err(BundleError::Write)?);
    for entry in entries {
        let full = root.join(&entry.path);
        match &entry.content {
            Content::Folder => builder
                .append_data(
                    &mut header(EntryType::Directory, Kind::Program, 0),
                    &entry.path,
                    io::empty(),
                )
                .map_err(BundleError::Write)?,
            Content::Link { target } => builder
                .append_link(
                    &mut header(EntryType::Symlink, Kind::Program, 0),
                    &entry.path,
                    target,
                )
                .map_err(BundleError::Write)?,
            Content::File { kind, size } => {
                let file = File::open(&full).map_err(|error| BundleError::unreadable(&full, error))?;
                let mut content = Exactly { file, left: *size };
                builder
                    .append_data(
                        &mut header(EntryType::Regular, *kind, *size),
                        &entry.path,
                        &mut content,
                    )
                    .map_err(|error| BundleError::unreadable(&full, error))?;
            }
        }
    }
    let finished = builder.into_inner().map_err(BundleError::Write)?;
    finished.finish().map_err(BundleError::Write)
}

/// The same for every file of its kind: neither owner nor time.
fn header(entry: EntryType, kind: Kind, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(entry);
    header.set_mode(kind.mode());
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header
}

fn empty_config() -> io::Result<Blob> {
    let mut config = Hashing::new()?;
    config.write_all(b"{}")?;
    config.finish()
}

fn descriptor(media_type: &str, blob: &Blob) -> Descriptor {
    Descriptor {
        media_type: media_type.to_owned(),
        digest: blob.digest.clone(),
        size: blob.size,
    }
}

/// Reads a file from a place of its own, since several may read it at once. A file without a name can't be opened
/// again.
struct Positioned {
    file: Arc<File>,
    offset: u64,
}

impl Read for Positioned {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(buffer, self.offset)?;
        self.offset += length as u64;
        Ok(length)
    }
}

/// A temporary file whose digest is computed as it is written.
struct Hashing {
    file: BufWriter<File>,
    hash: Sha256,
    size: u64,
}

impl Hashing {
    fn new() -> io::Result<Self> {
        // Without a name: nothing is left behind, however the program ends.
        let file = tempfile::tempfile()?;
        Ok(Self {
            file: BufWriter::with_capacity(256 * 1024, file),
            hash: Sha256::new(),
            size: 0,
        })
    }

    fn finish(self) -> io::Result<Blob> {
        Ok(Blob {
            digest: Digest::from_hash(&self.hash.finalize()),
            size: self.size,
            content: Arc::new(self.file.into_inner().map_err(io::IntoInnerError::into_error)?),
        })
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.file.write(bytes)?;
        self.hash.update(&bytes[..length]);
        self.size += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file as long as its header says. One that shrinks under the reader would shift everything behind it; what
/// one grows by is left for the next deploy.
struct Exactly {
    file: File,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let length = self.file.read(&mut buffer[..wanted])?;
        if length == 0 {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        self.left -= length as u64;
        Ok(length)
    }
}
