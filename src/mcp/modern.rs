//! Revision 2026-07-28: no handshake; each request says in its `_meta` what it speaks and what its client can do.

use std::{borrow::Cow, sync::Arc};

use base64::Engine as _;
use serde_json::{Value, json, value::RawValue};

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

/// The request without `dropped` members of its parameters.
pub(crate) fn without(request: &Message, dropped: &[&str]) -> Message {
    match request.params() {
        Some(params) if !dropped.is_empty() => {
            request.with_params(&edit::edited_with(params, &[], |key| dropped.contains(&key)))
        }
        _ => request.clone(),
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

/// A request of a client with a session, as this revision has it.
pub(crate) fn with_meta(request: &Message, client: &ClientSide, log_level: Option<&str>) -> Message {
    let params = request.params().unwrap_or("{}");
    let meta = edit::member(params, "_meta")
        .filter(|meta| meta.starts_with('{'))
        .unwrap_or("{}");
    let mut changes: Vec<edit::Change<'_>> = vec![
        (VERSION, Some(Cow::Owned(Value::from(MODERN).to_string()))),
        (CAPABILITIES, Some(client.capabilities.get().into())),
        (INFO, Some(client.info.get().into())),
    ];
    if let Some(level) = log_level {
        changes.push((LOG_LEVEL, Some(Value::from(level).to_string().into())));
    }
    let meta = edit::edited(meta, &changes);
    let params = edit::edited(params, &[("_meta", Some(meta.into()))]);
    match request.params() {
        Some(_) => request.with_params(&params),
        None => {
            let params = RawValue::from_string(params).unwrap_or_default();
            super::request(
                request.id().unwrap_or("null"),
                request.method().unwrap_or_default(),
                &params,
            )
        }
    }
}

/// What `server/discover` found, as an `initialize` result; `None` for what is no such answer, or of no version that
/// berth speaks.
pub(crate) fn initialize_result(discovered: &str) -> Option<String> {
    let found: Value = serde_json::from_str(discovered).ok()?;
    if !found["supportedVersions"]
        .as_array()?
        .iter()
        .any(|version| version == MODERN)
    {
        return None;
    }
    let nobody = || json!({ "name": "an MCP server", "version": "0" });
    let server = Some(&found["_meta"][SERVER_INFO]).filter(|server| server.is_object());
    let mut result = json!({
        "protocolVersion": LATEST.as_str(),
        "capabilities": found["capabilities"],
        "serverInfo": server.cloned().unwrap_or_else(nobody),
    });
    if found["instructions"].is_string() {
        result["instructions"] = found["instructions"].clone();
    }
    Some(result.to_string())
}

/// The parameter of a method that stands in a header too.
pub(crate) fn named_by(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        _ => None,
    }
}

/// What a request's header of its name has to say; `None` where the request has no such parameter.
pub(crate) fn named(request: &Message, key: &str) -> Option<String> {
    serde_json::from_str(edit::member(request.params()?, key)?).ok()
}

/// The headers that repeat what a request says: its method, and its name where it has one.
pub(crate) fn headers(request: &Message) -> Vec<(&'static str, String)> {
    let method = request.method().unwrap_or_default();
    let name = named_by(method).and_then(|key| named(request, key));
    let name = name.map(|name| ("mcp-name", encoded(&name)));
    std::iter::once(("mcp-method", method.to_owned()))
        .chain(name)
        .collect()
}

/// A text as a header has it: as it is, or where that can't be, `=?base64?…?=`.
pub(crate) fn encoded(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim() == text;
    if is_plain && !text.starts_with("=?base64?") {
        return text.to_owned();
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    format!("=?base64?{encoded}?=")
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
    // What is not complete has nothing to keep.
    let is_complete = find("resultType").is_none_or(|kind| kind == "\"complete\"");
    for (key, value) in lacking.iter().chain(more.iter().filter(|_| is_complete)) {
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
                r#"{ "name":"x","arguments":{"b":1e400,"a":1},"_meta":{"progressToken":"p","traceparent":"t"}}"#
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
            completed(done, server, &[("ttlMs", "5"), ("cacheScope", "1")]),
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
