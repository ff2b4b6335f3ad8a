//! What a connector said outside of calls, for clients that listen, and for those that come back for what they missed.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};

use super::{Gateway, sessions::Entry};
use crate::{
    calls::{CallError, Offer},
    mcp::Message,
};

/// How much is kept: messages, and bytes of them.
const KEPT: usize = 256;
const KEPT_BYTES: usize = 1 << 20;
/// How often whoever listens says that it is there: before an instance that is held for it is let go.
pub(super) const TICK: Duration = Duration::from_secs(10);
/// How many messages may wait to be taken in.
const QUEUE: usize = 64;

/// The last messages of a session, numbered from 1 on.
#[derive(Default)]
pub(super) struct Outbox {
    /// What was offered when this was last looked at.
    offer: Mutex<Option<Offer>>,
    kept: Mutex<Kept>,
    changed: Notify,
}

#[derive(Default)]
struct Kept {
    messages: VecDeque<Message>,
    bytes: usize,
    /// The number of the last one.
    last: u64,
    /// How many streams have read it: the latest alone does.
    readers: u64,
}

impl Outbox {
    fn push(&self, message: Message) {
        let mut kept = self.kept.lock();
        kept.last += 1;
        kept.bytes += message.bytes().len();
        kept.messages.push_back(message);
        // One is kept however large it is.
        while kept.messages.len() > KEPT || kept.bytes > KEPT_BYTES && kept.messages.len() > 1 {
            kept.bytes -= kept
                .messages
                .pop_front()
                .map_or(0, |message| message.bytes().len());
        }
        drop(kept);
        self.changed.notify_waiters();
    }

    /// The number of the last message.
    pub(super) fn last(&self) -> u64 {
        self.kept.lock().last
    }

    /// Makes the caller the one stream that reads; the one before ends.
    pub(super) fn take_over(&self) -> u64 {
        let mut kept = self.kept.lock();
        kept.readers += 1;
        let turn = kept.readers;
        drop(kept);
        self.changed.notify_waiters();
        turn
    }

    /// Completes when another stream has taken over from that of `turn`.
    pub(super) async fn superseded(&self, turn: u64) {
        self.until(|kept| (kept.readers != turn).then_some(())).await;
    }

    /// The first message that is kept of those after `number`, and its own number.
    pub(super) async fn after(&self, number: u64) -> (u64, Message) {
        self.until(|kept| {
            let first = kept.last + 1 - kept.messages.len() as u64;
            let next = (number + 1).max(first);
            let at = usize::try_from(next - first).ok()?;
            kept.messages.get(at).map(|message| (next, message.clone()))
        })
        .await
    }

    async fn until<T>(&self, mut found: impl FnMut(&Kept) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Listening comes before looking, so that a message between the two is not missed.
            changed.as_mut().enable();
            if let Some(found) = found(&self.kept.lock()) {
                return found;
            }
            changed.await;
        }
    }
}

impl Entry {
    /// What the session's connector says outside of calls; heard from the first time on that somebody asks.
    pub(super) async fn outbox(&self, gateway: &Gateway) -> Result<Arc<Outbox>, CallError> {
        let (outbox, is_new) = {
            let mut outbox = self.outbox.lock();
            let is_new = outbox.is_none();
            (Arc::clone(outbox.get_or_insert_default()), is_new)
        };
        if is_new {
            *outbox.offer.lock() = gateway.calls.offer(&self.session);
            let (ear, mut heard) = mpsc::channel(QUEUE);
            let into = Arc::clone(&outbox);
            // Ends with the session, which has the other end.
            gateway.tasks.spawn(async move {
                while let Some(message) = heard.recv().await {
                    into.push(message);
                }
            });
            gateway.calls.listen(&self.session, ear).await?;
        }
        Ok(outbox)
    }

    /// Keeps the session's instance for whoever listens, and tells them of what a deploy or an admin has changed.
    pub(super) fn tick(&self, gateway: &Gateway, outbox: &Outbox) {
        gateway.calls.hold(&self.session);
        let mut offer = outbox.offer.lock();
        let Some(now) = gateway.calls.offer(&self.session) else {
            return;
        };
        let before = offer.replace(now);
        drop(offer);
        for note in before.map_or_else(Vec::new, |before| gateway.calls.changes(&self.session, &before)) {
            outbox.push(note);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp;

    fn note(text: &str) -> Message {
        mcp::notification("notifications/message", &serde_json::json!({ "data": text }))
    }

    #[tokio::test]
    async fn the_last_messages_are_kept() {
        let outbox = Outbox::default();
        for number in 0..KEPT + 10 {
            outbox.push(note(&number.to_string()));
        }
        assert_eq!(outbox.last(), KEPT as u64 + 10);
        assert_eq!(outbox.after(0).await.0, 11, "the first ones are gone");
        assert_eq!(outbox.after(200).await.0, 201);
        let large = "x".repeat(KEPT_BYTES);
        outbox.push(note(&large));
        let last = outbox.last();
        assert_eq!(outbox.after(0).await.0, last, "it alone is kept");
    }

    #[tokio::test]
    async fn one_stream_reads_at_a_time() {
        let outbox = Outbox::default();
        let first = outbox.take_over();
        let second = outbox.take_over();
        outbox.superseded(first).await;
        tokio::select! {
            biased;
            () = outbox.superseded(second) => panic!("nobody came after it"),
            (number, _) = async { outbox.push(note("a")); outbox.after(0).await } => assert_eq!(number, 1),
        }
    }
}
