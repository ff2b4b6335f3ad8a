//! One client's session with a connector.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use arc_swap::ArcSwapOption;
use http::HeaderMap;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::values::Carried;
use crate::{
    connector::{Link, Listening},
    mcp::{ClientSide, Message},
    model::{Caller, ConnectorId, ConnectorName, Transport},
    releases::Live,
    runtime::{Instance, InstanceKey},
};

/// How many resources one session may want to hear of, and how long their names may be, in bytes.
const MOST_SUBSCRIPTIONS: usize = 256;
const LONGEST_URI: usize = 8192;

/// A session: who, with what client, to which connector. It outlives instances and tokens.
pub(crate) struct Session {
    pub(crate) caller: Caller,
    pub(crate) name: ConnectorName,
    pub(crate) connector: ConnectorId,
    pub(crate) client: ClientSide,
    /// Clients that declared the same share a process.
    client_hash: u64,
    link: ArcSwapOption<Opened>,
    /// Links that were replaced while calls of theirs were in flight: these may still ask the client something.
    earlier: Mutex<Vec<Arc<Opened>>>,
    log_level: Mutex<Option<Message>>,
    /// Where what belongs to no call goes, once somebody listens.
    ear: Mutex<Option<mpsc::Sender<Message>>>,
    /// Which resources the client wants to hear of, and how often it said so.
    subscriptions: Mutex<BTreeMap<String, usize>>,
    /// Held while the link is opened, so that a burst of first calls opens one.
    pub(super) opening: tokio::sync::Mutex<()>,
}

/// A way to an instance, and which instance that is.
pub(super) struct Opened {
    pub(super) key: InstanceKey,
    pub(super) link: Link,
    pub(super) instance: Arc<Instance>,
    /// The generation of the user's values that it was opened with.
    own: u64,
    /// What carries the connector's values and the user's.
    pub(super) values: HeaderMap,
    /// What it says outside of calls, on its way to the client.
    pub(super) listening: Mutex<Option<Listening>>,
}

impl Session {
    pub(super) fn new(caller: Caller, live: &Live, client: ClientSide) -> Self {
        let mut hasher = DefaultHasher::new();
        (client.revision.as_str(), client.capabilities.get()).hash(&mut hasher);
        Self {
            caller,
            name: live.name.clone(),
            connector: live.connector.clone(),
            client_hash: hasher.finish(),
            client,
            link: ArcSwapOption::empty(),
            earlier: Mutex::default(),
            log_level: Mutex::default(),
            ear: Mutex::default(),
            subscriptions: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
        }
    }

    /// Notes the `logging/setLevel` of a client: each instance that it gets will be told.
    pub(crate) fn set_log_level(&self, request: &Message) {
        // No level needs more; a session must not keep what a client sends at any length.
        if request.bytes().len() <= 1024 {
            *self.log_level.lock() = Some(request.with_id("\"berth-log-level\""));
        }
    }

    pub(super) fn log_level(&self) -> Option<Message> {
        self.log_level.lock().clone()
    }

    pub(super) fn set_ear(&self, ear: mpsc::Sender<Message>) {
        *self.ear.lock() = Some(ear);
    }

    pub(super) fn ear(&self) -> Option<mpsc::Sender<Message>> {
        self.ear.lock().clone()
    }

    /// Notes that the client wants to hear of a resource; whether that is new. `None` when it wants to hear of too many.
    pub(super) fn subscribe(&self, uri: &str) -> Option<bool> {
        let mut subscriptions = self.subscriptions.lock();
        if let Some(count) = subscriptions.get_mut(uri) {
            *count += 1;
            return Some(false);
        }
        if subscriptions.len() >= MOST_SUBSCRIPTIONS || uri.len() > LONGEST_URI {
            return None;
        }
        subscriptions.insert(uri.to_owned(), 1);
        Some(true)
    }

    /// Notes that the client wants to hear of a resource once less; whether that was the last time.
    pub(super) fn unsubscribe(&self, uri: &str) -> bool {
        let mut subscriptions = self.subscriptions.lock();
        match subscriptions.get_mut(uri) {
            Some(count) if *count > 1 => {
                *count -= 1;
                false
            }
            Some(_) => subscriptions.remove(uri).is_some(),
            None => false,
        }
    }

    pub(super) fn subscriptions(&self) -> Vec<String> {
        self.subscriptions.lock().keys().cloned().collect()
    }

    /// Whether the client wants to hear of a resource, or of one that it is part of.
    pub(crate) fn hears_of(&self, uri: &str) -> bool {
        let subscriptions = self.subscriptions.lock();
        subscriptions.keys().any(|wanted| uri.starts_with(wanted))
    }

    /// Whether it has an instance to talk to.
    pub(crate) fn is_open(&self) -> bool {
        self.open_link().is_some()
    }

    pub(super) fn open_link(&self) -> Option<Arc<Opened>> {
        self.link.load_full().filter(|opened| opened.link.is_open())
    }

    /// The link, where it leads to the instance of `key` and was opened with what `carried` has of the user's: a
    /// connector may have kept what it saw.
    pub(super) fn opened_with(&self, key: &InstanceKey, carried: &Carried) -> Option<Arc<Opened>> {
        let is_current = |opened: &Arc<Opened>| opened.key == *key && opened.own == carried.own.generation;
        self.open_link().filter(is_current)
    }

    pub(super) fn open(
        &self,
        key: InstanceKey,
        link: Link,
        instance: Arc<Instance>,
        (own, values): (u64, HeaderMap),
    ) -> Arc<Opened> {
        let opened = Arc::new(Opened {
            key,
            link,
            instance,
            own,
            values,
            listening: Mutex::default(),
        });
        let replaced = self.link.swap(Some(Arc::clone(&opened)));
        if let Some(replaced) = &replaced {
            // What it says outside of calls counts no more.
            replaced.listening.lock().take();
        }
        let mut earlier = self.earlier.lock();
        earlier.extend(replaced);
        earlier.retain(|earlier| earlier.link.is_busy());
        opened
    }

    /// Every link that waits for something from the client, the current one included, though it may take no more
    /// calls.
    pub(super) fn listening(&self) -> Vec<Arc<Opened>> {
        let mut earlier = self.earlier.lock();
        earlier.retain(|earlier| earlier.link.is_busy());
        earlier.iter().cloned().chain(self.link.load_full()).collect()
    }

    /// Forgets `opened`, unless another one has taken its place already.
    pub(super) fn close(&self, opened: &Arc<Opened>) {
        self.link.compare_and_swap(opened, None);
    }

    /// The instance that serves this session now.
    pub(super) fn key(&self, live: &Live, carried: &Carried) -> InstanceKey {
        match live.spec.transport {
            Transport::Http { .. } => live.shared_key(),
            Transport::Stdio => live.user_key(&self.caller.user, carried.generation(), self.client_hash),
        }
    }
}
