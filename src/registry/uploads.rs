//! Receiving blobs: in one request, or in several.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Extension,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
};
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::sync::Mutex as Turn;

use super::{
    Registry,
    blobs::{content_digest, digest, repository, value},
    errors::{OciError, too_large},
};
use crate::{
    blobs::{BlobError, Upload},
    model::{ConnectorName, Digest, UserId},
    secret,
};

/// An upload that nothing was added to for so long is forgotten.
const IDLE: Duration = Duration::from_secs(3600);
/// Most uploads under way at once.
const MOST: usize = 512;

/// The uploads under way, by their unguessable ids.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<HashMap<String, Session>>);

#[derive(Debug, Clone)]
struct Session {
    repository: ConnectorName,
    user: UserId,
    touched: Instant,
    /// Requests of one upload take turns; `None` once it was finished.
    upload: Arc<Turn<Option<Upload>>>,
}

type Answer = Result<(StatusCode, HeaderMap), OciError>;

impl Uploads {
    fn begin(&self, repository: &ConnectorName, user: &UserId, upload: Upload) -> Result<String, OciError> {
        let id = secret::generate("").expose().clone();
        let mut sessions = self.0.lock();
        sessions.retain(|_, session| session.touched.elapsed() < IDLE);
        if sessions.len() >= MOST {
            return Err(OciError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TOOMANYREQUESTS",
                "too many uploads are under way: try again later",
            ));
        }
        let session = Session {
            repository: repository.clone(),
            user: user.clone(),
            touched: Instant::now(),
            upload: Arc::new(Turn::new(Some(upload))),
        };
        sessions.insert(id.clone(), session);
        Ok(id)
    }

    /// The upload, for who began it.
    fn find(&self, id: &str, repository: &ConnectorName, user: &UserId) -> Result<Session, OciError> {
        let mut sessions = self.0.lock();
        let session = sessions
            .get_mut(id)
            .filter(|session| session.repository == *repository && session.user == *user);
        let session = session.ok_or_else(unknown_upload)?;
        session.touched = Instant::now();
        Ok(session.clone())
    }

    fn forget(&self, id: &str) {
        self.0.lock().remove(id);
    }
}

fn unknown_upload() -> OciError {
    OciError::new(
        StatusCode::NOT_FOUND,
        "BLOB_UPLOAD_UNKNOWN",
        "there is no such upload: begin it again",
    )
}

#[derive(Deserialize)]
pub(super) struct Begin {
    /// The blob's digest, when the whole blob is the body of this request.
    digest: Option<String>,
    /// A blob that may be here already, under another repository.
    mount: Option<String>,
}

pub(super) async fn begin(
    State(registry): State<Registry>,
    Extension(user): Extension<UserId>,
    Path(name): Path<String>,
    Query(begin): Query<Begin>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let repository = repository(&name)?;
    if let Some(mount) = &begin.mount {
        let mount = digest(mount)?;
        if registry.blobs.has(&mount).await? {
            return created(&repository, &mount);
        }
    }
    let expected = begin.digest.as_deref().map(digest).transpose()?;
    check_length(&headers, registry.upload_limit)?;
    let upload = registry.blobs.upload(registry.upload_limit).await?;
    if let Some(expected) = expected {
        receive(&upload, body).await?;
        upload.finish(Some(&expected)).await?;
        return created(&repository, &expected);
    }
    let id = registry.uploads.begin(&repository, &user, upload)?;
    progress(StatusCode::ACCEPTED, &repository, &id, 0)
}

pub(super) async fn status(
    State(registry): State<Registry>,
    Extension(user): Extension<UserId>,
    Path((name, id)): Path<(String, String)>,
) -> Answer {
    let repository = repository(&name)?;
    let session = registry.uploads.find(&id, &repository, &user)?;
    let turn = session.upload.lock().await;
    let upload = turn.as_ref().ok_or_else(unknown_upload)?;
    progress(StatusCode::NO_CONTENT, &repository, &id, upload.received())
}

