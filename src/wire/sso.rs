//! The single sign-on.

use serde::{Deserialize, Serialize};

use crate::{
    model::GroupName,
    secret::{self, Secret},
};

/// `PUT /sso`: replaces all of it but the secret, where that is absent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SsoUpdate {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    #[serde(default, serialize_with = "secret::expose_option")]
    pub(crate) client_secret: Option<Secret<String>>,
    #[serde(default)]
    pub(crate) allow_domains: Vec<String>,
    #[serde(default)]
    pub(crate) allow_groups: Vec<GroupName>,
    #[serde(default)]
    pub(crate) groups_claim: Option<String>,
    /// Besides openid; absent means email and profile.
    #[serde(default)]
    pub(crate) scopes: Option<Vec<String>>,
}

/// `GET /sso`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SsoView {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) has_secret: bool,
    pub(crate) allow_domains: Vec<String>,
    pub(crate) allow_groups: Vec<GroupName>,
    pub(crate) groups_claim: String,
    pub(crate) scopes: Vec<String>,
    /// What is registered at the provider.
    pub(crate) redirect_uri: String,
}
