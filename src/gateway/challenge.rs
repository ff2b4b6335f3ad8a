//! What a client that may not call learns from `WWW-Authenticate`.

use url::Url;

use crate::{identity::CALLS, model::ConnectorName};

/// Where the client gets a token, and which one (RFC 6750 §3, RFC 9728 §5.1). `error` is absent when none was sent.
pub(super) fn challenge(public_url: &Url, connector: &ConnectorName, error: Option<&str>) -> String {
    let base = public_url.as_str().trim_end_matches('/');
    let error = error
        .map(|code| format!("error=\"{code}\", "))
        .unwrap_or_default();
    format!(
        "Bearer {error}resource_metadata=\"{base}/.well-known/oauth-protected-resource/mcp/{connector}\", scope=\"{CALLS}\""
    )
}
