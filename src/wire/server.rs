//! The broker itself, and who is asking.

use serde::{Deserialize, Serialize};

use crate::{
    model::{Millis, Platform, Roles, TokenId, TokenScope, UserName},
    secret::{self, Secret},
};

/// `GET /server`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServerInfo {
    pub(crate) version: String,
    pub(crate) public_url: String,
    /// What the broker runs on; images and prebuilt dependencies have to be for it.
    pub(crate) platform: Platform,
    /// Largest blob that it takes, in bytes; a broker that does not say so refuses a larger one when it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upload_limit: Option<u64>,
}

/// `GET /whoami`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) user: UserName,
    pub(crate) roles: Roles,
    /// What was asked with; absent from a broker that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<IdentityToken>,
}

/// The token that a request came with; not the token itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct IdentityToken {
    pub(crate) id: TokenId,
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) scope: TokenScope,
    #[serde(default)]
    pub(crate) expires_at: Option<Millis>,
}

/// `POST /login`: trades a one-time code for a token. Needs no credential but the code.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Login {
    #[serde(serialize_with = "secret::expose")]
    pub(crate) code: Secret<String>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct LoggedIn {
    pub(crate) user: UserName,
    pub(crate) roles: Roles,
    #[serde(serialize_with = "secret::expose")]
    pub(crate) token: Secret<String>,
}

/// `GET /server/keys`, and what `POST /server/keys/rotate` answers when the new key seals.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct KeyList {
    /// The one that seals first.
    pub(crate) keys: Vec<KeyView>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct KeyView {
    /// Says nothing of the key itself.
    pub(crate) id: String,
    /// Where it comes from: `file:PATH`, `env:NAME` or `command`.
    pub(crate) source: String,
    pub(crate) seals: bool,
    /// How many values are sealed with it.
    pub(crate) values: i64,
}

impl KeyList {
    /// How many values are sealed with older keys.
    pub(crate) fn left(&self) -> i64 {
        let older = self.keys.iter().filter(|key| !key.seals);
        older.map(|key| key.values).sum()
    }
}
