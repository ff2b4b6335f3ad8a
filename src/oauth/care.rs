//! What the broker does for grants by itself, as long as it runs: those that would die of idleness are kept alive, what
//! was to be revoked is revoked, what could not be stored is stored.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    Inner, OAuth,
    access::millis,
    refresh::{Reason, refresh},
};
use crate::{
    model,
    store::{Provider, StoreError},
};

/// Between two rounds, plus up to a quarter: brokers on one store do not go round in step.
const ROUND: Duration = Duration::from_secs(20);
/// How many of each kind one round takes.
const MOST: i64 = 500;

impl OAuth {
    /// Takes up what an earlier process could not store. Before anything is refreshed.
    pub(crate) async fn recover(&self) {
        if let Err(error) = self.0.spill.recover(&self.0.store).await {
            tracing::error!(%error, "refreshed tokens that were kept beside the store can't be read");
        }
    }

    /// Starts the rounds; they end with `stop`. State is in the store alone, so a restart costs none of it.
    pub(crate) fn take_care(&self, stop: CancellationToken) {
        let oauth = self.clone();
        self.0.tasks.spawn(async move {
            loop {
                let mut random = [0; 1];
                crate::secret::fill_random(&mut random);
                let pause = ROUND + ROUND.mul_f32(f32::from(random[0]) / 1024.0);
                tokio::select! {
                    () = tokio::time::sleep(pause) => oauth.round().await,
                    () = stop.cancelled() => return,
                }
            }
        });
    }

    /// One round.
    pub(super) async fn round(&self) {
        self.recover().await;
        let rounds = async {
            self.0.revoke_due(MOST).await?;
            for provider in self.0.store.providers().await? {
                self.0.keep_warm(&provider).await?;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = rounds.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "grants were not all looked after"
            );
        }
    }
}

impl Inner {
    /// Refreshes the grants that `provider` would end for lying unused, a few at a time.
    async fn keep_warm(self: &Arc<Self>, provider: &Provider) -> Result<(), StoreError> {
        let Some(warm) = provider.settings.keep_warm else {
            return Ok(());
        };
        let earliest = model::now() - millis(warm) / 5 * 4;
        for id in self.store.grants_idle_since(&provider.id, earliest, MOST).await? {
            let Some(grant) = self.store.grant(&id).await? else {
                continue;
            };
            let now = model::now();
            if self.warm_until(&grant, warm) > now || self.is_left_alone(provider, &grant) {
                continue;
            }
            let Some(place) = self.hosts.place_behind(&grant).await else {
                return Ok(());
            };
            self.refreshes.start(&self.tasks, id, |result| {
                let reason = Reason::Idle { since: now, place };
                refresh(Arc::clone(self), grant, reason, result)
            });
        }
        Ok(())
    }
}
