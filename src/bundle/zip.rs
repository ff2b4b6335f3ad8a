//! Zip files become folders, on the operator's machine.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    fs::File,
    io::{self, BufReader, Read},
    os::unix::ffi::OsStrExt as _,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use zip::{ZipArchive, result::ZipError};

use super::{
    BundleError, Limits,
    errors::Largest,
    rules,
    tree::{Kind, Tree, shown},
};

mod directory;
mod place;
mod sieve;

use directory::Directory;
use place::Place;
use sieve::{Fate, Sieve};

pub(crate) use place::remove_all;

/// A zip file may always grow to this many bytes: below it, a large ratio harms nobody.
const HARMLESS: u64 = 16 * 1024 * 1024;

/// The part of a Unix mode that tells what an entry is, and its values (`inode(7)`).
const TYPE: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const PLAIN: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Where macOS puts what its own file system knows about the files beside them.
const RESOURCES: &[u8] = b"__MACOSX/";

/// What says, in a zip file, which of its folders is packed.
const MANIFEST: &str = "berth.toml";

/// Most bytes of a file that is left out, and may be read here all the same: an ignore file, a manifest.
const LITTLE: u64 = 1024 * 1024;

/// The folder that a zip file was unpacked into: temporary, removed with the last clone. What is left out of the bundle
/// is there in name only.
#[derive(Debug, Clone)]
pub(crate) struct Extracted {
    place: Arc<Place>,
    /// The files in folders that are left out, which are not there even in name.
    below: Arc<HashSet<PathBuf>>,
}

impl Extracted {
    pub(crate) fn path(&self) -> &Path {
        self.place.path()
    }

    /// Whether the zip file has a file at `path`, sent or left out.
    pub(crate) fn has_file(&self, path: &Path) -> bool {
        self.below.contains(path) || self.path().join(path).is_file()
    }
}

/// One entry of a zip file.
struct Item {
    index: usize,
    /// As it is unpacked.
    name: Vec<u8>,
    /// As it is written.
    raw: Vec<u8>,
    /// Where it lies in the zip file, in bytes.
    start: u64,
}

struct Unpacking<'a> {
    path: &'a Path,
    archive: ZipArchive<BufReader<File>>,
    directory: &'a Directory,
    limits: Limits,
    /// What a zip file of this size may grow to, in bytes.
    grown: u64,
}

/// Unpacks the zip file at `path`; on an error nothing is left.
pub(crate) fn extract(path: &Path, limits: Limits) -> Result<Extracted, BundleError> {
    extract_part(path, limits, |_| PathBuf::new())
}

/// Unpacks the folder of the zip file that is packed: `part` tells it, and is given the folder that the files of the
/// zip file's top with the name `berth.toml` were unpacked to.
pub(crate) fn extract_part(
    path: &Path,
    limits: Limits,
    part: impl FnOnce(&Path) -> PathBuf,
) -> Result<Extracted, BundleError> {
    let unreadable = |error| BundleError::unreadable(path, error);
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let own = file.try_clone().map_err(unreadable)?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| match error {
        ZipError::InvalidArchive(_) if !starts_like_a_zip(path) => BundleError::NotAZip(path.to_owned()),
        source => broken(path, source),
    })?;
    let directory = Directory::read(path, own, archive.central_directory_start())?;
    let place = Place::make().map_err(BundleError::Write)?;
    let mut unpacking = Unpacking {
        path,
        archive,
        directory: &directory,
        limits,
        grown: HARMLESS.max(size.saturating_mul(limits.ratio)),
    };
    let below = unpacking.all(place.path(), part)?;
    Ok(Extracted {
        place: Arc::new(place),
        below: Arc::new(below),
    })
}

