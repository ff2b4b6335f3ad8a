//! Sending what the broker does not have of an artifact.

use std::{
    collections::HashSet,
    fmt::Write as _,
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
        leaving::Parting,
        ui::{self, Ui},
    },
    client::{Client, Missing, Progress},
    model::ConnectorName,
    package::Artifact,
};

/// Layers up to this many bytes are taken by every broker.
const NEVER_REFUSED: u64 = 256 * 1024 * 1024;
/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);
/// How often a line tells how far it is where no bar is seen.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Connections that break are told no more often than this.
const COMPLAINTS: Duration = Duration::from_secs(5);

/// What an upload came to, or would come to; sizes are in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Sent {
    /// How many blobs the broker did not have.
    pub(super) layers: usize,
    /// What went over the line, with what had to be sent twice; without the protocol's own.
    pub(super) bytes: u64,
    /// The whole artifact.
    pub(super) total_bytes: u64,
    /// What the broker had already, with the parts of blobs that an earlier run had left there.
    pub(super) reused_bytes: u64,
}

/// What [`upload`] would send.
pub(super) async fn planned(
    client: &Client,
    name: &ConnectorName,
    artifact: &Artifact,
) -> Result<Sent, CmdError> {
    let mut planned = nothing_of(artifact);
    if !client.has_artifact(name, artifact).await? {
        let missing = client.missing(name, artifact).await?;
        check_sizes(client, &missing).await?;
        planned.layers = missing.blobs.len();
        planned.bytes = missing.size;
        planned.reused_bytes -= missing.size;
    }
    Ok(planned)
}

/// Makes the broker have the artifact, and tells how far it is while that takes time.
pub(super) async fn upload(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    artifact: &Artifact,
) -> Result<Sent, CmdError> {
    let mut sent = nothing_of(artifact);
    let total = sent.total_bytes;
    if client.has_artifact(name, artifact).await? {
        ctx.ui.say(format!(
            "Upload: the broker has all of it already ({})",
            ui::size(total)
        ));
        return Ok(sent);
    }
    let missing = client.missing(name, artifact).await?;
    check_sizes(client, &missing).await?;
    ctx.ui.say(format!(
        "Upload: {} of {} new, in {} of {} layers",
        ui::size(missing.size),
        ui::size(total),
        missing.blobs.len(),
        artifact.blobs.len()
    ));
    let _said = ctx.leaving.says(Parting::new(
        "Nothing was deployed.",
        "What has arrived is kept: the same command goes on from there.",
    ));
    let progress = Progress::default();
    let mut teller = Teller::new(&ctx.ui, missing.size);
    let sending = client.send_artifact(name, artifact, &missing, &progress);
    tokio::pin!(sending);
    let mut tick = tokio::time::interval(TICK);
    let outcome = loop {
        tokio::select! {
            outcome = &mut sending => break outcome,
            _ = tick.tick() => teller.look(&progress),
        }
    };
    sent.layers = missing.blobs.len();
    sent.bytes = progress.sent();
    sent.reused_bytes = total - missing.size + progress.resumed();
    teller.end(&progress, outcome.is_ok());
    outcome?;
    Ok(sent)
}

/// Refuses a layer that the broker would refuse, before hours are spent on sending it.
async fn check_sizes(client: &Client, missing: &Missing<'_>) -> Result<(), CmdError> {
    let largest = missing.blobs.iter().map(|blob| blob.size).max();
    // No broker takes less than that: most deploys need not ask.
    let Some(largest) = largest.filter(|size| *size > NEVER_REFUSED) else {
        return Ok(());
    };
    match client.server().await?.upload_limit {
        Some(limit) if largest > limit => Err(too_large(largest, limit)),
        _ => Ok(()),
    }
}

fn too_large(size: u64, limit: u64) -> CmdError {
    let (size, limit) = (ui::size(size), ui::size(limit));
    CmdError::new(
        Kind::Build,
        format!("a layer of {size} is too large: the broker takes at most {limit} in one"),
    )
    .with_hint("leave large files out with a .berthignore; in a Dockerfile, spread them over several RUN or COPY lines")
}

