//! What a package says of its programs, and which of them is started.

use std::{
    collections::BTreeMap,
    fs, io,
    io::{BufRead as _, BufReader, Read as _},
    path::{Component, Path, PathBuf},
};

use serde::Deserialize;

use crate::resolve::ResolveError;

/// What berth reads of a `package.json`.
#[derive(Deserialize)]
pub(super) struct PackageFile {
    pub(super) version: Option<String>,
    #[serde(default)]
    bin: Bins,
}

/// One program, named after the package, or several by name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bins {
    One(String),
    Many(BTreeMap<String, String>),
}

impl Default for Bins {
    fn default() -> Self {
        Self::Many(BTreeMap::new())
    }
}

pub(super) fn read_package(folder: &Path, name: &str) -> io::Result<PackageFile> {
    let bytes = fs::read(folder.join("node_modules").join(name).join("package.json"))?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// The command line of the package's program.
pub(super) fn start(folder: &Path, name: &str, node: String) -> Result<Vec<String>, ResolveError> {
    let package = read_package(folder, name).map_err(ResolveError::Files)?;
    let no_bin = || ResolveError::NoBin {
        package: name.to_owned(),
    };
    let bin = choose_bin(name, package.bin)?;
    let root = folder.join("node_modules").join(name);
    let is_inside = Path::new(&bin)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let path = root.join(&bin);
    if !is_inside || !path.is_file() {
        return Err(no_bin());
    }
    let path = path.components().collect::<PathBuf>().display().to_string();
    Ok(
        match interpreter(Path::new(&path)).map_err(ResolveError::Files)? {
            Interpreter::Node(flags) => [vec![node], flags, vec![path]].concat(),
            Interpreter::Own => vec![path],
        },
    )
}

/// Chooses as npx does: the only program, or the one that is named after the package.
fn choose_bin(name: &str, bins: Bins) -> Result<String, ResolveError> {
    let bins = match bins {
        Bins::One(path) => return Ok(path),
        Bins::Many(bins) => bins,
    };
    let unscoped = name.rsplit('/').next().unwrap_or(name);
    let mut paths: Vec<&String> = bins.values().collect();
    paths.dedup();
    match (bins.get(unscoped), &paths[..]) {
        (Some(path), _) => Ok(path.clone()),
        (None, [path]) => Ok((*path).clone()),
        (None, []) => Err(ResolveError::NoBin {
            package: name.to_owned(),
        }),
        (None, _) => Err(ResolveError::ManyBins {
            package: name.to_owned(),
            bins: bins.into_keys().collect(),
        }),
    }
}

/// What runs a program.
#[derive(Debug, PartialEq, Eq)]
enum Interpreter {
    /// node, with these flags before the program.
    Node(Vec<String>),
    /// The program's first line, or its format, says so itself.
    Own,
}

/// Reads the first line of the program at `path`. It is started by node directly, not through `env` and the `PATH`.
fn interpreter(path: &Path) -> io::Result<Interpreter> {
    let mut line = Vec::new();
    BufReader::new(fs::File::open(path)?.take(512)).read_until(b'\n', &mut line)?;
    if line.starts_with(b"\x7fELF") {
        return Ok(Interpreter::Own);
    }
    let line = String::from_utf8_lossy(&line);
    let Some(words) = line.strip_prefix("#!") else {
        return Ok(Interpreter::Node(Vec::new()));
    };
    let mut words = words.split_whitespace();
    let is_node = words.any(|word| matches!(word.rsplit('/').next(), Some("node" | "nodejs")));
    Ok(if is_node {
        Interpreter::Node(words.map(str::to_owned).collect())
    } else {
        Interpreter::Own
    })
}
