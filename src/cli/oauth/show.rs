//! `berth oauth show`

use crate::{
    cli::{context::Context, error::CmdError},
    model::ConnectorName,
};

/// Show a connector's OAuth settings, never a secret
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth show gong-crm
  berth oauth show gong-crm --output json | jq -r .redirect_uri")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let settings = ctx.client()?.oauth(&args.name).await?;
    ctx.ui.answer("oauth.show", &settings, || super::text(&settings))
}
