//! From a source to a command line that can be started.
//!
//! An npm package is installed once, at an exact version, and then started with node directly; a bundle is unpacked
//! once. Both go to a temporary folder that is renamed when it is whole: what stands under its name is complete,
//! and is never touched again. Callers show [`ResolveError`] to whoever deployed, hint and npm's words included.

mod errors;
mod flights;
mod npx;
mod program;
mod unpack;

pub(crate) use errors::ResolveError;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::{
    blobs::Blobs,
    model::{Digest, Source, SourceKind},
    runtime::Spawner,
};
use flights::Flights;

/// A source, ready to be started on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resolved {
    pub(crate) argv: Vec<String>,
    /// Where it is started; `None` when the source says nothing about it.
    pub(crate) directory: Option<PathBuf>,
    /// The exact package, such as `NAME@1.2.3`, that a package spec was resolved to.
    pub(crate) pinned: Option<String>,
    /// The registry's checksum of that package, such as `sha512-…`.
    #[serde(default)]
    pub(crate) integrity: Option<String>,
    /// The manifest, among the broker's blobs, of all that is installed: from it the same can be installed again.
    #[serde(default)]
    pub(crate) artifact: Option<Digest>,
    /// The image that is run, by its id in the container engine; `argv` are then its arguments.
    #[serde(default)]
    pub(crate) image: Option<String>,
}

impl Resolved {
    /// Whether what it needs is still there: a data folder may have been restored without its installs.
    pub(crate) fn is_installed(&self) -> bool {
        let script = self
            .argv
            .get(1)
            .map(Path::new)
            .filter(|path| self.pinned.is_some() && path.is_absolute());
        self.directory.as_deref().is_none_or(Path::is_dir) && script.is_none_or(Path::is_file)
    }
}

/// Installs and unpacks below one folder.
#[derive(Debug)]
pub(crate) struct Resolver {
    directory: PathBuf,
    blobs: Blobs,
    flights: Flights,
    spawner: Spawner,
    /// Where programs are looked for instead of the broker's own `PATH`.
    path: Option<OsString>,
}

impl Resolver {
    /// What is installed goes below `directory`, which need not exist yet and which no other broker uses.
    pub(crate) fn new(directory: PathBuf, blobs: Blobs, spawner: Spawner) -> Self {
        remove_abandoned(&directory.join("tmp"));
        Self {
            directory,
            blobs,
            flights: Flights::default(),
            spawner,
            path: None,
        }
    }

    /// Whether this broker has what `source` takes: programs, a container engine, the artifact, its platform. Asked
    /// before anything is recorded.
    pub(crate) async fn preflight(&self, source: &Source) -> Result<(), ResolveError> {
        match source {
            Source::Image { .. } => Err(ResolveError::NotYet(SourceKind::Image)),
            Source::Uvx { .. } => Err(ResolveError::NotYet(SourceKind::Uvx)),
            _ => Ok(()),
        }
    }

    /// Whether `source`, which was resolved to `before`, would be resolved to the same now. A range of versions is
    /// looked up in its registry again.
    pub(crate) async fn is_current(&self, source: &Source, before: &Resolved) -> Result<bool, ResolveError> {
        match source {
            Source::Npx { .. } | Source::Uvx { .. } | Source::Image { artifact: None, .. } => {
                Ok(self.resolve(source).await? == *before)
            }
            _ => Ok(before.is_installed()),
        }
    }

    /// Makes what `source` was resolved to startable again, the very same, without asking a registry where its
    /// artifact is still here.
    pub(crate) async fn restore(&self, source: &Source, before: &Resolved) -> Result<Resolved, ResolveError> {
        if before.is_installed() {
            return Ok(before.clone());
        }
        self.resolve(source).await
    }

    /// Makes `source` startable. What was resolved before is not fetched again; callers that want the same at the
    /// same time wait for the one that fetches it.
    pub(crate) async fn resolve(&self, source: &Source) -> Result<Resolved, ResolveError> {
        match source {
            Source::Npx { package, args, .. } => self.npx(package, args).await,
            Source::Bundle { artifact, start } => self.bundle(artifact, start).await,
            Source::Command { command } => {
                check_start(command)?;
                Ok(Resolved {
                    argv: command.clone(),
                    directory: None,
                    pinned: None,
                    integrity: None,
                    artifact: None,
                    image: None,
                })
            }
            Source::Image { .. } => Err(ResolveError::NotYet(SourceKind::Image)),
            Source::Uvx { .. } => Err(ResolveError::NotYet(SourceKind::Uvx)),
        }
    }

    /// A new folder on the same file system as the places where things are installed.
    async fn temporary(&self) -> Result<TempDir, ResolveError> {
        let parent = self.directory.join("tmp");
        blocking(move || {
            fs::create_dir_all(&parent)?;
            tempfile::Builder::new().prefix("resolve-").tempdir_in(parent)
        })
        .await
    }

    /// Renames `folder`, which is whole, to `place`.
    async fn settle(&self, folder: PathBuf, place: PathBuf) -> Result<(), ResolveError> {
        blocking(move || {
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent)?;
            }
            // After a power cut the name must not stand for files that never reached the disk.
            rustix::fs::syncfs(fs::File::open(&folder)?)?;
            match fs::rename(&folder, &place) {
                Err(_) if place.is_dir() => Ok(()),
                result => result,
            }
        })
        .await
    }
}

/// Whether a command line names a program at all.
fn check_start(start: &[String]) -> Result<(), ResolveError> {
    match start.first() {
        Some(program) if !program.is_empty() => Ok(()),
        _ => Err(ResolveError::NoStart),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ResolveError> {
    spawn_blocking(work)
        .await
        .map_err(std::io::Error::other)
        .and_then(|result| result)
        .map_err(ResolveError::Files)
}

/// Removes what a broker that was killed had begun.
fn remove_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if let Err(error) = fs::remove_dir_all(entry.path()) {
            let path = entry.path();
            tracing::warn!(error = &error as &dyn std::error::Error, path = %path.display(), "an abandoned folder stays");
        }
    }
}

#[cfg(test)]
mod tests;
