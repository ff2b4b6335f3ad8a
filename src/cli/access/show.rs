//! `berth access show`

use super::told;
use crate::{
    cli::{context::Context, documents, error::CmdError},
    model::ConnectorName,
};

/// Print who may use a connector
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  berth access show gong-crm")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let rule = ctx.client()?.access(&args.name).await?;
    ctx.ui.answer(documents::ACCESS_SHOW, &rule, || told(&rule))
}
