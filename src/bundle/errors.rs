//! What can be wrong with a bundle.

use std::{
    collections::HashMap,
    fmt, io,
    path::{Path, PathBuf},
};

use super::Limits;

/// Why files could not be packed or unpacked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BundleError {
    #[error("{} does not exist", .0.display())]
    NotFound(PathBuf),
    #[error("{} can't be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// It was listed, and is something else by now.
    #[error("{} changed while it was being packed", .0.display())]
    Changed(PathBuf),
    /// A line of an ignore file, counted from 1, is no pattern.
    #[error("line {line} of {} is not a pattern", path.display())]
    BrokenIgnore {
        path: PathBuf,
        line: usize,
        #[source]
        source: io::Error,
    },
    #[error("{} is not a zip file", .0.display())]
    NotAZip(PathBuf),
    #[error("{} is damaged or cut short, or a kind of zip that berth can't read", path.display())]
    BrokenZip {
        path: PathBuf,
        #[source]
        source: ::zip::result::ZipError,
    },
    /// One file of a zip can't be unpacked, or is not what its checksum says.
    #[error("{entry:?} in {} is damaged", path.display())]
    BrokenEntry {
        path: PathBuf,
        entry: String,
        #[source]
        source: ::zip::result::ZipError,
    },
    #[error("{entry:?} in {} is encrypted", path.display())]
    Encrypted { path: PathBuf, entry: String },
    #[error("{entry:?} in {} is compressed with {method}, which berth can't read", path.display())]
    Compression {
        path: PathBuf,
        entry: String,
        method: String,
    },
    #[error("{} has two entries of the name {entry:?}", path.display())]
    Twice { path: PathBuf, entry: String },
    /// The list at the end of a zip says one thing, the entry itself another.
    #[error("{} lists {entry:?}, but the entry there calls itself {itself:?}", path.display())]
    Contradiction {
        path: PathBuf,
        entry: String,
        itself: String,
    },
    #[error("{} has nothing to send in it", .0.display())]
    Empty(PathBuf),
    /// An entry, or the target of a link, lies outside the bundle.
    #[error("{entry:?} {problem}")]
    Outside { entry: String, problem: &'static str },
    /// A device, a pipe, or another thing that is neither file nor folder nor link.
    #[error("{entry:?} is {what}, which a bundle can't hold")]
    Special { entry: String, what: &'static str },
    /// Two entries contradict each other.
    #[error("{entry:?} stands in the way of another entry with its name")]
    Clash { entry: String },
    #[error("{one:?} and {other:?} differ only by case, and would be one file on many machines")]
    SameName { one: String, other: String },
    /// In bytes; the size is known of folders only.
    #[error("the bundle is {}, and {} is the limit{largest}", match size {
        Some(size) => format!("{} large", human(*size)),
        None => "too large unpacked".to_owned(),
    }, human(*limit))]
    TooLarge {
        limit: u64,
        size: Option<u64>,
        largest: Largest,
    },
    #[error("the bundle has more than {limit} files and folders, which is the limit{fullest}")]
    TooMany { limit: u64, fullest: Largest },
    #[error("the zip file grows to more than {ratio} times its size: it looks like a zip bomb")]
    Bomb { ratio: u64 },
    #[error("the layer is not a tar file, or a damaged one")]
    BrokenLayer(#[source] io::Error),
    #[error("the manifest is not one of a bundle: {0}")]
    BrokenManifest(String),
    #[error("the files could not be written")]
    Write(#[source] io::Error),
}

/// Where the size of a bundle comes from: at most ten lines to print below the error.
#[derive(Debug, Default)]
pub(crate) struct Largest(Vec<String>);

impl Largest {
    const LINES: usize = 10;

    /// The largest files, each with its size in bytes.
    pub(super) fn files<'a>(files: impl Iterator<Item = (&'a Path, u64)>) -> Self {
        let sizes = files.map(|(path, size)| (size, path.display().to_string()));
        Self::lines("largest files", sizes.collect(), |size| {
            format!("{:>10}", human(size))
        })
    }

    /// The top folders with the most files.
    pub(super) fn folders<'a>(files: impl Iterator<Item = &'a Path>) -> Self {
        let mut counts: HashMap<&Path, u64> = HashMap::new();
        for folder in files.filter_map(|path| path.parent()?.components().next()) {
            *counts.entry(Path::new(folder.as_os_str())).or_default() += 1;
        }
        let counts = counts
            .into_iter()
            .map(|(path, count)| (count, format!("{}/", path.display())));
        Self::lines("folders with most files", counts.collect(), |count| {
            format!("{count:>8}")
        })
    }

    fn lines(what: &str, mut of: Vec<(u64, String)>, shown: impl Fn(u64) -> String) -> Self {
        of.sort_unstable_by(|(one, name), (other, other_name)| other.cmp(one).then(name.cmp(other_name)));
        of.truncate(Self::LINES);
        if of.is_empty() {
            return Self::default();
        }
        let lines = of
            .into_iter()
            .map(|(number, name)| format!("  {}  {name}", shown(number)));
        Self(std::iter::once(format!("; the {what}:")).chain(lines).collect())
    }
}

