//! `berth oauth redirect-uri`

use crate::{
    cli::{context::Context, documents, error::CmdError},
    model::{ConnectorName, ProviderName},
};

/// Print the redirect URI to register at the third party; works before anything is configured
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth redirect-uri gong-crm
  berth oauth redirect-uri gmail --provider google")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// A provider that the connector uses or will use [default: the only one in use, else one of its own]
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let answer = ctx
        .client()?
        .redirect_uri(&args.name, args.provider.as_ref())
        .await?;
    ctx.ui.answer(documents::OAUTH_REDIRECT_URI, &answer, || {
        format!("{}\n", answer.redirect_uri)
    })
}
