//! `berth deploy`: from what is typed to a release that serves calls.

mod described;
mod image;
mod plan;
mod prepared;
mod preview;
mod run;
mod send;

use std::{path::PathBuf, time::Instant};

use serde::Serialize;

use super::{
    actions::Wishes,
    context::Context,
    documents,
    error::{CmdError, Kind},
    leaving::Parting,
    prompt,
    source::{SourceArgs, TransportArgs},
    verdict::{self, Outcome, Waiting},
};
use crate::{
    client::ClientError,
    model::{ConnectorName, Digest, Source, State},
    wire::{Change, DeployAnswer, DeployRequest, ReleaseView, Verdict},
};
use described::Settings;
pub(super) use image::check_command;
pub(super) use plan::Plan;
pub(super) use prepared::Prepared;
pub(super) use preview::{Planned, exit_code, planned, text as planned_text, write as write_plan};

/// What is deployed, as it is typed.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct ConnectorArgs {
    #[command(flatten)]
    pub(super) source: SourceArgs,

    /// What the connector is called: the last part of its endpoint [default: guessed from the source]
    #[arg(long)]
    pub(super) name: Option<ConnectorName>,

    #[command(flatten)]
    pub(super) transport: TransportArgs,

    /// A plain setting, given to the connector as an environment variable; repeatable
    #[arg(long = "env", short = 'e', value_name = "KEY=VALUE")]
    pub(super) settings: Vec<String>,

    /// A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable
    #[arg(long = "secret", value_name = "KEY|KEY=@FILE|KEY=@-")]
    pub(super) secrets: Vec<String>,

    #[command(flatten)]
    pub(super) run: run::RunArgs,
}

/// Deploy a connector: package it, start it, check it, and only then let it serve
///
/// The source is a container image (--image, --dockerfile), an npm or Python package (--npx, --uvx), a folder or zip
/// file (--bundle), a command that is on the broker's machine (after `--`), or a folder whose berth.toml says which.
/// The broker starts the new release, asks for its tools with no credentials, and makes it live; if that fails, the
/// release before it keeps serving. When nothing differs from the release that serves, nothing is done. Ctrl-C leaves a
/// release that is waited for to the broker; `berth status NAME --wait` comes back to it.
///
/// Needs no OAuth settings: `berth oauth set` configures those, before or after.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  berth deploy                                     what ./berth.toml says
  berth deploy --npx @modelcontextprotocol/server-everything
  berth deploy --npx @modelcontextprotocol/server-everything --transport http -- streamableHttp
  berth deploy --uvx mcp-server-time -- --local-timezone UTC
  berth deploy --bundle ./server --start 'node server.js' --name gong-crm --secret GONG_KEY
  berth deploy --bundle server.zip -e REGION=eu --secret KEY=@key.txt --yes --output json
  berth deploy --plan plan.json --yes              what `berth plan --out plan.json` showed, or nothing
  berth deploy --dockerfile ./Dockerfile --context . --name gong-crm --port 8000
  berth deploy --image ghcr.io/acme/gong:1.4 --transport http
  berth deploy --artifact gong-crm:latest          what `docker push` put into the broker
  berth deploy --name local -- /usr/local/bin/my-server --stdio")]
pub(crate) struct Args {
    #[command(flatten)]
    connector: ConnectorArgs,

    /// Deploy even if the release that serves is the same already
    #[arg(long)]
    force: bool,

