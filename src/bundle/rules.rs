//! What the operator's ignore files say, and what looks private.
//!
//! `.berthignore` is the operator's word about bundles and is asked first; `.gitignore` speaks of what is not kept in
//! a repository, and stands in for it. Both are read where they lie, in the folder that is packed and below it, never
//! outside, so that a folder's digest depends on nothing else; and not in folders of dependencies, where they are the
//! authors' own. Patterns have the syntax and the meaning of `gitignore(5)`: the last one that fits decides, deeper
//! files before those above, and what lies below a folder that is left out can't be had back.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder, Glob},
};

use super::BundleError;

pub(super) const BERTHIGNORE: &str = ".berthignore";
pub(super) const GITIGNORE: &str = ".gitignore";

/// Folders with installed dependencies. They change rarely and make up most of a bundle.
const DEPENDENCIES: [&str; 5] = ["node_modules", "site-packages", ".venv", "venv", "vendor"];

/// Folders of version control and of desktops, and files that hold credentials of the person who deploys.
const NEVER_SENT: [&str; 11] = [
    ".git",
    ".hg",
    ".svn",
    ".ssh",
    ".aws",
    ".npmrc",
    ".yarnrc.yml",
    ".netrc",
    ".pypirc",
    ".git-credentials",
    ".ds_store",
];
const KEYS: [&str; 5] = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ed25519_sk"];
const KEY_SUFFIXES: [&str; 6] = [".key", ".p12", ".pfx", ".jks", ".keystore", ".ppk"];

/// What Python compiles for itself, tied to the times of its sources, which a bundle does not keep.
const COMPILED: &str = "__pycache__";

/// Whose word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// The ignore files', and what looks private stays behind.
    OfOperator,
    /// Nobody's: everything is packed.
    Everything,
}

/// What becomes of one thing in a folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Sent,
    /// It looks private, and `.berthignore` asks for it by name.
    Asked,
    /// A folder of dependencies that `.gitignore` names.
    SentAnyway,
    Ignored,
    IgnoredByGit,
    /// A folder or file in a package, which the pattern did not mean.
    SentDespite(String),
    Private,
}

/// One thing in a folder, before it is decided on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// With the folder that is packed.
    pub(super) path: &'a Path,
    pub(super) is_folder: bool,
    pub(super) place: Place,
}

/// Where something lies, or what it is itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Own,
    /// It is a folder of dependencies, in the connector's own code.
    Dependencies,
    /// Below one.
    InDependencies,
    /// Below `node_modules` or `site-packages`: published packages.
    InPackage,
}

impl Place {
    /// Where the things in a folder lie that lies here; `opens` when it is a folder of dependencies.
    pub(super) fn below(self, name: &str, opens: bool) -> Self {
        let in_dependencies = opens || self != Self::Own;
        match self {
            _ if in_dependencies && ["node_modules", "site-packages"].contains(&name) => Self::InPackage,
            Self::Own if opens => Self::InDependencies,
            place => place,
        }
    }
}

/// The ignore files of a folder, and of those above it.
#[derive(Debug)]
pub(super) struct Level {
    above: Option<Arc<Level>>,
    berth: Option<Gitignore>,
    git: Option<Gitignore>,
}

impl Level {
    /// With the ignore files that are in `folder`.
    pub(super) fn read(
        above: Option<Arc<Self>>,
        folder: &Path,
        names: impl Fn(&str) -> bool,
    ) -> Result<Option<Arc<Self>>, BundleError> {
        let berth = names(BERTHIGNORE)
            .then(|| patterns(folder, BERTHIGNORE))
            .transpose()?;
        let git = names(GITIGNORE)
            .then(|| patterns(folder, GITIGNORE))
            .transpose()?;
        if berth.is_none() && git.is_none() {
            return Ok(above);
        }
        Ok(Some(Arc::new(Self { above, berth, git })))
    }

    /// The pattern that decides, of the files that `of` chooses.
    fn decides<'a>(
        self: &'a Arc<Self>,
        of: impl Fn(&'a Level) -> Option<&'a Gitignore>,
        candidate: Candidate<'_>,
    ) -> Match<&'a Glob> {
        let mut level = Some(self);
        while let Some(at) = level {
            if let Some(patterns) = of(at) {
                let found = patterns.matched(candidate.path, candidate.is_folder);
                if !found.is_none() {
                    return found;
                }
            }
            level = at.above.as_ref();
        }
        Match::None
    }
}

