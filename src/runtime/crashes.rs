//! Instances that end by themselves soon after their start, again and again, are not started at every call.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{InstanceKey, StartCause, StartError};

/// How many ends in a row make a back-off.
const PATIENCE: u32 = 3;
/// How close together they have to be.
const WINDOW: Duration = Duration::from_secs(30);
/// The first back-off; each further end doubles it, up to the longest.
const SHORTEST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Crashes(HashMap<InstanceKey, Count>);

#[derive(Debug)]
struct Count {
    times: u32,
    last: Instant,
}

impl Crashes {
    pub(super) fn record(&mut self, key: &InstanceKey) {
        let now = Instant::now();
        let count = self.0.entry(key.clone()).or_insert(Count { times: 0, last: now });
        if count.is_over() {
            count.times = 0;
        }
        count.times += 1;
        count.last = now;
    }

    /// Fails while the instance under `key` is not to be started.
    pub(super) fn check(&self, key: &InstanceKey) -> Result<(), Arc<StartError>> {
        let Some(count) = self.0.get(key) else {
            return Ok(());
        };
        match count.back_off().checked_sub(count.last.elapsed()) {
            Some(retry_in) if !retry_in.is_zero() => {
                let times = count.times;
                Err(Arc::new(StartCause::Crashing { times, retry_in }.silent()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn prune(&mut self) {
        self.0.retain(|_, count| !count.is_over());
    }
}

impl Count {
    fn back_off(&self) -> Duration {
        match self.times.checked_sub(PATIENCE) {
            None => Duration::ZERO,
            Some(further) => (SHORTEST * 2u32.pow(further.min(5))).min(LONGEST),
        }
    }

    fn is_over(&self) -> bool {
        self.last.elapsed() > self.back_off() + WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::super::Share;
    use super::*;
    use crate::model::ReleaseId;

    #[test]
    fn the_third_end_in_a_row_backs_off() {
        let mut crashes = Crashes::default();
        let key = InstanceKey {
            release: ReleaseId::random(),
            epoch: 0,
            share: Share::Shared { generation: 1 },
        };
        for _ in 0..2 {
            crashes.record(&key);
            crashes.check(&key).unwrap();
        }
        crashes.record(&key);
        let error = crashes.check(&key).unwrap_err();
        assert!(matches!(error.cause, StartCause::Crashing { times: 3, retry_in } if retry_in <= SHORTEST));
        crashes.record(&key);
        let error = crashes.check(&key).unwrap_err();
        assert!(matches!(error.cause, StartCause::Crashing { retry_in, .. } if retry_in > SHORTEST));
    }
}
