//! `berth rollback`

use std::time::Instant;

use serde::Serialize;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    leaving::Parting,
    prompt, ui,
    verdict::{self, Outcome, Waiting},
};
use crate::{
    client::Client,
    model::ConnectorName,
    wire::{Change, ReleaseView, Rollback},
};

/// Go back to an earlier release of a connector
///
/// Makes a new release of an old one's artifact, settings and secrets, at the exact version that it had. Like a deploy
/// it is started and probed before it takes over; until then, and if that fails, what serves now keeps serving.
/// `berth releases` shows what can be gone back to.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth rollback gong-crm                to the release that served before
  berth rollback gong-crm 7 --dry-run    what would change
  berth rollback gong-crm 7 --yes")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The release to go back to [default: the one that served before the one that serves now]
    #[arg(value_name = "RELEASE", value_parser = clap::value_parser!(i64).range(1..))]
    number: Option<i64>,

    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[allow(clippy::large_enum_variant, reason = "there is one of it, for a moment")]
pub(super) enum Body {
    Done(Outcome),
    Planned {
        connector: ConnectorName,
        dry_run: bool,
        to: i64,
        source: String,
        pinned: Option<String>,
        changes: Vec<Change>,
    },
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let started = Instant::now();
    let client = ctx.client()?;
    let name = &args.name;
    let planned = ask(&client, name, args.number, Mode::Plan).await?;
    for line in lines(name, &planned) {
        ctx.ui.say(line);
    }
    if args.dry_run {
        return ctx
            .ui
            .answer(documents::ROLLBACK, &planned.document(name), String::new);
    }
    if !args.yes && ctx.cannot_ask().is_none() && !prompt::confirm("Roll back?".to_owned(), true).await? {
        ctx.ui.say("Nothing was changed.");
        return Err(CmdError::told(Kind::Failed));
    }
    // What was shown is what is done, whatever has been deployed meanwhile.
    let said = ctx.leaving.says(Parting::asked(name));
    let recorded = ask(&client, name, Some(planned.release.number), Mode::Do).await?;
    drop(said);
    let release = args.waiting.settled(ctx, &client, name, recorded.release).await?;
    let previous = planned.release.serving;
    verdict::tell(ctx, name, &release, previous, started.elapsed())?;
    let body = Body::Done(Outcome::new(name, &release, previous, started.elapsed()));
    ctx.ui
        .answer(documents::ROLLBACK, &body, || format!("{}\n", release.endpoint))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plan,
    Do,
}

/// A release, old or new, and what it changes.
struct Answer {
    release: ReleaseView,
    changes: Vec<Change>,
}

async fn ask(client: &Client, name: &ConnectorName, to: Option<i64>, mode: Mode) -> Result<Answer, CmdError> {
    let dry_run = mode == Mode::Plan;
    let answer = client.roll_back(name, &Rollback { to, dry_run }).await?;
    let release = answer
        .release
        .ok_or_else(|| CmdError::new(Kind::Failed, "the broker named no release"))?;
    Ok(Answer {
        release,
        changes: answer.changes,
    })
}

impl Answer {
    fn document(&self, name: &ConnectorName) -> Body {
        Body::Planned {
            connector: name.clone(),
            dry_run: true,
            to: self.release.number,
            source: self.release.source.clone(),
            pinned: self.release.pinned.clone(),
            changes: self.changes.clone(),
        }
    }
}

/// What is gone back to, for people.
fn lines(name: &ConnectorName, planned: &Answer) -> Vec<String> {
    let release = &planned.release;
    let serving = match release.serving {
        Some(serving) => format!("release {serving} serves now"),
        None => "no release serves now".to_owned(),
    };
    let changes: Vec<String> = planned.changes.iter().map(change).collect();
    let text = ui::fields([
        ("Connector", format!("{name}, {serving}")),
        (
            "Back to",
            format!(
                "release {}, of {}",
                release.number,
                ui::instant(release.created_at)
            ),
        ),
        ("Source", release.source.clone()),
        ("Version", release.pinned.clone().unwrap_or_default()),
        ("Transport", release.transport.clone()),
        (
            "Changes",
            match changes.is_empty() {
                true => "none: it is the same as what serves".to_owned(),
                false => changes.join("\n"),
            },
        ),
    ]);
    text.lines().map(|line| format!("  {line}")).collect()
}

/// One change in a line. Secrets have no values here: the broker does not tell them.
fn change(change: &Change) -> String {
    let what = ui::plain(&change.what).replace(['\n', '\t'], " ");
    let shown = |text: &str| ui::plain(text).replace(['\n', '\t'], " ");
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("{what}: {} → {}", shown(from), shown(to)),
        (None, Some(to)) => format!("{what}: set to {}", shown(to)),
        (Some(from), None) => format!("{what}: taken away (was {})", shown(from)),
        (None, None) => format!("{what}: as it was then"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_read_as_sentences() {
        let check = |what: &str, from: Option<&str>, to: Option<&str>, expected: &str| {
            let told = change(&Change {
                what: what.to_owned(),
                from: from.map(str::to_owned),
                to: to.map(str::to_owned),
            });
            assert_eq!(told, expected);
        };
        check("source", Some("npx a"), Some("npx b"), "source: npx a → npx b");
        check("env.A", None, Some("1\n2"), "env.A: set to 1 2");
        check("env.A", Some("1"), None, "env.A: taken away (was 1)");
        check("secret.K", None, None, "secret.K: as it was then");
    }
}
