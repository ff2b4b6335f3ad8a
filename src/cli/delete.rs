//! `berth delete`

use serde_json::json;

use super::{
    context::Context,
    error::{CmdError, Kind},
    prompt,
};
use crate::model::ConnectorName;

/// Delete a connector: stop it, revoke its users' grants, erase what it had
///
/// A connector that is made again under the same name starts with nothing of the old one.
#[derive(Debug, clap::Args)]
#[command(visible_alias = "rm")]
#[command(after_help = "Examples:
  berth delete gong-crm
  berth delete gong-crm --yes        in a script, where nobody can be asked")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

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
        let question = format!(
            "Delete {name} on {}, with every user's grant and all its releases?",
            client.base()
        );
        agreed(ctx, question).await?;
    }
    let deleted = client.delete_connector(&name).await?;
    ctx.ui.say(format!(
        "Deleted {name}; {} revoked and erased.",
        grants(deleted.grants)
    ));
    let body = json!({ "connector": name, "grants": deleted.grants });
    ctx.ui.answer("delete", &body, String::new)
}

/// Before something is destroyed a person is asked; where nobody can be, `--yes` has to say it.
pub(crate) fn must_be_askable(ctx: &Context) -> Result<(), CmdError> {
    match ctx.cannot_ask() {
        None => Ok(()),
        Some(_) => Err(ctx
            .missing(&["--yes"])
            .with_hint("this destroys something, and nobody can be asked here")),
    }
}

/// Asks, and ends the command at a no.
pub(crate) async fn agreed(ctx: &Context, question: String) -> Result<(), CmdError> {
    match prompt::confirm(question, false).await? {
        true => Ok(()),
        false => {
            ctx.ui.say("Nothing was changed.");
            Err(CmdError::told(Kind::Failed))
        }
    }
}

pub(crate) fn grants(number: usize) -> String {
    match number {
        1 => "1 grant".to_owned(),
        number => format!("{number} grants"),
    }
}
