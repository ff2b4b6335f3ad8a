//! The same release, in new instances.

use std::{error::Error, io, sync::Arc};

use serde_json::json;

use super::{
    Live, ReleaseError, Releases,
    deploy::{Stop, unresolved},
};
use crate::{
    model::{Failure, Operator},
    store::{ConnectorRecord, ReleaseRecord, StoreError},
};

/// What a restart does with the homes of the connector's instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Homes {
    /// New instances find what those before them wrote.
    Keep,
    /// They find nothing: those before them end first.
    Clear,
}

/// What became of a restart.
pub(crate) struct Outcome {
    /// The release's number; `None` where no release serves yet, and only homes were erased.
    pub(crate) number: Option<i64>,
    /// New instances serve, or did not pass their probe: then those that served do so still, or again where they had to
    /// end first.
    pub(crate) renewed: Result<Option<Arc<Live>>, Failure>,
    /// How many homes were erased, where that was asked for and done.
    pub(crate) homes_cleared: Option<usize>,
}

impl Releases {
    /// Starts what serves anew: the new instances are probed, take over, and those before them finish their calls.
    pub(crate) async fn restart(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
        homes: Homes,
    ) -> Result<Outcome, ReleaseError> {
        let (this, actor, connector) = (self.clone(), actor.clone(), connector.clone());
        self.whole(async move { this.restart_now(&actor, &connector, homes).await })
            .await
    }

    async fn restart_now(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
        homes: Homes,
    ) -> Result<Outcome, ReleaseError> {
        let turn = self.turn(&connector.id);
        let _turn = turn.lock().await;
        let _needed = self.needed().await;
        let release = match self.serving(connector).await {
            // What the probe of a first release filled is in the way of the next one.
            Err(ReleaseError::NothingServes(_)) if homes == Homes::Clear => {
                return self.clear_only(actor, connector).await;
            }
            release => release?,
        };
        let number = release.number;
        let detail = json!({ "connector": connector.id, "number": number });
        self.0.audit.record(
            actor.user.as_str(),
            "release.restarted",
            release.id.as_str(),
            detail,
        );
        let mut homes_cleared = None;
        let clearing = (homes == Homes::Clear).then_some(async {
            let cleared = self.clear_homes(actor, connector).await;
            homes_cleared = Some(cleared.map_err(Stop::Failed)?);
            Ok(())
        });
        let renewed = self.renew(connector, release, clearing).await;
        let renewed = match renewed {
            Ok(live) => {
                tracing::info!(connector = %connector.name, number, epoch = live.epoch, "release restarted");
                Ok(Some(live))
            }
            Err(Stop::Failed(failure)) => {
                tracing::info!(connector = %connector.name, number, reason = %failure.message, "restart failed");
                Err(failure)
            }
            Err(Stop::Overtaken) => return Err(ReleaseError::Gone(connector.name.clone())),
            Err(Stop::Interrupted) => return Err(ReleaseError::Stopping),
            Err(Stop::Store(error)) => return Err(error.into()),
        };
        Ok(Outcome {
            number: Some(number),
            renewed,
            homes_cleared,
        })
    }

    async fn clear_only(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
    ) -> Result<Outcome, ReleaseError> {
        let (renewed, homes_cleared) = match self.clear_homes(actor, connector).await {
            Ok(cleared) => (Ok(None), Some(cleared)),
            Err(failure) => (Err(failure), None),
        };
        Ok(Outcome {
            number: None,
            renewed,
            homes_cleared,
        })
    }

    /// Ends what runs of the connector and erases its homes; how many there were.
    async fn clear_homes(&self, actor: &Operator, connector: &ConnectorRecord) -> Result<usize, Failure> {
        let cleared = self.0.runtime.clear_homes(&connector.id).await;
        let homes = cleared.map_err(|error| uncleared(&error))?;
        self.0.audit.record(
            actor.user.as_str(),
            "connector.homes_cleared",
            connector.id.as_str(),
            json!({ "homes": homes }),
        );
        Ok(homes)
    }

    /// The release that serves, as the store has it now.
    async fn serving(&self, connector: &ConnectorRecord) -> Result<ReleaseRecord, ReleaseError> {
        let now = self.0.store.connector_named(&connector.name).await?;
        let now = now
            .filter(|now| now.id == connector.id)
            .ok_or_else(|| ReleaseError::Gone(connector.name.clone()))?;
        let release = match &now.live {
            Some(id) => self.0.store.release(id).await?,
            None => None,
        };
        release.ok_or_else(|| ReleaseError::NothingServes(connector.name.clone()))
    }

    /// `alone` is done while nothing of the connector starts, before the new instances do.
    async fn renew(
        &self,
        connector: &ConnectorRecord,
        release: ReleaseRecord,
        alone: Option<impl Future<Output = Result<(), Stop>>>,
    ) -> Result<Arc<Live>, Stop> {
        // Files that were lost come back on the way.
        let known = self.resolved(&release);
        let source = &release.spec.source;
        let resolved = match &known {
            Some(before) => self.0.resolver.restore(source, before).await,
            None => self.0.resolver.resolve(source).await,
        };
        let resolved = resolved.map_err(|error| Stop::Failed(unresolved(&error)))?;
        let values = self
            .0
            .environment
            .values(&connector.id, release.environment)
            .await?;
        let mut live = Live::new(connector, release, resolved, values);
        let before = self
            .live(&connector.name)
            .filter(|before| before.release == live.release);
        if let Some(before) = &before {
            live.epoch = before.epoch + 1;
            live.handover = Arc::clone(&before.handover);
        }
        let contested = before
            .as_ref()
            .filter(|before| before.contests(&live, &self.0.runtime));
        let gate = Arc::clone(&live.handover);
        let _handover = match (alone, contested) {
            (Some(alone), _) => {
                let handover = gate.write().await;
                alone.await?;
                Some(handover)
            }
            (None, Some(_)) => {
                let handover = gate.write().await;
                self.0
                    .runtime
                    .retire_epochs_before(&live.release, live.epoch)
                    .await;
                Some(handover)
            }
            (None, None) => None,
        };
        live.probe = self.probe(&live).await?;
        live.learn_root(&self.0.runtime);
        let moved = (known.as_ref() != Some(&live.resolved)).then(|| serde_json::to_string(&live.resolved));
        self.note(&live, moved.transpose().map_err(StoreError::corrupt)?)
            .await;
        let live = Arc::new(live);
        self.0
            .live
            .write()
            .insert(connector.name.clone(), Arc::clone(&live));
        let (runtime, release, epoch) = (self.0.runtime.clone(), live.release.clone(), live.epoch);
        // Calls in flight finish; the restart need not wait for them.
        self.0
            .tasks
            .spawn(async move { runtime.relieve_epochs_before(&release, epoch).await });
        Ok(live)
    }

    /// Keeps what was seen for the broker's next start. The new instances serve either way.
    async fn note(&self, live: &Live, resolved: Option<String>) {
        let mut noted = self.0.store.set_probe(&live.release, &live.probe).await;
        if let (Ok(()), Some(resolved)) = (&noted, resolved) {
            noted = self.0.store.set_resolved(&live.release, &resolved).await;
        }
        if let Err(error) = noted {
            tracing::warn!(release = %live.release, error = &error as &dyn Error, "a restart was not noted");
        }
    }
}

fn uncleared(error: &io::Error) -> Failure {
    Failure {
        message: format!("its homes could not be emptied: {error}"),
        hint: "the broker's log says which, and what stands in the way".into(),
        stderr: Vec::new(),
    }
}
