//! The sessions of MCP clients, in memory: a client whose session is gone is told so (404) and begins another.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::{Mutex, RwLock};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{modern::Parking, outbox::Outbox};
use crate::{
    calls::Session,
    mcp::Message,
    model::{self, ConnectorName, Millis, UserId},
    secret,
};

/// How many sessions there may be, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) per_user: usize,
    pub(crate) in_all: usize,
    pub(crate) idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_user: 512,
            in_all: 50_000,
            idle: Duration::from_secs(3600),
        }
    }
}

/// How many times the sessions of a user there may be, with those in use.
const BUSY: usize = 4;

/// Every session; cheap to clone.
#[derive(Clone)]
pub(crate) struct Sessions(Arc<Inner>);

struct Inner {
    limits: Limits,
    by_id: RwLock<HashMap<String, Arc<Entry>>>,
    /// What clients without sessions use in turn.
    shared: RwLock<HashMap<Likeness, Arc<Entry>>>,
    parked: Parking,
}

/// What requests of clients without sessions have in common that go to the connector in one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Likeness {
    user: UserId,
    connector: ConnectorName,
    /// Of what the client says of itself.
    client: u64,
}

/// A session, and what the gateway itself has asked its client.
pub(crate) struct Entry {
    pub(crate) session: Session,
    used_at: AtomicI64,
    /// Calls and streams under way: such a session is not idle, however long they take.
    pub(crate) busy: AtomicUsize,
    asked: Mutex<HashMap<String, oneshot::Sender<Message>>>,
    /// The requests that are still on their way to the connector, by their id.
    under_way: Mutex<HashMap<String, CancellationToken>>,
    /// What the connector says outside of calls, once somebody listens.
    pub(super) outbox: Mutex<Option<Arc<Outbox>>>,
    /// Set when the session ends; made when somebody waits for that.
    ended: OnceLock<CancellationToken>,
}

/// A request on its way to the connector, for as long as its client does not take it back.
pub(super) struct UnderWay {
    pub(super) entry: Arc<Entry>,
    id: String,
    token: CancellationToken,
}

/// A question to the client; nobody waits for the answer any more when it is dropped.
pub(super) struct Asked<'a> {
    entry: &'a Entry,
    id: &'a str,
    pub(super) answer: oneshot::Receiver<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cancelled<'a> {
    #[serde(borrow)]
    request_id: &'a RawValue,
}

impl Sessions {
    pub(crate) fn new(limits: Limits) -> Self {
        Self(Arc::new(Inner {
            limits,
            by_id: RwLock::default(),
            shared: RwLock::default(),
            parked: Parking::default(),
        }))
    }

    /// Keeps `session` and returns its id. A user with too many loses the one that was idle longest; when there
    /// are too many in all, `None`.
    pub(super) fn add(&self, session: Session) -> Option<String> {
        // The id is no credential (each request carries the token too), but hard to guess all the same.
        let id = secret::generate("").expose().clone();
        let mut by_id = self.0.by_id.write();
        if !make_room(&mut by_id, self.0.limits, &session.caller.user) {
            return None;
        }
        by_id.insert(id.clone(), Arc::new(Entry::new(session)));
        Some(id)
    }

    /// The session that requests like this one have in common; begun where there is none. `None` when there are too
    /// many in all.
    pub(super) fn shared<E>(
        &self,
        likeness: &Likeness,
        serves: impl Fn(&Session) -> bool,
        begin: impl FnOnce() -> Result<Session, E>,
    ) -> Result<Option<Arc<Entry>>, E> {
        if let Some(entry) = self.0.shared.read().get(likeness)
            && serves(&entry.session)
        {
            entry.used_at.store(model::now(), Ordering::Relaxed);
            return Ok(Some(Arc::clone(entry)));
        }
        let entry = Arc::new(Entry::new(begin()?));
        let mut shared = self.0.shared.write();
        if let Some(entry) = shared.get(likeness)
            && serves(&entry.session)
        {
            // Another one was faster.
            return Ok(Some(Arc::clone(entry)));
        }
        if !make_room(&mut shared, self.0.limits, &likeness.user) {
            return Ok(None);
        }
        shared.insert(likeness.clone(), Arc::clone(&entry));
        Ok(Some(entry))
    }

    /// The calls that wait for what their clients find out.
    pub(super) fn parked(&self) -> &Parking {
        &self.0.parked
    }

    /// The session with `id`, if it is this user's with this connector.
    pub(super) fn get(&self, id: &str, user: &UserId, connector: &ConnectorName) -> Option<Arc<Entry>> {
        let entry = self.0.by_id.read().get(id).cloned()?;
        let own = entry.session.caller.user == *user && entry.session.name == *connector;
        entry.used_at.store(model::now(), Ordering::Relaxed);
        own.then_some(entry)
    }

