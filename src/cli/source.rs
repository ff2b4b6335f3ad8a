//! Where a connector comes from: as it is typed, as `berth.toml` says it, and what both together mean.
//!
//! `berth deploy`, `check` and `init` take the same flags and read them here. A flag wins over the file.

mod name;

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use super::error::{CmdError, Kind, Problems};
use crate::{
    manifest::{FILE_NAME, Manifest, SourceKey, TransportWord, split_words},
    model::{ConnectorName, PackageSpec, SourceKind, Transport},
    package::{Package, PackageError},
};

/// Flags that say what the source is. At most one of them names one.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct SourceArgs {
    /// A folder or zip file that says itself what it is [default: the current folder]
    #[arg(value_name = "FOLDER|ZIP")]
    pub(super) place: Option<PathBuf>,

    /// A container image: from the container engine here, or else from its registry
    #[arg(long, value_name = "REF", help_heading = SOURCE)]
    pub(super) image: Option<String>,

    /// A Dockerfile, built here for the broker's platform
    #[arg(long, value_name = "PATH", help_heading = SOURCE)]
    pub(super) dockerfile: Option<PathBuf>,

    /// The folder that the Dockerfile is built in [default: the Dockerfile's own]
    #[arg(long, value_name = "FOLDER", help_heading = SOURCE)]
    pub(super) context: Option<PathBuf>,

    /// What was pushed to the broker's registry: an image or a bundle
    #[arg(long, value_name = "NAME@DIGEST|NAME:TAG", help_heading = SOURCE)]
    pub(super) artifact: Option<String>,

    /// An npm package, as `npx` takes it: NAME or NAME@VERSION
    #[arg(long, value_name = "PACKAGE", help_heading = SOURCE)]
    pub(super) npx: Option<String>,

    /// A Python package, as `uvx` takes it: NAME, NAME==VERSION or NAME@VERSION
    #[arg(long, value_name = "PACKAGE", help_heading = SOURCE)]
    pub(super) uvx: Option<String>,

    /// The files of a folder or zip file
    #[arg(long, value_name = "FOLDER|ZIP", help_heading = SOURCE)]
    pub(super) bundle: Option<PathBuf>,

    /// What starts the bundle, run in its folder
    #[arg(long, value_name = "COMMAND", help_heading = SOURCE)]
    pub(super) start: Option<String>,

    /// For --npx and --uvx: run the packages' own scripts as they are installed
    #[arg(long, help_heading = SOURCE)]
    pub(super) allow_scripts: bool,

    /// Arguments of the package or image, the bundle's start command, or a command on the broker's machine
    #[arg(last = true, value_name = "COMMAND|ARGS")]
    pub(super) rest: Vec<String>,
}

/// How the connector is spoken to.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TransportArgs {
    /// How the broker talks to it [default: stdio, or http with --port or --path]
    #[arg(long, value_name = "stdio|http", value_enum, hide_possible_values = true)]
    pub(super) transport: Option<TransportFlag>,

    /// For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]
    #[arg(long)]
    pub(super) port: Option<u16>,

    /// For http: where its MCP endpoint is [default: /mcp]
    #[arg(long)]
    pub(super) path: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TransportFlag {
    Stdio,
    Http,
}

/// A value, and who said so.
#[derive(Debug, Clone)]
pub(crate) struct Chosen<T> {
    pub(crate) value: T,
    pub(crate) origin: Cow<'static, str>,
}

/// A source before it is packaged.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// An image that has a name already.
    Image {
        reference: String,
        args: Vec<String>,
    },
    /// An image that is built first.
    Dockerfile {
        path: PathBuf,
        context: PathBuf,
        args: Vec<String>,
    },
    /// What the broker's registry has under `NAME@DIGEST` or `NAME:TAG`. Only a look there tells whether it is a
    /// bundle, which needs a `start`, or an image, which may have `args`; `rest` is for either.
    Artifact {
        reference: String,
        start: Option<Vec<String>>,
        args: Vec<String>,
    },
    Npx {
        package: String,
        args: Vec<String>,
        allow_scripts: bool,
    },
    Uvx {
        package: String,
        args: Vec<String>,
        allow_scripts: bool,
    },
    Command {
        command: Vec<String>,
    },
    Bundle {
        path: PathBuf,
        /// Taken out when it is packed.
        package: Option<Box<Package>>,
        start: Vec<String>,
    },
}

/// A source, and what its `berth.toml` says besides, which is empty where a flag names a source that has none.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) source: Chosen<Wanted>,
    pub(crate) manifest: Manifest,
}

const SOURCE: &str = "Source";
pub(crate) const FLAG: &str = "from the command line";

pub(crate) fn chosen<T>(value: T, origin: impl Into<Cow<'static, str>>) -> Chosen<T> {
    Chosen {
        value,
        origin: origin.into(),
    }
}

