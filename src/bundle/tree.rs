//! A folder that untrusted entries are written into.
//!
//! The rule that keeps everything inside: no entry is written through a link, and a link's target may climb with
//! `..` only at its start and not above the folder. A link thus stands in real folders that lie where its name
//! says, so that what its target means can be seen from the texts alone.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{OpenOptionsExt as _, PermissionsExt as _, symlink},
    },
    path::{Component, Path, PathBuf},
};

use super::{BundleError, Limits};

/// Longest name of an entry or target of a link, in bytes, and longest part of one: the kernel's own limits.
const LONGEST: usize = 4096;
const LONGEST_PART: usize = 255;

pub(super) struct Tree {
    root: PathBuf,
    limits: Limits,
    entries: u64,
    bytes: u64,
    /// Folders that are known to be real ones, by their path in the tree.
    folders: HashSet<PathBuf>,
    buffer: Vec<u8>,
}

/// Whether a file may be executed: all that is kept of its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Program,
}

impl Kind {
    /// Executable when its owner may execute it.
    pub(super) fn of(mode: u32) -> Self {
        if mode & 0o100 == 0 {
            Self::Plain
        } else {
            Self::Program
        }
    }

    pub(super) fn mode(self) -> u32 {
        match self {
            Self::Plain => 0o644,
            Self::Program => 0o755,
        }
    }
}

impl Tree {
    /// `root` exists, and nobody else writes into it meanwhile.
    pub(super) fn new(root: &Path, limits: Limits) -> Self {
        Self {
            root: root.to_owned(),
            limits,
            entries: 0,
            bytes: 0,
            folders: HashSet::new(),
            buffer: vec![0; 128 * 1024],
        }
    }

    pub(super) fn folder(&mut self, name: &[u8]) -> Result<(), BundleError> {
        let path = inside(name)?;
        self.make_folders(&path, name)
    }

    /// Writes a file, in place of one of that name that is there.
    pub(super) fn file(&mut self, name: &[u8], kind: Kind, content: impl Read) -> Result<(), BundleError> {
        let path = self.place(name)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(kind.mode())
            .open(&path)
            .map_err(BundleError::Write)?;
        self.copy(content, &mut file)?;
        // The umask may have taken bits from the mode that the file was made with.
        file.set_permissions(Permissions::from_mode(kind.mode()))
            .map_err(BundleError::Write)
    }

    /// Makes a symbolic link.
    pub(super) fn link(&mut self, name: &[u8], target: &[u8]) -> Result<(), BundleError> {
        let within = inside(name)?;
        check_target(&within, target)?;
        let path = self.place(name)?;
        symlink(OsStr::from_bytes(target), path).map_err(BundleError::Write)
    }

    /// Makes a link of a virtual environment to an interpreter, which lies outside. It is for folders that are packed
    /// again, where it stays behind: nothing is unpacked with one.
    pub(super) fn interpreter(&mut self, name: &[u8], target: &[u8]) -> Result<(), BundleError> {
        let path = self.place(name)?;
        symlink(OsStr::from_bytes(target), path).map_err(BundleError::Write)
    }

