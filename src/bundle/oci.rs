//! The OCI manifest around a bundle's layers (OCI image specification 1.1, "Image Manifest").

use serde::{Deserialize, Serialize};

use super::BundleError;
use crate::model::Digest;

pub(crate) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// What berth's bundles call themselves.
pub(super) const ARTIFACT_TYPE: &str = "application/vnd.berth.bundle.v1";
/// Layers are not compressed: a layer's digest is its identity, whatever a later compressor would make of it.
pub(super) const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar";
/// The configuration of an artifact that has none: the two bytes `{}`.
pub(super) const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";

/// Most layers that a manifest may name. A bundle as large as may be has some four thousand, and ten thousand of them
/// make a manifest of 1.6 MiB, of the 4 MiB that registries take.
const MOST_LAYERS: usize = 10_000;

/// One blob, as a manifest names it. Fields of other writers are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: Digest,
    /// In bytes.
    pub(crate) size: u64,
}

/// What berth reads of a manifest: the blobs that it consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManifestLayers {
    schema_version: u8,
    pub(crate) media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    pub(crate) config: Descriptor,
    /// In the order in which they are unpacked, one over the other.
    pub(crate) layers: Vec<Descriptor>,
}

impl ManifestLayers {
    /// A bundle's manifest.
    pub(super) fn bundle(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST_TYPE.to_owned()),
            artifact_type: Some(ARTIFACT_TYPE.to_owned()),
            config,
            layers,
        }
    }

    /// A container image's manifest.
    pub(crate) fn image(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST_TYPE.to_owned()),
            artifact_type: None,
            config,
            layers,
        }
    }

    /// Every blob that it names, the configuration first.
    pub(crate) fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        std::iter::once(&self.config).chain(&self.layers)
    }

    /// Whether it is a bundle of berth's, whose layers can be unpacked.
    pub(crate) fn check_bundle(&self) -> Result<(), BundleError> {
        let problem = if self.artifact_type.as_deref() != Some(ARTIFACT_TYPE) {
            format!("its artifactType is not {ARTIFACT_TYPE}")
        } else if let Some(layer) = self.layers.iter().find(|layer| layer.media_type != LAYER_TYPE) {
            format!("a layer's media type is {:?}, not {LAYER_TYPE}", layer.media_type)
        } else if self.layers.is_empty() {
            "it has no layers".to_owned()
        } else {
            return Ok(());
        };
        Err(BundleError::BrokenManifest(problem))
    }
}

/// Reads an image manifest (schema version 2), of a bundle or of any other artifact.
pub(crate) fn parse_manifest(bytes: &[u8]) -> Result<ManifestLayers, BundleError> {
    let manifest: ManifestLayers =
        serde_json::from_slice(bytes).map_err(|error| BundleError::BrokenManifest(error.to_string()))?;
    if manifest.schema_version != 2 {
        let problem = format!("its schemaVersion is {}, not 2", manifest.schema_version);
        return Err(BundleError::BrokenManifest(problem));
    }
    if manifest.layers.len() > MOST_LAYERS {
        let problem = format!("it names more than {MOST_LAYERS} layers");
        return Err(BundleError::BrokenManifest(problem));
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_manifest_is_refused() {
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"schemaVersion":1,"config":{"mediaType":"x","digest":"sha256:00","size":2},"layers":[]}"#,
            r#"{"schemaVersion":2,"config":{"mediaType":"x","digest":"sha256:../../x","size":2},"layers":[]}"#,
        ] {
            parse_manifest(bad.as_bytes()).unwrap_err();
        }
        let digest = Digest::of(b"{}");
        let other = format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"x","digest":"{digest}","size":2}},"layers":[]}}"#
        );
        parse_manifest(other.as_bytes())
            .unwrap()
            .check_bundle()
            .unwrap_err();
    }
}
