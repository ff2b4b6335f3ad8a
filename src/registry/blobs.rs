//! Reading blobs.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use tokio_util::io::ReaderStream;

use super::{
    Registry,
    errors::{OciError, invalid_digest, invalid_name, unknown_blob},
};
use crate::model::{ConnectorName, Digest};

/// A repository in a path.
pub(super) fn repository(name: &str) -> Result<ConnectorName, OciError> {
    name.parse().map_err(|error| invalid_name(&error))
}

pub(super) fn digest(text: &str) -> Result<Digest, OciError> {
    text.parse().map_err(|error| invalid_digest(&error))
}

pub(super) async fn head(
    State(registry): State<Registry>,
    Path((name, reference)): Path<(String, String)>,
) -> Result<HeaderMap, OciError> {
    repository(&name)?;
    describe(&registry, &digest(&reference)?).await
}

pub(super) async fn get(
    State(registry): State<Registry>,
    Path((name, reference)): Path<(String, String)>,
) -> Result<Response, OciError> {
    repository(&name)?;
    let digest = digest(&reference)?;
    let headers = describe(&registry, &digest).await?;
    let file = registry
        .blobs
        .read(&digest)
        .await?
        .ok_or_else(|| unknown_blob(&digest))?;
    let body = Body::from_stream(ReaderStream::with_capacity(file, 64 * 1024));
    Ok((headers, body).into_response())
}

async fn describe(registry: &Registry, digest: &Digest) -> Result<HeaderMap, OciError> {
    let size = registry
        .blobs
        .size(digest)
        .await?
        .ok_or_else(|| unknown_blob(digest))?;
    let mut headers = content_digest(digest)?;
    headers.insert(header::CONTENT_LENGTH, size.into());
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    Ok(headers)
}

/// The header that says which content an answer is about.
pub(super) fn content_digest(digest: &Digest) -> Result<HeaderMap, OciError> {
    let mut headers = HeaderMap::new();
    headers.insert("docker-content-digest", value(digest.as_str())?);
    Ok(headers)
}

pub(super) fn value(text: &str) -> Result<HeaderValue, OciError> {
    HeaderValue::from_str(text).map_err(|error| OciError::internal(&error))
}
