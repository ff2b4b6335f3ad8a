//! What a client shows to its broker.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::secret::Secret;

/// A bearer token, and where it came from, so that an error can name the place to look.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    pub(crate) token: Secret<String>,
    pub(crate) origin: Origin,
    /// For a token that may end before the command does.
    pub(crate) renewal: Option<Renewal>,
}

/// Where a token came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// As the end of "the token came from".
    pub(crate) place: String,
    /// What to type once it is not accepted.
    pub(crate) remedy: String,
}

/// Gets another token in time: an upload, or a wait for a release, may take longer than one is good.
#[derive(Clone)]
pub(crate) struct Renewal(Arc<Renewing>);

struct Renewing {
    /// The token of now, and when it is replaced.
    current: Mutex<(Secret<String>, Instant)>,
    trade: Box<dyn Fn() -> Option<Traded> + Send + Sync>,
}

/// A token that was just got, and how long it is good.
#[derive(Debug)]
pub(crate) struct Traded {
    pub(crate) token: Secret<String>,
    pub(crate) lifetime: Duration,
}

impl Credential {
    /// The token to send now.
    pub(super) fn bearer(&self) -> Secret<String> {
        match &self.renewal {
            Some(renewal) => renewal.bearer(),
            None => self.token.clone(),
        }
    }
}

impl Renewal {
    /// `trade` may take a second or two, and is asked once two thirds of a token's time are over; where it gives none,
    /// the token of before is sent, and the broker says what is wrong with it.
    pub(crate) fn new(first: Traded, trade: impl Fn() -> Option<Traded> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Renewing {
            current: Mutex::new(first.due()),
            trade: Box::new(trade),
        }))
    }

    fn bearer(&self) -> Secret<String> {
        // Held while a token is traded: whoever else wants one waits for the same. Nothing is awaited.
        let mut current = self.0.current.lock();
        if current.1 <= Instant::now()
            && let Some(traded) = (self.0.trade)()
        {
            *current = traded.due();
        }
        current.0.clone()
    }
}

impl Traded {
    fn due(self) -> (Secret<String>, Instant) {
        (self.token, Instant::now() + self.lifetime * 2 / 3)
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_token_is_replaced_once_and_in_time() {
        let times = Arc::new(AtomicU32::new(0));
        let traded = |token: &str, seconds: u64| Traded {
            token: Secret::new(token.to_owned()),
            lifetime: Duration::from_secs(seconds),
        };
        let count = Arc::clone(&times);
        // The second one is due at once, the third one is not to be had, and the fourth lasts.
        let renewal = Renewal::new(traded("first", 0), move || {
            match count.fetch_add(1, Ordering::Relaxed) {
                0 => Some(traded("second", 0)),
                1 => None,
                _ => Some(traded("fourth", 900)),
            }
        });
        let bearers: Vec<String> = (0..5).map(|_| renewal.bearer().expose().clone()).collect();
        assert_eq!(bearers, ["second", "second", "fourth", "fourth", "fourth"]);
        assert_eq!(times.load(Ordering::Relaxed), 3);
    }
}
