//! Folders and zip files as layers, and the OCI manifest around them.
//!
//! The operator's half packs ([`pack`]), the broker's half unpacks ([`unpack`]); both know a bundle by the digest of
//! its manifest. Packing is deterministic: entries sorted by path, one fixed time and owner, and of the mode only
//! whether a file may be executed; so the same files give the same digest on every machine, from a folder as from a
//! zip. [`walk`] says what is sent, with [`rules`] for the operator's ignore files and for what looks private.
//!
//! A bundle is many small layers, cut where its names say ([`buckets`]), so that a change is a change of one of them.
//! A layer is never stored: it is a [`recipe`], read out of the files when it is hashed and again when it is sent.
//! What was hashed once is remembered by the files' times and inodes ([`memory`]).
//!
//! Both directions go through one gate, [`tree::Tree`]: whatever a zip or a layer claims, nothing is written, or
//! linked to, outside the folder that it is unpacked into, and nothing beyond the [`Limits`].
//!
//! Callers branch on [`BundleError`]: most of it is the sender's to fix, and says how.

mod artifact;
mod buckets;
mod errors;
mod index;
mod layers;
mod memory;
mod oci;
mod recipe;
mod remarks;
mod rules;
mod tree;
mod unpack;
mod walk;
mod zip;

pub(crate) use artifact::{Artifact, Blob};
pub(crate) use errors::BundleError;
pub(crate) use index::{About, AnyManifest, about, parse_any};
pub(crate) use layers::{pack, pack_all, pack_extracted, pack_remembering};
pub(crate) use oci::{Descriptor, MANIFEST_TYPE, ManifestLayers, parse_manifest};
pub(crate) use rules::looks_private;
pub(crate) use unpack::unpack;
pub(crate) use zip::{Extracted, extract_part, remove_all as remove_extracted};

/// Largest manifest, in bytes; the OCI distribution specification asks registries to take 4 MiB.
pub(crate) const LARGEST_MANIFEST: u64 = 4 * 1024 * 1024;

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

#[cfg(test)]
mod tests;
