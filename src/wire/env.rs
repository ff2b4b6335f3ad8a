//! A connector's values, and what each user gives of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Change, ReleaseView, releases::expose_map};
use crate::{
    model::{EnvName, ValueKind},
    secret::{self, Secret},
};

/// `PUT /connectors/{name}/env`: what is named is set or taken away, what is not stays as it is. One transaction, rolled
/// out as one release.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct EnvUpdate {
    #[serde(default)]
    pub(crate) set: BTreeMap<EnvName, EnvSet>,
    #[serde(default)]
    pub(crate) unset: Vec<EnvName>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EnvSet {
    /// Absent means: a secret stays a secret, and everything else is plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<ValueKind>,
    /// The value; for one that each user gives, what users are told of it.
    #[serde(serialize_with = "secret::expose")]
    pub(crate) value: Secret<String>,
}

/// The answer to an [`EnvUpdate`]. No release and changes all the same: nothing serves yet, and the first release that
/// does will have them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EnvAnswer {
    /// Empty when nothing differs, and then nothing was done.
    #[serde(default)]
    pub(crate) changes: Vec<Change>,
    /// What was to be taken away and was not there.
    #[serde(default)]
    pub(crate) unknown: Vec<EnvName>,
    #[serde(default)]
    pub(crate) release: Option<ReleaseView>,
}

/// `GET /connectors/{name}/env`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EnvView {
    pub(crate) values: Vec<EnvValueView>,
    /// Those of the release that serves, which came with its deploy.
    #[serde(default)]
    pub(crate) settings: Vec<SettingView>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct EnvValueView {
    pub(crate) name: EnvName,
    pub(crate) kind: ValueKind,
    /// For plain ones alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
    /// What users are told of one that each of them gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) about: Option<String>,
    /// How many users have given theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) users: Option<i64>,
    /// For http connectors: the header that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) header: Option<String>,
    /// Or why none does, to be read behind "it".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) no_header: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SettingView {
    pub(crate) name: EnvName,
    pub(crate) value: String,
    /// Whether a value of the same name stands in its place.
    #[serde(default)]
    pub(crate) overridden: bool,
}

/// `PUT /connectors/{name}/env/mine`
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct OwnUpdate {
    #[serde(default, serialize_with = "expose_map")]
    pub(crate) set: BTreeMap<EnvName, Secret<String>>,
    #[serde(default)]
    pub(crate) unset: Vec<EnvName>,
}

/// `GET /connectors/{name}/env/mine`: what the connector asks each user for, and what the caller has given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OwnValues {
    pub(crate) values: Vec<OwnValue>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OwnValue {
    pub(crate) name: EnvName,
    /// What it is, in the words of whoever configured the connector; may be empty.
    #[serde(default)]
    pub(crate) about: String,
    pub(crate) given: bool,
}
