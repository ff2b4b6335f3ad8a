//! What a deploy means: each value with the place that it came from, decided before anything is sent.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use url::Url;

use super::{Args, guess, values};
use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
        prompt, ui,
    },
    manifest::{FILE_NAME, Manifest, TransportWord, split_words},
    model::{ConnectorName, EnvName, SourceKind, Transport},
    package::{Artifact, Package, PackageError},
    secret::Secret,
    wire::ConnectorView,
};

/// A value, and who said so.
#[derive(Debug)]
pub(super) struct Chosen<T> {
    pub(super) value: T,
    pub(super) origin: &'static str,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) name: Chosen<ConnectorName>,
    pub(super) source: Chosen<Wanted>,
    pub(super) transport: Chosen<Transport>,
    pub(super) settings: BTreeMap<EnvName, String>,
    pub(super) secrets: BTreeMap<EnvName, Secret<String>>,
    /// Secrets that the manifest names and nobody gave.
    unset: Vec<EnvName>,
}

/// A source before it is packaged.
#[derive(Debug)]
pub(super) enum Wanted {
    Npx {
        package: String,
        args: Vec<String>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TransportFlag {
    Stdio,
    Http,
}

const FLAG: &str = "from the command line";
const GUESS: &str = "guessed; --name changes it";

impl Plan {
    /// Decides everything that can be decided without the broker.
    pub(super) async fn of(ctx: &Context, args: Args) -> Result<Self, CmdError> {
        let (source, manifest) = source(ctx, &args)?;
        let name = match (&args.name, &manifest.name) {
            (Some(name), _) => chosen(name.clone(), FLAG),
            (None, Some(name)) => chosen(name.clone(), FILE_NAME),
            (None, None) => match guess::name(&source.value) {
                Some(name) => chosen(name, GUESS),
                None => return Err(ctx.missing(&["--name"])),
            },
        };
        let transport = transport(&args, &manifest)?;
        let mut settings = manifest.env;
        settings.extend(values::settings(&args.settings)?);
        let mut secrets = values::secrets(ctx, &args.secrets).await?;
        let mut unset = Vec::new();
        for name in manifest.secrets {
            if secrets.contains_key(&name) {
                continue;
            }
            match ctx.secret_from_variable(FILE_NAME, name.as_str()) {
                Ok(value) => drop(secrets.insert(name, value)),
                Err(_) => unset.push(name),
            }
        }
        if let Some(both) = settings.keys().find(|name| secrets.contains_key(name)) {
            return Err(
                CmdError::usage(format!("{both} is given as a plain setting and as a secret"))
                    .with_hint("keep the secret, and take it out of -e and berth.toml's [env]"),
            );
        }
        Ok(Self {
            name,
            source,
            transport,
            settings,
            secrets,
            unset,
        })
    }

    /// Gets the secrets that the manifest names: those that the connector has already stay as they are.
    pub(super) async fn ask_for_secrets(
        &mut self,
        ctx: &Context,
        present: Option<&ConnectorView>,
    ) -> Result<(), CmdError> {
        let has = |name: &EnvName| present.is_some_and(|connector| connector.secrets.contains(name));
        let unset: Vec<EnvName> = self.unset.drain(..).filter(|name| !has(name)).collect();
        if unset.is_empty() {
            return Ok(());
        }
        if ctx.cannot_ask().is_some() {
            let flags: Vec<String> = unset.iter().map(|name| format!("--secret {name}")).collect();
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            return Err(ctx.missing(&flags).with_hint(
                "--secret KEY takes the environment variable KEY, --secret KEY=@FILE a file's contents",
            ));
        }
        for name in unset {
            let value = prompt::hidden(format!("Secret {name}")).await?;
            if value.expose().is_empty() {
                return Err(CmdError::usage(format!(
                    "the secret {name} is needed, and nothing was typed"
                )));
            }
            self.secrets.insert(name, value);
        }
        Ok(())
    }

    /// The plan, for people.
    pub(super) fn lines(
        &self,
        broker: &Url,
        artifact: Option<&Artifact>,
        present: Option<&ConnectorView>,
    ) -> Vec<String> {
        let named = |names: Vec<&EnvName>| {
            names
                .iter()
                .map(|name| name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let live = present.and_then(|connector| connector.live.as_ref());
        let change = match (present, live) {
            (None, _) => "new".to_owned(),
            (Some(_), None) => "has no live release yet".to_owned(),
            (Some(_), Some(live)) => format!("release {} is live", live.number),
        };
        let text = ui::fields([
            (
                "Source",
                format!("{} ({})", self.source.value.describe(), self.source.origin),
            ),
            ("Files", artifact.map(files).unwrap_or_default()),
            (
                "Left out",
                artifact
                    .map(|artifact| some_of(&artifact.left_out))
                    .unwrap_or_default(),
            ),
            (
                "Connector",
                format!("{} ({}), {change}", self.name.value, self.name.origin),
            ),
            (
                "Transport",
                format!("{} ({})", describe(&self.transport.value), self.transport.origin),
            ),
            ("Settings", named(self.settings.keys().collect())),
            ("Secrets", named(self.secrets.keys().collect())),
            ("Broker", broker.to_string()),
        ]);
        text.lines().map(|line| format!("  {line}")).collect()
    }

    /// Whether a person should have a look first: at a new name, or when something of another kind is replaced.
    pub(super) fn deserves_a_question(&self, present: Option<&ConnectorView>) -> bool {
        match present.and_then(|connector| connector.live.as_ref()) {
            None => true,
            Some(live) => !live.source.starts_with(self.source.value.kind().as_str()),
        }
    }
}

impl Wanted {
    pub(super) fn kind(&self) -> SourceKind {
        match self {
            Self::Npx { .. } => SourceKind::Npx,
            Self::Command { .. } => SourceKind::Command,
            Self::Bundle { .. } => SourceKind::Bundle,
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Npx { package, args } => format!("npx {package} {}", args.join(" ")).trim_end().to_owned(),
            Self::Command { command } => format!("command {}", command.join(" ")),
            Self::Bundle { path, start, .. } => {
                format!("bundle {}, started with: {}", path.display(), start.join(" "))
            }
        }
    }
}

fn chosen<T>(value: T, origin: &'static str) -> Chosen<T> {
    Chosen { value, origin }
}

/// Which source is meant; and what its manifest says besides, which is empty where a flag named the source.
fn source(ctx: &Context, args: &Args) -> Result<(Chosen<Wanted>, Manifest), CmdError> {
    if let Some(package) = &args.npx {
        let wanted = Wanted::Npx {
            package: package.clone(),
            args: args.rest.clone(),
        };
        return Ok((chosen(wanted, "--npx"), Manifest::default()));
    }
    if let Some(path) = &args.bundle {
        let package = open(path)?;
        let manifest = package.manifest.clone().unwrap_or_default();
        return Ok((
            chosen(bundle(ctx, args, path, package, &manifest)?, "--bundle"),
            manifest,
        ));
    }
    if args.place.is_none() && args.start.is_none() && !args.rest.is_empty() {
        let command = args.rest.clone();
        return Ok((chosen(Wanted::Command { command }, FLAG), Manifest::default()));
    }
    let path = args.place.as_deref().unwrap_or(Path::new("."));
    let started = args.start.is_some() || !args.rest.is_empty();
    if args.place.is_none() && !started && !path.join(FILE_NAME).exists() {
        return Err(CmdError::usage(format!(
            "there is nothing to deploy: this folder has no {FILE_NAME}"
        ))
        .with_hint("name a source: --npx PACKAGE, --bundle FOLDER_OR_ZIP, or `-- COMMAND ARGS…`"));
    }
    let package = open(path)?;
    let manifest = package.manifest.clone().unwrap_or_default();
    let wanted = match manifest.source() {
        Some(SourceKind::Npx) if args.start.is_none() => Wanted::Npx {
            package: manifest.npx.clone().unwrap_or_default(),
            args: if args.rest.is_empty() {
                manifest.args.clone()
            } else {
                args.rest.clone()
            },
        },
        Some(SourceKind::Command) if !started => Wanted::Command {
            command: manifest.command.clone().unwrap_or_default(),
        },
        _ => bundle(ctx, args, path, package, &manifest)?,
    };
    Ok((chosen(wanted, if started { FLAG } else { FILE_NAME }), manifest))
}

fn open(path: &Path) -> Result<Package, CmdError> {
    // A path that was mistyped is a mistake on the command line; what is wrong inside is the package's.
    if !path.exists() {
        return Err(CmdError::usage(format!("{} does not exist", path.display()))
            .with_hint("give the path of a folder or a zip file"));
    }
    Ok(Package::open(path)?)
}

/// A bundle with its start command: `--start`, else what stands after `--`, else the manifest's.
fn bundle(
    ctx: &Context,
    args: &Args,
    path: &Path,
    package: Package,
    manifest: &Manifest,
) -> Result<Wanted, CmdError> {
    let start = match (&args.start, args.rest.is_empty()) {
        (Some(_), false) => {
            return Err(CmdError::usage(
                "the start command is given twice, by --start and after `--`",
            ));
        }
        (Some(start), true) => split_words(start)?,
        (None, false) => args.rest.clone(),
        (None, true) => match &manifest.start {
            Some(start) => start.clone(),
            None => {
                return Err(ctx.missing(&["--start"]).with_hint(format!(
                    "nothing says what starts the bundle: --start 'node server.js', or `start` in its {FILE_NAME}"
                )));
            }
        },
    };
    Ok(Wanted::Bundle {
        path: path.to_owned(),
        package: Some(Box::new(package)),
        start,
    })
}

fn transport(args: &Args, manifest: &Manifest) -> Result<Chosen<Transport>, CmdError> {
    let (http, origin) = match (args.transport, manifest.transport) {
        (Some(flag), _) => (flag == TransportFlag::Http, FLAG),
        (None, _) if args.port.is_some() || args.path.is_some() => (true, "because of --port or --path"),
        (None, Some(word)) => (word == TransportWord::Http, FILE_NAME),
        (None, None) => (false, "the default; --transport changes it"),
    };
    if !http {
        if args.port.is_some() || args.path.is_some() {
            return Err(CmdError::usage("--port and --path go with --transport http"));
        }
        return Ok(chosen(Transport::Stdio, origin));
    }
    let path = args.path.as_ref().or(manifest.path.as_ref());
    let path = path.map_or("/mcp", String::as_str);
    if !path.starts_with('/') {
        return Err(CmdError::usage(format!(
            "--path {path:?} does not start with '/'"
        )));
    }
    let transport = Transport::Http {
        port: args.port.or(manifest.port),
        path: path.to_owned(),
    };
    Ok(chosen(transport, origin))
}

fn describe(transport: &Transport) -> String {
    match transport {
        Transport::Stdio => "stdio".to_owned(),
        Transport::Http { port: None, path } => format!("http at {path}"),
        Transport::Http {
            port: Some(port),
            path,
        } => format!("http at :{port}{path}"),
    }
}

fn files(artifact: &Artifact) -> String {
    format!("{} files, {}", artifact.files, ui::size(artifact.bytes))
}

/// The first few of a list that may be long.
fn some_of(list: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut text = list
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if list.len() > SHOWN {
        text.push_str(&format!(" and {} more", list.len() - SHOWN));
    }
    text
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
