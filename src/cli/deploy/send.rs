//! Packing a bundle and sending what the broker does not have of it.

use serde::Serialize;

use super::plan::{Plan, Wanted};
use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
        ui,
    },
    client::Client,
    model::ConnectorName,
    package::Artifact,
};

/// Packs the plan's bundle; the other sources have nothing to send.
pub(super) async fn pack(plan: &mut Plan) -> Result<Option<Artifact>, CmdError> {
    let Wanted::Bundle { package, .. } = &mut plan.source.value else {
        return Ok(None);
    };
    let Some(package) = package.take() else {
        return Ok(None);
    };
    let packing = tokio::task::spawn_blocking(move || package.pack(None));
    match packing.await {
        Ok(packed) => Ok(Some(packed?)),
        Err(error) => Err(CmdError::new(Kind::Build, "packing broke off").with_source(error)),
    }
}

/// What was sent of an artifact, or would be.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Sent {
    pub(super) layers: usize,
    /// Sizes in bytes: what went over the line, the whole artifact, and what the broker had already.
    pub(super) bytes: u64,
    pub(super) total_bytes: u64,
    pub(super) reused_bytes: u64,
}

/// What [`upload`] would send.
pub(super) async fn planned(
    client: &Client,
    name: &ConnectorName,
    artifact: &Artifact,
) -> Result<Sent, CmdError> {
    let missing = client.missing(name, artifact).await?;
    let total_bytes: u64 = artifact.blobs.iter().map(|blob| blob.size).sum();
    Ok(Sent {
        layers: missing.blobs.len(),
        bytes: missing.size,
        total_bytes,
        reused_bytes: total_bytes - missing.size,
    })
}

pub(super) async fn upload(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    artifact: &Artifact,
) -> Result<Sent, CmdError> {
    let missing = client.missing(name, artifact).await?;
    let total_bytes: u64 = artifact.blobs.iter().map(|blob| blob.size).sum();
    ctx.ui.say(match missing.blobs.len() {
        0 => format!(
            "Upload: the broker has all of it already ({})",
            ui::size(total_bytes)
        ),
        _ => format!(
            "Upload: {} of {} new",
            ui::size(missing.size),
            ui::size(total_bytes)
        ),
    });
    let bar = ctx.ui.bytes(missing.size);
    for blob in &missing.blobs {
        let counter = bar.clone();
        client
            .send_blob(name, blob, move |bytes| counter.inc(bytes))
            .await?;
    }
    bar.finish_and_clear();
    client.send_manifest(name, artifact).await?;
    Ok(Sent {
        layers: missing.blobs.len(),
        bytes: missing.size,
        total_bytes,
        reused_bytes: total_bytes - missing.size,
    })
}
