//! Why a source can't be started.

use std::{io, time::Duration};

use crate::{
    bundle::BundleError,
    model::{Digest, Invalid},
    runtime::EngineError,
};

/// What went wrong between a source and its command line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResolveError {
    #[error("node was not found on the broker's PATH")]
    NodeMissing,
    #[error("npm was not found on the broker's PATH")]
    NpmMissing,
    #[error("python3 was not found on the broker's PATH")]
    PythonMissing,
    #[error("uv was not found on the broker's PATH")]
    UvMissing,
    /// The text is not the name of a package in a registry.
    #[error(transparent)]
    BadPackage(Invalid),
    #[error(transparent)]
    BadRequirement(Invalid),
    #[error("npm finds no package {package:?}, or one that it depends on is missing")]
    PackageNotFound { package: String, stderr: Vec<String> },
    #[error("npm finds no version of the package that fits {package:?}")]
    VersionNotFound { package: String, stderr: Vec<String> },
    #[error("the package {package} depends on a git repository, and berth installs from registries alone")]
    GitDependency { package: String, stderr: Vec<String> },
    #[error("the package {package} has no program to start")]
    NoBin { package: String },
    #[error("the package {package} has several programs ({}), none of them named after it", bins.join(", "))]
    ManyBins { package: String, bins: Vec<String> },
    #[error("npm could not install {package}")]
    Install { package: String, stderr: Vec<String> },
    #[error("uv finds no version of {package}, with all that it depends on, that can be installed")]
    NoSolution { package: String, stderr: Vec<String> },
    #[error("uv could not install {package}")]
    UvInstall { package: String, stderr: Vec<String> },
    #[error(
        "the virtual environment {venv:?} is of Python {wanted}, and the broker's machine has {}",
        found.as_deref().map_or("no Python".to_owned(), |found| format!("Python {found}"))
    )]
    NoSuchPython {
        venv: String,
        wanted: String,
        found: Option<String>,
    },
    #[error("{program} did not finish within {} s", after.as_secs())]
    TimedOut { program: String, after: Duration },
    #[error("the artifact's blob {0} is not on this broker")]
    MissingBlob(Digest),
    #[error("the artifact can't be unpacked")]
    BundleBroken(#[from] BundleError),
    /// The text is not a reference to an image.
    #[error(transparent)]
    BadImage(Invalid),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the artifact {0} is not an image")]
    NotAnImage(Digest),
    #[error("the artifact {0} is an image, not a bundle")]
    NotABundle(Digest),
    #[error("the image is damaged: {0}")]
    ImageBroken(String),
    #[error("there is no start command")]
    NoStart,
    #[error("the start command's program {0:?} is not in the bundle")]
    StartMissing(String),
    #[error("the broker could not write to its data folder")]
    Files(#[source] io::Error),
    #[error("{program} could not be run")]
    Run {
        program: String,
        #[source]
        source: io::Error,
    },
}

impl ResolveError {
    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::NodeMissing | Self::NpmMissing => {
                "install Node.js with npm on the broker's machine, and start the broker again if its PATH changes"
            }
            Self::PythonMissing => {
                "install Python 3 on the broker's machine, and start the broker again if its PATH changes"
            }
            Self::UvMissing => {
                "install uv on the broker's machine (`pipx install uv`, `pip install uv` or the distribution's package), and start the broker again if its PATH changes"
            }
            Self::BadPackage(_) => {
                "npx takes a name from the npm registry, such as `@scope/name` or `name@1.2.3`; for files of your own use --bundle"
            }
            Self::BadRequirement(_) => {
                "uvx takes a name from the Python package index, such as `name`, `name==1.2.3` or `name[extra]`; for files of your own use --bundle"
            }
            Self::PackageNotFound { .. } => "check the spelling, and that the broker may read the package",
            Self::VersionNotFound { .. } => "`npm view NAME versions` lists the versions that exist",
            Self::NoBin { .. } => "it may be a library: look for the package that holds the MCP server",
            Self::GitDependency { .. } => {
                "deploy a bundle that has its node_modules, or install it on the broker's machine and deploy the program with `-- COMMAND`"
            }
            Self::ManyBins { .. } => {
                "install it on the broker's machine and deploy the program with `-- COMMAND`"
            }
            Self::Install { .. } => {
                "see npm's own words; check that the broker can reach the npm registry (where a proxy signs certificates anew: with NODE_EXTRA_CA_CERTS)"
            }
            Self::NoSolution { .. } => {
                "see uv's own words; packages without a wheel for this machine need --allow-scripts"
            }
            Self::UvInstall { .. } => {
                "see uv's own words; check that the broker can reach the package index (where a proxy signs certificates anew: with SSL_CERT_FILE), and that its uv is a recent one"
            }
            Self::NoSuchPython { .. } => {
                "make the environment anew with the broker's version of Python, or install that version on the broker's machine"
            }
            Self::TimedOut { .. } => "check that the broker can reach the package registry",
            Self::MissingBlob(_) => "deploy it again: its upload did not finish",
            Self::BundleBroken(error) => error.hint(),
            Self::BadImage(_) => "",
            Self::Engine(error) => error.hint(),
            Self::NotAnImage(_) => {
                "a bundle is deployed with its start command (--start); another kind of artifact can't be run"
            }
            Self::NotABundle(_) => "deploy it without a start command: an image has its own",
            Self::ImageBroken(_) => "build it again, and deploy or push it anew",
            Self::NoStart => "give one with --start, or as `start` in berth.toml",
            Self::StartMissing(_) => "check the path: it is relative to the bundle's own folder",
            Self::Files(_) => "check the free space and the permissions of the broker's data folder",
            Self::Run { .. } => "",
        }
    }

    /// The package manager's own words, line by line.
    pub(crate) fn stderr(&self) -> &[String] {
        match self {
            Self::PackageNotFound { stderr, .. }
            | Self::VersionNotFound { stderr, .. }
            | Self::GitDependency { stderr, .. }
            | Self::Install { stderr, .. }
            | Self::NoSolution { stderr, .. }
            | Self::UvInstall { stderr, .. } => stderr,
            _ => &[],
        }
    }
}
