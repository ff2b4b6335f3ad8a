//! One tool call, for callers that are no MCP clients themselves.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Answer, CallError, Calls, Consent};
use crate::{
    mcp::{self, ClientSide, Kind},
    model::{Caller, ConnectorName},
};

/// What came of it.
pub(crate) enum ToolOutcome {
    /// The tool's result, as the connector wrote it; it may say of itself that the tool failed.
    Result(Box<RawValue>),
    /// The connector's JSON-RPC error.
    Error(Box<RawValue>),
    /// The caller has to authorize first.
    ConsentNeeded(Consent),
}

/// The parameters of `tools/call`.
#[derive(Serialize)]
struct Params<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<&'a RawValue>,
}

impl Calls {
    /// Calls `tool` as `caller`, as a client without any capabilities would; `arguments` are a JSON object.
    pub(crate) async fn call_tool(
        &self,
        caller: Caller,
        connector: &ConnectorName,
        tool: &str,
        arguments: Option<&RawValue>,
    ) -> Result<ToolOutcome, CallError> {
        let (session, _) = self.begin(caller, connector, ClientSide::berth())?;
        let request = mcp::request(
            "1",
            "tools/call",
            &Params {
                name: tool,
                arguments,
            },
        );
        let reply = match self.send(&session, &request).await? {
            Answer::Reply(reply) => reply.response().await?,
            Answer::Remembered(list) => list,
            Answer::ConsentNeeded(consent) => return Ok(ToolOutcome::ConsentNeeded(consent)),
        };
        let outcome = reply.outcome().unwrap_or("null").to_owned();
        let outcome = RawValue::from_string(outcome).unwrap_or_default();
        Ok(match reply.kind() {
            Kind::Error => ToolOutcome::Error(outcome),
            _ => ToolOutcome::Result(outcome),
        })
    }
}