/// Whether the broker had the artifact when it was asked, and has collected it since.
pub(super) async fn is_gone(
    client: &Client,
    name: &ConnectorName,
    artifact: &Artifact,
) -> Result<bool, CmdError> {
    Ok(!client.has_artifact(name, artifact).await?)
}

/// What it comes to when the broker has it all.
fn nothing_of(artifact: &Artifact) -> Sent {
    let mut counted = HashSet::new();
    let blobs = artifact.blobs.iter().filter(|blob| counted.insert(&blob.digest));
    let total_bytes = blobs.map(|blob| blob.size).sum();
    Sent {
        total_bytes,
        reused_bytes: total_bytes,
        ..Sent::default()
    }
}

/// Tells how far an upload is: with a bar that moves where there is a terminal, with a line now and then elsewhere.
struct Teller<'a> {
    ui: &'a Ui,
    bar: ProgressBar,
    total: u64,
    started: Instant,
    told: Instant,
    complained: Option<Instant>,
    /// What the broker had when the rate was first taken: it did not come over the line now.
    resumed: u64,
}

impl<'a> Teller<'a> {
    fn new(ui: &'a Ui, total: u64) -> Self {
        Self {
            ui,
            bar: ui.bytes(total),
            total,
            started: Instant::now(),
            told: Instant::now(),
            complained: None,
            resumed: 0,
        }
    }

    fn look(&mut self, progress: &Progress) {
        let resumed = progress.resumed();
        if resumed > self.resumed {
            self.resumed = resumed;
            self.bar.set_position(progress.there());
            self.bar.reset_eta();
        }
        self.bar.set_position(progress.there());
        if let Some(setback) = progress.take_setback()
            && self.complained.is_none_or(|at| at.elapsed() >= COMPLAINTS)
        {
            self.complained = Some(Instant::now());
            let line = format!("Upload: {setback}: trying again");
            self.bar.suspend(|| self.ui.say(line));
        }
        if !self.ui.is_animated() && self.told.elapsed() >= HEARTBEAT {
            self.told = Instant::now();
            self.ui.say(so_far(progress, self.total, self.started.elapsed()));
        }
    }

    fn end(self, progress: &Progress, is_whole: bool) {
        self.bar.finish_and_clear();
        if is_whole {
            self.ui.say(at_the_end(progress, self.started.elapsed()));
        }
    }
}

/// `Upload: 22.1 MiB of 61.0 MiB (36 %), 8.4 MiB/s, 5s left`
fn so_far(progress: &Progress, total: u64, elapsed: Duration) -> String {
    let there = progress.there().min(total);
    let mut line = format!(
        "Upload: {} of {} ({} %)",
        ui::size(there),
        ui::size(total),
        (there * 100).checked_div(total).unwrap_or(100)
    );
    let rate = rate(progress.sent(), elapsed);
    if rate > 0 {
        let left = Duration::from_secs((total - there).div_ceil(rate));
        let _ = write!(line, ", {}/s, {} left", ui::size(rate), ui::duration(left));
    }
    line
}

/// `Upload: sent 3.2 MiB in 1.2 s (2.7 MiB/s)`, and what an earlier run had left there.
fn at_the_end(progress: &Progress, elapsed: Duration) -> String {
    let sent = progress.sent();
    let mut line = format!(
        "Upload: sent {} in {:.1} s ({}/s)",
        ui::size(sent),
        elapsed.as_secs_f64(),
        ui::size(rate(sent, elapsed))
    );
    if progress.resumed() > 0 {
        let _ = write!(
            line,
            ", {} were there from an earlier try",
            ui::size(progress.resumed())
        );
    }
    line
}

/// In bytes per second.
fn rate(bytes: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    bytes.saturating_mul(1000) / millis
}
