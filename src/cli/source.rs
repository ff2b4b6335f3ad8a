//! Where a connector comes from: as it is typed, as `berth.toml` says it, and what both together mean.
//!
//! `berth deploy`, `check` and `init` take the same flags and read them here. A flag wins over the file.

mod name;
mod read;
mod transport;

use std::{borrow::Cow, path::PathBuf};

pub(crate) use transport::TransportArgs;

use super::{
    context::Context,
    error::{CmdError, Kind, Problems},
};
use crate::{
    manifest::Manifest,
    model::{ConnectorName, PackageSpec, PythonSpec, Source, Transport},
    package::{Artifact, Guessed, Look, Package, PackageError, RecogniseError, Recognised},
};
use read::folder_of;

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
    pub(crate) guesses: Guesses,
}

/// What the files say besides, where nobody said it.
#[derive(Debug, Default)]
pub(crate) struct Guesses {
    /// What the source was guessed from, if it was.
    pub(crate) from: Option<String>,
    pub(crate) name: Option<Guessed<String>>,
    pub(crate) transport: Option<Guessed<Transport>>,
    pub(crate) warnings: Vec<String>,
}

const SOURCE: &str = "Source";
pub(crate) const FLAG: &str = "from the command line";

impl Guesses {
    fn of(found: Recognised) -> (Look, Self) {
        let guesses = Self {
            from: Some(found.from),
            name: found.name,
            transport: found.transport,
            warnings: found.warnings,
        };
        (found.look, guesses)
    }
}

impl Found {
    /// A name after what the files say, else after the package, the image, the folder or the program.
    pub(crate) fn guess_name(&self) -> Option<Chosen<ConnectorName>> {
        let written = self.guesses.name.as_ref();
        let written = written.and_then(|guess| Some((name::from_text(&guess.value)?, &guess.from)));
        match written {
            Some((name, from)) => Some(chosen(name, format!("guessed from {from}; --name changes it"))),
            None => name::guess(&self.source.value).map(|name| chosen(name, "guessed; --name changes it")),
        }
    }
}

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

    /// As [`find`](Self::find), on a thread of its own: a large zip file takes a while, which may be interrupted.
    pub(crate) async fn find_aside(&self, problems: &mut Problems) -> Option<Found> {
        let args = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut problems = Problems::default();
            let found = args.find(&mut problems);
            (found, problems)
        });
        match reading.await {
            Ok((found, more)) => {
                problems.extend(more);
                found
            }
            Err(error) => {
                problems.add(CmdError::new(Kind::Build, "reading the source broke off").with_source(error));
                None
            }
        }
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
}

impl Wanted {
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

    /// Packs a bundle, once; no other source has files of its own to send.
    pub(crate) async fn pack(&mut self, ctx: &Context) -> Result<Option<Artifact>, CmdError> {
        let Self::Bundle { package, start, .. } = self else {
            return Ok(None);
        };
        let Some(package) = package.take() else {
            return Ok(None);
        };
        let (remembered, start) = (ctx.cache(), start.clone());
        let packing =
            tokio::task::spawn_blocking(move || package.pack_started_by(remembered.as_deref(), &start));
        match packing.await {
            Ok(packed) => Ok(Some(packed?)),
            Err(error) => Err(CmdError::new(Kind::Build, "packing broke off").with_source(error)),
        }
    }

    /// The source as a broker is told it; `packed` is what [`pack`](Self::pack) made. `None` for those that take a
    /// container engine, or a look into the broker's registry.
    pub(crate) fn told(&self, packed: Option<&Artifact>) -> Option<Source> {
        match self {
            Self::Image { .. } | Self::Dockerfile { .. } | Self::Artifact { .. } => None,
            Self::Npx {
                package,
                args,
                allow_scripts,
            } => Some(Source::Npx {
                package: package.clone(),
                args: args.clone(),
                allow_scripts: *allow_scripts,
            }),
            Self::Uvx {
                package,
                args,
                allow_scripts,
            } => Some(Source::Uvx {
                package: package.clone(),
                args: args.clone(),
                allow_scripts: *allow_scripts,
            }),
            Self::Command { command } => Some(Source::Command {
                command: command.clone(),
            }),
            Self::Bundle { start, .. } => Some(Source::Bundle {
                artifact: packed?.digest.clone(),
                start: start.clone(),
            }),
        }
    }

    /// What can be seen to be wrong before anything is looked up.
    fn check(&self) -> Result<(), CmdError> {
        match self {
            Self::Npx { package, .. } => Ok(package.parse::<PackageSpec>().map(drop)?),
            Self::Uvx { package, .. } => Ok(package.parse::<PythonSpec>().map(drop)?),
            _ => Ok(()),
        }
    }
}

impl From<PackageError> for CmdError {
    fn from(error: PackageError) -> Self {
        let hint = error.hint();
        let kind = match &error {
            PackageError::Manifest(_)
            | PackageError::Recognise(RecogniseError::Nothing { .. } | RecogniseError::Several { .. }) => {
                Kind::Usage
            }
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
