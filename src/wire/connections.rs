//! Users' authorizations.

use serde::{Deserialize, Serialize};

use crate::model::{ConnectionState, ConnectorName, Millis, ProviderName, Trouble, UserName};

/// The query of `GET /connections`: absent means all that the caller may see.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ConnectionFilter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) connector: Option<ConnectorName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<UserName>,
}

/// `GET /connections`: for an admin everybody's, else the caller's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ConnectionList {
    pub(crate) connections: Vec<ConnectionView>,
}

/// One user's authorization for one connector at one provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ConnectionView {
    pub(crate) connector: ConnectorName,
    pub(crate) user: UserName,
    pub(crate) provider: ProviderName,
    pub(crate) state: ConnectionState,
    /// Why it is not healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trouble: Option<Trouble>,
    /// Which account of the provider it is, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    pub(crate) scopes_granted: Vec<String>,
    /// What the connector asks for and the user or the provider did not grant.
    pub(crate) scopes_missing: Vec<String>,
    pub(crate) created_at: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_refresh: Option<Millis>,
    /// From when on the next call refreshes it, or berth by itself; absent where nothing can be refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_refresh: Option<Millis>,
    /// When the access token ends, if the provider said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<Millis>,
    /// Whether the provider has a way to revoke tokens (RFC 7009).
    pub(crate) revocable: bool,
}

/// `DELETE /connections/{name}/{user}`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Disconnected {
    /// What became of it at the provider: `revoked`; `queued`, when berth goes on trying; `unsupported`, when the
    /// provider has no way; `kept`, when the user has another connection with the same client there. Of the first one,
    /// where several were ended.
    pub(crate) at_provider: String,
    /// The same for each.
    #[serde(default)]
    pub(crate) connections: Vec<EndedConnection>,
}

/// A connection at one provider that is no more.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EndedConnection {
    pub(crate) provider: ProviderName,
    pub(crate) at_provider: String,
}
