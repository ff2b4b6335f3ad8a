//! Python's virtual environments, which know where they lie and which Python they are of.
//!
//! A folder with a `pyvenv.cfg` is one. Its `bin/python` is a link to a Python of the machine that it was made on,
//! its scripts begin with the path of that link, and packages that are installed for editing are found by absolute
//! paths. All of these are written anew for this machine, for the place where the folder will be.

use std::{
    fs, io,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::symlink,
    path::{Component, Path, PathBuf},
};

use super::{ResolveError, Resolver, blocking, python::Python};

/// How deep below a bundle's folder one is looked for.
const DEEPEST: usize = 6;
/// Largest file of paths that is rewritten, in bytes.
const LARGEST: u64 = 1024 * 1024;
/// Folders of dependencies have no environments of the project's.
const PASSED_BY: [&str; 3] = ["node_modules", "site-packages", ".git"];

/// A virtual environment, by its path in the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Venv {
    at: PathBuf,
    /// Such as `3.12`; `None` when it does not tell.
    minor: Option<String>,
}

impl Resolver {
    /// Fits the virtual environments in `folder`, which is or will be at `place`, to this machine. One whose Python is
    /// not here is left alone, unless `start` is in it.
    pub(super) async fn fit(&self, folder: &Path, place: &Path, start: &str) -> Result<(), ResolveError> {
        let found = {
            let folder = folder.to_owned();
            blocking(move || unfitted(&folder)).await?
        };
        for venv in found {
            let python = match &venv.minor {
                Some(minor) => self.python_of(minor).await?,
                None => None,
            };
            let Some(python) = python else {
                let start: PathBuf = Path::new(start)
                    .components()
                    .filter(|part| *part != Component::CurDir)
                    .collect();
                if start.is_relative() && start.starts_with(&venv.at) {
                    return Err(ResolveError::NoSuchPython {
                        venv: venv.at.display().to_string(),
                        wanted: venv.minor.unwrap_or_else(|| "unknown".to_owned()),
                        found: self.python().await.ok().map(|python| python.minor),
                    });
                }
                tracing::warn!(venv = %venv.at.display(), python = venv.minor, "a bundle's virtual environment is of a Python that is not here");
                continue;
            };
            let (folder, place) = (folder.to_owned(), place.to_owned());
            blocking(move || fit_one(&venv, &folder, &place, &python)).await?;
        }
        Ok(())
    }
}

/// Removes what ties a new environment to this machine, and what uv left for tools that do not matter here.
pub(super) fn clear(venv: &Path) -> io::Result<()> {
    for entry in fs::read_dir(venv.join("bin"))? {
        let entry = entry?;
        if is_interpreter(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    for name in [".gitignore", ".lock", "CACHEDIR.TAG"] {
        match fs::remove_file(venv.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The interpreter to start a virtual environment's script with; `None` for whatever else `path` may be.
pub(super) fn python_of_script(path: &Path) -> io::Result<Option<PathBuf>> {
    let Some(bin) = path.parent() else {
        return Ok(None);
    };
    let is_in_venv = bin.parent().is_some_and(|venv| venv.join("pyvenv.cfg").is_file());
    if !is_in_venv || !is_python_script(path)? {
        return Ok(None);
    }
    Ok(Some(bin.join("python")).filter(|python| python.is_file()))
}

/// Whether Python is named in the file's first line, or in the second by a shell that runs it.
fn is_python_script(path: &Path) -> io::Result<bool> {
    let mut start = BufReader::new(fs::File::open(path)?.take(2048));
    let mut line = Vec::new();
    start.read_until(b'\n', &mut line)?;
    if !line.starts_with(b"#!") {
        return Ok(false);
    }
    if line.starts_with(b"#!/bin/sh") {
        line.clear();
        start.read_until(b'\n', &mut line)?;
        if !line.starts_with(b"'''exec'") {
            return Ok(false);
        }
    }
    Ok(line.windows(6).any(|word| word == b"python"))
}

/// The environments below `root` whose Python is not there.
fn unfitted(root: &Path) -> io::Result<Vec<Venv>> {
    let mut found = Vec::new();
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((within, depth)) = folders.pop() {
        let folder = root.join(&within);
        if folder.join("pyvenv.cfg").is_file() {
            if !folder.join("bin/python").is_file() {
                let minor = minor(&folder)?;
                found.push(Venv { at: within, minor });
            }
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_passed_by = PASSED_BY.iter().any(|passed| name == *passed);
            if depth < DEEPEST && !is_passed_by && entry.file_type()?.is_dir() {
                folders.push((within.join(name), depth + 1));
            }
        }
    }
    Ok(found)
}

/// Which Python an environment is of, by what `venv`, `virtualenv` or `uv` wrote, or by its folders.
fn minor(venv: &Path) -> io::Result<Option<String>> {
    let config = fs::read_to_string(venv.join("pyvenv.cfg"))?;
    let said = config.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        let mut numbers = value.trim().split('.');
        let major_minor = [numbers.next()?, numbers.next()?];
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        (matches!(key.trim(), "version" | "version_info") && major_minor.iter().all(is_number))
            .then(|| major_minor.join("."))
    });
    if said.is_some() {
        return Ok(said);
    }
    let Ok(libraries) = fs::read_dir(venv.join("lib")) else {
        return Ok(None);
    };
    Ok(libraries.flatten().find_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.strip_prefix("python").map(str::to_owned)
    }))
}

fn fit_one(venv: &Venv, folder: &Path, place: &Path, python: &Python) -> io::Result<()> {
    let (now, then) = (folder.join(&venv.at), place.join(&venv.at));
    let bin = now.join("bin");
    fs::create_dir_all(&bin)?;
    let old = old_places(&now, &venv.at)?;
    for entry in fs::read_dir(&bin)? {
        let entry = entry?;
        if is_interpreter(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        } else if entry.file_type()?.is_file() {
            for old in &old {
                rewrite(&entry.path(), old, &then)?;
            }
        }
    }
    symlink(&python.executable, bin.join("python"))?;
    for alias in ["python3".to_owned(), format!("python{}", python.minor)] {
        symlink("python", bin.join(alias))?;
    }
    rewrite_config(&now.join("pyvenv.cfg"), python)?;
    // What is installed for editing lies in the bundle, beside the environment.
    let projects: Vec<(PathBuf, &Path)> = old
        .iter()
        .filter(|old| old.ends_with(&venv.at))
        .filter_map(|old| {
            Some((
                old.ancestors().nth(venv.at.components().count())?.to_owned(),
                place,
            ))
        })
        .collect();
    let libraries = now
        .join("lib")
        .join(format!("python{}", python.minor))
        .join("site-packages");
    let Ok(libraries) = fs::read_dir(libraries) else {
        return Ok(());
    };
    for entry in libraries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let has_paths = Path::new(&name)
            .extension()
            .is_some_and(|end| end == "pth" || end == "egg-link")
            || name.starts_with("__editable__");
        if has_paths && entry.file_type()?.is_file() {
            for (old, new) in &projects {
                rewrite(&entry.path(), old, new)?;
            }
        }
    }
    Ok(())
}

