//! A connector's values, changed: rolled out like a release, so that values that it can't start with change nothing.

use serde_json::json;

use super::{ReleaseError, Releases, changes};
use crate::{
    environment::ValueChanges,
    model::{EnvName, Invalid, Operator},
    releases::Difference,
    store::{ConnectorRecord, ReleaseRecord, Revalued, StoreError, Values},
};

/// What a change of values came to.
#[derive(Debug)]
pub(crate) struct Changed {
    pub(crate) changes: Vec<Difference>,
    /// What was to be taken away and was not there.
    pub(crate) unknown: Vec<EnvName>,
    /// The release that was recorded; none where nothing changes, or where nothing serves yet.
    pub(crate) release: Option<ReleaseRecord>,
}

/// Why a change was not recorded, while the transaction is open.
enum Refusal {
    Invalid(Invalid),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Releases {
    /// Changes a connector's values and starts to roll them out: a release that is the one that serves but for them is
    /// probed, and takes over. Waits for deploys under way, so that of two changes at once neither loses the other's.
    pub(crate) async fn change_values(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
        wanted: ValueChanges,
    ) -> Result<Changed, ReleaseError> {
        let (this, actor, connector) = (self.clone(), actor.clone(), connector.clone());
        self.whole(async move { this.change_values_now(&actor, &connector, &wanted).await })
            .await
    }

    async fn change_values_now(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
        wanted: &ValueChanges,
    ) -> Result<Changed, ReleaseError> {
        let turn = self.turn(&connector.id).lock_owned().await;
        let needed = self.needed().await;
        let mut changed = Changed {
            changes: Vec::new(),
            unknown: Vec::new(),
            release: None,
        };
        let change = |old: &Values| {
            let new = wanted.apply(old).map_err(Refusal::Invalid)?;
            changed.changes = changes::of_values(old, &new);
            let unknown = wanted.unset.iter().filter(|name| !old.contains_key(*name));
            changed.unknown = unknown.cloned().collect();
            Ok(new)
        };
        let revalued = self.0.store.revalue(&connector.id, &actor.user, change).await;
        match revalued {
            Err(Refusal::Invalid(invalid)) => return Err(ReleaseError::Invalid(invalid)),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Ok(Revalued::Gone) => return Err(ReleaseError::Gone(connector.name.clone())),
            Ok(Revalued::Unchanged) => return Ok(changed),
            Ok(Revalued::Kept) => {}
            Ok(Revalued::Recorded(release)) => changed.release = Some(*release),
        }
        let number = changed.release.as_ref().map(|release| release.number);
        let names: Vec<_> = wanted.set.keys().collect();
        self.0.audit.record(
            actor.user.as_str(),
            "values.changed",
            connector.id.as_str(),
            json!({ "set": names, "unset": wanted.unset, "release": number }),
        );
        if let Some(release) = &changed.release {
            self.spawn_in(turn, connector.clone(), release.clone(), needed);
        }
        Ok(changed)
    }
}
