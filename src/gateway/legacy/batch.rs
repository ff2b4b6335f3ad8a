//! Several messages at once: MCP 2025-03-26 wants them taken, and no revision after it has them.

use std::sync::Arc;

use axum::{body::Bytes, response::Response};
use futures_util::future::join_all;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::value::RawValue;

use super::{SESSION, answer, gone, no_session, take};
use crate::{
    gateway::{
        Gateway,
        door::{Refusal, accepted, malformed, text},
        relay,
        sessions::Entry,
    },
    mcp::{Kind, Malformed, Message, Revision, code},
    model::{Caller, ConnectorName},
};

/// How many messages one batch may have.
const MOST: usize = 64;

/// Takes a batch, and answers its requests together.
pub(in crate::gateway) async fn receive(
    gateway: &Gateway,
    caller: &Caller,
    name: &ConnectorName,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let parts = parts(&body)?;
    let id = text(headers, SESSION).ok_or_else(no_session)?;
    let entry = gateway.sessions.get(id, &caller.user, name).ok_or_else(gone)?;
    if !gateway.calls.serves(&entry.session) {
        return Err(gone());
    }
    // A server may answer in the revision that it agreed on alone.
    if entry.session.client.revision != Revision::V2025_03_26 {
        return Err(malformed(Malformed::Batch));
    }
    let messages = parts
        .into_iter()
        .map(|part| Message::parse(part).map_err(malformed))
        .collect::<Result<Vec<_>, _>>()?;
    // What has no answer comes first: it may be what the others wait for.
    let (requests, others): (Vec<_>, Vec<_>) = messages
        .into_iter()
        .partition(|message| message.kind() == Kind::Request);
    for message in others {
        take(gateway, &entry, message).await;
    }
    if requests.is_empty() {
        return Ok(accepted());
    }
    let answers = join_all(requests.into_iter().map(|request| one(gateway, &entry, request))).await;
    let mut whole = b"[".to_vec();
    for (number, answer) in answers.iter().enumerate() {
        if number > 0 {
            whole.push(b',');
        }
        whole.extend_from_slice(answer);
    }
    whole.push(b']');
    Ok(relay::json(whole.into()))
}

/// Cuts a batch into its messages.
fn parts(body: &Bytes) -> Result<Vec<Bytes>, Refusal> {
    let parts: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|error| malformed(Malformed::Json(error)))?;
    let wrong = |text: &str| Err(Refusal::new(StatusCode::BAD_REQUEST, code::INVALID_REQUEST, text));
    if parts.is_empty() {
        return wrong("the batch is empty");
    }
    if parts.len() > MOST {
        return wrong(&format!(
            "the batch has more than {MOST} messages, the most that is taken"
        ));
    }
    Ok(parts
        .into_iter()
        .map(|part| body.slice_ref(part.get().as_bytes()))
        .collect())
}

async fn one(gateway: &Gateway, entry: &Arc<Entry>, request: Message) -> Bytes {
    let id = request.id().unwrap_or("0").to_owned();
    let response = answer(gateway, (entry, None), request, false).await;
    match response.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let text = format!("the connector's answer broke off: {error}");
            let error = crate::mcp::error(Some(&id), code::CONNECTOR_UNAVAILABLE, &text);
            error.bytes().clone()
        }
    }
}
