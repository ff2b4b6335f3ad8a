//! `berth users remove`

use serde_json::json;

use crate::{
    cli::{context::Context, delete::erased, error::CmdError, sure::Sure},
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

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let Args { name, sure } = args;
    let question = |client: &Client| {
        let base = client.base();
        format!("Remove {name} from {base}, with every grant and token of theirs?")
    };
    let client = sure.client(ctx, question).await?;
    let deleted = client.remove_user(&name).await?;
    ctx.ui.say(format!("Removed {name}; {}.", erased(deleted.grants)));
    let body = json!({ "user": name, "grants": deleted.grants });
    ctx.ui.answer("users.remove", &body, String::new)
}
