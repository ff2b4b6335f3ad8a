//! Images of the operator's own Docker Engine: found, built, and taken out of it to be sent.
//!
//! An image becomes an OCI image manifest over its configuration, as it is, and its uncompressed layers. Their digests
//! are the image's diff ids, so that it is known before anything is exported which of them the broker has; and the
//! same image gives the same manifest whatever the engine keeps it in.
//!
//! The engine's API is spoken here, and nowhere else in the operator's half. Layers are kept in files that have no
//! name, so that nothing is left behind however the program ends.

mod archive;
mod context;
mod dockerfile;
mod errors;
mod output;
mod pieces;

use std::{collections::HashMap, error::Error as _, io, path::Path, time::Duration};

use bollard::{
    Docker, body_try_stream, errors::Error as DockerError, query_parameters::BuildImageOptionsBuilder,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::mpsc;
use tokio_util::io::{StreamReader, SyncIoBridge};

pub(crate) use errors::ImageError;

use crate::{
    bundle::{Artifact, Blob, Descriptor, MANIFEST_TYPE, ManifestLayers},
    model::{Digest, Platform},
};
use archive::{Contents, Packing, Part};
use errors::Cause;
use output::Output;

const DEFAULT_PLACE: &str = "unix:///var/run/docker.sock";
/// For a question whose answer the engine has at hand.
const ANSWER_DEADLINE: Duration = Duration::from_secs(30);
/// Until the engine begins to answer to an export, which older ones write to their disk first, or to a build.
const WORK_DEADLINE: Duration = Duration::from_secs(60 * 60);
/// Of the engine's API: that of Docker 19.03.
const OLDEST_API: (u32, u32) = (1, 40);

const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar";
const ZSTD_LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+zstd";

/// Blobs that the broker has, with their sizes in bytes.
pub(crate) type Known = HashMap<Digest, u64>;

/// The operator's own Docker Engine.
#[derive(Debug)]
pub(crate) struct LocalEngine {
    docker: Docker,
    /// Where it listens, for messages.
    place: String,
    /// What it builds for unless it is told otherwise.
    platform: Platform,
}

/// An image that the engine has.
#[derive(Debug, Clone)]
pub(crate) struct LocalImage {
    pub(crate) id: String,
    pub(crate) platform: Platform,
    /// Of all layers together, in bytes.
    pub(crate) size: u64,
    /// The digests of the uncompressed layers, from the lowest to the highest.
    pub(crate) layers: Vec<Digest>,
    /// The digest of the configuration, where the engine's id of the image is that.
    config: Option<Digest>,
    /// What it starts: its entrypoint with its command, either of which may be empty.
    pub(crate) command: Vec<String>,
}

impl LocalEngine {
    /// Connects to the engine at `host`, as `DOCKER_HOST` names it, or where Docker listens by default.
    pub(crate) async fn connect(host: Option<&str>) -> Result<Self, ImageError> {
        let place = host.unwrap_or(DEFAULT_PLACE).to_owned();
        let docker = Docker::connect_with_host(&place).map_err(|error| unreachable(&place, error))?;
        let docker = docker.with_timeout(ANSWER_DEADLINE);
        let version = docker
            .version()
            .await
            .map_err(|error| unreachable(&place, error))?;
        let api = version.api_version.unwrap_or_default();
        let number = |text: &str| {
            let (major, minor) = text.split_once('.')?;
            Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
        };
        if number(&api).is_none_or(|api| api < OLDEST_API) {
            return Err(ImageError::TooOld { place, version: api });
        }
        let here = Platform::here();
        Ok(Self {
            docker,
            place,
            platform: Platform {
                os: version.os.unwrap_or(here.os),
                architecture: version.arch.unwrap_or(here.architecture),
            },
        })
    }

    /// Where it listens.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// What it builds for, and runs, unless it is told otherwise.
    pub(crate) fn platform(&self) -> &Platform {
        &self.platform
    }

    /// What each step that made the image added to it, the largest first: bytes, and the step as its Dockerfile has it.
    pub(crate) async fn steps(&self, image: &LocalImage) -> Result<Vec<(u64, String)>, ImageError> {
        let history = self.docker.image_history(&image.id).await;
        let history = history.map_err(|error| refused("to tell how the image was made", error))?;
        let steps = history.into_iter().filter_map(|step| {
            let size = u64::try_from(step.size).ok().filter(|size| *size > 0)?;
            Some((size, dockerfile::step(&step.created_by)))
        });
        let mut steps: Vec<(u64, String)> = steps.collect();
        steps.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        Ok(steps)
    }

    /// The image by a reference or an id; `None` when the engine has no such image.
    pub(crate) async fn find(&self, reference: &str) -> Result<Option<LocalImage>, ImageError> {
        // It becomes part of a path of the engine's API.
        let safe =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@' | '[' | ']');
        if reference.is_empty()
            || !reference.chars().all(safe)
            || reference.split('/').any(|part| part == "..")
        {
            return Ok(None);
        }
        match self.docker.inspect_image(reference).await {
            Ok(found) => image(found).map(Some),
            Err(DockerError::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(refused("to tell about the image", error)),
        }
    }

    /// Builds `dockerfile` in the folder `context` with the engine's own builder; `say` is given its output, line by
    /// line. Steps that the engine remembers are not built again.
    pub(crate) async fn build(
        &self,
        dockerfile: &Path,
        context: &Path,
        platform: &Platform,
        mut say: impl FnMut(&str),
    ) -> Result<LocalImage, ImageError> {
        let (file, folder) = (dockerfile.to_owned(), context.to_owned());
        let listing = tokio::task::spawn_blocking(move || context::list(&file, &folder));
        let context = listing
            .await
            .map_err(|error| engine("to be sent the context", error))??;
        say(&format!(
            "Context: {} files, {:.1} MiB",
            context.files,
            context.bytes as f64 / f64::from(1 << 20)
        ));
        if !context.private.is_empty() {
            say(&format!(
                "The context has files that look private: {} (.dockerignore leaves files out)",
                context.private.join(", ")
            ));
        }
        let mut options = BuildImageOptionsBuilder::new()
            .dockerfile(&context.dockerfile)
            .rm(true)
            .forcerm(true);
        if *platform != self.platform {
            options = options.platform(&platform.to_string());
        }
        let text = context.text.clone();
        let (sender, receiver) = mpsc::channel(pieces::WAITING);
        let sending = tokio::task::spawn_blocking(move || pieces::send(&context, &sender));
        let body = stream::unfold(receiver, |mut receiver| async {
            let piece: io::Result<Bytes> = receiver.recv().await?;
            Some((piece, receiver))
        });
        let worker = self.docker.clone().with_timeout(WORK_DEADLINE);
        let mut output = Output::default();
        let mut id = None;
        let mut answers = worker.build_image(options.build(), None, Some(body_try_stream(body)));
        let outcome = loop {
            match answers.next().await {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(info)) => {
                    if let Some(aux) = info.aux {
                        id = aux.id;
                    }
                    let progress = info.progress_detail.is_some_and(|detail| detail.total.is_some());
                    let text = info.stream.or(info.status.filter(|_| !progress));
                    output.take(&text.unwrap_or_default(), &mut say);
                }
            }
        };
        drop(answers);
        // A context that could not be read is why the engine gave up, and says more.
        match sending
            .await
            .map_err(|error| engine("to be sent the context", error))?
        {
            Err(ImageError::Cut(_)) | Ok(()) => {}
            Err(error) => return Err(error),
        }
        if let Err(error) = outcome {
            let message = match error {
                DockerError::DockerStreamError { error } => error,
                DockerError::DockerResponseServerError { message, .. } => message,
                error => return Err(engine("building", error)),
            };
            return Err(match dockerfile::buildkit_only(&text) {
                Some((line, what)) => ImageError::BuildKit {
                    dockerfile: dockerfile.to_owned(),
                    line,
                    what,
                    message,
                },
                None => ImageError::Build {
                    step: output.step,
                    message: message.trim_end().to_owned(),
                    tail: output.tail,
                },
            });
        }
        let id = id.ok_or_else(|| ImageError::Odd("the build ended without an image".to_owned()))?;
        let built = self.find(&id).await?;
        let built = built.ok_or_else(|| ImageError::Odd(format!("it built {id} and has it no more")))?;
        built.check_platform(platform, true)?;
        Ok(built)
    }

    /// Takes the image out of the engine, except for the layers that the broker has (`known`); `read` is told each
    /// number of bytes as they come.
    pub(crate) async fn export(
        &self,
        image: &LocalImage,
        known: &Known,
        read: impl Fn(u64) + Send + 'static,
    ) -> Result<Artifact, ImageError> {
        check_space(image.size)?;
        let worker = self.docker.clone().with_timeout(WORK_DEADLINE);
        let bytes = worker
            .export_image(&image.id)
            .inspect_ok(move |piece| read(piece.len() as u64))
            .map_err(io::Error::other);
        let mut first = Box::pin(bytes.peekable());
        // What the engine refuses is its own error, not one of the archive's.
        if let Some(Err(error)) = first.as_mut().peek().await {
            let error = error.get_ref().map(ToString::to_string).unwrap_or_default();
            return Err(ImageError::Refused {
                what: "to export the image",
                message: error,
            });
        }
        let reader = SyncIoBridge::new(StreamReader::new(first));
        let (layers, known) = (image.layers.clone(), known.clone());
        let reading = tokio::task::spawn_blocking(move || archive::read(reader, &layers, &known));
        let contents = reading
            .await
            .map_err(|error| engine("exporting the image", error))??;
        assemble(contents, image.size)
    }
}

impl LocalImage {
    /// The blobs that it consists of, as far as they are known before it is exported.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.config.iter().chain(&self.layers)
    }

    /// The artifact, when the broker has all of it (`known`); nothing needs to be exported then.
    pub(crate) fn known_artifact(&self, known: &Known) -> Option<Result<Artifact, ImageError>> {
        let part = |digest: &Digest| {
            Some(Part {
                digest: digest.clone(),
                size: *known.get(digest)?,
                content: None,
                packing: Packing::Plain,
            })
        };
        let contents = Contents {
            config: part(self.config.as_ref()?)?,
            layers: self.layers.iter().map(part).collect::<Option<_>>()?,
        };
        Some(assemble(contents, self.size))
    }

    /// Fails unless it is for `wanted`.
    pub(crate) fn check_platform(&self, wanted: &Platform, built: bool) -> Result<(), ImageError> {
        match self.platform == *wanted {
            true => Ok(()),
            false => Err(ImageError::Platform {
                image: self.platform.clone(),
                wanted: wanted.clone(),
                built,
            }),
        }
    }
}

