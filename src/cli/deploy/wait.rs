//! Waiting for a release's verdict. Only the release's own state decides; a broker that can't be reached for a
//! moment is waited for too.

use std::time::{Duration, Instant};

use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
        ui::Ui,
    },
    client::Client,
    model::ConnectorName,
    wire::ReleaseView,
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often a line says that it still goes on, where no line can move.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long the broker may be out of reach before waiting for it makes no sense.
const OUTAGE: Duration = Duration::from_secs(60);

/// Reads the release until it is settled, for at most `patience`; tells each phase once.
pub(super) async fn settled(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    mut release: ReleaseView,
    patience: Duration,
) -> Result<ReleaseView, CmdError> {
    let number = release.number;
    let mut note = Detached::new(
        &ctx.ui,
        format!("Release {number} of {name} goes on; `berth show {name}` tells how it went."),
    );
    let (start, mut pause) = (Instant::now(), FIRST_PAUSE);
    let (mut told, mut told_at) = (String::new(), start);
    let mut answered_at = start;
    let spinner = ctx.ui.spinner(phase(&release));
    loop {
        let phase = phase(&release);
        if release.state.is_settled() {
            spinner.finish_and_clear();
            note.disarm();
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
            note.disarm();
            return Err(CmdError::new(Kind::TimedOut, message)
                .with_hint(format!(
                    "it goes on by itself: `berth show {name}` tells how it went"
                ))
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
                note.disarm();
                return Err(error.into());
            }
        }
    }
}

/// What happens now, in a word or two.
fn phase(release: &ReleaseView) -> String {
    match release.phase.is_empty() {
        true => release.state.as_str().to_owned(),
        false => release.phase.clone(),
    }
}

/// Tells a person who leaves by Ctrl-C what becomes of the release: dropped while armed, it says so.
struct Detached<'a> {
    ui: &'a Ui,
    text: Option<String>,
}

impl<'a> Detached<'a> {
    fn new(ui: &'a Ui, text: String) -> Self {
        Self { ui, text: Some(text) }
    }

    fn disarm(&mut self) {
        self.text = None;
    }
}

impl Drop for Detached<'_> {
    fn drop(&mut self) {
        if let Some(text) = &self.text {
            self.ui.say(text);
        }
    }
}