/// What `level` and the names say about `candidate`.
pub(super) fn verdict(level: Option<&Arc<Level>>, candidate: Candidate<'_>) -> Verdict {
    let name = candidate
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let in_dependencies = matches!(candidate.place, Place::InDependencies | Place::InPackage);
    let asked = level.map_or(Match::None, |level| {
        level.decides(|level| level.berth.as_ref(), candidate)
    });
    let despite = match &asked {
        Match::Ignore(glob) if in_dependencies && is_bare(glob) => Some(glob.original().to_owned()),
        Match::Ignore(_) => return Verdict::Ignored,
        _ => None,
    };
    let is_private = is_private(&name, candidate);
    match asked {
        Match::Whitelist(glob) if is_private && names_it(glob) => return Verdict::Asked,
        _ if is_private => return Verdict::Private,
        Match::Whitelist(_) => return Verdict::Sent,
        _ => {}
    }
    if let Some(pattern) = despite {
        return Verdict::SentDespite(pattern);
    }
    let is_ignore_file = [BERTHIGNORE, GITIGNORE].contains(&&*name);
    if name == COMPILED || (is_ignore_file && !in_dependencies) {
        return Verdict::Ignored;
    }
    if in_dependencies {
        return Verdict::Sent;
    }
    let kept = level.map_or(Match::None, |level| {
        level.decides(|level| level.git.as_ref(), candidate)
    });
    match (kept, candidate.place) {
        (Match::Ignore(_), Place::Dependencies) => Verdict::SentAnyway,
        (Match::Ignore(_), _) => Verdict::IgnoredByGit,
        _ => Verdict::Sent,
    }
}

/// Whether a folder of this name holds installed dependencies.
pub(super) fn is_dependencies(name: &str) -> bool {
    DEPENDENCIES.contains(&name)
}

/// Whether the thing at `path` is named as an ignore file.
pub(super) fn is_ignore_file(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name == BERTHIGNORE || name == GITIGNORE)
}

/// A name without a path, such as `src/` or `test`, means the connector's own: many packages can't do without their
/// folder of that name.
fn is_bare(glob: &Glob) -> bool {
    let pattern = glob.original().trim_end_matches('/');
    !pattern.contains(['/', '*', '?', '['])
}

/// Whether a pattern that brings something back has that very thing in mind, and is not just wide enough for it:
/// `!.env`, `!.env*` and `!certs/*.key`, but neither `!*` nor `!.*`.
fn names_it(glob: &Glob) -> bool {
    let pattern = glob.original().trim_end_matches('/');
    let last = pattern.rsplit('/').next().unwrap_or(pattern);
    let letters = last.chars().filter(|c| !matches!(c, '!' | '*' | '?' | '.'));
    !last.contains('[') && letters.count() >= 3
}

/// Whether the thing at `path`, of the operator's own, looks like a credential, or like history that nobody needs.
pub(crate) fn looks_private(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let candidate = Candidate {
        path,
        is_folder: path.is_dir(),
        place: Place::Own,
    };
    is_private(&name, candidate)
}

/// Whether it looks like a credential, or like history that no connector needs; `name` is its name in small letters.
fn is_private(name: &str, candidate: Candidate<'_>) -> bool {
    // A virtual environment may have any name.
    if candidate.place == Place::Dependencies {
        return false;
    }
    if name.starts_with(".env") || NEVER_SENT.contains(&name) {
        return true;
    }
    // Packages publish keys for their tests and examples: these are nobody's.
    let may_be_key = !candidate.is_folder && candidate.place != Place::InPackage;
    may_be_key
        && (KEYS.contains(&name)
            || KEY_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
            || (name.ends_with(".pem") && holds_private_key(candidate.path)))
}

/// Certificates are `.pem` files too: only keys stay behind.
fn holds_private_key(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let mut start = Vec::new();
    let read = is_file
        && File::open(path)
            .and_then(|file| file.take(256 * 1024).read_to_end(&mut start))
            // One that can't be read is reported when it is packed.
            .is_ok();
    read && String::from_utf8_lossy(&start).contains("PRIVATE KEY-----")
}

/// The patterns of an ignore file. A line of `.gitignore` that means nothing is passed over, as git does; one of
/// `.berthignore` is an error, because what it was to keep back would be sent.
fn patterns(folder: &Path, name: &str) -> Result<Gitignore, BundleError> {
    let path = folder.join(name);
    let mut text = Vec::new();
    File::open(&path)
        .and_then(|mut file| file.read_to_end(&mut text))
        .map_err(|error| BundleError::unreadable(&path, error))?;
    let text = String::from_utf8_lossy(&text);
    let mut builder = GitignoreBuilder::new(folder);
    let mut add = |number: usize, line: &str| match builder.add_line(Some(path.clone()), line) {
        Err(error) if name == BERTHIGNORE => Err(broken(&path, number, &error)),
        _ => Ok(()),
    };
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        add(index + 1, line)?;
    }
    builder.build().map_err(|error| broken(&path, 0, &error))
}

fn broken(path: &Path, line: usize, error: &ignore::Error) -> BundleError {
    BundleError::BrokenIgnore {
        path: PathBuf::from(path),
        line,
        source: io::Error::other(error.to_string()),
    }
}
