//! Connectors as they are listed and shown.

use serde::{Deserialize, Serialize};

use super::{OAuthShown, ReleaseView};
use crate::model::{ConnectorName, EnvName, Millis, Since, UserId};

/// `GET /connectors`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ConnectorList {
    pub(crate) connectors: Vec<ConnectorView>,
}

/// `GET /connectors/{name}`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    pub(crate) oauth: Option<OAuthShown>,
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
    /// What runs now, the oldest first; only of one connector, and only for those who may deploy it.
    #[serde(default)]
    pub(crate) instances: Vec<InstanceView>,
    /// Instances that ended again and again; for the same.
    #[serde(default)]
    pub(crate) crash_loops: Vec<CrashLoopView>,
}

/// One process or container of a connector.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct InstanceView {
    /// Its name in the logs.
    pub(crate) instance: String,
    /// The release's number.
    pub(crate) release: i64,
    /// The id of whose it is; absent for one that all share.
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// `starting`, `ready` or `draining`.
    pub(crate) state: String,
    /// Calls in flight.
    pub(crate) calls: usize,
    /// How long there has been none, in seconds; absent while there is one.
    #[serde(default)]
    pub(crate) idle_seconds: Option<u64>,
    pub(crate) started_at: Millis,
    /// What its processes have in memory, in bytes, where that is known.
    #[serde(default)]
    pub(crate) memory: Option<u64>,
}

/// An instance that is left alone for a while.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CrashLoopView {
    /// The release's number.
    pub(crate) release: i64,
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// How often it ended in a row.
    pub(crate) times: u32,
    /// How it ended the last time, to be read after "it".
    pub(crate) status: String,
    pub(crate) last_at: Millis,
    /// A call starts it again after this many seconds.
    pub(crate) retry_in_seconds: u64,
    /// Its last lines on standard error, oldest first.
    #[serde(default)]
    pub(crate) stderr: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ToolView {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    /// Whether an admin keeps it back: it is neither listed nor called.
    #[serde(default)]
    pub(crate) hidden: bool,
}

/// `DELETE /connectors/{name}`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deleted {
    /// How many users' grants were revoked and erased.
    pub(crate) grants: usize,
}

/// `GET /connectors/{name}/logs?lines=N&after=POSITION&since=TIME&user=NAME|ID&release=N`, each of which may be left
/// out
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogFilter {
    /// How many of the last that fit: 100 where neither this nor where they begin is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lines: Option<usize>,
    /// Only lines behind this [`LogLine::position`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Since>,
    /// Only what instances of this user wrote: a name, or the id of one who may be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) release: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LogView {
    /// Oldest first.
    pub(crate) lines: Vec<LogLine>,
    /// The end of the log, to go on `after`.
    #[serde(default)]
    pub(crate) position: u64,
    /// Whether lines behind `after` are lost, since more were written than are kept.
    #[serde(default)]
    pub(crate) gap: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct LogLine {
    /// Grows from line to line.
    #[serde(default)]
    pub(crate) position: u64,
    pub(crate) at: Millis,
    pub(crate) release: i64,
    /// The user whose instance wrote it; none for one that users share.
    #[serde(default)]
    pub(crate) user: Option<UserId>,
    /// Which instance wrote it.
    pub(crate) instance: String,
    pub(crate) text: String,
}
