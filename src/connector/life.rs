//! What an instance and the links to it share: the calls in flight, the last use, and how it ended.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::ConnectorError;

/// How an instance ended.
#[derive(Debug, Clone)]
pub(crate) struct Gone {
    /// What happened, to be read after "the connector": "exited with status 1".
    pub(crate) status: String,
    /// Its last lines on standard error, oldest first. For logs and for those who deploy; never for callers.
    pub(crate) stderr: Vec<String>,
}

/// The life of one instance, from the start of its first call on.
#[derive(Debug)]
pub(crate) struct Life {
    state: Mutex<State>,
    changed: Notify,
    idleness: Arc<Idleness>,
}

/// Where lives tell that they have no call in flight any more, while somebody asks for that.
#[derive(Debug, Default)]
pub(crate) struct Idleness {
    wanted: AtomicBool,
    told: Notify,
}

#[derive(Debug)]
struct State {
    calls: usize,
    used: Instant,
    /// Whether there ever was a call.
    was_called: bool,
    /// Until then it is kept, whether it is used or not.
    held_until: Option<Instant>,
    phase: Phase,
    /// Nobody listens at its address.
    deaf: bool,
}

#[derive(Debug)]
enum Phase {
    Open,
    /// Calls still pass, but whoever can should move to another instance.
    Draining,
    /// No call may start any more.
    Closed,
    Gone(Gone),
}

/// What an instance does at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) calls: usize,
    /// When its last call ended, or it became ready.
    pub(crate) since: Instant,
    /// Whether it is held, or the call that it was started for is about to come.
    pub(crate) is_wanted: bool,
}

/// One call in flight. It counts until this is dropped.
#[derive(Debug)]
pub(crate) struct Call(Arc<Life>);

/// How long an instance that is ready is kept for the call that it was started for.
const FIRST_CALL: Duration = Duration::from_secs(2);

impl Idleness {
    /// Completes when an instance has become idle since this was called last; `wanted` says whether that is of interest.
    pub(crate) async fn told(&self, wanted: bool) {
        self.wanted.store(wanted, Ordering::Relaxed);
        self.told.notified().await;
    }

    /// From now on, somebody asks.
    pub(crate) fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        self.told.notify_one();
    }
}

