//! `berth clients revoke`

use serde::Serialize;

use crate::{
    cli::{context::Context, documents, error::CmdError, sure::Sure},
    client::Client,
};

/// Take a client's access back: its tokens are refused at once
///
/// The client can ask its user again.
#[derive(Debug, clap::Args)]
#[command(visible_alias = "rm")]
#[command(after_help = "Examples:
  berth clients revoke cst_4h2k…             as `berth clients list` shows it
  berth clients revoke cst_4h2k… --yes       in a script, where nobody can be asked")]
pub(crate) struct Args {
    /// The id in the list, not the client's own
    id: String,

    #[command(flatten)]
    sure: Sure,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Revoked {
    id: String,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let Args { id, sure } = args;
    // A token in the place of its id would travel in an address, and addresses are logged.
    if !id.starts_with("cst_") {
        return Err(CmdError::usage("an id of a client's access starts with cst_")
            .with_hint("`berth clients list` shows the ids"));
    }
    let question = |client: &Client| format!("Take back {id} on {}?", client.base());
    let client = sure.client(ctx, question).await?;
    client.revoke_client(&id).await?;
    ctx.ui.say(format!("Took {id} back."));
    ctx.ui
        .answer(documents::CLIENTS_REVOKE, &Revoked { id }, String::new)
}
