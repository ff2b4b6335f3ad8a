//! `berth trust remove`

use serde::Serialize;

use crate::cli::{context::Context, documents, error::CmdError};

/// Trust pipelines no longer, and end the tokens that they have
#[derive(Debug, clap::Args)]
#[command(visible_alias = "rm")]
#[command(after_help = "Example:
  berth trust remove tru_4h2k…       as `berth trust list` shows it")]
pub(crate) struct Args {
    /// The trust's id
    id: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Removed {
    id: String,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    ctx.client()?.remove_trust(&args.id).await?;
    ctx.ui.say(format!("Removed {}.", args.id));
    ctx.ui
        .answer(documents::TRUST_REMOVE, &Removed { id: args.id }, String::new)
}