    /// Makes a second name of a file that was written before.
    pub(super) fn hard_link(&mut self, name: &[u8], target: &[u8]) -> Result<(), BundleError> {
        let within = inside(target)?;
        if let Some(parent) = within.parent() {
            self.make_folders(parent, target)?;
        }
        let existing = self.root.join(within);
        let is_file = fs::symlink_metadata(&existing).is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return Err(outside(
                name,
                "is a second name of a file that is not in the bundle",
            ));
        }
        let path = self.place(name)?;
        if path == existing || !existing.exists() {
            return Err(clash(name));
        }
        fs::hard_link(existing, path).map_err(BundleError::Write)
    }

    /// Where the entry `name` is to be made: its folder exists, and nothing is there any more.
    fn place(&mut self, name: &[u8]) -> Result<PathBuf, BundleError> {
        self.count()?;
        let within = inside(name)?;
        if within.as_os_str().is_empty() {
            return Err(outside(name, "has no name"));
        }
        if let Some(parent) = within.parent() {
            self.make_folders(parent, name)?;
        }
        let path = self.root.join(&within);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => return Err(clash(name)),
            Ok(_) => fs::remove_file(&path).map_err(BundleError::Write)?,
            Err(_) => {}
        }
        Ok(path)
    }

    /// Makes the folder `path` and those above it; refuses to go through a link or a file.
    fn make_folders(&mut self, path: &Path, name: &[u8]) -> Result<(), BundleError> {
        if self.folders.contains(path) {
            return Ok(());
        }
        let mut within = PathBuf::new();
        for part in path.components() {
            within.push(part);
            if self.folders.contains(&within) {
                continue;
            }
            let full = self.root.join(&within);
            match fs::symlink_metadata(&full) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) if metadata.is_symlink() => return Err(outside(name, "goes through a link")),
                Ok(_) => return Err(clash(name)),
                Err(_) => {
                    self.count()?;
                    fs::create_dir(&full).map_err(BundleError::Write)?;
                    fs::set_permissions(&full, Permissions::from_mode(0o755)).map_err(BundleError::Write)?;
                }
            }
            self.folders.insert(within.clone());
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), BundleError> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(BundleError::too_many(self.limits));
        }
        Ok(())
    }

    /// Copies what really comes, whatever size was announced.
    fn copy(&mut self, mut from: impl Read, to: &mut File) -> Result<(), BundleError> {
        loop {
            let length = match from.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(BundleError::BrokenLayer(error)),
            };
            self.bytes += length as u64;
            if self.bytes > self.limits.bytes {
                return Err(BundleError::too_large(self.limits));
            }
            to.write_all(&self.buffer[..length]).map_err(BundleError::Write)?;
        }
    }
}

/// The entry's path in the tree, empty for the tree itself.
fn inside(name: &[u8]) -> Result<PathBuf, BundleError> {
    if name.contains(&0) || name.len() > LONGEST {
        return Err(outside(name, "has a name that no file can have"));
    }
    let mut path = PathBuf::new();
    for component in Path::new(OsStr::from_bytes(name)).components() {
        match component {
            Component::Normal(part) if part.len() > LONGEST_PART => {
                return Err(outside(name, "has a name of more than 255 bytes"));
            }
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err(outside(name, "has '..' in its path")),
            Component::RootDir | Component::Prefix(_) => return Err(outside(name, "has an absolute path")),
        }
    }
    Ok(path)
}

/// Whether the target of the link at `link` (its path in the tree) lies in the tree.
pub(super) fn check_target(link: &Path, target: &[u8]) -> Result<(), BundleError> {
    let name = link.as_os_str().as_bytes();
    if target.is_empty() || target.contains(&0) || target.len() > LONGEST {
        return Err(outside(name, "is a link to a name that no file can have"));
    }
    let mut depth = link.components().count().saturating_sub(1);
    let mut has_descended = false;
    for component in Path::new(OsStr::from_bytes(target)).components() {
        match component {
            Component::Normal(_) => has_descended = true,
            Component::CurDir => {}
            Component::ParentDir if has_descended => {
                return Err(outside(name, "is a link with '..' in the middle of its target"));
            }
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir => return Err(outside(name, "is a link that points outside the bundle")),
            Component::RootDir | Component::Prefix(_) => {
                return Err(outside(name, "is a link to an absolute path"));
            }
        }
    }
    Ok(())
}

fn outside(name: &[u8], problem: &'static str) -> BundleError {
    BundleError::Outside {
        entry: shown(name),
        problem,
    }
}

fn clash(name: &[u8]) -> BundleError {
    BundleError::Clash { entry: shown(name) }
}

/// A name as an error shows it.
pub(super) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(200).collect()
}
