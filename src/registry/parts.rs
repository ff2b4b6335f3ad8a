//! What the requests and answers of several routes have in common: the query, the body, the headers about content.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    extract::Query,
    http::{HeaderMap, HeaderValue, StatusCode, Uri},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use super::errors::OciError;
use crate::{blobs::BlobError, model::Digest};

/// How long a body may send nothing before its request ends.
const STALLED: Duration = Duration::from_secs(60);

/// The query's fields.
pub(super) fn query<T: serde::de::DeserializeOwned>(uri: &Uri) -> Result<T, OciError> {
    let query = Query::try_from_uri(uri).map_err(|error| {
        let message = format!("the query can't be read: {error}");
        OciError::new(StatusCode::BAD_REQUEST, "UNSUPPORTED", message)
    })?;
    Ok(query.0)
}

/// The body's next piece; `None` at its end.
pub(super) async fn next(body: &mut BodyDataStream) -> Result<Option<Bytes>, BlobError> {
    let next = tokio::time::timeout(STALLED, body.next());
    let next = next
        .await
        .map_err(|stalled| BlobError::Interrupted(stalled.into()))?;
    next.transpose()
        .map_err(|error| BlobError::Interrupted(error.into()))
}

/// All of a body of at most `limit` bytes.
pub(super) async fn whole(body: Body, limit: u64) -> Result<Bytes, BlobError> {
    let (mut body, mut whole) = (body.into_data_stream(), BytesMut::new());
    while let Some(piece) = next(&mut body).await? {
        if (whole.len() + piece.len()) as u64 > limit {
            return Err(BlobError::TooLarge { limit });
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// Whether a condition (`If-None-Match`, `If-Range`) is about this content.
pub(super) fn names(condition: Option<&HeaderValue>, digest: &Digest) -> bool {
    let tags = condition
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    tags.split(',').any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == digest.as_str()
    })
}

/// The header that says which content an answer is about.
pub(super) fn content_digest(digest: &Digest) -> Result<HeaderMap, OciError> {
    let mut headers = HeaderMap::new();
    headers.insert("docker-content-digest", digest.as_str().parse()?);
    Ok(headers)
}
