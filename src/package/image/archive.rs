//! What an engine exports (`docker save`), read as it comes.
//!
//! There are two layouts, and both name their parts in `manifest.json`: `ID/layer.tar` with links between equal
//! layers (Docker before 25, podman), and an OCI layout with `blobs/sha256/…`. The list may come last, so that every
//! part is kept until it is known which ones count. Names in an archive are looked up, never opened; what a part is
//! called proves nothing, and its hash is computed here.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek as _, Write},
    path::{Component, Path},
};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{ImageError, Known};
use crate::model::Digest;

/// Most entries in an archive; an engine's image has at most 127 layers, of four entries each.
const MOST_ENTRIES: usize = 20_000;
/// Largest list or configuration, in bytes.
const LARGEST_DOCUMENT: u64 = 8 << 20;
/// Most links from one name to the next.
const MOST_LINKS: usize = 8;
/// Entries of the older layout that describe layers and are not needed.
const DESCRIPTIONS: [&str; 4] = ["VERSION", "json", "repositories", "oci-layout"];

/// An image's parts.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) config: Part,
    /// From the lowest to the highest.
    pub(super) layers: Vec<Part>,
}

/// One part, uncompressed where it can be.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) digest: Digest,
    /// In bytes.
    pub(super) size: u64,
    /// A file without a name, gone with the process; `None` where the broker has the part already.
    pub(super) content: Option<File>,
    pub(super) packing: Packing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    /// Left as it is: what it holds is checked by the engine that loads it.
    Zstd,
}

/// One image of `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    layers: Vec<String>,
}

/// What berth reads of an image's configuration.
#[derive(Debug, Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Debug, Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Vec<Digest>,
}

/// Reads the image whose layers have the digests `diff_ids`. Layers that are `known` are hashed and not kept.
pub(super) fn read(archive: impl Read, diff_ids: &[Digest], known: &Known) -> Result<Contents, ImageError> {
    let mut parts: HashMap<String, Part> = HashMap::new();
    let mut links: HashMap<String, String> = HashMap::new();
    let mut archive = tar::Archive::new(BufReader::with_capacity(256 * 1024, archive));
    for (count, entry) in archive.entries().map_err(ImageError::Cut)?.enumerate() {
        let mut entry = entry.map_err(ImageError::Cut)?;
        if count >= MOST_ENTRIES {
            return Err(broken(format!("it has more than {MOST_ENTRIES} entries")));
        }
        let path = entry.path().map_err(ImageError::Cut)?.into_owned();
        let name = name_of(Path::new(""), &path)?;
        let kind = entry.header().entry_type();
        if kind.is_symlink() || kind.is_hard_link() {
            let target = entry.link_name().map_err(ImageError::Cut)?;
            let target = target.ok_or_else(|| broken(format!("{name:?} links to nothing")))?;
            let from = match path.parent() {
                Some(folder) if kind.is_symlink() => folder,
                _ => Path::new(""),
            };
            links.insert(name, name_of(from, &target)?);
        } else if kind.is_file() {
            let last = name.rsplit('/').next().unwrap_or(&name);
            if !DESCRIPTIONS.contains(&last) {
                parts.insert(name, keep(&mut entry, known)?);
            }
        }
    }
    let lookup = |name: &str| find(name, &parts, &links);
    let saved: Vec<Saved> = document(lookup("manifest.json")?, "manifest.json")?;
    let mut chosen = None;
    for saved in saved {
        let config: Config = document(lookup(&saved.config)?, &saved.config)?;
        // An engine that keeps an image for several platforms exports them all.
        if config.rootfs.diff_ids == diff_ids {
            chosen = Some(saved);
            break;
        }
    }
    let saved = chosen.ok_or_else(|| broken("none of its images has the layers that were asked for"))?;
    if saved.layers.len() != diff_ids.len() {
        let (listed, wanted) = (saved.layers.len(), diff_ids.len());
        return Err(broken(format!("it lists {listed} layers of {wanted}")));
    }
    let mut layers = Vec::with_capacity(diff_ids.len());
    for (index, (name, expected)) in saved.layers.iter().zip(diff_ids).enumerate() {
        let layer = lookup(name)?;
        if layer.packing == Packing::Plain && layer.digest != *expected {
            return Err(ImageError::Mismatch {
                layer: index + 1,
                actual: layer.digest.clone(),
                expected: expected.clone(),
            });
        }
        layers.push(layer.share().map_err(ImageError::Temporary)?);
    }
    Ok(Contents {
        config: lookup(&saved.config)?.share().map_err(ImageError::Temporary)?,
        layers,
    })
}

