//! Manifests, by tag and by digest (distribution specification 1.1, "Pulling manifests", "Pushing Manifests",
//! "Listing Referrers").

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Registry,
    errors::{OciError, invalid_manifest},
    names::{Reference, Repository},
    parts::{content_digest, names, query, whole},
};
use crate::{
    blobs::BlobError,
    bundle::{self, About, AnyManifest},
    model::Digest,
    store::StoredManifest,
};

const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
/// Media types of one manifest, and of indexes.
const SINGLE_TYPES: [&str; 2] = [
    bundle::MANIFEST_TYPE,
    "application/vnd.docker.distribution.manifest.v2+json",
];
const INDEX_TYPES: [&str; 2] = [
    INDEX_TYPE,
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
/// Layers whose licence keeps them out of registries: who pulls gets them elsewhere.
const ELSEWHERE: [&str; 2] = [
    "application/vnd.oci.image.layer.nondistributable.",
    "application/vnd.docker.image.rootfs.foreign.",
];

pub(super) async fn get(
    registry: &Registry,
    repository: &Repository,
    reference: &str,
    asked: &HeaderMap,
) -> Result<Response, OciError> {
    let unknown = || {
        let message = format!("{repository} has no manifest {reference:?}");
        OciError::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", message)
    };
    // What can't be a tag is no manifest's.
    let reference = Reference::parse(reference).map_err(|_| unknown())?;
    let stored = registry
        .store
        .manifest(repository.as_str(), reference.as_str())
        .await?
        .ok_or_else(unknown)?;
    if !accepts(asked, &stored.media_type) {
        let message = format!(
            "{repository} has {}, but its type {} is none that Accept names",
            reference.as_str(),
            stored.media_type
        );
        return Err(OciError::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", message));
    }
    registry.blobs.touch(&stored.digest).await?;
    let bytes = registry
        .blobs
        .bytes(&stored.digest, bundle::LARGEST_MANIFEST)
        .await?;
    let bytes = bytes.ok_or_else(unknown)?;
    let mut headers = content_digest(&stored.digest)?;
    headers.insert(header::ETAG, format!("\"{}\"", stored.digest).parse()?);
    if names(asked.get(header::IF_NONE_MATCH), &stored.digest) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    headers.insert(header::CONTENT_TYPE, stored.media_type.parse()?);
    Ok((headers, bytes).into_response())
}

pub(super) async fn put(
    registry: &Registry,
    repository: &Repository,
    reference: &Reference,
    sent: &HeaderMap,
    body: Body,
) -> Result<Response, OciError> {
    let bytes = whole(body, bundle::LARGEST_MANIFEST)
        .await
        .map_err(|error| match error {
            BlobError::Interrupted(_) => invalid_manifest(error.to_string()),
            error => error.into(),
        })?;
    let actual = Digest::of(&bytes);
    if let Reference::Digest(expected) = reference
        && *expected != actual
    {
        let message = format!("the manifest's digest is {actual}, not {expected}");
        return Err(OciError::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message));
    }
    let manifest = bundle::parse_any(&bytes).map_err(|error| invalid_manifest(error.to_string()))?;
    let about = bundle::about(&bytes).map_err(|error| invalid_manifest(error.to_string()))?;
    let stored = StoredManifest {
        digest: actual,
        media_type: media_type(&manifest, sent)?,
        subject: about.subject.map(|subject| subject.digest),
    };
    // Nobody deletes a blob between the look at it and the row that names it.
    let _deleting = registry.deleting.read().await;
    check_content(registry, repository, &manifest).await?;
    registry.blobs.put_bytes(bytes).await?;
    let mut references = vec![stored.digest.as_str()];
    if let Reference::Tag(tag) = reference {
        references.push(tag);
    }
    let before = registry
        .store
        .put_manifest(repository.as_str(), &references, &stored)
        .await?;
    // A sweep that gathered its names before the row was there may have taken a blob since.
    if let Err(error) = check_content(registry, repository, &manifest).await {
        registry
            .store
            .take_back_manifest(repository.as_str(), &references, &stored.digest, &before)
            .await?;
        return Err(error);
    }
    tracing::info!(%repository, reference = reference.as_str(), digest = %stored.digest, "manifest stored");
    let mut headers = content_digest(&stored.digest)?;
    let location = format!("/v2/{repository}/manifests/{}", stored.digest);
    headers.insert(header::LOCATION, location.parse()?);
    if let Some(subject) = &stored.subject {
        headers.insert("oci-subject", subject.as_str().parse()?);
    }
    Ok((StatusCode::CREATED, headers).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    artifact_type: Option<String>,
}

/// The manifests that say something about `subject`, as an index. An unknown subject has none.
pub(super) async fn referrers(
    registry: &Registry,
    repository: &Repository,
    subject: &Digest,
    uri: &Uri,
) -> Result<Response, OciError> {
    let filter: Filter = query(uri)?;
    let mut manifests = Vec::new();
    for record in registry.store.manifests_of(repository.as_str()).await? {
        if record.is_tag() || record.subject.as_ref() != Some(subject) {
            continue;
        }
        let Some(bytes) = registry
            .blobs
            .bytes(&record.digest, bundle::LARGEST_MANIFEST)
            .await?
        else {
            continue;
        };
        let Ok(about) = bundle::about(&bytes) else {
            continue;
        };
        if filter
            .artifact_type
            .as_deref()
            .is_none_or(|wanted| about.artifact_type() == Some(wanted))
        {
            manifests.push(referrer(&record.media_type, &record.digest, bytes.len(), &about));
        }
    }
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests });
    let mut response = Json(index).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(INDEX_TYPE));
    if filter.artifact_type.is_some() {
        let applied = HeaderValue::from_static("artifactType");
        headers.insert("oci-filters-applied", applied);
    }
    Ok(response)
}

