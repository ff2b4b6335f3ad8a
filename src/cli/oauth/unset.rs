//! `berth oauth unset`

use serde_json::json;

use crate::{
    cli::{
        context::Context,
        delete::{agreed, grants},
        error::CmdError,
    },
    model::ConnectorName,
};

/// Take a connector's OAuth settings away and revoke its users' grants
///
/// The connector keeps running, and is called without a token from now on.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth unset gong-crm
  berth oauth unset gong-crm --yes")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let client = ctx.client()?;
    let Args { name, yes } = args;
    if !yes && ctx.cannot_ask().is_none() {
        let question = format!("Take the OAuth settings of {name} away and revoke its users' grants?");
        agreed(ctx, question).await?;
    }
    let deleted = client.unset_oauth(&name).await?;
    ctx.ui.say(format!(
        "{name} has no OAuth settings any more; {} revoked and erased.",
        grants(deleted.grants)
    ));
    let body = json!({ "connector": name, "grants": deleted.grants });
    ctx.ui.answer("oauth.unset", &body, String::new)
}
