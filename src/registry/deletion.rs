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
use serde::Deserialize;

use super::{
    Registry,
    errors::{OciError, needed, unknown_blob},
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
            let mut cleared = Cleared::new();
            refuse_needed_manifest(registry, repository, &digest, &mut cleared).await?;
            let _deleting = registry.deleting.write().await;
            refuse_needed_manifest(registry, repository, &digest, &mut cleared).await?;
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
    if !registry.blobs.has(digest).await? {
        return Err(unknown_blob(digest));
    }
    let mut cleared = Cleared::new();
    refuse_needed_blob(registry, digest, &mut cleared).await?;
    let _deleting = registry.deleting.write().await;
    refuse_needed_blob(registry, digest, &mut cleared).await?;
    if !registry.blobs.remove(digest).await? {
        return Err(unknown_blob(digest));
    }
    tracing::info!(%digest, by = %user, "blob deleted");
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Manifests that were read and lead nowhere near what is to be deleted. A digest always stands for the same, so that
/// the second look, during which nothing can be pushed, reads only what came after the first.
type Cleared = HashSet<Digest>;

async fn refuse_needed_manifest(
    registry: &Registry,
    repository: &Repository,
    digest: &Digest,
    cleared: &mut Cleared,
) -> Result<(), OciError> {
    let what = format!("manifest {digest}");
    refuse_if_released(registry, &what, digest).await?;
    let records = registry.store.manifests_of(repository.as_str()).await?;
    match named_in(registry, &records, digest, cleared).await? {
        Some(index) => Err(needed(
            &what,
            &format!("the index {index} names it: delete that first"),
        )),
        None => Ok(()),
    }
}

async fn refuse_needed_blob(
    registry: &Registry,
    digest: &Digest,
    cleared: &mut Cleared,
) -> Result<(), OciError> {
    let what = format!("blob {digest}");
    refuse_if_released(registry, &what, digest).await?;
    let records = registry.store.manifests().await?;
    if let Some(record) = records.iter().find(|record| record.digest == *digest) {
        let needs = format!("it is the manifest {}@{digest}", record.repository);
        return Err(needed(&what, &format!("{needs}: delete it as a manifest")));
    }
    if let Some(manifest) = named_in(registry, &records, digest, cleared).await? {
        let needs = format!("the manifest {manifest} names it: delete that first");
        return Err(needed(&what, &needs));
    }
    // A package that the broker installed is in no repository, and a repository goes with its connector although a
    // release of another one may need what was in it.
    for artifact in released(registry).await? {
        if naming(registry, &artifact, digest, cleared).await?.is_some() {
            refuse_if_released(registry, &what, &artifact).await?;
        }
    }
    Ok(())
}

/// What a release was resolved to, as far as content hangs on it.
#[derive(Deserialize)]
struct Resolved {
    artifact: Option<Digest>,
}

/// The artifacts that releases name.
async fn released(registry: &Registry) -> Result<HashSet<Digest>, OciError> {
    let mut artifacts = HashSet::new();
    for (spec, resolved) in registry.store.release_sources().await? {
        artifacts.extend(spec.source.artifact().cloned());
        let resolved = resolved.and_then(|json| serde_json::from_str::<Resolved>(&json).ok());
        artifacts.extend(resolved.and_then(|resolved| resolved.artifact));
    }
    Ok(artifacts)
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

/// The first manifest among `records`, or among what they lead to, that names `digest` as one of its parts.
async fn named_in(
    registry: &Registry,
    records: &[ManifestRecord],
    digest: &Digest,
    cleared: &mut Cleared,
) -> Result<Option<String>, OciError> {
    for record in records {
        if let Some(manifest) = naming(registry, &record.digest, digest, cleared).await? {
            return Ok(Some(format!("{}@{manifest}", record.repository)));
        }
    }
    Ok(None)
}

/// The manifest that names `digest` as one of its parts: `top`, or one that it leads to.
async fn naming(
    registry: &Registry,
    top: &Digest,
    digest: &Digest,
    cleared: &mut Cleared,
) -> Result<Option<Digest>, OciError> {
    let (mut ahead, mut read) = (vec![top.clone()], Cleared::new());
    while let Some(next) = ahead.pop() {
        if cleared.contains(&next) || read.contains(&next) {
            continue;
        }
        // What is not here, or too large for a manifest, names nothing.
        let size = registry.blobs.size(&next).await?;
        if size.is_none_or(|size| size > bundle::LARGEST_MANIFEST) {
            continue;
        }
        let Some(bytes) = registry.blobs.bytes(&next, bundle::LARGEST_MANIFEST).await? else {
            continue;
        };
        let is_named = match bundle::parse_any(&bytes) {
            Ok(AnyManifest::Single(manifest)) => manifest.blobs().any(|blob| blob.digest == *digest),
            Ok(AnyManifest::Index(index)) => {
                let children = index.manifests.into_iter().map(|entry| entry.descriptor.digest);
                let before = ahead.len();
                ahead.extend(children);
                ahead[before..].contains(digest)
            }
            Err(_) => false,
        };
        if is_named {
            return Ok(Some(next));
        }
        read.insert(next);
    }
    // Not sooner: one of them may have led to the manifest that names it.
    cleared.extend(read);
    Ok(None)
}
