//! Which of the machine's files one connector sees besides those that all see.

use std::{
    collections::BTreeSet,
    fs,
    io::Read as _,
    path::{Component, Path, PathBuf},
};

use super::plan::{Access, Step};
use crate::runtime::StartCause;

/// What is asked about.
pub(super) struct Wanted<'a> {
    /// The program's path, and its arguments.
    pub(super) argv: &'a [String],
    pub(super) directory: &'a Path,
    /// What was installed for it, below the data folder.
    pub(super) artifact: Option<&'a Path>,
    pub(super) home: &'a Path,
    /// What a deploy says that it may read.
    pub(super) readable: &'a [String],
    /// Where programs are looked for.
    pub(super) path: &'a [PathBuf],
}

/// What is nobody's business but the broker's and its account's.
#[derive(Debug)]
pub(super) struct Private {
    /// The broker's data folder, without links.
    pub(super) data: PathBuf,
    /// The home of the account that the broker runs as, without links.
    pub(super) account: Option<PathBuf>,
    /// Whether the broker is root, so that what only root may read has to be shown as the connector's own.
    pub(super) root: bool,
}

/// Folders that are never shown whole for an argument's sake: everybody's things lie there.
const SHARED: [&str; 14] = [
    "/", "/home", "/root", "/tmp", "/var", "/var/tmp", "/var/lib", "/etc", "/boot", "/proc", "/sys", "/dev",
    "/run", "/var/run",
];

/// Everything below these is there already, or no file.
const KNOWN: [&str; 8] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/proc", "/dev"];

/// Where the machine's own settings and records are.
const MACHINE: [&str; 6] = ["/etc", "/var", "/boot", "/run", "/sys", "/proc"];

/// A chain of links or interpreters that is longer is a ring.
const HOPS: usize = 16;

/// The steps that show it, after those of the system.
pub(super) fn steps(wanted: &Wanted<'_>, private: &Private) -> Result<Vec<Step>, StartCause> {
    let mut shown = Shown {
        private,
        path: wanted.path,
        prefixes: BTreeSet::new(),
        places: Vec::new(),
    };
    if let Some(program) = wanted.argv.first() {
        shown.program(Path::new(program), HOPS);
    }
    if wanted.artifact.is_none() {
        for argument in wanted.argv.iter().skip(1) {
            shown.argument(&wanted.directory.join(argument))?;
        }
    }
    for readable in wanted.readable {
        shown.readable(Path::new(readable))?;
    }
    Ok(shown.steps(wanted))
}

/// What `readable` names, where nothing private is in it, and nothing of the machine's own.
pub(super) fn admitted(readable: &[String], private: &Private) -> Result<Vec<PathBuf>, StartCause> {
    let shown = Shown {
        private,
        path: &[],
        prefixes: BTreeSet::new(),
        places: Vec::new(),
    };
    let admit = |path: &String| {
        let path = clean(Path::new(path));
        let real = fs::canonicalize(&path).map_err(|error| StartCause::Unreadable {
            path: path.clone(),
            error,
        })?;
        let is_around = [Some(&private.data), private.account.as_ref()]
            .into_iter()
            .flatten()
            .any(|inner| inner.starts_with(&real));
        // Sockets and devices of the machine lie there, and an engine shows those as they are.
        let is_machines = ["/proc", "/sys", "/dev", "/run"]
            .iter()
            .any(|folder| real.starts_with(folder));
        if is_around || is_machines {
            return Err(StartCause::Private { path });
        }
        shown.admit(&path).and_then(|()| shown.admit(&real))?;
        Ok(path)
    };
    readable.iter().map(admit).collect()
}

struct Shown<'a> {
    private: &'a Private,
    path: &'a [PathBuf],
    /// Where programs were installed: shown wherever they lie.
    prefixes: BTreeSet<PathBuf>,
    places: Vec<(PathBuf, Access)>,
}

