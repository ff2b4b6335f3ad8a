//! What the list at the end of a zip file says (APPNOTE.TXT 6.3, "Central directory structure").
//!
//! The crate that unpacks keeps one entry of each name, so that two of one name would pass unseen; and it believes
//! the list, whatever stands at the entries themselves.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    fs::File,
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    os::unix::{ffi::OsStrExt as _, fs::FileExt as _},
    path::{Path, PathBuf},
};

use zip::result::ZipError;

use super::{
    super::{BundleError, tree::shown},
    broken, plain_path,
};

const LISTED: [u8; 4] = *b"PK\x01\x02";
const ENCRYPTED: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Lengths of the fixed parts of what is listed, and of an entry itself.
const LISTED_LENGTH: usize = 46;
const LOCAL_LENGTH: usize = 30;
/// "Version made by", its upper byte: FAT, NTFS and VFAT.
const WINDOWS: [u8; 3] = [0, 10, 14];

#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    file: File,
    /// By their names as they are written.
    entries: HashMap<Vec<u8>, Listed>,
    /// The folders of virtual environments (those with a `pyvenv.cfg`).
    environments: HashSet<PathBuf>,
}

impl Directory {
    /// Reads the list that begins at `start`.
    pub(super) fn read(path: &Path, file: File, start: u64) -> Result<Self, BundleError> {
        let mut directory = Self {
            path: path.to_owned(),
            entries: HashMap::new(),
            environments: HashSet::new(),
            file,
        };
        let io = |error| broken(path, ZipError::Io(error));
        let mut file = directory.file.try_clone().map_err(io)?;
        file.seek(SeekFrom::Start(start)).map_err(io)?;
        let mut list = BufReader::new(file);
        let mut names = HashSet::new();
        while let Some((raw, mut listed)) = Listed::next(&mut list).map_err(io)? {
            let plain = plain_path(&listed.name);
            if plain.file_name() == Some(OsStr::new("pyvenv.cfg")) {
                let folder = plain.parent().unwrap_or(Path::new(""));
                directory.environments.insert(folder.to_owned());
            }
            // Twice the same folder harms nobody.
            let is_folder = listed.name.ends_with(b"/");
            // One spelling of the name, whatever redundant separators it has.
            listed.is_second = !names.insert(plain) && !is_folder;
            directory.entries.insert(raw, listed);
        }
        Ok(directory)
    }

    /// What the list says of the entry that it calls `raw`.
    pub(super) fn entry(&self, raw: &[u8]) -> Option<&Listed> {
        self.entries.get(raw)
    }

    /// Whether the folder at `path` is a virtual environment.
    pub(super) fn is_environment(&self, path: &Path) -> bool {
        self.environments.contains(path)
    }

    /// Refuses what berth can't unpack faithfully.
    pub(super) fn check_listed(&self, listed: &Listed) -> Result<(), BundleError> {
        let (path, entry) = (self.path.clone(), shown(&listed.name));
        if listed.is_second {
            return Err(BundleError::Twice { path, entry });
        }
        if listed.has_drive() {
            return Err(BundleError::Outside {
                entry,
                problem: "has an absolute path",
            });
        }
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
#[derive(Debug)]
pub(super) struct Listed {
    flags: u16,
    method: u16,
    /// The system whose file attributes it has, and whose separators its name may have.
    system: u8,
    /// With the separators that the format prescribes.
    name: Vec<u8>,
    /// Unpacked, in bytes.
    pub(super) size: u64,
    /// Whether another one before it has its name.
    is_second: bool,
}

impl Listed {
    /// With its name as it is written; `None` after the last one.
    fn next(list: &mut impl Read) -> io::Result<Option<(Vec<u8>, Self)>> {
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
        let mut listed = Self {
            size: if size == u64::from(u32::MAX) {
                long_size(&extra).unwrap_or(size)
            } else {
                size
            },
            flags: number(&fixed, 8),
            method: number(&fixed, 10),
            system: fixed[5],
            name: Vec::new(),
            is_second: false,
        };
        listed.name = listed.plain_name(&name);
        Ok(Some((name, listed)))
    }

    /// Some programs on Windows write their own separator, which the format does not allow; elsewhere it is a letter
    /// as any other, unless the name would lead out of the zip file where it is none: that is never meant well.
    pub(super) fn plain_name(&self, raw: &[u8]) -> Vec<u8> {
        let parted: Vec<u8> = raw.iter().map(|&b| if b == b'\\' { b'/' } else { b }).collect();
        let leads_out = parted.starts_with(b"/")
            || begins_with_drive(&parted)
            || parted.split(|&b| b == b'/').any(|part| part == b"..");
        if leads_out || WINDOWS.contains(&self.system) {
            parted
        } else {
            raw.to_vec()
        }
    }

    fn has_drive(&self) -> bool {
        begins_with_drive(&self.name)
    }
}

/// Whether the name begins with the letter of a drive, which is an absolute path.
fn begins_with_drive(name: &[u8]) -> bool {
    matches!(name, [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
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
