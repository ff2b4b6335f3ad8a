//! `berth env`: a connector's values, and one's own.

mod dotenv;
mod import;
mod list;
mod set;
mod unset;

use std::time::Instant;

use serde::Serialize;

use super::{
    context::Context,
    documents::Document,
    error::CmdError,
    leaving::Parting,
    verdict::{self, Outcome, Waiting},
};
use crate::{
    client::Client,
    model::{ConnectorName, EnvName},
    wire::{Change, EnvAnswer, EnvUpdate, EnvView, OwnUpdate, OwnValue, OwnValues},
};

/// Set what a connector gets in its environment: values for everybody, secrets, and values that each user gives
///
/// Values belong to the connector: they outlast its releases and win over a release's own settings (`berth deploy -e`).
/// Processes get them as environment variables, http connectors as headers of each request as well (X-Berth-Env-NAME).
/// A change is rolled out like a release: new instances are probed with it before they take over, and if they fail, what
/// serves keeps serving with the values that it has.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(set::Args),
    Unset(unset::Args),
    List(list::Args),
    Import(import::Args),
}

/// What a change came to: of the connector's values, or of one's own.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum Body {
    Changed {
        #[serde(flatten)]
        rolled_out: RolledOut,
        changes: Vec<Change>,
        unchanged: bool,
    },
    Own {
        connector: ConnectorName,
        values: Vec<OwnValue>,
    },
}

/// The release that has the change, where one serves already.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum RolledOut {
    As(Box<Outcome>),
    Not {
        connector: ConnectorName,
        release: Option<i64>,
    },
}

/// The connector's values, or one's own.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum Listed {
    All(EnvView),
    Own(OwnValues),
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        Command::Set(args) => set::run(ctx, args).await,
        Command::Unset(args) => unset::run(ctx, args).await,
        Command::List(args) => list::run(ctx, args).await,
        Command::Import(args) => import::run(ctx, args).await,
    }
}

/// Sends a change of the connector's values and tells what became of it, as the document `document`.
async fn change(
    ctx: &Context,
    document: Document<Body>,
    name: &ConnectorName,
    update: &EnvUpdate,
    waiting: &Waiting,
) -> Result<(), CmdError> {
    let started = Instant::now();
    let client = ctx.client()?;
    let spinner = ctx.ui.spinner("saving".to_owned());
    let said = ctx.leaving.says(Parting::asked(name));
    let answer = client.change_env(name, update).await;
    drop(said);
    spinner.finish_and_clear();
    let answer = answer?;
    for unknown in &answer.unknown {
        ctx.ui.warn(format!(
            "{name} has no value {unknown}: `berth env list {name}` shows those that it has"
        ));
    }
    for exposed in answer.changes.iter().filter_map(looks_secret) {
        ctx.ui.warn(format!(
            "{exposed} looks like a secret and is kept as a plain value, which `berth env list` shows: --secret keeps it hidden"
        ));
    }
    let rolled_out = roll_out(ctx, &client, name, &answer, waiting, started).await?;
    let body = Body::Changed {
        rolled_out,
        unchanged: answer.changes.is_empty(),
        changes: answer.changes,
    };
    ctx.ui.answer(document, &body, String::new)
}

async fn roll_out(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    answer: &EnvAnswer,
    waiting: &Waiting,
    started: Instant,
) -> Result<RolledOut, CmdError> {
    let Some(release) = answer.release.clone() else {
        ctx.ui.say(match answer.changes.is_empty() {
            true => format!("Nothing to do: the values of {name} are this already."),
            false => format!(
                "Saved. The first release of {name} that serves will have it: berth deploy --name {name}"
            ),
        });
        return Ok(RolledOut::Not {
            connector: name.clone(),
            release: None,
        });
    };
    let previous = release.serving;
    let release = waiting.settled(ctx, client, name, release).await?;
    verdict::tell(ctx, name, &release, previous, started.elapsed())?;
    let outcome = Outcome::new(name, &release, previous, started.elapsed());
    Ok(RolledOut::As(Box::new(outcome)))
}

/// Sends what the person gives or takes back, and tells what is still missing.
async fn change_mine(
    ctx: &Context,
    document: Document<Body>,
    name: &ConnectorName,
    update: &OwnUpdate,
) -> Result<(), CmdError> {
    let own = ctx.client()?.change_own_values(name, update).await?;
    let said = |names: Vec<&EnvName>| {
        names
            .iter()
            .map(|name| name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !update.set.is_empty() {
        ctx.ui.say(format!(
            "Saved your {}: your next call of {name} has it.",
            said(update.set.keys().collect())
        ));
    }
    if !update.unset.is_empty() {
        let names = said(update.unset.iter().collect());
        ctx.ui.say(format!("Erased your {names}."));
    }
    let missing = missing(&own);
    if !missing.is_empty() {
        ctx.ui.say(format!("{name} still needs your {}.", said(missing)));
    }
    let body = Body::Own {
        connector: name.clone(),
        values: own.values,
    };
    ctx.ui.answer(document, &body, String::new)
}

fn missing(own: &OwnValues) -> Vec<&EnvName> {
    let missing = own.values.iter().filter(|value| !value.given);
    missing.map(|value| &value.name).collect()
}

/// The name of a plain value that is called as secrets are.
fn looks_secret(change: &crate::wire::Change) -> Option<&str> {
    const WORDS: [&str; 7] = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "APIKEY",
        "API_KEY",
        "CREDENTIAL",
    ];
    let name = change.what.strip_prefix("env.").filter(|_| change.to.is_some())?;
    let upper = name.to_ascii_uppercase();
    (WORDS.iter().any(|word| upper.contains(word)) || upper.ends_with("_KEY")).then_some(name)
}