impl Unpacking<'_> {
    /// Unpacks into `root` what is sent, and the names of what is left out. The answer is what lies below folders that
    /// are left out.
    fn all(
        &mut self,
        root: &Path,
        part: impl FnOnce(&Path) -> PathBuf,
    ) -> Result<HashSet<PathBuf>, BundleError> {
        // What is left out counts for nothing.
        let mut aside = Tree::new(
            root,
            Limits {
                bytes: u64::MAX,
                entries: u64::MAX,
                ..self.limits
            },
        );
        let items = self.items()?;
        let mut done = HashSet::new();
        if let Some(item) = items.iter().find(|item| item.path() == Path::new(MANIFEST)) {
            match self.read_aside(&mut aside, item) {
                Ok(()) | Err(BundleError::Special { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let mut part = part(root);
        // Where it is a link, what it leads to is packed, and only the walk can tell.
        if items
            .iter()
            .any(|item| !item.is_folder() && part.starts_with(item.path()))
        {
            part = PathBuf::new();
        }
        let fates = self.fates(root, &part, &items, &mut aside, &mut done)?;
        self.check_announced(&items, &fates)?;
        // Counted by what really comes out, so that entries which share their data, or lie about their size, do not
        // pass. Whichever bound is lower names the error.
        let mut tree = Tree::new(
            root,
            Limits {
                bytes: self.limits.bytes.min(self.grown),
                ..self.limits
            },
        );
        let mut below = HashSet::new();
        for (item, fate) in items.iter().zip(fates) {
            match fate {
                _ if done.contains(&item.index) => {}
                Fate::Sent => self.one(&mut tree, item)?,
                Fate::Below => drop(below.insert(item.path())),
                Fate::LeftOut | Fate::Private if item.is_folder() => aside.folder(&item.name)?,
                Fate::LeftOut if self.read_aside(&mut aside, item).is_ok() => {}
                Fate::LeftOut | Fate::Private => aside.file(&item.name, Kind::Plain, io::empty())?,
            }
        }
        Ok(below)
    }

    fn items(&self) -> Result<Vec<Item>, BundleError> {
        let mut items = Vec::with_capacity(self.archive.len());
        for index in 0..self.archive.len() {
            let entry = self.archive.by_index_data(index);
            let entry = entry.map_err(|source| broken(self.path, source))?;
            let raw = entry.name_raw();
            // Most programs write UTF-8, and many of them do not say so; what is no UTF-8 is in the format's old
            // character set.
            let name = match (std::str::from_utf8(raw), entry.name()) {
                (Err(_), Ok(decoded)) => decoded.into_owned().into_bytes(),
                _ => raw.to_vec(),
            };
            let name = match self.directory.entry(raw) {
                Some(listed) => listed.plain_name(&name),
                None => name,
            };
            if !name.starts_with(RESOURCES) {
                items.push(Item {
                    index,
                    name,
                    raw: raw.to_vec(),
                    start: entry.header_start(),
                });
            }
        }
        Ok(items)
    }

    /// What becomes of each item. The ignore files that tell are unpacked on the way, and noted in `done`.
    fn fates(
        &mut self,
        root: &Path,
        part: &Path,
        items: &[Item],
        aside: &mut Tree,
        done: &mut HashSet<usize>,
    ) -> Result<Vec<Fate>, BundleError> {
        let ignore_files: HashMap<PathBuf, &Item> = items
            .iter()
            .filter(|item| !item.is_folder())
            .map(|item| (item.path(), item))
            .filter(|(path, _)| rules::is_ignore_file(path))
            .collect();
        let directory = self.directory;
        let ignore_file = |path: &Path| {
            let Some(item) = ignore_files.get(path) else {
                return Ok(false);
            };
            match self.read_aside(aside, item) {
                Ok(()) => {}
                // The walk has its own word about these.
                Err(BundleError::Special { .. }) => return Ok(false),
                Err(error) => return Err(error),
            }
            done.insert(item.index);
            Ok(true)
        };
        let mut sieve = Sieve::new(root, part, directory, ignore_file);
        let mut fate = |item: &Item| match item.path() {
            // Where the rules begin, and what they do not speak of.
            path if path.starts_with(part) => sieve.fate(&item.name),
            path if path == Path::new(MANIFEST) => Ok(Fate::LeftOut),
            _ => Ok(Fate::Below),
        };
        let fates = items.iter().map(&mut fate).collect::<Result<_, _>>()?;
        // Many zip files have no entries for folders.
        let folders: Vec<PathBuf> = sieve.left_out().collect();
        for folder in folders {
            aside.folder(folder.as_os_str().as_bytes())?;
        }
        Ok(fates)
    }

    /// What the list announces is cheap to refuse; what comes out is counted again.
    fn check_announced(&self, items: &[Item], fates: &[Fate]) -> Result<(), BundleError> {
        let mut sizes = Vec::new();
        for (item, _) in items.iter().zip(fates).filter(|(_, fate)| **fate == Fate::Sent) {
            if let Some(listed) = self.directory.entry(&item.raw) {
                self.directory.check_listed(listed)?;
                sizes.push((item.path(), listed.size));
            }
        }
        if sizes.len() as u64 > self.limits.entries {
            let paths = sizes.iter().map(|(path, _)| path.as_path());
            return Err(BundleError::TooMany {
                limit: self.limits.entries,
                fullest: Largest::folders(paths),
            });
        }
        let size = sizes
            .iter()
            .fold(0u64, |sum, (_, size)| sum.saturating_add(*size));
        if size > self.limits.bytes {
            return Err(BundleError::TooLarge {
                limit: self.limits.bytes,
                size: Some(size),
                largest: Largest::files(sizes.iter().map(|(path, size)| (path.as_path(), *size))),
            });
        }
        Ok(())
    }

    /// Unpacks an entry that is sent.
    fn one(&mut self, tree: &mut Tree, item: &Item) -> Result<(), BundleError> {
        self.directory.check_entry(item.start, &item.raw)?;
        let entry = self.archive.by_index(item.index);
        let mut entry = entry.map_err(|source| broken(self.path, source))?;
        let written = write(tree, &mut entry, &item.name, self.directory);
        let (path, ratio) = (self.path, self.limits.ratio);
        let is_bomb = self.grown < self.limits.bytes;
        written.map_err(|error| match error {
            BundleError::TooLarge { .. } if is_bomb => BundleError::Bomb { ratio },
            error => of_entry(path, item, error),
        })
    }

    /// Unpacks a small file that is not sent, because something here may read it.
    fn read_aside(&mut self, aside: &mut Tree, item: &Item) -> Result<(), BundleError> {
        let special = || BundleError::Special {
            entry: shown(&item.name),
            what: "no file of a size to read",
        };
        let listed = self.directory.entry(&item.raw).ok_or_else(special)?;
        self.directory.check_listed(listed)?;
        self.directory.check_entry(item.start, &item.raw)?;
        let entry = self.archive.by_index(item.index);
        let entry = entry.map_err(|source| broken(self.path, source))?;
        let mode = entry.unix_mode().unwrap_or(PLAIN);
        if listed.size > LITTLE || !matches!(mode & TYPE, 0 | PLAIN) {
            return Err(special());
        }
        let written = aside.file(&item.name, Kind::Plain, entry.take(LITTLE));
        let path = self.path;
        written.map_err(|error| of_entry(path, item, error))
    }
}

impl Item {
    fn path(&self) -> PathBuf {
        plain_path(&self.name)
    }

    fn is_folder(&self) -> bool {
        self.name.ends_with(b"/")
    }
}

/// One spelling of a name, whatever redundant parts it has.
fn plain_path(name: &[u8]) -> PathBuf {
    let parts = Path::new(OsStr::from_bytes(name)).components();
    parts.filter(|part| *part != Component::CurDir).collect()
}

/// What went wrong with an entry, with its name.
fn of_entry(path: &Path, item: &Item, error: BundleError) -> BundleError {
    match error {
        BundleError::BrokenLayer(error) => BundleError::BrokenEntry {
            path: path.to_owned(),
            entry: shown(&item.name),
            source: ZipError::Io(error),
        },
        error => error,
    }
}

fn broken(path: &Path, source: ZipError) -> BundleError {
    BundleError::BrokenZip {
        path: path.to_owned(),
        source,
    }
}

fn write<R: Read>(
    tree: &mut Tree,
    entry: &mut zip::read::ZipFile<'_, R>,
    name: &[u8],
    directory: &Directory,
) -> Result<(), BundleError> {
    let mode = entry.unix_mode().unwrap_or(PLAIN | 0o644);
    match mode & TYPE {
        _ if name.ends_with(b"/") => tree.folder(name),
        FOLDER => tree.folder(name),
        LINK => {
            let mut target = Vec::new();
            entry
                .take(8192)
                .read_to_end(&mut target)
                .map_err(BundleError::BrokenLayer)?;
            if directory.is_interpreter(name, &target) {
                tree.interpreter(name, &target)
            } else {
                tree.link(name, &target)
            }
        }
        0 | PLAIN => tree.file(name, Kind::of(mode), entry),
        _ => Err(BundleError::Special {
            entry: shown(name),
            what: "a device or a pipe",
        }),
    }
}

fn starts_like_a_zip(path: &Path) -> bool {
    let mut start = [0u8; 2];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start == *b"PK"
}
