//! Layers become folders.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Seek as _, SeekFrom},
    path::Path,
};

use tar::{Archive, EntryType};

use super::{
    BundleError, Limits,
    tree::{Kind, Tree, shown},
};

/// Most bytes that an entry may spend on its own description (long names, extended headers): readers of tar take
/// all of it into memory.
const LONGEST_DESCRIPTION: u64 = 64 * 1024;

/// Unpacks `layers` into the folder `into`, each over what earlier ones put there; the limits hold for all of them
/// together. There may be thousands: one is open at a time. On an error the folder is left half filled, for the
/// caller to remove; `into` must be nobody else's meanwhile.
pub(crate) fn unpack(
    layers: impl IntoIterator<Item = io::Result<File>>,
    into: &Path,
    limits: Limits,
) -> Result<(), BundleError> {
    let (mut tree, mut announced) = (Tree::new(into, limits), Announced::default());
    for layer in layers {
        let layer = layer.map_err(BundleError::BrokenLayer)?;
        announced.check(&layer, limits)?;
        write(&layer, &mut tree)?;
    }
    Ok(())
}

fn write(mut layer: &File, tree: &mut Tree) -> Result<(), BundleError> {
    layer.seek(SeekFrom::Start(0)).map_err(BundleError::BrokenLayer)?;
    let mut archive = Archive::new(layer);
    for entry in archive.entries().map_err(BundleError::BrokenLayer)? {
        let mut entry = entry.map_err(BundleError::BrokenLayer)?;
        let name = entry.path_bytes().into_owned();
        let kind = entry.header().entry_type();
        let target = || entry.link_name_bytes().map(Cow::into_owned).unwrap_or_default();
        match kind {
            EntryType::Directory => tree.folder(&name)?,
            EntryType::Symlink => tree.link(&name, &target())?,
            EntryType::Link => tree.hard_link(&name, &target())?,
            EntryType::Regular | EntryType::Continuous => {
                let mode = entry.header().mode().map_err(BundleError::BrokenLayer)?;
                tree.file(&name, Kind::of(mode), &mut entry)?;
            }
            // Remarks about the whole archive.
            EntryType::XGlobalHeader => {}
            other => return Err(special(&name, other)),
        }
    }
    Ok(())
}

/// What the headers of all layers so far say. A manifest may name the same layer thousands of times, and it counts
/// each time.
#[derive(Default)]
struct Announced {
    entries: u64,
    bytes: u64,
}

impl Announced {
    /// Looks at every header of a layer before anything of it is written: what it announces is cheap to refuse.
    fn check(&mut self, mut layer: &File, limits: Limits) -> Result<(), BundleError> {
        layer.seek(SeekFrom::Start(0)).map_err(BundleError::BrokenLayer)?;
        let mut archive = Archive::new(layer);
        for entry in archive
            .entries_with_seek()
            .map_err(BundleError::BrokenLayer)?
            .raw(true)
        {
            let entry = entry.map_err(BundleError::BrokenLayer)?;
            let size = entry.header().entry_size().map_err(BundleError::BrokenLayer)?;
            let kind = entry.header().entry_type();
            let describes = kind.is_gnu_longname()
                || kind.is_gnu_longlink()
                || kind.is_pax_local_extensions()
                || kind.is_pax_global_extensions();
            if describes && size > LONGEST_DESCRIPTION {
                return Err(BundleError::Outside {
                    entry: shown(&entry.path_bytes()),
                    problem: "has a name that no file can have",
                });
            }
            self.entries += 1;
            self.bytes = self.bytes.saturating_add(size);
            if self.bytes > limits.bytes {
                return Err(BundleError::too_large(limits));
            }
            // A long name and its link's long target are entries of their own.
            if self.entries > limits.entries.saturating_mul(3) {
                return Err(BundleError::too_many(limits));
            }
        }
        Ok(())
    }
}

fn special(name: &[u8], kind: EntryType) -> BundleError {
    BundleError::Special {
        entry: shown(name),
        what: match kind {
            EntryType::Block | EntryType::Char => "a device",
            EntryType::Fifo => "a pipe",
            EntryType::GNUSparse => "a sparse file",
            _ => "of an unknown kind",
        },
    }
}
