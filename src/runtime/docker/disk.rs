//! How much containers write to the engine's disk: no limit of the engine's covers that on every file system.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bollard::{models::ContainerInspectResponse, query_parameters::InspectContainerOptionsBuilder};

use super::{Docker, EngineError, SLOW};
use crate::{model::Bytes, runtime::homes};

/// What the engine calls a mount that is no folder of somebody else's.
const VOLUME: &str = "volume";
/// How long to wait from one look to the next.
const PAUSE: Duration = Duration::from_secs(5);
/// Looking takes at most one in so many parts of the time.
const SHARE: u32 = 20;

/// Where a container may write to the engine's disk, besides what is shown to it of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Writable {
    root: bool,
    /// What its image says is to be kept. It goes with the container.
    volumes: Vec<PathBuf>,
}

impl Writable {
    pub(super) fn of(inspected: &ContainerInspectResponse) -> Self {
        let host = inspected.host_config.as_ref();
        let mounts = inspected.mounts.iter().flatten();
        let volumes = mounts.filter(|mount| mount.typ.as_deref() == Some(VOLUME));
        Self {
            root: host.and_then(|host| host.readonly_rootfs) != Some(true),
            volumes: volumes
                .filter_map(|volume| volume.source.as_deref().map(PathBuf::from))
                .collect(),
        }
    }
}

impl Docker {
    /// Completes when the container has written more than `limit`: to its root, and to its volumes, which only a broker
    /// looks into that is root on the engine's machine.
    pub(super) async fn has_too_much(&self, id: &str, place: &Writable, limit: Bytes) {
        let volumes: Vec<_> = match self.sees_this_machine() {
            true => place.volumes.clone(),
            false => Vec::new(),
        };
        if !place.root && volumes.is_empty() {
            return std::future::pending().await;
        }
        let mut pause = PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            let started = Instant::now();
            let in_root = match place.root {
                // An engine that does not answer is noticed by whoever waits for the container's end.
                true => self.written(id).await.unwrap_or_default(),
                false => 0,
            };
            let volumes = volumes.clone();
            // Fails when the runtime goes, and this with it.
            let in_volumes = tokio::task::spawn_blocking(move || held(&volumes, limit))
                .await
                .unwrap_or_default();
            if in_root + in_volumes > limit.0 {
                return;
            }
            pause = PAUSE.max(started.elapsed() * SHARE);
        }
    }

    /// How many bytes are in its root that are not the image's.
    async fn written(&self, id: &str) -> Result<u64, EngineError> {
        let options = InspectContainerOptionsBuilder::new().size(true).build();
        let inspected = self
            .ask(SLOW, |docker| async move {
                docker.inspect_container(id, Some(options)).await
            })
            .await?;
        let size = inspected.size_rw.unwrap_or_default();
        Ok(u64::try_from(size).unwrap_or_default())
    }
}

fn held(volumes: &[PathBuf], limit: Bytes) -> u64 {
    let held = |volume: &Path| homes::measure(volume, limit.0).map_or(0, |held| held.bytes);
    volumes.iter().map(|volume| held(volume)).sum()
}
