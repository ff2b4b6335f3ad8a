//! One client's session with a connector.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;

use crate::{
    connector::Link,
    mcp::{ClientSide, Message},
    model::{Caller, ConnectorId, ConnectorName, Transport},
    oauth::Token,
    releases::Live,
    runtime::{Instance, InstanceKey},
};

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
    /// Held while the link is opened, so that a burst of first calls opens one.
    pub(super) opening: tokio::sync::Mutex<()>,
}

/// A way to an instance, and which instance that is.
pub(super) struct Opened {
    pub(super) key: InstanceKey,
    pub(super) link: Link,
    pub(super) instance: Arc<Instance>,
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

    /// Whether it has an instance to talk to.
    pub(crate) fn is_open(&self) -> bool {
        self.open_link().is_some()
    }

    pub(super) fn open_link(&self) -> Option<Arc<Opened>> {
        self.link.load_full().filter(|opened| opened.link.is_open())
    }

    pub(super) fn open(&self, key: InstanceKey, link: Link, instance: Arc<Instance>) -> Arc<Opened> {
        let opened = Arc::new(Opened { key, link, instance });
        let replaced = self.link.swap(Some(Arc::clone(&opened)));
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
    pub(super) fn key(&self, live: &Live, token: Option<&Token>) -> InstanceKey {
        match live.spec.transport {
            Transport::Http { .. } => live.shared_key(),
            Transport::Stdio => {
                let generation = token.map_or(0, |token| token.process);
                live.user_key(&self.caller.user, generation, self.client_hash)
            }
        }
    }
}
