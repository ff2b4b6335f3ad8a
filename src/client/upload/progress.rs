//! How far an upload is, for whoever looks.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;

/// Counters that the streams write and a display reads; clones are the same counters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    there: AtomicU64,
    sent: AtomicU64,
    resumed: AtomicU64,
    setback: Mutex<Option<String>>,
}

impl Progress {
    /// Bytes of the missing blobs that have left, each counted once. It goes back when some of them were lost.
    pub(crate) fn there(&self) -> u64 {
        self.0.there.load(Ordering::Relaxed)
    }

    /// Bytes that this run has sent, with those that had to be sent again.
    pub(crate) fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Bytes of the missing blobs that the broker had from an earlier run.
    pub(crate) fn resumed(&self) -> u64 {
        self.0.resumed.load(Ordering::Relaxed)
    }

    /// What went wrong since it was last asked, and is tried again.
    pub(crate) fn take_setback(&self) -> Option<String> {
        self.0.setback.lock().take()
    }

    /// Takes it back when `bytes` is negated, as wrapping numbers are.
    pub(super) fn note_resumed(&self, bytes: u64) {
        self.0.resumed.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn note_setback(&self, error: String) {
        *self.0.setback.lock() = Some(error);
    }

    pub(super) fn gauge(&self) -> Gauge {
        Gauge {
            all: self.clone(),
            at: Arc::default(),
        }
    }
}

/// One blob's place in the [`Progress`]; clones are the same place.
#[derive(Debug, Clone)]
pub(super) struct Gauge {
    all: Progress,
    at: Arc<AtomicU64>,
}

impl Gauge {
    /// So many more bytes have left.
    pub(super) fn advance(&self, bytes: u64) {
        self.at.fetch_add(bytes, Ordering::Relaxed);
        self.all.0.there.fetch_add(bytes, Ordering::Relaxed);
        self.all.0.sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The broker has the first `bytes`, whatever has left.
    pub(super) fn set(&self, bytes: u64) {
        let before = self.at.swap(bytes, Ordering::Relaxed);
        // Wraps, and wraps back, when it is less.
        let change = bytes.wrapping_sub(before);
        self.all.0.there.fetch_add(change, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_byte_is_counted_as_sent_but_not_as_there() {
        let progress = Progress::default();
        let (one, other) = (progress.gauge(), progress.gauge());
        one.set(10);
        one.advance(5);
        other.advance(7);
        one.set(12);
        assert_eq!((progress.there(), progress.sent()), (19, 12));
        progress.note_setback("cut".to_owned());
        assert_eq!(progress.take_setback().as_deref(), Some("cut"));
        assert_eq!(progress.take_setback(), None);
    }
}
