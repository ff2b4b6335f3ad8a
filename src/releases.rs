//! Releases: the only writer of their states.
//!
//! A deploy is recorded first, whole; then a task of its own resolves, starts and probes it, and only a probe that
//! succeeded makes it live, in the same write that retires the release before it. Whatever happens to the new one,
//! the old one serves. A deploy that a crash cut short is taken up again at the next start: each step can be
//! repeated.
//!
//! Which release serves is also in memory, so that a call asks no database.

mod changes;
mod collect;
mod deploy;
mod errors;
mod keep;
mod live;
mod placeholders;
mod record;
mod restart;
mod restore;
mod tools;
mod values;
mod warm;

use std::{collections::HashMap, sync::Arc};

use parking_lot::{Mutex, RwLock};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use changes::Difference;
pub(crate) use errors::ReleaseError;
pub(crate) use keep::Keep;
pub(crate) use live::Live;
pub(crate) use record::{Recorded, Wanted};
pub(crate) use restart::Homes;
pub(crate) use values::Changed;

pub(crate) use crate::store::{ConnectorRecord, ReleaseRecord, StoreError};

use crate::{
    audit::Audit,
    blobs::Blobs,
    environment::Environment,
    model::{ConnectorId, ConnectorName, Operator, ReleaseId, ToolRules},
    resolve::{Resolved, Resolver},
    runtime::Runtime,
    store::{Store, Values},
};

/// Deploys, and knows what serves; cheap to clone.
#[derive(Clone)]
pub(crate) struct Releases(Arc<Inner>);

/// What releases stand on.
pub(crate) struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) environment: Environment,
    pub(crate) blobs: Blobs,
    pub(crate) resolver: Resolver,
    pub(crate) runtime: Runtime,
    pub(crate) audit: Audit,
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the broker is to stop.
    pub(crate) stop: CancellationToken,
    pub(crate) keep: Keep,
}

struct Inner {
    store: Arc<Store>,
    environment: Environment,
    blobs: Blobs,
    resolver: Resolver,
    runtime: Runtime,
    audit: Audit,
    tasks: TaskTracker,
    stop: CancellationToken,
    keep: Keep,
    live: RwLock<HashMap<ConnectorName, Arc<Live>>>,
    tools: RwLock<HashMap<ConnectorId, Arc<ToolRules>>>,
    /// Changes of the rules for tools take turns.
    changing_tools: tokio::sync::Mutex<()>,
    /// What each deploy under way is doing, for whoever waits for it.
    phases: Mutex<HashMap<ReleaseId, &'static str>>,
    /// Deploys of one connector take turns.
    turns: Mutex<HashMap<ConnectorId, Arc<tokio::sync::Mutex<()>>>>,
    /// Held for writing while what nothing needs is removed, and for reading while a release may need something that
    /// none of the store names yet.
    collecting: Arc<tokio::sync::RwLock<()>>,
    /// Told when there may be something to collect.
    settled: Notify,
}

impl Releases {
    /// Reads what serves and takes up the deploys that were under way when the broker stopped.
    pub(crate) async fn open(parts: Parts) -> Result<Self, StoreError> {
        let tools = parts.store.tool_rules().await?;
        let tools = tools.into_iter().map(|(id, rules)| (id, Arc::new(rules)));
        let releases = Self(Arc::new(Inner {
            store: parts.store,
            environment: parts.environment,
            blobs: parts.blobs,
            resolver: parts.resolver,
            runtime: parts.runtime,
            audit: parts.audit,
            tasks: parts.tasks,
            stop: parts.stop,
            keep: parts.keep,
            live: RwLock::default(),
            tools: RwLock::new(tools.collect()),
            changing_tools: tokio::sync::Mutex::default(),
            phases: Mutex::default(),
            turns: Mutex::default(),
            collecting: Arc::default(),
            settled: Notify::new(),
        }));
        for connector in releases.0.store.connectors().await? {
            if let Some(id) = &connector.live
                && let Some(release) = releases.0.store.release(id).await?
            {
                releases.restore(connector, release).await?;
            }
        }
        for release in releases.0.store.unsettled_releases().await? {
            releases.take_up(release).await?;
        }
        releases.collect_regularly();
        releases.keep_warm();
        Ok(releases)
    }

    /// The release of `name` that serves. On the path of every call.
    pub(crate) fn live(&self, name: &ConnectorName) -> Option<Arc<Live>> {
        self.0.live.read().get(name).cloned()
    }

