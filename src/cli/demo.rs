//! `berth demo`

use super::{
    context::Context,
    error::{CmdError, Kind},
};

/// Not there yet
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  berth demo")]
pub(crate) struct Args {}

pub(crate) async fn run(_ctx: &Context, _args: Args) -> Result<(), CmdError> {
    Err(CmdError::new(Kind::Failed, "`berth demo` is not there yet"))
}
