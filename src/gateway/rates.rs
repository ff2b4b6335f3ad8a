//! How often each user may ask: a bucket of requests that fills up again steadily.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::model::UserId;

/// How many users' buckets are kept before those that are full again are let go.
const KEPT: usize = 1024;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Rates(Arc<Inner>);

struct Inner {
    /// How many requests fit into a bucket: a minute's worth. None is no limit.
    most: Option<f64>,
    buckets: Mutex<HashMap<UserId, Bucket>>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Rates {
    /// `per_minute`: how many requests a user may make, steadily, and how many at once; 0 for any number.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self(Arc::new(Inner {
            most: (per_minute > 0).then_some(f64::from(per_minute)),
            buckets: Mutex::default(),
        }))
    }

    /// Counts one request of the user; fails with the time after which there is room for another one.
    pub(super) fn take(&self, user: &UserId) -> Result<(), Duration> {
        self.take_at(user, Instant::now())
    }

    fn take_at(&self, user: &UserId, now: Instant) -> Result<(), Duration> {
        let Some(most) = self.0.most else {
            return Ok(());
        };
        let filled = |bucket: &Bucket| {
            let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
            (bucket.left + passed * most / 60.0).min(most)
        };
        let mut buckets = self.0.buckets.lock();
        if buckets.len() >= KEPT && !buckets.contains_key(user) {
            buckets.retain(|_, bucket| filled(bucket) < most);
        }
        if !buckets.contains_key(user) {
            buckets.insert(user.clone(), Bucket { left: most, at: now });
        }
        let Some(bucket) = buckets.get_mut(user) else {
            return Ok(());
        };
        bucket.left = filled(bucket);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) * 60.0 / most));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_fills_up_again() {
        let rates = Rates::new(60);
        let (alice, bob) = (UserId::random(), UserId::random());
        let start = Instant::now();
        for _ in 0..60 {
            rates.take_at(&alice, start).unwrap();
        }
        assert_eq!(rates.take_at(&alice, start), Err(Duration::from_secs(1)));
        rates.take_at(&bob, start).unwrap();
        let later = start + Duration::from_millis(1500);
        rates.take_at(&alice, later).unwrap();
        assert_eq!(rates.take_at(&alice, later), Err(Duration::from_millis(500)));
        let unlimited = Rates::new(0);
        assert!((0..1000).all(|_| unlimited.take_at(&alice, start).is_ok()));
    }
}
