//! `berth.toml`: what a connector's folder says about how it is deployed.
//!
//! Every key is flat and optional; a flag of the same name wins over it. A key that is not known is an error, with
//! the place where it stands and the key that was probably meant: a typo that went unnoticed would deploy
//! something else. Nothing here is secret: `secrets` are names, whose values come with the deploy.
//!
//! ```toml
//! name = "gong-crm"
//! transport = "http"            # or "stdio", the default
//! start = "node server.js"      # or ["node", "server.js"]; run in the bundle's folder
//! secrets = ["GONG_KEY"]
//!
//! [env]
//! GONG_REGION = "eu"
//! ```
//!
//! `[oauth]`, `[access]` and `[tools]` describe what is otherwise set by `berth oauth set`, `berth access set` and `berth
//! tools set`.
//!
//! One of `image`, `dockerfile` (with `context`), `artifact`, `npx`, `uvx`, `command`, `bundle` and `start` names the
//! source. `bundle` goes with either `start` or `command`, which mean the same there. Paths are relative to the
//! file's own folder.

mod described;
mod errors;
mod said;
mod words;

pub(crate) use described::{Access, OAuthSection, Tools};
pub(crate) use errors::{ManifestError, Mistake};
pub(crate) use words::split_words;

use std::{
    collections::BTreeMap,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;
use toml::de::DeTable;

use crate::model::{ConnectorName, EnvName, Run, nearest};

/// What the file is called.
pub(crate) const FILE_NAME: &str = "berth.toml";

/// Largest file that is taken for a manifest, in bytes.
const LARGEST: u64 = 1024 * 1024;

pub(crate) const KEYS: [&str; 30] = [
    "name",
    "transport",
    "port",
    "path",
    "image",
    "dockerfile",
    "context",
    "artifact",
    "npx",
    "uvx",
    "bundle",
    "start",
    "command",
    "args",
    "allow-scripts",
    "secrets",
    "env",
    "memory",
    "cpus",
    "pids",
    "disk",
    "min-instances",
    "max-instances",
    "idle-timeout",
    "readable",
    "probe-env",
    "env-header-prefix",
    "oauth",
    "access",
    "tools",
];

/// What a `berth.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Manifest {
    pub(crate) name: Option<ConnectorName>,
    pub(crate) transport: Option<TransportWord>,
    /// For http: the port that the connector insists on.
    pub(crate) port: Option<u16>,
    /// For http: where its MCP endpoint is.
    pub(crate) path: Option<String>,
    /// A container image, by reference.
    pub(crate) image: Option<String>,
    /// What an image is built from.
    pub(crate) dockerfile: Option<PathBuf>,
    /// The folder that it is built in; the Dockerfile's own when it is absent.
    pub(crate) context: Option<PathBuf>,
    /// What the broker's registry has: `NAME@DIGEST` or `NAME:TAG`.
    pub(crate) artifact: Option<String>,
    /// What starts a bundle, run in its folder.
    #[serde(deserialize_with = "words::deserialize")]
    pub(crate) start: Option<Vec<String>>,
    /// The folder or zip file to send, relative to the file's own folder; that folder itself when it is absent.
    pub(crate) bundle: Option<PathBuf>,
    /// An npm package, as `npx` takes it.
    pub(crate) npx: Option<String>,
    /// A Python package, as `uvx` takes it.
    pub(crate) uvx: Option<String>,
    /// A program that is on the broker's machine already; with `bundle`, what starts it.
    #[serde(deserialize_with = "words::deserialize")]
    pub(crate) command: Option<Vec<String>>,
    /// Arguments for the program of a package or an image.
    pub(crate) args: Vec<String>,
    /// Whether scripts of packages run as they are installed.
    pub(crate) allow_scripts: bool,
    /// Names of the secrets that the connector needs.
    pub(crate) secrets: Vec<EnvName>,
    /// Plain settings.
    pub(crate) env: BTreeMap<EnvName, String>,
    /// What users authorize at, each provider with its settings.
    #[serde(deserialize_with = "described::sections")]
    pub(crate) oauth: Vec<OAuthSection>,
    /// Who may use it.
    pub(crate) access: Option<Access>,
    /// Which of its tools are offered.
    pub(crate) tools: Option<Tools>,
    /// How it runs.
    #[serde(flatten)]
    pub(crate) run: Run,
}

