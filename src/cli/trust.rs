//! `berth trust`: pipelines that deploy without a secret.

mod add;
mod list;
mod remove;

pub(super) use remove::Removed;

use super::{context::Context, error::CmdError};

/// Let pipelines deploy without a secret: their own OIDC token is enough
///
/// A CI service signs a token for each job that says which repository and branch it is for. Say here whose word counts
/// and what it has to say; `berth deploy` in that job then finds the token by itself and gets one of berth's for 15
/// minutes.
#[derive(Debug, clap::Args)]
#[command(visible_alias = "trusts")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(add::Args),
    List(list::Args),
    Remove(remove::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Add(args) => add::run(ctx, args).await,
        Command::List(args) => list::run(ctx, args).await,
        Command::Remove(args) => remove::run(ctx, args).await,
    }
}
