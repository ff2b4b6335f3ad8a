//! Answers from what the deploy probe saw, so that listing needs neither a credential nor a process.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;
use serde_json::{json, value::RawValue};

use crate::{
    mcp::{self, Message, Revision, code},
    model::Probe,
};

#[derive(Default, Deserialize)]
struct Page<'a> {
    #[serde(borrow, default)]
    cursor: Option<Cow<'a, str>>,
}

/// Whether the request asks for one of the lists that the probe reads.
pub(super) fn is_list(request: &Message) -> bool {
    matches!(
        request.method(),
        Some("tools/list" | "prompts/list" | "resources/list" | "resources/templates/list")
    )
}

/// The answer to a list request. Lists are whole, so there is no next page to ask for.
pub(super) fn list(probe: &Probe, request: &Message) -> Option<Message> {
    let id = request.id()?;
    let method = request.method()?;
    let (key, items) = match method {
        "tools/list" => ("tools", &probe.tools),
        "prompts/list" => ("prompts", &probe.prompts),
        "resources/list" => ("resources", &probe.resources),
        "resources/templates/list" => ("resourceTemplates", &probe.resource_templates),
        _ => return None,
    };
    let page: Page<'_> = request.params_as().unwrap_or_default();
    if page.cursor.is_some() {
        return Some(mcp::error(
            Some(id),
            code::INVALID_PARAMS,
            "there is no page at this cursor",
        ));
    }
    Some(match items {
        Some(items) => mcp::result(id, &BTreeMap::from([(key, items)])),
        None => {
            let message = format!("this connector does not have {method}");
            mcp::error(Some(id), code::METHOD_NOT_FOUND, &message)
        }
    })
}

/// The `initialize` result that a client gets: what the connector said of itself, with the revision that berth and
/// the client speak.
pub(crate) fn initialize_result(probe: &Probe, revision: Revision) -> BTreeMap<String, Box<RawValue>> {
    let mut result: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(probe.initialize.get()).unwrap_or_default();
    let raw = |value: serde_json::Value| RawValue::from_string(value.to_string()).unwrap_or_default();
    result.insert("protocolVersion".into(), raw(json!(revision.as_str())));
    result
        .entry("capabilities".into())
        .or_insert_with(|| raw(json!({})));
    result
        .entry("serverInfo".into())
        .or_insert_with(|| raw(json!({ "name": "berth", "version": env!("CARGO_PKG_VERSION") })));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe() -> Probe {
        let raw = |text: &str| RawValue::from_string(text.into()).unwrap();
        Probe {
            initialize: raw(
                r#"{"protocolVersion":"2024-11-05","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}}"#,
            ),
            tools: Some(vec![raw(r#"{"name":"b", "inputSchema":{"z":1,"a":2}}"#)]),
            prompts: None,
            resources: None,
            placeholders: Vec::new(),
            modern: false,
            resource_templates: None,
        }
    }

    fn ask(method: &str, params: serde_json::Value) -> String {
        let answer = list(&probe(), &mcp::request("7", method, &params)).unwrap();
        String::from_utf8(answer.bytes().to_vec()).unwrap()
    }

    #[test]
    fn items_are_given_as_the_connector_wrote_them() {
        assert_eq!(
            ask("tools/list", json!({})),
            r#"{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"b", "inputSchema":{"z":1,"a":2}}]}}"#
        );
        assert!(ask("prompts/list", json!({})).contains("-32601"));
        assert!(ask("tools/list", json!({"cursor": "x"})).contains("-32602"));
        assert!(ask("tools/list", json!({"cursor": null, "_meta": {"cursor": 1}})).contains("\"result\""));
    }

    #[test]
    fn the_revision_is_the_clients() {
        let result = initialize_result(&probe(), Revision::V2025_11_25);
        assert_eq!(result["protocolVersion"].get(), "\"2025-11-25\"");
        assert_eq!(result["capabilities"].get(), r#"{"tools":{}}"#);
    }
}
