//! `berth oauth show`

use crate::{
    cli::{context::Context, documents, error::CmdError, ui::Output},
    model::{ConnectorName, ProviderName},
    wire::OAuthShown,
};

/// Show a connector's OAuth settings, never a secret
///
/// With --output json they are one object; where the connector uses several providers and --provider names none, the
/// object has one field, `providers`, a list of such objects by their names. A script that is to take both reads
/// `.providers // [.]`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth show gong-crm
  berth oauth show gong-crm --output json | jq -r .redirect_uri
  berth oauth show gong-crm --provider gong               one of several providers
  berth oauth show gong-crm --output toml > gong.toml     for `berth oauth set --from`")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The provider to show [default: all that the connector uses]
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let settings = ctx.client()?.oauth(&args.name, args.provider.as_ref()).await?;
    if ctx.ui.output == Output::Toml {
        let OAuthShown::One(settings) = &settings else {
            return Err(super::which(&args.name, &settings));
        };
        return ctx.ui.print(super::file::text(settings)?);
    }
    ctx.ui
        .answer(documents::OAUTH_SHOW, &settings, || super::texts(&settings))
}
