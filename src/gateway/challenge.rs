//! What a client that may not call learns from `WWW-Authenticate`.

use url::Url;

use crate::{
    identity::{CALLS, step_up_scope},
    model::ConnectorName,
};

/// Where the client gets a token, and which one (RFC 6750 §3, RFC 9728 §5.1). `error` is absent when none was sent.
pub(super) fn challenge(public_url: &Url, connector: &ConnectorName, error: Option<&str>) -> String {
    with_scope(public_url, connector, error, CALLS)
}

/// The same for a client whose person has to go on to the connector's provider (MCP 2025-11-25, authorization, scope
/// challenge handling).
pub(super) fn step_up(public_url: &Url, connector: &ConnectorName) -> String {
    let scope = format!("{CALLS} {}", step_up_scope(connector));
    with_scope(public_url, connector, Some("insufficient_scope"), &scope)
}

fn with_scope(public_url: &Url, connector: &ConnectorName, error: Option<&str>, scope: &str) -> String {
    let base = public_url.as_str().trim_end_matches('/');
    let error = error
        .map(|code| format!("error=\"{code}\", "))
        .unwrap_or_default();
    format!(
        "Bearer {error}resource_metadata=\"{base}/.well-known/oauth-protected-resource/mcp/{connector}\", scope=\"{scope}\""
    )
}
