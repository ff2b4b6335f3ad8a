//! The source that flags and a folder's `berth.toml` name, or that the folder looks like.

use std::path::{Path, PathBuf};

use super::{FLAG, Found, Guesses, SourceArgs, Wanted, chosen};
use crate::{
    cli::error::CmdError,
    manifest::{FILE_NAME, Manifest, SourceKey, split_words},
    package::{Look, Package, PackageError, RecogniseError, Recognised},
};

impl SourceArgs {
    /// The source that is named first; [`SourceArgs::check`] has seen to it that there is only one.
    pub(super) fn read(&self) -> Result<Found, CmdError> {
        let by_flag = |wanted: Wanted, flag: &'static str| Found {
            source: chosen(wanted, flag),
            manifest: Manifest::default(),
            guesses: Guesses::default(),
        };
        let args = || self.rest.clone();
        if let Some(reference) = self.image.clone() {
            return Ok(by_flag(
                Wanted::Image {
                    reference,
                    args: args(),
                },
                "--image",
            ));
        }
        if let Some(path) = &self.dockerfile {
            let manifest = beside(self.context.as_deref().unwrap_or(&folder_of(path)))?;
            let (wanted, guesses) = dockerfile(path, self.context.clone(), args())?;
            let source = chosen(wanted, "--dockerfile");
            return Ok(Found {
                source,
                manifest,
                guesses,
            });
        }
        if let Some(reference) = self.artifact.clone() {
            let start = self.start.as_deref().map(split_words).transpose()?;
            let wanted = Wanted::Artifact {
                reference,
                start,
                args: args(),
            };
            return Ok(by_flag(wanted, "--artifact"));
        }
        if let Some(package) = self.npx.clone() {
            let (args, allow_scripts) = (args(), self.allow_scripts);
            return Ok(by_flag(
                Wanted::Npx {
                    package,
                    args,
                    allow_scripts,
                },
                "--npx",
            ));
        }
        if let Some(package) = self.uvx.clone() {
            let (args, allow_scripts) = (args(), self.allow_scripts);
            return Ok(by_flag(
                Wanted::Uvx {
                    package,
                    args,
                    allow_scripts,
                },
                "--uvx",
            ));
        }
        if let Some(path) = &self.bundle {
            let package = open(path)?;
            let manifest = package.manifest.clone().unwrap_or_default();
            let (wanted, guesses) = self.bundle(path, package, &manifest)?;
            let origin = match &guesses.from {
                Some(from) => format!("--bundle; started as {from} says, `berth init` pins it"),
                None => "--bundle".to_owned(),
            };
            return Ok(Found {
                source: chosen(wanted, origin),
                manifest,
                guesses,
            });
        }
        if self.place.is_none() && self.start.is_none() && !self.rest.is_empty() {
            return Ok(by_flag(Wanted::Command { command: args() }, FLAG));
        }
        self.read_place(self.place.as_deref().unwrap_or(Path::new(".")))
    }

    /// What the folder or zip file `path` says about itself.
    fn read_place(&self, path: &Path) -> Result<Found, CmdError> {
        let started = self.start.is_some() || !self.rest.is_empty();
        let package = open(path)?;
        let manifest = package.manifest.clone().unwrap_or_default();
        let (wanted, guesses) = match manifest.source() {
            Some(key) if self.start.is_none() => self.of_manifest(path, package, &manifest, key)?,
            None if !started => return self.recognise(path, package, manifest),
            _ => self.bundle(path, package, &manifest)?,
        };
        let origin = match (&guesses.from, started) {
            (Some(from), _) if matches!(wanted, Wanted::Bundle { .. }) => {
                format!("{FILE_NAME}; started as {from} says, `berth init` pins it")
            }
            (_, true) => FLAG.to_owned(),
            (_, false) => FILE_NAME.to_owned(),
        };
        Ok(Found {
            source: chosen(wanted, origin),
            manifest,
            guesses,
        })
    }

    /// What the folder or zip file looks like, since nothing says what it is.
    fn recognise(&self, path: &Path, package: Package, manifest: Manifest) -> Result<Found, CmdError> {
        let found = package.recognise()?;
        let (look, guesses) = Guesses::of(found);
        let wanted = match look {
            Look::Dockerfile(file) => Wanted::Dockerfile {
                path: file,
                context: path.to_owned(),
                args: Vec::new(),
            },
            Look::Files { start } => Wanted::Bundle {
                path: path.to_owned(),
                package: Some(Box::new(package)),
                start,
            },
            Look::Zip(zip) => {
                let mut found = self.read_place(&zip)?;
                if package.manifest.is_some() {
                    found.manifest = manifest;
                }
                return Ok(found);
            }
        };
        let from = guesses.from.as_deref().unwrap_or_default();
        let origin = format!("guessed from {from}; `berth init` pins it");
        Ok(Found {
            source: chosen(wanted, origin),
            manifest,
            guesses,
        })
    }

    /// The source that `manifest` names; what stands after `--` are its arguments, or the start command of a bundle.
    fn of_manifest(
        &self,
        path: &Path,
        package: Package,
        manifest: &Manifest,
        key: SourceKey,
    ) -> Result<(Wanted, Guesses), CmdError> {
        let args = || match self.rest.is_empty() {
            true => manifest.args.clone(),
            false => self.rest.clone(),
        };
        let allow_scripts = self.allow_scripts || manifest.allow_scripts;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let wanted = match key {
            SourceKey::Image => Wanted::Image {
                reference: text(&manifest.image),
                args: args(),
            },
            SourceKey::Dockerfile => {
                if !path.is_dir() {
                    return Err(CmdError::usage("a Dockerfile in a zip file can't be built")
                        .with_hint("unpack the zip file, and deploy its folder"));
                }
                let file = manifest.dockerfile.clone().unwrap_or_default();
                let context = manifest.context.as_ref().map(|context| path.join(context));
                return dockerfile(&path.join(file), context, args());
            }
            SourceKey::Artifact => Wanted::Artifact {
                reference: text(&manifest.artifact),
                start: manifest.start.clone(),
                args: args(),
            },
            SourceKey::Npx => Wanted::Npx {
                package: text(&manifest.npx),
                args: args(),
                allow_scripts,
            },
            SourceKey::Uvx => Wanted::Uvx {
                package: text(&manifest.uvx),
                args: args(),
                allow_scripts,
            },
            SourceKey::Command if self.rest.is_empty() => Wanted::Command {
                command: manifest.command.clone().unwrap_or_default(),
            },
            SourceKey::Command | SourceKey::Bundle => return self.bundle(path, package, manifest),
        };
        Ok((wanted, Guesses::default()))
    }

    /// A bundle with its start command: `--start`, else what stands after `--`, else the manifest's, else what its
    /// files look like.
    fn bundle(
        &self,
        path: &Path,
        package: Package,
        manifest: &Manifest,
    ) -> Result<(Wanted, Guesses), CmdError> {
        let said = match (&self.start, self.rest.is_empty()) {
            (Some(start), _) => Some(split_words(start)?),
            (None, false) => Some(self.rest.clone()),
            (None, true) => manifest.started_by().map(<[String]>::to_vec),
        };
        let (start, guesses) = match said {
            Some(start) => (start, Guesses::default()),
            None => match package.recognise_files() {
                Ok(found) => match Guesses::of(found) {
                    (Look::Files { start }, guesses) => (start, guesses),
                    _ => return Err(no_start("--start 'node server.js'")),
                },
                Err(PackageError::Recognise(RecogniseError::Nothing { starts, .. })) => {
                    return Err(no_start(&match &starts[..] {
                        [] => "--start 'node server.js'".to_owned(),
                        [first, ..] => format!("--start '{first}'"),
                    }));
                }
                Err(error) => return Err(error.into()),
            },
        };
        let wanted = Wanted::Bundle {
            path: path.to_owned(),
            package: Some(Box::new(package)),
            start,
        };
        Ok((wanted, guesses))
    }
}

