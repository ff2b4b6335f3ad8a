//! Arguments of tools that stand in headers too, as their schemas say: `x-mcp-header` (2026-07-28, Streamable HTTP,
//! custom headers from tool parameters).

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

const PREFIX: &str = "mcp-param-";
/// How deep a schema is looked into.
const DEPTH: usize = 32;

/// An argument that stands in a header too.
#[derive(Debug, PartialEq)]
pub(crate) struct Parameter {
    /// The header's name in lower case.
    pub(crate) header: String,
    /// The keys that lead to it.
    path: Vec<String>,
}

/// By the tool's name, those of the tools that have any.
pub(crate) type Mirrored = HashMap<String, Vec<Parameter>>;

/// Looks through tools, each as JSON text.
pub(crate) fn mirrored<'a>(tools: impl Iterator<Item = &'a str>) -> Mirrored {
    tools.filter_map(parameters).collect()
}

impl Parameter {
    /// Its value in a call's arguments; absent where it is null.
    pub(crate) fn value<'a>(&self, arguments: Option<&'a Value>) -> Option<&'a Value> {
        let path = self.path.iter();
        let value = path.fold(arguments, |value, key| value?.get(key));
        value.filter(|value| !value.is_null())
    }
}

/// A value as text, as far as it may stand in a header.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn parameters(tool: &str) -> Option<(String, Vec<Parameter>)> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Tool {
        name: String,
        input_schema: Value,
    }
    // The cheap look first: hardly any tool has them.
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
        let header = property["x-mcp-header"].as_str().filter(|name| is_token(name));
        if let Some(header) = header {
            found.push(Parameter {
                header: format!("{PREFIX}{}", header.to_ascii_lowercase()),
                path: path.clone(),
            });
        }
        collect(property, path, found);
        path.pop();
    }
}

/// RFC 9110 §5.6.2.
fn is_token(name: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.len() <= 128 && name.bytes().all(is_tchar)
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
        let mut found = mirrored([tool, r#"{"name":"u","inputSchema":{}}"#].into_iter());
        assert_eq!(found.len(), 1);
        let mut found = found.remove("t").unwrap();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let names: Vec<_> = found
            .iter()
            .map(|found| (found.header.as_str(), found.path.join(".")))
            .collect();
        assert_eq!(
            names,
            [
                ("mcp-param-count", "deep.count".to_owned()),
                ("mcp-param-region", "region".to_owned())
            ]
        );
        let arguments = serde_json::json!({ "deep": { "count": 7 }, "region": null });
        assert_eq!(
            found[0].value(Some(&arguments)).and_then(text).as_deref(),
            Some("7")
        );
        assert_eq!(found[1].value(Some(&arguments)), None);
    }
}