impl Shown<'_> {
    /// A program, what it was installed with, and what interprets it.
    fn program(&mut self, program: &Path, hops: usize) {
        let Some(hops) = hops.checked_sub(1) else { return };
        self.installation(program, hops);
        if let Ok(to) = fs::read_link(program) {
            let folder = program.parent().unwrap_or(Path::new("/"));
            return self.program(&clean(&folder.join(to)), hops);
        }
        let Ok(real) = fs::canonicalize(program) else {
            return;
        };
        if real != program {
            return self.program(&real, hops);
        }
        self.package(&real);
        for interpreter in interpreters(&real, self.path) {
            self.program(&interpreter, hops);
        }
    }

    fn installation(&mut self, program: &Path, hops: usize) {
        let (folder, prefix) = (program.parent(), program.parent().and_then(Path::parent));
        let (Some(folder), Some(prefix)) = (folder, prefix) else {
            return self.file(program);
        };
        let is_one = match folder.file_name().and_then(|name| name.to_str()) {
            Some("bin") => ["lib", "lib64", "pyvenv.cfg", "tools/image"]
                .iter()
                .any(|sibling| prefix.join(sibling).exists()),
            Some("shims") => true,
            _ => false,
        };
        if !is_one || self.is_shared(prefix) || self.is_household(prefix) {
            return self.file(program);
        }
        if !is_known(prefix) && self.prefixes.insert(prefix.to_owned()) {
            self.places.push((prefix.to_owned(), self.access(prefix)));
        }
        if let Some(base) = base_of_environment(prefix) {
            self.program(&base.join("python3"), hops);
        }
    }

    /// A file alone.
    fn file(&mut self, file: &Path) {
        if !is_known(file) && !self.is_private(file) {
            self.prefixes.insert(file.to_owned());
            self.places.push((file.to_owned(), self.access(file)));
        }
    }

    /// What a file belongs to: its folder, its package, and where the package's dependencies lie.
    fn package(&mut self, file: &Path) {
        let folder = file.parent().unwrap_or(Path::new("/"));
        let manifests = ["package.json", "pyproject.toml"];
        let package = folder
            .ancestors()
            .find(|folder| manifests.iter().any(|manifest| folder.join(manifest).is_file()));
        let dependencies = folder.ancestors().map(|folder| folder.join("node_modules"));
        let dependencies: Vec<PathBuf> = dependencies.filter(|folder| folder.is_dir()).collect();
        for place in [Some(folder), package].into_iter().flatten() {
            let has_home = place == folder && self.is_beside_program(file);
            if !self.is_shared(place) && !self.is_household(place) && !has_home {
                self.place(place);
            }
        }
        for place in dependencies {
            self.place(&place);
        }
        self.place(file);
    }

    /// A program's own folder says nothing about what else lies in it.
    fn is_beside_program(&self, file: &Path) -> bool {
        file.parent().is_some_and(|folder| folder.ends_with("bin"))
            || self.prefixes.iter().any(|prefix| file.starts_with(prefix))
    }

    fn argument(&mut self, argument: &Path) -> Result<(), StartCause> {
        let argument = clean(argument);
        let Ok(real) = fs::canonicalize(&argument) else {
            return Ok(()); // No path, or none that exists.
        };
        for path in [&argument, &real] {
            if is_known(path) {
                continue;
            }
            self.admit(path)?;
            if real.is_dir() {
                if !self.is_shared(path) {
                    self.place_at(&real, path);
                }
            } else if ["/proc", "/sys", "/dev", "/run"]
                .iter()
                .any(|shared| path.starts_with(shared))
            {
                self.place_at(&real, path);
            } else {
                self.package(path);
            }
        }
        Ok(())
    }

    fn readable(&mut self, path: &Path) -> Result<(), StartCause> {
        let path = clean(path);
        let real = fs::canonicalize(&path).map_err(|error| StartCause::Unreadable {
            path: path.clone(),
            error,
        })?;
        for at in [&path, &real] {
            self.admit(at)?;
            self.place_at(&real, at);
        }
        Ok(())
    }

    /// Refuses what is private.
    fn admit(&self, path: &Path) -> Result<(), StartCause> {
        if self.is_private(path) {
            return Err(StartCause::Private {
                path: path.to_owned(),
            });
        }
        Ok(())
    }

    fn place(&mut self, path: &Path) {
        if let Ok(real) = fs::canonicalize(path) {
            self.place_at(&real, path);
            if real != path {
                self.place_at(&real, &real.clone());
            }
        }
    }

    fn place_at(&mut self, real: &Path, at: &Path) {
        if is_known(real) && is_known(at) || self.is_private(real) || self.is_private(at) {
            return;
        }
        let access = match (self.access(real), self.access(at)) {
            (Access::ReadAsOwn, access) | (access, _) => access,
        };
        self.places.push((at.to_owned(), access));
    }

    /// How a path is shown. What the machine keeps for root alone stays root's: that a deploy names it opens no file of
    /// passwords.
    fn access(&self, path: &Path) -> Access {
        match self.private.root && !MACHINE.iter().any(|folder| path.starts_with(folder)) {
            true => Access::ReadAsOwn,
            false => Access::Read,
        }
    }

    /// Whether it lies where nothing is shown: in the data folder, or in what the account keeps out of sight.
    fn is_private(&self, path: &Path) -> bool {
        if self.prefixes.iter().any(|prefix| path.starts_with(prefix)) {
            return false;
        }
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        [path, &real].into_iter().any(|path| {
            let hidden = |home: &PathBuf| {
                path.strip_prefix(home).is_ok_and(|below| {
                    let first = below.components().next();
                    first.is_some_and(|name| name.as_os_str().as_encoded_bytes().starts_with(b"."))
                })
            };
            path.starts_with(&self.private.data) || self.private.account.as_ref().is_some_and(hidden)
        })
    }

    fn is_shared(&self, path: &Path) -> bool {
        SHARED.iter().any(|shared| path == Path::new(shared))
            || path.parent() == Some(Path::new("/home"))
            || self.private.account.as_deref() == Some(path)
    }

    /// Whether programs of all kinds are kept below it.
    fn is_household(&self, path: &Path) -> bool {
        let account = self.private.account.as_deref();
        account.is_some_and(|home| {
            [".local", ".cargo", ".config", ".cache"]
                .iter()
                .any(|name| path == home.join(name))
        })
    }

    /// What is shown, then what is covered again, then what is shown in spite of that.
    fn steps(self, wanted: &Wanted<'_>) -> Vec<Step> {
        let hidden = self.hidden();
        let is_hidden = |place: &Path| hidden.iter().any(|cover| place.starts_with(cover));
        let (late, early): (Vec<_>, Vec<_>) =
            self.places.into_iter().partition(|(place, _)| is_hidden(place));
        // Each by itself: what lies in a folder that is covered is not seen through the folder around it.
        let (late, early) = (outermost(late), outermost(early));
        let covers = |shown: &[(PathBuf, Access)], is_all: bool| -> Vec<Step> {
            let is_reached = |cover: &&PathBuf| {
                is_all && is_known(cover) || shown.iter().any(|(place, _)| cover.starts_with(place))
            };
            let covers = hidden.iter().filter(is_reached).cloned();
            covers.map(|at| Step::Cover { at }).collect()
        };
        let mut steps: Vec<Step> = early.iter().map(show).collect();
        steps.extend(covers(&early, true));
        steps.extend(late.iter().map(show));
        let again = covers(&late, false).into_iter();
        // A place that is shown in spite of its own cover stays.
        steps.extend(again.filter(|step| {
            !late
                .iter()
                .any(|(place, _)| matches!(step, Step::Cover { at } if at == place))
        }));
        steps.extend(wanted.artifact.map(|artifact| Step::show(artifact, Access::Read)));
        steps.push(Step::show(wanted.home, Access::Write));
        steps
    }

    /// The data folder, and what the account keeps out of sight.
    fn hidden(&self) -> Vec<PathBuf> {
        let account = self.private.account.as_ref();
        let entries = account
            .and_then(|home| fs::read_dir(home).ok())
            .into_iter()
            .flatten();
        let mut hidden: Vec<PathBuf> = entries
            .flatten()
            .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."))
            .map(|entry| entry.path())
            .collect();
        hidden.push(self.private.data.clone());
        hidden.sort();
        hidden
    }
}

