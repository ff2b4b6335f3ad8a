//! One JSON-RPC message and where its parts stand.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A JSON-RPC 2.0 message: its bytes, and the spans of the envelope's fields in them.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    bytes: Bytes,
    kind: Kind,
    method: Option<String>,
    id: Option<Range<usize>>,
    params: Option<Range<usize>>,
    outcome: Option<Range<usize>>,
}

/// What sort of message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Has a method and an id.
    Request,
    /// Has a method and no id.
    Notification,
    /// Answers a request with a result.
    Result,
    /// Answers a request with an error.
    Error,
}

/// Why some bytes are not a message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("the message is not valid JSON")]
    Json(#[source] serde_json::Error),
    #[error("the message is a JSON-RPC batch, which this server does not take: send one message at a time")]
    Batch,
    #[error("the message is not a JSON-RPC 2.0 request, notification or response: {0}")]
    Shape(&'static str),
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Option<Cow<'a, str>>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "or_null")]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "or_null")]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

/// Reads a field that is there as it stands, where serde would take a null for an absent one.
fn or_null<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow, rename = "progressToken")]
    progress_token: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Progress<'a> {
    #[serde(borrow, rename = "progressToken")]
    progress_token: Option<&'a RawValue>,
}

impl Message {
    /// Reads the envelope; parameters, results and errors stay unread.
    pub(crate) fn parse(bytes: Bytes) -> Result<Self, Malformed> {
        let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
        if first == Some(&b'[') {
            return Err(Malformed::Batch);
        }
        let envelope: Envelope<'_> = serde_json::from_slice(&bytes).map_err(|e| match first {
            // An object whose envelope has the wrong types: valid JSON, but not JSON-RPC.
            Some(b'{') if e.is_data() => Malformed::Shape("a field of its envelope has the wrong type"),
            _ if e.is_data() => Malformed::Shape("it is not an object"),
            _ => Malformed::Json(e),
        })?;
        if envelope.jsonrpc.as_deref() != Some("2.0") {
            return Err(Malformed::Shape("\"jsonrpc\" is not \"2.0\""));
        }
        // JSON-RPC lets an error that answers nothing readable have a null id, and some connectors write each answer's
        // other half as null. MCP forbids null ids everywhere else.
        let is_null = |raw: &RawValue| raw.get() == "null";
        let answers = envelope.error.is_some();
        let id = envelope.id.filter(|id| !(answers && is_null(id)));
        let result = envelope.result.filter(|result| !(answers && is_null(result)));
        let has_id = id.is_some();
        if let Some(id) = id
            && !matches!(id.get().as_bytes().first(), Some(b'"' | b'-' | b'0'..=b'9'))
        {
            return Err(Malformed::Shape("\"id\" is neither a string nor a number"));
        }
        let kind = match (&envelope.method, result, envelope.error) {
            (Some(_), None, None) if has_id => Kind::Request,
            (Some(_), None, None) => Kind::Notification,
            (None, Some(_), None) if has_id => Kind::Result,
            // An error that answers nothing readable has no id; MCP lets it be left out.
            (None, None, Some(_)) => Kind::Error,
            _ => {
                return Err(Malformed::Shape(
                    "it needs a method, or an id with a result or an error",
                ));
            }
        };
        if let (Kind::Request | Kind::Notification, Some(params)) = (kind, envelope.params)
            && !params.get().starts_with('{')
        {
            return Err(Malformed::Shape("\"params\" is not an object"));
        }
        let span = |raw: &RawValue| span_in(&bytes, raw.get());
        let outcome = result.or(envelope.error).map(span);
        let (id, params) = (id.map(span), envelope.params.map(span));
        let method = envelope.method.map(Cow::into_owned);
        Ok(Self {
            kind,
            method,
            id,
            params,
            outcome,
            bytes,
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn is_response(&self) -> bool {
        matches!(self.kind, Kind::Result | Kind::Error)
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub(crate) fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// The id as JSON text, quotes included: `1` and `"1"` are different ids.
    pub(crate) fn id(&self) -> Option<&str> {
        self.text(self.id.as_ref())
    }

    /// The parameters as JSON text: an object.
    pub(crate) fn params(&self) -> Option<&str> {
        self.text(self.params.as_ref())
    }

    /// The result of a [`Kind::Result`], the error of a [`Kind::Error`], as JSON text.
    pub(crate) fn outcome(&self) -> Option<&str> {
        self.text(self.outcome.as_ref())
    }

    /// The parameters read as a `T`; an absent object reads as an empty one.
    pub(crate) fn params_as<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.params().unwrap_or("{}"))
    }

    /// The same message with another id (JSON text). A message without an id is returned as it is.
    pub(crate) fn with_id(&self, id: &str) -> Self {
        match &self.id {
            Some(span) => self.spliced(span.clone(), id),
            None => self.clone(),
        }
    }

    /// The same message with `with` in place of `part`, which is a slice of this one's [`Message::params`] or
    /// [`Message::outcome`]. All other bytes stay as they are.
    pub(crate) fn with_part(&self, part: &str, with: &str) -> Self {
        self.spliced(span_in(&self.bytes, part), with)
    }

    /// The same message with other parameters (JSON text of an object). A message without any is returned as it is.
    pub(crate) fn with_params(&self, params: &str) -> Self {
        match &self.params {
            Some(span) => self.spliced(span.clone(), params),
            None => self.clone(),
        }
    }

    /// The same response with another result or error (JSON text).
    pub(crate) fn with_outcome(&self, outcome: &str) -> Self {
        match &self.outcome {
            Some(span) => self.spliced(span.clone(), outcome),
            None => self.clone(),
        }
    }

    /// The progress token that a request asks with (`params._meta.progressToken`) or that a progress notification
    /// carries (`params.progressToken`), as JSON text.
    pub(crate) fn progress_token(&self) -> Option<&str> {
        self.text(self.progress_span().as_ref())
    }

    /// The same message with another progress token (JSON text), where it has one.
    pub(crate) fn with_progress_token(&self, token: &str) -> Self {
        match self.progress_span() {
            Some(span) => self.spliced(span, token),
            None => self.clone(),
        }
    }

    fn progress_span(&self) -> Option<Range<usize>> {
        let params = self.params()?;
        // The cheap look first: most messages have no token, and their parameters need no parsing at all.
        if !params.contains("\"progressToken\"") {
            return None;
        }
        let token = match self.kind {
            Kind::Request => {
                let meta = serde_json::from_str::<Params<'_>>(params).ok()?.meta?;
                serde_json::from_str::<Meta<'_>>(meta.get())
                    .ok()?
                    .progress_token?
            }
            Kind::Notification => {
                serde_json::from_str::<Progress<'_>>(params)
                    .ok()?
                    .progress_token?
            }
            Kind::Result | Kind::Error => return None,
        };
        Some(span_in(&self.bytes, token.get()))
    }

    fn text(&self, span: Option<&Range<usize>>) -> Option<&str> {
        // The spans are those of `&str`s that the parser handed out, so they are UTF-8 and in bounds.
        std::str::from_utf8(self.bytes.get(span?.clone())?).ok()
    }

    /// Replaces one span and moves those behind it.
    fn spliced(&self, span: Range<usize>, with: &str) -> Self {
        let mut bytes = Vec::with_capacity(self.bytes.len() + with.len());
        bytes.extend_from_slice(&self.bytes[..span.start]);
        bytes.extend_from_slice(with.as_bytes());
        bytes.extend_from_slice(&self.bytes[span.end..]);
        let moved = |other: &Option<Range<usize>>| {
            other.clone().map(|r| {
                if r == span {
                    return span.start..span.start + with.len();
                }
                let shift = |at: usize| {
                    if at >= span.end {
                        at - span.len() + with.len()
                    } else {
                        at
                    }
                };
                shift(r.start)..shift(r.end)
            })
        };
        Self {
            id: moved(&self.id),
            params: moved(&self.params),
            outcome: moved(&self.outcome),
            kind: self.kind,
            method: self.method.clone(),
            bytes: bytes.into(),
        }
    }
}

