//! Folders and zip files as layers, and the OCI manifest around them.
//!
//! The operator's half packs ([`pack`]), the broker's half unpacks ([`unpack`]); both know a bundle by the digest of
//! its manifest. Packing is deterministic: a sorted walk, one fixed time and owner, and of the mode only whether a
//! file may be executed; so the same files give the same digest on every machine, from a folder as from a zip.
//!
//! Both directions go through one gate, [`tree::Tree`]: whatever a zip or a layer claims, nothing is written, or
//! linked to, outside the folder that it is unpacked into, and nothing beyond the [`Limits`].
//!
//! Callers branch on [`BundleError`]: most of it is the sender's to fix, and says how.

mod errors;
mod index;
mod layers;
mod oci;
mod tree;
mod unpack;
mod walk;
mod zip;

pub(crate) use errors::BundleError;
pub(crate) use index::{About, AnyManifest, Index, about, parse_any};
pub(crate) use layers::{Artifact, Blob};
pub(crate) use oci::{Descriptor, MANIFEST_TYPE, ManifestLayers, parse_manifest};
pub(crate) use unpack::unpack;
pub(crate) use walk::is_private;
pub(crate) use zip::extract;

use std::path::Path;

/// How much one bundle may hold once it is unpacked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// All files together, in bytes.
    pub(crate) bytes: u64,
    /// Files, folders and links together.
    pub(crate) entries: u64,
    /// How many times larger than itself a zip file may become. Deflate reaches 1032; real files stay under 20.
    pub(crate) ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 30,
            entries: 200_000,
            ratio: 200,
        }
    }
}

/// Packs the folder, or the zip file, at `path`. The layers are kept in temporary files until the [`Artifact`] is
/// dropped.
pub(crate) fn pack(path: &Path) -> Result<Artifact, BundleError> {
    let limits = Limits::default();
    let metadata = std::fs::metadata(path).map_err(|error| BundleError::unreadable(path, error))?;
    if metadata.is_dir() {
        layers::pack_folder(path, limits)
    } else {
        layers::pack_folder(extract(path, limits)?.path(), limits)
    }
}

#[cfg(test)]
mod tests;