impl SourceArgs {
    /// What the flags and the folder's `berth.toml` mean. What is wrong goes to `problems`, all of it; the answer is
    /// `None` where there is nothing to go on with.
    pub(crate) fn find(&self, problems: &mut Problems) -> Option<Found> {
        self.check(problems);
        let found = problems.keep(self.read())?;
        if self.allow_scripts && !matches!(found.source.value, Wanted::Npx { .. } | Wanted::Uvx { .. }) {
            problems.add(CmdError::usage("--allow-scripts goes with --npx and --uvx"));
        }
        problems.keep(found.source.value.check())?;
        Some(found)
    }

    /// What can be seen to contradict itself on the command line alone.
    fn check(&self, problems: &mut Problems) {
        let named: Vec<&str> = [
            ("--image", self.image.is_some()),
            ("--dockerfile", self.dockerfile.is_some()),
            ("--artifact", self.artifact.is_some()),
            ("--npx", self.npx.is_some()),
            ("--uvx", self.uvx.is_some()),
            ("--bundle", self.bundle.is_some()),
            ("a folder", self.place.is_some()),
        ]
        .into_iter()
        .filter_map(|(flag, is_given)| is_given.then_some(flag))
        .collect();
        if let [all @ .., last] = &named[..]
            && !all.is_empty()
        {
            problems.add(
                CmdError::usage(format!("{} and {last} name different sources", all.join(", ")))
                    .with_hint("keep one of them"),
            );
        }
        if self.context.is_some() && self.dockerfile.is_none() {
            problems.add(CmdError::usage("--context goes with --dockerfile"));
        }
        let has_files =
            named.is_empty() || self.bundle.is_some() || self.place.is_some() || self.artifact.is_some();
        if self.start.is_some() && !has_files {
            problems.add(
                CmdError::usage("--start goes with a bundle: a folder, a zip file or --artifact")
                    .with_hint("arguments of a package or an image stand after `--`"),
            );
        }
        if self.start.is_some() && !self.rest.is_empty() {
            problems.add(CmdError::usage(
                "the start command is given twice, by --start and after `--`",
            ));
        }
    }

