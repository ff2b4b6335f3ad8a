//! `berth users remove`

use serde_json::json;

use crate::{
    cli::{
        context::Context,
        delete::{agreed, grants, must_be_askable},
        error::CmdError,
    },
    model::UserName,
};

/// Remove a user: revoke their tokens and grants, stop what runs for them, erase what was theirs
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
    ctx.ui.say(format!(
        "Removed {name}; {} revoked and erased.",
        grants(deleted.grants)
    ));
    let body = json!({ "user": name, "grants": deleted.grants });
    ctx.ui.answer("users.remove", &body, String::new)
}
