//! `berth status`

use std::time::{Duration, Instant};

use serde::Serialize;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    ui, verdict,
};
use crate::{
    client::Client,
    model::{ConnectorName, Failure, State, duration},
    wire::{ConnectorView, ReleaseView},
};

/// Show what became of the newest release of a connector, or of each
///
/// Exit code 6 means that a newest release failed; the one before it keeps serving. With --wait, releases that are under
/// way are waited for, as `berth deploy` does: so does one come back after --detach or Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth status
  berth status gong-crm --wait
  berth status gong-crm --wait --wait-timeout 5m --output json | jq '.connectors[0].state'")]
pub(crate) struct Args {
    /// The connector [default: all of them]
    name: Option<ConnectorName>,

    /// Wait until nothing is under way any more
    #[arg(long)]
    wait: bool,

    /// How long to wait at most; exit code 7 then
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    wait_timeout: Duration,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body {
    /// How many newest releases failed, and how many are under way.
    failed: usize,
    under_way: usize,
    connectors: Vec<Status>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Status {
    connector: ConnectorName,
    url: String,
    /// The newest release, and what became of it; absent where there is none.
    release: Option<i64>,
    state: Option<State>,
    /// What the broker does about it right now; may be empty.
    phase: String,
    failure: Option<Failure>,
    /// The release that serves.
    serving: Option<i64>,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let client = ctx.client()?;
    let connectors = match &args.name {
        Some(name) => vec![client.connector(name).await?],
        None => client.connectors().await?.connectors,
    };
    let mut statuses: Vec<Status> = connectors.into_iter().map(Status::of).collect();
    if args.wait {
        wait(ctx, &client, &mut statuses, args.wait_timeout).await?;
    }
    let count = |fits: &dyn Fn(State) -> bool| {
        let states = statuses.iter().filter_map(|status| status.state);
        states.filter(|state| fits(*state)).count()
    };
    let body = Body {
        failed: count(&|state| state == State::Failed),
        under_way: count(&|state| !state.is_settled()),
        connectors: statuses,
    };
    if body.connectors.is_empty() {
        ctx.ui
            .say("There are no connectors yet: `berth deploy` makes the first one.");
    }
    match ctx.ui.output {
        ui::Output::Json => ctx.ui.document(documents::STATUS, body.failed == 0, &body)?,
        _ => ctx
            .ui
            .answer(documents::STATUS, &body, || text(&body.connectors))?,
    }
    match body.failed {
        0 => Ok(()),
        _ => Err(CmdError::told(Kind::Probe)),
    }
}

/// Waits for each in turn: while one is waited for, the others go on too.
async fn wait(
    ctx: &Context,
    client: &Client,
    statuses: &mut [Status],
    patience: Duration,
) -> Result<(), CmdError> {
    let started = Instant::now();
    for status in statuses {
        let (Some(number), Some(state)) = (status.release, status.state) else {
            continue;
        };
        if state.is_settled() {
            continue;
        }
        let name = status.connector.clone();
        let release = client.release(&name, number).await?;
        let left = patience.saturating_sub(started.elapsed());
        let release = verdict::settled(ctx, client, &name, release, left).await?;
        status.take(Some(&release));
        status.serving = release.serving;
    }
    Ok(())
}

impl Status {
    fn of(connector: ConnectorView) -> Self {
        let mut status = Self {
            connector: connector.name,
            url: connector.endpoint,
            release: None,
            state: None,
            phase: String::new(),
            failure: None,
            serving: connector.live.as_ref().map(|live| live.number),
        };
        status.take(connector.latest.as_ref().or(connector.live.as_ref()));
        status
    }

    fn take(&mut self, release: Option<&ReleaseView>) {
        let Some(release) = release else { return };
        self.release = Some(release.number);
        self.state = Some(release.state);
        self.phase = release.phase.clone();
        self.failure = release.failure.clone();
    }
}

fn text(statuses: &[Status]) -> String {
    if statuses.is_empty() {
        return String::new();
    }
    let or_none = |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let row = |status: &Status| {
        let note = match &status.failure {
            Some(failure) => failure.message.lines().next().unwrap_or_default(),
            None => &status.phase,
        };
        vec![
            status.connector.to_string(),
            or_none(status.release),
            status.state.map_or("not deployed", State::as_str).to_owned(),
            or_none(status.serving),
            note.to_owned(),
        ]
    };
    let rows: Vec<_> = statuses.iter().map(row).collect();
    ui::table(&["NAME", "NEWEST", "STATE", "SERVING", "NOTE"], &rows)
}
