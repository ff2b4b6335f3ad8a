//! How an authorization stands, in the words of operators.

use serde::{Deserialize, Serialize};

use super::Millis;

/// The state of one user's connection to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConnectionState {
    Healthy,
    /// A refresh is under way.
    Refreshing,
    /// The last refresh failed; berth tries again by itself.
    Degraded,
    /// The user has to authorize again, now or when the access token ends.
    NeedsReconnect,
    /// The provider does not take the client: an admin has to look at the settings.
    Misconfigured,
    /// A refresh token was sent and its answer is not known: it may be used up.
    Ambiguous,
}

impl ConnectionState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Refreshing => "refreshing",
            Self::Degraded => "degraded",
            Self::NeedsReconnect => "needs-reconnect",
            Self::Misconfigured => "misconfigured",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// What does not work at present; without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Trouble {
    /// In a sentence, with its causes.
    pub(crate) what: String,
    pub(crate) since: Millis,
    /// How often it has failed since.
    pub(crate) failures: u32,
}

impl Trouble {
    /// The first of its kind, or one more after `before`.
    pub(crate) fn after(before: Option<&Self>, what: String) -> Self {
        Self {
            what,
            since: before.map_or_else(super::now, |before| before.since),
            failures: before.map_or(0, |before| before.failures).saturating_add(1),
        }
    }
}
