//! Revision 2026-07-28: no handshake; each request says in its `_meta` what it speaks and what its client can do.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Value, value::RawValue};

use super::{ClientSide, LATEST, Message, Revision, edit};

/// The revision without sessions that berth speaks.
pub(crate) const MODERN: &str = "2026-07-28";

/// What begins the keys that the protocol keeps for itself.
const RESERVED: &str = "io.modelcontextprotocol/";
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const INFO: &str = "io.modelcontextprotocol/clientInfo";
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
pub(crate) const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";
pub(crate) const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// Error codes of this revision.
pub(crate) mod code {
    /// Headers and body differ, or a header is missing.
    pub(crate) const HEADER_MISMATCH: i64 = -32020;
    pub(crate) const MISSING_CAPABILITY: i64 = -32021;
    pub(crate) const UNSUPPORTED_VERSION: i64 = -32022;
    /// What earlier revisions call a resource that is not there; no client of this one is told so.
    pub(crate) const OLD_RESOURCE_NOT_FOUND: i64 = -32002;
}

/// The levels of log messages, the least important first (RFC 5424).
const LEVELS: [&str; 8] = [
    "debug",
    "info",
    "notice",
    "warning",
    "error",
    "critical",
    "alert",
    "emergency",
];

/// What a request's `_meta` says.
#[derive(Debug)]
pub(crate) struct Meta {
    /// The protocol version, where it is a string.
    pub(crate) version: Option<String>,
    /// The client, where it says what it can do.
    pub(crate) client: Option<ClientSide>,
    /// From which of the levels on it wants log messages; `None` for none at all.
    pub(crate) log_level: Option<String>,
}

/// All versions that a client may speak, the newest first.
pub(crate) fn supported() -> Vec<&'static str> {
    let with_sessions = Revision::ALL.into_iter().rev().map(Revision::as_str);
    std::iter::once(MODERN)
        // Not over this transport.
        .chain(with_sessions.filter(|version| *version != Revision::V2024_11_05.as_str()))
        .collect()
}

/// Whether the request carries a protocol version of its own.
pub(crate) fn names_version(message: &Message) -> bool {
    // The cheap look first: no other request needs its parameters read.
    let names = |params: &str| params.contains("protocolVersion") && find(params, VERSION).is_some();
    message.params().is_some_and(names)
}

fn find<'a>(params: &'a str, key: &str) -> Option<&'a str> {
    edit::member(edit::member(params, "_meta")?, key)
}

impl Meta {
    pub(crate) fn of(message: &Message) -> Self {
        let meta = message.params().and_then(|params| edit::member(params, "_meta"));
        let members = meta.and_then(edit::members).unwrap_or_default();
        let find = |key| {
            members
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| *value)
        };
        let text = |key| find(key).and_then(|value| serde_json::from_str::<String>(value).ok());
        let object = |key| {
            let value = find(key).filter(|value| value.starts_with('{'))?;
            RawValue::from_string(value.to_owned()).ok().map(Arc::from)
        };
        Self {
            version: text(VERSION),
            client: object(CAPABILITIES).map(|capabilities| ClientSide {
                revision: LATEST,
                capabilities,
                info: object(INFO).unwrap_or_else(nobody),
            }),
            log_level: text(LOG_LEVEL).filter(|level| LEVELS.contains(&level.as_str())),
        }
    }

    /// Whether the client wants a log message of `level`.
    pub(crate) fn wants(&self, level: &str) -> bool {
        let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
        match (self.log_level.as_deref().and_then(rank), rank(level)) {
            (Some(least), Some(level)) => level >= least,
            _ => false,
        }
    }
}

/// The request as one with a session has it: without what the protocol keeps in `_meta`, and without `dropped` members.
pub(crate) fn to_legacy(request: &Message, dropped: &[&str]) -> Message {
    let Some(params) = request.params() else {
        return request.clone();
    };
    let meta = edit::member(params, "_meta").map(|meta| edit::edited_with(meta, &[], is_reserved));
    let is_empty = |meta: &String| edit::members(meta).is_some_and(|members| members.is_empty());
    let meta = meta.filter(|meta| !is_empty(meta)).map(Cow::Owned);
    let params = edit::edited_with(params, &[("_meta", meta)], |key| dropped.contains(&key));
    request.with_params(&params)
}

