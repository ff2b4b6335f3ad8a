//! `berth call`: one tool call without an MCP client.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::EnvName;

/// `POST /connectors/{name}/call`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CallRequest {
    pub(crate) tool: String,
    /// A JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arguments: Option<Box<RawValue>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
// Named from outside, not by a tag within: serde can't read raw JSON out of an internally tagged enum.
#[serde(rename_all = "snake_case")]
pub(crate) enum CallAnswer {
    /// The tool's result, as the connector wrote it; `isError` in it tells a tool that failed.
    Result { result: Box<RawValue> },
    /// The connector answered with a JSON-RPC error.
    Error { error: Box<RawValue> },
    /// The caller has to authorize at `url` first, or to give what is asked for there, then call again.
    AuthorizationNeeded {
        url: String,
        /// Empty when only values are missing.
        provider_host: String,
        /// Values that the connector asks each user for, and the caller has not given.
        #[serde(default)]
        values: Vec<EnvName>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_crosses_as_the_connector_wrote_it() {
        let text = r#"{"result":{"result":{"content":[ ],"n":1.0}}}"#;
        let answer: CallAnswer = serde_json::from_str(text).unwrap();
        assert!(
            matches!(&answer, CallAnswer::Result { result } if result.get() == r#"{"content":[ ],"n":1.0}"#)
        );
        assert_eq!(serde_json::to_string(&answer).unwrap(), text);
    }
}
