//! `berth sso unset`

use serde::Serialize;

use crate::{
    cli::{context::Context, documents, error::CmdError, sure::Sure},
    client::Client,
};

/// Let nobody sign in at a provider any more
///
/// Users who came by it stay, with their tokens and their signed-in browsers; a one-time link or a password lets them in.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth sso unset
  berth sso unset --yes     in a script, where nobody can be asked")]
pub(crate) struct Args {
    #[command(flatten)]
    sure: Sure,
}

/// There is nothing to say but that it was done.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Unset {}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let question = |client: &Client| format!("End the single sign-on of {}?", client.base());
    let client = args.sure.client(ctx, question).await?;
    client.unset_sso().await?;
    ctx.ui.say("There is no single sign-on any more.");
    ctx.ui.answer(documents::SSO_UNSET, &Unset {}, String::new)
}
