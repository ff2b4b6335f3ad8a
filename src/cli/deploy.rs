//! `berth deploy`: from what is typed to a release that serves calls.

mod guess;
mod plan;
mod send;
mod values;

use std::{path::PathBuf, time::Duration};

use super::{
    context::Context,
    duration,
    error::{CmdError, Kind},
    prompt, verdict,
};
use crate::{
    client::Client,
    model::{ConnectorName, Source, Spec},
    wire::{ConnectorView, DeployRequest},
};
use plan::{Plan, Wanted};

/// Deploy a connector: package it, start it, check it, and only then let it serve
///
/// The source is an npm package (--npx), a folder or zip file (--bundle), a command that is on the broker's machine
/// (after `--`), or a folder whose berth.toml says which. The broker starts the new release, asks for its tools with
/// no credentials, and makes it live; if that fails, the release before it keeps serving.
///
/// Needs no OAuth settings: `berth oauth set` configures those, before or after.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  berth deploy                                            what ./berth.toml says
  berth deploy --npx @modelcontextprotocol/server-everything
  berth deploy --npx @modelcontextprotocol/server-everything --name http-everything --transport http -- streamableHttp
  berth deploy --bundle ./server --start 'node server.js' --name gong-crm --secret GONG_KEY
  berth deploy --bundle server.zip -e REGION=eu --secret KEY=@key.txt --yes --output json
  berth deploy --name local -- /usr/local/bin/my-server --stdio")]
pub(crate) struct Args {
    /// A folder or zip file with a berth.toml [default: the current folder]
    #[arg(value_name = "FOLDER")]
    place: Option<PathBuf>,

    /// Deploy an npm package, as `npx` takes it: NAME or NAME@VERSION
    #[arg(long, value_name = "PACKAGE", conflicts_with_all = ["place", "bundle", "start"])]
    npx: Option<String>,

    /// Deploy the files of a folder or zip file
    #[arg(long, value_name = "FOLDER|ZIP", conflicts_with = "place")]
    bundle: Option<PathBuf>,

    /// What starts the bundle, run in its folder
    #[arg(long, value_name = "COMMAND")]
    start: Option<String>,

    /// What the connector is called: the last part of its endpoint [default: guessed from the source]
    #[arg(long)]
    name: Option<ConnectorName>,

    /// How the broker talks to it [default: stdio, or http with --port or --path]
    #[arg(long, value_name = "stdio|http", value_enum, hide_possible_values = true)]
    transport: Option<plan::TransportFlag>,

    /// For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]
    #[arg(long)]
    port: Option<u16>,

    /// For http: where its MCP endpoint is [default: /mcp]
    #[arg(long)]
    path: Option<String>,

    /// A plain setting, given to the connector as an environment variable; repeatable
    #[arg(long = "env", short = 'e', value_name = "KEY=VALUE")]
    settings: Vec<String>,

    /// A secret setting: from the environment variable KEY, from a file, or from standard input; repeatable
    #[arg(long = "secret", value_name = "KEY|KEY=@FILE|KEY=@-")]
    secrets: Vec<String>,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// Do not wait until the release is live
    #[arg(long)]
    detach: bool,

    /// How long to wait for it
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    wait_timeout: Option<Duration>,

    /// Arguments for the package, the bundle's start command, or a command on the broker's machine
    #[arg(last = true, value_name = "COMMAND|ARGS")]
    rest: Vec<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let started = std::time::Instant::now();
    let (yes, detach, patience) = (
        args.yes,
        args.detach,
        args.wait_timeout.unwrap_or(verdict::PATIENCE),
    );
    let mut plan = Plan::of(ctx, args).await?;
    let client = ctx.client()?;
    let name = plan.name.value.clone();
    let present = present(&client, &name).await?;
    plan.ask_for_secrets(ctx, present.as_ref()).await?;
    let packed = send::pack(&mut plan).await?;
    for line in plan.lines(client.base(), packed.as_ref(), present.as_ref()) {
        ctx.ui.say(line);
    }
    if !yes && plan.deserves_a_question(present.as_ref()) && ctx.cannot_ask().is_none() {
        let agreed = prompt::confirm("Deploy?".to_owned(), true).await?;
        if !agreed {
            ctx.ui.say("Nothing was changed.");
            return Err(CmdError::told(Kind::Failed));
        }
    }
    if let Some(artifact) = &packed {
        send::upload(ctx, &client, &name, artifact).await?;
    }
    let source = match plan.source.value {
        Wanted::Npx { package, args } => Source::Npx {
            package,
            args,
            allow_scripts: false,
        },
        Wanted::Command { command } => Source::Command { command },
        Wanted::Bundle { start, .. } => {
            let artifact = packed.as_ref().map(|artifact| artifact.digest.clone());
            let artifact = artifact.ok_or_else(|| CmdError::new(Kind::Build, "the bundle was not packed"))?;
            Source::Bundle { artifact, start }
        }
    };
    let request = DeployRequest {
        spec: Spec {
            source,
            transport: plan.transport.value,
            settings: plan.settings,
        },
        force: true,
        dry_run: false,
        secrets: plan.secrets,
    };
    let answer = client.deploy(&name, &request).await?;
    let recorded = answer
        .release
        .ok_or_else(|| CmdError::new(Kind::Failed, "the broker recorded no release"))?;
    let mut release = recorded;
    if !detach {
        release = verdict::settled(ctx, &client, &name, release, patience).await?;
    }
    let previous = present
        .and_then(|connector| connector.live)
        .map(|live| live.number);
    verdict::report(ctx, "deploy", &name, &release, previous, started.elapsed())
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
