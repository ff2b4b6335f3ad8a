//! Reading blobs (distribution specification 1.1, "Pulling blobs"; RFC 9110 §13, §14).

use std::io::SeekFrom;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::{
    Registry,
    errors::{OciError, unknown_blob},
    parts::{content_digest, names},
    ranges::{Wanted, wanted},
};
use crate::model::Digest;

/// How much of a blob is read at once, in bytes.
const CHUNK: usize = 256 * 1024;

pub(super) async fn head(registry: &Registry, digest: &Digest) -> Result<Response, OciError> {
    // Who is told that it is here will not send it.
    let size = registry.blobs.touch(digest).await?;
    let size = size.ok_or_else(|| unknown_blob(digest))?;
    let mut headers = describe(digest)?;
    headers.insert(header::CONTENT_LENGTH, size.into());
    Ok(headers.into_response())
}

pub(super) async fn get(
    registry: &Registry,
    digest: &Digest,
    asked: &HeaderMap,
) -> Result<Response, OciError> {
    let file = registry.blobs.read(digest).await?;
    let mut file = file.ok_or_else(|| unknown_blob(digest))?;
    let size = file.metadata().await?.len();
    let mut headers = describe(digest)?;
    if names(asked.get(header::IF_NONE_MATCH), digest) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let range = asked.get(header::RANGE).filter(|_| {
        let condition = asked.get(header::IF_RANGE);
        condition.is_none() || names(condition, digest)
    });
    let range = range.and_then(|range| range.to_str().ok());
    let (status, part) = match range.map_or(Wanted::Whole, |range| wanted(range, size)) {
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(part) => {
            let shown = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            headers.insert(header::CONTENT_RANGE, shown.parse()?);
            (StatusCode::PARTIAL_CONTENT, part)
        }
        Wanted::Nothing => {
            let message = format!("blob {digest} has {size} bytes");
            let error = OciError::new(StatusCode::RANGE_NOT_SATISFIABLE, "SIZE_INVALID", message);
            return Err(error.header(header::CONTENT_RANGE, format!("bytes */{size}").parse()?));
        }
    };
    let length = part.end - part.start;
    headers.insert(header::CONTENT_LENGTH, length.into());
    file.seek(SeekFrom::Start(part.start)).await?;
    let body = Body::from_stream(ReaderStream::with_capacity(file.take(length), CHUNK));
    Ok((status, headers, body).into_response())
}

fn describe(digest: &Digest) -> Result<HeaderMap, OciError> {
    let mut headers = content_digest(digest)?;
    headers.insert(header::ETAG, format!("\"{digest}\"").parse()?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    Ok(headers)
}
