//! Messages that berth writes itself.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use super::Message;

/// A request; `id` is JSON text, `params` anything that serialises to an object.
pub(crate) fn request(id: &str, method: &str, params: &impl Serialize) -> Message {
    let params = to_json(params);
    of(format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":{},"params":{params}}}"#,
        to_json(&method)
    ))
}

pub(crate) fn notification(method: &str, params: &impl Serialize) -> Message {
    let params = to_json(params);
    of(format!(
        r#"{{"jsonrpc":"2.0","method":{},"params":{params}}}"#,
        to_json(&method)
    ))
}

/// The answer to the request with `id` (JSON text).
pub(crate) fn result(id: &str, result: &impl Serialize) -> Message {
    of(format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{}}}"#,
        to_json(result)
    ))
}

/// An error; `id` is JSON text, absent where the request could not be read.
pub(crate) fn error(id: Option<&str>, code: i64, message: &str) -> Message {
    error_with_data(id, code, message, None)
}

pub(crate) fn error_with_data(id: Option<&str>, code: i64, message: &str, data: Option<Value>) -> Message {
    let mut error = json!({ "code": code, "message": message });
    if let Some(data) = data {
        error["data"] = data;
    }
    let id = id.map(|id| format!(r#""id":{id},"#)).unwrap_or_default();
    of(format!(r#"{{"jsonrpc":"2.0",{id}"error":{error}}}"#))
}

/// The result of a `tools/call` that failed: every revision has it, and it reaches the model.
pub(crate) fn tool_error(id: &str, text: &str, meta: Option<Value>) -> Message {
    let mut body = json!({ "content": [{ "type": "text", "text": text }], "isError": true });
    if let Some(meta) = meta {
        body["_meta"] = meta;
    }
    result(id, &body)
}

fn to_json(value: &impl Serialize) -> String {
    #[allow(
        clippy::expect_used,
        reason = "strings, JSON values and plain structs always serialise"
    )]
    serde_json::to_string(value).expect("plain data serialises")
}

fn of(text: String) -> Message {
    #[allow(clippy::expect_used, reason = "written just above, from parts that are JSON")]
    Message::parse(Bytes::from(text)).expect("berth writes valid messages")
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn what_is_built_is_what_was_meant() {
        let built = request("7", "tools/list", &json!({"cursor": "a"}));
        assert_eq!(
            (built.kind(), built.id(), built.method()),
            (Kind::Request, Some("7"), Some("tools/list"))
        );
        assert_eq!(
            notification("notifications/initialized", &json!({})).kind(),
            Kind::Notification
        );
        assert_eq!(error(None, -32700, "no \"json\"").kind(), Kind::Error);
        let failed = tool_error("\"a\"", "text", None);
        assert_eq!(
            failed.outcome(),
            Some(r#"{"content":[{"text":"text","type":"text"}],"isError":true}"#)
        );
    }
}