/// `transport`, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TransportWord {
    Stdio,
    Http,
}

/// The key, or the two, that name a manifest's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKey {
    Image,
    Dockerfile,
    Artifact,
    Npx,
    Uvx,
    Command,
    /// `bundle`, or a start command for the file's own folder.
    Bundle,
}

impl Manifest {
    /// The manifest of the folder `dir`; `None` when it has none.
    pub(crate) fn load(dir: &Path) -> Result<Option<Self>, ManifestError> {
        let path = dir.join(FILE_NAME);
        let text = match read_small(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ManifestError::Unreadable { path, source }),
        };
        text.parse().map(Some)
    }

    /// What names its source, if anything does: [`Manifest::contradictions`] saw to it that at most one does.
    pub(crate) fn source(&self) -> Option<SourceKey> {
        self.sources().into_iter().next().map(|(_, key)| key)
    }

    /// What starts the bundle that it names.
    pub(crate) fn started_by(&self) -> Option<&[String]> {
        self.start.as_deref().or(self.command.as_deref())
    }

    /// The keys that name a source, each with what it names.
    fn sources(&self) -> Vec<(&'static str, SourceKey)> {
        let is_bundle = self.bundle.is_some() || (self.start.is_some() && self.artifact.is_none());
        let by_bundle = if self.bundle.is_some() { "bundle" } else { "start" };
        [
            ("image", self.image.is_some(), SourceKey::Image),
            ("dockerfile", self.dockerfile.is_some(), SourceKey::Dockerfile),
            ("artifact", self.artifact.is_some(), SourceKey::Artifact),
            ("npx", self.npx.is_some(), SourceKey::Npx),
            ("uvx", self.uvx.is_some(), SourceKey::Uvx),
            (
                "command",
                self.command.is_some() && self.bundle.is_none(),
                SourceKey::Command,
            ),
            (by_bundle, is_bundle, SourceKey::Bundle),
        ]
        .into_iter()
        .filter_map(|(key, is_set, source)| is_set.then_some((key, source)))
        .collect()
    }

    /// Keys that contradict each other: each time the key where it shows, and what to do.
    fn contradictions(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let sources = self.sources();
        if let [(first, _), more @ ..] = &sources[..] {
            for (second, _) in more {
                found.push((
                    *second,
                    format!("`{first}` and `{second}` name two sources: keep one of them"),
                ));
            }
        }
        if self.bundle.is_some() && self.start.is_some() && self.command.is_some() {
            found.push((
                "command",
                "`start` and `command` both say what starts the bundle: keep one of them".to_owned(),
            ));
        }
        if self.context.is_some() && self.dockerfile.is_none() {
            found.push(("context", "`context` goes with `dockerfile`".to_owned()));
        }
        use SourceKey::{Artifact, Dockerfile, Image, Npx, Uvx};
        let is_one_of = |keys: &[SourceKey]| sources.iter().any(|(_, source)| keys.contains(source));
        if !self.args.is_empty() && !is_one_of(&[Image, Dockerfile, Artifact, Npx, Uvx]) {
            found.push((
                "args",
                "`args` goes with a package or an image: elsewhere write the arguments into `start` or `command`"
                    .to_owned(),
            ));
        }
        if self.allow_scripts && !is_one_of(&[Npx, Uvx]) {
            found.push((
                "allow-scripts",
                "`allow-scripts` goes with `npx` and `uvx`".to_owned(),
            ));
        }
        if self.transport != Some(TransportWord::Http) {
            for (key, is_set) in [("port", self.port.is_some()), ("path", self.path.is_some())] {
                if is_set {
                    found.push((key, format!("`{key}` needs `transport = \"http\"`")));
                }
            }
        }
        if self.path.as_ref().is_some_and(|path| !path.starts_with('/')) {
            found.push(("path", "`path` starts with '/', such as \"/mcp\"".to_owned()));
        }
        found
    }
}

impl FromStr for Manifest {
    type Err = ManifestError;

