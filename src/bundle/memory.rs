//! What layers were hashed to: so that a file that did not change is not read again.
//!
//! A file of lines for each folder that was packed, replaced whole. A layer is known by everything that `stat(2)`
//! says about its files, change times and inodes among it, so that no way of writing to one goes unnoticed. Whatever
//! is wrong with the memory, it is as if there were none.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{Read as _, Write as _},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use sha2::{Digest as _, Sha256};

use super::recipe::{Content, Entry, Recipe};
use crate::model::Digest;

/// Changes with the lines, and with what a layer is made of its files.
const FIRST_LINE: &str = "berth layers 1";

/// Most folders that are remembered.
const MOST: usize = 64;
/// Most bytes of one of them.
const LONGEST: u64 = 4 << 20;

/// A file that changed this short a time before it was read, in nanoseconds, may have changed again since, without
/// another time to show for it.
const UNSETTLED: i128 = 2_000_000_000;

#[derive(Debug)]
pub(super) struct Memory {
    file: PathBuf,
    known: HashMap<Digest, Digest>,
}

impl Memory {
    /// What is remembered in the folder `remembered` of the bundle at `root`.
    pub(super) fn of(remembered: &Path, root: &Path) -> Self {
        let name = Digest::of(root.as_os_str().as_bytes());
        let file = remembered.join("layers").join(name.hex());
        Self {
            known: read(&file).unwrap_or_default(),
            file,
        }
    }

    pub(super) fn digest(&self, state: &Digest) -> Option<&Digest> {
        self.known.get(state)
    }

    /// Remembers these layers, by their states, in place of those before.
    pub(super) fn replace(&mut self, layers: HashMap<Digest, Digest>) {
        if layers == self.known {
            // Those that are used stay longest.
            let _ = File::open(&self.file).and_then(|file| file.set_modified(SystemTime::now()));
            return;
        }
        self.known = layers;
        // A full disk costs the next deploy some time, not this one its success.
        if self.write().is_ok() {
            self.prune();
        }
    }

    fn write(&self) -> std::io::Result<()> {
        let mut lines: Vec<String> = self
            .known
            .iter()
            .map(|(state, digest)| format!("{} {}\n", state.hex(), digest.hex()))
            .collect();
        lines.sort_unstable();
        let text = format!("{FIRST_LINE}\n{}", lines.concat());
        let Some(folder) = self.file.parent() else {
            return Ok(());
        };
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        writeln!(file, "{text}{}", Digest::of(text.as_bytes()).hex())?;
        file.persist(&self.file)?;
        Ok(())
    }

    fn prune(&self) {
        let Some(entries) = self.file.parent().and_then(|folder| fs::read_dir(folder).ok()) else {
            return;
        };
        let mut files: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort_unstable();
        for (_, path) in files.iter().rev().skip(MOST) {
            let _ = fs::remove_file(path);
        }
    }
}

/// `None` unless the file is exactly what was written.
fn read(path: &Path) -> Option<HashMap<Digest, Digest>> {
    let mut text = String::new();
    File::open(path)
        .ok()?
        .take(LONGEST)
        .read_to_string(&mut text)
        .ok()?;
    let (body, check) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let body = &text[..=body.len()];
    if Digest::of(body.as_bytes()).hex() != check {
        return None;
    }
    let digest = |hex: &str| format!("sha256:{hex}").parse().ok();
    body.strip_prefix(FIRST_LINE)?
        .lines()
        .skip(1)
        .map(|line| {
            let (state, layer) = line.split_once(' ')?;
            Some((digest(state)?, digest(layer)?))
        })
        .collect()
}

/// By what a layer is known: all that shows whether it would come out the same again.
pub(super) fn state(recipe: &Recipe) -> Digest {
    let mut hash = Sha256::new();
    for Entry { path, content } in &recipe.entries {
        let path = path.as_os_str().as_bytes();
        hash.update((path.len() as u64).to_le_bytes());
        hash.update(path);
        match content {
            Content::Folder => hash.update(b"d"),
            Content::Link { target } => {
                let target = target.as_os_str().as_bytes();
                hash.update(b"l");
                hash.update((target.len() as u64).to_le_bytes());
                hash.update(target);
            }
            Content::File { kind, stamp } => {
                hash.update(b"f");
                hash.update(kind.mode().to_le_bytes());
                for number in [stamp.size, stamp.device, stamp.inode] {
                    hash.update(number.to_le_bytes());
                }
                for time in [stamp.modified, stamp.changed] {
                    hash.update(time.to_le_bytes());
                }
            }
        }
    }
    Digest::from_hash(&hash.finalize())
}

/// Whether every file of a layer was left alone for long enough at the time `now` that its times can be trusted.
pub(super) fn is_settled(recipe: &Recipe, now: SystemTime) -> bool {
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos().cast_signed());
    recipe.entries.iter().all(|entry| match &entry.content {
        Content::File { stamp, .. } => [stamp.modified, stamp.changed]
            .iter()
            .all(|time| (now - time).abs() > UNSETTLED),
        Content::Folder | Content::Link { .. } => true,
    })
}
