//! Zip files become folders, on the operator's machine.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use tempfile::TempDir;
use zip::{ZipArchive, result::ZipError};

use super::{
    BundleError, Limits,
    tree::{Kind, Tree, shown},
};

/// A zip file may always grow to this many bytes: below it, a large ratio harms nobody.
const HARMLESS: u64 = 16 * 1024 * 1024;

/// The part of a Unix mode that tells what an entry is, and its values (`inode(7)`).
const TYPE: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const PLAIN: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Unpacks the zip file at `path` into a temporary folder that lives as long as the answer.
pub(crate) fn extract(path: &Path, limits: Limits) -> Result<TempDir, BundleError> {
    let file = File::open(path).map_err(|error| BundleError::unreadable(path, error))?;
    let size = file
        .metadata()
        .map_err(|error| BundleError::unreadable(path, error))?
        .len();
    let broken = |source| BundleError::BrokenZip {
        path: path.to_owned(),
        source,
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| match error {
        ZipError::InvalidArchive(_) if !starts_like_a_zip(path) => BundleError::NotAZip(path.to_owned()),
        error => broken(error),
    })?;
    // Counted by what really comes out, so that entries which share their data, or lie about their size, do not
    // pass. Whichever bound is lower names the error.
    let grown = HARMLESS.max(size.saturating_mul(limits.ratio));
    let bounds = Limits {
        bytes: limits.bytes.min(grown),
        ..limits
    };
    let folder = tempfile::Builder::new()
        .prefix("berth-zip-")
        .tempdir()
        .map_err(BundleError::Write)?;
    let mut tree = Tree::new(folder.path(), bounds);
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(broken)?;
        write(&mut tree, &mut entry).map_err(|error| match error {
            BundleError::TooLarge { .. } if grown < limits.bytes => BundleError::Bomb { ratio: limits.ratio },
            BundleError::BrokenLayer(error) => broken(ZipError::Io(error)),
            error => error,
        })?;
    }
    Ok(folder)
}

fn write<R: Read>(tree: &mut Tree, entry: &mut zip::read::ZipFile<'_, R>) -> Result<(), BundleError> {
    let raw = match entry.name() {
        Ok(name) => name.into_owned().into_bytes(),
        Err(_) => entry.name_raw().to_vec(),
    };
    // Some programs on Windows write their own separator, which the format does not allow.
    let name: Vec<u8> = raw.iter().map(|&b| if b == b'\\' { b'/' } else { b }).collect();
    let mode = entry.unix_mode().unwrap_or(PLAIN | 0o644);
    match mode & TYPE {
        _ if name.ends_with(b"/") => tree.folder(&name),
        FOLDER => tree.folder(&name),
        LINK => {
            let mut target = Vec::new();
            entry
                .take(8192)
                .read_to_end(&mut target)
                .map_err(BundleError::BrokenLayer)?;
            tree.link(&name, &target)
        }
        0 | PLAIN => tree.file(&name, Kind::of(mode), entry),
        _ => Err(BundleError::Special {
            entry: shown(&name),
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
