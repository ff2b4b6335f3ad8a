//! Packing a bundle and sending what the broker does not have of it.

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
    let packing = tokio::task::spawn_blocking(move || package.pack());
    match packing.await {
        Ok(packed) => Ok(Some(packed?)),
        Err(error) => Err(CmdError::new(Kind::Build, "packing broke off").with_source(error)),
    }
}

pub(super) async fn upload(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    artifact: &Artifact,
) -> Result<(), CmdError> {
    let missing = client.missing(name, artifact).await?;
    let total: u64 = artifact.blobs.iter().map(|blob| blob.size).sum();
    ctx.ui.say(match missing.blobs.len() {
        0 => format!("Upload: the broker has all of it already ({})", ui::size(total)),
        _ => format!("Upload: {} of {} new", ui::size(missing.size), ui::size(total)),
    });
    let bar = ctx.ui.bytes(missing.size);
    for blob in &missing.blobs {
        let counter = bar.clone();
        client
            .send_blob(name, blob, move |bytes| counter.inc(bytes))
            .await?;
    }
    bar.finish_and_clear();
    Ok(client.send_manifest(name, artifact).await?)
}
