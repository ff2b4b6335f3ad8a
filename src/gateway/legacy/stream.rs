//! The stream that a client GETs: what the connector says outside of calls (MCP 2025-03-26 to 2025-11-25, listening for
//! messages from the server).

use std::sync::Arc;

use axum::{body::Bytes, response::Response};
use http::{HeaderMap, StatusCode};
use tokio::time;

use super::{SESSION, gone};
use crate::{
    gateway::{
        Gateway,
        answers::unheard,
        door::{Refusal, text},
        outbox::{Outbox, TICK},
        relay::{self, Busy, Events, KEEP_ALIVE_COMMENT, accepts_events},
        sessions::Entry,
    },
    mcp::{self, Kind, Message, Revision, code},
    model::{Caller, ConnectorName},
};

/// What a client says it has already.
const LAST_EVENT: &str = "last-event-id";
/// What begins the ids of berth's own events.
const PREFIX: &str = "berth-";

/// Opens the stream, from now on or from where an earlier one broke off.
pub(in crate::gateway) async fn open(
    gateway: &Gateway,
    caller: &Caller,
    name: &ConnectorName,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let Some(id) = text(headers, SESSION) else {
        let text = "there is no stream without a session: begin one with initialize";
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            code::INVALID_REQUEST,
            text,
        ));
    };
    if !accepts_events(headers) {
        let text = "what is here to GET is a text/event-stream: accept one";
        return Err(Refusal::new(
            StatusCode::NOT_ACCEPTABLE,
            code::INVALID_REQUEST,
            text,
        ));
    }
    let entry = gateway.sessions.get(id, &caller.user, name).ok_or_else(gone)?;
    if !gateway.calls.serves(&entry.session) {
        return Err(gone());
    }
    let last_event = text(headers, LAST_EVENT);
    // An id that is not berth's is the connector's, whose answer paused.
    if let Some(last_event) = last_event.filter(|id| !id.starts_with(PREFIX)) {
        let resumed = gateway.calls.resume(&entry.session, last_event).await;
        if let Some(rest) = resumed.map_err(|error| unheard(&error))? {
            return Ok(relay::reply(rest, &entry, "null", true).await);
        }
    }
    let outbox = entry.outbox(gateway).await.map_err(|error| unheard(&error))?;
    let missed = last_event.and_then(|id| id.strip_prefix(PREFIX)?.parse::<u64>().ok());
    let last = outbox.last();
    let read = missed.map_or(last, |missed| missed.min(last));
    let stream = Stream {
        turn: outbox.take_over(),
        gateway: gateway.clone(),
        busy: Busy::new(&entry),
        entry,
        outbox,
        read,
        begun: false,
    };
    Ok(relay::events(stream))
}

struct Stream {
    gateway: Gateway,
    entry: Arc<Entry>,
    outbox: Arc<Outbox>,
    turn: u64,
    /// The number of the last message that was sent.
    read: u64,
    begun: bool,
    #[allow(dead_code, reason = "the session is not idle while this is there")]
    busy: Busy,
}

impl Events for Stream {
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            self.gateway.calls.hold(&self.entry.session);
            // What it would go on from, should it break off before the first message; earlier clients take an event
            // without data for a broken one.
            return Some(
                match self.entry.session.client.revision >= Revision::V2025_11_25 {
                    true => format!("id: {PREFIX}{}\ndata:\n\n", self.read).into(),
                    false => Bytes::from_static(KEEP_ALIVE_COMMENT),
                },
            );
        }
        loop {
            tokio::select! {
                biased;
                () = self.gateway.stopping.cancelled() => return None,
                () = self.entry.ended() => return None,
                () = self.outbox.superseded(self.turn) => return None,
                (number, message) = self.outbox.after(self.read) => {
                    self.read = number;
                    if is_wanted(&self.entry, &message) {
                        let mut event = format!("id: {PREFIX}{number}\n").into_bytes();
                        event.extend_from_slice(&relay::event(&message));
                        return Some(event.into());
                    }
                }
                () = time::sleep(TICK) => {
                    self.entry.tick(&self.gateway, &self.outbox);
                    return Some(Bytes::from_static(KEEP_ALIVE_COMMENT));
                }
            }
        }
    }
}

/// Sessions of one user may share a process: each hears of the resources that it asked about.
fn is_wanted(entry: &Entry, message: &Message) -> bool {
    message.kind() != Kind::Notification
        || message.method() != Some("notifications/resources/updated")
        || mcp::updated(message).is_some_and(|uri| entry.session.hears_of(&uri))
}
