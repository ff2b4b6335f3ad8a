//! How many refreshes may be out at one provider at a time.
//!
//! What a call waits for comes before what is done ahead: a part of the places is kept for the former.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::Grant;

/// Requests to one token endpoint at once.
pub(super) const AT_ONCE: usize = 16;
/// How many of them may be for tokens that still live.
const AHEAD: usize = 12;

/// Places at token endpoints, by origin.
#[derive(Debug, Default)]
pub(super) struct Hosts(Mutex<HashMap<String, Host>>);

#[derive(Debug, Clone)]
struct Host {
    all: Arc<Semaphore>,
    ahead: Arc<Semaphore>,
}

/// A place; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _all: OwnedSemaphorePermit,
    _ahead: Option<OwnedSemaphorePermit>,
}

impl Hosts {
    fn host(&self, grant: &Grant) -> Host {
        let origin = grant.bound_to.split(' ').next().unwrap_or_default();
        let mut hosts = self.0.lock();
        if let Some(host) = hosts.get(origin) {
            return host.clone();
        }
        let host = Host {
            all: Arc::new(Semaphore::new(AT_ONCE)),
            ahead: Arc::new(Semaphore::new(AHEAD)),
        };
        hosts.insert(origin.to_owned(), host.clone());
        host
    }

    /// A place for a refresh that a call waits for; `None` only when the program ends.
    pub(super) async fn place(&self, grant: &Grant) -> Option<Place> {
        let all = self.host(grant).all.acquire_owned().await.ok()?;
        Some(Place {
            _all: all,
            _ahead: None,
        })
    }

    /// A place for a refresh that nobody waits for, if there is one now. Without it, a later call tries again: what is
    /// due at the same moment spreads out by itself.
    pub(super) fn place_ahead(&self, grant: &Grant) -> Option<Place> {
        let host = self.host(grant);
        let ahead = host.ahead.try_acquire_owned().ok()?;
        let all = host.all.try_acquire_owned().ok()?;
        Some(Place {
            _all: all,
            _ahead: Some(ahead),
        })
    }

    /// Waits for such a place.
    pub(super) async fn place_behind(&self, grant: &Grant) -> Option<Place> {
        let host = self.host(grant);
        let ahead = host.ahead.acquire_owned().await.ok()?;
        let all = host.all.acquire_owned().await.ok()?;
        Some(Place {
            _all: all,
            _ahead: Some(ahead),
        })
    }
}
