//! Which files of a folder are sent.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read as _},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{FileTypeExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use ignore::WalkBuilder;
use parking_lot::Mutex;

use super::{
    BundleError, Limits,
    tree::{Kind, check_target},
};

/// Names what is left out, in the syntax of `.gitignore`.
const IGNORE_FILE: &str = ".berthignore";

/// Folders of version control and of desktops, and files that hold credentials of the person who deploys.
const NEVER_SENT: [&str; 14] = [
    ".git",
    ".hg",
    ".svn",
    ".DS_Store",
    ".npmrc",
    ".yarnrc.yml",
    ".netrc",
    ".pypirc",
    ".git-credentials",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_ed25519_sk",
];
const KEY_SUFFIXES: [&str; 5] = [".key", ".p12", ".pfx", ".jks", ".keystore"];

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
    /// `size` in bytes.
    File {
        kind: Kind,
        size: u64,
    },
    Link {
        target: PathBuf,
    },
}

/// What is in a folder: the entries sorted by path, parents first, and what was left out.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<Entry>,
    pub(super) left_out: Vec<String>,
    /// Number of files, and their size in bytes.
    pub(super) files: usize,
    pub(super) bytes: u64,
}

/// Lists the folder `root`. Links are listed, never followed.
pub(super) fn list(root: &Path, limits: Limits) -> Result<Listing, BundleError> {
    let left_out = Arc::new(Mutex::new(Vec::new()));
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .add_custom_ignore_filename(IGNORE_FILE)
        .follow_links(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry({
            let (root, left_out) = (root.to_owned(), Arc::clone(&left_out));
            move |entry| {
                let keep = entry.depth() == 0 || !is_private(entry.path());
                if !keep {
                    left_out.lock().push(relative(&root, entry.path()));
                }
                keep
            }
        })
        .build();
    let mut listing = Listing::default();
    for entry in walk {
        let entry = entry.map_err(|error| walk_error(root, error))?;
        if entry.depth() == 0 || entry.file_name() == IGNORE_FILE {
            continue;
        }
        let path = entry.path();
        let metadata = fs::symlink_metadata(path).map_err(|error| BundleError::unreadable(path, error))?;
        match content(root, path, &metadata)? {
            Some(content) => listing.add(entry_path(root, path), content),
            None => left_out.lock().push(relative(root, path)),
        }
        if listing.bytes > limits.bytes {
            return Err(BundleError::TooLarge { limit: limits.bytes });
        }
        if listing.entries.len() as u64 > limits.entries {
            return Err(BundleError::TooMany {
                limit: limits.entries,
            });
        }
    }
    listing.left_out = std::mem::take(&mut *left_out.lock());
    listing.left_out.sort();
    if listing.files == 0 {
        return Err(BundleError::Empty(root.to_owned()));
    }
    Ok(listing)
}

impl Listing {
    fn add(&mut self, path: PathBuf, content: Content) {
        if let Content::File { size, .. } = content {
            self.files += 1;
            self.bytes += size;
        }
        self.entries.push(Entry { path, content });
    }
}

/// What is sent for `path`; `None` for sockets, pipes and devices, which mean nothing elsewhere.
fn content(root: &Path, path: &Path, metadata: &Metadata) -> Result<Option<Content>, BundleError> {
    let kind = metadata.file_type();
    if kind.is_dir() {
        Ok(Some(Content::Folder))
    } else if kind.is_symlink() {
        let target = fs::read_link(path).map_err(|error| BundleError::unreadable(path, error))?;
        check_target(&entry_path(root, path), target.as_os_str().as_bytes())?;
        Ok(Some(Content::Link { target }))
    } else if kind.is_socket() || kind.is_fifo() || kind.is_block_device() || kind.is_char_device() {
        Ok(None)
    } else {
        Ok(Some(Content::File {
            kind: Kind::of(metadata.permissions().mode()),
            size: metadata.len(),
        }))
    }
}

/// Whether a file looks like a credential, or like history that no connector needs.
pub(crate) fn is_private(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name == ".env"
        || name.starts_with(".env.")
        || NEVER_SENT.contains(&&*name)
        || KEY_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
        || (name.ends_with(".pem") && holds_private_key(path))
}

/// Certificates are `.pem` files too, and packages need theirs: only keys stay behind.
fn holds_private_key(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256 * 1024).read_to_end(&mut start));
    // One that can't be read is reported when it is packed.
    read.is_ok() && String::from_utf8_lossy(&start).contains("PRIVATE KEY-----")
}

fn entry_path(root: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}

fn relative(root: &Path, path: &Path) -> String {
    entry_path(root, path).display().to_string()
}

fn walk_error(root: &Path, error: ignore::Error) -> BundleError {
    let mut path = root.to_owned();
    let mut inner = &error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path.clone_from(at);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            _ => break,
        }
    }
    let text = inner.to_string();
    let source = error.into_io_error().unwrap_or_else(|| io::Error::other(text));
    BundleError::unreadable(&path, source)
}
