//! Who did what.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Millis, Since};

/// `GET /audit?connector=NAME|ID&actor=NAME|ID&since=TIME&limit=N`, each of which may be left out
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuditFilter {
    /// Only what was done to it, or to something of it: a name, or the id of one that may be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) connector: Option<String>,
    /// Only what this user did: a name, or an id; `berth` is the broker itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<Since>,
    /// How many of the newest: 100 where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AuditList {
    /// Newest first.
    pub(crate) entries: Vec<AuditView>,
    /// Whether there are older ones that fit.
    pub(crate) more: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AuditView {
    pub(crate) at: Millis,
    /// A user's id, or `berth` for what it did by itself.
    pub(crate) actor: String,
    /// What that user is called; absent for one who is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) actor_name: Option<String>,
    /// Such as `release.deployed`.
    pub(crate) action: String,
    /// The id of what it was done to.
    pub(crate) subject: String,
    /// What that user or connector is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject_name: Option<String>,
    /// More of it; never a secret.
    pub(crate) detail: Value,
}
