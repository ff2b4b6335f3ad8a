//! Journey 1 from `Pending` on: resolve, start, probe, go live, retire the release before.

use std::{error::Error, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use tokio::sync::OwnedMutexGuard;

use super::{
    Releases,
    live::Live,
    placeholders::{self, MOST_GUESSED},
    record::Needed,
};
use crate::{
    mcp::ClientSide,
    model::{EnvName, Failure, Probe, State, Transport, with_causes},
    resolve::ResolveError,
    runtime::{StartCause, StartError},
    store::{ConnectorRecord, ReleaseRecord, StoreError},
};

/// How long to wait before a probed release is recorded once more.
const PROMOTE_PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
];

/// How long to wait before the whole is tried again when the store fails in the midst of it.
const STORE_PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_secs(60),
];

/// Why a deploy ended without its release going live.
pub(super) enum Stop {
    /// The release failed, and this is what its deployer is told.
    Failed(Failure),
    /// It does not matter any more: the connector is gone, or a later release serves.
    Overtaken,
    /// The broker stops; the next start takes the deploy up again.
    Interrupted,
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Releases {
    /// Works on a recorded release until it is settled.
    pub(super) fn spawn(&self, connector: ConnectorRecord, release: ReleaseRecord, needed: Needed) {
        let this = self.clone();
        // Asked for here, so that turns come in the order of these calls.
        let mut turn = Box::pin(self.turn(&connector.id).lock_owned());
        let at_once = turn.as_mut().now_or_never();
        self.0.tasks.spawn(async move {
            let turn = match at_once {
                Some(free) => free,
                None => {
                    this.enter(&release, "waiting for another deploy of this connector");
                    turn.await
                }
            };
            this.take_turn(turn, connector, release, needed).await;
        });
    }

    /// The same where it is the connector's turn already.
    pub(super) fn spawn_in(
        &self,
        turn: OwnedMutexGuard<()>,
        connector: ConnectorRecord,
        release: ReleaseRecord,
        needed: Needed,
    ) {
        let this = self.clone();
        let settling = async move { this.take_turn(turn, connector, release, needed).await };
        self.0.tasks.spawn(settling);
    }

    async fn take_turn(
        &self,
        _turn: OwnedMutexGuard<()>,
        connector: ConnectorRecord,
        release: ReleaseRecord,
        needed: Needed,
    ) {
        self.settle(&connector, &release).await;
        self.0.phases.lock().remove(&release.id);
        drop(needed);
        self.0.settled.notify_one();
    }

    /// Takes up a deploy that was under way when the broker stopped.
    pub(super) async fn take_up(&self, release: ReleaseRecord) -> Result<(), StoreError> {
        let connectors = self.0.store.connectors().await?;
        if let Some(connector) = connectors.into_iter().find(|c| c.id == release.connector) {
            tracing::info!(connector = %connector.name, number = release.number, "taking up a deploy");
            self.spawn(connector, release, self.needed().await);
        }
        Ok(())
    }

    async fn settle(&self, connector: &ConnectorRecord, release: &ReleaseRecord) {
        let mut pauses = STORE_PAUSES.into_iter();
        let failure = loop {
            let error = match self.go_live(connector, release).await {
                Ok(()) | Err(Stop::Interrupted) => return,
                Err(Stop::Failed(failure)) => break failure,
                Err(Stop::Overtaken) => break overtaken(),
                Err(Stop::Store(error)) => error,
            };
            tracing::warn!(release = %release.id, error = &error as &dyn Error, "a deploy could not be recorded");
            // What was probed is not what the next try starts.
            self.0.runtime.retire_release(&release.id).await;
            let pause = pauses.next().filter(|_| error.is_of_database());
            let Some(pause) = pause else { break unrecorded() };
            if !self.pause(pause).await {
                return;
            }
        };
        tracing::info!(connector = %connector.name, number = release.number, reason = %failure.message, "release failed");
        self.fail(release, &failure).await;
    }

    /// Records a failure. It is the last word on the release, so a store that fails is asked until it takes it; only
    /// if the broker stops before, its next start takes the deploy up again.
    async fn fail(&self, release: &ReleaseRecord, failure: &Failure) {
        let mut pauses = PROMOTE_PAUSES.into_iter().chain(STORE_PAUSES);
        while let Err(error) = self.0.store.mark_failed(&release.id, failure).await {
            tracing::error!(release = %release.id, error = &error as &dyn Error, "a failed deploy could not be recorded yet");
            let last = STORE_PAUSES[STORE_PAUSES.len() - 1];
            if !self.pause(pauses.next().unwrap_or(last)).await {
                return;
            }
        }
    }

    /// Waits; whether the broker goes on after that.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        let slept = self.0.stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        slept.is_some()
    }

