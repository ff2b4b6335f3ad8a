//! `berth call`: one tool call without an MCP client.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `POST /connectors/{name}/call`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CallRequest {
    pub(crate) tool: String,
    /// A JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arguments: Option<Box<RawValue>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum CallAnswer {
    /// The tool's result, as the connector wrote it; `isError` in it tells a tool that failed.
    Result { result: Box<RawValue> },
    /// The connector answered with a JSON-RPC error.
    Error { error: Box<RawValue> },
    /// The caller has to authorize at `url` first, then call again.
    AuthorizationNeeded { url: String, provider_host: String },
}
