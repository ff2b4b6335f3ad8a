//! Calls that wait at their connector for answers, while their clients find them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;

use super::state::LIFETIME;
use crate::{
    connector::Incoming,
    gateway::relay::Busy,
    model::{self, Millis, UserId},
    secret,
};

/// How many calls of one user may wait, and how many in all; the oldest give way.
const PER_USER: usize = 32;
const IN_ALL: usize = 1024;

/// The calls that wait, by name.
#[derive(Default)]
pub(in crate::gateway) struct Parking {
    calls: Mutex<HashMap<String, Parked>>,
    count: AtomicU64,
}

/// A call that waits. Dropping it cancels it at the connector.
pub(super) struct Parked {
    pub(super) user: UserId,
    pub(super) reply: Incoming,
    /// What the connector asks, by the name that its client knows it by.
    pub(super) questions: BTreeMap<String, Question>,
    until: Millis,
    order: u64,
    _busy: Busy,
}

/// A request of the connector.
pub(super) struct Question {
    /// What the connector calls it, as JSON text.
    pub(super) id: String,
    pub(super) method: String,
    /// JSON text.
    pub(super) params: Option<String>,
}

impl Parking {
    /// Parks a call and names it.
    pub(super) fn park(
        &self,
        user: &UserId,
        reply: Incoming,
        questions: BTreeMap<String, Question>,
        busy: Busy,
    ) -> String {
        let name = secret::generate("").expose().clone();
        let parked = Parked {
            user: user.clone(),
            reply,
            questions,
            until: model::now() + LIFETIME,
            order: self.count.fetch_add(1, Ordering::Relaxed),
            _busy: busy,
        };
        let mut calls = self.calls.lock();
        let of_user = calls.values().filter(|call| call.user == *user).count();
        let oldest = |of: Option<&UserId>| {
            let those = calls
                .iter()
                .filter(|(_, call)| of.is_none_or(|user| call.user == *user));
            those
                .min_by_key(|(_, call)| call.order)
                .map(|(name, _)| name.clone())
        };
        let surplus = match (of_user >= PER_USER, calls.len() >= IN_ALL) {
            (true, _) => oldest(Some(user)),
            (false, true) => oldest(None),
            (false, false) => None,
        };
        let dropped = surplus.and_then(|surplus| calls.remove(&surplus));
        calls.insert(name.clone(), parked);
        drop(calls);
        // Outside of the lock: dropping it writes to the connector.
        drop(dropped);
        name
    }

    /// Takes a call out; `None` when it did not wait that long, or is not this user's.
    pub(super) fn take(&self, name: &str, user: &UserId) -> Option<Parked> {
        let mut calls = self.calls.lock();
        if calls.get(name)?.user != *user {
            return None;
        }
        calls.remove(name).filter(|call| model::now() < call.until)
    }

    /// Cancels the calls whose clients have not come back.
    pub(in crate::gateway) fn expire(&self) {
        let now = model::now();
        let expired: Vec<Parked> = self
            .calls
            .lock()
            .extract_if(|_, call| call.until <= now)
            .map(|(_, call)| call)
            .collect();
        drop(expired);
    }
}
