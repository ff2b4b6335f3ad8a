//! What the list at the end of a zip file says (APPNOTE.TXT 6.3, "Central directory structure").
//!
//! The crate that unpacks keeps one entry of each name, so that two of one name would pass unseen; and it believes
//! the list, whatever stands at the entries themselves.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::File,
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    os::unix::{ffi::OsStrExt as _, fs::FileExt as _},
    path::{Path, PathBuf},
};

use zip::result::ZipError;

use super::{
    super::{BundleError, Limits, errors::Largest, tree::shown},
    broken, plain_name,
};

const LISTED: [u8; 4] = *b"PK\x01\x02";
const ENCRYPTED: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Lengths of the fixed parts of what is listed, and of an entry itself.
const LISTED_LENGTH: usize = 46;
const LOCAL_LENGTH: usize = 30;

#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    file: File,
    /// The folders of virtual environments (those with a `pyvenv.cfg`).
    environments: HashSet<PathBuf>,
}

impl Directory {
    /// Reads the list that begins at `start`, and refuses what berth can't unpack faithfully.
    pub(super) fn read(path: &Path, file: File, start: u64, limits: Limits) -> Result<Self, BundleError> {
        let mut directory = Self {
            path: path.to_owned(),
            environments: HashSet::new(),
            file,
        };
        let io = |error| broken(path, ZipError::Io(error));
        let mut file = directory.file.try_clone().map_err(io)?;
        file.seek(SeekFrom::Start(start)).map_err(io)?;
        let mut list = BufReader::new(file);
        let mut names = HashSet::new();
        let mut sizes = Vec::new();
        while let Some(listed) = Listed::next(&mut list).map_err(io)? {
            directory.check_listed(&listed)?;
            // Twice the same folder harms nobody.
            let is_folder = listed.name.ends_with(b"/");
            if !names.insert(listed.plain()) && !is_folder {
                return Err(BundleError::Twice {
                    path: path.to_owned(),
                    entry: shown(&listed.name),
                });
            }
            if names.len() as u64 > limits.entries {
                return Err(BundleError::too_many(limits));
            }
            sizes.push((listed.plain(), listed.size));
            let entry = Path::new(OsStr::from_bytes(&listed.name));
            if entry.file_name() == Some(OsStr::new("pyvenv.cfg")) {
                let folder = entry.parent().unwrap_or(Path::new(""));
                directory.environments.insert(folder.components().collect());
            }
        }
        // What it announces is cheap to refuse; what comes out is counted again.
        let size = sizes
            .iter()
            .fold(0u64, |sum, (_, size)| sum.saturating_add(*size));
        if size > limits.bytes {
            return Err(BundleError::TooLarge {
                limit: limits.bytes,
                size: Some(size),
                largest: Largest::files(sizes.iter().map(|(path, size)| (path.as_path(), *size))),
            });
        }
        Ok(directory)
    }

    fn check_listed(&self, listed: &Listed) -> Result<(), BundleError> {
        let (path, entry) = (self.path.clone(), shown(&listed.name));
        if listed.flags & ENCRYPTED != 0 {
            return Err(BundleError::Encrypted { path, entry });
        }
        let method = match listed.method {
            STORED | DEFLATED => return Ok(()),
            9 => "Deflate64",
            12 => "bzip2",
            14 => "LZMA",
            93 => "Zstandard",
            95 => "XZ",
            98 => "PPMd",
            99 => return Err(BundleError::Encrypted { path, entry }),
            _ => "an unknown method",
        };
        Err(BundleError::Compression {
            path,
            entry,
            method: method.to_owned(),
        })
    }

    /// Whether the entry at `start` itself has the name that the list gives it.
    pub(super) fn check_entry(&self, start: u64, name: &[u8]) -> Result<(), BundleError> {
        let io = |error| broken(&self.path, ZipError::Io(error));
        let mut local = [0; LOCAL_LENGTH];
        self.file.read_exact_at(&mut local, start).map_err(io)?;
        let mut itself = vec![0; usize::from(number(&local, 26))];
        self.file
            .read_exact_at(&mut itself, start + LOCAL_LENGTH as u64)
            .map_err(io)?;
        if itself == name {
            return Ok(());
        }
        Err(BundleError::Contradiction {
            path: self.path.clone(),
            entry: shown(name),
            itself: shown(&itself),
        })
    }

    /// Whether a link is one of a virtual environment to an interpreter of the machine it was made on.
    pub(super) fn is_interpreter(&self, name: &[u8], target: &[u8]) -> bool {
        let folder = Path::new(OsStr::from_bytes(name)).parent();
        target.starts_with(b"/")
            && folder.is_some_and(|folder| {
                let environment: Option<PathBuf> = folder.parent().map(|above| above.components().collect());
                (folder.ends_with("bin") || folder.ends_with("Scripts"))
                    && environment.is_some_and(|environment| self.environments.contains(&environment))
            })
    }
}

/// One entry of the list.
struct Listed {
    flags: u16,
    method: u16,
    name: Vec<u8>,
    /// Unpacked, in bytes.
    size: u64,
}

impl Listed {
    /// `None` after the last one.
    fn next(list: &mut impl Read) -> io::Result<Option<Self>> {
        let mut fixed = [0; LISTED_LENGTH];
        list.read_exact(&mut fixed[..4])?;
        if fixed[..4] != LISTED {
            return Ok(None);
        }
        list.read_exact(&mut fixed[4..])?;
        let mut name = vec![0; usize::from(number(&fixed, 28))];
        list.read_exact(&mut name)?;
        let mut extra = vec![0; usize::from(number(&fixed, 30))];
        list.read_exact(&mut extra)?;
        let comment = u64::from(number(&fixed, 32));
        io::copy(&mut list.take(comment), &mut io::sink())?;
        let size = u64::from(number(&fixed, 24)) | u64::from(number(&fixed, 26)) << 16;
        Ok(Some(Self {
            size: if size == u64::from(u32::MAX) {
                long_size(&extra).unwrap_or(size)
            } else {
                size
            },
            flags: number(&fixed, 8),
            method: number(&fixed, 10),
            name: plain_name(&name),
        }))
    }

    /// One spelling of the name, whatever redundant separators it has.
    fn plain(&self) -> PathBuf {
        Path::new(OsStr::from_bytes(&self.name)).components().collect()
    }
}

/// The size of a file that is too large for the list's own field ("Zip64 Extended Information Extra Field").
fn long_size(mut extra: &[u8]) -> Option<u64> {
    while let Some((head, rest)) = extra.split_first_chunk::<4>() {
        if number(head, 0) == 1 {
            return Some(u64::from_le_bytes(*rest.first_chunk()?));
        }
        extra = rest.get(usize::from(number(head, 2))..)?;
    }
    None
}

fn number(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}
