//! `berth logs`

use std::{fmt::Write as _, time::Duration};

use super::{context::Context, documents, error::CmdError, ui};
use crate::{
    client::Client,
    model::{ConnectorName, Since},
    wire::{LogFilter, LogLine, LogView},
};

/// How long a follower waits before it asks for what is new.
const PAUSE: Duration = Duration::from_millis(500);

/// Print what a connector wrote to standard error
///
/// A line has the time, the release's number, the instance, the id of the user whose instance it was (- where users
/// share it), and what it said. The broker keeps the last 2000 lines of a connector, of at most 2 MiB.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth logs gong-crm
  berth logs gong-crm --follow --user ada
  berth logs gong-crm --since 10m --release 4
  berth logs gong-crm --follow --output jsonl | jq -r .text
  berth logs gong-crm --lines 500 | grep -i error")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// Go on printing what is written, until Ctrl-C
    ///
    /// It goes on also when the broker is restarted. With `--output jsonl`, each line is a document of its own.
    #[arg(long, short)]
    follow: bool,

    /// How many of the last lines [default: 100, or all of them with --since]
    #[arg(long, short = 'n', value_name = "N")]
    lines: Option<usize>,

    /// Only lines that are at most this old (10m, 2h), or from this instant on (2026-01-31T12:00:00Z)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,

    /// Only what this user's instances wrote: a name, or an id
    #[arg(long, value_name = "NAME|ID")]
    user: Option<String>,

    /// Only what this release's instances wrote
    #[arg(long, value_name = "N")]
    release: Option<i64>,
}

impl Args {
    /// Whether there is no last document.
    pub(super) fn is_endless(&self) -> bool {
        self.follow
    }
}

/// Why a log that is followed is no document.
fn no_end() -> CmdError {
    CmdError::usage("--output json is one document, and a log that is followed has no end")
        .with_hint("--output jsonl gives a document for each line")
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    if args.follow && ctx.ui.output == ui::Output::Json {
        return Err(no_end());
    }
    let client = ctx.client()?;
    let filter = LogFilter {
        lines: args.lines,
        since: args.since,
        after: None,
        user: args.user,
        release: args.release,
    };
    let log = client.logs(&args.name, &filter).await?;
    if args.follow {
        return follow(ctx, &client, &args.name, filter, log).await;
    }
    if log.lines.is_empty() {
        let narrowed = filter.since.is_some() || filter.user.is_some() || filter.release.is_some();
        let what = if narrowed {
            "nothing that fits"
        } else {
            "nothing yet"
        };
        ctx.ui.say(format!("{} has written {what}.", args.name));
    }
    ctx.ui.answer_verbatim(documents::LOGS, &log, || text(&log.lines))
}

/// Prints `log`, and what comes after it, until the person or the broker says that it is enough.
async fn follow(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    first: LogFilter,
    mut log: LogView,
) -> Result<(), CmdError> {
    let mut filter = LogFilter {
        lines: None,
        since: None,
        ..first
    };
    let mut lost = false;
    loop {
        if log.gap {
            ctx.ui
                .warn("some lines are missing: more were written than the broker keeps");
        }
        match ctx.ui.output {
            ui::Output::Toml | ui::Output::Json => return Err(no_end()),
            ui::Output::Text => ctx.ui.print(text(&log.lines))?,
            ui::Output::Jsonl => {
                for line in &log.lines {
                    ctx.ui.document(documents::LOG_LINE, true, line)?;
                }
            }
        }
        filter.after = Some(log.position);
        log = loop {
            tokio::time::sleep(PAUSE).await;
            match client.logs(name, &filter).await {
                Ok(log) => break log,
                Err(error) if error.is_transient() => {
                    if !lost {
                        ctx.ui.say(format!("{error}; trying again"));
                    }
                    lost = true;
                }
                Err(error) => return Err(error.into()),
            }
        };
        lost = false;
    }
}

fn text(lines: &[LogLine]) -> String {
    let mut text = String::new();
    for line in lines {
        let (at, said) = (ui::instant(line.at), ui::plain(&line.text));
        let user = line.user.as_ref().map_or("-", |user| user.as_str());
        let _ = writeln!(
            text,
            "{at}  {}  {}  {}  {said}",
            line.release,
            ui::plain(&line.instance),
            ui::plain(user),
        );
    }
    text
}
