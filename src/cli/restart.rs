//! `berth restart`

use std::time::Instant;

use serde_json::json;

use super::{
    context::Context,
    error::{CmdError, Kind},
    verdict,
};
use crate::model::{ConnectorName, Failure};

/// Start a connector's live release anew
///
/// New instances are started and probed, take over, and those before them finish their calls: sessions go on, and no
/// call is lost. If the probe fails, those that serve keep serving. It is the same release, with the same settings.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth restart gong-crm")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let started = Instant::now();
    let name = args.name;
    let spinner = ctx.ui.spinner("starting and probing".to_owned());
    let restarted = ctx.client()?.restart(&name).await;
    spinner.finish_and_clear();
    let restarted = restarted?;
    if let Some(failure) = &restarted.failure {
        return Err(failed(ctx, &name, restarted.release, failure));
    }
    let elapsed = started.elapsed();
    ctx.ui.say(format!(
        "Release {} of {name} was restarted{} ({:.1}s).",
        restarted.release,
        verdict::tools(restarted.tools),
        elapsed.as_secs_f64()
    ));
    let body = json!({
        "connector": name,
        "release": restarted.release,
        "tools": restarted.tools,
        "elapsed_ms": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    });
    ctx.ui.answer("restart", &body, String::new)
}

fn failed(ctx: &Context, name: &ConnectorName, number: i64, failure: &Failure) -> CmdError {
    verdict::quote(ctx, &failure.stderr);
    let message = format!(
        "release {number} of {name} could not be started anew: {} (what served keeps serving)",
        failure.message
    );
    CmdError::new(Kind::Probe, message)
        .with_hint(failure.hint.as_str())
        .with_detail("connector", name.as_str())
        .with_detail("release", number)
        .with_detail("stderr", failure.stderr.clone())
}
