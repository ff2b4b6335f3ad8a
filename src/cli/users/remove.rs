//! `berth users remove`

use serde::Serialize;

use crate::{
    cli::{context::Context, delete::erased, documents, error::CmdError, sure::Sure},
    client::Client,
    model::UserName,
};

/// Remove a user: end their tokens, stop what runs for them, erase their grants
///
/// Grants are revoked as well where the third party has a revocation URL.
#[derive(Debug, clap::Args)]
#[command(visible_alias = "rm")]
#[command(after_help = "Examples:
  berth users remove alice
  berth users remove alice --yes     in a script, where nobody can be asked")]
pub(crate) struct Args {
    /// The user
    name: UserName,

    #[command(flatten)]
    sure: Sure,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Removed {
    user: UserName,
    grants: usize,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let Args { name, sure } = args;
    let question = |client: &Client| {
        let base = client.base();
        format!("Remove {name} from {base}, with every grant and token of theirs?")
    };
    let client = sure.client(ctx, question).await?;
    let deleted = client.remove_user(&name).await?;
    ctx.ui.say(format!("Removed {name}; {}.", erased(deleted.grants)));
    let body = Removed {
        user: name,
        grants: deleted.grants,
    };
    ctx.ui.answer(documents::USERS_REMOVE, &body, String::new)
}
