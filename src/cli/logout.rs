//! `berth logout`

use serde_json::json;

use super::{context::Context, error::CmdError};

/// Forget the sign-in to a broker on this machine
///
/// The token itself stays valid: `berth token revoke` ends it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth logout                                  the broker signed in to last
  berth logout --url https://berth.example")]
pub(crate) struct Args {}

pub(crate) async fn run(ctx: &Context, _args: Args) -> Result<(), CmdError> {
    let url = ctx.target()?.url;
    let forgotten = ctx.credentials()?.forget(&url)?;
    ctx.ui.say(match forgotten {
        0 => format!("There was no sign-in to {url}."),
        _ => format!("Forgot the sign-in to {url}."),
    });
    ctx.ui.answer(
        "logout",
        &json!({ "url": url, "forgotten": forgotten }),
        String::new,
    )
}
