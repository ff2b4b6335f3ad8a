//! Images: from the broker's own blobs or from a registry into the container engine.

use bytes::Bytes;
use serde::Deserialize;

use super::{ResolveError, Resolved, Resolver};
use crate::{
    bundle::{self, LARGEST_MANIFEST, ManifestLayers},
    model::{Digest, ImageReference, Platform},
    runtime::{Archive, EngineError, Layer},
};

/// What images call their configuration: OCI's name, and Docker's (image manifest version 2, schema 2).
const CONFIG_TYPES: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];
/// The first Docker Engine that reads layers compressed with zstd.
const READS_ZSTD: u32 = 23;

/// An image among the broker's blobs.
#[derive(Debug)]
struct Packed {
    archive: Archive,
    config: Config,
    has_zstd: bool,
}

/// What is read of an image's configuration (OCI image specification 1.1, "Image Configuration").
#[derive(Debug, Deserialize)]
struct Config {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    rootfs: RootFs,
}

#[derive(Debug, Deserialize)]
struct RootFs {
    /// The digests of the uncompressed layers.
    diff_ids: Vec<String>,
}

/// What is read of an index (OCI image specification 1.1, "Image Index") or a Docker manifest list.
#[derive(Debug, Deserialize)]
struct Index {
    manifests: Vec<Child>,
}

#[derive(Debug, Deserialize)]
struct Child {
    digest: Digest,
    platform: Option<Platform>,
}

impl Resolver {
    /// Whether the engine is there, and the image for it.
    pub(super) async fn preflight_image(
        &self,
        reference: &str,
        artifact: Option<&Digest>,
    ) -> Result<(), ResolveError> {
        if let Some(artifact) = artifact {
            return self.packed(reference, artifact).await.map(drop);
        }
        self.look_up(&parse(reference)?).await.map(drop)
    }

    pub(super) async fn image(
        &self,
        reference: &str,
        artifact: Option<&Digest>,
        args: &[String],
    ) -> Result<Resolved, ResolveError> {
        let resolved = |image, pinned| Resolved {
            argv: args.to_vec(),
            directory: None,
            pinned,
            integrity: None,
            artifact: artifact.cloned(),
            image: Some(image),
            root: None,
        };
        if let Some(artifact) = artifact {
            return Ok(resolved(self.load(reference, artifact).await?, None));
        }
        let reference = parse(reference)?;
        let digest = self.look_up(&reference).await?;
        let pinned = reference.at(&digest);
        let image = self.pull(&reference, &digest).await?;
        Ok(resolved(image, Some(pinned)))
    }

    /// Whether the image that was resolved to `before` is still in the engine, and still what `reference` stands for.
    pub(super) async fn is_current_image(
        &self,
        reference: &str,
        artifact: Option<&Digest>,
        before: &Resolved,
    ) -> Result<bool, ResolveError> {
        let Some(image) = &before.image else {
            return Ok(false);
        };
        if before.artifact.as_ref() != artifact || self.docker.image(image).await?.is_none() {
            return Ok(false);
        }
        if artifact.is_some() {
            return Ok(true);
        }
        let reference = parse(reference)?;
        let digest = self.look_up(&reference).await?;
        Ok(before.pinned.as_deref() == Some(reference.at(&digest).as_str()))
    }

    /// Puts the very image that was resolved before back into the engine.
    pub(super) async fn restore_image(
        &self,
        reference: &str,
        before: &Resolved,
    ) -> Result<Resolved, ResolveError> {
        let image = match (&before.artifact, &before.pinned) {
            (Some(artifact), _) => self.load(reference, artifact).await?,
            (None, Some(pinned)) => {
                let reference = parse(pinned)?;
                let digest = self.look_up(&reference).await?;
                self.pull(&reference, &digest).await?
            }
            (None, None) => return self.image(reference, None, &before.argv).await,
        };
        Ok(Resolved {
            image: Some(image),
            ..before.clone()
        })
    }

