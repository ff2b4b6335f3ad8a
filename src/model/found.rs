//! What was found of a third party's OAuth, and where.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// All that was asked, in that order, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Found {
    pub(crate) tried: Vec<Tried>,
    /// What an API or MCP server says of itself, where it says something.
    #[serde(default)]
    pub(crate) resource: Option<FoundResource>,
    /// Whose tokens it takes, in its own order.
    pub(crate) issuers: Vec<FoundIssuer>,
    /// The scopes that it wants.
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
}

/// One address that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Tried {
    pub(crate) url: String,
    /// Whether something was learned from it.
    pub(crate) used: bool,
    /// What it answered, or why it did not.
    pub(crate) answer: String,
    /// What to do about it; may be empty.
    #[serde(default)]
    pub(crate) hint: String,
}

/// A protected resource's metadata (RFC 9728).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FoundResource {
    /// Where they were read.
    pub(crate) at: String,
    /// What it calls itself: what tokens for it are asked for with (RFC 8707).
    pub(crate) resource: String,
    /// The issuers that it names.
    pub(crate) issuers: Vec<String>,
    pub(crate) scopes: Vec<String>,
}

/// An authorization server's metadata (RFC 8414, OpenID Connect Discovery), as far as `berth oauth set` has a use for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FoundIssuer {
    pub(crate) issuer: String,
    /// Where they were read.
    pub(crate) at: String,
    /// Addresses, by the name of their setting.
    pub(crate) endpoints: BTreeMap<String, String>,
    /// Whether PKCE with S256 is advertised.
    pub(crate) s256: bool,
    /// Whether answers to authorizations name the issuer (RFC 9207).
    pub(crate) names_itself: bool,
    /// How a client may show who it is, in the words of RFC 8414.
    pub(crate) client_auth: Vec<String>,
    pub(crate) grants: Vec<String>,
    pub(crate) scopes: Vec<String>,
    /// Where clients register themselves (RFC 7591), where they may.
    #[serde(default)]
    pub(crate) registration_url: Option<String>,
}

impl Tried {
    pub(crate) fn new(url: impl ToString, answer: impl Into<String>) -> Self {
        Self {
            url: url.to_string(),
            used: false,
            answer: answer.into(),
            hint: String::new(),
        }
    }

    pub(crate) fn used(url: impl ToString, answer: impl Into<String>) -> Self {
        Self {
            used: true,
            ..Self::new(url, answer)
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}
