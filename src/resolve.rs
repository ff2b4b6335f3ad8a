//! From a source to a command line that can be started.
//!
//! Packages are installed once, at exact versions, and then started with node or Python directly; what was installed
//! is packed into an artifact among the broker's blobs, lock file included, so that the very same can be unpacked
//! again without asking a registry. Bundles are unpacked once. All of it lies below one folder:
//!
//! * `bundles/HEX`: an unpacked artifact, under its digest, whether it was sent as a bundle or made of a package.
//! * `packages/…json`: which artifact a version of a package was made into.
//! * `cache`, `home`: what package managers keep, and the home of scripts that packages run. Both may be removed while
//!   nothing is being installed; package managers fill the cache again.
//! * `tmp`: what is being made. It is renamed when it is whole, so that what stands under its name is complete; what
//!   a broker that was killed left here is removed by the next.
//!
//! Callers show [`ResolveError`] to whoever deployed, hint and the package manager's words included.

mod bundles;
mod errors;
mod flights;
mod image;
mod installs;
mod npx;
mod program;
mod python;
mod surroundings;
mod tools;
mod uvx;
mod venv;

pub(crate) use errors::ResolveError;
pub(crate) use surroundings::Surroundings;
pub(crate) use tools::{Tool, tools};

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::{
    blobs::Blobs,
    model::{Digest, PackageSpec, PythonSpec, Root, Source},
    runtime::{Docker, Spawner},
};
use flights::Flights;
use installs::Installed;
use npx::Scripts;
use program::{Program, Ran, RunError};

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
    /// Which kind of root the image was found to work with; `None` before its first probe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) root: Option<Root>,
}

impl Resolved {
    /// Whether what it needs is still there: a data folder may have been restored without its installs, and a node or
    /// a Python may have been replaced by another.
    pub(crate) fn is_installed(&self) -> bool {
        if self.image.is_some() {
            // The engine is asked when it is started.
            return true;
        }
        let is_own = |index: usize, path: &Path| match &self.artifact {
            // Below the folder that is named after the artifact.
            Some(artifact) => path.components().any(|part| part.as_os_str() == artifact.hex()),
            None => self.pinned.is_some() && index == 1,
        };
        let is_there = |(index, word): (usize, &String)| {
            let path = Path::new(word);
            let matters = self.pinned.is_some() && index == 0 || is_own(index, path);
            !path.is_absolute() || !matters || path.is_file()
        };
        self.directory.as_deref().is_none_or(Path::is_dir) && self.argv.iter().enumerate().all(is_there)
    }
}

/// Installs and unpacks below one folder.
#[derive(Debug)]
pub(crate) struct Resolver {
    directory: PathBuf,
    blobs: Blobs,
    flights: Flights,
    spawner: Spawner,
    docker: Docker,
    surroundings: Surroundings,
}

impl Resolver {
    /// What is installed goes below `directory`, which need not exist yet and which no other broker uses. Programs
    /// are looked for, and run, in `surroundings`; images go into `docker`.
    pub(crate) fn new(
        directory: PathBuf,
        blobs: Blobs,
        spawner: Spawner,
        docker: Docker,
        surroundings: Surroundings,
    ) -> Self {
        remove_abandoned(&directory.join("tmp"));
        Self {
            directory,
            blobs,
            flights: Flights::default(),
            spawner,
            docker,
            surroundings,
        }
    }

    /// Whether this broker has what `source` takes: programs, a container engine, the artifact, its platform. Asked
    /// before anything is recorded; asks no registry but that of an image, and runs a program only to learn whether
    /// what no package manager is here to install is installed already.
    pub(crate) async fn preflight(&self, source: &Source) -> Result<(), ResolveError> {
        let has = |program| self.surroundings.find(program).is_some();
        match source {
            Source::Image {
                reference, artifact, ..
            } => self.preflight_image(reference, artifact.as_ref()).await,
            Source::Bundle { artifact, start } => {
                check_start(start)?;
                self.layers(artifact).await.map(drop)
            }
            Source::Npx {
                package,
                allow_scripts,
                ..
            } => {
                let spec = npm_spec(package)?;
                if !has("node") {
                    return Err(ResolveError::NodeMissing);
                }
                let is_missing =
                    !has("npm") && !self.has_npx(&spec, Scripts::allowed(*allow_scripts)).await?;
                if is_missing {
                    Err(ResolveError::NpmMissing)
                } else {
                    Ok(())
                }
            }
            Source::Uvx {
                package,
                allow_scripts,
                ..
            } => {
                let spec = python_spec(package)?;
                if !has("python3") {
                    return Err(ResolveError::PythonMissing);
                }
                let is_missing = !has("uv") && !self.has_uvx(&spec, Scripts::allowed(*allow_scripts)).await?;
                if is_missing {
                    Err(ResolveError::UvMissing)
                } else {
                    Ok(())
                }
            }
            Source::Command { command } => check_start(command),
        }
    }

