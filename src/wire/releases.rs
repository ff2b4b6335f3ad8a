//! Deploying.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};

use crate::{
    model::{EnvName, Failure, Millis, Spec, State},
    secret::Secret,
};

/// `POST /connectors/{name}/releases`: everything that a deploy changes, in one transaction.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeployRequest {
    pub(crate) spec: Spec,
    /// `--secret` values; those not named here keep the value that they have.
    #[serde(default, serialize_with = "expose_map")]
    pub(crate) secrets: BTreeMap<EnvName, Secret<String>>,
}

/// `GET /connectors/{name}/releases/{number}`, and the answer to a deploy. A deploy goes on by itself after the
/// answer: its verdict is the `state` that this reads once it is settled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReleaseView {
    pub(crate) number: i64,
    pub(crate) state: State,
    /// What the broker is doing right now, such as "installing", for a person.
    #[serde(default)]
    pub(crate) phase: String,
    pub(crate) source: String,
    pub(crate) transport: String,
    /// The exact version that a package spec was resolved to.
    #[serde(default)]
    pub(crate) pinned: Option<String>,
    pub(crate) created_at: Millis,
    #[serde(default)]
    pub(crate) failure: Option<Failure>,
    /// How many tools the probe saw.
    #[serde(default)]
    pub(crate) tools: Option<usize>,
    pub(crate) endpoint: String,
    /// The number of the release that serves calls, if one does.
    #[serde(default)]
    pub(crate) serving: Option<i64>,
}

fn expose_map<S: Serializer>(
    secrets: &BTreeMap<EnvName, Secret<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(secrets.len()))?;
    for (name, value) in secrets {
        map.serialize_entry(name, value.expose())?;
    }
    map.end()
}
