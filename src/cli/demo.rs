//! `berth demo`

use std::io::{self, Write};

use anyhow::Context as _;

use super::{
    context::Context,
    error::{CmdError, Kind},
};
use crate::demo::{Ending, Line, Options};

/// Show everything berth does, on this machine, in under a minute
///
/// Starts a broker and a strict OAuth provider on loopback in a temporary folder, deploys two connectors, sets their
/// OAuth, and lets two users call them, refresh included. Each command is shown as it would be typed, with its answer.
/// Needs node. Nothing is left behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth demo
  berth demo --keep          try your own MCP client on it afterwards")]
pub(crate) struct Args {
    /// Leave the broker up at the end, and say how to connect Claude Code, Cursor and VS Code to it
    #[arg(long)]
    keep: bool,
}

pub(crate) async fn run(_ctx: &Context, args: Args) -> Result<(), CmdError> {
    let failed = |error: anyhow::Error| CmdError::new(Kind::Failed, "the demo stopped").with_source(error);
    let program = std::env::current_exe()
        .context("berth's own executable can't be found")
        .map_err(failed)?;
    let options = Options {
        program,
        keep: args.keep,
    };
    let mut say = |line| show(&mut io::stdout().lock(), &line);
    match Box::pin(crate::demo::run(&options, &mut say))
        .await
        .map_err(failed)?
    {
        Ending::Played => Ok(()),
        Ending::Interrupted => Err(CmdError::told(Kind::Interrupted)),
    }
}

/// Writes one line. A reader that went away must not end the demo before it has cleaned up, so errors are passed over.
fn show(out: &mut impl Write, line: &Line) {
    let _ = match line {
        Line::Step { number, title } => writeln!(out, "\n{number:>2}  {title}"),
        Line::Typed(command) => writeln!(out, "    $ {command}"),
        Line::Answered(text) => writeln!(out, "      {text}"),
        Line::Note(text) => writeln!(out, "    {text}"),
        Line::Checked(text) => writeln!(out, "    ✓ {text}"),
        Line::Plain(text) => writeln!(out, "{text}"),
    };
}
