//! `berth logs`

use std::fmt::Write as _;

use super::{context::Context, error::CmdError, ui};
use crate::model::ConnectorName;

/// Print what a connector wrote to standard error
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth logs gong-crm
  berth logs gong-crm --lines 500 | grep -i error")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// How many of the last lines
    #[arg(long, short = 'n', default_value_t = 100, value_name = "N")]
    lines: usize,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let log = ctx.client()?.logs(&args.name, args.lines).await?;
    if log.lines.is_empty() {
        ctx.ui.say(format!("{} has written nothing yet.", args.name));
    }
    ctx.ui.answer("logs", &log, || {
        let mut text = String::new();
        for line in &log.lines {
            let (at, said) = (ui::instant(line.at), ui::plain(&line.text));
            let _ = writeln!(
                text,
                "{at}  {}  {}  {said}",
                line.release,
                ui::plain(&line.instance)
            );
        }
        text
    })
}
