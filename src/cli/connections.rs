//! `berth connections`: who has authorized what, and how that stands.

mod list;
mod revoke;

pub(super) use revoke::Revoked;

use super::{context::Context, error::CmdError};

/// List users' authorizations at third parties with their state, and end one
#[derive(Debug, clap::Args)]
#[command(visible_alias = "connection")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Revoke(revoke::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::List(args) => list::run(ctx, args).await,
        Command::Revoke(args) => revoke::run(ctx, args).await,
    }
}
