//! A build's context as the engine takes it: a tar stream of a folder, without what its `.dockerignore` leaves out.
//!
//! The walk is sorted and links are sent as links. Modes and times are sent as they are, since they end up in the
//! image; owners are not.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read, Write},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use tar::{EntryType, Header};

use super::ImageError;
use crate::{
    bundle,
    package::dockerignore::{Dockerignore, Verdict},
};

const IGNORE_FILE: &str = ".dockerignore";
/// Under which name a Dockerfile is sent that is no file of the context.
const RESERVED: &str = ".berth.dockerfile";

/// What is sent to be built.
#[derive(Debug)]
pub(super) struct Context {
    root: PathBuf,
    entries: Vec<Entry>,
    /// The name of the Dockerfile in the context.
    pub(super) dockerfile: String,
    /// Sent besides: name and content.
    added: Vec<(&'static str, Vec<u8>)>,
    /// Number of files, and their size in bytes.
    pub(super) files: usize,
    pub(super) bytes: u64,
    /// Files and folders that look like credentials, or like history that no image needs.
    pub(super) private: Vec<String>,
    /// What the Dockerfile says.
    pub(super) text: String,
}

#[derive(Debug)]
struct Entry {
    /// Relative to the root.
    path: PathBuf,
    kind: EntryType,
    /// In bytes; of a file.
    size: u64,
    mode: u32,
    /// Seconds since the Unix epoch.
    modified: u64,
}

/// Looks at the folder `root` and the Dockerfile, which need not be in it.
pub(super) fn list(dockerfile: &Path, root: &Path) -> Result<Context, ImageError> {
    let metadata = fs::metadata(root).map_err(|error| ImageError::unreadable(root, error))?;
    if !metadata.is_dir() {
        return Err(ImageError::NotAFolder(root.to_owned()));
    }
    let metadata = fs::metadata(dockerfile).map_err(|error| ImageError::unreadable(dockerfile, error))?;
    if !metadata.is_file() {
        return Err(ImageError::NotAFile(dockerfile.to_owned()));
    }
    let text = fs::read(dockerfile).map_err(|error| ImageError::unreadable(dockerfile, error))?;
    let root = fs::canonicalize(root).map_err(|error| ImageError::unreadable(root, error))?;
    let ignore_file = ignore_file(dockerfile, &root);
    let ignore_text = match &ignore_file {
        Some(path) => fs::read(path).map_err(|error| ImageError::unreadable(path, error))?,
        None => Vec::new(),
    };
    let ignore = Dockerignore::parse(&String::from_utf8_lossy(&ignore_text)).map_err(|source| {
        let path = ignore_file.clone().unwrap_or_default();
        ImageError::Ignore { path, source }
    })?;
    let mut walk = Walk {
        root: &root,
        ignore: &ignore,
        entries: Vec::new(),
        private: Vec::new(),
    };
    walk.folder(Path::new(""), &ignore.root(), &mut Vec::new())?;
    let Walk {
        mut entries, private, ..
    } = walk;
    let inside = inside(dockerfile, &root)?.filter(|path| entries.iter().any(|entry| entry.path == *path));
    let mut added = Vec::new();
    let dockerfile = match inside.as_deref().and_then(Path::to_str) {
        Some(path) => path.to_owned(),
        // One outside of the context, or left out of it, is not to be seen by COPY: the engine takes away the
        // Dockerfile and the ignore file again where the ignore file says so.
        None => {
            let sent = entries
                .iter()
                .position(|entry| entry.path == Path::new(IGNORE_FILE));
            let mut patterns = match sent {
                Some(at) => {
                    entries.remove(at);
                    fs::read(root.join(IGNORE_FILE))
                        .map_err(|error| ImageError::unreadable(&root.join(IGNORE_FILE), error))?
                }
                None => IGNORE_FILE.into(),
            };
            patterns.extend_from_slice(format!("\n{RESERVED}\n").as_bytes());
            added.push((IGNORE_FILE, patterns));
            added.push((RESERVED, text.clone()));
            RESERVED.to_owned()
        }
    };
    let files = entries.iter().filter(|entry| entry.kind == EntryType::Regular);
    Ok(Context {
        files: files.clone().count() + added.len(),
        bytes: files.map(|entry| entry.size).sum(),
        root,
        entries,
        dockerfile,
        added,
        private,
        text: String::from_utf8_lossy(&text).into_owned(),
    })
}

/// The ignore file that counts: one beside the Dockerfile that is named after it, or else the context's.
fn ignore_file(dockerfile: &Path, root: &Path) -> Option<PathBuf> {
    let mut own = dockerfile.as_os_str().to_owned();
    own.push(IGNORE_FILE);
    [PathBuf::from(own), root.join(IGNORE_FILE)]
        .into_iter()
        .find(|path| path.is_file())
}

/// Where in the context the Dockerfile is. The file itself may be a link.
fn inside(dockerfile: &Path, root: &Path) -> Result<Option<PathBuf>, ImageError> {
    let folder = match dockerfile.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = fs::canonicalize(folder).map_err(|error| ImageError::unreadable(folder, error))?;
    let path = folder.join(dockerfile.file_name().unwrap_or_default());
    // The engine follows no link out of the context.
    let is_link = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
    Ok(path
        .strip_prefix(root)
        .ok()
        .filter(|_| !is_link)
        .map(Path::to_owned))
}

struct Walk<'a> {
    root: &'a Path,
    ignore: &'a Dockerignore,
    entries: Vec<Entry>,
    private: Vec<String>,
}

