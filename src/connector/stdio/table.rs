//! Who waits for what in one process.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
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
    /// By number, which grows, with the streams that are followed among them.
    calls: BTreeMap<u64, Waiting>,
    requests: HashMap<u64, Asked>,
    /// Who hears what belongs to no call, by session; the one that came last is asked what belongs to none.
    listeners: BTreeMap<u64, mpsc::Sender<Message>>,
    /// Which sessions want to hear of changes of a resource.
    subscribed: HashMap<String, BTreeSet<u64>>,
}

/// A call that waits for its response.
#[derive(Debug)]
struct Waiting {
    session: u64,
    /// What the session calls it, as JSON text; and the progress token that it asked with.
    id: String,
    token: Option<String>,
    to: mpsc::Sender<Message>,
    /// Absent for a stream that is followed: it keeps no instance from ending.
    call: Option<Call>,
}

/// A request of the process that went to a session: to the caller of `call`, or to who listens.
#[derive(Debug)]
struct Asked {
    session: u64,
    call: Option<u64>,
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
    pub(super) fn enter(&self, session: u64, request: &Message, call: Option<Call>) -> Option<Entered> {
        let (to, messages) = mpsc::channel(QUEUE + 1);
        let token = request.progress_token().map(str::to_owned);
        let asks_for_progress = token.is_some();
        let waiting = Waiting {
            session,
            id: request.id().unwrap_or("null").to_owned(),
            token,
            to,
            call,
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
        let stream = subscription(&message).and_then(|number| entries.calls.get(&number));
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
            method => {
                // Of a process that knows no sessions: it says to which of its streams this belongs.
                if let Some(waiting) = stream {
                    waiting.hand_over(message);
                    return;
                }
                let is_of_session = method.is_some_and(mcp::is_of_session);
                match entries.latest() {
                    Some((_, waiting)) if !is_of_session || entries.listeners.is_empty() => {
                        waiting.hand_over(message);
                    }
                    _ => entries.spread(&message),
                }
            }
        }
    }

    /// From now on, what belongs to no call goes to the session too.
    pub(super) fn listen(&self, session: u64, to: mpsc::Sender<Message>) {
        self.0.lock().listeners.insert(session, to);
    }

    /// The session listens no more. Gives the ids of the requests that it leaves unanswered, as the process calls them.
    pub(super) fn unlisten(&self, session: u64) -> Vec<String> {
        let mut entries = self.0.lock();
        entries.listeners.remove(&session);
        let left = entries
            .requests
            .extract_if(|_, asked| asked.session == session && asked.call.is_none());
        left.map(|(_, asked)| asked.id).collect()
    }

    /// Notes that the session wants to hear of a resource.
    pub(super) fn subscribe(&self, session: u64, uri: &str) {
        let mut entries = self.0.lock();
        entries
            .subscribed
            .entry(uri.to_owned())
            .or_default()
            .insert(session);
    }

    /// The session wants to hear of a resource no more; whether nobody else does.
    pub(super) fn unsubscribe(&self, session: u64, uri: &str) -> bool {
        let mut entries = self.0.lock();
        let Some(sessions) = entries.subscribed.get_mut(uri) else {
            return true;
        };
        sessions.remove(&session);
        let is_last = sessions.is_empty();
        if is_last {
            entries.subscribed.remove(uri);
        }
        is_last
    }

    /// Forgets what the session wanted to hear of.
    pub(super) fn leave_all(&self, session: u64) {
        let mut entries = self.0.lock();
        entries.subscribed.retain(|_, sessions| {
            sessions.remove(&session);
            !sessions.is_empty()
        });
    }

