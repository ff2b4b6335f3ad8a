//! A layer that is made of files whenever it is read: a tar (POSIX.1-1988 with GNU long names) whose every byte
//! follows from the list of its entries and the files' content.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read, Seek as _, SeekFrom},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{fs::OFlags, io::Errno};
use tar::{EntryType, Header};

use super::{tree::Kind, zip::Extracted};

const BLOCK: u64 = 512;
/// A tar ends with two blocks of zeros.
const END: u64 = 2 * BLOCK;
/// Longer paths and targets are entries of their own before the one they belong to.
const LONGEST_IN_HEADER: usize = 100;

/// One thing that is sent.
#[derive(Debug)]
pub(super) struct Entry {
    /// In the folder, without a leading `/`.
    pub(super) path: PathBuf,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Folder,
    File { kind: Kind, stamp: Stamp },
    Link { target: PathBuf },
}

/// What tells a file from a later version of itself without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// In bytes.
    pub(super) size: u64,
    /// Nanoseconds since 1970.
    pub(super) modified: i128,
    pub(super) changed: i128,
    pub(super) device: u64,
    pub(super) inode: u64,
}

/// The folder that the entries of an artifact are in.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) path: PathBuf,
    /// Kept for as long as one of its files may have to be read.
    pub(super) _extracted: Option<Extracted>,
}

#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) root: Arc<Root>,
    pub(super) entries: Vec<Entry>,
}

/// A file is no longer what was listed and hashed.
#[derive(Debug, thiserror::Error)]
#[error("{} changed while it was being sent: run the deploy again", .0.display())]
pub(super) struct Changed(pub(super) PathBuf);

/// A file can't be read (any more).
#[derive(Debug, thiserror::Error)]
#[error("{} can't be read", path.display())]
pub(super) struct Unreadable {
    pub(super) path: PathBuf,
    #[source]
    pub(super) source: io::Error,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            size: metadata.len(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

impl Entry {
    /// How many bytes it takes up in a tar.
    pub(super) fn tar_size(&self) -> u64 {
        let size = self.size();
        self.head_size() + size + padding(size)
    }

    /// How many bytes of content follow its head.
    fn size(&self) -> u64 {
        match &self.content {
            Content::File { stamp, .. } => stamp.size,
            Content::Folder | Content::Link { .. } => 0,
        }
    }

    fn head_size(&self) -> u64 {
        let long = |text: &Path| match text.as_os_str().len() {
            0..=LONGEST_IN_HEADER => 0,
            // Its own header, and the text with the zero that ends it.
            length => BLOCK + (length as u64 + 1).next_multiple_of(BLOCK),
        };
        let target = match &self.content {
            Content::Link { target } => long(target),
            Content::Folder | Content::File { .. } => 0,
        };
        long(&self.path) + target + BLOCK
    }

    /// Everything before its content: the same for every file of its kind, with neither owner nor time.
    fn head(&self) -> Vec<u8> {
        let path = self.path.as_os_str().as_bytes();
        let mut bytes = Vec::with_capacity(usize::try_from(self.head_size()).unwrap_or_default());
        let (entry, kind, target) = match &self.content {
            Content::Folder => (EntryType::Directory, Kind::Program, &[][..]),
            Content::File { kind, .. } => (EntryType::Regular, *kind, &[][..]),
            Content::Link { target } => (EntryType::Symlink, Kind::Program, target.as_os_str().as_bytes()),
        };
        if path.len() > LONGEST_IN_HEADER {
            add_long(&mut bytes, EntryType::GNULongName, path);
        }
        if target.len() > LONGEST_IN_HEADER {
            add_long(&mut bytes, EntryType::GNULongLink, target);
        }
        bytes.extend_from_slice(header(entry, kind.mode(), self.size(), path, target).as_bytes());
        bytes
    }
}

/// Adds the entry that holds a text for which the header after it has no room ("GNU tar Internals", "Basic Tar
/// Format").
fn add_long(bytes: &mut Vec<u8>, entry: EntryType, text: &[u8]) {
    let size = text.len() as u64 + 1;
    bytes.extend_from_slice(header(entry, 0o644, size, b"././@LongLink", b"").as_bytes());
    bytes.extend_from_slice(text);
    let end = bytes.len() + 1 + padding(size) as usize;
    bytes.resize(end, 0);
}

/// Of a path and a target that are too long for it, the header has the beginning.
fn header(entry: EntryType, mode: u32, size: u64, path: &[u8], target: &[u8]) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(entry);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    let names = header.as_old_mut();
    for (field, text) in [(&mut names.name, path), (&mut names.linkname, target)] {
        let length = text.len().min(field.len());
        field[..length].copy_from_slice(&text[..length]);
    }
    header.set_cksum();
    header
}

/// The zeros after `size` bytes of content, up to the next whole block.
fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK) - size
}

impl Recipe {
    pub(super) fn size(&self) -> u64 {
        self.entries.iter().map(Entry::tar_size).sum::<u64>() + END
    }

