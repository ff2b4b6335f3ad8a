//! Pipelines that need no secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Millis, TokenScope, TrustId, UserName};

/// `POST /trusts`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TrustAdd {
    pub(crate) issuer: String,
    /// Absent means the broker's public URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<String>,
    /// What a pipeline's token has to say, each exactly.
    pub(crate) claims: BTreeMap<String, String>,
    pub(crate) scope: TokenScope,
    /// Whom its pipelines act as; absent means the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<UserName>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TrustView {
    pub(crate) id: TrustId,
    pub(crate) user: UserName,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    /// With the ids behind the names, once a pipeline has come.
    pub(crate) claims: BTreeMap<String, String>,
    pub(crate) scope: TokenScope,
    pub(crate) created_at: Millis,
    #[serde(default)]
    pub(crate) used_at: Option<Millis>,
}

/// `GET /trusts`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TrustList {
    pub(crate) trusts: Vec<TrustView>,
}
