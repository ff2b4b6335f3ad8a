//! Which entries of a zip file are sent, told before they are unpacked.
//!
//! The walk over the folder that comes of it decides in the end, and says what was left out; this only keeps what is
//! left out anyway from being unpacked, and from being a reason to refuse the rest.

use std::{
    collections::HashMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    super::{
        BundleError,
        rules::{self, BERTHIGNORE, Candidate, GITIGNORE, Level, Place, Verdict},
    },
    directory::Directory,
    plain_path,
};

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Sent,
    /// Left out, and named as that.
    LeftOut,
    /// As [`LeftOut`](Self::LeftOut), and nobody reads it here either.
    Private,
    /// Below a folder that is left out.
    Below,
}

#[derive(Debug, Clone)]
struct Folder {
    fate: Fate,
    place: Place,
    level: Option<Arc<Level>>,
}

pub(super) struct Sieve<'a, F> {
    root: &'a Path,
    part: &'a Path,
    directory: &'a Directory,
    /// Unpacks an ignore file, by its path in the zip file; `false` where it has none.
    ignore_file: F,
    folders: HashMap<PathBuf, Folder>,
}

impl<'a, F: FnMut(&Path) -> Result<bool, BundleError>> Sieve<'a, F> {
    /// For the folder `part` of what is unpacked into the folder `root`.
    pub(super) fn new(root: &'a Path, part: &'a Path, directory: &'a Directory, ignore_file: F) -> Self {
        Self {
            root,
            part,
            directory,
            ignore_file,
            folders: HashMap::new(),
        }
    }

    /// What becomes of the entry `name`. Names that lead out of the zip file are for whoever unpacks them to refuse.
    pub(super) fn fate(&mut self, name: &[u8]) -> Result<Fate, BundleError> {
        let path = plain_path(name);
        let Some(above) = path.parent().filter(|_| path.is_relative()) else {
            return Ok(Fate::Sent);
        };
        if path.components().any(|part| part.as_os_str() == "..") {
            return Ok(Fate::Sent);
        }
        if name.ends_with(b"/") {
            return Ok(self.folder(&path)?.fate);
        }
        let above = self.folder(above)?;
        Ok(match above.fate {
            Fate::Sent => self.judge(&above, &path, above.place, Thing::Other),
            _ => Fate::Below,
        })
    }

    /// The folders that are left out; of those below them, none.
    pub(super) fn left_out(self) -> impl Iterator<Item = PathBuf> {
        let folders = self.folders.into_iter();
        folders
            .filter_map(|(path, folder)| matches!(folder.fate, Fate::LeftOut | Fate::Private).then_some(path))
    }

    /// The folder at `path` and, once for each, those above it.
    fn folder(&mut self, path: &Path) -> Result<Folder, BundleError> {
        if let Some(known) = self.folders.get(path) {
            return Ok(known.clone());
        }
        let mut folder = match path.parent() {
            parent if parent.is_none() || path == self.part => Folder {
                fate: Fate::Sent,
                place: Place::Own,
                level: None,
            },
            parent => {
                let parent = parent.unwrap_or(self.part);
                let above = self.folder(parent)?;
                self.below(&above, path)
            }
        };
        if folder.fate == Fate::Sent && folder.place == Place::Own {
            let (berth, git) = (path.join(BERTHIGNORE), path.join(GITIGNORE));
            let (has_berth, has_git) = ((self.ignore_file)(&berth)?, (self.ignore_file)(&git)?);
            let names = |name: &str| match name {
                BERTHIGNORE => has_berth,
                _ => has_git,
            };
            folder.level = Level::read(folder.level.take(), &self.root.join(path), names)?;
        }
        self.folders.insert(path.to_owned(), folder.clone());
        Ok(folder)
    }

    fn below(&self, above: &Folder, path: &Path) -> Folder {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let opens = rules::is_dependencies(name) || self.directory.is_environment(path);
        let at = match above.place {
            Place::Own if opens => Place::Dependencies,
            place => place,
        };
        Folder {
            fate: match above.fate {
                Fate::Sent => self.judge(above, path, at, Thing::Folder),
                _ => Fate::Below,
            },
            place: above.place.below(name, opens),
            level: above.level.clone(),
        }
    }

    fn judge(&self, above: &Folder, path: &Path, place: Place, thing: Thing) -> Fate {
        let candidate = Candidate {
            path: &self.root.join(path),
            is_folder: thing == Thing::Folder,
            place,
        };
        match rules::verdict(above.level.as_ref(), candidate) {
            Verdict::Private => Fate::Private,
            Verdict::Ignored | Verdict::IgnoredByGit => Fate::LeftOut,
            Verdict::Sent | Verdict::Asked | Verdict::SentAnyway | Verdict::SentDespite(_) => Fate::Sent,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Folder,
    Other,
}