/// A client that does not say who it is; servers with sessions want to be told.
fn nobody() -> Arc<RawValue> {
    let text = r#"{"name":"an MCP client","version":"0"}"#;
    Arc::from(RawValue::from_string(text.into()).unwrap_or_default())
}

fn is_reserved(key: &str) -> bool {
    key.starts_with(RESERVED)
}

/// A result as this revision has it: with `resultType`, with who answered in `_meta`, and with `more` members that it
/// has not. `server` is JSON text.
pub(crate) fn completed(result: &str, server: Option<&str>, more: &[(&str, &str)]) -> String {
    let members = edit::members(result).unwrap_or_default();
    let find = |key: &str| {
        members
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| *value)
    };
    let mut changes: Vec<edit::Change<'_>> = Vec::new();
    let lacking = [("resultType", "\"complete\"")];
    for (key, value) in lacking.iter().chain(more) {
        if find(key).is_none() {
            changes.push((key, Some((*value).into())));
        }
    }
    if let Some(server) = server {
        let meta = find("_meta").filter(|meta| meta.starts_with('{')).unwrap_or("{}");
        if edit::member(meta, SERVER_INFO).is_none() {
            let meta = edit::edited(meta, &[(SERVER_INFO, Some(server.into()))]);
            changes.push(("_meta", Some(meta.into())));
        }
    }
    edit::edited(result, &changes)
}

/// The capabilities of a server that one with sessions declares, as far as this revision has them.
pub(crate) fn capabilities(declared: &Value) -> Value {
    let mut capabilities = declared.as_object().cloned().unwrap_or_default();
    // An extension since, with methods of its own.
    capabilities.remove("tasks");
    Value::Object(capabilities)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn parse(text: &str) -> Message {
        Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    #[test]
    fn what_is_reserved_is_taken_out_and_nothing_else() {
        let request = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{ "name":"x","arguments":{"b":1e400,"a":1},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":"p" ,"io.modelcontextprotocol/clientCapabilities":{},"traceparent":"t"},"requestState":"s"}}"#;
        let request = parse(request);
        assert!(names_version(&request));
        let legacy = to_legacy(&request, &["requestState"]);
        assert_eq!(
            legacy.params(),
            Some(
                r#"{ "name":"x","arguments":{"b":1e400,"a":1},"_meta":{"progressToken":"p" ,"traceparent":"t"}}"#
            )
        );
        assert!(!names_version(&legacy));
        assert_eq!(legacy.progress_token(), Some("\"p\""));
        let bare = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
        assert_eq!(to_legacy(&parse(bare), &[]).params(), Some("{}"));
    }

    #[test]
    fn results_are_completed() {
        let server = Some(r#"{"name":"s"}"#);
        assert_eq!(
            completed(r#"{"tools":[ ]}"#, server, &[("ttlMs", "5")]),
            r#"{"tools":[ ],"resultType":"complete","ttlMs":5,"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"}}}"#
        );
        let done = r#"{"resultType":"input_required","_meta":{"a":1},"ttlMs":0}"#;
        assert_eq!(
            completed(done, server, &[("ttlMs", "5")]),
            r#"{"resultType":"input_required","_meta":{"a":1,"io.modelcontextprotocol/serverInfo":{"name":"s"}},"ttlMs":0}"#
        );
    }

    #[test]
    fn log_messages_are_asked_for() {
        let meta = |level: &str| {
            Meta::of(&parse(&format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":{{"_meta":{{"io.modelcontextprotocol/logLevel":{level}}}}}}}"#
            )))
        };
        assert!(meta("\"warning\"").wants("error"));
        assert!(!meta("\"warning\"").wants("info"));
        assert!(!meta("\"loud\"").wants("emergency"));
        assert!(!meta("null").wants("error"));
    }
}
