//! MCP messages as berth sees them: a JSON-RPC envelope around payloads that it does not touch.
//!
//! A [`Message`] keeps the bytes as they came and remembers where the few fields that berth routes by stand in
//! them. What berth has to change (an id, a progress token) is cut out and replaced in place, so every other byte
//! reaches the other side as it was sent.

mod build;
pub(crate) mod edit;
mod message;
pub(crate) mod mirrored;
pub(crate) mod modern;
mod revision;

pub(crate) use build::{error, error_with_data, notification, request, result, tool_error};
pub(crate) use message::{Kind, Malformed, Message};
pub(crate) use modern::{MODERN, Meta};
pub(crate) use revision::{ClientSide, LATEST, Revision};

/// Whether a notification of a server is about the whole session, and no part of an answer.
pub(crate) fn is_of_session(method: &str) -> bool {
    method.ends_with("/list_changed")
        || matches!(
            method,
            "notifications/resources/updated" | "notifications/elicitation/complete"
        )
}

/// The resource that a `notifications/resources/updated` is about.
pub(crate) fn updated(note: &Message) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Updated {
        uri: String,
    }
    Some(note.params_as::<Updated>().ok()?.uri)
}

/// JSON-RPC and MCP error codes that berth itself answers with.
pub(crate) mod code {
    pub(crate) const PARSE: i64 = -32700;
    pub(crate) const INVALID_REQUEST: i64 = -32600;
    pub(crate) const METHOD_NOT_FOUND: i64 = -32601;
    pub(crate) const INVALID_PARAMS: i64 = -32602;
    pub(crate) const INTERNAL: i64 = -32603;
    /// `URLElicitationRequiredError` of MCP 2025-11-25.
    pub(crate) const URL_ELICITATION_REQUIRED: i64 = -32042;
    /// berth's own, outside the reserved range: the connector could not be reached, started or understood.
    pub(crate) const CONNECTOR_UNAVAILABLE: i64 = 1001;
    /// berth's own: the person has to authorize first, and the client declared no way to be sent there.
    pub(crate) const AUTHORIZATION_NEEDED: i64 = 1002;
}
