//! Images and artifacts: what the operator's machine does about them.

use std::path::Path;

use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
        source::Wanted,
        ui,
    },
    client::{Client, LookupError, StoredKind},
    model::{ArtifactReference, ConnectorName, Digest, ImageReference, Platform, Source},
    package::{Artifact, ImageError, LocalEngine, LocalImage},
};

/// The source to deploy, and what has to be sent for it: an image that is here or is built here, or what the
/// broker's registry has.
pub(super) async fn prepare(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    wanted: &Wanted,
) -> Result<(Source, Option<Artifact>), CmdError> {
    match wanted {
        Wanted::Image { reference, args } => named(ctx, client, name, reference, args).await,
        Wanted::Dockerfile { path, context, args } => built(ctx, client, name, path, context, args).await,
        Wanted::Artifact {
            reference,
            start,
            args,
        } => {
            let source = stored(ctx, client, reference, start.as_deref(), args).await?;
            Ok((source, None))
        }
        other => Err(CmdError::new(
            Kind::Build,
            format!("{} is no image", other.describe()),
        )),
    }
}

/// An image that has a name: the engine's here, or else one that the broker pulls.
async fn named(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    text: &str,
    args: &[String],
) -> Result<(Source, Option<Artifact>), CmdError> {
    // An id names an image of the engine here and nothing else.
    let id: Option<Digest> = text.parse().ok();
    let reference = match &id {
        Some(id) => id.to_string(),
        None => text.parse::<ImageReference>()?.to_string(),
    };
    let pulled = |why: &str| {
        ctx.ui.say(format!("Image: {why}: the broker pulls {reference}"));
        let source = Source::Image {
            reference: reference.clone(),
            artifact: None,
            args: args.to_vec(),
        };
        Ok((source, None))
    };
    let host = ctx.docker_host()?;
    let engine = match LocalEngine::connect(host.as_deref()).await {
        Ok(engine) => engine,
        Err(error) if error.is_absence() && host.is_none() && id.is_none() => {
            return pulled("there is no Docker Engine here");
        }
        Err(error) => return Err(error.into()),
    };
    let Some(image) = engine.find(&reference).await? else {
        if id.is_some() {
            return Err(CmdError::usage(format!(
                "the Docker Engine at {} has no image {reference}",
                engine.place()
            ))
            .with_hint("`docker images` lists what it has"));
        }
        return pulled("the Docker Engine here does not have it");
    };
    image.check_platform(&client.server().await?.platform, false)?;
    check_command(&image, args)?;
    ctx.ui.say(format!(
        "Image: {reference} from the Docker Engine here ({}, {})",
        count(image.layers.len(), "layer"),
        ui::size(image.size)
    ));
    let artifact = exported(ctx, client, name, &engine, &image).await?;
    let source = Source::Image {
        reference,
        artifact: Some(artifact.digest.clone()),
        args: args.to_vec(),
    };
    Ok((source, Some(artifact)))
}

/// An image that is built first.
async fn built(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    dockerfile: &Path,
    context: &Path,
    args: &[String],
) -> Result<(Source, Option<Artifact>), CmdError> {
    let host = ctx.docker_host()?;
    let engine = LocalEngine::connect(host.as_deref()).await?;
    let platform: Platform = client.server().await?.platform;
    ctx.ui
        .say(format!("Build: {} for {platform}", dockerfile.display()));
    let said = |line: &str| ctx.ui.say(format!("  | {}", ui::plain(line)));
    let image = engine.build(dockerfile, context, &platform, said).await?;
    check_command(&image, args)?;
    ctx.ui.say(format!(
        "Build: {} ({}, {})",
        image.id,
        count(image.layers.len(), "layer"),
        ui::size(image.size)
    ));
    let artifact = exported(ctx, client, name, &engine, &image).await?;
    // It has no name of its own, and the same image is to be the same source.
    let mark = artifact.digest.hex().get(..12).unwrap_or_default();
    let source = Source::Image {
        reference: format!("{name}:{mark}"),
        artifact: Some(artifact.digest.clone()),
        args: args.to_vec(),
    };
    Ok((source, Some(artifact)))
}

/// An image that starts nothing would be sent for nothing.
pub(in crate::cli) fn check_command(image: &LocalImage, args: &[String]) -> Result<(), CmdError> {
    match image.command.is_empty() && args.is_empty() {
        false => Ok(()),
        true => Err(CmdError::new(Kind::Build, "nothing says what starts the image")
            .with_hint("give it an ENTRYPOINT or CMD, or its command after `--`")),
    }
}

/// Takes an image out of the engine, as far as the broker does not have it.
async fn exported(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    engine: &LocalEngine,
    image: &LocalImage,
) -> Result<Artifact, CmdError> {
    let known = client.sizes(name, image.digests()).await?;
    if let Some(artifact) = image.known_artifact(&known) {
        return Ok(artifact?);
    }
    let bar = ctx
        .ui
        .spinner("Taking the image out of the Docker Engine".to_owned());
    let counter = bar.clone();
    let artifact = engine
        .export(image, &known, move |bytes| counter.inc(bytes))
        .await;
    bar.finish_and_clear();
    Ok(artifact?)
}

/// What the broker's registry has.
async fn stored(
    ctx: &Context,
    client: &Client,
    text: &str,
    start: Option<&[String]>,
    args: &[String],
) -> Result<Source, CmdError> {
    let artifact: ArtifactReference = text.parse()?;
    let base = client.base();
    let host = base.host_str().unwrap_or_default();
    let broker = match base.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let repository = artifact.repository(&broker)?;
    let platform = client.server().await?.platform;
    let found = client
        .stored(&repository, artifact.reference(), &platform)
        .await?;
    let digest = found.digest;
    match found.kind {
        StoredKind::Image if start.is_some() => Err(CmdError::usage(format!(
            "{text} is an image, which starts by itself: --start goes with bundles"
        ))
        .with_hint("arguments for the image stand after `--`")),
        StoredKind::Image => Ok(Source::Image {
            reference: format!("{repository}@{digest}"),
            artifact: Some(digest),
            args: args.to_vec(),
        }),
        StoredKind::Bundle => {
            let start = match start {
                Some(start) => start.to_vec(),
                None => args.to_vec(),
            };
            if start.is_empty() {
                return Err(ctx.missing(&["--start"]).with_hint(format!(
                    "{text} is a bundle, and nothing says what starts it: --start 'node server.js'"
                )));
            }
            Ok(Source::Bundle {
                artifact: digest,
                start,
            })
        }
    }
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

impl From<ImageError> for CmdError {
    fn from(error: ImageError) -> Self {
        let kind = match error.is_usage() {
            true => Kind::Usage,
            false => Kind::Build,
        };
        let mut built = Self::new(kind, error.to_string()).with_hint(error.hint());
        if let ImageError::Build { tail, .. } = &error {
            built = built.with_detail("output", tail.clone());
        }
        if let ImageError::BuildKit { message, .. } = &error {
            built = built.with_detail("engine", message.as_str());
        }
        match std::error::Error::source(&error) {
            Some(_) => built.with_source(error),
            None => built,
        }
    }
}

impl From<LookupError> for CmdError {
    fn from(error: LookupError) -> Self {
        let kind = match &error {
            LookupError::NotThere { .. } => Kind::NotFound,
            _ => Kind::Build,
        };
        let hint = error.hint();
        match error {
            LookupError::Client(error) => error.into(),
            error => {
                let built = Self::new(kind, error.to_string()).with_hint(hint);
                match std::error::Error::source(&error) {
                    Some(_) => built.with_source(error),
                    None => built,
                }
            }
        }
    }
}
