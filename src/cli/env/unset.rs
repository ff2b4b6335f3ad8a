//! `berth env unset`

use super::{change, change_mine};
use crate::{
    cli::{context::Context, documents, error::CmdError, verdict::Waiting},
    model::{ConnectorName, EnvName},
    wire::{EnvUpdate, OwnUpdate},
};

/// Take values of a connector away, or your own with --mine
///
/// A value that each user gives is taken away for all of them. Settings that came with a deploy (`berth deploy -e`) go
/// with the next one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth env unset gong-crm REGION LOG_LEVEL
  berth env unset gong-crm --mine API_KEY            erases your own")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The values' names
    #[arg(value_name = "KEY", required = true)]
    names: Vec<EnvName>,

    /// Erase your own values
    #[arg(long, conflicts_with_all = ["detach", "wait_timeout"])]
    mine: bool,

    #[command(flatten)]
    waiting: Waiting,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let unset = args.names;
    if args.mine {
        let update = OwnUpdate {
            unset,
            ..OwnUpdate::default()
        };
        return change_mine(ctx, documents::ENV_UNSET, &args.name, &update).await;
    }
    let update = EnvUpdate {
        unset,
        ..EnvUpdate::default()
    };
    change(ctx, documents::ENV_UNSET, &args.name, &update, &args.waiting).await
}
