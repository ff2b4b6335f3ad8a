//! Images in the engine: loaded, pulled, named, and let go of.
//!
//! Whatever a release needs has a name of this broker's, `berth/BROKER/NAME:DIGEST`, so that neither `docker image
//! prune` nor another broker's collection takes it.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bollard::query_parameters::{
    CreateImageOptions, CreateImageOptionsBuilder, ImportImageOptionsBuilder, ListImagesOptionsBuilder,
    RemoveImageOptions, TagImageOptionsBuilder,
};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};

use super::{Archive, Docker, EngineError, QUICK, SLOW};
use crate::model::{Digest, ImageReference, Platform};

/// How long a load or a pull may go without anything moving.
const STALL: Duration = Duration::from_secs(300);
/// How long a registry may take to say what it has.
const REGISTRY: Duration = Duration::from_secs(60);

/// An image that the engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// What containers are made of it by.
    pub(crate) id: String,
    pub(crate) platform: Platform,
    /// The TCP ports that it says it listens on.
    pub(crate) ports: Vec<u16>,
    /// The digests of its uncompressed layers.
    pub(crate) layers: Vec<String>,
}

/// What a registry says that a reference stands for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// That of its manifest, or of its index.
    pub(crate) digest: Digest,
    /// Empty where the registry does not say.
    pub(crate) platforms: Vec<Platform>,
}

impl Docker {
    /// The name that the engine keeps an image of this broker under. `short` is for people.
    pub(crate) fn own_name(&self, short: &str, manifest: &Digest) -> String {
        format!("{}{short}:{}", self.own_names(), &manifest.hex()[..32])
    }

    /// What the names of this broker's images begin with.
    fn own_names(&self) -> String {
        format!("berth/{}/", &self.0.broker[..12])
    }

    /// The image under a name or an id; `None` when the engine has it not.
    pub(crate) async fn image(&self, name: &str) -> Result<Option<Image>, EngineError> {
        let inspected = self
            .ask(QUICK, |docker| {
                let name = name.to_owned();
                async move { docker.inspect_image(&name).await }
            })
            .await;
        let inspected = match inspected {
            Err(error) if error.is_not_found() => return Ok(None),
            inspected => inspected?,
        };
        let exposed = inspected.config.and_then(|config| config.exposed_ports);
        let tcp = |port: String| match port.split_once('/') {
            Some((number, "tcp")) => number.parse().ok(),
            Some(_) => None,
            None => port.parse().ok(),
        };
        Ok(Some(Image {
            id: inspected.id.unwrap_or_default(),
            platform: Platform {
                os: inspected.os.unwrap_or_default(),
                architecture: inspected.architecture.unwrap_or_default(),
            },
            ports: exposed.into_iter().flatten().filter_map(tcp).collect(),
            layers: inspected.root_fs.and_then(|root| root.layers).unwrap_or_default(),
        }))
    }

