//! Images: found, pulled or built in the Docker Engine here, and looked at before they run.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Check, PLATFORM, SIZE, bench::Bench};
use crate::{
    cli::{
        context::Context,
        deploy::check_command,
        error::{CmdError, Kind},
        source::Wanted,
        ui,
    },
    model::{Digest, ImageReference, Platform},
    package::{ImageError, LocalEngine, LocalImage},
};

/// How long a broker may take to tell its platform, before it is not waited for.
const BROKER_DEADLINE: Duration = Duration::from_secs(5);
/// Larger images are warned about, in bytes.
const LARGE: u64 = 500_000_000;
/// How many steps of a large image are named.
const NAMED: usize = 3;

/// An image that the engine here has, and what can be told without running it.
pub(super) struct Image {
    pub(super) id: String,
    pub(super) args: Vec<String>,
    pub(super) checks: Vec<Check>,
    /// What to say when it does not run, where the engine here is for another platform.
    pub(super) foreign: Option<String>,
    /// The folder that it was built in.
    pub(super) context: Option<PathBuf>,
}

/// What an image has to be for.
struct Target {
    platform: Platform,
    /// Whose platform it is, for people.
    of: &'static str,
}

pub(super) async fn prepare(ctx: &Context, bench: &Bench, wanted: &Wanted) -> Result<Image, CmdError> {
    let engine = LocalEngine::connect(bench.docker_host()).await.map_err(|error| {
        let absent = error.is_absence();
        let error = CmdError::from(error);
        match absent {
            true => error.with_hint(
                "start Docker, or set DOCKER_HOST to where it listens: an image is checked by running it here",
            ),
            false => error,
        }
    })?;
    let target = target(ctx, &engine).await;
    let (image, args, context) = match wanted {
        Wanted::Image { reference, args } => (named(ctx, bench, &engine, reference).await?, args, None),
        Wanted::Dockerfile { path, context, args } => {
            let image = built(ctx, &engine, path, context, &target).await?;
            (image, args, Some(context.clone()))
        }
        other => {
            let message = format!("{} is no image", other.describe());
            return Err(CmdError::new(Kind::Build, message));
        }
    };
    check_command(&image, args)?;
    // A history that can't be read is no reason to stop.
    let steps = engine.steps(&image).await.unwrap_or_default();
    let here = engine.platform();
    Ok(Image {
        checks: vec![
            platform(&image.platform, &target),
            size(image.size, image.layers.len(), &steps),
        ],
        foreign: (image.platform != *here).then(|| {
            format!(
                "it is for {}, and the Docker Engine here for {here}",
                image.platform
            )
        }),
        id: image.id,
        args: args.clone(),
        context,
    })
}

/// The platform of the broker, where one answers; else that of the engine here.
async fn target(ctx: &Context, engine: &LocalEngine) -> Target {
    let asked = async { Some(ctx.client().ok()?.server().await.ok()?.platform) };
    let told = tokio::time::timeout(BROKER_DEADLINE, asked).await.ok().flatten();
    match told {
        Some(platform) => Target {
            platform,
            of: "the broker's",
        },
        None => Target {
            platform: engine.platform().clone(),
            of: "that of the Docker Engine here; no broker was asked",
        },
    }
}

/// An image that has a name or an id: the engine has it, or pulls it.
async fn named(
    ctx: &Context,
    bench: &Bench,
    engine: &LocalEngine,
    text: &str,
) -> Result<LocalImage, CmdError> {
    let id: Option<Digest> = text.parse().ok();
    let reference = match &id {
        Some(id) => id.to_string(),
        None => text.parse::<ImageReference>()?.to_string(),
    };
    if let Some(image) = engine.find(&reference).await? {
        return Ok(image);
    }
    let place = engine.place();
    if id.is_some() {
        let message = format!("the Docker Engine at {place} has no image {reference}");
        return Err(CmdError::usage(message).with_hint("`docker images` lists what it has"));
    }
    ctx.ui.say(format!(
        "Image: the Docker Engine here does not have it: pulling {reference}, which does not stay"
    ));
    let pulled = bench.pull(ctx, &reference).await?;
    let image = engine.find(&pulled).await?;
    image.ok_or_else(|| {
        let message = format!("the Docker Engine at {place} pulled {reference} and has it no more");
        CmdError::new(Kind::Build, message)
    })
}

