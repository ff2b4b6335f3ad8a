//! `berth plan`

use std::path::PathBuf;

use super::{
    context::Context,
    deploy::{ConnectorArgs, Prepared, exit_code, planned, planned_text, write_plan},
    documents,
    error::CmdError,
};

/// Show what `berth deploy` would do, and change nothing
///
/// Takes what `berth deploy` takes. The broker compares it with the release that serves; nothing is sent to it but the
/// description. A plan that is kept with --out can be given to `berth deploy --plan`, which then does that and nothing
/// else: if anything has moved meanwhile, it refuses with exit code 9.
///
/// Secrets that are missing are named, not asked for: a pull request's pipeline need not have them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth plan                                     what ./berth.toml would do
  berth plan --detailed-exit-code                0: nothing to do, 10: changes
  berth plan --out plan.json && berth deploy --plan plan.json --yes
  berth plan --npx @modelcontextprotocol/server-everything --output json | jq '.changes'")]
pub(crate) struct Args {
    #[command(flatten)]
    connector: ConnectorArgs,

    /// Exit with 10 where a deploy would change something
    #[arg(long)]
    detailed_exit_code: bool,

    /// Keep the plan in a file, for `berth deploy --plan`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let mut prepared = Prepared::of(ctx, args.connector).await?;
    prepared.tell(ctx);
    let mut request = prepared.request();
    let planned = planned(ctx, &prepared, &mut request).await?;
    ctx.ui.end_part();
    if let Some(path) = &args.out {
        write_plan(path, &planned)?;
        ctx.ui.say(format!("Kept in {}.", path.display()));
    }
    ctx.ui
        .answer(documents::PLAN, &planned, || planned_text(&planned))?;
    match args.detailed_exit_code {
        true => exit_code(&planned),
        false => Ok(()),
    }
}
