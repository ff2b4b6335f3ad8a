//! How often somebody may try something.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;

use crate::model::Peer;

/// Counts attempts by key, in memory, for as long as a window from each key's first. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Rate<K: Hash + Eq + Send + Sync + 'static = IpAddr> {
    counts: Cache<K, Arc<AtomicU32>>,
    most: u32,
    window: Duration,
}

impl<K: Hash + Eq + Send + Sync + 'static> Rate<K> {
    pub(crate) fn new(most: u32, window: Duration) -> Self {
        Self {
            counts: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(window)
                .build(),
            most,
            window,
        }
    }

    /// Counts an attempt; false when there were too many.
    pub(crate) fn admit(&self, key: K) -> bool {
        let count = self.counts.get_with(key, Arc::default);
        count.fetch_add(1, Ordering::Relaxed) < self.most
    }

    /// Forgets the attempts of `key`.
    pub(crate) fn forgive(&self, key: &K) {
        self.counts.invalidate(key);
    }

    /// After how long whoever was refused may try again, at most.
    pub(crate) fn window(&self) -> Duration {
        self.window
    }
}

/// What attempts of `peer` are counted under; those of nobody known count together.
pub(crate) fn counted_as(peer: Option<Peer>) -> IpAddr {
    peer.map_or(Ipv4Addr::UNSPECIFIED.into(), Peer::network)
}
