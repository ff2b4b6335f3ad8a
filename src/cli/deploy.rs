//! `berth deploy`: from what is typed to a release that serves calls.

mod image;
mod plan;
mod preview;
mod run;
mod send;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    prompt,
    source::{SourceArgs, TransportArgs},
    verdict::{self, Outcome, Waiting},
};
use crate::{
    client::{Client, ClientError},
    model::{ConnectorName, Digest, EnvName, Source, Spec},
    package::Artifact,
    wire::{Change, ConnectorView, DeployRequest, ReleaseView, Verdict},
};
pub(super) use image::check_command;
pub(super) use plan::Plan;

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
/// release before it keeps serving. When nothing differs from the release that serves, nothing is done.
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

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum Body {
    Done(Box<Done>),
    Planned(preview::Preview),
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Done {
    #[serde(flatten)]
    outcome: Outcome,
    unchanged: bool,
    changes: Vec<Change>,
    sent: Option<send::Sent>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let started = std::time::Instant::now();
    let (yes, force, dry_run, waiting) = (args.yes, args.force, args.dry_run, args.waiting);
    let mut plan = Plan::of(ctx, args.connector).await?;
    let client = ctx.client()?;
    let name = plan.name.value.clone();
    let (present, packed) = tokio::join!(present(&client, &name), packed(ctx, &client, &mut plan));
    let (present, (source, artifact)) = (present?, packed?);
    plan.ask_for_secrets(ctx, present.as_ref()).await?;
    for line in plan.lines(&client, &source, artifact.as_ref(), present.as_ref()) {
        ctx.ui.say(line);
    }
    for name in overridden(&plan.settings, present.as_ref()) {
        ctx.ui.warn(format!(
            "{name} stays what `berth env` made it: that wins over -e, `berth env unset {} {name}` takes it away",
            plan.name.value
        ));
    }
    let may_ask = !yes && !dry_run && ctx.cannot_ask().is_none();
    if may_ask && deserves_a_question(&source, present.as_ref()) {
        let agreed = prompt::confirm("Deploy?".to_owned(), true).await?;
        if !agreed {
            ctx.ui.say("Nothing was changed.");
            return Err(CmdError::told(Kind::Failed));
        }
    }
    let mut request = DeployRequest {
        spec: Spec {
            source,
            transport: plan.transport.value,
            settings: plan.settings,
            run: plan.run,
        },
        force,
        dry_run,
        secrets: plan.secrets,
    };
    if dry_run {
        return preview::show(ctx, &client, &name, artifact.as_ref(), &request).await;
    }
    if artifact.is_some() && matches!(request.spec.source, Source::Image { .. }) {
        // A broker that has no engine says so before an image of some size is on its way.
        request.dry_run = true;
        client.deploy(&name, &request).await?;
        request.dry_run = false;
    }
    let mut sent = match &artifact {
        Some(artifact) => Some(send::upload(ctx, &client, &name, artifact).await?),
        None => None,
    };
    let answer = match client.deploy(&name, &request).await {
        Err(ClientError::Refused(_)) if send::is_gone(&client, &name, artifact.as_ref()).await? => {
            if let Some(artifact) = &artifact {
                sent = Some(send::upload(ctx, &client, &name, artifact).await?);
            }
            client.deploy(&name, &request).await?
        }
        answer => answer?,
    };
    let mut release = answer
        .release
        .ok_or_else(|| CmdError::new(Kind::Failed, "the broker recorded no release"))?;
    let previous = present
        .and_then(|connector| connector.live)
        .map(|live| live.number);
    let unchanged = answer.verdict == Verdict::Unchanged;
    if unchanged {
        ctx.ui.say(nothing_to_do(&release));
    } else {
        release = waiting.settled(ctx, &client, &name, release).await?;
        verdict::tell(ctx, &name, &release, previous, started.elapsed())?;
    }
    let body = Body::Done(Box::new(Done {
        outcome: Outcome::new(&name, &release, previous, started.elapsed()),
        unchanged,
        changes: answer.changes,
        sent,
    }));
    ctx.ui
        .answer(documents::DEPLOY, &body, || format!("{}\n", release.endpoint))
}

/// The settings in whose place a value of the connector stands.
fn overridden<'a>(
    settings: &'a BTreeMap<EnvName, String>,
    present: Option<&ConnectorView>,
) -> Vec<&'a EnvName> {
    let is_overridden = |name: &&EnvName| {
        present.is_some_and(|present| {
            let values = [&present.values, &present.secrets, &present.per_user];
            values.into_iter().flatten().any(|value| value == *name)
        })
    };
    settings.keys().filter(is_overridden).collect()
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

/// The source as the broker is told it, and what has to be sent for it.
async fn packed(
    ctx: &Context,
    client: &Client,
    plan: &mut Plan,
) -> Result<(Source, Option<Artifact>), CmdError> {
    let artifact = plan.source.value.pack(ctx).await?;
    match plan.source.value.told(artifact.as_ref()) {
        Some(source) => Ok((source, artifact)),
        None => image::prepare(ctx, client, &plan.name.value, &plan.source.value).await,
    }
}

/// Whether a person should have a look first: at a new name, or when something of another kind is replaced.
fn deserves_a_question(source: &Source, present: Option<&ConnectorView>) -> bool {
    match present.and_then(|connector| connector.live.as_ref()) {
        None => true,
        Some(live) => !live.source.starts_with(source.kind().as_str()),
    }
}

async fn present(client: &Client, name: &ConnectorName) -> Result<Option<ConnectorView>, CmdError> {
    match client.connector(name).await {
        Ok(connector) => Ok(Some(connector)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
