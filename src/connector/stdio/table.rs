//! Who waits for what in one process.

use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::super::life::Call;
use crate::mcp::{self, Message};

/// How many messages may wait for a slow caller before further ones are dropped; one place more is kept for the
/// response, which is never dropped.
const QUEUE: usize = 256;

/// What is in flight. The lock is held for look-ups and hand-overs only, never while waiting.
#[derive(Debug, Default)]
pub(super) struct Table(Mutex<Entries>);

/// How many requests were made by all processes together: the number in the id that a client sees. One and the same
/// client answers several processes in turn, and what it answers to one must mean nothing to the next.
static REQUESTS_MADE: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, Default)]
struct Entries {
    ended: bool,
    /// The number of the latest call.
    calls_made: u64,
    /// By number: the last one is the call that was started most recently.
    calls: BTreeMap<u64, Waiting>,
    requests: HashMap<u64, Asked>,
}

/// A call that waits for its response.
#[derive(Debug)]
struct Waiting {
    session: u64,
    /// What the session calls it, as JSON text; and the progress token that it asked with.
    id: String,
    token: Option<String>,
    to: mpsc::Sender<Message>,
    _call: Call,
}

/// A request of the process that went to the caller of `call`.
#[derive(Debug)]
struct Asked {
    call: u64,
    /// What the process calls it, as JSON text.
    id: String,
}

/// A call that is in the table now.
pub(super) struct Entered {
    pub(super) number: u64,
    /// As it is to be sent.
    pub(super) request: Message,
    pub(super) messages: mpsc::Receiver<Message>,
}

/// Nobody is there to take a request of the process.
#[derive(Debug)]
pub(super) struct Undelivered;

/// The parameters of `notifications/cancelled`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cancelled<'a> {
    #[serde(borrow)]
    request_id: &'a RawValue,
    #[serde(borrow, default)]
    pub(super) reason: Option<&'a RawValue>,
}

impl Table {
    /// Takes a request in. `None` when the process has ended.
    pub(super) fn enter(&self, session: u64, request: &Message, call: Call) -> Option<Entered> {
        let (to, messages) = mpsc::channel(QUEUE + 1);
        let token = request.progress_token().map(str::to_owned);
        let asks_for_progress = token.is_some();
        let waiting = Waiting {
            session,
            id: request.id().unwrap_or("null").to_owned(),
            token,
            to,
            _call: call,
        };
        let mut entries = self.0.lock();
        if entries.ended {
            return None;
        }
        entries.calls_made += 1;
        let number = entries.calls_made;
        entries.calls.insert(number, waiting);
        drop(entries);
        let text = number.to_string();
        let mut request = request.with_id(&text);
        if asks_for_progress {
            request = request.with_progress_token(&text);
        }
        Some(Entered {
            number,
            request,
            messages,
        })
    }

    /// Takes a call out; says whether it still waited.
    pub(super) fn leave(&self, number: u64) -> bool {
        let mut entries = self.0.lock();
        entries.forget_requests(number);
        entries.calls.remove(&number).is_some()
    }

    /// Whether calls of the session are in the table.
    pub(super) fn is_busy(&self, session: u64) -> bool {
        self.0
            .lock()
            .calls
            .values()
            .any(|waiting| waiting.session == session)
    }

    /// Hands a response to whoever waits for it.
    pub(super) fn respond(&self, response: Message) {
        let number = response.id().and_then(|id| id.parse::<u64>().ok());
        let waiting = number.and_then(|number| {
            let mut entries = self.0.lock();
            entries.forget_requests(number);
            entries.calls.remove(&number)
        });
        let Some(waiting) = waiting else {
            tracing::debug!(id = response.id(), "a response that nobody waits for");
            return;
        };
        // The place for it was kept, so this fails only when the caller is gone.
        _ = waiting.to.try_send(response.with_id(&waiting.id));
    }

