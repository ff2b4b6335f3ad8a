//! Clients of the revisions with a handshake: sessions, and what passes in them.

mod batch;
mod stream;

use std::{error::Error, sync::Arc};

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::{
    Gateway,
    answers::{cancelled, check_size, failed},
    consent,
    door::{REVISION, Refusal, accepted, refuse, text},
    metrics::Outcome,
    relay::{self, accepts_events},
    sessions::Entry,
    step_up,
};
use crate::{
    calls::{self, Answer},
    mcp::{self, ClientSide, Kind, Message, Revision, code},
    model::{Caller, ClientConsent, ConnectorName},
};

const SESSION: &str = "mcp-session-id";

pub(super) use batch::receive as receive_batch;
pub(super) use stream::open as open_stream;

/// A message of a client whose revision has sessions.
pub(super) async fn receive(
    gateway: &Gateway,
    caller: Caller,
    name: &ConnectorName,
    headers: &HeaderMap,
    message: Message,
) -> Result<Response, Refusal> {
    if let Some(revision) = text(headers, REVISION)
        && Revision::parse(revision).is_none()
        && text(headers, SESSION).is_some()
    {
        let message = format!("the protocol version {revision:?} is not one that this session can speak");
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            code::INVALID_REQUEST,
            &message,
        ));
    }
    let entry = match (text(headers, SESSION), message.kind(), message.method()) {
        (None, Kind::Request, Some("initialize")) => {
            return initialize(gateway, caller, name, &message).map_err(|refusal| refusal.to(&message));
        }
        (None, ..) => return Err(no_session().to(&message)),
        (Some(id), ..) => {
            let entry = gateway.sessions.get(id, &caller.user, name);
            entry.ok_or_else(|| gone().to(&message))?
        }
    };
    if !gateway.calls.serves(&entry.session) {
        gateway
            .sessions
            .remove(text(headers, SESSION).unwrap_or_default());
        return Err(gone().to(&message));
    }
    match message.kind() {
        Kind::Request => {
            let events = accepts_events(headers);
            Ok(answer(gateway, (&entry, caller.client.as_ref()), message, events).await)
        }
        Kind::Notification | Kind::Result | Kind::Error => {
            take(gateway, &entry, message).await;
            Ok(accepted())
        }
    }
}

/// Takes a message in that has no answer.
async fn take(gateway: &Gateway, entry: &Arc<Entry>, message: Message) {
    match message.method() {
        Some("notifications/initialized") => return,
        Some("notifications/cancelled") => entry.cancel(&message),
        None if entry.answered(&message) => return,
        _ => {}
    }
    if let Err(error) = gateway.calls.post(&entry.session, message).await {
        // The client can do nothing about it, and there is no answer to put it in.
        tracing::debug!(error = &error as &dyn Error, "a message could not be passed on");
    }
}

/// The end of a session (MCP 2025-11-25, transports, session management).
pub(super) fn end(
    gateway: &Gateway,
    caller: &Caller,
    name: &ConnectorName,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let id = text(headers, SESSION).ok_or_else(no_session)?;
    gateway.sessions.get(id, &caller.user, name).ok_or_else(gone)?;
    gateway.sessions.remove(id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn initialize(
    gateway: &Gateway,
    caller: Caller,
    name: &ConnectorName,
    request: &Message,
) -> Result<Response, Refusal> {
    let client = ClientSide::from_initialize(request.params().unwrap_or("{}")).map_err(|e| {
        let text = format!("initialize has parameters that can't be read: {e}");
        Refusal::new(StatusCode::BAD_REQUEST, code::INVALID_PARAMS, &text)
    })?;
    check_size(&client)?;
    let revision = client.revision;
    let (session, live) = gateway
        .calls
        .begin(caller, name, client)
        .map_err(|e| Refusal::new(StatusCode::NOT_FOUND, code::INVALID_REQUEST, &e.to_string()))?;
    let id = gateway.sessions.add(session).ok_or_else(|| {
        let text = "there are too many sessions: end some, or try again later";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code::INTERNAL, text)
    })?;
    gateway.metrics.count(Outcome::Answered);
    let result = calls::initialize_result(&live.probe, revision);
    let mut response = relay::json(mcp::result(request.id().unwrap_or("0"), &result).bytes().clone());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(SESSION, id);
    }
    Ok(response)
}

/// Answers a request in a session. From here on every answer is a JSON-RPC message with status 200, but for the one
/// that sends a client back to the authorization server.
async fn answer(
    gateway: &Gateway,
    (entry, client): (&Arc<Entry>, Option<&ClientConsent>),
    request: Message,
    events: bool,
) -> Response {
    let id = request.id().unwrap_or("0").to_owned();
    let own = |message: Message| {
        gateway.metrics.count(Outcome::Answered);
        relay::json(message.bytes().clone())
    };
    match request.method() {
        Some("ping") => return own(mcp::result(&id, &json!({}))),
        Some("initialize") => {
            let text = "this session is initialized already";
            return own(mcp::error(Some(&id), code::INVALID_REQUEST, text));
        }
        Some("logging/setLevel") => {
            // Each instance that this session gets later has to be told.
            entry.session.set_log_level(&request);
            if !entry.session.is_open() {
                return own(mcp::result(&id, &json!({})));
            }
        }
        Some("resources/subscribe" | "resources/unsubscribe") => {
            // So has each instance that it gets later.
            gateway.calls.note_subscription(&entry.session, &request);
        }
        _ => {}
    }
    match gateway.calls.remembered(&entry.session, &request) {
        Ok(Some(list)) => return own(list),
        Ok(None) => {}
        Err(error) => return relay::json(failed(gateway, &id, &error).bytes().clone()),
    }
    let under_way = entry.begin(&id);
    let sent = tokio::select! {
        sent = gateway.calls.send(&entry.session, &request) => sent,
        () = under_way.cancelled() => return own(cancelled(&id)),
    };
    match sent {
        Ok(Answer::Reply(reply)) => {
            gateway.metrics.count(Outcome::Relayed);
            relay::reply(reply, entry, &id, events).await
        }
        Ok(Answer::Remembered(list)) => own(list),
        Ok(Answer::ConsentNeeded(_)) if request.method() == Some("logging/setLevel") => {
            own(mcp::result(&id, &json!({})))
        }
        Ok(Answer::ConsentNeeded(needed)) => {
            gateway.metrics.count(Outcome::Consent);
            if let Some(refusal) = step_up::refusal(gateway, client, entry, &request, &needed) {
                return refuse(refusal);
            }
            consent::ask(gateway, under_way, request, needed, events)
        }
        Err(error) => relay::json(failed(gateway, &id, &error).bytes().clone()),
    }
}

fn no_session() -> Refusal {
    let text = "there is no session: begin one with initialize and send its Mcp-Session-Id";
    Refusal::new(StatusCode::BAD_REQUEST, code::INVALID_REQUEST, text)
}

fn gone() -> Refusal {
    let text = "this session has ended: begin another one with initialize";
    Refusal::new(StatusCode::NOT_FOUND, code::INVALID_REQUEST, text)
}
