//! What becomes of a release.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::EnvName;

/// Where a release stands. `Pending → Starting → Live → Retired`, or `Failed` from either of the first two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Recorded; nothing has been started.
    Pending,
    /// Being installed, started and probed.
    Starting,
    /// Serving calls. At most one release of a connector is.
    Live,
    /// Replaced by a later release.
    Retired,
    /// Its probe failed; it never served.
    Failed,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Starting => "starting",
            Self::Live => "live",
            Self::Retired => "retired",
            Self::Failed => "failed",
        }
    }

    /// The state that the store wrote as `text`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [
            Self::Pending,
            Self::Starting,
            Self::Live,
            Self::Retired,
            Self::Failed,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }

    /// Whether nothing more will happen to a deploy that got here.
    pub(crate) fn is_settled(self) -> bool {
        !matches!(self, Self::Pending | Self::Starting)
    }
}

/// Why a release failed, as it is told to the person who deployed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Failure {
    /// What happened, in a sentence.
    pub(crate) message: String,
    /// What to do about it, in a sentence; may be empty.
    #[serde(default)]
    pub(crate) hint: String,
    /// The connector's last lines on standard error, oldest first.
    #[serde(default)]
    pub(crate) stderr: Vec<String>,
}

/// What the deploy probe saw with no credentials: what lists are answered from until a user has an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Probe {
    /// The `initialize` result, as the connector wrote it.
    pub(crate) initialize: Box<RawValue>,
    /// Each list whole (all pages), as the connector wrote its items; `None` where the connector does not
    /// declare that capability.
    #[serde(default)]
    pub(crate) tools: Option<Vec<Box<RawValue>>>,
    #[serde(default)]
    pub(crate) prompts: Option<Vec<Box<RawValue>>>,
    #[serde(default)]
    pub(crate) resources: Option<Vec<Box<RawValue>>>,
    #[serde(default)]
    pub(crate) resource_templates: Option<Vec<Box<RawValue>>>,
    /// The variables that had no value, and were given a placeholder so that it started at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) placeholders: Vec<EnvName>,
    /// Whether it speaks the revision without sessions, and no other one that berth does.
    #[serde(default)]
    pub(crate) modern: bool,
}
