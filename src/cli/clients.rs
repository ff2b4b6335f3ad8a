//! `berth clients`: the MCP clients that users have let in.

mod list;
mod revoke;

pub(super) use revoke::Revoked;

use super::{context::Context, error::CmdError};

/// List the MCP clients that users have let in, and take one's access back
#[derive(Debug, clap::Args)]
#[command(visible_alias = "client")]
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
