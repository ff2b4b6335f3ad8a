//! One piece of work however many ask for it at once, finished even when all of them have left.

use std::{collections::HashMap, fmt, hash::Hash, sync::Arc, time::Instant};

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// The works under way, by what they are about, and since when.
pub(super) struct Flights<K, V>(UnderWay<K, V>);

type UnderWay<K, V> = Arc<Mutex<HashMap<K, Started<V>>>>;
type Started<V> = (watch::Receiver<Option<V>>, Instant);

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(HashMap::new())))
    }
}

/// The work ended without a result: its task panicked, or the program is ending.
#[derive(Debug)]
pub(super) struct Crashed;

impl<K, V> Flights<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Waits for the work about `key` that is under way, or starts `work` on `tasks`. The work publishes its result
    /// through the sender that it is given, or by returning it.
    pub(super) async fn join<F>(
        &self,
        tasks: &TaskTracker,
        key: K,
        work: impl FnOnce(watch::Sender<Option<V>>) -> F,
    ) -> Result<V, Crashed>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (mut result, _) = self.start(tasks, key, work);
        let value = result.wait_for(Option::is_some).await.map_err(|_| Crashed)?;
        value.clone().ok_or(Crashed)
    }

    /// The same without waiting: the channel gets the result. The instant tells when the work began.
    pub(super) fn start<F>(
        &self,
        tasks: &TaskTracker,
        key: K,
        work: impl FnOnce(watch::Sender<Option<V>>) -> F,
    ) -> Started<V>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut flights = self.0.lock();
        if let Some(started) = flights.get(&key) {
            return started.clone();
        }
        let (sender, result) = watch::channel(None);
        let started = (result, Instant::now());
        flights.insert(key.clone(), started.clone());
        let landing = Landing {
            flights: Arc::clone(&self.0),
            key,
        };
        let work = work(sender);
        tasks.spawn(async move {
            let _landing = landing;
            work.await;
        });
        started
    }

    pub(super) fn is_under_way(&self, key: &K) -> bool {
        self.0.lock().contains_key(key)
    }

    /// Whether nothing is under way.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.0.lock().is_empty()
    }
}

/// Takes the work off the list when its task ends, however it ends.
struct Landing<K: Eq + Hash, V> {
    flights: UnderWay<K, V>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for Landing<K, V> {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.key);
    }
}

impl<K, V> fmt::Debug for Flights<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flights({})", self.0.lock().len())
    }
}
