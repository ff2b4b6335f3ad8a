//! Manifests, by tag and by digest.

use axum::{
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Registry,
    blobs::{content_digest, digest, repository, value},
    errors::{OciError, too_large},
};
use crate::{
    bundle::{self, ManifestLayers},
    model::{ConnectorName, Digest},
    store::StoredManifest,
};

/// Largest manifest, in bytes; the specification asks for at least 4 MiB.
const LARGEST: usize = 4 * 1024 * 1024;

/// What a path names a manifest by.
enum Reference {
    Digest(Digest),
    Tag(String),
}

impl Reference {
    fn parse(text: &str) -> Result<Self, OciError> {
        if text.contains(':') {
            return Ok(Self::Digest(digest(text)?));
        }
        let head = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_tag = text.len() <= 128
            && text.starts_with(head)
            && text.chars().all(|c| head(c) || matches!(c, '.' | '-'));
        if is_tag {
            Ok(Self::Tag(text.to_owned()))
        } else {
            Err(invalid("the reference is neither a tag nor a digest"))
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Digest(digest) => digest.as_str(),
            Self::Tag(tag) => tag,
        }
    }
}

pub(super) async fn head(
    State(registry): State<Registry>,
    Path((name, reference)): Path<(String, String)>,
) -> Result<HeaderMap, OciError> {
    let (headers, _) = find(&registry, &repository(&name)?, &Reference::parse(&reference)?).await?;
    Ok(headers)
}

pub(super) async fn get(
    State(registry): State<Registry>,
    Path((name, reference)): Path<(String, String)>,
) -> Result<Response, OciError> {
    let (headers, bytes) = find(&registry, &repository(&name)?, &Reference::parse(&reference)?).await?;
    Ok((headers, bytes).into_response())
}

pub(super) async fn put(
    State(registry): State<Registry>,
    Path((name, reference)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, HeaderMap), OciError> {
    let repository = repository(&name)?;
    let reference = Reference::parse(&reference)?;
    let bytes = to_bytes(body, LARGEST)
        .await
        .map_err(|_| too_large(LARGEST as u64))?;
    let actual = Digest::of(&bytes);
    if let Reference::Digest(expected) = &reference
        && *expected != actual
    {
        return Err(OciError::new(
            StatusCode::BAD_REQUEST,
            "DIGEST_INVALID",
            format!("the manifest's digest is {actual}, not {expected}"),
        ));
    }
    let manifest = bundle::parse_manifest(&bytes).map_err(|error| invalid(error.to_string()))?;
    let media_type = media_type(&manifest, &headers)?;
    check_blobs(&registry, &manifest).await?;
    registry.blobs.put_bytes(bytes).await?;
    let stored = StoredManifest {
        digest: actual,
        media_type,
        subject: None,
    };
    let mut references = vec![stored.digest.as_str()];
    if let Reference::Tag(tag) = &reference {
        references.push(tag);
    }
    registry
        .store
        .put_manifest(repository.as_str(), &references, &stored)
        .await?;
    tracing::info!(%repository, reference = reference.as_str(), digest = %stored.digest, "manifest stored");
    let mut headers = content_digest(&stored.digest)?;
    let location = format!("/v2/{repository}/manifests/{}", stored.digest);
    headers.insert(header::LOCATION, value(&location)?);
    Ok((StatusCode::CREATED, headers))
}

async fn find(
    registry: &Registry,
    repository: &ConnectorName,
    reference: &Reference,
) -> Result<(HeaderMap, Vec<u8>), OciError> {
    let unknown = || {
        let message = format!("{repository} has no manifest {}", reference.as_str());
        OciError::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", message)
    };
    let stored = registry
        .store
        .manifest(repository.as_str(), reference.as_str())
        .await?
        .ok_or_else(unknown)?;
    let bytes = registry
        .blobs
        .bytes(&stored.digest, LARGEST as u64)
        .await?
        .ok_or_else(unknown)?;
    let mut headers = content_digest(&stored.digest)?;
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    headers.insert(header::CONTENT_TYPE, value(&stored.media_type)?);
    Ok((headers, bytes))
}

/// What the manifest says that it is; the request has to say the same.
fn media_type(manifest: &ManifestLayers, headers: &HeaderMap) -> Result<String, OciError> {
    let sent = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value: &HeaderValue| value.to_str().ok());
    match (manifest.media_type.as_deref(), sent) {
        (Some(written), Some(sent)) if written != sent => Err(invalid(format!(
            "its mediaType is {written:?}, but it was sent as {sent:?}"
        ))),
        (Some(media_type), _) | (None, Some(media_type)) if media_type.parse::<HeaderValue>().is_ok() => {
            Ok(media_type.to_owned())
        }
        _ => Err(invalid("it does not say its media type")),
    }
}

async fn check_blobs(registry: &Registry, manifest: &ManifestLayers) -> Result<(), OciError> {
    for blob in manifest.blobs() {
        match registry.blobs.size(&blob.digest).await? {
            Some(size) if size == blob.size => {}
            Some(size) => {
                let (digest, wrong) = (&blob.digest, blob.size);
                return Err(invalid(format!(
                    "blob {digest} has {size} bytes, not {wrong} as it says"
                )));
            }
            None => {
                return Err(OciError::new(
                    StatusCode::BAD_REQUEST,
                    "MANIFEST_BLOB_UNKNOWN",
                    format!(
                        "it names the blob {}, which is not here: upload it first",
                        blob.digest
                    ),
                ));
            }
        }
    }
    Ok(())
}

fn invalid(message: impl Into<String>) -> OciError {
    OciError::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
}