/// Where `part`, a slice of `whole`, stands in it.
fn span_in(whole: &[u8], part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Message, Malformed> {
        Message::parse(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn kinds_are_told_apart() {
        let check = |text: &str, kind: Kind| assert_eq!(parse(text).unwrap().kind(), kind, "{text}");
        check(r#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#, Kind::Request);
        check(
            r#"{"jsonrpc":"2.0","method":"x","params":{}}"#,
            Kind::Notification,
        );
        check(r#"{"jsonrpc":"2.0","id":"a","result":{}}"#, Kind::Result);
        check(
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#,
            Kind::Error,
        );
        check(
            r#"{"jsonrpc":"2.0","error":{"code":1,"message":""}}"#,
            Kind::Error,
        );
        let error =
            parse(r#"{"jsonrpc":"2.0","id":null,"result":null,"error":{"code":1,"message":""}}"#).unwrap();
        assert_eq!((error.kind(), error.id()), (Kind::Error, None));
        let result = parse(r#"{"jsonrpc":"2.0","id":1,"result":null,"error":null}"#).unwrap();
        assert_eq!((result.kind(), result.outcome()), (Kind::Result, Some("null")));
    }

    #[test]
    fn what_is_not_a_message_is_refused() {
        for text in ["", "x", "{", "{\"jsonrpc\":"] {
            assert!(matches!(parse(text), Err(Malformed::Json(_))), "{text}");
        }
        for text in [
            "1",
            "\"a\"",
            "null",
            "{}",
            r#"{"jsonrpc":"1.0","id":1,"method":"x"}"#,
            r#"{"jsonrpc":"2.0"}"#,
            r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":null,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#,
        ] {
            assert!(matches!(parse(text), Err(Malformed::Shape(_))), "{text}");
        }
        assert!(matches!(parse(" [{}]"), Err(Malformed::Batch)));
    }

    #[test]
    fn only_the_id_changes() {
        let text = r#"{ "params" : {"a":1.0000000000000000001}, "id" : "x" , "jsonrpc":"2.0","method":"tools/call" }"#;
        let changed = parse(text).unwrap().with_id("12345");
        let expected = text.replace("\"x\"", "12345");
        assert_eq!(changed.bytes(), expected.as_bytes());
        assert_eq!(changed.id(), Some("12345"));
        assert_eq!(changed.params(), Some(r#"{"a":1.0000000000000000001}"#));
        let before = parse(r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"k":2}}"#).unwrap();
        assert_eq!(before.with_id("1000000").params(), Some(r#"{"k":2}"#));
    }

    #[test]
    fn progress_tokens_are_found_where_they_belong() {
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"progressToken":9},"_meta":{"progressToken":"t"}}}"#;
        let call = parse(call).unwrap();
        assert_eq!(call.progress_token(), Some("\"t\""));
        let changed = call.with_progress_token("7");
        assert_eq!(changed.progress_token(), Some("7"));
        assert!(
            std::str::from_utf8(changed.bytes())
                .unwrap()
                .contains(r#"{"progressToken":9}"#)
        );
        assert_eq!(changed.id(), Some("1"));
        assert_eq!(changed.with_id("22").progress_token(), Some("7"));
        let note = r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}"#;
        assert_eq!(parse(note).unwrap().progress_token(), Some("7"));
    }
}