    pub(crate) async fn connector(
        &self,
        name: &ConnectorName,
    ) -> Result<Option<ConnectorRecord>, StoreError> {
        self.0.store.connector_named(name).await
    }

    /// The connector called `name`, made where there is none: its OAuth may be set before its first deploy.
    pub(crate) async fn connector_or_new(&self, name: &ConnectorName) -> Result<ConnectorRecord, StoreError> {
        self.0.store.connector_or_new(name).await
    }

    /// Takes back a connector that was made for a change which was refused; one that has got something else
    /// meanwhile stays.
    pub(crate) async fn forget_bare(&self, connector: &ConnectorRecord) -> Result<(), StoreError> {
        self.0.store.remove_bare_connector(&connector.id).await
    }

    pub(crate) async fn connectors(&self) -> Result<Vec<ConnectorRecord>, StoreError> {
        self.0.store.connectors().await
    }

    pub(crate) async fn numbered(
        &self,
        connector: &ConnectorId,
        number: i64,
    ) -> Result<Option<ReleaseRecord>, StoreError> {
        self.0.store.release_numbered(connector, number).await
    }

    /// Every release of the connector that is kept, newest first.
    pub(crate) async fn releases(&self, connector: &ConnectorId) -> Result<Vec<ReleaseRecord>, StoreError> {
        self.0.store.releases(connector).await
    }

    /// What is kept of each connector.
    pub(crate) fn keep(&self) -> Keep {
        self.0.keep
    }

    pub(crate) async fn newest(&self, connector: &ConnectorId) -> Result<Option<ReleaseRecord>, StoreError> {
        self.0.store.newest_release(connector).await
    }

    /// The values that calls get.
    pub(crate) async fn values(&self, connector: &ConnectorRecord) -> Result<Arc<Values>, StoreError> {
        self.0
            .environment
            .values(&connector.id, connector.environment)
            .await
    }

    /// What a release's spec was resolved to, once it was.
    pub(crate) fn resolved(&self, release: &ReleaseRecord) -> Option<Resolved> {
        serde_json::from_str(release.resolved.as_deref()?).ok()
    }

    /// What the deploy of `release` is doing right now; empty when it is settled.
    pub(crate) fn phase(&self, release: &ReleaseRecord) -> &'static str {
        if release.state.is_settled() {
            return "";
        }
        self.0.phases.lock().get(&release.id).copied().unwrap_or_default()
    }

    /// Stops everything that runs for a connector and erases it. Its grants are the caller's to revoke before.
    pub(crate) async fn delete(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
    ) -> Result<(), ReleaseError> {
        let (this, actor, connector) = (self.clone(), actor.clone(), connector.clone());
        self.whole(async move { this.delete_now(&actor, &connector).await })
            .await
    }

    async fn delete_now(&self, actor: &Operator, connector: &ConnectorRecord) -> Result<(), ReleaseError> {
        let turn = self.turn(&connector.id);
        self.0.store.remove_connector(&connector.id).await?;
        self.0.audit.record(
            actor.user.as_str(),
            "connector.deleted",
            connector.id.as_str(),
            json!({ "name": connector.name }),
        );
        self.forget(connector);
        self.0.runtime.stop_connector(&connector.id).await;
        // A deploy under way ends first, so that nothing starts after the last stop.
        let _turn = turn.lock().await;
        self.0.runtime.stop_connector(&connector.id).await;
        self.forget(connector);
        self.0.runtime.forget(&connector.id).await;
        self.0.turns.lock().remove(&connector.id);
        self.0.tools.write().remove(&connector.id);
        self.0.settled.notify_one();
        Ok(())
    }

    /// Does `work` on a task of its own, so that a client that leaves does not leave half of it behind.
    async fn whole<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ReleaseError>> + Send + 'static,
    ) -> Result<T, ReleaseError> {
        // Boxed: these are large.
        let working = self.0.tasks.spawn(Box::pin(work));
        working.await.unwrap_or(Err(ReleaseError::Stopping))
    }

    fn forget(&self, connector: &ConnectorRecord) {
        let mut live = self.0.live.write();
        // A connector made anew under the same name keeps its own.
        if live
            .get(&connector.name)
            .is_some_and(|live| live.connector == connector.id)
        {
            live.remove(&connector.name);
        }
    }

    fn turn(&self, connector: &ConnectorId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.0.turns.lock().entry(connector.clone()).or_default())
    }
}