/// `python`, `python3`, `python3.12`; not `python-config` or `python-dotenv`.
fn is_interpreter(name: &str) -> bool {
    name.strip_prefix("python")
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// Where the environment was before, by its own `activate` and by its scripts: a folder that was moved has both.
fn old_places(venv: &Path, at: &Path) -> io::Result<Vec<PathBuf>> {
    let mut places: Vec<PathBuf> = Vec::new();
    let mut add = |place: &Path| {
        if place.is_absolute() && place.parent().is_some() && !places.iter().any(|known| known == place) {
            places.push(place.to_owned());
        }
    };
    if let Ok(activate) = fs::read_to_string(venv.join("bin/activate")) {
        for line in activate.lines() {
            let line = line.trim_start().trim_start_matches("export ");
            if let Some(value) = line.strip_prefix("VIRTUAL_ENV=") {
                add(Path::new(value.trim().trim_matches(['"', '\''])));
            }
        }
    }
    for entry in fs::read_dir(venv.join("bin"))? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let mut line = Vec::new();
        BufReader::new(fs::File::open(entry.path())?.take(1024)).read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line);
        let Some(program) = line.strip_prefix("#!") else {
            continue;
        };
        let program = Path::new(program.trim());
        let is_python = program
            .file_name()
            .is_some_and(|name| is_interpreter(&name.to_string_lossy()));
        if is_python
            && let Some(bin) = program.parent().filter(|bin| bin.ends_with("bin"))
            && let Some(place) = bin.parent()
            && place.file_name().is_some()
            && place.file_name() == at.file_name()
        {
            add(place);
        }
    }
    Ok(places)
}

/// Writes `new` for `old` wherever it stands as a path, or begins one, in a small text file.
fn rewrite(path: &Path, old: &Path, new: &Path) -> io::Result<()> {
    if path.metadata()?.len() > LARGEST {
        return Ok(());
    }
    let Ok(text) = String::from_utf8(fs::read(path)?) else {
        return Ok(());
    };
    let (old, new) = (old.display().to_string(), new.display().to_string());
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut written = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(&old) {
        let behind = &rest[at + old.len()..];
        let is_whole = !behind.starts_with(goes_on) && !rest[..at].ends_with(goes_on);
        written.push_str(&rest[..at]);
        written.push_str(if is_whole { &new } else { &old });
        rest = behind;
    }
    if written.is_empty() {
        return Ok(());
    }
    written.push_str(rest);
    fs::write(path, written)
}

/// Names this machine's Python as the environment's own.
fn rewrite_config(path: &Path, python: &Python) -> io::Result<()> {
    let text = fs::read_to_string(path)?;
    let home = python.executable.parent().unwrap_or(Path::new("/"));
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| {
            let key = line.split('=').next().unwrap_or_default().trim();
            // The latter tell of the machine that it was made on, and nothing reads them.
            !matches!(
                key,
                "home" | "executable" | "command" | "base-prefix" | "base-exec-prefix" | "base-executable"
            )
        })
        .map(str::to_owned)
        .collect();
    lines.insert(0, format!("home = {}", home.display()));
    fs::write(path, lines.join("\n") + "\n")
}