    async fn go_live(&self, connector: &ConnectorRecord, release: &ReleaseRecord) -> Result<(), Stop> {
        let Some(current) = self.0.store.release(&release.id).await? else {
            return Err(Stop::Overtaken);
        };
        // One that the store says is live without its calls getting it was recorded by a try that did not hear so.
        let is_unheard = current.state == State::Live && !self.serves(connector, &current);
        if current.state.is_settled() && !is_unheard {
            return Ok(());
        }
        // Before it takes a port from what serves.
        if self.0.store.is_overtaken(release).await? {
            return Err(Stop::Overtaken);
        }
        self.0.store.mark_starting(&release.id).await?;
        self.enter(release, "resolving");
        let source = &release.spec.source;
        let resolved = match self.resolved(release) {
            // A rollback: what served before is to serve again, not what the same words would mean today.
            Some(before) => self.0.resolver.restore(source, &before).await,
            None => self.0.resolver.resolve(source).await,
        };
        let resolved = resolved.map_err(|e| Stop::Failed(unresolved(&e)))?;
        let before = self.live(&connector.name);
        let values = self
            .0
            .environment
            .values(&connector.id, release.environment)
            .await?;
        let mut live = Live::new(connector, release.clone(), resolved, values);
        if let Some(before) = &before {
            live.handover = Arc::clone(&before.handover);
        }
        self.enter(release, "starting and probing");
        // Two releases that insist on one port can't run side by side: calls wait while the port changes hands.
        let contested = before
            .as_ref()
            .filter(|before| before.contests(&live, &self.0.runtime));
        let gate = Arc::clone(&live.handover);
        let _handover = match contested {
            Some(before) => {
                let handover = gate.write().await;
                self.0.runtime.retire_release(&before.release).await;
                Some(handover)
            }
            None => None,
        };
        live.probe = self.probe(&live).await?;
        live.learn_root(&self.0.runtime);
        let resolved_json = serde_json::to_string(&live.resolved).map_err(StoreError::corrupt)?;
        if !self.promote(release, &resolved_json, &live.probe).await? {
            self.0.runtime.retire_release(&release.id).await;
            return Err(Stop::Overtaken);
        }
        tracing::info!(connector = %connector.name, number = release.number, "release live");
        let retired = self.0.live.write().insert(connector.name.clone(), Arc::new(live));
        if let Some(retired) = retired {
            // Its calls in flight finish; the deploy need not wait for them.
            let runtime = self.0.runtime.clone();
            self.0.tasks.spawn(async move {
                // A port that a release insists on may be wanted by the next.
                if retired.insists_on_port(&runtime) {
                    runtime.retire_release(&retired.release).await;
                } else {
                    runtime.relieve_release(&retired.release).await;
                }
            });
        }
        Ok(())
    }

    pub(super) async fn probe(&self, live: &Live) -> Result<Probe, Stop> {
        let key = live.shared_key();
        let run = &live.spec.run;
        let mut wanted: Vec<EnvName> = run.probe_env.keys().cloned().collect();
        // What an earlier probe of the same release was found to need.
        wanted.extend(live.probe.placeholders.iter().cloned());
        let mut guessed = 0;
        let mut said = Vec::new();
        loop {
            let mut launch = live.launch(&[], ClientSide::berth());
            let placeholders = live.fill(&mut launch, wanted.iter().cloned());
            let error = match self.0.runtime.probe(&key, launch).await {
                Ok(probe) => {
                    return Ok(Probe {
                        placeholders,
                        ..probe
                    });
                }
                Err(error) => error,
            };
            let given = live.launch(&[], ClientSide::berth()).env;
            let mut missed = placeholders::guess(&error);
            missed.retain(|name| {
                !wanted.contains(name) && !given.iter().any(|(known, _)| known == name.as_str())
            });
            missed.truncate(MOST_GUESSED - guessed);
            if !missed.is_empty() && !self.0.runtime.is_stopping() {
                tracing::info!(connector = %live.name, number = live.number, ?missed, "probing with placeholders");
                guessed += missed.len();
                said.extend(error.stderr.iter().cloned());
                wanted.extend(missed);
                continue;
            }
            match error.cause {
                // Whatever it was: the connector was not given the time that it has.
                _ if self.0.runtime.is_stopping() => return Err(Stop::Interrupted),
                // Something else of the connector was stopped, such as processes with a token that is nobody's any
                // more; a connector that was deleted is found out by the next look.
                StartCause::Stopped if self.0.store.release(&live.release).await?.is_some() => {}
                StartCause::Stopped => return Err(Stop::Overtaken),
                _ => {
                    let mut failure = unprobed(&error, &live.spec.transport, &placeholders);
                    // What it wanted tells more than how it took what was none.
                    failure.stderr.splice(..0, said);
                    return Err(Stop::Failed(failure));
                }
            }
        }
    }