/// Without what is shown by another one anyway.
fn outermost(mut places: Vec<(PathBuf, Access)>) -> Vec<(PathBuf, Access)> {
    places.sort_by(|one, other| one.0.cmp(&other.0));
    let mut kept: Vec<(PathBuf, Access)> = Vec::new();
    for (place, access) in places {
        let shows = |(outer, outer_access): &(PathBuf, Access)| {
            place.starts_with(outer) && (*outer_access == access || *outer_access == Access::ReadAsOwn)
        };
        if !kept.iter().any(shows) {
            kept.push((place, access));
        }
    }
    kept
}

fn show((place, access): &(PathBuf, Access)) -> Step {
    Step::Show {
        from: fs::canonicalize(place).unwrap_or_else(|_| place.clone()),
        at: place.clone(),
        access: *access,
    }
}

fn is_known(path: &Path) -> bool {
    KNOWN.iter().any(|known| path.starts_with(known))
}

/// What the first line of a script names, `env`'s argument included.
fn interpreters(script: &Path, path: &[PathBuf]) -> Vec<PathBuf> {
    let mut start = [0; 256];
    let read = fs::File::open(script).and_then(|mut file| file.read(&mut start));
    let Some(line) = start[..read.unwrap_or(0)]
        .strip_prefix(b"#!")
        .and_then(|start| start.split(|byte| *byte == b'\n').next())
        .and_then(|line| std::str::from_utf8(line).ok())
    else {
        return Vec::new();
    };
    let mut words = line.split_whitespace();
    let mut found: Vec<PathBuf> = words.next().map(PathBuf::from).into_iter().collect();
    if found.first().is_some_and(|program| program.ends_with("env"))
        && let Some(name) = words.find(|word| !word.starts_with('-') && !word.contains('='))
    {
        let named = path.iter().map(|folder| folder.join(name));
        found.extend(named.into_iter().find(|candidate| candidate.is_file()));
    }
    found
}

/// The folder with the Python that a virtual environment was made of.
fn base_of_environment(prefix: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(prefix.join("pyvenv.cfg")).ok()?;
    let home = text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "home").then(|| PathBuf::from(value.trim()))
    });
    home.filter(|home| home.is_absolute())
}

/// Without `.` and `..`, as far as that can be told from the path alone.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = cleaned.pop(),
            part => cleaned.push(part),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests;