    /// Hands a request of the process to the call started most recently, under an id that no other one has.
    pub(super) fn ask(&self, request: Message) -> Result<(), Undelivered> {
        let mut entries = self.0.lock();
        let number = REQUESTS_MADE.fetch_add(1, Ordering::Relaxed) + 1;
        let id = request.id().unwrap_or("null").to_owned();
        let request = request.with_id(&format!("\"srv-{number}\""));
        let (session, call, taken) = match entries.latest() {
            Some((call, waiting)) => (waiting.session, Some(call), waiting.hand_over(request)),
            None => {
                let (session, listener) = entries.listeners.last_key_value().ok_or(Undelivered)?;
                (*session, None, listener.try_send(request).is_ok())
            }
        };
        if !taken {
            return Err(Undelivered);
        }
        let asked = Asked { session, call, id };
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
        let asked = entries.requests.get(&number)?;
        let waits = asked.call.is_none_or(|call| entries.calls.contains_key(&call));
        if asked.session != session || !waits {
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
        entries.listeners.clear();
        let calls = std::mem::take(&mut entries.calls);
        drop(entries);
        for waiting in calls.into_values() {
            _ = waiting.to.try_send(answer(&waiting.id));
        }
    }
}

/// The request that opened the stream to which a notification belongs.
fn subscription(note: &Message) -> Option<u64> {
    // The cheap look first: most have none.
    let params = note
        .params()
        .filter(|params| params.contains(mcp::modern::SUBSCRIPTION))?;
    let meta = mcp::edit::member(params, "_meta")?;
    mcp::edit::member(meta, mcp::modern::SUBSCRIPTION)?.parse().ok()
}

impl Entries {
    fn forget_requests(&mut self, call: u64) {
        if !self.requests.is_empty() {
            self.requests.retain(|_, asked| asked.call != Some(call));
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
        let waiting = asked.call.map(|call| self.calls.get(&call));
        if waiting.is_none() || waiting.flatten().is_some() {
            let params = match cancelled.reason {
                Some(reason) => serde_json::json!({ "requestId": format!("srv-{number}"), "reason": reason }),
                None => serde_json::json!({ "requestId": format!("srv-{number}") }),
            };
            let note = mcp::notification("notifications/cancelled", &params);
            match waiting.flatten() {
                Some(waiting) => _ = waiting.hand_over(note),
                None => {
                    if let Some(listener) = self.listeners.get(&asked.session) {
                        _ = listener.try_send(note);
                    }
                }
            }
        }
    }

    /// The call that was started most recently, and its number.
    fn latest(&self) -> Option<(u64, &Waiting)> {
        let mut calls = self.calls.iter().rev();
        let (number, waiting) = calls.find(|(_, waiting)| waiting.call.is_some())?;
        Some((*number, waiting))
    }

    /// Gives a notification to everybody who listens.
    fn spread(&self, message: &Message) {
        if self.listeners.is_empty() {
            tracing::debug!(method = message.method(), "a notification that nobody waits for");
        }
        for listener in self.listeners.values() {
            if listener.try_send(message.clone()).is_err() {
                tracing::debug!(
                    method = message.method(),
                    "a listener reads too slowly: message dropped"
                );
            }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::connector::Life;

    fn request(id: &str) -> Message {
        mcp::request(id, "x", &serde_json::Map::new())
    }

    #[test]
    fn who_follows_a_stream_is_not_asked_in_the_place_of_a_caller() {
        let table = Table::default();
        let life = Life::new(Arc::default());
        let call = || Some(life.begin().unwrap());
        let question = || request("\"q\"");
        let mut early = table.enter(1, &request("1"), call()).unwrap();
        let mut stream = table.enter(2, &request("2"), None).unwrap();
        // The stream came later; the call is older and is the one that waits.
        table.ask(question()).unwrap();
        let asked = early.messages.try_recv().unwrap();
        assert!(stream.messages.try_recv().is_err());
        let answer = mcp::result(asked.id().unwrap(), &serde_json::json!({}));
        assert!(table.answered(2, &answer).is_none(), "another session was asked");
        assert_eq!(table.answered(1, &answer).unwrap().id(), Some("\"q\""));

        // With streams alone there is nobody, up to the session that listens.
        table.leave(early.number);
        assert!(table.ask(question()).is_err());
        let (listener, mut heard) = mpsc::channel(1);
        table.listen(3, listener);
        table.ask(question()).unwrap();
        assert!(heard.try_recv().is_ok());
        assert!(stream.messages.try_recv().is_err());

        // What belongs to a stream still goes there.
        let key = mcp::modern::SUBSCRIPTION;
        let params = serde_json::json!({ "_meta": { key: stream.number } });
        table.notify(mcp::notification("notifications/tools/list_changed", &params));
        assert!(stream.messages.try_recv().is_ok());
    }
}
