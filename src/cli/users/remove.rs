//! `berth users remove`

use serde_json::json;

use crate::{
    cli::{
        context::Context,
        delete::{agreed, erased, must_be_askable},
        error::CmdError,
    },
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

    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let Args { name, yes } = args;
    if !yes {
        must_be_askable(ctx)?;
    }
    let client = ctx.client()?;
    if !yes {
        agreed(
            ctx,
            format!(
                "Remove {name} from {}, with every grant and token of theirs?",
                client.base()
            ),
        )
        .await?;
    }
    let deleted = client.remove_user(&name).await?;
    ctx.ui.say(format!("Removed {name}; {}.", erased(deleted.grants)));
    let body = json!({ "user": name, "grants": deleted.grants });
    ctx.ui.answer("users.remove", &body, String::new)
}
