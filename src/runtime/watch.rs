//! What waits for the end of what runs, tells how it ended, and gives back what it had.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{StopGrace, body::Body, forbidden::Line, homes::Tenant, pool::Place};
use crate::{
    connector::{Gone, Life, Stdio},
    model::Bytes,
};

/// How a process ended that berth itself ended.
const STOPPED: &str = "was stopped by berth";

/// For what would only use up more in the time that it is given.
const AT_ONCE: StopGrace = StopGrace {
    input: Duration::ZERO,
    term: Duration::ZERO,
};

/// What an instance has as long as anything of it runs.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) place: Option<Place>,
    /// Of what has a home.
    pub(super) tenant: Option<Arc<Tenant>>,
    /// Keeps other connectors from where it listens.
    pub(super) line: Option<Line>,
}

impl Held {
    pub(super) fn at(self, place: Place) -> Self {
        Self {
            place: Some(place),
            ..self
        }
    }

    /// Set when it has to leave its home.
    pub(super) fn eviction(&self) -> CancellationToken {
        let tenant = self.tenant.as_ref();
        tenant.map_or_else(CancellationToken::new, |tenant| tenant.eviction())
    }

    /// The place last: who gets it finds the rest free.
    fn give_back(self) {
        let Self { place, tenant, line } = self;
        drop((tenant, line));
        drop(place);
    }

    /// Completes when it keeps more in its home than it may, which is the answer.
    async fn evicted(&self) -> Bytes {
        match &self.tenant {
            Some(tenant) => {
                tenant.eviction().cancelled().await;
                tenant.limit()
            }
            None => std::future::pending().await,
        }
    }
}

/// Records the end of a stdio connector, once what it wrote before was read.
pub(super) async fn watch_stdio(
    stdio: Stdio,
    body: Arc<Body>,
    life: Arc<Life>,
    grace: StopGrace,
    held: Held,
) {
    let status = tokio::select! {
        status = body.exited() => {
            let status = ending(&life, status);
            _ = tokio::time::timeout(Duration::from_millis(250), stdio.broken()).await;
            status
        }
        () = stdio.broken() => {
            let was_stopped = life.is_closed();
            // One that can't be spoken to any more is of no use, whether it goes by itself or not.
            life.close();
            match tokio::time::timeout(grace.input, body.exited()).await {
                Ok(_) if was_stopped => STOPPED.into(),
                Ok(status) => status,
                Err(_) => {
                    body.stop(grace, false).await;
                    "broke off its conversation".into()
                }
            }
        }
        limit = held.evicted() => evict(limit, &body, &life).await,
    };
    let stderr = body.last_words().await;
    stdio.end(Gone { status, stderr });
    held.give_back();
}

/// Records the end of an http connector, or ends it where nothing listens any more.
pub(super) async fn watch_http(
    body: Arc<Body>,
    life: Arc<Life>,
    drain: Duration,
    grace: StopGrace,
    held: Held,
) {
    let status = tokio::select! {
        status = body.exited() => {
            let status = ending(&life, status);
            // At once: its address may be somebody else's soon.
            life.close();
            status
        }
        () = life.deaf() => {
            // What it answers already may come to its end; another process takes its place meanwhile.
            life.close_when_idle(drain).await;
            body.stop(grace, false).await;
            "could not be reached any more".into()
        }
        limit = held.evicted() => evict(limit, &body, &life).await,
    };
    let stderr = body.last_words().await;
    life.end(Gone { status, stderr });
    held.give_back();
}

/// Ends what keeps too much in its home, and says how that is told.
async fn evict(limit: Bytes, body: &Body, life: &Life) -> String {
    life.close();
    let line =
        format!("berth: its home holds more than {limit}, which is all that it may keep there: stopping it");
    body.scribe.line(line.as_bytes());
    body.stop(AT_ONCE, false).await;
    format!("ran out of room (its home holds more than {limit}) and was stopped")
}

/// How a process ended that was asked to: its own status would say something that did not happen.
fn ending(life: &Life, status: String) -> String {
    if life.is_closed() { STOPPED.into() } else { status }
}
