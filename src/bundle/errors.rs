//! What can be wrong with a bundle.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why files could not be packed or unpacked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BundleError {
    #[error("{} does not exist", .0.display())]
    NotFound(PathBuf),
    #[error("{} can't be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is not a zip file", .0.display())]
    NotAZip(PathBuf),
    #[error("{} is damaged, or a kind of zip that berth can't read", path.display())]
    BrokenZip {
        path: PathBuf,
        #[source]
        source: ::zip::result::ZipError,
    },
    #[error("{} has nothing to send in it", .0.display())]
    Empty(PathBuf),
    /// An entry, or the target of a link, lies outside the bundle.
    #[error("{entry:?} {problem}")]
    Outside { entry: String, problem: &'static str },
    /// A device, a pipe, or another thing that is neither file nor folder nor link.
    #[error("{entry:?} is {what}, which a bundle can't hold")]
    Special { entry: String, what: &'static str },
    /// Two entries contradict each other.
    #[error("{entry:?} stands in the way of another entry with its name")]
    Clash { entry: String },
    #[error("the bundle is larger than {limit} bytes unpacked")]
    TooLarge { limit: u64 },
    #[error("the bundle has more than {limit} files")]
    TooMany { limit: u64 },
    #[error("the zip file grows to more than {ratio} times its size: it looks like a zip bomb")]
    Bomb { ratio: u64 },
    #[error("the layer is not a tar file, or a damaged one")]
    BrokenLayer(#[source] io::Error),
    #[error("the manifest is not one of a bundle: {0}")]
    BrokenManifest(String),
    #[error("the files could not be written")]
    Write(#[source] io::Error),
}

impl BundleError {
    /// For a path of the operator's that can't be opened or read.
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound {
            Self::NotFound(path.to_owned())
        } else {
            Self::Unreadable {
                path: path.to_owned(),
                source,
            }
        }
    }

    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "check the path of the folder or zip file",
            Self::Unreadable { .. } => {
                "make it readable, or name it in a .berthignore file beside it to leave it out"
            }
            Self::NotAZip(_) => "give a folder or a .zip file",
            Self::BrokenZip { .. } => "make the zip file again, with plain deflate and no password",
            Self::Empty(_) => {
                "check the path; files such as .env, keys and .git are never sent, nor what .berthignore names"
            }
            Self::Outside { .. } => {
                "a bundle may name and link to its own files only, by relative paths; .berthignore leaves files out"
            }
            Self::Special { .. } | Self::Clash { .. } => "leave it out of the bundle",
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                "name what the connector does not need in a .berthignore file"
            }
            Self::Bomb { .. } => "send the folder instead, if its files really are that repetitive",
            Self::BrokenLayer(_) | Self::BrokenManifest(_) => {
                "send the bundle with `berth deploy`; its layers are plain, uncompressed tar files"
            }
            Self::Write(_) => {
                "check the free space of the folder for temporary files or of the broker's data folder"
            }
        }
    }
}
