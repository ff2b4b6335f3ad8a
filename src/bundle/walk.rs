//! Which files of a folder are sent.

use std::{
    collections::{HashMap, HashSet},
    ffi::{OsStr, OsString},
    fs::{self, FileType, Metadata},
    io,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{FileTypeExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    BundleError, Limits,
    buckets::Listed,
    errors::Largest,
    recipe::{Content, Entry, Stamp},
    remarks::Remarks,
    rules::{self, BERTHIGNORE, Candidate, Level, Place, Rules, Verdict},
    tree::{Kind, check_target, shown},
};

/// Stands at the top of a virtual environment (PEP 405).
const ENVIRONMENT: &str = "pyvenv.cfg";

/// What is in a folder: the entries sorted by path, and what was left out.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<Listed>,
    pub(super) left_out: Vec<String>,
    /// What ignore files leave out; of a folder, itself alone.
    pub(super) ignored: Vec<PathBuf>,
    /// Number of files, and their size in bytes.
    pub(super) files: usize,
    pub(super) bytes: u64,
    pub(super) notes: Vec<String>,
}

/// A folder that is still to be read.
#[derive(Debug)]
struct Folder {
    /// In the folder that is packed.
    path: PathBuf,
    /// The ignore files above it.
    level: Option<Arc<Level>>,
    /// As in [`Listed`].
    dependency: Option<usize>,
    /// Where the things in it lie.
    place: Place,
    /// Whether it holds the programs of a virtual environment.
    is_programs: bool,
}

/// One thing in a folder that is being read.
struct Child {
    name: OsString,
    path: PathBuf,
    metadata: Metadata,
}

struct Walk<'a> {
    root: &'a Path,
    rules: Rules,
    limits: Limits,
    folders: Vec<Folder>,
    listing: Listing,
    remarks: Remarks,
}

/// Lists the folder `root`. Links are listed, never followed.
pub(super) fn list(root: &Path, rules: Rules, limits: Limits) -> Result<Listing, BundleError> {
    let mut walk = Walk {
        root,
        rules,
        limits,
        folders: vec![Folder {
            path: PathBuf::new(),
            level: None,
            dependency: None,
            place: Place::Own,
            is_programs: false,
        }],
        listing: Listing::default(),
        remarks: Remarks::default(),
    };
    while let Some(folder) = walk.folders.pop() {
        walk.folder(folder)?;
    }
    walk.finish()
}

