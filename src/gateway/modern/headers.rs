//! Headers repeat what the body says, so that what stands between may route by them; here both are held against each
//! other (2026-07-28, Streamable HTTP, server validation).

use std::{collections::HashMap, sync::Arc};

use base64::Engine as _;
use http::{HeaderMap, HeaderName};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{bad, own};
use crate::{
    gateway::door::{REVISION, Refusal},
    mcp::{Message, code, edit},
    model::ReleaseId,
};

const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";
const PARAMETER: &str = "mcp-param-";

/// How many releases' tools are kept.
const KEPT: usize = 256;
/// How deep a schema is looked into.
const DEPTH: usize = 32;

/// Which arguments of tools stand in headers too, by release; cheap to clone.
#[derive(Clone, Default)]
pub(in crate::gateway) struct Mirrored(Arc<Mutex<HashMap<ReleaseId, Arc<Tools>>>>);

/// By the tool's name.
pub(super) type Tools = HashMap<String, Vec<Parameter>>;

/// An argument that stands in a header too.
#[derive(Debug, PartialEq)]
pub(super) struct Parameter {
    header: HeaderName,
    /// The keys that lead to it.
    path: Vec<String>,
}

/// Version, method and name.
pub(super) fn check(headers: &HeaderMap, request: &Message, version: &str) -> Result<(), Refusal> {
    same(headers, REVISION, version)?;
    let method = request.method().unwrap_or_default();
    same(headers, METHOD, method)?;
    let key = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        _ => return Ok(()),
    };
    let named = request.params().and_then(|params| edit::member(params, key));
    let Some(named) = named.and_then(|named| serde_json::from_str::<String>(named).ok()) else {
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
    mirrored: &Tools,
) -> Result<(), Refusal> {
    if mirrored.is_empty() {
        return Ok(());
    }
    let params: Value = request.params_as().unwrap_or_default();
    let name = params["name"].as_str().unwrap_or_default();
    for parameter in mirrored.get(name).into_iter().flatten() {
        let name = parameter.header.as_str();
        let path = parameter.path.iter();
        let value = path.fold(params.get("arguments"), |value, key| value?.get(key));
        let header = decoded(headers, name)?;
        match (value, header) {
            (None | Some(Value::Null), None) => {}
            (None | Some(Value::Null), Some(header)) => return Err(mismatch(name, &header, "nothing")),
            (Some(_), None) => return Err(missing(name)),
            (Some(value), Some(header)) if is_same(value, &header) => {}
            (Some(value), Some(header)) => return Err(mismatch(name, &header, &value.to_string())),
        }
    }
    Ok(())
}

impl Mirrored {
    /// Those of a release's tools that have any.
    pub(super) fn of(&self, release: &ReleaseId, tools: &[Box<RawValue>]) -> Arc<Tools> {
        let mut kept = self.0.lock();
        if let Some(tools) = kept.get(release) {
            return Arc::clone(tools);
        }
        let found = Arc::new(tools.iter().filter_map(|tool| parameters(tool.get())).collect());
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(release.clone(), Arc::clone(&found));
        found
    }
}

fn parameters(tool: &str) -> Option<(String, Vec<Parameter>)> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Tool {
        name: String,
        input_schema: Value,
    }
    if !tool.contains("x-mcp-header") {
        return None;
    }
    let tool: Tool = serde_json::from_str(tool).ok()?;
    let mut found = Vec::new();
    collect(&tool.input_schema, &mut Vec::new(), &mut found);
    Some((tool.name, found))
}

/// Only what is reached through `properties` alone counts. What is against the rules is left out: clients drop the tool.
fn collect(schema: &Value, path: &mut Vec<String>, found: &mut Vec<Parameter>) {
    let Some(properties) = schema["properties"].as_object().filter(|_| path.len() < DEPTH) else {
        return;
    };
    for (key, property) in properties {
        path.push(key.clone());
        let header = property["x-mcp-header"]
            .as_str()
            .filter(|header| !header.is_empty())
            .and_then(|header| format!("{PARAMETER}{}", header.to_ascii_lowercase()).parse().ok());
        if let Some(header) = header {
            found.push(Parameter {
                header,
                path: path.clone(),
            });
        }
        collect(property, path, found);
        path.pop();
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

    #[test]
    fn parameters_are_found_through_properties_alone() {
        let tool = r#"{"name":"t","inputSchema":{"properties":{
            "region":{"type":"string","x-mcp-header":"Region"},
            "deep":{"properties":{"count":{"type":"integer","x-mcp-header":"Count"}}},
            "list":{"items":{"properties":{"no":{"x-mcp-header":"No"}}}},
            "odd":{"x-mcp-header":"a b"},"empty":{"x-mcp-header":""}}}}"#;
        let (name, mut found) = parameters(tool).unwrap();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let found: Vec<_> = found
            .iter()
            .map(|found| (found.header.as_str(), found.path.join(".")))
            .collect();
        assert_eq!(name, "t");
        assert_eq!(
            found,
            [
                ("mcp-param-count", "deep.count".to_owned()),
                ("mcp-param-region", "region".to_owned())
            ]
        );
        assert_eq!(parameters(r#"{"name":"t","inputSchema":{}}"#), None);
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        let same = |value: &str, header: &str| is_same(&serde_json::from_str(value).unwrap(), header);
        assert!(same("42", "42") && same("42", "42.0") && same("true", "true") && same("\"a\"", "a"));
        assert!(!same("42", "43") && !same("true", "True") && !same("\"a\"", "\"a\"") && !same("[1]", "[1]"));
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
