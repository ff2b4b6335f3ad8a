//! Connectors as they are listed and shown.

use serde::{Deserialize, Serialize};

use super::{OAuthView, ReleaseView};
use crate::model::{ConnectorName, EnvName, Millis};

/// `GET /connectors`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConnectorList {
    pub(crate) connectors: Vec<ConnectorView>,
}

/// `GET /connectors/{name}`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ConnectorView {
    pub(crate) name: ConnectorName,
    pub(crate) endpoint: String,
    pub(crate) created_at: Millis,
    /// The release that serves calls.
    #[serde(default)]
    pub(crate) live: Option<ReleaseView>,
    /// The newest release, whatever became of it.
    #[serde(default)]
    pub(crate) latest: Option<ReleaseView>,
    /// Only for those who may configure it.
    #[serde(default)]
    pub(crate) oauth: Option<OAuthView>,
    #[serde(default)]
    pub(crate) tools: Vec<ToolView>,
    /// Names of the plain settings of the live release, and of the secrets.
    #[serde(default)]
    pub(crate) settings: Vec<EnvName>,
    #[serde(default)]
    pub(crate) secrets: Vec<EnvName>,
    /// Names of the connector's plain values, and of those that each user gives.
    #[serde(default)]
    pub(crate) values: Vec<EnvName>,
    #[serde(default)]
    pub(crate) per_user: Vec<EnvName>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ToolView {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
}

/// `DELETE /connectors/{name}`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deleted {
    /// How many users' grants were revoked and erased.
    pub(crate) grants: usize,
}

/// `GET /connectors/{name}/logs?lines=N`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogView {
    /// Oldest first.
    pub(crate) lines: Vec<LogLine>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LogLine {
    pub(crate) at: Millis,
    pub(crate) release: i64,
    /// Which instance wrote it.
    pub(crate) instance: String,
    pub(crate) text: String,
}
