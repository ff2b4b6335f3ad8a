//! Instances that end by themselves soon after their start, again and again, are not started at every call.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{InstanceKey, Share, StartCause, StartError};
use crate::{
    connector::Gone,
    model::{self, ConnectorId, Millis, UserId},
};

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
    connector: ConnectorId,
    /// The release's number.
    number: i64,
    times: u32,
    last: Instant,
    at: Millis,
    /// How it ended the last time.
    end: Gone,
}

/// An instance that is left alone for a while, because it ended again and again.
#[derive(Debug)]
pub(crate) struct CrashLoop {
    /// The release's number.
    pub(crate) number: i64,
    /// Whose instance it is; `None` for one that all share.
    pub(crate) user: Option<UserId>,
    pub(crate) times: u32,
    pub(crate) last_at: Millis,
    /// How it ended the last time, and what it said before: for those who deploy.
    pub(crate) last: Gone,
    /// In how long a call starts it again.
    pub(crate) retry_in: Duration,
}

impl Crashes {
    pub(super) fn record(&mut self, key: &InstanceKey, connector: &ConnectorId, number: i64, end: Gone) {
        let before = self.0.get(key).filter(|count| !count.is_over());
        let count = Count {
            connector: connector.clone(),
            number,
            times: before.map_or(0, |count| count.times) + 1,
            last: Instant::now(),
            at: model::now(),
            end,
        };
        self.0.insert(key.clone(), count);
    }

    /// Fails while the instance under `key` is not to be started.
    pub(super) fn check(&self, key: &InstanceKey) -> Result<(), Arc<StartError>> {
        let Some((count, retry_in)) = self.0.get(key).and_then(|count| Some((count, count.retry_in()?)))
        else {
            return Ok(());
        };
        let cause = StartCause::Crashing {
            times: count.times,
            status: count.end.status.clone(),
            retry_in,
        };
        let stderr = count.end.stderr.clone();
        Err(Arc::new(StartError { cause, stderr }))
    }

    /// The connector's instances that are left alone.
    pub(super) fn loops(&self, connector: &ConnectorId) -> Vec<CrashLoop> {
        let of_connector = self.0.iter().filter(|(_, count)| count.connector == *connector);
        let mut loops: Vec<_> = of_connector
            .filter(|(_, count)| count.times >= PATIENCE && !count.is_over())
            .map(|(key, count)| CrashLoop {
                number: count.number,
                user: match &key.share {
                    Share::Shared { .. } => None,
                    Share::User { user, .. } => Some(user.clone()),
                },
                times: count.times,
                last_at: count.at,
                last: count.end.clone(),
                retry_in: count.retry_in().unwrap_or_default(),
            })
            .collect();
        loops.sort_by_key(|found| std::cmp::Reverse(found.last_at));
        loops
    }

    /// Forgets what went wrong under the keys that `which` names.
    pub(super) fn forget(&mut self, which: impl Fn(&ConnectorId, &InstanceKey) -> bool) {
        self.0.retain(|key, count| !which(&count.connector, key));
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

    /// How long it is still left alone; `None` when it may be started.
    fn retry_in(&self) -> Option<Duration> {
        let left = self.back_off().checked_sub(self.last.elapsed())?;
        (!left.is_zero()).then_some(left)
    }

    fn is_over(&self) -> bool {
        self.last.elapsed() > self.back_off() + WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ReleaseId;

    #[test]
    fn the_third_end_in_a_row_backs_off() {
        let mut crashes = Crashes::default();
        let connector = ConnectorId::random();
        let key = InstanceKey {
            release: ReleaseId::random(),
            epoch: 0,
            share: Share::Shared { generation: 1 },
        };
        let record = |crashes: &mut Crashes| {
            let end = Gone {
                status: "exited with status 3".into(),
                stderr: vec!["no token".into()],
            };
            crashes.record(&key, &connector, 7, end);
        };
        for _ in 0..2 {
            record(&mut crashes);
            crashes.check(&key).unwrap();
            assert!(crashes.loops(&connector).is_empty());
        }
        record(&mut crashes);
        let error = crashes.check(&key).unwrap_err();
        assert!(
            matches!(error.cause, StartCause::Crashing { times: 3, retry_in, .. } if retry_in <= SHORTEST)
        );
        assert_eq!(error.stderr, ["no token"]);
        record(&mut crashes);
        let error = crashes.check(&key).unwrap_err();
        assert!(matches!(error.cause, StartCause::Crashing { retry_in, .. } if retry_in > SHORTEST));
        let [found] = &crashes.loops(&connector)[..] else {
            panic!("one instance ended again and again")
        };
        assert_eq!(
            (found.times, found.number, found.last.status.as_str()),
            (4, 7, "exited with status 3")
        );
        assert!(crashes.loops(&ConnectorId::random()).is_empty());
        crashes.forget(|of, _| *of == connector);
        crashes.check(&key).unwrap();
    }
}
