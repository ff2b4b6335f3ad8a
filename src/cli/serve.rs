//! `berth serve`

use super::{
    context::Context,
    error::{CmdError, Kind},
};

/// Not there yet
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  berth serve")]
pub(crate) struct Args {}

pub(crate) async fn run(_ctx: &Context, _args: Args) -> Result<(), CmdError> {
    Err(CmdError::new(Kind::Failed, "`berth serve` is not there yet"))
}