impl fmt::Display for Largest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// In the units that the command line shows elsewhere.
fn human(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut size = bytes as f64;
    let mut unit = "B";
    for larger in UNITS {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    if unit == "B" {
        format!("{bytes} B")
    } else {
        format!("{size:.2} {unit}")
    }
}

impl BundleError {
    /// For a path of the operator's that can't be opened or read.
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound {
            Self::NotFound(path.to_owned())
        } else {
            Self::Unreadable {
                path: path.to_owned(),
                source,
            }
        }
    }

    /// More bytes than `limits` allow, of something whose files are not known by name and size.
    pub(super) fn too_large(limits: Limits) -> Self {
        Self::TooLarge {
            limit: limits.bytes,
            size: None,
            largest: Largest::default(),
        }
    }

    /// More entries than `limits` allow.
    pub(super) fn too_many(limits: Limits) -> Self {
        Self::TooMany {
            limit: limits.entries,
            fullest: Largest::default(),
        }
    }

    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "check the path of the folder or zip file",
            Self::Unreadable { .. } => {
                "make it readable, or name it in a .berthignore file beside it to leave it out"
            }
            Self::Changed(_) => {
                "run it again once nothing writes to it, or leave it out with a line in .berthignore"
            }
            Self::BrokenIgnore { .. } => "write it as .gitignore would: `gitignore(5)` has the syntax",
            Self::NotAZip(_) => "give a folder or a .zip file",
            Self::BrokenZip { .. }
            | Self::BrokenEntry { .. }
            | Self::Encrypted { .. }
            | Self::Compression { .. }
            | Self::Contradiction { .. } => {
                "make the zip file again, with plain deflate and no password, or send the folder itself"
            }
            Self::Twice { .. } => "make the zip file again with one of them, or send the folder itself",
            Self::Empty(_) => {
                "check the path; files such as .env, keys and .git are never sent, nor what .berthignore and .gitignore name"
            }
            Self::Outside { .. } => {
                "a bundle may name and link to its own files only, by relative paths; .berthignore leaves files out"
            }
            Self::Special { .. } | Self::Clash { .. } => {
                "leave it out of the bundle: .berthignore takes its name"
            }
            Self::SameName { .. } => "rename one of them, or leave it out with a line in .berthignore",
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                "name what the connector does not need in a .berthignore file"
            }
            Self::Bomb { .. } => "send the folder instead, if its files really are that repetitive",
            Self::BrokenLayer(_) | Self::BrokenManifest(_) => {
                "send the bundle with `berth deploy`; its layers are plain, uncompressed tar files"
            }
            Self::Write(_) => {
                "check the free space of the folder for temporary files or of the broker's data folder"
            }
        }
    }
}