    /// The digest that `reference` stands for now; one that is part of it needs no registry where the engine has it.
    async fn look_up(&self, reference: &ImageReference) -> Result<Digest, ResolveError> {
        let engine = self.docker.platform().await?;
        if let Some(digest) = reference.digest() {
            let own = self.docker.own_name(reference.name(), digest);
            if self.docker.image(&own).await?.is_some() {
                return Ok(digest.clone());
            }
        }
        let found = self.docker.look_up(reference).await?;
        if found.platforms.is_empty() || found.platforms.iter().any(|image| runs(&engine, image)) {
            return Ok(found.digest);
        }
        Err(other_platform(&reference.to_string(), &found.platforms, engine).into())
    }

    async fn pull(&self, reference: &ImageReference, digest: &Digest) -> Result<String, ResolveError> {
        let _turn = self.flights.turn(digest.as_str()).await;
        let name = self.docker.own_name(reference.name(), digest);
        let image = self.docker.pull(reference, digest, &name).await?;
        let engine = self.docker.platform().await?;
        if !runs(&engine, &image.platform) {
            self.docker.forget(&name).await?;
            return Err(other_platform(&reference.to_string(), &[image.platform], engine).into());
        }
        Ok(image.id)
    }

    async fn load(&self, reference: &str, artifact: &Digest) -> Result<String, ResolveError> {
        let _turn = self.flights.turn(artifact.as_str()).await;
        let short = parse(reference).map_or_else(|_| "image".into(), |r| r.name().to_owned());
        let name = self.docker.own_name(&short, artifact);
        let packed = self.packed(reference, artifact).await?;
        let layers = packed.config.rootfs.diff_ids;
        Ok(self.docker.load(&name, packed.archive, &layers).await?.id)
    }

    /// Reads the image's documents, and checks that all of it is here and that the engine can run it.
    async fn packed(&self, reference: &str, artifact: &Digest) -> Result<Packed, ResolveError> {
        let engine = self.docker.platform().await?;
        let mut bytes = self.document(artifact).await?;
        if let Ok(index) = serde_json::from_slice::<Index>(&bytes) {
            let child = child(&index, reference, &engine)?;
            bytes = self.document(&child).await?;
        }
        let manifest = bundle::parse_manifest(&bytes)?;
        if !is_image(&manifest) {
            return Err(ResolveError::NotAnImage(artifact.clone()));
        }
        let config = self.document(&manifest.config.digest).await?;
        let packed = self.pack(&manifest, config).await?;
        let platform = packed.config.platform();
        if !runs(&engine, &platform) {
            return Err(other_platform(reference, &[platform], engine).into());
        }
        if packed.has_zstd {
            let version = self.docker.version().await?;
            let major = version
                .split('.')
                .next()
                .and_then(|major| major.parse::<u32>().ok());
            if major.is_some_and(|major| major < READS_ZSTD) {
                let reference = reference.to_owned();
                return Err(EngineError::Zstd { reference, version }.into());
            }
        }
        Ok(packed)
    }

    async fn pack(&self, manifest: &ManifestLayers, config: Vec<u8>) -> Result<Packed, ResolveError> {
        let read: Config = serde_json::from_slice(&config).map_err(|error| {
            ResolveError::ImageBroken(format!("its configuration can't be read: {error}"))
        })?;
        let (layers, named) = (manifest.layers.len(), read.rootfs.diff_ids.len());
        if layers != named {
            let problem = format!("its manifest has {layers} layers, and its configuration {named}");
            return Err(ResolveError::ImageBroken(problem));
        }
        let mut layers = Vec::new();
        for layer in &manifest.layers {
            let size = self
                .blobs
                .size(&layer.digest)
                .await
                .map_err(ResolveError::Files)?;
            layers.push(Layer {
                size: size.ok_or_else(|| ResolveError::MissingBlob(layer.digest.clone()))?,
                file: self.blobs.path(&layer.digest),
                digest: layer.digest.clone(),
            });
        }
        Ok(Packed {
            archive: Archive {
                config: Bytes::from(config),
                layers,
            },
            config: read,
            has_zstd: manifest
                .layers
                .iter()
                .any(|layer| layer.media_type.ends_with("zstd")),
        })
    }