/// `path`, seen from the folder `from`, as a name in the archive.
fn name_of(from: &Path, path: &Path) -> Result<String, ImageError> {
    let outside = || broken(format!("{:?} leads out of it", path.display().to_string()));
    let mut parts: Vec<String> = Vec::new();
    for part in from.components().chain(path.components()) {
        match part {
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop().ok_or_else(outside)?),
            Component::RootDir | Component::Prefix(_) => return Err(outside()),
        }
    }
    Ok(parts.join("/"))
}

fn find<'a>(
    name: &str,
    parts: &'a HashMap<String, Part>,
    links: &HashMap<String, String>,
) -> Result<&'a Part, ImageError> {
    let mut at = name_of(Path::new(""), Path::new(name))?;
    for _ in 0..=MOST_LINKS {
        if let Some(part) = parts.get(&at) {
            return Ok(part);
        }
        match links.get(&at) {
            Some(target) => at.clone_from(target),
            None => return Err(broken(format!("it has no {at:?}"))),
        }
    }
    Err(broken(format!("the links from {name:?} do not end")))
}

fn document<T: for<'a> Deserialize<'a>>(part: &Part, name: &str) -> Result<T, ImageError> {
    if part.size > LARGEST_DOCUMENT {
        return Err(broken(format!("its {name} has {} bytes", part.size)));
    }
    let file = part.content.as_ref();
    let mut file = file.ok_or_else(|| broken(format!("{name} is not a document")))?;
    file.rewind().map_err(ImageError::Temporary)?;
    serde_json::from_reader(BufReader::new(file))
        .map_err(|error| broken(format!("its {name} can't be read ({error})")))
}

/// Keeps an entry in a file without a name, uncompressed, unless the broker has it.
fn keep(entry: &mut impl Read, known: &Known) -> Result<Part, ImageError> {
    let mut start = Vec::with_capacity(4);
    entry
        .by_ref()
        .take(4)
        .read_to_end(&mut start)
        .map_err(ImageError::Cut)?;
    let packing = match start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        true => Packing::Zstd,
        false => Packing::Plain,
    };
    let whole = start.as_slice().chain(entry);
    let (digest, size, file) = match start.starts_with(&[0x1f, 0x8b]) {
        true => write(MultiGzDecoder::new(whole))?,
        false => write(whole)?,
    };
    // A document is small, and needed here.
    let content = (size <= LARGEST_DOCUMENT || !known.contains_key(&digest)).then_some(file);
    Ok(Part {
        digest,
        size,
        content,
        packing,
    })
}

fn write(mut from: impl Read) -> Result<(Digest, u64, File), ImageError> {
    let file = tempfile::tempfile().map_err(ImageError::Temporary)?;
    let mut file = BufWriter::with_capacity(256 * 1024, file);
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ImageError::Cut(error)),
        };
        hash.update(&buffer[..length]);
        size += length as u64;
        file.write_all(&buffer[..length]).map_err(ImageError::Temporary)?;
    }
    let file = file
        .into_inner()
        .map_err(|error| ImageError::Temporary(error.into_error()))?;
    Ok((Digest::from_hash(&hash.finalize()), size, file))
}

fn broken(problem: impl Into<String>) -> ImageError {
    ImageError::BrokenArchive(problem.into())
}

impl Part {
    /// The same part once more: a layer may occur twice in an image.
    fn share(&self) -> io::Result<Self> {
        Ok(Self {
            digest: self.digest.clone(),
            size: self.size,
            content: self.content.as_ref().map(File::try_clone).transpose()?,
            packing: self.packing,
        })
    }
}

#[cfg(test)]
mod tests;
