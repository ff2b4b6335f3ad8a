//! What is asked for, held against what serves, and recorded: deploys and rollbacks.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::OwnedRwLockReadGuard;

use super::{
    ReleaseError, Releases,
    changes::{self, Difference},
};
use crate::{
    model::{ConnectorId, ConnectorName, Operator, Source, Spec, State},
    resolve::{ResolveError, Resolved},
    store::{ConnectorRecord, ReleaseRecord, Secrets, Values},
};

/// A deploy, as it is asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) name: ConnectorName,
    pub(crate) spec: Spec,
    /// Those not among them stay as they are.
    pub(crate) secrets: Secrets,
}

/// What a deploy or a rollback would change of the release that serves.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The connector, where there is one, and the release that serves.
    pub(crate) present: Option<(ConnectorRecord, Option<ReleaseRecord>)>,
    /// Empty where nothing serves.
    pub(crate) changes: Vec<Difference>,
    /// Whether the release that serves is the same, and no deploy under way may replace it; once confirmed.
    pub(crate) is_unchanged: bool,
}

/// What was recorded.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) connector: ConnectorRecord,
    pub(crate) release: ReleaseRecord,
}

/// Held while a release may need what no release of the store names yet: nothing is collected meanwhile.
pub(super) type Needed = OwnedRwLockReadGuard<()>;

impl Releases {
    /// Holds a deploy against the release that serves. That all is the same is a promise to be
    /// [confirmed](Self::confirm): a range of versions may mean another one by now.
    pub(crate) async fn plan(&self, wanted: &Wanted) -> Result<Plan, ReleaseError> {
        let Some(standing) = self.0.store.standing(&wanted.name).await? else {
            return Ok(Plan {
                present: None,
                changes: Vec::new(),
                is_unchanged: false,
            });
        };
        let connector = standing.connector;
        let live = match &connector.live {
            Some(id) => self.0.store.release(id).await?,
            None => None,
        };
        let Some(live) = live else {
            return Ok(Plan {
                present: Some((connector, None)),
                changes: Vec::new(),
                is_unchanged: false,
            });
        };
        let mut changes = changes::of_specs(&live.spec, &wanted.spec);
        let values = self.values(&connector).await?;
        changes.extend(changes::of_given(&values, &wanted.secrets));
        let is_unchanged = changes.is_empty() && !standing.under_way && self.serves(&connector, &live);
        Ok(Plan {
            present: Some((connector, Some(live))),
            changes,
            is_unchanged,
        })
    }

    /// Where a plan says that nothing changes, looks up what ranges of versions mean now, which may take their registry's
    /// time. [`ReleaseError::Unable`] where that can't be found out: neither answer would be true.
    pub(crate) async fn confirm(&self, plan: &mut Plan) -> Result<(), ReleaseError> {
        let Plan {
            present: Some((connector, Some(live))),
            changes,
            is_unchanged: is_unchanged @ true,
        } = plan
        else {
            return Ok(());
        };
        let resolved = self.resolved(live);
        let is_current = match &resolved {
            Some(resolved) => self.0.resolver.is_current(&live.spec.source, resolved).await,
            None => Ok(false),
        };
        if !is_current.map_err(ReleaseError::Unable)? {
            changes.push(changes::of_version(resolved.and_then(|r| r.pinned).as_deref()));
            *is_unchanged = false;
            return Ok(());
        }
        // That look may have taken a while: what it was held against must still be what serves.
        let now = self.0.store.standing(&connector.name).await?;
        *is_unchanged = now.is_some_and(|now| {
            !now.under_way && now.connector.id == connector.id && now.connector.live == connector.live
        });
        Ok(())
    }

    /// Whether this broker has what the deploy takes; what it names need not have been sent yet.
    pub(crate) async fn check_able(&self, wanted: &Wanted) -> Result<(), ReleaseError> {
        match self.0.resolver.preflight(&wanted.spec.source).await {
            Err(ResolveError::MissingBlob(_)) | Ok(()) => Ok(()),
            Err(error) => Err(ReleaseError::Unable(error)),
        }
    }

    /// Records a deploy and starts working on it. The answer is the release as recorded; what becomes of it is read
    /// with [`numbered`](Self::numbered). Where the broker can't run it, nothing is recorded.
    pub(crate) async fn deploy(&self, actor: &Operator, wanted: Wanted) -> Result<Recorded, ReleaseError> {
        let (this, actor) = (self.clone(), actor.clone());
        self.whole(async move { this.deploy_now(&actor, wanted).await })
            .await
    }

