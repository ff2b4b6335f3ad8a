//! Headers repeat what the body says, so that what stands between may route by them; here both are held against each
//! other (2026-07-28, Streamable HTTP, server validation).

use std::{collections::HashMap, sync::Arc};

use base64::Engine as _;
use http::HeaderMap;
use parking_lot::Mutex;
use serde_json::{Value, value::RawValue};

use super::{bad, own};
use crate::{
    gateway::door::{REVISION, Refusal},
    mcp::{Message, code, mirrored, modern},
    model::ReleaseId,
};

const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";

/// How many releases' tools are kept.
const KEPT: usize = 256;

/// Which arguments of tools stand in headers too, by release; cheap to clone.
#[derive(Clone, Default)]
pub(in crate::gateway) struct Mirrored(Arc<Mutex<HashMap<ReleaseId, Arc<mirrored::Mirrored>>>>);

/// Version, method and name.
pub(super) fn check(headers: &HeaderMap, request: &Message, version: &str) -> Result<(), Refusal> {
    same(headers, REVISION, version)?;
    let method = request.method().unwrap_or_default();
    same(headers, METHOD, method)?;
    let Some(key) = modern::named_by(method) else {
        return Ok(());
    };
    let Some(named) = modern::named(request, key) else {
        let text = format!("{method} needs {key:?}, a string");
        return Err(bad(code::INVALID_PARAMS, &text));
    };
    match decoded(headers, NAME)? {
        Some(value) if value == named => Ok(()),
        Some(value) => Err(mismatch(NAME, &value, &named)),
        None => Err(missing(NAME)),
    }
}

/// What of a tool's arguments its schema wants in headers.
pub(super) fn check_mirrored(
    headers: &HeaderMap,
    request: &Message,
    mirrored: &mirrored::Mirrored,
) -> Result<(), Refusal> {
    if mirrored.is_empty() {
        return Ok(());
    }
    let params = request.params().unwrap_or("{}");
    let Some(parameters) = modern::named(request, "name").and_then(|name| mirrored.get(&name)) else {
        return Ok(());
    };
    // JSON has numbers that can't be read; a call that has some is not to pass unchecked.
    let params: Value = serde_json::from_str(params).map_err(|error| {
        unlike(&format!(
            "the arguments can't be held against the headers: {error}"
        ))
    })?;
    for parameter in parameters {
        let name = parameter.header.as_str();
        let value = parameter.value(params.get("arguments"));
        let header = decoded(headers, name)?;
        match (value, header) {
            (None, None) => {}
            (None, Some(header)) => return Err(mismatch(name, &header, "nothing")),
            (Some(_), None) => return Err(missing(name)),
            (Some(value), Some(header)) if is_same(value, &header) => {}
            (Some(value), Some(header)) => return Err(mismatch(name, &header, &value.to_string())),
        }
    }
    Ok(())
}

impl Mirrored {
    /// Those of a release's tools that have any.
    pub(super) fn of(&self, release: &ReleaseId, tools: &[Box<RawValue>]) -> Arc<mirrored::Mirrored> {
        let mut kept = self.0.lock();
        if let Some(tools) = kept.get(release) {
            return Arc::clone(tools);
        }
        let found = Arc::new(mirrored::mirrored(tools.iter().map(|tool| tool.get())));
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(release.clone(), Arc::clone(&found));
        found
    }
}

fn is_same(value: &Value, header: &str) -> bool {
    match value {
        Value::String(text) => text == header,
        Value::Bool(flag) => header == if *flag { "true" } else { "false" },
        Value::Number(number) => {
            number.to_string() == header
                || header
                    .parse::<f64>()
                    .ok()
                    .is_some_and(|given| number.as_f64() == Some(given))
        }
        _ => false,
    }
}

fn same(headers: &HeaderMap, name: &str, expected: &str) -> Result<(), Refusal> {
    match plain(headers, name)? {
        Some(value) if value == expected => Ok(()),
        Some(value) => Err(mismatch(name, value, expected)),
        None => Err(missing(name)),
    }
}

/// The one value of a header.
fn plain<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    let Some(value) = first else {
        return Ok(None);
    };
    match (value.to_str(), second) {
        (Ok(value), None) => Ok(Some(value)),
        (_, Some(_)) => Err(unlike(&format!("the header {name} is there more than once"))),
        (Err(_), None) => Err(unlike(&format!(
            "the header {name} has characters that it may not have"
        ))),
    }
}

/// The same for a header whose value may be encoded: `=?base64?…?=`.
fn decoded(headers: &HeaderMap, name: &str) -> Result<Option<String>, Refusal> {
    let Some(value) = plain(headers, name)? else {
        return Ok(None);
    };
    let Some(encoded) = value
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="))
    else {
        return Ok(Some(value.to_owned()));
    };
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).ok();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => Ok(Some(text)),
        None => Err(unlike(&format!(
            "the header {name} has no base64 of UTF-8 in its =?base64?…?="
        ))),
    }
}

fn missing(name: &str) -> Refusal {
    unlike(&format!(
        "the header {name} is missing: it has to say what the body says"
    ))
}

fn mismatch(name: &str, header: &str, body: &str) -> Refusal {
    let short = |text: &str| text.chars().take(100).collect::<String>();
    unlike(&format!(
        "the header {name} says {:?} and the body says {:?}",
        short(header),
        short(body)
    ))
}

fn unlike(text: &str) -> Refusal {
    bad(own::HEADER_MISMATCH, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    #[test]
    fn values_are_compared_as_what_they_are() {
        let same = |value: &str, header: &str| is_same(&serde_json::from_str(value).unwrap(), header);
        assert!(same("42", "42") && same("42", "42.0") && same("true", "true") && same("\"a\"", "a"));
        assert!(!same("42", "43") && !same("true", "True") && !same("\"a\"", "\"a\"") && !same("[1]", "[1]"));
    }

    #[test]
    fn what_can_not_be_read_does_not_pass() {
        let tool = r#"{"name":"t","inputSchema":{"properties":{"a":{"x-mcp-header":"A"}}}}"#;
        let mirrored = mirrored::mirrored(std::iter::once(tool));
        let check = |arguments: &str| {
            let text = format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"t","arguments":{arguments}}}}}"#
            );
            let headers =
                HeaderMap::from_iter([(HeaderName::from_static("mcp-param-a"), "x".parse().unwrap())]);
            check_mirrored(&headers, &Message::parse(text.into()).unwrap(), &mirrored).is_ok()
        };
        assert!(check(r#"{"a":"x"}"#));
        assert!(!check(r#"{"a":"y"}"#));
        assert!(!check(r#"{"a":"y","b":1e400}"#));
    }

    #[test]
    fn encoded_values_are_read() {
        let read = |value: &str| {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(NAME), value.parse().unwrap())]);
            decoded(&headers, NAME).ok().flatten()
        };
        assert_eq!(
            read("=?base64?SGVsbG8sIOS4lueVjA==?=").as_deref(),
            Some("Hello, 世界")
        );
        assert_eq!(read("plain").as_deref(), Some("plain"));
        assert_eq!(read("=?base64?%%?="), None);
        assert_eq!(read("=?base64?/w==?="), None, "no UTF-8");
    }
}