fn referrer(media_type: &str, digest: &Digest, size: usize, about: &About) -> Value {
    let mut descriptor = json!({ "mediaType": media_type, "digest": digest, "size": size });
    if let Some(artifact_type) = about.artifact_type() {
        descriptor["artifactType"] = artifact_type.into();
    }
    if let Some(annotations) = &about.annotations {
        descriptor["annotations"] = annotations.clone();
    }
    descriptor
}

/// Whether `Accept` allows the type; without the header everything is allowed.
fn accepts(asked: &HeaderMap, media_type: &str) -> bool {
    let mut values = asked.get_all(header::ACCEPT).iter().peekable();
    values.peek().is_none()
        || values.filter_map(|value| value.to_str().ok()).any(|value| {
            value.split(',').any(|accepted| {
                let accepted = essence(accepted);
                let is_kind = accepted
                    .strip_suffix("/*")
                    .is_some_and(|kind| media_type.split('/').next() == Some(kind));
                accepted == "*/*" || is_kind || accepted.eq_ignore_ascii_case(media_type)
            })
        })
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// What the manifest says that it is; the request has to say the same.
fn media_type(manifest: &AnyManifest, sent: &HeaderMap) -> Result<String, OciError> {
    let (written, known) = match manifest {
        AnyManifest::Single(manifest) => (manifest.media_type.as_deref(), SINGLE_TYPES),
        AnyManifest::Index(index) => (index.media_type.as_deref(), INDEX_TYPES),
    };
    let sent = sent.get(header::CONTENT_TYPE);
    let sent = sent.and_then(|value| value.to_str().ok()).map(essence);
    let media_type = match (written, sent) {
        (Some(written), Some(sent)) if written != sent => {
            return Err(invalid_manifest(format!(
                "its mediaType is {written:?}, but it was sent as {sent:?}"
            )));
        }
        (Some(media_type), _) | (None, Some(media_type)) => media_type,
        (None, None) => return Err(invalid_manifest("it does not say its media type")),
    };
    if known.contains(&media_type) {
        return Ok(media_type.to_owned());
    }
    Err(invalid_manifest(format!(
        "its media type is {media_type:?}; for what it holds it has to be {} or {}",
        known[0], known[1]
    )))
}

/// Whether everything that the manifest names is here; keeps it from the next sweeps.
async fn check_content(
    registry: &Registry,
    repository: &Repository,
    manifest: &AnyManifest,
) -> Result<(), OciError> {
    match manifest {
        AnyManifest::Single(manifest) => {
            for blob in manifest.blobs() {
                let here = registry.blobs.touch(&blob.digest).await?;
                let is_elsewhere = || ELSEWHERE.iter().any(|kind| blob.media_type.starts_with(kind));
                match here {
                    None if is_elsewhere() => {}
                    None => return Err(missing("blob", &blob.digest)),
                    Some(size) => check_size("blob", &blob.digest, blob.size, size)?,
                }
            }
        }
        AnyManifest::Index(index) => {
            for entry in &index.manifests {
                let child = &entry.descriptor;
                let row = registry
                    .store
                    .manifest(repository.as_str(), child.digest.as_str())
                    .await?;
                let here = registry.blobs.touch(&child.digest).await?;
                match row.and(here) {
                    None => return Err(missing("manifest", &child.digest)),
                    Some(size) => check_size("manifest", &child.digest, child.size, size)?,
                }
            }
        }
    }
    Ok(())
}

fn missing(what: &str, digest: &Digest) -> OciError {
    let message = format!("it names the {what} {digest}, which is not here: upload it first");
    OciError::new(StatusCode::BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN", message)
        .detail(json!({ "digest": digest }))
}

fn check_size(what: &str, digest: &Digest, claimed: u64, actual: u64) -> Result<(), OciError> {
    if claimed == actual {
        return Ok(());
    }
    let message = format!("{what} {digest} has {actual} bytes, not {claimed} as it says");
    Err(invalid_manifest(message).detail(json!({ "digest": digest, "size": actual })))
}
