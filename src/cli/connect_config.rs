//! `berth connect-config`

use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::{
    cli::{context::Context, documents, error::CmdError},
    client::is_loopback,
    model::ConnectorName,
};

/// Print what an MCP client is told to use a connector: a command, or the part of its settings
///
/// There is no token in it: the client opens the browser, where its user signs in and lets it in.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth connect-config gong-crm --client claude-code
  berth connect-config gong-crm --client cursor
  sh -c \"$(berth connect-config gong-crm --client codex)\"")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The client
    #[arg(long, value_enum)]
    client: Client,
}

/// Clients whose way of being told is known, as their vendors' documentation had it in November 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Client {
    ClaudeCode,
    ClaudeDesktop,
    Cursor,
    Vscode,
    Codex,
    Gemini,
    Windsurf,
    Zed,
    /// Any client that starts programs and knows no URLs
    McpRemote,
}

/// What goes where.
struct Told {
    text: String,
    place: &'static str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body<'a> {
    name: &'a ConnectorName,
    url: &'a str,
    config: &'a str,
    /// Where it goes, in words.
    place: &'a str,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let connector = ctx.client()?.connector(&args.name).await?;
    let told = args.client.told(&args.name, &connector.endpoint);
    ctx.ui.say(told.place);
    let body = Body {
        name: &args.name,
        url: &connector.endpoint,
        config: &told.text,
        place: told.place,
    };
    ctx.ui
        .answer_verbatim(documents::CONNECT_CONFIG, &body, || format!("{}\n", told.text))
}

impl Client {
    fn told(self, name: &ConnectorName, url: &str) -> Told {
        let settings = |place, body: Value| Told {
            text: format!("{body:#}"),
            place,
        };
        let command = |place, text: String| Told { text, place };
        match self {
            Self::ClaudeCode => command(
                "Run this; then /mcp in Claude Code signs you in:",
                format!("claude mcp add --transport http {name} {url}"),
            ),
            // Anthropic's servers open its connectors' URLs: one on this machine is reached through a program here.
            Self::ClaudeDesktop if !is_local(url) => command(
                "Give this address to Claude under Settings, Connectors, Add custom connector:",
                url.to_owned(),
            ),
            Self::ClaudeDesktop => settings(
                "Claude's servers can't reach this broker. Put this into claude_desktop_config.json (Settings, Developer, Edit Config):",
                started(name, url),
            ),
            Self::Cursor => settings(
                "Put this into ~/.cursor/mcp.json, or .cursor/mcp.json of a project:",
                json!({ "mcpServers": { name.as_str(): { "url": url } } }),
            ),
            Self::Vscode => settings(
                "Put this into .vscode/mcp.json of a folder, or into what MCP: Open User Configuration opens:",
                json!({ "servers": { name.as_str(): { "type": "http", "url": url } } }),
            ),
            Self::Codex => command(
                "Run this; the second command signs you in:",
                format!("codex mcp add {name} --url {url}\ncodex mcp login {name}"),
            ),
            Self::Gemini => command(
                "Run this; then /mcp auth in Gemini CLI signs you in:",
                format!("gemini mcp add --scope user --transport http {name} {url}"),
            ),
            Self::Windsurf => settings(
                "Put this into ~/.codeium/windsurf/mcp_config.json:",
                json!({ "mcpServers": { name.as_str(): { "serverUrl": url } } }),
            ),
            Self::Zed => settings(
                "Put this into Zed's settings (zed: open settings file):",
                json!({ "context_servers": { name.as_str(): { "url": url } } }),
            ),
            Self::McpRemote => settings(
                "Put this where the client's settings have programs to start:",
                started(name, url),
            ),
        }
    }
}

/// A program that speaks stdio on one side and goes through the sign-in on the other.
fn started(name: &ConnectorName, url: &str) -> Value {
    json!({ "mcpServers": { name.as_str(): { "command": "npx", "args": ["-y", "mcp-remote", url] } } })
}

fn is_local(url: &str) -> bool {
    url.parse::<Url>().is_ok_and(|url| is_loopback(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_is_told_in_its_own_way() {
        let name = "crm".parse().unwrap();
        let check = |client: Client, expected: &str| {
            let told = client.told(&name, "https://b.example/mcp/crm");
            assert_eq!(told.text, expected, "{client:?}");
        };
        check(
            Client::ClaudeCode,
            "claude mcp add --transport http crm https://b.example/mcp/crm",
        );
        check(Client::ClaudeDesktop, "https://b.example/mcp/crm");
        check(
            Client::Codex,
            "codex mcp add crm --url https://b.example/mcp/crm\ncodex mcp login crm",
        );
        check(
            Client::Gemini,
            "gemini mcp add --scope user --transport http crm https://b.example/mcp/crm",
        );
        check(
            Client::Cursor,
            r#"{
  "mcpServers": {
    "crm": {
      "url": "https://b.example/mcp/crm"
    }
  }
}"#,
        );
        check(
            Client::Vscode,
            r#"{
  "servers": {
    "crm": {
      "type": "http",
      "url": "https://b.example/mcp/crm"
    }
  }
}"#,
        );
        check(
            Client::Windsurf,
            r#"{
  "mcpServers": {
    "crm": {
      "serverUrl": "https://b.example/mcp/crm"
    }
  }
}"#,
        );
        check(
            Client::Zed,
            r#"{
  "context_servers": {
    "crm": {
      "url": "https://b.example/mcp/crm"
    }
  }
}"#,
        );
        let program = r#"{
  "mcpServers": {
    "crm": {
      "args": [
        "-y",
        "mcp-remote",
        "http://127.0.0.1:8420/mcp/crm"
      ],
      "command": "npx"
    }
  }
}"#;
        for client in [Client::McpRemote, Client::ClaudeDesktop] {
            let told = client.told(&name, "http://127.0.0.1:8420/mcp/crm");
            assert_eq!(told.text, program, "{client:?}");
        }
    }
}
