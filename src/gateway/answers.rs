//! What berth itself says to a client, in a session or without one.

use std::error::Error;

use http::StatusCode;

use super::{Gateway, door::Refusal, metrics::Outcome};
use crate::{
    calls::{Audience, CallError},
    mcp::{self, ClientSide, Message, code},
    model::with_causes,
};

/// What is kept of a client, in bytes at most.
const LARGEST_INTRODUCTION: usize = 64 << 10;

/// Whether what a client says of itself is small enough to be kept.
pub(super) fn check_size(client: &ClientSide) -> Result<(), Refusal> {
    if client.size() <= LARGEST_INTRODUCTION {
        return Ok(());
    }
    let text = format!("capabilities and clientInfo are larger than {LARGEST_INTRODUCTION} bytes together");
    Err(Refusal::new(StatusCode::BAD_REQUEST, code::INVALID_PARAMS, &text))
}

/// The answer to a client that wants to listen to a connector that can't be asked.
pub(super) fn unheard(error: &CallError) -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        code::CONNECTOR_UNAVAILABLE,
        &format!("the connector can't be listened to: {error}"),
    )
}

/// The answer to a request that its client took back before it got to the connector.
pub(super) fn cancelled(id: &str) -> Message {
    mcp::error(Some(id), code::INTERNAL, "the request was cancelled")
}

/// The answer to a request that did not get to the connector or did not come back from it.
pub(super) fn failed(gateway: &Gateway, id: &str, error: &CallError) -> Message {
    gateway.metrics.count(Outcome::Failed);
    tracing::warn!(error = error as &dyn Error, "a call failed");
    let mut text = with_causes(error);
    // Nobody here shows that they may read a log.
    if let Some((said, Audience::Caller)) = error.last_words() {
        text.push_str("; its last words:\n");
        text.push_str(&said);
    }
    let code = match error {
        CallError::NoConnector(_) => code::INVALID_REQUEST,
        CallError::NotOffered(_) => code::INVALID_PARAMS,
        fault if fault.is_fault() => code::INTERNAL,
        _ => code::CONNECTOR_UNAVAILABLE,
    };
    mcp::error(Some(id), code, &text)
}
