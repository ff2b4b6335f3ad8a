//! `berth access`: who may use a connector.

mod set;
mod show;

use super::{context::Context, error::CmdError};
use crate::wire::AccessRule;

/// Say who may use a connector: everyone, users, or groups
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(set::Args),
    Show(show::Args),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Set(args) => set::run(ctx, args).await,
        Command::Show(args) => show::run(ctx, args).await,
    }
}

/// A rule in words, a line for each who may.
fn told(rule: &AccessRule) -> String {
    if rule.everyone {
        return "everyone\n".to_owned();
    }
    let users = rule.users.iter().map(|user| format!("user {user}\n"));
    let groups = rule.groups.iter().map(|group| format!("group {group}\n"));
    let named: String = users.chain(groups).collect();
    match named.as_str() {
        // The users that it named are gone.
        "" => "nobody\n".to_owned(),
        _ => named,
    }
}
