//! What a client learns of a connector before it asks anything of it: what the deploy probe saw.

use axum::response::Response;
use serde_json::{Value, json, value::RawValue};

use crate::{
    gateway::relay,
    mcp::{
        self, Message,
        modern::{self, completed},
    },
    model::Probe,
};

/// For how long a client may keep what it was told, in milliseconds: a deploy changes it.
pub(super) const KEEP_LISTS: &str = "60000";
/// What is read may be another one a moment later.
pub(super) const KEEP_CONTENTS: &str = "0";
/// Whom a kept answer serves. What a connector answers may differ from user to user.
pub(super) const SCOPE: &str = "\"private\"";

/// The answer to `server/discover`.
pub(super) fn answer(request: &Message, probe: &Probe) -> Response {
    let said: Value = serde_json::from_str(probe.initialize.get()).unwrap_or_default();
    let mut result = json!({
        "supportedVersions": modern::supported(),
        "capabilities": modern::capabilities(&said["capabilities"]),
    });
    if let Some(instructions) = said["instructions"].as_str() {
        result["instructions"] = json!(instructions);
    }
    let server = server(probe);
    let more = [("ttlMs", KEEP_LISTS), ("cacheScope", SCOPE)];
    let result = completed(&result.to_string(), Some(&server), &more);
    let id = request.id().unwrap_or("0");
    let result = RawValue::from_string(result).unwrap_or_default();
    relay::json(mcp::result(id, &result).bytes().clone())
}

/// Who answers, as the connector says of itself; JSON text.
pub(super) fn server(probe: &Probe) -> String {
    let said = mcp::edit::member(probe.initialize.get(), "serverInfo").filter(|info| info.starts_with('{'));
    said.map_or_else(
        || json!({ "name": "berth", "version": env!("CARGO_PKG_VERSION") }).to_string(),
        str::to_owned,
    )
}

/// Whether the connector takes a log level.
pub(super) fn logs(probe: &Probe) -> bool {
    let capabilities = mcp::edit::member(probe.initialize.get(), "capabilities");
    capabilities.is_some_and(|capabilities| mcp::edit::member(capabilities, "logging").is_some())
}

/// Asks a connector for every log message: several requests with levels of their own come to it in one session, and
/// each is given what it wants.
pub(super) fn everything() -> Message {
    mcp::request("0", "logging/setLevel", &json!({ "level": "debug" }))
}
