//! `berth config`: what holds here, and who said so.

mod get;
mod list;

use std::path::Path;

use super::{
    context::{Context, Origin},
    error::CmdError,
};
use crate::manifest::{FILE_NAME, Manifest};

pub(super) use list::Listed;

/// Show which settings hold here, and where each comes from: a flag, a variable, berth.toml, a sign-in, or the default
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Get(get::Args),
}

pub(crate) fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::List(args) => list::run(ctx, &args),
        Command::Get(args) => get::run(ctx, &args),
    }
}

/// All of them: those of every command, then what a deploy of the current folder takes from its berth.toml.
fn all(ctx: &Context) -> Result<Vec<Origin>, CmdError> {
    let mut all = ctx.origins()?;
    let manifest = Manifest::load(Path::new("."))
        .map_err(|error| CmdError::usage(error.to_string()).with_hint(error.hint()))?;
    if let Some(manifest) = manifest {
        let said = manifest.said().into_iter();
        all.extend(said.map(|(key, value)| Origin::new(&format!("deploy.{key}"), value, FILE_NAME)));
    }
    Ok(all)
}