    /// A manifest or a configuration, which is no larger.
    async fn document(&self, digest: &Digest) -> Result<Vec<u8>, ResolveError> {
        let bytes = self.blobs.bytes(digest, LARGEST_MANIFEST).await;
        bytes
            .map_err(ResolveError::Files)?
            .ok_or_else(|| ResolveError::MissingBlob(digest.clone()))
    }
}

impl Config {
    fn platform(&self) -> Platform {
        Platform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
        }
    }
}

fn parse(reference: &str) -> Result<ImageReference, ResolveError> {
    reference.parse().map_err(ResolveError::BadImage)
}

/// Whether a manifest is of an image, and not of a bundle or another artifact.
pub(super) fn is_image(manifest: &ManifestLayers) -> bool {
    CONFIG_TYPES.contains(&manifest.config.media_type.as_str())
}

/// The manifest for the engine's platform.
fn child(index: &Index, reference: &str, engine: &Platform) -> Result<Digest, EngineError> {
    let platforms = || index.manifests.iter().filter_map(|child| child.platform.clone());
    let fits = |child: &&Child| {
        child
            .platform
            .as_ref()
            .is_none_or(|platform| runs(engine, platform))
    };
    // The very platform first: an engine may run more than its own.
    let exact = index
        .manifests
        .iter()
        .find(|child| child.platform.as_ref() == Some(engine));
    exact
        .or_else(|| index.manifests.iter().find(fits))
        .map(|child| child.digest.clone())
        .ok_or_else(|| {
            // Attestations stand in an index as images for a platform that is not known.
            let known: Vec<Platform> = platforms().filter(|platform| platform.os != "unknown").collect();
            other_platform(reference, &known, engine.clone())
        })
}

/// Whether an engine runs images for `image`. One that does not say what it is for is given a try.
fn runs(engine: &Platform, image: &Platform) -> bool {
    let unsaid = image.os.is_empty() || image.architecture.is_empty() || engine.architecture.is_empty();
    let native = engine.architecture == image.architecture
        || (engine.architecture == "amd64" && image.architecture == "386");
    unsaid || (engine.os == image.os && native)
}

fn other_platform(reference: &str, platforms: &[Platform], engine: Platform) -> EngineError {
    let mut platforms: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    platforms.dedup();
    EngineError::OtherPlatform {
        reference: reference.to_owned(),
        image: platforms.join(", "),
        engine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(os: &str, architecture: &str) -> Platform {
        Platform {
            os: os.into(),
            architecture: architecture.into(),
        }
    }

    #[test]
    fn the_engines_own_platform_is_chosen_of_an_index() {
        let digest = |text: &str| Digest::of(text.as_bytes());
        let index = |children: &[(&str, &str)]| Index {
            manifests: children
                .iter()
                .map(|(os, architecture)| Child {
                    digest: digest(architecture),
                    platform: Some(platform(os, architecture)),
                })
                .collect(),
        };
        let amd64 = platform("linux", "amd64");
        let all = index(&[
            ("linux", "386"),
            ("linux", "arm64"),
            ("linux", "amd64"),
            ("unknown", "unknown"),
        ]);
        assert_eq!(child(&all, "n", &amd64).unwrap(), digest("amd64"));
        let other = index(&[("linux", "arm64"), ("windows", "amd64"), ("unknown", "unknown")]);
        let error = child(&other, "n:1", &amd64).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the image n:1 is for linux/arm64, windows/amd64, but the broker's Docker Engine runs linux/amd64"
        );
    }

    #[test]
    fn an_amd64_engine_runs_386_and_what_does_not_say() {
        let amd64 = platform("linux", "amd64");
        assert!(runs(&amd64, &platform("linux", "386")));
        assert!(runs(&amd64, &platform("", "")));
        assert!(!runs(&amd64, &platform("linux", "arm64")));
        assert!(!runs(&platform("linux", "arm64"), &amd64));
    }
}
