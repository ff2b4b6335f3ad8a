//! What becomes of a release that was recorded: waiting for its verdict, and telling it. Only the release's own state
//! decides; a broker that can't be reached for a moment is waited for too.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::{
    context::Context,
    error::{CmdError, Kind},
    leaving::Parting,
    ui,
};
use crate::{
    client::Client,
    model::{ConnectorName, Digest, EnvName, Root, State, duration},
    wire::ReleaseView,
};

/// How long a release is waited for when nothing is said.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often a line says that it still goes on, where no line can move.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long the broker may be out of reach before waiting for it makes no sense.
const OUTAGE: Duration = Duration::from_secs(60);

/// Whether a release is waited for.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Waiting {
    /// Do not wait until the release is live
    #[arg(long)]
    detach: bool,

    /// How long to wait for it
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    wait_timeout: Option<Duration>,
}

impl Waiting {
    /// The release when it is settled, or as it is where it is not waited for.
    pub(super) async fn settled(
        &self,
        ctx: &Context,
        client: &Client,
        name: &ConnectorName,
        release: ReleaseView,
    ) -> Result<ReleaseView, CmdError> {
        if self.detach {
            return Ok(release);
        }
        let patience = self.wait_timeout.unwrap_or(PATIENCE);
        settled(ctx, client, name, release, patience).await
    }
}

/// Reads the release until it is settled, for at most `patience`; tells each phase once.
pub(super) async fn settled(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    mut release: ReleaseView,
    patience: Duration,
) -> Result<ReleaseView, CmdError> {
    let number = release.number;
    let _said = ctx.leaving.says(Parting::detached(name, number));
    let (start, mut pause) = (Instant::now(), FIRST_PAUSE);
    let (mut told, mut told_at) = (String::new(), start);
    let mut answered_at = start;
    let spinner = ctx.ui.spinner(phase(&release));
    loop {
        let phase = phase(&release);
        if release.state.is_settled() {
            spinner.finish_and_clear();
            return Ok(release);
        }
        if phase != told {
            spinner.suspend(|| ctx.ui.say(format!("Release {number}: {phase}")));
            spinner.set_message(phase.clone());
            (told, told_at, pause) = (phase, Instant::now(), FIRST_PAUSE);
        } else if !ctx.ui.is_animated() && told_at.elapsed() >= HEARTBEAT {
            ctx.ui.say(format!(
                "Release {number}: still {told} ({}s)",
                start.elapsed().as_secs()
            ));
            told_at = Instant::now();
        }
        if start.elapsed() >= patience {
            let message = format!(
                "release {number} of {name} is not live after {}s",
                patience.as_secs()
            );
            return Err(CmdError::new(Kind::TimedOut, message)
                .with_hint(format!(
                    "it goes on by itself: `berth status {name} --wait` comes back to it"
                ))
                .with_detail("connector", name.as_str())
                .with_detail("release", number));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        match client.release(name, number).await {
            Ok(read) => (release, answered_at) = (read, Instant::now()),
            Err(error) if error.is_transient() && answered_at.elapsed() < OUTAGE => {
                spinner.suspend(|| ctx.ui.detail(format!("{error}; trying again")));
            }
            Err(error) => {
                return Err(error.into());
            }
        }
    }
}

/// Says what became of the release; one that failed is the command's failure.
pub(super) fn tell(
    ctx: &Context,
    name: &ConnectorName,
    release: &ReleaseView,
    previous: Option<i64>,
    elapsed: Duration,
) -> Result<(), CmdError> {
    if release.state == State::Failed {
        return Err(failed(ctx, name, release));
    }
    let tools = tools(release.tools);
    let number = release.number;
    ctx.ui.say(match release.state {
        State::Live => format!(
            "Release {number} of {name} is live{tools} ({:.1}s).",
            elapsed.as_secs_f64()
        ),
        State::Retired => {
            format!("Release {number} of {name} was live and is replaced by a newer one already.")
        }
        _ => format!(
            "Release {number} of {name} goes on by itself; `berth status {name} --wait` comes back to it."
        ),
    });
    if release.root == Some(Root::Writable) {
        ctx.ui
            .say("It works only where it may write to its own image: its containers' root is not read-only.");
    }
    if release.state == State::Live
        && let Some(note) = placeholders(release)
    {
        ctx.ui.say(note);
    }
    if release.state == State::Live && previous.is_none() {
        ctx.ui.say(format!(
            "To use it from Claude, Cursor, …: berth connect-config {name} --client claude-code"
        ));
        ctx.ui.say(format!(
            "If its tools act for a person elsewhere: berth oauth set {name}"
        ));
    }
    Ok(())
}

/// What a document says of a release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Outcome {
    pub(super) connector: ConnectorName,
    pub(super) release: i64,
    /// The one that served before.
    pub(super) previous: Option<i64>,
    state: State,
    source: String,
    pinned: Option<String>,
    integrity: Option<String>,
    pub(super) artifact: Option<Digest>,
    root: Option<Root>,
    transport: String,
    pub(super) url: String,
    tools: Option<usize>,
    placeholders: Vec<EnvName>,
    elapsed_ms: u64,
}