impl Walk<'_> {
    /// `pending` are folders above that are left out themselves: they are sent when something in them is.
    fn folder(
        &mut self,
        folder: &Path,
        verdict: &Verdict,
        pending: &mut Vec<Entry>,
    ) -> Result<(), ImageError> {
        let full = self.root.join(folder);
        let listed = fs::read_dir(&full).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut listed = match listed {
            Ok(listed) => listed,
            // Nobody wants what is in it, as far as can be seen.
            Err(_) if verdict.excluded => return Ok(()),
            Err(error) => return Err(ImageError::unreadable(&full, error)),
        };
        listed.sort_by_key(fs::DirEntry::file_name);
        for found in listed {
            let path = folder.join(found.file_name());
            let verdict = self.ignore.judge(&path, verdict);
            let metadata = match found.metadata() {
                Ok(metadata) => metadata,
                Err(_) if verdict.excluded => continue,
                Err(error) => return Err(ImageError::unreadable(&found.path(), error)),
            };
            if verdict.excluded && !(metadata.is_dir() && self.ignore.has_exceptions()) {
                continue;
            }
            let Some(entry) = Entry::of(path, &metadata) else {
                continue;
            };
            if !verdict.excluded {
                self.note_private(&entry.path);
            }
            let path = entry.path.clone();
            pending.push(entry);
            if !verdict.excluded {
                self.entries.append(pending);
            }
            if metadata.is_dir() {
                self.folder(&path, &verdict, pending)?;
                pending.pop_if(|waiting| waiting.path == path);
            }
        }
        Ok(())
    }

    fn note_private(&mut self, path: &Path) {
        let known = self.private.last();
        // What is below one that was named already needs no name.
        if !known.is_some_and(|above| path.starts_with(above)) && bundle::looks_private(&self.root.join(path))
        {
            self.private.push(path.display().to_string());
        }
    }
}

impl Entry {
    /// `None` for sockets, pipes and devices, which no image has a use for.
    fn of(path: PathBuf, metadata: &Metadata) -> Option<Self> {
        let kind = metadata.file_type();
        if kind.is_socket() || kind.is_fifo() || kind.is_block_device() || kind.is_char_device() {
            return None;
        }
        let (kind, size) = if kind.is_dir() {
            (EntryType::Directory, 0)
        } else if kind.is_symlink() {
            (EntryType::Symlink, 0)
        } else {
            (EntryType::Regular, metadata.len())
        };
        Some(Self {
            path,
            kind,
            size,
            mode: metadata.mode() & 0o7777,
            modified: u64::try_from(metadata.mtime()).unwrap_or(0),
        })
    }

    fn header(&self) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(self.kind);
        header.set_mode(self.mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(self.modified);
        header.set_size(self.size);
        header
    }
}

impl Context {
    /// Writes the tar stream.
    pub(super) fn write(&self, out: impl Write) -> Result<(), ImageError> {
        let mut archive = tar::Builder::new(out);
        for entry in &self.entries {
            let full = self.root.join(&entry.path);
            let mut header = entry.header();
            let written = match entry.kind {
                EntryType::Symlink => match fs::read_link(&full) {
                    Ok(target) => archive.append_link(&mut header, &entry.path, target),
                    Err(error) => return Err(ImageError::unreadable(&full, error)),
                },
                EntryType::Regular => {
                    let file = File::open(&full).map_err(|error| ImageError::unreadable(&full, error))?;
                    let content = Exactly {
                        file,
                        left: entry.size,
                    };
                    archive.append_data(&mut header, &entry.path, content)
                }
                _ => archive.append_data(&mut header, &entry.path, io::empty()),
            };
            written.map_err(|error| sending(&full, error))?;
        }
        for (name, content) in &self.added {
            let mut header = Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(content.len() as u64);
            archive
                .append_data(&mut header, name, content.as_slice())
                .map_err(|error| sending(Path::new(name), error))?;
        }
        archive.finish().map_err(|error| sending(&self.root, error))
    }
}

/// A pipe that is closed says that the engine has stopped reading; anything else is the file's.
fn sending(path: &Path, error: io::Error) -> ImageError {
    match error.kind() {
        io::ErrorKind::BrokenPipe => ImageError::Cut(error),
        _ => ImageError::unreadable(path, error),
    }
}

/// A file as long as its header says: what it grows by is not sent, and one that shrinks is an error.
struct Exactly {
    file: File,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        let length = self.file.read(&mut buffer[..wanted])?;
        if length == 0 {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        self.left -= length as u64;
        Ok(length)
    }
}