    /// Puts an image into the engine under `name`, unless it is there already, and checks what came out: `layers` are
    /// the digests of its uncompressed layers, as its configuration has them.
    pub(crate) async fn load(
        &self,
        name: &str,
        archive: Archive,
        layers: &[String],
    ) -> Result<Image, EngineError> {
        let changed = || EngineError::Changed {
            reference: name.to_owned(),
        };
        let id = archive.id();
        let same = |image: &Image| image.id == id.as_str() || image.layers == layers;
        if let Some(image) = self.image(name).await?.filter(same) {
            return Ok(image);
        }
        if let Some(image) = self.image(id.as_str()).await? {
            self.name(&image.id, name).await?;
            return Ok(image);
        }
        let moved = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&moved);
        let stream = archive
            .stream(name)
            .map_err(|_| changed())?
            .inspect(move |_| _ = counter.fetch_add(1, Ordering::Relaxed));
        self.moving(&moved, |docker| {
            docker
                .import_image_stream(ImportImageOptionsBuilder::new().build(), stream, None)
                .map_ok(drop)
        })
        .await?;
        // An engine whose store is containerd's knows images by the digests of manifests of its own making; the layers
        // are the same everywhere.
        self.image(name).await?.filter(same).ok_or_else(changed)
    }

    /// Asks the registry, through the engine, what `reference` stands for.
    pub(crate) async fn look_up(&self, reference: &ImageReference) -> Result<Found, EngineError> {
        let text = reference.to_string();
        let asked = text.clone();
        let found = self
            .ask(REGISTRY, |docker| async move {
                docker.inspect_registry_image(&asked, None).await
            })
            .await
            .map_err(|error| error.of_registry(&text))?;
        let platforms = found.platforms.into_iter().filter_map(|platform| {
            Some(Platform {
                os: platform.os.filter(|os| !os.is_empty())?,
                architecture: platform.architecture?,
            })
        });
        let digest = found.descriptor.digest.and_then(|digest| digest.parse().ok());
        Ok(Found {
            digest: digest.ok_or(EngineError::ImageNotFound { reference: text })?,
            platforms: platforms.collect(),
        })
    }

    /// Pulls what `reference` stood for when its registry was asked, and keeps it under `name`.
    pub(crate) async fn pull(
        &self,
        reference: &ImageReference,
        digest: &Digest,
        name: &str,
    ) -> Result<Image, EngineError> {
        let pinned = reference.at(digest);
        let gone = || EngineError::ImageNotFound {
            reference: pinned.clone(),
        };
        if let Some(image) = self.image(name).await? {
            return Ok(image);
        }
        if let Some(image) = self.image(&pinned).await? {
            self.name(&image.id, name).await?;
            return Ok(image);
        }
        let options = CreateImageOptionsBuilder::new()
            .from_image(&reference.repository())
            .tag(digest.as_str())
            .build();
        self.pull_with(options)
            .await
            .map_err(|error| error.of_registry(&pinned))?;
        let image = self.image(&pinned).await?.ok_or_else(gone)?;
        self.name(&image.id, name).await?;
        // One name is enough, and it is the one that is let go of later.
        if let Err(error) = self.forget(&pinned).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                image = pinned,
                "a second name stays"
            );
        }
        Ok(image)
    }

    pub(super) async fn pull_with(&self, options: CreateImageOptions) -> Result<(), EngineError> {
        self.moving(&AtomicU64::new(0), |docker| {
            docker.create_image(Some(options), None, None).map_ok(drop)
        })
        .await
    }

    /// Lets go of the images of this broker that are not in `keep`, a set of ids.
    pub(crate) async fn sweep_images(&self, keep: &HashSet<String>) -> Result<(), EngineError> {
        let own = self.own_names();
        let filters = HashMap::from([("reference", vec![format!("{own}*")])]);
        let options = ListImagesOptionsBuilder::new().filters(&filters).build();
        let images = self
            .ask(
                QUICK,
                |docker| async move { docker.list_images(Some(options)).await },
            )
            .await?;
        for image in images.into_iter().filter(|image| !keep.contains(&image.id)) {
            for name in image.repo_tags.iter().filter(|name| name.starts_with(&own)) {
                match self.forget(name).await {
                    Ok(()) => tracing::info!(image = name, "no release needs the image any more"),
                    // A container of a release that drains still has it: the next time will do.
                    Err(EngineError::Refused { status: 409, .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    async fn name(&self, id: &str, name: &str) -> Result<(), EngineError> {
        let (repository, tag) = name.rsplit_once(':').unwrap_or((name, "latest"));
        let options = TagImageOptionsBuilder::new().repo(repository).tag(tag).build();
        let id = id.to_owned();
        self.ask(QUICK, |docker| async move {
            docker.tag_image(&id, Some(options)).await
        })
        .await
    }

    /// Removes a name, and with its last name the image.
    pub(crate) async fn forget(&self, name: &str) -> Result<(), EngineError> {
        let name = name.to_owned();
        let removed = self
            .ask(SLOW, |docker| async move {
                docker.remove_image(&name, None::<RemoveImageOptions>, None).await
            })
            .await;
        match removed {
            Err(error) if error.is_not_found() => Ok(()),
            removed => removed.map(drop),
        }
    }

    /// Waits for the end of something long, as long as it goes on: as `moved` grows, or the engine tells of it.
    async fn moving<S>(
        &self,
        moved: &AtomicU64,
        ask: impl FnOnce(bollard::Docker) -> S,
    ) -> Result<(), EngineError>
    where
        S: Stream<Item = Result<(), bollard::errors::Error>>,
    {
        let mut told = std::pin::pin!(ask(self.connection().await?.client));
        let mut seen = moved.load(Ordering::Relaxed);
        loop {
            match tokio::time::timeout(STALL, told.next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(told)) => told.map_err(|error| EngineError::of(&self.0.host, error))?,
                Err(_) if moved.load(Ordering::Relaxed) == seen => return Err(self.slow(STALL)),
                Err(_) => {}
            }
            seen = moved.load(Ordering::Relaxed);
        }
    }
}
