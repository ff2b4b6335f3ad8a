//! What `--keep` prints: how a person's own MCP client is connected to the broker that stays up.

use std::path::Path;

use super::{
    broker::Broker,
    connectors::{HTTP_NAME, STDIO_NAME},
    provider::PASSWORD,
    story::Cast,
};

pub(crate) fn instructions(broker: &Broker, cast: &Cast, profile: &Path) -> String {
    let url = broker.at("");
    let (alice, bob) = (&cast.alice.token, &cast.bob.token);
    let profile = profile.display();
    format!(
        r#"The broker stays up at {url} until Ctrl-C; then everything is deleted.

Claude Code
  claude mcp add --transport http {HTTP_NAME} {url}/mcp/{HTTP_NAME} --header "Authorization: Bearer {alice}"

Cursor, in ~/.cursor/mcp.json
  {{"mcpServers": {{"{HTTP_NAME}": {{"url": "{url}/mcp/{HTTP_NAME}", "headers": {{"Authorization": "Bearer {alice}"}}}}}}}}

VS Code, in .vscode/mcp.json
  {{"servers": {{"{HTTP_NAME}": {{"type": "http", "url": "{url}/mcp/{HTTP_NAME}", "headers": {{"Authorization": "Bearer {alice}"}}}}}}}}

That is alice, who has authorized both connectors. Bob has not authorized {STDIO_NAME}; to see how he is asked, use
  {url}/mcp/{STDIO_NAME} with "Authorization: Bearer {bob}"
and sign in to berth's page with that same token, and to Acme as bob with the password {PASSWORD}.

The operator's side
  BERTH_CONFIG_DIR={profile} berth list"#
    )
}
