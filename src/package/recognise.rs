//! What a folder is when nobody says: an image to build, or files and what starts them.
//!
//! A guess is made only where one file says it in so many words, and it always names that file. Where several things
//! are possible, the error lists what to type for each.

mod dockerfile;
mod node;
mod python;

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::model::Transport;

/// What a folder was taken for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recognised {
    pub(crate) look: Look,
    /// What said so, to be read after "guessed from".
    pub(crate) from: String,
    pub(crate) name: Option<Guessed<String>>,
    pub(crate) transport: Option<Guessed<Transport>>,
    /// What should be known before it is deployed.
    pub(crate) warnings: Vec<String>,
}

/// The kinds of folders.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// An image, built from this Dockerfile.
    Dockerfile(PathBuf),
    /// The folder's files, started so.
    Files { start: Vec<String> },
    /// A folder around one zip file.
    Zip(PathBuf),
}

/// A value, and what it was guessed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guessed<T> {
    pub(crate) value: T,
    pub(crate) from: String,
}

/// A folder as a person calls it.
fn shown(folder: &Path) -> String {
    match folder == Path::new(".") {
        true => "this folder".to_owned(),
        false => folder.display().to_string(),
    }
}

/// Why a folder was not taken for anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecogniseError {
    #[error(
        "{} does not say what to deploy: no source in a berth.toml, no Dockerfile, no package.json with a `bin` or a `start` script, no pyproject.toml and no zip file",
        shown(folder)
    )]
    Nothing {
        folder: PathBuf,
        /// Commands that could start what is in it.
        starts: Vec<String>,
    },
    /// `what` reads after the file's name: "names several programs".
    #[error("{} {what}", file.display())]
    Several {
        file: PathBuf,
        what: &'static str,
        /// What to type for each.
        flags: Vec<String>,
    },
    #[error("{} can't be read", file.display())]
    Unreadable {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is not what its name says: {problem}", file.display())]
    Malformed { file: PathBuf, problem: String },
    /// A Python project without a virtual environment: what it imports would not be in the bundle.
    #[error("{} is there, and no virtual environment with what the project imports", file.display())]
    NotInstalled { file: PathBuf },
    /// A file that it names is still to be made.
    #[error("{} names {missing}, which is not there", file.display())]
    NotThere {
        file: PathBuf,
        missing: String,
        /// What makes it.
        make: String,
    },
}

impl RecogniseError {
    /// What to do about it, in a sentence.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Nothing { starts, .. } if starts.is_empty() => {
                "name a source: --npx PACKAGE, --uvx PACKAGE, --image REF, --bundle FOLDER --start COMMAND, or `-- COMMAND ARGS…`"
                    .to_owned()
            }
            Self::Nothing { starts, .. } => {
                let starts: Vec<String> = starts.iter().map(|start| format!("--start '{start}'")).collect();
                format!("say what starts it, such as {}", starts.join(" or "))
            }
            Self::Several { flags, .. } => format!("say which: {}", flags.join(" or ")),
            Self::Unreadable { .. } => "make it readable, or name a source with a flag".to_owned(),
            Self::Malformed { .. } => "repair it, or say what starts the folder with --start".to_owned(),
            Self::NotInstalled { .. } => {
                "run `uv sync`, or `python3 -m venv .venv && .venv/bin/pip install .`; --start starts it without one"
                    .to_owned()
            }
            Self::NotThere { make, .. } => make.clone(),
        }
    }
}

/// Largest file that is read to guess from, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Names that files to start usually have, each with what starts it.
const USUAL: [(&str, &str); 8] = [
    ("index.js", "node"),
    ("server.js", "node"),
    ("index.mjs", "node"),
    ("server.mjs", "node"),
    ("main.py", "python3"),
    ("server.py", "python3"),
    ("app.py", "python3"),
    ("start.sh", "sh"),
];

/// What the folder is. A Dockerfile comes first: whoever writes one says with it how the connector runs.
pub(crate) fn recognise(folder: &Path) -> Result<Recognised, RecogniseError> {
    if let Some(mut found) = dockerfile::recognise(folder)? {
        let others = ["package.json", "pyproject.toml"];
        if let Some(other) = others.iter().find(|other| folder.join(other).is_file()) {
            found.warnings.push(format!(
                "the folder has a {other} too: --bundle {} deploys its files instead of an image",
                folder.display()
            ));
        }
        return Ok(found);
    }
    match recognise_files(folder) {
        Err(nothing @ RecogniseError::Nothing { .. }) => lone_zip(folder)?.ok_or(nothing),
        outcome => outcome,
    }
}

