//! Clients of the revision without sessions (2026-07-28): each request stands for itself, and says in `_meta` and in
//! headers what it is. Connectors that know nothing of it are spoken to in their own way.

mod conversation;
mod discover;
mod headers;
mod listen;
mod parking;
mod respond;
mod state;

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{
    Gateway,
    answers::check_size,
    door::{REVISION, Refusal, accepted, text},
    metrics::Outcome,
    relay::accepts_events,
    sessions::{Entry, Likeness},
};
use crate::{
    calls::CallError,
    mcp::{
        Kind, MODERN, Message, Meta, code,
        modern::{self, code as own},
    },
    model::{Caller, ConnectorName},
};

pub(super) use headers::Mirrored;
pub(super) use parking::Parking;
pub(super) use state::States;

use conversation::Conversation;

/// What earlier revisions had and this one has not.
const REMOVED: [&str; 5] = [
    "initialize",
    "ping",
    "logging/setLevel",
    "resources/subscribe",
    "resources/unsubscribe",
];

/// A message of a client without a session.
pub(super) async fn receive(
    gateway: &Gateway,
    caller: Caller,
    name: &ConnectorName,
    headers: &HeaderMap,
    request: Message,
) -> Result<Response, Refusal> {
    match request.kind() {
        Kind::Request => {}
        // The revision has none that mean anything over HTTP.
        Kind::Notification => return Ok(accepted()),
        Kind::Result | Kind::Error => {
            let text = "clients of this revision send no responses: repeat the request with inputResponses";
            return Err(bad(code::INVALID_REQUEST, text));
        }
    }
    let answered = answer(gateway, caller, name, headers, &request).await;
    answered.map_err(|refusal| refusal.to(&request))
}

async fn answer(
    gateway: &Gateway,
    caller: Caller,
    name: &ConnectorName,
    headers: &HeaderMap,
    request: &Message,
) -> Result<Response, Refusal> {
    let mut meta = Meta::of(request);
    let Some(version) = meta.version.take() else {
        return Err(lacking("protocolVersion"));
    };
    headers::check(headers, request, &version)?;
    if version != MODERN {
        let text = format!("the protocol version {version:?} is not one that this server speaks in this way");
        let data = json!({ "supported": modern::supported(), "requested": version });
        return Err(bad(own::UNSUPPORTED_VERSION, &text).with(data));
    }
    let Some(client) = meta.client.clone() else {
        return Err(lacking("clientCapabilities"));
    };
    check_size(&client)?;
    let method = request.method().unwrap_or_default();
    if REMOVED.contains(&method) {
        let text = format!("{MODERN} has no method {method}");
        return Err(Refusal::new(StatusCode::NOT_FOUND, code::METHOD_NOT_FOUND, &text));
    }
    // The connector is told of the client once, and then it is asked for all requests that are alike.
    let said = (
        client.capabilities.get(),
        client.info.get(),
        meta.log_level.is_some(),
    );
    let likeness = Likeness::new(&caller.user, name, said);
    let consented = caller.client.clone();
    let begin = || {
        let (session, live) = gateway.calls.begin(caller, name, client)?;
        if meta.log_level.is_some() && discover::logs(&live.probe) {
            session.set_log_level(&discover::everything());
        }
        Ok(session)
    };
    let entry = gateway
        .sessions
        .shared(&likeness, |session| gateway.calls.serves(session), begin)
        .map_err(|error: CallError| not_there(&error))?
        .ok_or_else(too_many)?;
    let live = gateway
        .calls
        .live(&entry.session)
        .map_err(|error| not_there(&error))?;
    if method == "server/discover" {
        gateway.metrics.count(Outcome::Answered);
        return Ok(discover::answer(request, &live.probe));
    }
    if method == "tools/call" {
        let mirrored = gateway
            .requests
            .mirrored
            .of(&live.release, live.probe.tools.as_deref().unwrap_or_default());
        headers::check_mirrored(headers, request, &mirrored)?;
    }
    let server = discover::server(&live.probe);
    if method == "subscriptions/listen" {
        gateway.metrics.count(Outcome::Answered);
        return listen::open(gateway, &entry, request, &live.probe, server).await;
    }
    let conversation = Conversation::new(gateway, &entry, request, meta, (server, live.probe.modern));
    let conversation = conversation.through(consented);
    Ok(respond::respond(gateway, accepts_events(headers), |out| conversation.run(out)).await)
}

/// The shape of what a request has to carry.
fn lacking(key: &str) -> Refusal {
    let text = format!(
        "_meta needs io.modelcontextprotocol/{key}: every request of {MODERN} carries protocolVersion and clientCapabilities"
    );
    bad(code::INVALID_PARAMS, &text)
}

fn bad(code: i64, text: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, code, text)
}

fn not_there(error: &CallError) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, code::INVALID_REQUEST, &error.to_string())
}

fn too_many() -> Refusal {
    let text = "there are too many sessions: try again later";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code::INTERNAL, text)
}

/// Whether the header names the revision without sessions: it has neither streams to GET nor sessions to end.
pub(super) fn is_meant(headers: &HeaderMap) -> bool {
    text(headers, REVISION) == Some(MODERN)
}

/// Whether the method's result may ask for more (2026-07-28, multi round-trip requests).
fn may_ask(method: &str) -> bool {
    matches!(method, "tools/call" | "prompts/get" | "resources/read")
}

/// A conversation's session.
type Shared = Arc<Entry>;
