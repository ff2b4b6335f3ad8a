//! How many instances there may be, and who waits for a place.
//!
//! An instance has a [`Place`] from before its start until nothing of it is left: what starts and what drains counts as
//! much as what serves. Whoever finds no place waits in one queue, first come first served: a place that comes free goes
//! to the first in the queue whom it lets start. Meanwhile [`Pool::make_room`] has idle instances ended, as many as the
//! queue is short of.
//!
//! Two come in over a limit. The probe of a deploy, by one, so that a full broker can be deployed to. And whoever takes
//! over from an instance of the same user (or, for http, of the same connector) that another release, environment or
//! token has made outdated: the older one ends with its calls, and no call may fail because a token was refreshed.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::Arc,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{InstanceKey, Share};
use crate::model::{ConnectorId, UserId};

/// The places of all instances. Clones are the same pool.
#[derive(Clone)]
pub(super) struct Pool(Arc<Shared>);

struct Shared {
    limit: usize,
    /// Held while the table and the lives of instances are locked, never the other way round.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    given: u64,
    tenants: HashMap<PlaceId, Tenant>,
    queue: VecDeque<Waiting>,
}

/// Which place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PlaceId(u64);

struct Tenant {
    connector: ConnectorId,
    whom: Whom,
    /// It takes no calls any more, and its place will be free in a moment.
    leaving: bool,
}

/// Whom an instance serves, whatever its release and generation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Whom {
    All,
    /// One user's clients with the same capabilities.
    User(UserId, u64),
}

/// Who asks for a place.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    connector: ConnectorId,
    whom: Whom,
    /// How many instances of the connector there may be; `None` for as many as the broker has places.
    cap: Option<usize>,
    rank: Rank,
}

/// What an instance is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    Caller,
    Probe,
}

/// Which limit leaves no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Of all instances of the broker.
    Broker(usize),
    /// Of those of one connector.
    Connector(usize),
}

/// A place of one instance; free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    shared: Arc<Shared>,
    id: PlaceId,
}

struct Waiting {
    ticket: u64,
    wish: Wish,
    give: oneshot::Sender<Place>,
}

/// A wait in the queue, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    shared: Arc<Shared>,
    ticket: u64,
    given: oneshot::Receiver<Place>,
    /// What was full when it began.
    pub(super) limit: Limit,
}

impl Wish {
    pub(super) fn new(connector: &ConnectorId, key: &InstanceKey, cap: Option<u32>, rank: Rank) -> Self {
        let whom = match &key.share {
            Share::Shared { .. } => Whom::All,
            Share::User { user, client, .. } => Whom::User(user.clone(), *client),
        };
        Self {
            connector: connector.clone(),
            whom,
            cap: cap.and_then(|cap| cap.try_into().ok()),
            rank,
        }
    }
}

impl Pool {
    pub(super) fn new(limit: usize) -> Self {
        let state = Mutex::default();
        Self(Arc::new(Shared { limit, state }))
    }

    /// A place now, or else a turn in the queue.
    pub(super) fn claim(&self, wish: Wish) -> Result<Place, Turn> {
        let mut state = self.0.state.lock();
        match Tally::of(state.tenants.values()).check(&wish, self.0.limit) {
            Ok(()) => Ok(state.admit(&self.0, &wish)),
            Err(limit) => {
                let (give, given) = oneshot::channel();
                state.given += 1;
                let ticket = state.given;
                state.queue.push_back(Waiting { ticket, wish, give });
                let shared = Arc::clone(&self.0);
                Err(Turn {
                    shared,
                    ticket,
                    given,
                    limit,
                })
            }
        }
    }

    /// Whether anybody waits.
    pub(super) fn is_short(&self) -> bool {
        !self.0.state.lock().queue.is_empty()
    }

    /// Has as many instances ended as the queue is short of. `evict` ends one that is idle, of the connector where one is
    /// named, and says whose place that was; it is not asked again for the same limit once it finds none.
    pub(super) fn make_room(&self, mut evict: impl FnMut(Option<&ConnectorId>) -> Option<PlaceId>) {
        let mut state = self.0.state.lock();
        loop {
            let mut evicted = None;
            for short in state.shortages(self.0.limit) {
                evicted = evict(short.as_ref());
                if evicted.is_some() {
                    break;
                }
            }
            let Some(id) = evicted else { return };
            // Unless it was gone already, and its place with it.
            if let Some(tenant) = state.tenants.get_mut(&id) {
                tenant.leaving = true;
            }
        }
    }