    /// The tar from its byte `offset` on; entries before it are not opened.
    pub(super) fn reader(self: &Arc<Self>, offset: u64) -> RecipeReader {
        let mut reader = RecipeReader {
            recipe: Arc::clone(self),
            next: 0,
            stage: Stage::Entry,
            skip: offset,
        };
        while let Some(size) = self.entries.get(reader.next).map(Entry::tar_size)
            && size <= reader.skip
        {
            reader.skip -= size;
            reader.next += 1;
        }
        reader
    }

    /// Opens a file if it still is what was listed.
    fn open(&self, path: &Path, stamp: Stamp) -> io::Result<File> {
        // Neither a link nor a pipe that came in its place is waited for.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if is_gone(&error) => return Err(changed(path)),
            Err(source) => return Err(unreadable(path, source)),
        };
        check(path, &file, stamp)?;
        Ok(file)
    }
}

/// The file was removed, or something else stands in its place.
fn is_gone(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP))
}

fn check(path: &Path, file: &File, stamp: Stamp) -> io::Result<()> {
    let metadata = file.metadata().map_err(|error| unreadable(path, error))?;
    if metadata.is_file() && Stamp::of(&metadata) == stamp {
        Ok(())
    } else {
        Err(changed(path))
    }
}

fn changed(path: &Path) -> io::Error {
    io::Error::other(Changed(path.to_owned()))
}

fn unreadable(path: &Path, source: io::Error) -> io::Error {
    let path = path.to_owned();
    io::Error::new(source.kind(), Unreadable { path, source })
}

/// Makes a layer's tar as it is read.
#[derive(Debug)]
pub(super) struct RecipeReader {
    recipe: Arc<Recipe>,
    /// The entry that comes after what `stage` is at.
    next: usize,
    stage: Stage,
    /// How many bytes from the beginning of the next stage on are not wanted.
    skip: u64,
}

#[derive(Debug)]
enum Stage {
    /// Between two entries.
    Entry,
    Head {
        bytes: Vec<u8>,
        at: usize,
    },
    Content {
        file: File,
        path: PathBuf,
        stamp: Stamp,
        left: u64,
    },
    /// After the content of a file of `size` bytes.
    Padding {
        left: u64,
    },
    End {
        left: u64,
    },
}

impl RecipeReader {
    /// How much of a stage of `length` bytes is wanted, and from where on.
    fn part(&mut self, length: u64) -> (u64, u64) {
        let from = self.skip.min(length);
        self.skip -= from;
        (from, length - from)
    }

    fn start_entry(&mut self) {
        let Some(entry) = self.recipe.entries.get(self.next) else {
            let (_, left) = self.part(END);
            self.stage = Stage::End { left };
            return;
        };
        let bytes = entry.head();
        self.next += 1;
        let (from, _) = self.part(bytes.len() as u64);
        self.stage = Stage::Head {
            bytes,
            at: usize::try_from(from).unwrap_or(usize::MAX),
        };
    }

    /// Opens the file of the entry whose head was read.
    fn start_content(&mut self) -> io::Result<()> {
        let recipe = Arc::clone(&self.recipe);
        let entry = &recipe.entries[self.next - 1];
        let Content::File { stamp, .. } = entry.content else {
            self.stage = Stage::Entry;
            return Ok(());
        };
        let (from, left) = self.part(stamp.size);
        if left == 0 {
            self.start_padding(stamp.size);
            return Ok(());
        }
        let path = recipe.root.path.join(&entry.path);
        let mut file = recipe.open(&path, stamp)?;
        if from > 0 {
            file.seek(SeekFrom::Start(from))
                .map_err(|error| unreadable(&path, error))?;
        }
        self.stage = Stage::Content {
            file,
            path,
            stamp,
            left,
        };
        Ok(())
    }

    fn start_padding(&mut self, size: u64) {
        let (_, left) = self.part(padding(size));
        self.stage = Stage::Padding { left };
    }
}

impl Read for RecipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.stage {
                Stage::Entry => self.start_entry(),
                Stage::Head { bytes, at } if *at < bytes.len() => {
                    let length = buffer.len().min(bytes.len() - *at);
                    buffer[..length].copy_from_slice(&bytes[*at..*at + length]);
                    *at += length;
                    return Ok(length);
                }
                Stage::Head { .. } => self.start_content()?,
                Stage::Content {
                    file,
                    path,
                    stamp,
                    left,
                } => {
                    let stamp = *stamp;
                    if *left == 0 {
                        // What was written into it meanwhile shows in its times.
                        check(path, file, stamp)?;
                        self.start_padding(stamp.size);
                        continue;
                    }
                    let length = file
                        .read(wanted(buffer, *left))
                        .map_err(|error| unreadable(path, error))?;
                    if length == 0 {
                        return Err(changed(path));
                    }
                    *left -= length as u64;
                    return Ok(length);
                }
                Stage::Padding { left: 0 } => self.stage = Stage::Entry,
                Stage::End { left: 0 } => return Ok(0),
                Stage::Padding { left } | Stage::End { left } => {
                    let zeros = wanted(buffer, *left);
                    zeros.fill(0);
                    *left -= zeros.len() as u64;
                    return Ok(zeros.len());
                }
            }
        }
    }
}

/// The beginning of `buffer`, not longer than what is `left`.
fn wanted(buffer: &mut [u8], left: u64) -> &mut [u8] {
    let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
    &mut buffer[..length]
}