    /// Records that the release serves. A store that is busy is asked again: the release has been probed already.
    async fn promote(
        &self,
        release: &ReleaseRecord,
        resolved: &str,
        probe: &Probe,
    ) -> Result<bool, StoreError> {
        for pause in PROMOTE_PAUSES {
            match self.0.store.promote(release, resolved, probe).await {
                Err(StoreError::Database(error)) => {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        "a release could not be recorded as live yet"
                    );
                    tokio::time::sleep(pause).await;
                }
                done => return done,
            }
        }
        self.0.store.promote(release, resolved, probe).await
    }

    fn enter(&self, release: &ReleaseRecord, phase: &'static str) {
        self.0.phases.lock().insert(release.id.clone(), phase);
    }
}

fn overtaken() -> Failure {
    Failure {
        message: "a later release serves already".into(),
        hint: String::new(),
        stderr: Vec::new(),
    }
}

fn unrecorded() -> Failure {
    Failure {
        message: "the broker's database failed, so that the release could not go live".into(),
        hint: "the broker's log says more; deploy again once its database is well".into(),
        stderr: Vec::new(),
    }
}

pub(super) fn unresolved(error: &ResolveError) -> Failure {
    Failure {
        message: with_causes(error),
        hint: error.hint().into(),
        stderr: error.stderr().to_vec(),
    }
}

fn unprobed(error: &StartError, transport: &Transport, placeholders: &[EnvName]) -> Failure {
    let hint = match (&error.cause, transport) {
        (StartCause::NotFound { .. }, _) => {
            "the command must be on the broker's machine, in its PATH or by its full path"
        }
        (StartCause::Junk { .. }, _) => {
            "a stdio connector may write nothing but MCP messages to standard output: send its log to standard error, or deploy it with --transport http if that is what it speaks"
        }
        (StartCause::TimedOut { .. }, Transport::Stdio) => {
            "it may wait for a credential, or speak http (--transport http)"
        }
        (StartCause::TimedOut { .. }, Transport::Http { .. }) => {
            "it has to listen on 127.0.0.1 at the port in the variable PORT (or {port} in its arguments), or at --port, and answer at --path"
        }
        (StartCause::Exited { .. }, _) => {
            "if it needs a value to start, give it one with -e KEY=VALUE or --secret KEY"
        }
        (StartCause::Engine(error), _) => error.hint(),
        (StartCause::LoopbackOnly { .. }, _) => {
            "let it listen on 0.0.0.0: 127.0.0.1 accepts connections from inside of its own container alone"
        }
        (StartCause::NotListening { others, .. }, _) if others.is_empty() => {
            "it has to listen on 0.0.0.0, at the port in the variable PORT or at --port"
        }
        (StartCause::NotListening { .. }, _) => "name the port that it listens at with --port",
        (StartCause::Unreachable, _) => {
            "berth reaches http images at their address in a network of its own: see `docker network ls --filter label=dev.berth.broker`"
        }
        (StartCause::PortInUse { .. }, _) => {
            "let it listen at the port in the variable PORT and leave --port out, or free the port"
        }
        (cause, _) => cause.hint(),
    };
    Failure {
        message: with_causes(error),
        hint: with_placeholders(hint, placeholders),
        stderr: error.stderr.clone(),
    }
}

/// A hint that tells of the values that are none, where there are any.
fn with_placeholders(hint: &str, placeholders: &[EnvName]) -> String {
    if placeholders.is_empty() {
        return hint.to_owned();
    }
    let names: Vec<&str> = placeholders.iter().map(EnvName::as_str).collect();
    let names = names.join(", ");
    format!(
        "it had placeholders for {names}, which nobody has given: give real ones with --secret KEY or -e KEY=VALUE, or placeholders that it takes with --probe-env KEY=VALUE"
    )
}
