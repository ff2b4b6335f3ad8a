//! One client's session with a connector.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use arc_swap::ArcSwapOption;
use http::HeaderMap;
use parking_lot::Mutex;

use super::values::Carried;
use crate::{
    connector::Link,
    mcp::{ClientSide, Message},
    model::{Caller, ConnectorId, ConnectorName, Transport},
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
    /// The generation of the user's values that it was opened with.
    own: u64,
    /// What carries the connector's values and the user's.
    pub(super) values: HeaderMap,
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
        });
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
    pub(super) fn key(&self, live: &Live, carried: &Carried) -> InstanceKey {
        match live.spec.transport {
            Transport::Http { .. } => live.shared_key(),
            Transport::Stdio => live.user_key(&self.caller.user, carried.generation(), self.client_hash),
        }
    }
}