    /// Hands a notification to the call that it belongs to, else to the one started most recently.
    pub(super) fn notify(&self, message: Message) {
        let entries = self.0.lock();
        match message.method() {
            Some("notifications/progress") => {
                let number = message
                    .progress_token()
                    .and_then(|token| token.parse::<u64>().ok());
                let waiting = number.and_then(|number| entries.calls.get(&number));
                if let Some((waiting, token)) = waiting.and_then(|w| Some((w, w.token.as_deref()?))) {
                    waiting.hand_over(message.with_progress_token(token));
                }
            }
            Some("notifications/cancelled") => entries.withdraw(&message),
            _ => match entries.calls.last_key_value() {
                Some((_, waiting)) => _ = waiting.hand_over(message),
                None => tracing::debug!(method = message.method(), "a notification that nobody waits for"),
            },
        }
    }

    /// Hands a request of the process to the call started most recently, under an id that no other one has.
    pub(super) fn ask(&self, request: Message) -> Result<(), Undelivered> {
        let mut entries = self.0.lock();
        let number = REQUESTS_MADE.fetch_add(1, Ordering::Relaxed) + 1;
        let (call, waiting) = entries.calls.last_key_value().ok_or(Undelivered)?;
        let asked = Asked {
            call: *call,
            id: request.id().unwrap_or("null").to_owned(),
        };
        if !waiting.hand_over(request.with_id(&format!("\"srv-{number}\""))) {
            return Err(Undelivered);
        }
        entries.requests.insert(number, asked);
        Ok(())
    }

    /// The answer to a request of the process, as it is to be sent: once, and only from the session that was asked.
    pub(super) fn answered(&self, session: u64, response: &Message) -> Option<Message> {
        let number = response
            .id()?
            .strip_prefix("\"srv-")?
            .strip_suffix('"')?
            .parse::<u64>()
            .ok()?;
        let mut entries = self.0.lock();
        let call = entries.requests.get(&number)?.call;
        if entries.calls.get(&call)?.session != session {
            return None;
        }
        let asked = entries.requests.remove(&number)?;
        Some(response.with_id(&asked.id))
    }

    /// A session cancels a call of its own: it is answered here, since the process is not to answer it any more
    /// (MCP, cancellation). Returns the number under which the process knows it.
    pub(super) fn cancelled(&self, session: u64, cancelled: &Cancelled<'_>) -> Option<u64> {
        let mut entries = self.0.lock();
        let mut latest_first = entries.calls.iter().rev();
        let id = cancelled.request_id.get();
        let (number, _) = latest_first.find(|(_, w)| w.session == session && w.id == id)?;
        let number = *number;
        entries.forget_requests(number);
        let waiting = entries.calls.remove(&number)?;
        let text = "the request was cancelled";
        _ = waiting
            .to
            .try_send(mcp::error(Some(&waiting.id), mcp::code::INTERNAL, text));
        Some(number)
    }

    /// Answers everything that waits, and takes nothing in any more.
    pub(super) fn end(&self, answer: impl Fn(&str) -> Message) {
        let mut entries = self.0.lock();
        entries.ended = true;
        entries.requests.clear();
        let calls = std::mem::take(&mut entries.calls);
        drop(entries);
        for waiting in calls.into_values() {
            _ = waiting.to.try_send(answer(&waiting.id));
        }
    }
}

impl Entries {
    fn forget_requests(&mut self, call: u64) {
        if !self.requests.is_empty() {
            self.requests.retain(|_, asked| asked.call != call);
        }
    }

    /// The process takes back a request that it made.
    fn withdraw(&self, message: &Message) {
        let Ok(cancelled) = message.params_as::<Cancelled<'_>>() else {
            return;
        };
        let id = cancelled.request_id.get();
        let Some((number, asked)) = self.requests.iter().find(|(_, asked)| asked.id == id) else {
            return;
        };
        if let Some(waiting) = self.calls.get(&asked.call) {
            let params = match cancelled.reason {
                Some(reason) => serde_json::json!({ "requestId": format!("srv-{number}"), "reason": reason }),
                None => serde_json::json!({ "requestId": format!("srv-{number}") }),
            };
            waiting.hand_over(mcp::notification("notifications/cancelled", &params));
        }
    }
}

impl Waiting {
    /// Whether there was room for it. Only the table sends, under its lock, so looking first is enough.
    fn hand_over(&self, message: Message) -> bool {
        let room = self.to.capacity() > 1;
        if !room {
            tracing::debug!(
                method = message.method(),
                "the caller reads too slowly: message dropped"
            );
        }
        room && self.to.try_send(message).is_ok()
    }
}
