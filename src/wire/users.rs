//! Users and the tokens that berth gives them.

use serde::{Deserialize, Serialize};

use crate::{
    model::{GroupName, Millis, Roles, TokenId, TokenScope, UserName},
    secret::{self, Secret},
};

/// `POST /users`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UserAdd {
    pub(crate) name: UserName,
    /// Empty means member.
    #[serde(default)]
    pub(crate) roles: Roles,
}

#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UserAdded {
    pub(crate) user: UserView,
    /// A one-time link that opens a signed-in browser session. A secret for as long as it is unused.
    #[serde(serialize_with = "secret::expose")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) link: Secret<String>,
    pub(crate) link_expires_at: Millis,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UserView {
    pub(crate) name: UserName,
    pub(crate) roles: Roles,
    /// By an admin's word or the single sign-on's.
    #[serde(default)]
    pub(crate) groups: Vec<GroupName>,
    pub(crate) created_at: Millis,
}

/// `PUT /users/{name}/password`
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UserPassword {
    /// Absent takes it away.
    #[serde(default, serialize_with = "secret::expose_option")]
    pub(crate) password: Option<Secret<String>>,
}

/// `GET /users`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UserList {
    pub(crate) users: Vec<UserView>,
}

/// `POST /tokens`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TokenCreate {
    /// Whose token it is; absent means the caller's own.
    #[serde(default)]
    pub(crate) user: Option<UserName>,
    #[serde(default)]
    pub(crate) label: String,
    /// Absent means that it does not expire by itself.
    #[serde(default)]
    pub(crate) lifetime_seconds: Option<u64>,
    /// Absent means everything that its owner may do.
    #[serde(default)]
    pub(crate) scope: TokenScope,
}

#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TokenCreated {
    pub(crate) view: TokenView,
    /// Shown this once; the broker keeps only its hash.
    #[serde(serialize_with = "secret::expose")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) token: Secret<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TokenView {
    pub(crate) id: TokenId,
    pub(crate) user: UserName,
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) scope: TokenScope,
    pub(crate) created_at: Millis,
    #[serde(default)]
    pub(crate) expires_at: Option<Millis>,
}

/// `GET /tokens`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TokenList {
    pub(crate) tokens: Vec<TokenView>,
}
