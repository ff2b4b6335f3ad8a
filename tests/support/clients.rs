//! Real MCP clients, as programs.

use serde_json::Value;
use tokio::process::Command;

use super::{
    needs,
    program::{Program, fixture, node},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `@modelcontextprotocol/sdk`
    Npm,
    /// `@modelcontextprotocol/client`, as it is.
    Npm2,
    /// The same, told to look for the newest revision first.
    Npm2Auto,
    /// `mcp-remote`, which a host starts as if it were a connector.
    Remote,
    /// The inspector's command line.
    Inspector,
    /// `mcp` of PyPI, which looks for the newest revision first.
    Python,
    /// `fastmcp`
    FastMcp,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Npm,
        Self::Npm2,
        Self::Npm2Auto,
        Self::Remote,
        Self::Inspector,
        Self::Python,
        Self::FastMcp,
    ];

    /// As a name of a user, and in the plan.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Npm => "sdk",
            Self::Npm2 => "v2",
            Self::Npm2Auto => "auto",
            Self::Remote => "remote",
            Self::Inspector => "inspector",
            Self::Python => "mcp",
            Self::FastMcp => "fastmcp",
        }
    }

    /// What a person calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Npm => "npm `@modelcontextprotocol/sdk` 1.32",
            Self::Npm2 => "npm `@modelcontextprotocol/client` 2.4",
            Self::Npm2Auto => "npm `@modelcontextprotocol/client` 2.4, `auto`",
            Self::Remote => "npm `mcp-remote` 0.15 (its host declares)",
            Self::Inspector => "npm `@modelcontextprotocol/inspector` 2.12 `--cli`",
            Self::Python => "PyPI `mcp` 2.3",
            Self::FastMcp => "PyPI `fastmcp` 4.1",
        }
    }

    /// Whether it can say that it opens addresses.
    pub(crate) fn elicits(self) -> bool {
        self != Self::Inspector
    }

    /// Whether it speaks 2026-07-28 where it can.
    pub(crate) fn is_modern(self) -> bool {
        matches!(self, Self::Npm2Auto | Self::Python | Self::FastMcp)
    }

    /// Starts one that does what `plan` says (see `client.mjs`), with a bearer token or, without one, by authorizing.
    /// `None` where it is not installed.
    pub(crate) fn start(self, endpoint: &str, token: Option<&str>, plan: &Value) -> Option<Program> {
        let mut command = match self {
            Self::Python | Self::FastMcp => {
                let mut command = Command::new(needs::python()?);
                command.arg(fixture("client.py"));
                command
            }
            _ => {
                let packages = needs::npm()?;
                let mut command = node("client.mjs");
                command.env("BERTH_TEST_NODE_MODULES", packages);
                command
            }
        };
        let mut plan = plan.clone();
        plan["client"] = self.word().into();
        command.arg(endpoint).arg(plan.to_string());
        command.env_remove("TOKEN").stdin(std::process::Stdio::piped());
        Some(Program::start(command.envs(token.map(|token| ("TOKEN", token)))))
    }
}