/// What the engine tells of an image, checked.
fn image(found: bollard::models::ImageInspect) -> Result<LocalImage, ImageError> {
    let missing = |what: &str| ImageError::Odd(format!("it has no {what}"));
    let id = found.id.ok_or_else(|| missing("id"))?;
    let layers = found.root_fs.and_then(|root| root.layers).unwrap_or_default();
    let layers = layers
        .iter()
        .map(|layer| layer.parse())
        .collect::<Result<Vec<Digest>, _>>();
    let config = found.config.unwrap_or_default();
    // In a store of containerd's the id is that of a manifest; where that is not told, the store's name tells.
    let classic = ["overlay2", "overlay", "vfs", "aufs", "devicemapper"];
    let driver = found.graph_driver.map(|driver| driver.name).unwrap_or_default();
    let is_config = found.descriptor.is_none() && classic.contains(&driver.as_str());
    Ok(LocalImage {
        config: id.parse().ok().filter(|_| is_config),
        id,
        platform: Platform {
            os: found.os.ok_or_else(|| missing("operating system"))?,
            architecture: found.architecture.ok_or_else(|| missing("architecture"))?,
        },
        size: u64::try_from(found.size.unwrap_or_default()).unwrap_or_default(),
        layers: layers.map_err(|invalid| ImageError::Odd(invalid.to_string()))?,
        command: [config.entrypoint, config.cmd]
            .into_iter()
            .flatten()
            .flatten()
            .collect(),
    })
}

