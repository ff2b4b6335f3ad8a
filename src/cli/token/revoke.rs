//! `berth token revoke`

use serde::Serialize;

use crate::cli::{context::Context, documents, error::CmdError};

/// Revoke a token, by its id
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  berth token revoke tok_4h2k…       as `berth token list` shows it")]
pub(crate) struct Args {
    /// The token's id, not the token
    id: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Revoked {
    id: String,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    // A token in the place of its id would travel in an address, and addresses are logged.
    if args.id.starts_with("berth_") {
        return Err(
            CmdError::usage("that is a token itself: give its id, which starts with tok_")
                .with_hint("`berth token list` shows the ids"),
        );
    }
    ctx.client()?.revoke_token(&args.id).await?;
    ctx.ui.say(format!("Revoked {}.", args.id));
    ctx.ui
        .answer(documents::TOKEN_REVOKE, &Revoked { id: args.id }, String::new)
}