    async fn deploy_now(&self, actor: &Operator, wanted: Wanted) -> Result<Recorded, ReleaseError> {
        let needed = self.needed().await;
        self.check_sent(&wanted.spec.source).await?;
        self.0
            .resolver
            .preflight(&wanted.spec.source)
            .await
            .map_err(ReleaseError::Unable)?;
        let (connector, release) = self
            .0
            .store
            .add_release(&wanted.name, &wanted.spec, &wanted.secrets, &actor.user)
            .await?;
        self.0.audit.record(
            actor.user.as_str(),
            "release.deployed",
            release.id.as_str(),
            json!({
                "connector": connector.id,
                "number": release.number,
                "source": wanted.spec.source.kind(),
            }),
        );
        self.spawn(connector.clone(), release.clone(), needed);
        Ok(Recorded { connector, release })
    }

    /// The release that a rollback to `number` goes back to (the one that served before, when there is no number), and
    /// what it would change.
    pub(crate) async fn plan_rollback(
        &self,
        connector: &ConnectorRecord,
        number: Option<i64>,
    ) -> Result<(ReleaseRecord, Vec<Difference>), ReleaseError> {
        let releases = self.0.store.releases(&connector.id).await?;
        let live = releases.iter().find(|release| release.state == State::Live);
        let target = target(&connector.name, &releases, live, number)?;
        let mut changes = Vec::new();
        if let Some(live) = live {
            changes = changes::of_specs(&live.spec, &target.spec);
            if let (Some(from), Some(to)) = (self.resolved(live), self.resolved(target)) {
                changes.extend(version(from, to));
            }
            let (from, to) = (
                self.environment(&connector.id, live.environment).await?,
                self.environment(&connector.id, target.environment).await?,
            );
            changes.extend(changes::of_values(&from, &to));
        }
        Ok((target.clone(), changes))
    }

    /// Records a release that is what an old one was, and starts working on it as on a deploy.
    pub(crate) async fn roll_back(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
        number: Option<i64>,
    ) -> Result<(Recorded, Vec<Difference>), ReleaseError> {
        let (this, actor, connector) = (self.clone(), actor.clone(), connector.clone());
        self.whole(async move { this.roll_back_now(&actor, &connector, number).await })
            .await
    }

    async fn roll_back_now(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
        number: Option<i64>,
    ) -> Result<(Recorded, Vec<Difference>), ReleaseError> {
        let needed = self.needed().await;
        let (target, changes) = self.plan_rollback(connector, number).await?;
        let repeated = self
            .0
            .store
            .repeat_release(&connector.id, target.number, &actor.user);
        let release = repeated
            .await?
            .ok_or_else(|| ReleaseError::Gone(connector.name.clone()))?;
        self.0.audit.record(
            actor.user.as_str(),
            "release.rolled_back",
            release.id.as_str(),
            json!({ "connector": connector.id, "number": release.number, "to": target.number }),
        );
        self.spawn(connector.clone(), release.clone(), needed);
        let connector = connector.clone();
        Ok((Recorded { connector, release }, changes))
    }

    /// Keeps everything that is stored until the answer is dropped; waits for a collection under way.
    pub(super) async fn needed(&self) -> Needed {
        Arc::clone(&self.0.collecting).read_owned().await
    }

    async fn environment(&self, connector: &ConnectorId, version: i64) -> Result<Arc<Values>, ReleaseError> {
        Ok(self.0.environment.values(connector, version).await?)
    }

    /// Whether calls get the release that the store says serves.
    pub(super) fn serves(&self, connector: &ConnectorRecord, live: &ReleaseRecord) -> bool {
        self.live(&connector.name)
            .is_some_and(|serving| serving.release == live.id)
    }

    async fn check_sent(&self, source: &Source) -> Result<(), ReleaseError> {
        let Some(artifact) = source.artifact() else {
            return Ok(());
        };
        match self.0.blobs.touch(artifact).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(ReleaseError::NotSent(artifact.clone())),
            Err(error) => Err(ReleaseError::Blobs(error)),
        }
    }
}

/// Which of `releases`, newest first, is gone back to.
fn target<'a>(
    name: &ConnectorName,
    releases: &'a [ReleaseRecord],
    live: Option<&ReleaseRecord>,
    number: Option<i64>,
) -> Result<&'a ReleaseRecord, ReleaseError> {
    let retired = || releases.iter().filter(|release| release.state == State::Retired);
    let Some(number) = number else {
        let before = |release: &&ReleaseRecord| live.is_none_or(|live| release.number < live.number);
        return retired()
            .find(before)
            .ok_or_else(|| ReleaseError::NothingBefore(name.clone()));
    };
    let others = || retired().map(|release| release.number).collect();
    match releases.iter().find(|release| release.number == number) {
        Some(release) if release.state == State::Retired => Ok(release),
        Some(release) => Err(ReleaseError::NotRetired {
            name: name.clone(),
            number,
            state: release.state,
            others: others(),
        }),
        None => Err(ReleaseError::NoRelease {
            name: name.clone(),
            number,
            others: others(),
        }),
    }
}

/// That two releases of one range of versions are of two versions.
fn version(from: Resolved, to: Resolved) -> Option<Difference> {
    (from.pinned != to.pinned).then(|| Difference {
        what: "version".to_owned(),
        from: from.pinned,
        to: to.pinned,
    })
}