pub(super) async fn append(
    State(registry): State<Registry>,
    Extension(user): Extension<UserId>,
    Path((name, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let repository = repository(&name)?;
    let session = registry.uploads.find(&id, &repository, &user)?;
    let turn = session.upload.lock().await;
    let upload = turn.as_ref().ok_or_else(unknown_upload)?;
    check_start(&headers, upload.received())?;
    check_length(&headers, registry.upload_limit.saturating_sub(upload.received()))?;
    receive(upload, body).await?;
    progress(StatusCode::ACCEPTED, &repository, &id, upload.received())
}

#[derive(Deserialize)]
pub(super) struct Finish {
    #[serde(default)]
    digest: String,
}

pub(super) async fn finish(
    State(registry): State<Registry>,
    Extension(user): Extension<UserId>,
    Path((name, id)): Path<(String, String)>,
    Query(finish): Query<Finish>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let repository = repository(&name)?;
    let expected = digest(&finish.digest)?;
    let session = registry.uploads.find(&id, &repository, &user)?;
    let mut turn = session.upload.lock().await;
    let upload = turn.as_ref().ok_or_else(unknown_upload)?;
    check_start(&headers, upload.received())?;
    check_length(&headers, registry.upload_limit.saturating_sub(upload.received()))?;
    receive(upload, body).await?;
    let upload = turn.take().ok_or_else(unknown_upload)?;
    registry.uploads.forget(&id);
    upload.finish(Some(&expected)).await?;
    created(&repository, &expected)
}

pub(super) async fn abandon(
    State(registry): State<Registry>,
    Extension(user): Extension<UserId>,
    Path((name, id)): Path<(String, String)>,
) -> Result<StatusCode, OciError> {
    registry.uploads.find(&id, &repository(&name)?, &user)?;
    registry.uploads.forget(&id);
    Ok(StatusCode::NO_CONTENT)
}

async fn receive(upload: &Upload, body: Body) -> Result<(), BlobError> {
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| BlobError::Interrupted(error.into()))?;
        upload.append(chunk).await?;
    }
    Ok(())
}

/// Refuses a body that says itself that it is too large, before it is sent.
fn check_length(headers: &HeaderMap, limit: u64) -> Result<(), OciError> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    Ok(())
}

/// A part with a `Content-Range` (`START-END`) has to begin where the last one ended.
fn check_start(headers: &HeaderMap, received: u64) -> Result<(), OciError> {
    let Some(range) = headers.get(header::CONTENT_RANGE) else {
        return Ok(());
    };
    let start = range.to_str().ok().and_then(|range| {
        range
            .trim_start_matches("bytes ")
            .split('-')
            .next()?
            .parse::<u64>()
            .ok()
    });
    if start != Some(received) {
        return Err(OciError::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "BLOB_UPLOAD_INVALID",
            format!("the next part starts at byte {received}"),
        ));
    }
    Ok(())
}

fn created(repository: &ConnectorName, digest: &Digest) -> Answer {
    let mut headers = content_digest(digest)?;
    let location = format!("/v2/{repository}/blobs/{digest}");
    headers.insert(header::LOCATION, value(&location)?);
    Ok((StatusCode::CREATED, headers))
}

/// How far an upload is, as `Range: 0-LAST`; an empty one says `0-0`, as other registries do.
fn progress(status: StatusCode, repository: &ConnectorName, id: &str, received: u64) -> Answer {
    let mut headers = HeaderMap::new();
    let location = format!("/v2/{repository}/blobs/uploads/{id}");
    headers.insert(header::LOCATION, value(&location)?);
    headers.insert(
        header::RANGE,
        value(&format!("0-{}", received.saturating_sub(1)))?,
    );
    headers.insert("docker-upload-uuid", value(id)?);
    Ok((status, headers))
}