    fn from_str(text: &str) -> Result<Self, ManifestError> {
        let mistake = |span: Option<Range<usize>>, message: String, hint: String| {
            let (line, column) = position(text, span.map_or(0, |span| span.start));
            Mistake {
                line,
                column,
                message,
                hint,
            }
        };
        let broken = |error: toml::de::Error| {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            mistake(error.span(), message, String::new())
        };
        let only = |mistake| ManifestError::Malformed(vec![mistake]);
        let table = DeTable::parse(text).map_err(|error| only(broken(error)))?;
        let mut mistakes = Vec::new();
        for (key, value) in table.get_ref() {
            let name: &str = key.get_ref();
            if !KEYS.contains(&name) {
                let hint = match nearest(name, KEYS) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("the keys are {}", KEYS.join(", ")),
                };
                mistakes.push(mistake(Some(key.span()), format!("unknown key `{name}`"), hint));
                continue;
            }
            if name == "oauth" {
                let wrong = described::mistakes(value).into_iter();
                mistakes.extend(wrong.map(|(span, message, hint)| mistake(Some(span), message, hint)));
                continue;
            }
            // Each key by itself, so that a wrong value does not hide the next one.
            let mut alone = DeTable::new();
            alone.insert(key.clone(), value.clone());
            let alone = toml::Deserializer::from(toml::Spanned::new(value.span(), alone));
            if let Err(error) = Self::deserialize(alone) {
                mistakes.push(broken(error));
            }
        }
        if mistakes.is_empty() {
            let manifest: Self = toml::from_str(text).map_err(|error| only(broken(error)))?;
            for (at, message) in manifest.contradictions() {
                let span = table.get_ref().keys().find(|key| *key.get_ref() == at);
                mistakes.push(mistake(span.map(toml::Spanned::span), message, String::new()));
            }
            if mistakes.is_empty() {
                return Ok(manifest);
            }
        }
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        Err(ManifestError::Malformed(mistakes))
    }
}

