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

mod words;

pub(crate) use words::split_words;

use std::{
    collections::BTreeMap,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;

use crate::model::{ConnectorName, EnvName, SourceKind};

/// What the file is called.
pub(crate) const FILE_NAME: &str = "berth.toml";

/// Largest file that is taken for a manifest, in bytes.
const LARGEST: u64 = 1024 * 1024;

const KEYS: [&str; 11] = [
    "name",
    "transport",
    "port",
    "path",
    "start",
    "bundle",
    "npx",
    "command",
    "args",
    "secrets",
    "env",
];

/// What a `berth.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Manifest {
    pub(crate) name: Option<ConnectorName>,
    pub(crate) transport: Option<TransportWord>,
    /// For http: the port that the connector insists on.
    pub(crate) port: Option<u16>,
    /// For http: where its MCP endpoint is.
    pub(crate) path: Option<String>,
    /// What starts a bundle, run in its folder.
    #[serde(deserialize_with = "words::deserialize")]
    pub(crate) start: Option<Vec<String>>,
    /// The folder or zip file to send, relative to the file's own folder; that folder itself when it is absent.
    pub(crate) bundle: Option<PathBuf>,
    /// An npm package, as `npx` takes it.
    pub(crate) npx: Option<String>,
    /// A program that is on the broker's machine already.
    #[serde(deserialize_with = "words::deserialize")]
    pub(crate) command: Option<Vec<String>>,
    /// Arguments for the package's program.
    pub(crate) args: Vec<String>,
    /// Names of the secrets that the connector needs.
    pub(crate) secrets: Vec<EnvName>,
    /// Plain settings.
    pub(crate) env: BTreeMap<EnvName, String>,
}

/// `transport`, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TransportWord {
    Stdio,
    Http,
}

/// Why a `berth.toml` could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("{} can't be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The text is not a manifest; line and column count from 1, the column in characters.
    #[error("{FILE_NAME}:{line}:{column}: {message}")]
    Malformed {
        line: usize,
        column: usize,
        message: String,
        hint: String,
    },
}

impl ManifestError {
    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> &str {
        match self {
            Self::Unreadable { .. } => "check that the file is a readable text file in UTF-8",
            Self::Malformed { hint, .. } => hint,
        }
    }
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

    /// Which kind of source it names, if any: at most one is named. `start` alone means a bundle of its folder.
    pub(crate) fn source(&self) -> Option<SourceKind> {
        if self.npx.is_some() {
            Some(SourceKind::Npx)
        } else if self.command.is_some() {
            Some(SourceKind::Command)
        } else if self.start.is_some() || self.bundle.is_some() {
            Some(SourceKind::Bundle)
        } else {
            None
        }
    }

    /// Two keys that contradict each other, and what to do.
    fn contradiction(&self) -> Option<(&'static str, String)> {
        let sources: Vec<&'static str> = [
            ("npx", self.npx.is_some()),
            ("command", self.command.is_some()),
            ("start", self.start.is_some()),
            ("bundle", self.bundle.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, is_set)| is_set.then_some(key))
        .collect();
        if let [first, second, ..] = sources[..]
            && first != "start"
        {
            return Some((
                second,
                format!("`{first}` and `{second}` name two sources: keep one of them"),
            ));
        }
        if !self.args.is_empty() && self.npx.is_none() {
            return Some((
                "args",
                "`args` goes with `npx`: elsewhere write the arguments into `start` or `command`".to_owned(),
            ));
        }
        if self.transport != Some(TransportWord::Http) {
            for (key, is_set) in [("port", self.port.is_some()), ("path", self.path.is_some())] {
                if is_set {
                    return Some((key, format!("`{key}` needs `transport = \"http\"`")));
                }
            }
        }
        if self.path.as_ref().is_some_and(|path| !path.starts_with('/')) {
            return Some(("path", "`path` starts with '/', such as \"/mcp\"".to_owned()));
        }
        None
    }
}

impl FromStr for Manifest {
    type Err = ManifestError;

    fn from_str(text: &str) -> Result<Self, ManifestError> {
        let malformed = |span: Option<Range<usize>>, message: String, hint: String| {
            let (line, column) = position(text, span.map_or(0, |span| span.start));
            ManifestError::Malformed {
                line,
                column,
                message,
                hint,
            }
        };
        let broken = |error: toml::de::Error| {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            malformed(error.span(), message, String::new())
        };
        let table = toml::de::DeTable::parse(text).map_err(broken)?;
        for key in table.get_ref().keys() {
            let name: &str = key.get_ref();
            if !KEYS.contains(&name) {
                let hint = match nearest(name) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("the keys are {}", KEYS.join(", ")),
                };
                return Err(malformed(Some(key.span()), format!("unknown key `{name}`"), hint));
            }
        }
        let manifest: Self = toml::from_str(text).map_err(broken)?;
        if let Some((at, message)) = manifest.contradiction() {
            let span = table.get_ref().keys().find(|key| *key.get_ref() == at);
            return Err(malformed(span.map(toml::Spanned::span), message, String::new()));
        }
        Ok(manifest)
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

/// The key that `typed` was probably meant to be.
fn nearest(typed: &str) -> Option<&'static str> {
    KEYS.into_iter()
        .map(|key| (distance(key, &typed.to_lowercase()), key))
        .filter(|(distance, key)| *distance <= 2 && distance * 2 < key.len())
        .min()
        .map(|(_, key)| key)
}

/// Levenshtein's distance: how many letters to add, drop or change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
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
        assert_eq!(manifest.source(), Some(SourceKind::Bundle));
        let npx: Manifest = "npx = \"some-server\"\nargs = [\"--fast\"]".parse().unwrap();
        assert_eq!(npx.source(), Some(SourceKind::Npx));
        let command: Manifest = "command = [\"/usr/bin/server\", \"a b\"]".parse().unwrap();
        assert_eq!(command.command.unwrap(), ["/usr/bin/server", "a b"]);
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
                "[oauth]\n",
                "berth.toml:1:2: unknown key `oauth` | the keys are name, transport, port, path, start, bundle, npx, command, args, secrets, env",
            ),
            (
                "npx = \"a\"\ncommand = \"b\"",
                "berth.toml:2:1: `npx` and `command` name two sources: keep one of them | ",
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
            ("args = [\"x\"]", "`args` goes with `npx`"),
        ] {
            assert!(refused(text).contains(part), "{text:?}: {}", refused(text));
        }
    }
}
