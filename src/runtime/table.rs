//! Which instances run or start.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Instance, InstanceKey, StartError};
use crate::model::{ConnectorId, Millis};

/// How a start ended; `None` while it goes on.
pub(super) type Outcome = Option<Result<Arc<Instance>, Arc<StartError>>>;

/// The lock is held for look-ups only, never while something starts or stops.
#[derive(Debug, Default)]
pub(super) struct Table(Mutex<Slots>);

#[derive(Debug, Default)]
struct Slots {
    closed: bool,
    entered: u64,
    slots: HashMap<InstanceKey, Slot>,
}

#[derive(Debug)]
struct Slot {
    /// Which start this is: of two, the later has the newer generation, whatever numbers these have.
    order: u64,
    connector: ConnectorId,
    state: State,
}

#[derive(Debug)]
enum State {
    Starting {
        outcome: watch::Receiver<Outcome>,
        unwanted: CancellationToken,
        begun: Begun,
    },
    Ready(Arc<Instance>),
}

/// What is known of an instance before it is there.
#[derive(Debug, Clone)]
pub(super) struct Begun {
    pub(super) key: InstanceKey,
    /// Its name in logs.
    pub(super) label: String,
    /// The release's number.
    pub(super) number: i64,
    pub(super) at: Millis,
}

/// What stands under a key.
pub(super) enum Found {
    Ready(Arc<Instance>),
    Starting(watch::Receiver<Outcome>),
    Nothing,
}

/// An instance that started when nobody wanted it any more, and the entry that it was started for.
pub(super) struct Unwanted {
    pub(super) entry: Entry,
    pub(super) instance: Arc<Instance>,
}

/// A start in progress; it settles its slot exactly once.
pub(super) struct Entry {
    pub(super) begun: Begun,
    order: u64,
    tell: watch::Sender<Outcome>,
    /// Set when the instance is not wanted any more.
    pub(super) unwanted: CancellationToken,
}

impl Entry {
    /// Whether anybody still waits for the start.
    pub(super) fn is_awaited(&self) -> bool {
        // The slot itself has one.
        self.tell.receiver_count() > 1
    }

    pub(super) fn outcome(&self) -> watch::Receiver<Outcome> {
        self.tell.subscribe()
    }
}

impl Table {
    pub(super) fn ready(&self, key: &InstanceKey) -> Option<Arc<Instance>> {
        match &self.0.lock().slots.get(key)?.state {
            State::Ready(instance) if instance.is_alive() => Some(Arc::clone(instance)),
            _ => None,
        }
    }

    pub(super) fn count(&self) -> usize {
        let slots = self.0.lock();
        slots
            .slots
            .values()
            .filter(|slot| matches!(slot.state, State::Ready(_)))
            .count()
    }

    pub(super) fn find(&self, key: &InstanceKey) -> Found {
        self.0.lock().find(key)
    }

    /// Reserves the slot for a start, unless something is there already. `Err(Nothing)`: nothing starts any more.
    pub(super) fn enter(&self, begun: Begun, connector: &ConnectorId) -> Result<Entry, Found> {
        let mut slots = self.0.lock();
        match slots.find(&begun.key) {
            Found::Nothing if !slots.closed => {}
            found => return Err(found),
        }
        slots.entered += 1;
        let (tell, outcome) = watch::channel(None);
        let unwanted = CancellationToken::new();
        let order = slots.entered;
        let slot = Slot {
            order,
            connector: connector.clone(),
            state: State::Starting {
                outcome,
                unwanted: unwanted.clone(),
                begun: begun.clone(),
            },
        };
        slots.slots.insert(begun.key.clone(), slot);
        Ok(Entry {
            begun,
            order,
            tell,
            unwanted,
        })
    }

    /// Puts a started instance in its slot, and returns those of older generations, which it replaces. Gives it back
    /// when it is not wanted any more.
    pub(super) fn settle(
        &self,
        entry: Entry,
        instance: Arc<Instance>,
    ) -> Result<Vec<Arc<Instance>>, Box<Unwanted>> {
        let mut slots = self.0.lock();
        let Some(slot) = slots
            .slots
            .get_mut(&entry.begun.key)
            .filter(|slot| slot.order == entry.order)
        else {
            return Err(Box::new(Unwanted { entry, instance }));
        };
        slot.state = State::Ready(Arc::clone(&instance));
        let older = slots.extract(|key, slot| {
            slot.order < entry.order
                && key.same_but_generation(&entry.begun.key)
                && matches!(slot.state, State::Ready(_))
        });
        drop(slots);
        entry.tell.send_replace(Some(Ok(instance)));
        Ok(older.0)
    }

    /// The start failed: the slot is free again.
    pub(super) fn fail(&self, entry: Entry, error: Arc<StartError>) {
        let mut slots = self.0.lock();
        if slots
            .slots
            .get(&entry.begun.key)
            .is_some_and(|slot| slot.order == entry.order)
        {
            slots.slots.remove(&entry.begun.key);
        }
        drop(slots);
        entry.tell.send_replace(Some(Err(error)));
    }

