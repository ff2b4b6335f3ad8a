//! `berth token`: bearer tokens for MCP clients and scripts.

mod create;
mod list;
mod revoke;

pub(super) use revoke::Revoked;

use super::{context::Context, error::CmdError};

/// Create, list and revoke access tokens
#[derive(Debug, clap::Args)]
#[command(visible_alias = "tokens")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(create::Args),
    List(list::Args),
    Revoke(revoke::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Create(args) => create::run(ctx, args).await,
        Command::List(args) => list::run(ctx, args).await,
        Command::Revoke(args) => revoke::run(ctx, args).await,
    }
}
