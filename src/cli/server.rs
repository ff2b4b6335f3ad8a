//! `berth server`: the broker's own master keys and backups.

mod backup;
mod keys;
mod rotate_key;

pub(super) use backup::BackedUp;

use super::{context::Context, error::CmdError};

/// Look after the broker itself: its master keys, and copies of its store
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Keys(keys::Args),
    RotateKey(rotate_key::Args),
    Backup(backup::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Keys(args) => keys::run(ctx, args).await,
        Command::RotateKey(args) => rotate_key::run(ctx, args).await,
        Command::Backup(args) => backup::run(ctx, args).await,
    }
}
