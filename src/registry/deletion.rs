//! Deleting manifests and blobs (distribution specification 1.1, "Deleting Tags", "Deleting Manifests", "Deleting
//! Blobs").
//!
//! What something else stands on is not deleted: a manifest that a release or an index names, a blob that a manifest
//! or a release names. The answer says which. A tag may always go.

use std::collections::HashSet;

use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::{
    Registry,
    errors::{OciError, needed, unknown_blob},
    manifests::LARGEST,
    names::{Reference, Repository},
};
use crate::{
    bundle::{self, AnyManifest},
    model::{Digest, UserId},
    store::ManifestRecord,
};

pub(super) async fn manifest(
    registry: &Registry,
    user: &UserId,
    repository: &Repository,
    reference: &str,
) -> Result<Response, OciError> {
    let removed = match Reference::parse(reference) {
        Ok(Reference::Tag(tag)) => registry.store.remove_manifest(repository.as_str(), &tag).await?,
        Ok(Reference::Digest(digest)) => {
            let _deleting = registry.deleting.write().await;
            let what = format!("manifest {digest}");
            refuse_if_released(registry, &what, &digest).await?;
            let others = registry.store.manifests_of(repository.as_str()).await?;
            if let Some(index) = naming(registry, others, &digest).await? {
                return Err(needed(
                    &what,
                    &format!("the index {index} names it: delete that first"),
                ));
            }
            registry
                .store
                .remove_manifest_names(repository.as_str(), &digest)
                .await?
        }
        // What can't be a tag is no manifest's.
        Err(_) => false,
    };
    if !removed {
        let message = format!("{repository} has no manifest {reference:?}");
        return Err(OciError::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", message));
    }
    tracing::info!(%repository, reference, by = %user, "manifest deleted");
    Ok(StatusCode::ACCEPTED.into_response())
}

pub(super) async fn blob(registry: &Registry, user: &UserId, digest: &Digest) -> Result<Response, OciError> {
    let _deleting = registry.deleting.write().await;
    if !registry.blobs.has(digest).await? {
        return Err(unknown_blob(digest));
    }
    let what = format!("blob {digest}");
    refuse_if_released(registry, &what, digest).await?;
    let manifests = registry.store.manifests().await?;
    if let Some(record) = manifests.iter().find(|record| record.digest == *digest) {
        let needs = format!("it is the manifest {}", shown(record));
        return Err(needed(&what, &format!("{needs}: delete it as a manifest")));
    }
    if let Some(manifest) = naming(registry, manifests, digest).await? {
        let needs = format!("the manifest {manifest} names it: delete that first");
        return Err(needed(&what, &needs));
    }
    registry.blobs.remove(digest).await?;
    tracing::info!(%digest, by = %user, "blob deleted");
    Ok(StatusCode::ACCEPTED.into_response())
}

async fn refuse_if_released(registry: &Registry, what: &str, digest: &Digest) -> Result<(), OciError> {
    match registry.store.release_naming(digest).await? {
        None => Ok(()),
        Some(release) => {
            let needs = format!(
                "release {} of connector {} needs it, and goes with `berth rm {}` or when newer deploys replace it",
                release.number, release.connector, release.connector
            );
            Err(needed(what, &needs))
        }
    }
}

/// The first manifest among `records` that names `digest` as one of its parts.
async fn naming(
    registry: &Registry,
    records: Vec<ManifestRecord>,
    digest: &Digest,
) -> Result<Option<String>, OciError> {
    let mut read = HashSet::new();
    for record in records {
        if !read.insert(record.digest.clone()) {
            continue;
        }
        let Some(bytes) = registry.blobs.bytes(&record.digest, LARGEST as u64).await? else {
            continue;
        };
        let names = match bundle::parse_any(&bytes) {
            Ok(AnyManifest::Single(manifest)) => manifest.blobs().any(|blob| blob.digest == *digest),
            Ok(AnyManifest::Index(index)) => index
                .manifests
                .iter()
                .any(|entry| entry.descriptor.digest == *digest),
            Err(_) => false,
        };
        if names {
            return Ok(Some(shown(&record)));
        }
    }
    Ok(None)
}

fn shown(record: &ManifestRecord) -> String {
    format!("{}@{}", record.repository, record.digest)
}