    /// Show what would change and what would be sent, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Deploy only if it would do what this plan says, which `berth plan --out` wrote; exit code 9 otherwise
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "force"])]
    plan: Option<PathBuf>,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// Write what came out as lines NAME=value: BERTH_CONNECTOR, BERTH_ENDPOINT, BERTH_RELEASE, BERTH_DIGEST
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,

    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum Body {
    Done(Box<Done>),
    Planned(Box<preview::DryRun>),
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Done {
    #[serde(flatten)]
    outcome: Outcome,
    unchanged: bool,
    changes: Vec<Change>,
    /// What of the settings that berth.toml describes was set.
    settings: Vec<Change>,
    sent: Option<send::Sent>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let wishes = ctx.wishes(args.output_file.clone());
    let outcome = deploy(ctx, args, &wishes).await;
    if let Err(error) = &outcome
        && let Err(unwritable) = wishes.tell_failure(error)
    {
        ctx.ui.warn(unwritable.chain());
    }
    outcome
}

async fn deploy(ctx: &Context, args: Args, wishes: &Wishes) -> Result<(), CmdError> {
    let started = Instant::now();
    let nothing = ctx.leaving.says(Parting::new("Nothing was deployed.", ""));
    wishes.prepare()?;
    let before = args.plan.as_deref().map(preview::read).transpose()?;
    let mut prepared = Prepared::of(ctx, args.connector).await?;
    if !args.dry_run {
        let present = prepared.present.as_ref();
        prepared.plan.ask_for_secrets(ctx, present).await?;
    }
    prepared.tell(ctx);
    let mut request = prepared.request();
    request.force = args.force;
    if args.dry_run {
        return preview::show(ctx, &prepared, &mut request).await;
    }
    if let Some(before) = &before {
        preview::check(ctx, &prepared, &mut request, before).await?;
    }
    let may_ask = !args.yes && ctx.cannot_ask().is_none();
    if may_ask && prepared.deserves_a_question() {
        let agreed = prompt::confirm("Deploy?".to_owned(), true).await?;
        if !agreed {
            ctx.ui.say("Nothing was changed.");
            return Err(CmdError::told(Kind::Failed));
        }
    }
    let mut settings = prepared.settings(ctx).await?;
    let (answer, sent) = record(ctx, &prepared, &mut request, &mut settings).await?;
    drop(nothing);
    let mut release = answer
        .release
        .ok_or_else(|| CmdError::new(Kind::Failed, "the broker recorded no release"))?;
    let (name, previous) = (&prepared.name, prepared.serving());
    let unchanged = answer.verdict == Verdict::Unchanged;
    if unchanged {
        ctx.ui.say(nothing_to_do(&release));
    } else {
        ctx.ui.part(&format!("Release {}", release.number));
        release = args.waiting.settled(ctx, &prepared.client, name, release).await?;
        verdict::tell(ctx, name, &release, previous, started.elapsed())?;
    }
    let _said = ctx.leaving.says(Parting::new(
        format!(
            "Release {} of {name} is {}.",
            release.number,
            release.state.as_str()
        ),
        "What berth.toml says besides may not be set yet: deploy it again.",
    ));
    let serves = release.state == State::Live;
    let settings = settings.apply(ctx, &prepared.client, name, serves).await?;
    ctx.ui.end_part();
    wishes.tell_release(name, &release, previous).map_err(|error| {
        let (number, state) = (release.number, release.state.as_str());
        error.with_hint(format!(
            "release {number} of {name} is {state}; only telling the pipeline so failed"
        ))
    })?;
    let body = Body::Done(Box::new(Done {
        outcome: Outcome::new(name, &release, previous, started.elapsed()),
        unchanged,
        changes: answer.changes,
        settings,
        sent,
    }));
    ctx.ui
        .answer(documents::DEPLOY, &body, || format!("{}\n", release.endpoint))
}

/// Sends what the broker has not got, and has it record the release, whose guards are set by then.
async fn record(
    ctx: &Context,
    prepared: &Prepared,
    request: &mut DeployRequest,
    settings: &mut Settings,
) -> Result<(DeployAnswer, Option<send::Sent>), CmdError> {
    let Prepared {
        client,
        name,
        artifact,
        ..
    } = prepared;
    if artifact.is_some() && matches!(request.spec.source, Source::Image { .. }) {
        // A broker that has no engine says so before an image of some size is on its way.
        request.dry_run = true;
        client.deploy(name, request).await?;
        request.dry_run = false;
    }
    let ask = async || {
        let _said = ctx.leaving.says(Parting::asked(name));
        ctx.ui.detail("Asking the broker for the release");
        client.deploy(name, request).await
    };
    let Some(artifact) = artifact else {
        settings.guard(client, name).await?;
        return Ok((ask().await?, None));
    };
    ctx.ui.part("Upload");
    let sent = send::upload(ctx, client, name, artifact).await?;
    settings.guard(client, name).await?;
    match ask().await {
        Err(ClientError::Refused(_)) if send::is_gone(client, name, artifact).await? => {
            let sent = send::upload(ctx, client, name, artifact).await?;
            Ok((ask().await?, Some(sent)))
        }
        answer => Ok((answer?, Some(sent))),
    }
}

/// Says which release is what was deployed, by what identifies it best.
fn nothing_to_do(release: &ReleaseView) -> String {
    let is = match (&release.pinned, &release.artifact) {
        (Some(pinned), _) => pinned.clone(),
        (None, Some(artifact)) => short(artifact),
        (None, None) => release.source.clone(),
    };
    let number = release.number;
    format!("Nothing to do: release {number} already is this ({is}); --force deploys it again")
}

/// As much of a digest as a person compares.
fn short(digest: &Digest) -> String {
    format!("sha256:{}…", digest.hex().get(..12).unwrap_or_default())
}

#[cfg(test)]
mod tests;