impl Outcome {
    pub(super) fn new(
        name: &ConnectorName,
        release: &ReleaseView,
        previous: Option<i64>,
        elapsed: Duration,
    ) -> Self {
        Self {
            connector: name.clone(),
            release: release.number,
            previous,
            state: release.state,
            source: release.source.clone(),
            pinned: release.pinned.clone(),
            integrity: release.integrity.clone(),
            artifact: release.artifact.clone(),
            root: release.root,
            transport: release.transport.clone(),
            url: release.endpoint.clone(),
            tools: release.tools,
            placeholders: release.placeholders.clone(),
            elapsed_ms: millis(elapsed),
        }
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Says which values are none, where there are such.
pub(super) fn placeholders(release: &ReleaseView) -> Option<String> {
    let names: Vec<&str> = release.placeholders.iter().map(EnvName::as_str).collect();
    (!names.is_empty()).then(|| {
        format!(
            "It was started with placeholders for {}: nobody has given them yet.",
            names.join(", ")
        )
    })
}

fn failed(ctx: &Context, name: &ConnectorName, release: &ReleaseView) -> CmdError {
    let number = release.number;
    let (message, hint, stderr) = match &release.failure {
        Some(failure) => (
            failure.message.as_str(),
            failure.hint.as_str(),
            failure.stderr.as_slice(),
        ),
        None => ("the broker gave no reason", "", [].as_slice()),
    };
    quote(ctx, stderr);
    let serving = match release.serving {
        Some(serving) => format!("release {serving} keeps serving"),
        None => "no release serves yet".to_owned(),
    };
    CmdError::new(
        Kind::Probe,
        format!("release {number} of {name} failed: {message} ({serving})"),
    )
    .with_hint(hint)
    .with_detail("connector", name.as_str())
    .with_detail("release", number)
    .with_detail("serving", release.serving)
    .with_detail("stderr", stderr.to_vec())
}

/// How many tools the probe saw, to be read after a clause.
pub(super) fn tools(count: Option<usize>) -> String {
    match count {
        Some(1) => ", 1 tool".to_owned(),
        Some(tools) => format!(", {tools} tools"),
        None => String::new(),
    }
}

/// What the connector wrote last, for people.
pub(super) fn quote(ctx: &Context, stderr: &[String]) {
    if stderr.is_empty() {
        return;
    }
    ctx.ui.say("The last lines on standard error:");
    for line in stderr {
        ctx.ui.say(format!("  | {}", ui::plain(line)));
    }
}

/// What happens now, in a word or two.
fn phase(release: &ReleaseView) -> String {
    match release.phase.is_empty() {
        true => release.state.as_str().to_owned(),
        false => release.phase.clone(),
    }
}
