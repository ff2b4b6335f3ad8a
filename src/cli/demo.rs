//! `berth demo`

use anyhow::Context as _;
use serde::Serialize;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    ui::Output,
};
use crate::demo::{Ending, Line, Options};

/// Show what berth does, by itself, on this machine, in under a minute
///
/// Starts a broker and a strict OAuth provider on loopback in a temporary folder, deploys two connectors, sets their
/// OAuth, and lets two users call them, past the expiry of their tokens. Each command is shown as it would be typed,
/// with its answer. Needs node. Nothing is left behind.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth demo
  berth demo --keep     and then connect a client of your own")]
pub(crate) struct Args {
    /// Leave the broker up at the end, and say how to connect Claude Code, Cursor and VS Code to it
    #[arg(long)]
    keep: bool,
}

/// What was played.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    steps: Vec<Step>,
}

#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Step {
    title: String,
    typed: Vec<String>,
    checked: Vec<String>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let failed = |error: anyhow::Error| CmdError::new(Kind::Failed, error.to_string()).with_source(error);
    let program = std::env::current_exe().context("this program's own path can't be found");
    let options = Options {
        program: program.map_err(failed)?,
        keep: args.keep,
    };
    // A reader that went away must not end the demo before it has cleaned up: what can't be printed is passed over.
    let mut body = Body::default();
    let mut say = |line: Line| {
        if ctx.ui.output == Output::Json {
            ctx.ui.say(shown(&line).trim_end());
            body.note(line);
        } else {
            drop(ctx.ui.show(shown(&line)));
        }
    };
    let ended = Box::pin(crate::demo::run(&options, &mut say)).await;
    match ended.map_err(failed)? {
        Ending::Played if ctx.ui.output == Output::Json => ctx.ui.document(documents::DEMO, true, &body),
        Ending::Played => Ok(()),
        Ending::Interrupted => Err(CmdError::told(Kind::Interrupted)),
    }
}

impl Body {
    fn note(&mut self, line: Line) {
        match line {
            Line::Step { title, .. } => self.steps.push(Step {
                title: title.to_string(),
                ..Step::default()
            }),
            Line::Typed(command) => self.last().typed.push(command),
            Line::Checked(text) => self.last().checked.push(text),
            Line::Answered(_) | Line::Note(_) | Line::Plain(_) => {}
        }
    }

    fn last(&mut self) -> &mut Step {
        if self.steps.is_empty() {
            self.steps.push(Step::default());
        }
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }
}

fn shown(line: &Line) -> String {
    match line {
        Line::Step { number, title } => format!("\n{number:>2}  {title}\n"),
        Line::Typed(command) => format!("    $ {command}\n"),
        Line::Answered(text) => format!("      {text}\n"),
        Line::Note(text) => format!("    {text}\n"),
        Line::Checked(text) => format!("    ✓ {text}\n"),
        Line::Plain(text) => format!("{text}\n"),
    }
}
