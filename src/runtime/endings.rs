//! How instances end because berth wants them to.

use std::{
    io,
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::future::join_all;

use super::{Inner, Instance, InstanceKey, Runtime};
use crate::model::{ConnectorId, ReleaseId, UserId};

impl Runtime {
    /// Stops every instance of the release once its calls in flight have finished, or after a short while: something
    /// waits for its place.
    pub(crate) async fn retire_release(&self, release: &ReleaseId) {
        let drain = self.0.config.drain;
        self.0.end(drain, |_, key| key.release == *release).await;
    }

    /// The same for the instances of the release that are older than `epoch`.
    pub(crate) async fn retire_epochs_before(&self, release: &ReleaseId, epoch: u64) {
        let drain = self.0.config.drain;
        let older = |key: &InstanceKey| key.release == *release && key.epoch < epoch;
        self.0.end(drain, |_, key| older(key)).await;
    }

    /// As [`retire_release`](Self::retire_release), where another release has taken over beside it: nothing waits, so
    /// that its calls in flight have long.
    pub(crate) async fn relieve_release(&self, release: &ReleaseId) {
        let long = self.0.config.replaced;
        self.0.end(long, |_, key| key.release == *release).await;
    }

    /// The same for the instances of the release that are older than `epoch`.
    pub(crate) async fn relieve_epochs_before(&self, release: &ReleaseId, epoch: u64) {
        let long = self.0.config.replaced;
        let older = |key: &InstanceKey| key.release == *release && key.epoch < epoch;
        self.0.end(long, |_, key| older(key)).await;
    }

    /// Stops everything that runs for the user, and erases what it wrote to its private homes.
    pub(crate) async fn stop_user(&self, user: &UserId) {
        self.0.end(Duration::ZERO, |_, key| key.is_of(user)).await;
        let (homes, user) = (Arc::clone(&self.0.homes), user.clone());
        // What could not be erased was told in the broker's log.
        _ = self.0.tasks.spawn_blocking(move || homes.clear_of(&user)).await;
    }

    /// Stops what runs of the connector for the user, once its calls in flight have finished.
    pub(crate) async fn stop_user_of(&self, connector: &ConnectorId, user: &UserId) {
        let drain = self.0.config.drain;
        self.0
            .end(drain, |of, key| of == connector && key.is_of(user))
            .await;
    }

    /// Stops every instance of the connector.
    pub(crate) async fn stop_connector(&self, connector: &ConnectorId) {
        self.0.end(Duration::ZERO, |of, _| of == connector).await;
    }

    /// Stops every instance of the connector once its calls in flight have finished, and erases what all of them wrote to
    /// their private homes: how many of these there were. The caller sees to it that none starts meanwhile.
    pub(crate) async fn clear_homes(&self, connector: &ConnectorId) -> io::Result<usize> {
        let drain = self.0.config.drain;
        self.0.end(drain, |of, _| of == connector).await;
        self.0.clear_homes(connector).await
    }

    /// Stops everything, at once and in parallel. Nothing starts after this.
    pub(crate) async fn shutdown(&self) {
        self.0.shutdown.cancel();
        self.0.table.close();
        self.0.end(Duration::ZERO, |_, _| true).await;
        self.0.leaving.close();
        self.0.leaving.wait().await;
        self.0.docker.remove_network().await;
    }
}

impl Inner {
    /// Takes the instances that `which` names out of the table and ends them, each after at most `drain`; those among
    /// them that an earlier call left to finish their calls get no longer than that, either.
    pub(super) async fn end(
        self: &Arc<Self>,
        drain: Duration,
        which: impl Fn(&ConnectorId, &InstanceKey) -> bool,
    ) {
        let (instances, starting) = self.table.take(&which);
        self.crashes.lock().forget(&which);
        let left: Vec<_> = {
            let draining = self.draining.lock();
            let named = |instance: &Arc<Instance>| which(instance.connector(), instance.key());
            draining.iter().filter_map(Weak::upgrade).filter(named).collect()
        };
        let ends = instances.into_iter().map(|instance| self.retire(instance, drain));
        let cuts = left.into_iter().map(|instance| async move {
            instance.life().close_when_idle(drain).await;
            instance.life().ended().await;
        });
        tokio::join!(join_all(ends), join_all(cuts), async {
            for mut outcome in starting {
                _ = outcome.wait_for(Option::is_some).await;
            }
        });
    }

    /// Ends an instance on a task of its own, which goes on when nobody waits for it.
    pub(super) fn retire(
        self: &Arc<Self>,
        instance: Arc<Instance>,
        drain: Duration,
    ) -> impl Future<Output = ()> + use<> {
        let (grace, shutdown) = (self.config.stop, self.shutdown.clone());
        let pool = self.pool.clone();
        let mut draining = self.draining.lock();
        draining.retain(|other| other.strong_count() > 0);
        draining.push(Arc::downgrade(&instance));
        drop(draining);
        let ending = self.leaving.spawn(async move {
            instance.life().drain();
            tokio::select! {
                cut_off = instance.life().close_when_idle(drain) => if cut_off && !drain.is_zero() {
                    tracing::warn!(instance = instance.label(), "calls were still in flight when it was stopped");
                },
                () = shutdown.cancelled() => instance.life().close(),
            }
            pool.leaves(instance.place());
            instance.stop(grace).await;
        });
        async move { _ = ending.await }
    }

    pub(super) async fn clear_homes(&self, connector: &ConnectorId) -> io::Result<usize> {
        let (homes, connector) = (Arc::clone(&self.homes), connector.clone());
        let clearing = self.tasks.spawn_blocking(move || homes.clear(&connector));
        clearing.await.map_err(io::Error::other)?
    }
}
