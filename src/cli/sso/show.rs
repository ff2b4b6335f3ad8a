//! `berth sso show`

use super::told;
use crate::cli::{context::Context, documents, error::CmdError};

/// Print where people sign in, never the secret
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  berth sso show")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let view = ctx.client()?.sso().await?;
    ctx.ui.answer(documents::SSO_SHOW, &view, || told(&view))
}