    pub(super) fn remove(&self, id: &str) {
        if let Some(entry) = self.0.by_id.write().remove(id) {
            entry.ended.get_or_init(CancellationToken::new).cancel();
        }
    }

    /// Ends the sessions that nobody has used for the idle time.
    pub(crate) fn expire(&self) {
        self.0.parked.expire();
        sweep(&mut self.0.by_id.write(), self.0.limits.idle);
        sweep(&mut self.0.shared.write(), self.0.limits.idle);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.by_id.read().len()
    }
}

impl Likeness {
    /// `said` is what decides, besides the user and the connector, which requests are alike.
    pub(super) fn new(user: &UserId, connector: &ConnectorName, said: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        said.hash(&mut hasher);
        Self {
            user: user.clone(),
            connector: connector.clone(),
            client: hasher.finish(),
        }
    }
}

impl Entry {
    fn new(session: Session) -> Self {
        Self {
            session,
            used_at: AtomicI64::new(model::now()),
            busy: AtomicUsize::new(0),
            asked: Mutex::default(),
            under_way: Mutex::default(),
            outbox: Mutex::default(),
            ended: OnceLock::new(),
        }
    }

    /// Completes when the session has ended.
    pub(super) async fn ended(&self) {
        self.ended.get_or_init(CancellationToken::new).cancelled().await;
    }

    /// Notes that the request with `id` (JSON text) is under way.
    pub(super) fn begin(self: &Arc<Self>, id: &str) -> UnderWay {
        let token = CancellationToken::new();
        self.under_way.lock().insert(id.to_owned(), token.clone());
        UnderWay {
            entry: Arc::clone(self),
            id: id.to_owned(),
            token,
        }
    }

    /// Takes back the request that a `notifications/cancelled` names, if it is not with the connector yet.
    pub(super) fn cancel(&self, notification: &Message) {
        if let Ok(cancelled) = notification.params_as::<Cancelled<'_>>()
            && let Some(token) = self.under_way.lock().get(cancelled.request_id.get())
        {
            token.cancel();
        }
    }

    /// Waits for the client's answer to the request with `id` (JSON text), which the gateway is about to send.
    pub(super) fn ask<'a>(&'a self, id: &'a str) -> Asked<'a> {
        let (sender, answer) = oneshot::channel();
        self.asked.lock().insert(id.to_owned(), sender);
        Asked {
            entry: self,
            id,
            answer,
        }
    }

    /// Takes the client's answer to a request of the gateway's own; false when it answers somebody else's.
    pub(super) fn answered(&self, answer: &Message) -> bool {
        let waiting = answer.id().and_then(|id| self.asked.lock().remove(id));
        match waiting {
            Some(waiting) => {
                // Nobody waits any more when the client has left: nothing is lost.
                let _ = waiting.send(answer.clone());
                true
            }
            None => false,
        }
    }
}

impl UnderWay {
    /// Completes when the client has taken the request back.
    pub(super) async fn cancelled(&self) {
        self.token.cancelled().await;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.entry.under_way.lock().remove(&self.id);
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.entry.asked.lock().remove(self.id);
    }
}

/// Makes room for one more session of `user`, who loses the one that was idle longest where there are too many of
/// theirs. False when there are too many in all.
fn make_room<K: Clone + Eq + Hash>(
    entries: &mut HashMap<K, Arc<Entry>>,
    limits: Limits,
    user: &UserId,
) -> bool {
    if entries.len() >= limits.in_all {
        sweep(entries, limits.idle);
    }
    let (mut count, mut oldest, mut all) = (0, None, 0);
    for (key, entry) in entries.iter() {
        if entry.session.caller.user != *user {
            continue;
        }
        all += 1;
        if entry.busy.load(Ordering::Relaxed) == 0 {
            count += 1;
            let used = entry.used_at.load(Ordering::Relaxed);
            if oldest.is_none_or(|(least, _)| used < least) {
                oldest = Some((used, key));
            }
        }
    }
    let oldest = oldest.map(|(_, key)| key.clone());
    if count >= limits.per_user
        && let Some(oldest) = oldest
    {
        entries.remove(&oldest);
    }
    // Those that are in use can't be taken from their clients, but there is an end to them too.
    entries.len() < limits.in_all && all < BUSY * limits.per_user
}

fn sweep<K: Eq + Hash>(entries: &mut HashMap<K, Arc<Entry>>, idle: Duration) {
    let now: Millis = model::now();
    let oldest = now - Millis::try_from(idle.as_millis()).unwrap_or(Millis::MAX);
    entries.retain(|_, entry| {
        entry.busy.load(Ordering::Relaxed) > 0 || entry.used_at.load(Ordering::Relaxed) > oldest
    });
}