impl Walk<'_> {
    fn folder(&mut self, mut folder: Folder) -> Result<(), BundleError> {
        let children = self.children(&folder)?;
        if self.rules == Rules::OfOperator && folder.place == Place::Own {
            let names = |name: &str| {
                let child = children.iter().find(|child| child.name == name);
                // Git follows no link to its file; what an operator keeps elsewhere is meant.
                child.is_some_and(|child| {
                    let metadata = &child.metadata;
                    metadata.is_file() || (name == BERTHIGNORE && metadata.is_symlink())
                })
            };
            folder.level = Level::read(folder.level.take(), &self.root.join(&folder.path), names)?;
        }
        let is_environment = children.iter().any(|child| child.name == ENVIRONMENT);
        let interpreters = if folder.is_programs {
            interpreters(self.root, &children)
        } else {
            HashSet::new()
        };
        let mut sent = HashMap::new();
        for child in children {
            if interpreters.contains(&child.name) {
                self.remarks.interpreter(&folder.path, &child.name);
                continue;
            }
            let within = child_folder(self.root, &folder, &child, is_environment);
            if !self.is_sent(&folder, &child, within.as_ref())? {
                continue;
            }
            self.compare(&mut sent, &folder, &child)?;
            self.add(&folder, child, within)?;
        }
        Ok(())
    }

    /// What is in a folder, sorted by name.
    fn children(&self, folder: &Folder) -> Result<Vec<Child>, BundleError> {
        let full = self.root.join(&folder.path);
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound if !folder.path.as_os_str().is_empty() => {
                BundleError::Changed(full.clone())
            }
            _ => BundleError::unreadable(&full, error),
        };
        let mut children = Vec::new();
        for entry in fs::read_dir(&full).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            let path = folder.path.join(&name);
            match entry.metadata() {
                Ok(metadata) => children.push(Child { name, path, metadata }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(BundleError::Changed(self.root.join(path)));
                }
                Err(error) => return Err(BundleError::unreadable(&self.root.join(path), error)),
            }
        }
        children.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(children)
    }

    fn is_sent(
        &mut self,
        folder: &Folder,
        child: &Child,
        within: Option<&Folder>,
    ) -> Result<bool, BundleError> {
        if self.rules == Rules::Everything {
            return Ok(true);
        }
        let path = self.root.join(&child.path);
        let opens = folder.dependency.is_none() && within.is_some_and(|within| within.dependency.is_some());
        let candidate = Candidate {
            path: &path,
            is_folder: within.is_some(),
            place: if opens { Place::Dependencies } else { folder.place },
        };
        match rules::verdict(folder.level.as_ref(), candidate) {
            Verdict::Sent => {}
            Verdict::Asked => self.remarks.asked.push(child.path.clone()),
            Verdict::SentAnyway => self.remarks.sent_anyway.push(child.path.clone()),
            Verdict::SentDespite(pattern) => {
                if !self.remarks.despite.contains(&pattern) {
                    self.remarks.despite.push(pattern);
                }
            }
            Verdict::Ignored => {
                self.listing.ignored.push(child.path.clone());
                return Ok(false);
            }
            Verdict::IgnoredByGit => {
                self.remarks.ignored.push((within.is_none(), child.path.clone()));
                self.listing.ignored.push(child.path.clone());
                return Ok(false);
            }
            Verdict::Private => {
                self.leave_out(&child.path);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Refuses a second name that is the same on machines where case does not count.
    fn compare(
        &mut self,
        sent: &mut HashMap<String, OsString>,
        folder: &Folder,
        child: &Child,
    ) -> Result<(), BundleError> {
        let folded = child.name.to_string_lossy().to_lowercase();
        let Some(other) = sent.insert(folded, child.name.clone()) else {
            return Ok(());
        };
        let other = folder.path.join(other);
        if folder.dependency.is_some() || self.rules == Rules::Everything {
            self.remarks.same_names.push((other, child.path.clone()));
            return Ok(());
        }
        Err(BundleError::SameName {
            one: shown(other.as_os_str().as_bytes()),
            other: shown(child.path.as_os_str().as_bytes()),
        })
    }

    fn add(&mut self, folder: &Folder, child: Child, within: Option<Folder>) -> Result<(), BundleError> {
        let full = self.root.join(&child.path);
        let kind = child.metadata.file_type();
        let content = if let Some(within) = within {
            self.folders.push(within);
            Content::Folder
        } else if kind.is_symlink() {
            let target = fs::read_link(&full).map_err(|error| BundleError::unreadable(&full, error))?;
            check_target(&child.path, target.as_os_str().as_bytes())?;
            Content::Link { target }
        } else if kind.is_file() {
            let stamp = Stamp::of(&child.metadata);
            self.listing.files += 1;
            self.listing.bytes = self.listing.bytes.saturating_add(stamp.size);
            Content::File {
                kind: Kind::of(child.metadata.permissions().mode()),
                stamp,
            }
        } else if kind.is_socket() {
            // A server that runs beside leaves one; it means nothing elsewhere.
            self.leave_out(&child.path);
            return Ok(());
        } else {
            return Err(BundleError::Special {
                entry: shown(child.path.as_os_str().as_bytes()),
                what: special(kind),
            });
        };
        self.listing.entries.push(Listed {
            entry: Entry {
                path: child.path,
                content,
            },
            dependency: folder.dependency,
        });
        if self.listing.entries.len() as u64 > self.limits.entries {
            return Err(self.too_much());
        }
        Ok(())
    }

    fn leave_out(&mut self, path: &Path) {
        self.listing.left_out.push(path.display().to_string());
    }

    fn too_much(&self) -> BundleError {
        let files = self
            .listing
            .entries
            .iter()
            .filter_map(|listed| match &listed.entry.content {
                Content::File { stamp, .. } => Some((listed.entry.path.as_path(), stamp.size)),
                Content::Folder | Content::Link { .. } => None,
            });
        if self.listing.bytes > self.limits.bytes {
            return BundleError::TooLarge {
                limit: self.limits.bytes,
                size: Some(self.listing.bytes),
                largest: Largest::files(files),
            };
        }
        BundleError::TooMany {
            limit: self.limits.entries,
            fullest: Largest::folders(files.map(|(path, _)| path)),
        }
    }

    fn finish(mut self) -> Result<Listing, BundleError> {
        if self.listing.bytes > self.limits.bytes {
            return Err(self.too_much());
        }
        if self.listing.files == 0 {
            return Err(BundleError::Empty(self.root.to_owned()));
        }
        self.listing.notes = self.remarks.notes();
        self.listing.left_out.sort();
        drop_full_folders(&mut self.listing.entries);
        Ok(self.listing)
    }
}

/// The folder that `child` is, if it is one.
fn child_folder(root: &Path, folder: &Folder, child: &Child, is_environment: bool) -> Option<Folder> {
    if !child.metadata.is_dir() {
        return None;
    }
    let name = child.name.to_str().unwrap_or_default();
    let dependency = folder.dependency.or_else(|| {
        let opens = rules::is_dependencies(name) || root.join(&child.path).join(ENVIRONMENT).is_file();
        opens.then(|| folder.path.components().count())
    });
    Some(Folder {
        path: child.path.clone(),
        level: folder.level.clone(),
        dependency,
        place: folder.place.below(name, dependency.is_some()),
        is_programs: is_environment && ["bin", "Scripts"].contains(&name),
    })
}

/// The links of a virtual environment to the interpreter of this machine, and the links to them.
fn interpreters(root: &Path, children: &[Child]) -> HashSet<OsString> {
    let links: Vec<(&OsStr, PathBuf)> = children
        .iter()
        .filter(|child| child.metadata.is_symlink())
        .filter_map(|child| {
            Some((
                child.name.as_os_str(),
                fs::read_link(root.join(&child.path)).ok()?,
            ))
        })
        .collect();
    let mut found = HashSet::new();
    loop {
        let before = found.len();
        for (name, target) in &links {
            if target.is_absolute() || found.contains(target.as_os_str()) {
                found.insert((*name).to_owned());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Folders come into being with what is in them: only those without need entries of their own, so that a zip that
/// names no folders is the same bundle.
fn drop_full_folders(entries: &mut Vec<Listed>) {
    // Whatever is in a folder follows it at once.
    entries.sort_by_cached_key(|listed| {
        let mut key = listed.entry.path.as_os_str().as_bytes().to_owned();
        if matches!(listed.entry.content, Content::Folder) {
            key.push(b'/');
        }
        key
    });
    let full: Vec<bool> = entries
        .iter()
        .zip(entries.iter().skip(1))
        .map(|(this, next)| {
            matches!(this.entry.content, Content::Folder) && next.entry.path.starts_with(&this.entry.path)
        })
        .collect();
    let mut full = full.into_iter();
    entries.retain(|_| !full.next().unwrap_or_default());
}

fn special(kind: FileType) -> &'static str {
    if kind.is_fifo() { "a pipe" } else { "a device" }
}