    /// Frees the slot of an instance that has ended, if it still has it.
    pub(super) fn forget(&self, instance: &Instance) {
        let mut slots = self.0.lock();
        let same = |slot: &Slot| match &slot.state {
            State::Ready(ready) => std::ptr::eq(Arc::as_ptr(ready), instance),
            State::Starting { .. } => false,
        };
        if slots.slots.get(instance.key()).is_some_and(same) {
            slots.slots.remove(instance.key());
        }
    }

    /// Takes out what `which` names: the instances, and the starts in progress, which are told to stop.
    pub(super) fn take(
        &self,
        which: impl Fn(&ConnectorId, &InstanceKey) -> bool,
    ) -> (Vec<Arc<Instance>>, Vec<watch::Receiver<Outcome>>) {
        self.0.lock().extract(|key, slot| which(&slot.connector, key))
    }

    /// Takes out the http instances of a connector.
    pub(super) fn take_http_of(&self, connector: &ConnectorId) -> Vec<Arc<Instance>> {
        let holds = |slot: &Slot| {
            slot.connector == *connector && matches!(&slot.state, State::Ready(i) if i.is_http())
        };
        self.0.lock().extract(|_, slot| holds(slot)).0
    }

    /// Takes out what nobody used for as long as it is kept, closed to further calls.
    pub(super) fn take_unused(&self) -> Vec<Arc<Instance>> {
        let unused = |instance: &Instance| instance.life().close_if_unused(instance.kept());
        let holds = |slot: &Slot| matches!(&slot.state, State::Ready(instance) if unused(instance));
        self.0.lock().extract(|_, slot| holds(slot)).0
    }

    /// How short the shortest while is for which one of the instances is kept without being used.
    pub(super) fn shortest_kept(&self) -> Option<Duration> {
        let slots = self.0.lock();
        slots.ready().map(|instance| instance.kept()).min()
    }

    /// Takes out the one, of `connector` where that is named, that was not used for the longest time, closed to further
    /// calls. None that has a call in flight or is held.
    pub(super) fn take_idle(&self, connector: Option<&ConnectorId>) -> Option<Arc<Instance>> {
        let mut slots = self.0.lock();
        let mut idle: Vec<_> = slots
            .ready()
            .filter(|instance| connector.is_none_or(|connector| instance.connector() == connector))
            .map(|instance| (instance.life().use_now(), instance))
            .filter(|(now, _)| now.calls == 0 && !now.is_wanted)
            .collect();
        idle.sort_by_key(|(now, _)| now.since);
        // A call may have begun meanwhile: the next one, then.
        let (_, found) = idle
            .into_iter()
            .find(|(_, instance)| instance.life().close_if_unused(Duration::ZERO))?;
        let key = found.key().clone();
        let slot = slots.slots.remove(&key)?;
        match slot.state {
            State::Ready(instance) => Some(instance),
            State::Starting { .. } => None,
        }
    }

    /// Every instance that serves.
    pub(super) fn all_ready(&self) -> Vec<Arc<Instance>> {
        self.0.lock().ready().map(Arc::clone).collect()
    }

    /// The connector's starts in progress.
    pub(super) fn all_starting(&self, connector: &ConnectorId) -> Vec<Begun> {
        let slots = self.0.lock();
        let of_connector = slots.slots.values().filter(|slot| slot.connector == *connector);
        let begun = of_connector.filter_map(|slot| match &slot.state {
            State::Starting { begun, .. } => Some(begun.clone()),
            State::Ready(_) => None,
        });
        begun.collect()
    }

    /// Nothing enters any more.
    pub(super) fn close(&self) {
        self.0.lock().closed = true;
    }
}

impl Slots {
    fn find(&self, key: &InstanceKey) -> Found {
        match self.slots.get(key).map(|slot| &slot.state) {
            Some(State::Ready(instance)) if instance.is_alive() => Found::Ready(Arc::clone(instance)),
            Some(State::Starting { outcome, .. }) => Found::Starting(outcome.clone()),
            // One that has just ended is as good as gone.
            Some(State::Ready(_)) | None => Found::Nothing,
        }
    }

    fn ready(&self) -> impl Iterator<Item = &Arc<Instance>> {
        self.slots.values().filter_map(|slot| match &slot.state {
            State::Ready(instance) => Some(instance),
            State::Starting { .. } => None,
        })
    }

    fn extract(
        &mut self,
        which: impl Fn(&InstanceKey, &Slot) -> bool,
    ) -> (Vec<Arc<Instance>>, Vec<watch::Receiver<Outcome>>) {
        let (mut instances, mut starting) = (Vec::new(), Vec::new());
        for (_, slot) in self.slots.extract_if(|key, slot| which(key, slot)) {
            match slot.state {
                State::Ready(instance) => instances.push(instance),
                State::Starting {
                    outcome, unwanted, ..
                } => {
                    unwanted.cancel();
                    starting.push(outcome);
                }
            }
        }
        (instances, starting)
    }
}
