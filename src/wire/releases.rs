//! Deploying.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};

use crate::{
    model::{Digest, EnvName, Failure, Millis, Root, Spec, State},
    secret::Secret,
};

/// `POST /connectors/{name}/releases`: everything that a deploy changes, in one transaction.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DeployRequest {
    pub(crate) spec: Spec,
    /// Deploy it even if nothing differs from the release that serves.
    #[serde(default)]
    pub(crate) force: bool,
    /// Say what would change, and change nothing. What the spec names need not have been sent yet.
    #[serde(default)]
    pub(crate) dry_run: bool,
    /// `--secret` values; those not named here keep the value that they have.
    #[serde(default, serialize_with = "expose_map")]
    pub(crate) secrets: BTreeMap<EnvName, Secret<String>>,
}

/// The answer to a deploy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeployAnswer {
    pub(crate) verdict: Verdict,
    /// What differs from the release that serves; empty when nothing does, and when none serves.
    #[serde(default)]
    pub(crate) changes: Vec<Change>,
    /// The release that was recorded; else the one that serves, if there is one, or that a rollback would go back to.
    #[serde(default)]
    pub(crate) release: Option<ReleaseView>,
}

/// What became of a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// A release was recorded and is worked on: 202.
    Recorded,
    /// The release that serves is the same already, and nothing was, or on a dry run would be, done: 200.
    Unchanged,
    /// It was only asked what would change, and a release would be recorded: 200.
    Planned,
}

/// One thing that a deploy changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Change {
    /// Such as `source`, `transport`, `env.REGION` or `secret.KEY`.
    pub(crate) what: String,
    /// As it is and as it will be; both absent for secrets, `to` for what goes away.
    #[serde(default)]
    pub(crate) from: Option<String>,
    #[serde(default)]
    pub(crate) to: Option<String>,
}

/// `GET /connectors/{name}/releases`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReleaseList {
    /// Newest first.
    pub(crate) releases: Vec<ReleaseView>,
    /// How many releases the broker keeps of each connector, besides the one that serves.
    pub(crate) keep: usize,
}

/// `POST /connectors/{name}/rollback`: a new release with the artifact, the settings and the secrets of an old one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Rollback {
    /// The release to go back to; the one that served before, when it is absent.
    #[serde(default)]
    pub(crate) to: Option<i64>,
    /// Say what would change, and change nothing: then the answer's release is the one that would be gone back to.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// `POST /connectors/{name}/restart`; without a body it is all false.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Restart {
    /// Ends what runs, and erases what it wrote to its homes, before it is started anew.
    #[serde(default)]
    pub(crate) clear_homes: bool,
}

/// The answer to a [`Restart`], once new instances have taken over, or have failed to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Restarted {
    /// The release that serves; absent where none does yet, and only homes were erased.
    #[serde(default)]
    pub(crate) release: Option<i64>,
    /// Why the new instances did not take over: then those that served do so still, or are started again by the next
    /// call where they had to end first.
    #[serde(default)]
    pub(crate) failure: Option<Failure>,
    /// How many homes were erased, where that was asked for and done.
    #[serde(default)]
    pub(crate) homes_cleared: Option<usize>,
    /// How many tools the probe saw.
    #[serde(default)]
    pub(crate) tools: Option<usize>,
}

/// `GET /connectors/{name}/releases/{number}`, and what a deploy or a rollback recorded. A deploy goes on by itself after the
/// answer: its verdict is the `state` that this reads once it is settled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// The registry's checksum of that version, such as `sha512-…`.
    #[serde(default)]
    pub(crate) integrity: Option<String>,
    /// The manifest of the artifact that it runs, in the broker's registry.
    #[serde(default)]
    pub(crate) artifact: Option<Digest>,
    /// Whether its image works when its containers may not write to it; absent for what is no image.
    #[serde(default)]
    pub(crate) root: Option<Root>,
    /// The number of the release that a rollback went back to.
    #[serde(default)]
    pub(crate) repeats: Option<i64>,
    /// The number of the release that it is but for the connector's values.
    #[serde(default)]
    pub(crate) revalues: Option<i64>,
    pub(crate) created_at: Millis,
    #[serde(default)]
    pub(crate) failure: Option<Failure>,
    /// How many tools the probe saw.
    #[serde(default)]
    pub(crate) tools: Option<usize>,
    /// The variables that it insists on and nobody has given: the probe had placeholders for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) placeholders: Vec<EnvName>,
    pub(crate) endpoint: String,
    /// The number of the release that serves calls, if one does.
    #[serde(default)]
    pub(crate) serving: Option<i64>,
}

pub(super) fn expose_map<S: Serializer>(
    secrets: &BTreeMap<EnvName, Secret<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(secrets.len()))?;
    for (name, value) in secrets {
        map.serialize_entry(name, value.expose())?;
    }
    map.end()
}
