//! `berth users`: who may use this broker.

mod add;
mod groups;
mod link;
mod list;
mod password;
mod remove;

pub(super) use remove::Removed;

use super::{context::Context, error::CmdError};

/// Add, list and remove users, put them in groups, and print their sign-in links
#[derive(Debug, clap::Args)]
#[command(visible_alias = "user")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(add::Args),
    Groups(groups::Args),
    Link(link::Args),
    List(list::Args),
    Password(password::Args),
    Remove(remove::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Add(args) => add::run(ctx, args).await,
        Command::Groups(args) => groups::run(ctx, args).await,
        Command::Link(args) => link::run(ctx, args).await,
        Command::List(args) => list::run(ctx, args).await,
        Command::Password(args) => password::run(ctx, args).await,
        Command::Remove(args) => remove::run(ctx, args).await,
    }
}
