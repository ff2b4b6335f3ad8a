//! What can be wrong with an image, or with the engine that has it.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    model::{Digest, Platform},
    package::dockerignore::BadPattern,
};

/// Whatever the engine's client says; its type stays with the one who speaks to the engine.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an image could not be found, built or taken out of the engine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageError {
    #[error("there is no Docker Engine at {place}")]
    NoEngine {
        place: String,
        #[source]
        source: Cause,
    },
    #[error("the Docker Engine at {place} may not be used by you")]
    Denied { place: String },
    #[error("DOCKER_HOST is {0:?}, which berth can't connect to")]
    UnknownHost(String),
    #[error("the Docker Engine at {place} is too old (its API is {version}, and berth needs 1.40)")]
    TooOld { place: String, version: String },
    /// The engine understood, and said no.
    #[error("the Docker Engine refused {what}: {message}")]
    Refused { what: &'static str, message: String },
    /// It broke off, or answered in a way that can't be read.
    #[error("the Docker Engine failed at {what}")]
    Engine {
        what: &'static str,
        #[source]
        source: Cause,
    },
    #[error("what the Docker Engine tells of the image can't be right: {0}")]
    Odd(String),
    #[error("what the Docker Engine exported is not the image: {0}")]
    BrokenArchive(String),
    #[error("what the Docker Engine exported broke off")]
    Cut(#[source] io::Error),
    #[error("layer {layer} of the export has the digest {actual}, not {expected}")]
    Mismatch {
        layer: usize,
        actual: Digest,
        expected: Digest,
    },
    #[error("the image takes {needed} bytes while it is sent, and {} has {free} left", folder.display())]
    NoSpace { needed: u64, free: u64, folder: PathBuf },
    #[error("the image's layers can't be kept while they are sent")]
    Temporary(#[source] io::Error),
    #[error("{} does not exist", .0.display())]
    NotFound(PathBuf),
    #[error("the build context {} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    #[error("the Dockerfile {} is not a file", .0.display())]
    NotAFile(PathBuf),
    #[error("{} can't be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} can't be understood", path.display())]
    Ignore {
        path: PathBuf,
        #[source]
        source: BadPattern,
    },
    /// `tail` is what the failed step printed last.
    #[error("the build failed{}: {message}", at(step))]
    Build {
        step: String,
        message: String,
        tail: Vec<String>,
    },
    /// The build failed, and the Dockerfile uses what the engine's own builder does not know.
    #[error("the build failed: line {line} of {} uses {what}, which only BuildKit builds", dockerfile.display())]
    BuildKit {
        dockerfile: PathBuf,
        line: usize,
        what: &'static str,
        message: String,
    },
    #[error("the image is for {image}, and the broker runs on {wanted}")]
    Platform {
        image: Platform,
        wanted: Platform,
        built: bool,
    },
}

fn at(step: &str) -> String {
    match step {
        "" => String::new(),
        step => format!(" at {step}"),
    }
}

impl ImageError {
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path.to_owned()),
            _ => Self::Unreadable {
                path: path.to_owned(),
                source,
            },
        }
    }

    /// Whether there is no engine here that could have the image, as opposed to one that failed.
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::NoEngine { .. })
    }

    /// Whether it is the command line that can't be right.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownHost(_) | Self::NotFound(_) | Self::NotAFolder(_) | Self::NotAFile(_)
        )
    }

    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NoEngine { .. } => {
                "start Docker, or set DOCKER_HOST to where it listens; an image in a registry needs none here: \
                 --image REGISTRY/NAME:TAG"
            }
            Self::Denied { .. } => {
                "join the group that owns the socket (`sudo usermod -aG docker $USER`, then sign in again), or deploy with sudo"
            }
            Self::UnknownHost(_) => {
                "unix:///path/to/docker.sock and tcp://HOST:PORT are understood; for ssh:// or TLS forward the socket: \
                 `ssh -L /tmp/docker.sock:/var/run/docker.sock HOST`"
            }
            Self::TooOld { .. } => "install Docker 19.03 or later",
            Self::Refused { .. } | Self::Engine { .. } | Self::Cut(_) => {
                "see what the engine says itself: `docker info`, `docker image inspect NAME`"
            }
            Self::Odd(_) | Self::BrokenArchive(_) | Self::Mismatch { .. } => {
                "try `docker save NAME`; if the engine's own store is damaged, pull or build the image again"
            }
            Self::NoSpace { .. } | Self::Temporary(_) => {
                "free some space, or set TMPDIR to a folder that has enough"
            }
            Self::NotFound(_) => "check the paths given with --dockerfile and --context",
            Self::NotAFolder(_) => "--context takes a folder",
            Self::NotAFile(_) => "--dockerfile takes the Dockerfile itself; --context takes the folder",
            Self::Unreadable { .. } => "make it readable, or name it in .dockerignore",
            Self::Ignore { .. } => "correct the line; it is read as Docker reads it",
            Self::Build { .. } => {
                "correct the step; a base image that needs a login has to be pulled first: `docker pull IMAGE`"
            }
            Self::BuildKit { dockerfile, .. } => {
                return format!(
                    "build it with `docker build -f {} -t NAME .` and deploy it with --image NAME",
                    dockerfile.display()
                );
            }
            Self::Platform { wanted, built: false, .. } => {
                return format!("build it for the broker: `docker build --platform {wanted} …`");
            }
            Self::Platform { wanted, .. } => {
                return format!(
                    "let its FROM lines name images for {wanted}, or build it with `docker build --platform {wanted} -t NAME .`"
                );
            }
        }
        .to_owned()
    }
}
