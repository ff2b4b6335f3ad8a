//! A packed bundle, or anything else that travels as a manifest with blobs.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    os::unix::fs::FileExt as _,
    path::PathBuf,
    sync::Arc,
};

use super::recipe::{Recipe, RecipeReader};
use crate::model::Digest;

/// What has to be sent, and what a person may want to know about it.
#[derive(Debug)]
pub(crate) struct Artifact {
    /// The manifest, to be sent after the blobs, and its media type.
    pub(crate) manifest: Vec<u8>,
    pub(crate) media_type: &'static str,
    /// The manifest's digest: the identity of the artifact.
    pub(crate) digest: Digest,
    /// The configuration and the layers.
    pub(crate) blobs: Vec<Blob>,
    /// How many files it holds, and their size in bytes.
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// What was not packed because it looks private (`.env`, keys) or is of no use elsewhere (`.git`, sockets).
    pub(crate) left_out: Vec<String>,
    /// What ignore files leave out, by its path in the folder; of a folder that is left out, itself alone.
    pub(crate) ignored: Vec<PathBuf>,
    /// Whole sentences about what was decided on the way.
    pub(crate) notes: Vec<String>,
}

/// One blob. It holds little memory, whatever its size.
#[derive(Debug)]
pub(crate) struct Blob {
    pub(crate) digest: Digest,
    /// In bytes.
    pub(crate) size: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Bytes(Arc<[u8]>),
    /// Perhaps without a name: nothing is left behind then, however the program ends.
    File(Arc<File>),
    Recipe(Arc<Recipe>),
    /// The broker has it already, and nobody read it here.
    Elsewhere,
}

impl Blob {
    /// A small blob, such as a configuration.
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self {
            digest: Digest::of(&bytes),
            size: bytes.len() as u64,
            content: Content::Bytes(bytes.into()),
        }
    }

    /// A blob that is in a file already; the caller has hashed it.
    pub(crate) fn of_file(digest: Digest, size: u64, content: File) -> Self {
        Self {
            digest,
            size,
            content: Content::File(Arc::new(content)),
        }
    }

    /// A blob that the broker said to have, and that nobody read here.
    pub(crate) fn elsewhere(digest: Digest, size: u64) -> Self {
        Self {
            digest,
            size,
            content: Content::Elsewhere,
        }
    }

    /// A layer that is made of files whenever it is read.
    pub(super) fn of_recipe(digest: Digest, recipe: Arc<Recipe>) -> Self {
        Self {
            digest,
            size: recipe.size(),
            content: Content::Recipe(recipe),
        }
    }

    /// The content from its byte `offset` on; as often as it has to be sent. What lies before the offset is not
    /// read. Reading fails when a file is no longer what was hashed; the error names it and says what to do.
    pub(crate) fn reader(&self, offset: u64) -> io::Result<BlobReader> {
        Ok(BlobReader(match &self.content {
            Content::Bytes(bytes) => {
                let mut bytes = Cursor::new(Arc::clone(bytes));
                bytes.set_position(offset);
                Source::Bytes(bytes)
            }
            Content::File(file) => Source::File {
                file: Arc::clone(file),
                offset,
            },
            Content::Recipe(recipe) => Source::Recipe(recipe.reader(offset)),
            Content::Elsewhere => {
                return Err(io::Error::other(
                    "the broker had this part a moment ago, and has it no more: deploy again",
                ));
            }
        }))
    }
}

/// Reads a blob; see [`Blob::reader`]. It blocks on files.
#[derive(Debug)]
pub(crate) struct BlobReader(Source);

#[derive(Debug)]
enum Source {
    Bytes(Cursor<Arc<[u8]>>),
    /// Read from a place of its own, since several may read it at once.
    File {
        file: Arc<File>,
        offset: u64,
    },
    Recipe(RecipeReader),
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Source::Bytes(bytes) => bytes.read(buffer),
            Source::File { file, offset } => {
                let length = file.read_at(buffer, *offset)?;
                *offset += length as u64;
                Ok(length)
            }
            Source::Recipe(recipe) => recipe.read(buffer),
        }
    }
}