fn read_small(path: &Path) -> io::Result<String> {
    use io::Read as _;
    let mut text = String::new();
    let mut file = fs::File::open(path)?;
    if file.metadata()?.len() > LARGEST {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    file.by_ref().take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Line and column, from 1, of the byte at `offset`.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let error = text.parse::<Manifest>().unwrap_err();
        format!("{error} | {}", error.hint())
    }

    #[test]
    fn every_key_is_read() {
        let text = r#"
            name = "gong-crm"
            transport = "http"
            port = 8000
            path = "/mcp"
            start = "node 'my server.js' --port {port}"
            bundle = "dist"
            secrets = ["GONG_KEY"]
            [env]
            GONG_REGION = "eu"
        "#;
        let manifest: Manifest = text.parse().unwrap();
        assert_eq!(manifest.name.as_ref().unwrap().as_str(), "gong-crm");
        assert_eq!(manifest.transport, Some(TransportWord::Http));
        assert_eq!(
            (manifest.port, manifest.path.as_deref()),
            (Some(8000), Some("/mcp"))
        );
        assert_eq!(
            manifest.start.as_ref().unwrap(),
            &["node", "my server.js", "--port", "{port}"]
        );
        assert_eq!(manifest.bundle.as_deref(), Some(Path::new("dist")));
        assert_eq!(manifest.secrets[0].as_str(), "GONG_KEY");
        assert_eq!(manifest.env.values().next().unwrap(), "eu");
        assert_eq!(manifest.source(), Some(SourceKey::Bundle));
        let npx: Manifest = "npx = \"some-server\"\nargs = [\"--fast\"]".parse().unwrap();
        assert_eq!(npx.source(), Some(SourceKey::Npx));
        let command: Manifest = "command = [\"/usr/bin/server\", \"a b\"]".parse().unwrap();
        assert_eq!(command.command.unwrap(), ["/usr/bin/server", "a b"]);
    }

    #[test]
    fn every_source_can_be_named() {
        use SourceKey::{Artifact, Bundle, Command, Dockerfile, Image, Npx, Uvx};
        for (text, expected) in [
            ("image = \"x\"\nargs = [\"y\"]", Some(Image)),
            ("dockerfile = \"Dockerfile\"\ncontext = \"..\"", Some(Dockerfile)),
            ("artifact = \"x:latest\"", Some(Artifact)),
            ("artifact = \"x:latest\"\nstart = \"a\"", Some(Artifact)),
            ("npx = \"x\"\nallow-scripts = true", Some(Npx)),
            ("uvx = \"x\"\nargs = [\"y\"]", Some(Uvx)),
            ("command = \"x\"", Some(Command)),
            ("command = \"x\"\nbundle = \"y\"", Some(Bundle)),
            ("start = \"x\"", Some(Bundle)),
            ("start = \"x\"\nbundle = \"y\"", Some(Bundle)),
            ("bundle = \"y\"", Some(Bundle)),
            ("name = \"x\"", None),
        ] {
            assert_eq!(text.parse::<Manifest>().unwrap().source(), expected, "{text}");
        }
    }

    #[test]
    fn a_folder_without_a_manifest_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::load(dir.path()).unwrap(), None);
        fs::write(dir.path().join(FILE_NAME), "name = \"x\"").unwrap();
        assert!(Manifest::load(dir.path()).unwrap().is_some());
        fs::write(dir.path().join(FILE_NAME), [0xff, 0xfe]).unwrap();
        Manifest::load(dir.path()).unwrap_err();
    }

    #[test]
    fn mistakes_are_shown_where_they_stand() {
        for (text, expected) in [
            (
                "name = \"a\"\ntransprt = \"http\"",
                "berth.toml:2:1: unknown key `transprt` | did you mean `transport`?",
            ),
            (
                "[other]\n",
                "berth.toml:1:2: unknown key `other` | the keys are name, transport, port, path, image, dockerfile, context, artifact, npx, uvx, bundle, start, command, args, allow-scripts, secrets, env, memory, cpus, pids, disk, min-instances, max-instances, idle-timeout, readable, probe-env, env-header-prefix, oauth, access, tools",
            ),
            (
                "npx = \"a\"\ncommand = \"b\"",
                "berth.toml:2:1: `npx` and `command` name two sources: keep one of them | ",
            ),
            (
                "[env]\nA = 1\n[x]\ny = 1",
                "berth.toml:2:5: invalid type: integer `1`, expected a string\nberth.toml:3:2: unknown key `x` (the keys are name, transport, port, path, image, dockerfile, context, artifact, npx, uvx, bundle, start, command, args, allow-scripts, secrets, env, memory, cpus, pids, disk, min-instances, max-instances, idle-timeout, readable, probe-env, env-header-prefix, oauth, access, tools) | ",
            ),
            (
                "port = 1\nargs = [\"x\"]\ncontext = \".\"\nallow-scripts = true",
                "berth.toml:1:1: `port` needs `transport = \"http\"`\nberth.toml:2:1: `args` goes with a package or an image: elsewhere write the arguments into `start` or `command`\nberth.toml:3:1: `context` goes with `dockerfile`\nberth.toml:4:1: `allow-scripts` goes with `npx` and `uvx` | ",
            ),
            (
                "bundle = \"x\"\nstart = \"a\"\ncommand = \"b\"",
                "berth.toml:3:1: `start` and `command` both say what starts the bundle: keep one of them | ",
            ),
            (
                "path = \"/mcp\"",
                "berth.toml:1:1: `path` needs `transport = \"http\"` | ",
            ),
            (
                "start = \"  \"",
                "berth.toml:1:9: command \"  \" names no program | ",
            ),
            (
                "start = 7",
                "berth.toml:1:9: invalid type: integer `7`, expected a command, such as \"node server.js\" or [\"node\", \"server.js\"] | ",
            ),
        ] {
            assert_eq!(refused(text), expected);
        }
        for (text, part) in [
            ("name = \"No Good\"", "connector name \"No Good\""),
            ("port = 70000", "1:8"),
            ("transport = \"sse\"", "expected `stdio` or `http`"),
            ("[env]\nPATH = \"x\"", "PATH is reserved"),
            ("secrets = [\"a b\"]", "environment name \"a b\""),
            ("name = ", "1:"),
            ("args = [\"x\"]", "`args` goes with a package or an image"),
        ] {
            assert!(refused(text).contains(part), "{text:?}: {}", refused(text));
        }
    }
}
