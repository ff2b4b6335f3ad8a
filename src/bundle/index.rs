//! Indexes of manifests, and what manifests of every kind say about themselves (OCI image specification 1.1,
//! "Image Index" and "Image Manifest"; Docker's manifest lists have the same fields).

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::{
    BundleError,
    oci::{Descriptor, ManifestLayers, parse_manifest},
};
use crate::model::Platform;

/// Most manifests that an index may name.
const MOST_MANIFESTS: usize = 1000;

/// A manifest of an image or another artifact, or an index of such.
#[derive(Debug, Clone)]
pub(crate) enum AnyManifest {
    Single(ManifestLayers),
    Index(Index),
}

/// An index: one manifest for each platform, or whatever else belongs together.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    schema_version: u8,
    pub(crate) media_type: Option<String>,
    pub(crate) manifests: Vec<IndexEntry>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct IndexEntry {
    #[serde(flatten)]
    pub(crate) descriptor: Descriptor,
    #[serde(default)]
    platform: Option<IndexPlatform>,
}

#[derive(Debug, Clone, Deserialize)]
struct IndexPlatform {
    os: String,
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
}

/// What a manifest says of itself to whoever lists it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    /// The manifest that this one is about.
    pub(crate) subject: Option<Descriptor>,
    artifact_type: Option<String>,
    config: Option<ConfigType>,
    pub(crate) annotations: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigType {
    media_type: Option<String>,
}

/// The fields by which the two kinds are told apart.
#[derive(Deserialize)]
struct Fields {
    manifests: Option<IgnoredAny>,
    config: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
}

impl Index {
    /// The manifest for `platform`. Among several the one without a variant, which runs everywhere, else the first.
    pub(crate) fn choose(&self, platform: &Platform) -> Option<&Descriptor> {
        let fits = |entry: &&IndexEntry| {
            let built_for = entry.platform.as_ref();
            built_for.is_some_and(|it| it.os == platform.os && it.architecture == platform.architecture)
        };
        let is_plain = |entry: &&IndexEntry| entry.platform.as_ref().is_some_and(|it| it.variant.is_none());
        let mut fitting = self.manifests.iter().filter(fits);
        let first = fitting.next()?;
        let plain = Some(first).filter(is_plain).or_else(|| fitting.find(is_plain));
        Some(&plain.unwrap_or(first).descriptor)
    }

    /// The platforms that it has manifests for, as `os/architecture`.
    pub(crate) fn platforms(&self) -> Vec<String> {
        let mut platforms: Vec<String> = self
            .manifests
            .iter()
            .filter_map(|entry| entry.platform.as_ref())
            .filter(|platform| platform.os != "unknown")
            .map(|platform| format!("{}/{}", platform.os, platform.architecture))
            .collect();
        platforms.dedup();
        platforms
    }
}

impl About {
    /// What kind of artifact it is: its `artifactType`, else its configuration's media type.
    pub(crate) fn artifact_type(&self) -> Option<&str> {
        let written = self.artifact_type.as_deref().filter(|text| !text.is_empty());
        written.or_else(|| self.config.as_ref()?.media_type.as_deref())
    }
}

/// Reads a manifest of either kind. One that could be taken for both is refused: two readers would see two artifacts
/// behind one digest.
pub(crate) fn parse_any(bytes: &[u8]) -> Result<AnyManifest, BundleError> {
    let broken = |error: serde_json::Error| BundleError::BrokenManifest(error.to_string());
    let fields: Fields = serde_json::from_slice(bytes).map_err(broken)?;
    if fields.manifests.is_none() {
        return parse_manifest(bytes).map(AnyManifest::Single);
    }
    if fields.config.is_some() || fields.layers.is_some() {
        let problem = "it has both manifests and a config or layers".to_owned();
        return Err(BundleError::BrokenManifest(problem));
    }
    let index: Index = serde_json::from_slice(bytes).map_err(broken)?;
    if index.schema_version != 2 {
        let problem = format!("its schemaVersion is {}, not 2", index.schema_version);
        return Err(BundleError::BrokenManifest(problem));
    }
    if index.manifests.len() > MOST_MANIFESTS {
        let problem = format!("it names more than {MOST_MANIFESTS} manifests");
        return Err(BundleError::BrokenManifest(problem));
    }
    Ok(AnyManifest::Index(index))
}

/// Reads what a manifest of either kind says of itself.
pub(crate) fn about(bytes: &[u8]) -> Result<About, BundleError> {
    serde_json::from_slice(bytes).map_err(|error| BundleError::BrokenManifest(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Digest;

    fn entry(of: &str, platform: Value) -> Value {
        let digest = Digest::of(of.as_bytes());
        json!({"mediaType": "m", "digest": digest, "size": of.len(), "platform": platform})
    }

    #[test]
    fn an_index_has_a_manifest_for_each_platform() {
        let text = json!({"schemaVersion": 2, "manifests": [
            entry("attestation", json!({"os": "unknown", "architecture": "unknown"})),
            entry("v7", json!({"os": "linux", "architecture": "arm", "variant": "v7"})),
            entry("arm", json!({"os": "linux", "architecture": "arm"})),
            entry("amd64", json!({"os": "linux", "architecture": "amd64", "variant": "v3"})),
            entry("none", Value::Null),
        ]});
        let Ok(AnyManifest::Index(index)) = parse_any(text.to_string().as_bytes()) else {
            panic!("an index");
        };
        let chosen = |architecture: &str| {
            let platform = Platform {
                os: "linux".to_owned(),
                architecture: architecture.to_owned(),
            };
            index.choose(&platform).map(|found| found.digest.clone())
        };
        assert_eq!(chosen("arm"), Some(Digest::of(b"arm")));
        assert_eq!(chosen("amd64"), Some(Digest::of(b"amd64")));
        assert_eq!(chosen("s390x"), None);
        assert_eq!(index.platforms(), ["linux/arm", "linux/amd64"]);
    }

    #[test]
    fn what_could_be_two_things_is_refused() {
        let config = entry("{}", Value::Null);
        for bad in [
            json!({"schemaVersion": 2, "manifests": [], "layers": []}),
            json!({"schemaVersion": 2, "manifests": [], "config": config}),
            json!({"schemaVersion": 1, "manifests": []}),
            json!({"schemaVersion": 2, "manifests": [{}]}),
            json!([]),
        ] {
            parse_any(bad.to_string().as_bytes()).unwrap_err();
        }
        let single = json!({"schemaVersion": 2, "config": config, "layers": []}).to_string();
        assert!(matches!(parse_any(single.as_bytes()), Ok(AnyManifest::Single(_))));
        assert_eq!(about(single.as_bytes()).unwrap().artifact_type(), Some("m"));
    }
}