impl Recognised {
    /// What the Dockerfile `file` says about the image that is built from it.
    pub(crate) fn of_dockerfile(file: &Path) -> Result<Self, RecogniseError> {
        let text = text_of(file)?.unwrap_or_default();
        Ok(dockerfile::read(file, &text))
    }
}

/// What starts the files of the folder.
pub(crate) fn recognise_files(folder: &Path) -> Result<Recognised, RecogniseError> {
    if let Some(found) = node::recognise(folder)? {
        return Ok(found);
    }
    if let Some(found) = python::recognise(folder)? {
        return Ok(found);
    }
    Err(RecogniseError::Nothing {
        folder: folder.to_owned(),
        starts: usual_starts(folder),
    })
}

fn lone_zip(folder: &Path) -> Result<Option<Recognised>, RecogniseError> {
    let unreadable = |source| RecogniseError::Unreadable {
        file: folder.to_owned(),
        source,
    };
    let mut zips: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(unreadable)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip")) && path.is_file())
        .collect();
    zips.sort();
    match &zips[..] {
        [] => Ok(None),
        [zip] => Ok(Some(Recognised {
            look: Look::Zip(zip.clone()),
            from: "the one zip file in the folder".to_owned(),
            name: None,
            transport: None,
            warnings: Vec::new(),
        })),
        several => Err(RecogniseError::Several {
            file: folder.to_owned(),
            what: "has several zip files in it",
            flags: several
                .iter()
                .map(|zip| format!("--bundle {}", zip.display()))
                .collect(),
        }),
    }
}

fn usual_starts(folder: &Path) -> Vec<String> {
    USUAL
        .iter()
        .filter(|(file, _)| folder.join(file).is_file())
        .map(|(file, by)| format!("{by} {file}"))
        .collect()
}

/// The text of a file; `None` where there is none.
fn text_of(file: &Path) -> Result<Option<String>, RecogniseError> {
    let read = || -> io::Result<String> {
        let mut text = String::new();
        fs::File::open(file)?.take(LARGEST).read_to_string(&mut text)?;
        Ok(text)
    };
    match read() {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RecogniseError::Unreadable {
            file: file.to_owned(),
            source,
        }),
    }
}

/// What words and programs say about the transport, each once: the words of the MCP SDKs and of common flags.
const SPEAKS_HTTP: [&str; 8] = [
    "StreamableHTTPServerTransport",
    "StreamableHTTPSessionManager",
    "streamable_http_app",
    "transport=\"streamable-http\"",
    "transport='streamable-http'",
    "transport=\"http\"",
    "transport='http'",
    "\"httpStream\"",
];
const SPEAKS_STDIO: [&str; 5] = [
    "StdioServerTransport",
    "stdio_server",
    "transport=\"stdio\"",
    "transport='stdio'",
    "mcp.run()",
];
const HTTP_WORDS: [&str; 5] = [
    "--http",
    "http",
    "streamable-http",
    "streamableHttp",
    "--streamable-http",
];
const STDIO_WORDS: [&str; 2] = ["--stdio", "stdio"];

/// The transport that the start command, or else the file that it starts, speaks of; `None` when that is neither or
/// both.
fn transport_of(folder: &Path, start: &[String]) -> Option<Guessed<Transport>> {
    let http = || Transport::Http {
        port: None,
        path: "/mcp".to_owned(),
    };
    let guess = |is_http: bool, from: String| Guessed {
        value: if is_http { http() } else { Transport::Stdio },
        from,
    };
    let word = |known: &[&str]| start.iter().skip(1).find(|word| known.contains(&word.as_str()));
    match (word(&HTTP_WORDS), word(&STDIO_WORDS)) {
        (Some(word), None) => return Some(guess(true, format!("`{word}` in the start command"))),
        (None, Some(word)) => return Some(guess(false, format!("`{word}` in the start command"))),
        _ => {}
    }
    let file = start.iter().skip(1).find(|word| folder.join(word).is_file())?;
    let text = text_of(&folder.join(file)).ok()??;
    let sign = |known: &[&'static str]| known.iter().find(|sign| text.contains(**sign)).copied();
    match (sign(&SPEAKS_HTTP), sign(&SPEAKS_STDIO)) {
        (Some(sign), None) => Some(guess(true, format!("`{sign}` in {file}"))),
        (None, Some(sign)) => Some(guess(false, format!("`{sign}` in {file}"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
