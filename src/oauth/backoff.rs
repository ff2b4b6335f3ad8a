//! What is left alone for a while, so that an outage is not met with a storm.

use std::{collections::HashMap, hash::Hash, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

use super::error::TokenError;

const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Failures by what they are about.
#[derive(Debug)]
pub(super) struct Backoff<K>(Mutex<HashMap<K, Failure>>);

#[derive(Debug)]
struct Failure {
    count: u32,
    until: Instant,
    last: Arc<TokenError>,
}

impl<K> Default for Backoff<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Clone + Eq + Hash> Backoff<K> {
    pub(super) fn cooling(&self, key: &K) -> Option<TokenError> {
        let failures = self.0.lock();
        let failure = failures.get(key)?;
        let wait = failure.until.checked_duration_since(Instant::now())?;
        Some(TokenError::Cooling {
            wait,
            last: Arc::clone(&failure.last),
        })
    }

    /// How long `key` is left alone from now.
    pub(super) fn wait(&self, key: &K) -> Option<Duration> {
        let failures = self.0.lock();
        failures.get(key)?.until.checked_duration_since(Instant::now())
    }

    /// One second, doubled with each failure, plus up to a quarter so that grants do not return in step; longer when
    /// the provider asks for it. Gives how often it has failed in a row.
    pub(super) fn failed(&self, key: &K, error: &Arc<TokenError>) -> u32 {
        let mut failures = self.0.lock();
        let now = Instant::now();
        failures.retain(|_, failure| failure.until + 5 * LONGEST_WAIT > now);
        let count = failures.get(key).map_or(0, |failure| failure.count);
        let base = Duration::from_secs(1 << count.min(6)).min(LONGEST_WAIT);
        let mut random = [0; 1];
        crate::secret::fill_random(&mut random);
        let wait = base + base.mul_f32(f32::from(random[0]) / 1024.0);
        let asked = match error.as_ref() {
            TokenError::Unavailable {
                retry_after: Some(asked),
                ..
            } => (*asked).min(5 * LONGEST_WAIT),
            _ => Duration::ZERO,
        };
        let failure = Failure {
            count: count + 1,
            until: now + wait.max(asked),
            last: Arc::clone(error),
        };
        failures.insert(key.clone(), failure);
        count + 1
    }

    pub(super) fn succeeded(&self, key: &K) {
        self.0.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_asks_for_is_waited_for() {
        let backoff = Backoff::default();
        let busy = |asked: Option<u64>| {
            Arc::new(TokenError::Unavailable {
                status: 429,
                retry_after: asked.map(Duration::from_secs),
            })
        };
        for (grant, asked, wait) in [
            ("none", None, 0.0..=1.25),
            ("asked", Some(40), 30.0..=40.0),
            ("longer than it may", Some(1_000_000), 290.0..=300.0),
            ("less than it is anyway", Some(0), 0.0..=1.25),
        ] {
            backoff.failed(&grant, &busy(asked));
            let waits = backoff.wait(&grant).unwrap_or_default().as_secs_f64();
            assert!(wait.contains(&waits), "{grant}: {waits}");
        }
        assert!(backoff.cooling(&"asked").is_some());
        // Each failure after another one costs twice as much, a minute at most.
        let waits: Vec<u64> = (0..8)
            .map(|_| {
                backoff.failed(&"again", &busy(None));
                backoff.wait(&"again").unwrap_or_default().as_secs()
            })
            .collect();
        assert!(waits[0] <= 1 && (50..=75).contains(&waits[7]), "{waits:?}");
        backoff.succeeded(&"again");
        assert!(backoff.wait(&"again").is_none());
    }
}