    /// The source that is named first; [`SourceArgs::check`] has seen to it that there is only one.
    fn read(&self) -> Result<Found, CmdError> {
        let by_flag = |wanted: Wanted, flag: &'static str| Found {
            source: chosen(wanted, flag),
            manifest: Manifest::default(),
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
            let wanted = dockerfile(path, self.context.clone(), args())?;
            let source = chosen(wanted, "--dockerfile");
            return Ok(Found { source, manifest });
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
            let wanted = self.bundle(path, package, &manifest)?;
            return Ok(Found {
                source: chosen(wanted, "--bundle"),
                manifest,
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
        if self.place.is_none() && !started && !path.join(FILE_NAME).exists() {
            return Err(CmdError::usage(format!(
                "there is nothing to deploy: this folder has no {FILE_NAME}"
            ))
            .with_hint("name a source: --npx PACKAGE, --bundle FOLDER_OR_ZIP, or `-- COMMAND ARGS…`"));
        }
        let package = open(path)?;
        let manifest = package.manifest.clone().unwrap_or_default();
        let wanted = match manifest.source() {
            Some(kind) if self.start.is_none() => self.of_manifest(path, package, &manifest, kind)?,
            _ => self.bundle(path, package, &manifest)?,
        };
        let origin = if started { FLAG } else { FILE_NAME };
        Ok(Found {
            source: chosen(wanted, origin),
            manifest,
        })
    }

    /// The source that `manifest` names; what stands after `--` are its arguments, or the start command of a bundle.
    fn of_manifest(
        &self,
        path: &Path,
        package: Package,
        manifest: &Manifest,
        kind: SourceKey,
    ) -> Result<Wanted, CmdError> {
        let args = || match self.rest.is_empty() {
            true => manifest.args.clone(),
            false => self.rest.clone(),
        };
        let allow_scripts = self.allow_scripts || manifest.allow_scripts;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Ok(match kind {
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
                dockerfile(&path.join(file), context, args())?
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
            SourceKey::Command | SourceKey::Bundle => self.bundle(path, package, manifest)?,
        })
    }

    /// A bundle with its start command: `--start`, else what stands after `--`, else the manifest's.
    fn bundle(&self, path: &Path, package: Package, manifest: &Manifest) -> Result<Wanted, CmdError> {
        let start = match (&self.start, self.rest.is_empty()) {
            (Some(start), _) => split_words(start)?,
            (None, false) => self.rest.clone(),
            (None, true) => match manifest.started_by() {
                Some(start) => start.to_vec(),
                None => {
                    return Err(
                        CmdError::usage("--start is needed: nothing says what starts the bundle")
                            .with_hint(format!("--start 'node server.js', or `start` in its {FILE_NAME}")),
                    );
                }
            },
        };
        Ok(Wanted::Bundle {
            path: path.to_owned(),
            package: Some(Box::new(package)),
            start,
        })
    }
}

impl TransportArgs {
    /// The transport: the flags' word, else the manifest's, else stdio.
    pub(crate) fn choose(&self, manifest: &Manifest) -> Result<Chosen<Transport>, CmdError> {
        let (http, origin) = match (self.transport, manifest.transport) {
            (Some(flag), _) => (flag == TransportFlag::Http, FLAG),
            (None, _) if self.port.is_some() || self.path.is_some() => (true, "because of --port or --path"),
            (None, Some(word)) => (word == TransportWord::Http, FILE_NAME),
            (None, None) => (false, "the default; --transport changes it"),
        };
        if !http {
            if self.port.is_some() || self.path.is_some() {
                return Err(CmdError::usage("--port and --path go with --transport http"));
            }
            return Ok(chosen(Transport::Stdio, origin));
        }
        let path = self.path.as_ref().or(manifest.path.as_ref());
        let path = path.map_or("/mcp", String::as_str);
        if !path.starts_with('/') {
            return Err(CmdError::usage(format!(
                "--path {path:?} does not start with '/'"
            )));
        }
        let transport = Transport::Http {
            port: self.port.or(manifest.port),
            path: path.to_owned(),
        };
        Ok(chosen(transport, origin))
    }
}

impl Wanted {
    pub(crate) fn kind(&self) -> SourceKind {
        match self {
            Self::Image { .. } | Self::Dockerfile { .. } => SourceKind::Image,
            // Only the registry knows; most of what is pushed with other tools is an image.
            Self::Artifact { start: None, .. } => SourceKind::Image,
            Self::Artifact { .. } | Self::Bundle { .. } => SourceKind::Bundle,
            Self::Npx { .. } => SourceKind::Npx,
            Self::Uvx { .. } => SourceKind::Uvx,
            Self::Command { .. } => SourceKind::Command,
        }
    }

    /// A name after the package, the image, the folder or the program; `None` where that gives no name.
    pub(crate) fn guess_name(&self) -> Option<ConnectorName> {
        name::guess(self)
    }

    /// For a person.
    pub(crate) fn describe(&self) -> String {
        let with = |text: String, args: &[String]| format!("{text} {}", args.join(" ")).trim_end().to_owned();
        match self {
            Self::Image { reference, args } => with(format!("image {reference}"), args),
            Self::Dockerfile { path, context, args } => {
                let place = match folder_of(path) == *context {
                    true => String::new(),
                    false => format!(" in {}", context.display()),
                };
                with(format!("image of {}{place}", path.display()), args)
            }
            Self::Artifact {
                reference,
                start,
                args,
            } => {
                let start = start.as_deref().unwrap_or_default();
                with(with(format!("artifact {reference}"), start), args)
            }
            Self::Npx { package, args, .. } => with(format!("npx {package}"), args),
            Self::Uvx { package, args, .. } => with(format!("uvx {package}"), args),
            Self::Command { command } => format!("command {}", command.join(" ")),
            Self::Bundle { path, start, .. } => {
                format!("bundle {}, started with: {}", path.display(), start.join(" "))
            }
        }
    }

    /// What can be seen to be wrong before anything is looked up.
    fn check(&self) -> Result<(), CmdError> {
        match self {
            Self::Npx { package, .. } => Ok(package.parse::<PackageSpec>().map(drop)?),
            _ => Ok(()),
        }
    }
}

/// What a Dockerfile and its context are, with what is not said filled in.
fn dockerfile(path: &Path, context: Option<PathBuf>, args: Vec<String>) -> Result<Wanted, CmdError> {
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
    Ok(Wanted::Dockerfile { path, context, args })
}

/// The folder of a Dockerfile, or of what is given in its place.
fn folder_of(path: &Path) -> PathBuf {
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

/// The transport, for people.
pub(crate) fn describe(transport: &Transport) -> String {
    match transport {
        Transport::Stdio => "stdio".to_owned(),
        Transport::Http { port: None, path } => format!("http at {path}"),
        Transport::Http {
            port: Some(port),
            path,
        } => format!("http at :{port}{path}"),
    }
}

impl From<PackageError> for CmdError {
    fn from(error: PackageError) -> Self {
        let hint = error.hint().to_owned();
        let kind = match &error {
            PackageError::Manifest(_) => Kind::Usage,
            _ => Kind::Build,
        };
        let built = Self::new(kind, error.to_string()).with_hint(hint);
        // The package's own errors are transparent: their source is the cause already.
        match std::error::Error::source(&error) {
            Some(_) => built.with_source(error),
            None => built,
        }
    }
}