    /// Whether `source`, which was resolved to `before`, would be resolved to the same now. The version that a range
    /// or a tag means is asked of its registry again; nothing is installed.
    pub(crate) async fn is_current(&self, source: &Source, before: &Resolved) -> Result<bool, ResolveError> {
        match source {
            _ if !before.is_installed() => Ok(false),
            Source::Npx {
                package,
                allow_scripts,
                ..
            } => {
                let spec = npm_spec(package)?;
                // One that was installed before such artifacts were kept is installed anew.
                let Some(artifact) = &before.artifact else {
                    return Ok(false);
                };
                let version = match spec.exact() {
                    Some(version) => version.to_owned(),
                    None => self.meant(&spec, &self.node().await?).await?,
                };
                if before.pinned != Some(spec.at(&version).to_string()) {
                    return Ok(false);
                }
                match Scripts::allowed(*allow_scripts) {
                    Scripts::Ignored => Ok(true),
                    scripts => self.is_for_node(&spec, &version, scripts, artifact).await,
                }
            }
            Source::Uvx {
                package,
                allow_scripts,
                ..
            } => {
                let spec = python_spec(package)?;
                let pinned = before
                    .pinned
                    .as_deref()
                    .and_then(|pinned| pinned.split_once("=="));
                let Some((_, pinned)) = pinned.filter(|_| before.artifact.is_some()) else {
                    return Ok(false);
                };
                self.is_meant(&spec, pinned, Scripts::allowed(*allow_scripts))
                    .await
            }
            Source::Image {
                reference, artifact, ..
            } => self.is_current_image(reference, artifact.as_ref(), before).await,
            _ => Ok(true),
        }
    }

    /// Makes what `source` was resolved to startable again, the very same, without asking a registry where its
    /// artifact is still here. Where it is not, the same version is installed anew.
    pub(crate) async fn restore(&self, source: &Source, before: &Resolved) -> Result<Resolved, ResolveError> {
        if let Source::Image { reference, .. } = source {
            return self.restore_image(reference, before).await;
        }
        if before.is_installed() {
            return Ok(before.clone());
        }
        let (Some(pinned), is_npx) = (&before.pinned, matches!(source, Source::Npx { .. })) else {
            return self.resolve(source).await;
        };
        let split = if is_npx {
            pinned.rsplit_once('@')
        } else {
            pinned.split_once("==")
        };
        let Some((_, version)) = split else {
            return self.resolve(source).await;
        };
        let installed = match &before.artifact {
            Some(artifact) => match self.layers(artifact).await {
                Ok(_) => Some(Installed {
                    version: version.to_owned(),
                    integrity: before.integrity.clone(),
                    artifact: artifact.clone(),
                }),
                Err(ResolveError::MissingBlob(_)) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        match source {
            Source::Npx {
                package,
                args,
                allow_scripts,
            } => {
                let spec = npm_spec(package)?.at(version);
                match installed {
                    Some(installed) => self.start_npx(&spec, args, &self.node().await?, installed).await,
                    None => self.npx(&spec, args, Scripts::allowed(*allow_scripts)).await,
                }
            }
            Source::Uvx {
                package,
                args,
                allow_scripts,
            } => {
                let spec = python_spec(package)?.at(version);
                match installed {
                    Some(installed) => self.start_uvx(&spec, args, installed).await,
                    None => self.uvx(&spec, args, Scripts::allowed(*allow_scripts)).await,
                }
            }
            _ => self.resolve(source).await,
        }
    }

    /// Makes `source` startable. What was resolved before is not fetched again; callers that want the same at the
    /// same time wait for the one that fetches it.
    pub(crate) async fn resolve(&self, source: &Source) -> Result<Resolved, ResolveError> {
        match source {
            Source::Npx {
                package,
                args,
                allow_scripts,
            } => {
                self.npx(&npm_spec(package)?, args, Scripts::allowed(*allow_scripts))
                    .await
            }
            Source::Uvx {
                package,
                args,
                allow_scripts,
            } => {
                self.uvx(&python_spec(package)?, args, Scripts::allowed(*allow_scripts))
                    .await
            }
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
                    root: None,
                })
            }
            Source::Image {
                reference,
                artifact,
                args,
            } => self.image(reference, artifact.as_ref(), args).await,
        }
    }

    /// The home of scripts that packages run: a place of their own.
    fn home(&self) -> PathBuf {
        self.directory.join("home")
    }

    async fn run(&self, program: &Program, deadline: Duration) -> Result<Ran, ResolveError> {
        program::run(program, &self.spawner, &self.surroundings, deadline)
            .await
            .map_err(|error| match (error, program.name.as_str()) {
                (RunError::Missing, "node") => ResolveError::NodeMissing,
                (RunError::Missing, "npm") => ResolveError::NpmMissing,
                (RunError::Missing, "uv") => ResolveError::UvMissing,
                (RunError::Missing, _) => ResolveError::PythonMissing,
                (RunError::TimedOut, name) => ResolveError::TimedOut {
                    program: name.to_owned(),
                    after: deadline,
                },
                (RunError::Io(source), name) => ResolveError::Run {
                    program: name.to_owned(),
                    source,
                },
            })
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
            sync(&folder)?;
            match fs::rename(&folder, &place) {
                Err(_) if place.is_dir() => Ok(()),
                result => result,
            }
        })
        .await
    }
}

/// Writes what is on its way to the disk of `folder`.
#[cfg(target_os = "linux")]
fn sync(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(fs::File::open(folder)?)?)
}

/// Writes what is on its way to any disk: only Linux can be asked for one.
#[cfg(not(target_os = "linux"))]
fn sync(_folder: &Path) -> io::Result<()> {
    rustix::fs::sync();
    Ok(())
}

fn npm_spec(package: &str) -> Result<PackageSpec, ResolveError> {
    package.parse().map_err(ResolveError::BadPackage)
}

fn python_spec(package: &str) -> Result<PythonSpec, ResolveError> {
    package.parse().map_err(ResolveError::BadRequirement)
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