fn assemble(contents: Contents, bytes: u64) -> Result<Artifact, ImageError> {
    let descriptor = |part: &Part, media_type: &str| Descriptor {
        media_type: media_type.to_owned(),
        digest: part.digest.clone(),
        size: part.size,
    };
    let config = descriptor(&contents.config, CONFIG_TYPE);
    let layers = contents.layers.iter().map(|layer| match layer.packing {
        Packing::Plain => descriptor(layer, LAYER_TYPE),
        Packing::Zstd => descriptor(layer, ZSTD_LAYER_TYPE),
    });
    let manifest = serde_json::to_vec(&ManifestLayers::image(config, layers.collect()));
    let manifest = manifest.map_err(|error| ImageError::Odd(error.to_string()))?;
    let mut blobs: Vec<Blob> = Vec::new();
    for part in std::iter::once(contents.config).chain(contents.layers) {
        // A layer may occur twice in an image, and is sent once.
        if !blobs.iter().any(|blob| blob.digest == part.digest) {
            blobs.push(match part.content {
                Some(content) => Blob::of_file(part.digest, part.size, content),
                None => Blob::elsewhere(part.digest, part.size),
            });
        }
    }
    Ok(Artifact {
        digest: Digest::of(&manifest),
        manifest,
        media_type: MANIFEST_TYPE,
        blobs,
        files: 0,
        bytes,
        left_out: Vec::new(),
        ignored: Vec::new(),
        notes: Vec::new(),
    })
}

/// Asks for the room that layers take before they come.
fn check_space(needed: u64) -> Result<(), ImageError> {
    let folder = std::env::temp_dir();
    let Ok(room) = rustix::fs::statvfs(&folder) else {
        return Ok(());
    };
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    match free < needed {
        true => Err(ImageError::NoSpace { needed, free, folder }),
        false => Ok(()),
    }
}

/// Why there is no speaking to the engine at `place`.
fn unreachable(place: &str, error: DockerError) -> ImageError {
    let place = place.to_owned();
    if let DockerError::UnsupportedURISchemeError { .. } | DockerError::URLParseError { .. } = error {
        return ImageError::UnknownHost(place);
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<io::Error>()
            && error.kind() == io::ErrorKind::PermissionDenied
        {
            return ImageError::Denied { place };
        }
        cause = inner.source();
    }
    match error {
        DockerError::DockerResponseServerError { message, .. } => ImageError::Refused {
            what: "to tell its version",
            message,
        },
        error => ImageError::NoEngine {
            place,
            source: error.into(),
        },
    }
}

fn refused(what: &'static str, error: DockerError) -> ImageError {
    match error {
        DockerError::DockerResponseServerError { message, .. }
        | DockerError::DockerStreamError { error: message } => ImageError::Refused { what, message },
        error => engine(what, error),
    }
}

fn engine(what: &'static str, error: impl Into<Cause>) -> ImageError {
    ImageError::Engine {
        what,
        source: error.into(),
    }
}

#[cfg(test)]
mod tests;