/// An image that is built first. It stays in the engine without a name, as steps that the next build need not repeat.
async fn built(
    ctx: &Context,
    engine: &LocalEngine,
    dockerfile: &Path,
    context: &Path,
    target: &Target,
) -> Result<LocalImage, CmdError> {
    let platform = &target.platform;
    ctx.ui
        .say(format!("Build: {} for {platform}", dockerfile.display()));
    let said = |line: &str| ctx.ui.say(format!("  | {}", ui::plain(line)));
    let built = engine.build(dockerfile, context, platform, said).await;
    built.map_err(|error: ImageError| error.into())
}

fn platform(image: &Platform, target: &Target) -> Check {
    let Target { platform, of } = target;
    match image == platform {
        true => Check::ok(PLATFORM, format!("{image}, {of}")),
        false => Check::failed(
            PLATFORM,
            format!("it is for {image}; wanted is {platform}, {of}"),
            format!(
                "build it for that: `docker build --platform {platform} …`, or deploy its Dockerfile: berth builds it \
                 for the broker's platform"
            ),
        ),
    }
}

/// `steps` are what made it, the largest first, with their sizes in bytes.
fn size(bytes: u64, layers: usize, steps: &[(u64, String)]) -> Check {
    let layers = match layers {
        1 => "1 layer".to_owned(),
        many => format!("{many} layers"),
    };
    let detail = format!("{} in {layers}", ui::size(bytes));
    if bytes <= LARGE {
        return Check::ok(SIZE, detail);
    }
    let mut hint = "more than 500 MB are slow to send and to keep: use a slim base image, and build in a stage of its own"
        .to_owned();
    for (bytes, step) in steps.iter().take(NAMED) {
        let step = match step.as_str() {
            "" => "a layer that does not say what made it",
            step => step,
        };
        hint.push_str(&format!("\n{}: {step}", ui::size(*bytes)));
    }
    Check::warning(SIZE, detail, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StepVerdict;

    #[test]
    fn large_images_are_warned_about_with_their_largest_steps() {
        let steps = [400_u64, 150, 30, 1].map(|mb| (mb * 1_000_000, format!("RUN make {mb}")));
        let small = size(LARGE, 1, &steps);
        assert_eq!(
            (small.verdict, small.detail.as_str(), small.hint.as_str()),
            (StepVerdict::Ok, "476.84 MiB in 1 layer", "")
        );
        let large = size(LARGE + 1, 4, &steps);
        assert_eq!(
            (large.verdict, large.detail.as_str()),
            (StepVerdict::Warning, "476.84 MiB in 4 layers")
        );
        let named: Vec<&str> = large.hint.lines().skip(1).collect();
        assert_eq!(
            named,
            [
                "381.47 MiB: RUN make 400",
                "143.05 MiB: RUN make 150",
                "28.61 MiB: RUN make 30"
            ]
        );
        let unsaid = size(LARGE + 1, 1, &[(LARGE + 1, String::new())]);
        assert!(
            unsaid.hint.ends_with("does not say what made it"),
            "{}",
            unsaid.hint
        );
    }

    #[test]
    fn an_image_for_another_platform_fails() {
        let of = |architecture: &str| Platform {
            os: "linux".into(),
            architecture: architecture.into(),
        };
        let target = Target {
            platform: of("amd64"),
            of: "the broker's",
        };
        assert_eq!(
            platform(&of("amd64"), &target),
            Check::ok(PLATFORM, "linux/amd64, the broker's")
        );
        let other = platform(&of("arm64"), &target);
        assert_eq!(other.verdict, StepVerdict::Failed);
        assert_eq!(
            other.detail,
            "it is for linux/arm64; wanted is linux/amd64, the broker's"
        );
        assert!(other.hint.contains("--platform linux/amd64"), "{}", other.hint);
    }
}
