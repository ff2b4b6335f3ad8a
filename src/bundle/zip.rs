//! Zip files become folders, on the operator's machine.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
    sync::Arc,
};

use zip::{ZipArchive, result::ZipError};

use super::{
    BundleError, Limits,
    tree::{Kind, Tree, shown},
};

mod directory;
mod place;

use directory::Directory;
use place::Place;

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

/// The folder that a zip file was unpacked into: temporary, removed with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct Extracted(Arc<Place>);

impl Extracted {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Unpacks the zip file at `path`; on an error nothing is left.
pub(crate) fn extract(path: &Path, limits: Limits) -> Result<Extracted, BundleError> {
    let unreadable = |error| BundleError::unreadable(path, error);
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let own = file.try_clone().map_err(unreadable)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| match error {
        ZipError::InvalidArchive(_) if !starts_like_a_zip(path) => BundleError::NotAZip(path.to_owned()),
        source => broken(path, source),
    })?;
    let directory = Directory::read(path, own, archive.central_directory_start(), limits)?;
    // Counted by what really comes out, so that entries which share their data, or lie about their size, do not
    // pass. Whichever bound is lower names the error.
    let grown = HARMLESS.max(size.saturating_mul(limits.ratio));
    let bounds = Limits {
        bytes: limits.bytes.min(grown),
        ..limits
    };
    let folder = Place::make().map_err(BundleError::Write)?;
    let mut tree = Tree::new(folder.path(), bounds);
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|source| broken(path, source))?;
        directory.check_entry(entry.header_start(), entry.name_raw())?;
        let name = name(&entry);
        if name.starts_with(RESOURCES) {
            continue;
        }
        write(&mut tree, &mut entry, &name, &directory).map_err(|error| match error {
            BundleError::TooLarge { .. } if grown < limits.bytes => BundleError::Bomb { ratio: limits.ratio },
            BundleError::BrokenLayer(error) => BundleError::BrokenEntry {
                path: path.to_owned(),
                entry: shown(&name),
                source: ZipError::Io(error),
            },
            error => error,
        })?;
    }
    Ok(Extracted(Arc::new(folder)))
}

fn broken(path: &Path, source: ZipError) -> BundleError {
    BundleError::BrokenZip {
        path: path.to_owned(),
        source,
    }
}

/// Most programs write UTF-8, and many of them do not say so; what is no UTF-8 is in the format's old character set.
fn name<R: Read>(entry: &zip::read::ZipFile<'_, R>) -> Vec<u8> {
    let raw = match (std::str::from_utf8(entry.name_raw()), entry.name()) {
        (Err(_), Ok(decoded)) => decoded.into_owned().into_bytes(),
        _ => entry.name_raw().to_vec(),
    };
    plain_name(&raw)
}

/// Some programs on Windows write their own separator, which the format does not allow.
fn plain_name(raw: &[u8]) -> Vec<u8> {
    raw.iter().map(|&b| if b == b'\\' { b'/' } else { b }).collect()
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
