//! Real MCP clients, as programs.

use serde_json::Value;
use tokio::process::Command;

use super::{
    needs,
    program::{Program, fixture, node},
};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// `@modelcontextprotocol/sdk`
    Npm,
    /// `mcp`
    Python,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Npm, Self::Python];

    /// Starts one that does what `plan` says (see `client.mjs`). `None` where it is not installed.
    pub(crate) fn start(self, endpoint: &str, token: &str, plan: &Value) -> Option<Program> {
        let mut command = match self {
            Self::Npm => {
                let packages = needs::npm()?;
                let mut command = node("client.mjs");
                command.env("BERTH_TEST_NODE_MODULES", packages);
                command
            }
            Self::Python => {
                let mut command = Command::new(needs::python()?);
                command.arg(fixture("client.py"));
                command
            }
        };
        Some(Program::start(
            command.arg(endpoint).arg(plan.to_string()).env("TOKEN", token),
        ))
    }
}
