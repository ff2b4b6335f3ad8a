//! Connectors that are kept warm: an instance of what serves is there before the first call, and again after it ended.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{Live, Releases};
use crate::{
    mcp::ClientSide,
    model::{ConnectorId, Transport},
    runtime::{InstanceKey, StartCause},
};

/// How often it is looked whether what is to be warm is there.
const LOOK: Duration = Duration::from_millis(500);

/// How long to wait after a start that failed; each further failure in a row waits twice as long.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// How the starts of one connector's instance go.
struct Tries {
    key: InstanceKey,
    under_way: bool,
    failed: u32,
    not_before: Instant,
}

impl Releases {
    /// From now on keeps warm what its release says, on a task of its own.
    pub(super) fn keep_warm(&self) {
        let this = self.clone();
        self.0.tasks.spawn(async move {
            let stop = this.0.stop.clone();
            _ = stop
                .run_until_cancelled(Box::pin(this.go_on_keeping_warm()))
                .await;
        });
    }

    async fn go_on_keeping_warm(&self) {
        let mut all: HashMap<ConnectorId, Tries> = HashMap::new();
        let (tell, mut told) = mpsc::unbounded_channel();
        loop {
            let wanted = self.wanted_warm();
            all.retain(|connector, tries| tries.under_way || wanted.contains_key(connector));
            for (connector, live) in wanted {
                let key = live.shared_key();
                if self.0.runtime.hold(&key) {
                    all.remove(&connector);
                    continue;
                }
                let tries = all.entry(connector.clone()).or_insert_with(|| Tries::of(&key));
                if tries.under_way {
                    continue;
                }
                if tries.key != key {
                    *tries = Tries::of(&key);
                }
                if Instant::now() < tries.not_before {
                    continue;
                }
                tries.under_way = true;
                let (this, tell) = (self.clone(), tell.clone());
                self.0.tasks.spawn(async move {
                    let put_off = Box::pin(this.warm(&live)).await.err();
                    _ = tell.send((connector, put_off));
                });
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                Some((connector, put_off)) = told.recv() => match (put_off, all.get_mut(&connector)) {
                    (Some(put_off), Some(tries)) => tries.put_off(put_off),
                    _ => _ = all.remove(&connector),
                }
            }
        }
    }

    /// What serves and is to be kept warm.
    fn wanted_warm(&self) -> HashMap<ConnectorId, Arc<Live>> {
        let live = self.0.live.read();
        let warm = live.values().filter(|live| live.is_warm());
        warm.map(|live| (live.connector.clone(), Arc::clone(live)))
            .collect()
    }

    /// Starts the instance of `live`, if it still serves. When that fails: how long it is to be left alone, at least.
    async fn warm(&self, live: &Live) -> Result<(), Duration> {
        let key = live.shared_key();
        // While another release takes this one's port over, nothing is to be started at it.
        let _handover = live.handover.read().await;
        let serves = || self.live(&live.name).filter(|now| now.shared_key() == key);
        let Some(now) = serves() else { return Ok(()) };
        let started = self
            .0
            .runtime
            .ensure(&key, || now.launch(&[], ClientSide::berth()))
            .await;
        let error = match started {
            Ok(_) if serves().is_some() => return Ok(()),
            Ok(_) => {
                // What took over has looked for its predecessors already.
                let runtime = &self.0.runtime;
                runtime.relieve_epochs_before(&live.release, live.epoch + 1).await;
                return Ok(());
            }
            Err(error) => error,
        };
        if error.cause.is_image_gone() {
            self.put_image_back(&now).await;
        }
        tracing::warn!(connector = %live.name, number = live.number, %error, "an instance that is to be kept warm did not start");
        Err(match error.cause {
            StartCause::Crashing { retry_in, .. } => retry_in,
            _ => Duration::ZERO,
        })
    }
}

impl Live {
    /// Whether an instance is to be there before anybody calls.
    fn is_warm(&self) -> bool {
        let least = self.spec.run.min_instances.unwrap_or_default();
        least > 0 && matches!(self.spec.transport, Transport::Http { .. })
    }
}

impl Tries {
    fn of(key: &InstanceKey) -> Self {
        Self {
            key: key.clone(),
            under_way: false,
            failed: 0,
            not_before: Instant::now(),
        }
    }

    /// Leaves it alone for a while, `least` at least.
    fn put_off(&mut self, least: Duration) {
        let pause = (SHORTEST * 2u32.pow(self.failed.min(6))).min(LONGEST);
        self.under_way = false;
        self.failed += 1;
        self.not_before = Instant::now() + pause.max(least);
    }
}
