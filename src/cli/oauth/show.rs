//! `berth oauth show`

use crate::{
    cli::{context::Context, error::CmdError, ui::Output},
    model::ConnectorName,
};

/// Show a connector's OAuth settings, never a secret
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth show gong-crm
  berth oauth show gong-crm --output json | jq -r .redirect_uri
  berth oauth show gong-crm --output toml > gong.toml     for `berth oauth set --from`")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let settings = ctx.client()?.oauth(&args.name).await?;
    if ctx.ui.output == Output::Toml {
        return ctx.ui.print(super::file::text(&settings)?);
    }
    ctx.ui.answer("oauth.show", &settings, || super::text(&settings))
}
