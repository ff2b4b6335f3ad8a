//! How long it is tried.

use std::time::{Duration, Instant};

use super::answers::Setback;
use crate::client::ClientError;

/// The pause after the first setback in a row; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(8);
/// The longest that a broker may ask to be left alone.
const LONGEST_ASKED: Duration = Duration::from_secs(60);
/// Setbacks in a row, with no byte further between them. They take half a minute with a broker that is just away.
const MOST: u32 = 9;
/// The same with a broker that takes its time to fail.
const BUDGET: Duration = Duration::from_secs(5 * 60);

/// Setbacks since something last went forward.
#[derive(Debug)]
pub(super) struct Patience {
    setbacks: u32,
    since: Instant,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            setbacks: 0,
            since: Instant::now(),
        }
    }
}

impl Patience {
    /// Something went forward.
    pub(super) fn renew(&mut self) {
        *self = Self::default();
    }

    /// Whether there was a setback and nothing went forward since.
    pub(super) fn is_strained(&self) -> bool {
        self.setbacks > 0
    }

    /// Sits a setback out, or makes an error of it that tells how often it was tried.
    pub(super) async fn bear(&mut self, setback: Setback) -> Result<(), ClientError> {
        if !setback.may_pass {
            return Err(*setback.error);
        }
        match self.pause(setback.pause) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => {
                return Err(ClientError::GaveUp {
                    attempts: self.setbacks,
                    source: setback.error,
                });
            }
        }
        Ok(())
    }

    /// How long to wait before the next attempt, if there is to be one.
    fn pause(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.setbacks += 1;
        let doubled = FIRST.saturating_mul(1 << (self.setbacks - 1).min(16));
        // Streams that were cut together do not come back together.
        let spread = 0.5 + f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX) / 2.0;
        let pause = match asked {
            Some(asked) => asked.min(LONGEST_ASKED),
            None => doubled.min(LONGEST).mul_f64(spread),
        };
        (self.setbacks < MOST && self.since.elapsed() + pause < BUDGET).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let mut patience = Patience::default();
        let pauses: Vec<Duration> = std::iter::from_fn(|| patience.pause(None)).collect();
        assert_eq!(pauses.len() as u32, MOST - 1);
        for (number, pause) in pauses.iter().enumerate() {
            let longest = (FIRST * (1 << number)).min(LONGEST);
            assert!(*pause <= longest && *pause >= longest / 2, "{number}: {pause:?}");
        }
        let all: Duration = pauses.iter().sum();
        assert!(
            all > Duration::from_secs(8) && all < Duration::from_secs(40),
            "{all:?}"
        );
    }

    #[test]
    fn a_broker_may_ask_for_longer_but_not_for_ever() {
        let mut patience = Patience::default();
        let asked = |secs| Some(Duration::from_secs(secs));
        assert_eq!(patience.pause(asked(30)), asked(30));
        assert_eq!(patience.pause(asked(3600)), Some(LONGEST_ASKED));
        patience.since -= BUDGET;
        assert_eq!(patience.pause(None), None);
        patience.renew();
        assert_eq!(patience.pause(asked(0)), asked(0));
    }
}