impl Life {
    /// `idleness` is told whenever its last call in flight is over.
    pub(crate) fn new(idleness: Arc<Idleness>) -> Arc<Self> {
        let state = State {
            calls: 0,
            used: Instant::now(),
            was_called: false,
            held_until: None,
            phase: Phase::Open,
            deaf: false,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            changed: Notify::new(),
            idleness,
        })
    }

    /// Counts a call in. Fails when the instance takes no more of them, before anything was sent.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Call, ConnectorError> {
        let mut state = self.state.lock();
        match &state.phase {
            Phase::Open | Phase::Draining => {
                state.calls += 1;
                state.was_called = true;
                Ok(Call(Arc::clone(self)))
            }
            Phase::Closed | Phase::Gone(_) => Err(ConnectorError::Stopped),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Open)
    }

    /// Whether berth has closed it, and it has not ended yet.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Closed)
    }

    pub(crate) fn gone(&self) -> Option<Gone> {
        match &self.state.lock().phase {
            Phase::Gone(gone) => Some(gone.clone()),
            _ => None,
        }
    }

    /// How the instance ended, where that is known now or turns out within a moment: a broken connection is
    /// often seen just before the exit that broke it.
    pub(crate) async fn gone_soon(&self) -> Option<Gone> {
        _ = tokio::time::timeout(Duration::from_millis(300), self.ended()).await;
        self.gone()
    }

    /// Completes when the instance has ended.
    pub(crate) async fn ended(&self) {
        self.until(|state| matches!(state.phase, Phase::Gone(_))).await;
    }

    /// Asks links to move elsewhere. Calls still pass.
    pub(crate) fn drain(&self) {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Open) {
            state.phase = Phase::Draining;
        }
    }

    /// Records that it runs but can't be reached any more, so that links move elsewhere.
    pub(crate) fn go_deaf(&self) {
        self.drain();
        self.state.lock().deaf = true;
        self.changed.notify_waiters();
    }

    /// Completes when it can't be reached any more.
    pub(crate) async fn deaf(&self) {
        self.until(|state| state.deaf).await;
    }

    /// Waits until no call is in flight, and from that moment on lets none start. After `deadline` it closes all the
    /// same, and returns whether calls were cut off by that. Ends early when somebody else closes it.
    pub(crate) async fn close_when_idle(&self, deadline: Duration) -> bool {
        let idle = self.until(|state| {
            if state.calls == 0 && matches!(state.phase, Phase::Open | Phase::Draining) {
                state.phase = Phase::Closed;
            }
            !matches!(state.phase, Phase::Open | Phase::Draining)
        });
        let cut_off = tokio::time::timeout(deadline, idle).await.is_err();
        if cut_off {
            self.close();
        }
        cut_off
    }

    /// Lets no call start from now on.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        if !matches!(state.phase, Phase::Gone(_)) {
            state.phase = Phase::Closed;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Keeps it for `time` from now on, whether it is used or not.
    pub(crate) fn hold(&self, time: Duration) {
        self.state.lock().held_until = Some(Instant::now() + time);
    }

    /// Closes it when no call has been in flight for `idle` and nothing holds it; says whether it did.
    pub(crate) fn close_if_unused(&self, idle: Duration) -> bool {
        let mut state = self.state.lock();
        let unused = state.calls == 0 && state.used.elapsed() >= idle && !state.is_held();
        if unused && !matches!(state.phase, Phase::Gone(_)) {
            state.phase = Phase::Closed;
        }
        unused
    }

    /// How many calls are in flight, and since when there is none.
    pub(crate) fn use_now(&self) -> Use {
        let state = self.state.lock();
        Use {
            calls: state.calls,
            since: state.used,
            is_wanted: state.is_held() || !state.was_called && state.used.elapsed() < FIRST_CALL,
        }
    }

    /// Records that it is ready: its first call is awaited from now on.
    pub(crate) fn ready(&self) {
        let mut state = self.state.lock();
        state.used = Instant::now();
        state.was_called = false;
    }

    /// Records how it ended. The first record stays.
    pub(crate) fn end(&self, gone: Gone) {
        let mut state = self.state.lock();
        if !matches!(state.phase, Phase::Gone(_)) {
            state.phase = Phase::Gone(gone);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    async fn until(&self, mut holds: impl FnMut(&mut State) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Listening comes before looking, so that a change between the two is not missed.
            changed.as_mut().enable();
            if holds(&mut self.state.lock()) {
                return;
            }
            changed.await;
        }
    }
}

impl State {
    fn is_held(&self) -> bool {
        self.held_until.is_some_and(|until| Instant::now() < until)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.calls -= 1;
        state.used = Instant::now();
        let idle = state.calls == 0;
        drop(state);
        if idle {
            self.0.changed.notify_waiters();
            if self.0.idleness.wanted.load(Ordering::Relaxed) {
                self.0.idleness.told.notify_one();
            }
        }
    }
}

impl From<Gone> for ConnectorError {
    fn from(gone: Gone) -> Self {
        Self::Gone {
            status: gone.status,
            stderr: gone.stderr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn closing_waits_for_calls_and_then_refuses_them() {
        let life = Life::new(Arc::default());
        let call = life.begin().unwrap();
        life.drain();
        assert!(!life.is_open());
        let second = life.begin().unwrap();
        let closing = tokio_util::task::TaskTracker::new();
        let waiting = closing.spawn({
            let life = Arc::clone(&life);
            async move { life.close_when_idle(Duration::from_secs(5)).await }
        });
        drop(call);
        drop(second);
        assert!(!waiting.await.unwrap());
        assert!(matches!(life.begin(), Err(ConnectorError::Stopped)));
        life.end(Gone {
            status: "exited".into(),
            stderr: vec![],
        });
        life.ended().await;
        assert!(matches!(life.begin(), Err(ConnectorError::Stopped)));
    }

    #[tokio::test]
    async fn a_deadline_cuts_calls_off() {
        let life = Life::new(Arc::default());
        let _call = life.begin().unwrap();
        assert!(life.close_when_idle(Duration::from_millis(5)).await);
    }
}