fn no_start(example: &str) -> CmdError {
    CmdError::usage("--start is needed: nothing says what starts the bundle")
        .with_hint(format!("{example}, or `start` in its {FILE_NAME}"))
}

/// What a Dockerfile and its context are, with what is not said filled in.
fn dockerfile(
    path: &Path,
    context: Option<PathBuf>,
    args: Vec<String>,
) -> Result<(Wanted, Guesses), CmdError> {
    let path = match path.is_dir() {
        true => path.join("Dockerfile"),
        false => path.to_owned(),
    };
    if !path.is_file() {
        return Err(
            CmdError::usage(format!("there is no Dockerfile at {}", path.display()))
                .with_hint("give the path of a Dockerfile, or of a folder that has one"),
        );
    }
    let context = context.unwrap_or_else(|| folder_of(&path));
    if !context.is_dir() {
        return Err(CmdError::usage(format!("{} is not a folder", context.display()))
            .with_hint("--context names the folder that the Dockerfile's COPY and ADD read from"));
    }
    let found = Recognised::of_dockerfile(&path).map_err(PackageError::from)?;
    let (_, guesses) = Guesses::of(found);
    Ok((Wanted::Dockerfile { path, context, args }, guesses))
}

/// The folder of a Dockerfile, or of what is given in its place.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// What a `berth.toml` in `folder` says about all but the source.
fn beside(folder: &Path) -> Result<Manifest, CmdError> {
    let manifest = Manifest::load(folder).map_err(PackageError::from)?;
    Ok(manifest.unwrap_or_default())
}

fn open(path: &Path) -> Result<Package, CmdError> {
    // A path that was mistyped is a mistake on the command line; what is wrong inside is the package's.
    if !path.exists() {
        return Err(CmdError::usage(format!("{} does not exist", path.display()))
            .with_hint("give the path of a folder or a zip file"));
    }
    Ok(Package::open(path)?)
}