    /// Notes that the instance takes no calls any more and ends in a moment.
    pub(super) fn leaves(&self, id: PlaceId) {
        if let Some(tenant) = self.0.state.lock().tenants.get_mut(&id) {
            tenant.leaving = true;
        }
    }
}

impl Place {
    pub(super) fn id(&self) -> PlaceId {
        self.id
    }
}

impl Turn {
    /// Completes when it is this one's turn. `None` when the runtime is gone.
    pub(super) async fn place(&mut self) -> Option<Place> {
        (&mut self.given).await.ok()
    }
}

impl State {
    fn admit(&mut self, shared: &Arc<Shared>, wish: &Wish) -> Place {
        self.given += 1;
        let id = PlaceId(self.given);
        let tenant = Tenant {
            connector: wish.connector.clone(),
            whom: wish.whom.clone(),
            leaving: false,
        };
        self.tenants.insert(id, tenant);
        let shared = Arc::clone(shared);
        Place { shared, id }
    }

    /// What the queue is short of beyond the places that come free in a moment, in the queue's order and each once: the
    /// connector whose own limit is reached, or `None` for the broker's.
    fn shortages(&self, limit: usize) -> Vec<Option<ConnectorId>> {
        let mut tally = Tally::of(self.tenants.values().filter(|tenant| !tenant.leaving));
        let mut short = Vec::new();
        for waiting in &self.queue {
            let missing = match tally.check(&waiting.wish, limit) {
                Ok(()) => {
                    tally.add(&waiting.wish.connector, &waiting.wish.whom, Standing::Stays);
                    continue;
                }
                Err(Limit::Broker(_)) => None,
                Err(Limit::Connector(_)) => Some(waiting.wish.connector.clone()),
            };
            if !short.contains(&missing) {
                short.push(missing);
            }
        }
        short
    }
}

impl Shared {
    /// Gives the places that are free to those in the queue whom they let start, in order.
    fn serve_queue(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let mut served = Vec::new();
        for waiting in std::mem::take(&mut state.queue) {
            match Tally::of(state.tenants.values()).check(&waiting.wish, self.limit) {
                Ok(()) => served.push((waiting.give, state.admit(self, &waiting.wish))),
                Err(_) => state.queue.push_back(waiting),
            }
        }
        drop(state);
        for (give, place) in served {
            // Whoever has left gives the place back by dropping it, which serves the queue again.
            _ = give.send(place);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.state.lock().tenants.remove(&self.id);
        self.shared.serve_queue();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.queue.retain(|waiting| waiting.ticket != self.ticket);
    }
}

enum Standing {
    Stays,
    Leaves,
}

/// Instances counted in the ways that limits ask for.
#[derive(Default)]
struct Tally<'a> {
    all: usize,
    connectors: HashMap<&'a ConnectorId, usize>,
    /// How many serve the same, and how many of these stay.
    whom: HashMap<(&'a ConnectorId, &'a Whom), (usize, usize)>,
}

impl<'a> Tally<'a> {
    fn of(tenants: impl Iterator<Item = &'a Tenant>) -> Self {
        let mut tally = Self::default();
        for tenant in tenants {
            let standing = match tenant.leaving {
                true => Standing::Leaves,
                false => Standing::Stays,
            };
            tally.add(&tenant.connector, &tenant.whom, standing);
        }
        tally
    }

    fn add(&mut self, connector: &'a ConnectorId, whom: &'a Whom, standing: Standing) {
        self.all += 1;
        *self.connectors.entry(connector).or_default() += 1;
        let (all, stay) = self.whom.entry((connector, whom)).or_default();
        *all += 1;
        *stay += usize::from(matches!(standing, Standing::Stays));
    }

    /// Whether there is a place, beside those that were counted.
    fn check(&self, wish: &Wish, limit: usize) -> Result<(), Limit> {
        // The successor of exactly one: who changes a value again and again while long calls last gets no further
        // instance for each change.
        if self.whom.get(&(&wish.connector, &wish.whom)) == Some(&(1, 1)) {
            return Ok(());
        }
        let over = usize::from(wish.rank == Rank::Probe);
        let of_connector = self.connectors.get(&wish.connector).copied().unwrap_or_default();
        match wish.cap {
            Some(cap) if of_connector >= cap + over => Err(Limit::Connector(cap)),
            _ if self.all >= limit + over => Err(Limit::Broker(limit)),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

/// To be read after "at most".
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (most, of) = match self {
            Self::Broker(limit) => (limit, "on this broker"),
            Self::Connector(limit) => (limit, "of this connector"),
        };
        let plural = if *most == 1 { "" } else { "s" };
        write!(f, "{most} instance{plural} {of}")
    }
}

#[cfg(test)]
mod tests;
