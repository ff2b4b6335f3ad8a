//! `berth restart`

use std::time::Instant;

use serde::Serialize;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    leaving::Parting,
    verdict,
};
use crate::{
    model::{ConnectorName, Failure},
    wire::{Restart, Restarted},
};

/// Start a connector's live release anew
///
/// New instances are started and probed, take over, and those before them finish their calls: sessions go on, and no
/// call is lost. If the probe fails, those that serve keep serving. It is the same release, with the same settings.
///
/// Each user's instances have a home folder, in which they may keep what they like up to --disk of the deploy; with
/// --clear-homes these are emptied. What runs ends first, then: calls in flight get their time to finish, and others
/// wait until the new instances serve.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth restart gong-crm
  berth restart gong-crm --clear-homes")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// Erase all that its instances wrote to their home folders, those of all users
    #[arg(long)]
    clear_homes: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    connector: ConnectorName,
    release: Option<i64>,
    tools: Option<usize>,
    homes_cleared: Option<usize>,
    elapsed_ms: u64,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let started = Instant::now();
    let name = args.name;
    let spinner = ctx.ui.spinner("starting and probing".to_owned());
    let wanted = Restart {
        clear_homes: args.clear_homes,
    };
    let client = ctx.client()?;
    let said = ctx.leaving.says(
        Parting::new(
            format!("Detached: the restart of {name} goes on."),
            format!("`berth logs {name}` shows what it writes."),
        )
        .with_detail("connector", name.as_str()),
    );
    let restarted = client.restart(&name, &wanted).await;
    drop(said);
    spinner.finish_and_clear();
    let restarted = restarted?;
    if let Some(homes) = restarted.homes_cleared {
        ctx.ui.say(cleared(&name, homes));
    }
    if let Some(failure) = &restarted.failure {
        return Err(failed(ctx, &name, &restarted, failure));
    }
    let elapsed = started.elapsed();
    ctx.ui.say(match restarted.release {
        Some(number) => format!(
            "Release {number} of {name} was restarted{} ({:.1}s).",
            verdict::tools(restarted.tools),
            elapsed.as_secs_f64()
        ),
        None => format!("No release of {name} serves yet: nothing was started."),
    });
    let body = Body {
        connector: name,
        release: restarted.release,
        tools: restarted.tools,
        homes_cleared: restarted.homes_cleared,
        elapsed_ms: verdict::millis(elapsed),
    };
    ctx.ui.answer(documents::RESTART, &body, String::new)
}

fn cleared(name: &ConnectorName, homes: usize) -> String {
    match homes {
        0 => format!("{name} had no home to empty."),
        1 => format!("The one home of {name} was emptied."),
        homes => format!("The {homes} homes of {name} were emptied."),
    }
}

fn failed(ctx: &Context, name: &ConnectorName, restarted: &Restarted, failure: &Failure) -> CmdError {
    verdict::quote(ctx, &failure.stderr);
    let what_served = match restarted.homes_cleared {
        None => "what served keeps serving",
        Some(_) => "what served was stopped, and the next call starts it again",
    };
    let message = match restarted.release {
        Some(number) => format!(
            "release {number} of {name} could not be started anew: {} ({what_served})",
            failure.message
        ),
        None => failure.message.clone(),
    };
    CmdError::new(Kind::Probe, message)
        .with_hint(failure.hint.as_str())
        .with_detail("connector", name.as_str())
        .with_detail("release", restarted.release)
        .with_detail("stderr", failure.stderr.clone())
}
