//! What a release is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Digest, EnvName, Invalid, PackageSpec, PythonSpec, Run};

/// Everything that a release pins: the artifact and the settings that it runs with. Secrets are not among them;
/// they belong to the connector's environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spec {
    pub(crate) source: Source,
    pub(crate) transport: Transport,
    /// Plain settings (`-e KEY=VALUE`), given to the connector as environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) settings: BTreeMap<EnvName, String>,
    #[serde(default, skip_serializing_if = "Run::is_default")]
    pub(crate) run: Run,
}

impl Spec {
    /// What can be seen to be wrong without looking at anything else.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        match &self.source {
            Source::Npx { package, .. } => drop(package.parse::<PackageSpec>()?),
            Source::Uvx { package, .. } => drop(package.parse::<PythonSpec>()?),
            Source::Image { .. } | Source::Bundle { .. } | Source::Command { .. } => {}
        }
        let started_by = match &self.source {
            Source::Bundle { start, .. } => Some(start),
            Source::Command { command } => Some(command),
            Source::Image { .. } | Source::Npx { .. } | Source::Uvx { .. } => None,
        };
        if started_by.is_some_and(|argv| argv.first().is_none_or(String::is_empty)) {
            return Err(Invalid("the command that starts the connector is empty".into()));
        }
        let arguments = match &self.source {
            Source::Bundle { start: all, .. }
            | Source::Command { command: all }
            | Source::Image { args: all, .. }
            | Source::Npx { args: all, .. }
            | Source::Uvx { args: all, .. } => all,
        };
        let values = arguments.iter().chain(self.settings.values());
        if values.into_iter().any(|value| value.contains('\0')) {
            return Err(Invalid("an argument or a setting has a NUL byte in it".into()));
        }
        if let Transport::Http { path, port } = &self.transport {
            let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'?' | b'#');
            if !path.starts_with('/') || !path.bytes().all(plain) {
                return Err(Invalid(format!("the path {path:?} is not one: write it as /mcp")));
            }
            if *port == Some(0) {
                return Err(Invalid(
                    "port 0 is not one: leave --port out to let the broker pick one".into(),
                ));
            }
        } else if self.run.min_instances.is_some_and(|least| least > 0) {
            return Err(Invalid(
                "min-instances goes with http: a stdio connector's instances belong to its users, who are not known before"
                    .into(),
            ));
        }
        self.run.check()
    }
}

/// Where a release comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Source {
    /// A container image, by reference. With an `artifact` it lies in the broker's own registry, as the manifest
    /// of that digest; without one the broker's engine pulls it.
    Image {
        reference: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        artifact: Option<Digest>,
        /// In place of the image's own command; appended to its entrypoint.
        #[serde(default)]
        args: Vec<String>,
    },
    /// Files that were sent as an artifact, and the command that starts them, run in their folder.
    Bundle { artifact: Digest, start: Vec<String> },
    /// An npm package, as `npx` takes it: `NAME` or `NAME@RANGE`.
    Npx {
        package: String,
        #[serde(default)]
        args: Vec<String>,
        /// Whether scripts of packages run as they are installed.
        #[serde(default, skip_serializing_if = "is_false")]
        allow_scripts: bool,
    },
    /// A Python package, as `uvx` takes it: `NAME`, `NAME==VERSION`, `NAME@VERSION` or with a range.
    Uvx {
        package: String,
        #[serde(default)]
        args: Vec<String>,
        /// Whether source distributions, which run code as they are built, are installed besides wheels.
        #[serde(default, skip_serializing_if = "is_false")]
        allow_scripts: bool,
    },
    /// A program that is on the broker's machine already.
    Command { command: Vec<String> },
}

/// [`Source`] without its contents, to be counted and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SourceKind {
    Image,
    Bundle,
    Npx,
    Uvx,
    Command,
}

impl Source {
    pub(crate) fn kind(&self) -> SourceKind {
        match self {
            Self::Image { .. } => SourceKind::Image,
            Self::Bundle { .. } => SourceKind::Bundle,
            Self::Npx { .. } => SourceKind::Npx,
            Self::Uvx { .. } => SourceKind::Uvx,
            Self::Command { .. } => SourceKind::Command,
        }
    }

    /// The manifest in the broker's own registry that it was packaged into, where it is known before the broker
    /// resolves it.
    pub(crate) fn artifact(&self) -> Option<&Digest> {
        match self {
            Self::Image { artifact, .. } => artifact.as_ref(),
            Self::Bundle { artifact, .. } => Some(artifact),
            Self::Npx { .. } | Self::Uvx { .. } | Self::Command { .. } => None,
        }
    }

    /// The source in a few words, for a person.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Image { reference, .. } => format!("image {reference}"),
            Self::Bundle { artifact, .. } => {
                format!("bundle {}", artifact.hex().get(..12).unwrap_or_default())
            }
            Self::Npx { package, .. } => format!("npx {package}"),
            Self::Uvx { package, .. } => format!("uvx {package}"),
            Self::Command { command } => format!("command {}", command.join(" ")),
        }
    }
}

/// For fields that stand in what is written only when they are set.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

impl SourceKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Bundle => "bundle",
            Self::Npx => "npx",
            Self::Uvx => "uvx",
            Self::Command => "command",
        }
    }
}

/// How the broker talks to a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Transport {
    /// Newline-delimited JSON-RPC on standard input and output.
    Stdio,
    /// Streamable HTTP at `path`. `port` is where the connector insists on listening; without one, the broker
    /// picks a free port and gives it as `PORT` and wherever an argument has `{port}`.
    Http {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
        path: String,
    },
}

impl Transport {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http { .. } => "http",
        }
    }

    /// For people: `stdio`, or `http at :8000/mcp`.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Stdio => "stdio".to_owned(),
            Self::Http { port: None, path } => format!("http at {path}"),
            Self::Http {
                port: Some(port),
                path,
            } => format!("http at :{port}{path}"),
        }
    }
}
