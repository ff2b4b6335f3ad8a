//! Receiving blobs: in one request, or in several (distribution specification 1.1, "Pushing blobs").
//!
//! Beyond the standard, `POST …/blobs/uploads/?resume=DIGEST` goes on with the same user's unfinished upload of that
//! digest: its `Range` says what is here already. What arrived of an upload that was cut is kept. With `size=BYTES`, one
//! that would be too large is refused before anything is sent.

use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{
    Registry,
    errors::{OciError, invalid_upload, too_large, unknown_upload},
    names::{Repository, digest},
    parts::{content_digest, next, query},
    ranges,
};
use crate::{
    blobs::{BlobError, Origin, Session, Turn, Upload},
    model::{Digest, UserId},
    secret,
};

/// How many bytes may come until it is looked at again whether the user has too many unfinished ones.
const UNCHECKED: u64 = 64 << 20;

type Answer = Result<Response, OciError>;

#[derive(Deserialize)]
struct Begin {
    /// The blob's digest, when the whole blob is the body of this request.
    digest: Option<String>,
    /// A blob that may be here already, under another repository.
    mount: Option<String>,
    /// The repository that `mount` may be in. Blobs are shared by all of them, so it makes no difference.
    from: Option<String>,
    /// The blob's digest, when an earlier upload of it may go on.
    resume: Option<String>,
    /// How many bytes it will have, when the sender knows.
    size: Option<u64>,
}

pub(super) async fn begin(
    registry: &Registry,
    user: &UserId,
    repository: &Repository,
    parts: &Parts,
    body: Body,
) -> Answer {
    let begin: Begin = query(&parts.uri)?;
    if let Some(from) = &begin.from {
        Repository::parse(from)?;
    }
    let parsed = |text: &Option<String>| text.as_deref().map(digest).transpose();
    let (whole, resume) = (parsed(&begin.digest)?, parsed(&begin.resume)?);
    for known in [&parsed(&begin.mount)?, &resume].into_iter().flatten() {
        if registry.blobs.touch(known).await?.is_some() {
            return created(repository, known);
        }
    }
    if begin.size.is_some_and(|size| size > registry.upload_limit) {
        return Err(too_large(registry.upload_limit));
    }
    let origin = Origin {
        repository: repository.as_str().to_owned(),
        user: user.clone(),
        digest: resume.clone(),
        limit: registry.upload_limit,
    };
    if resume.is_some()
        && let Some(session) = registry.blobs.unfinished(&origin)
    {
        return progress(StatusCode::ACCEPTED, repository, &session);
    }
    check_length(&parts.headers, registry.upload_limit)?;
    let id = secret::generate("");
    let Some(whole) = whole else {
        let session = registry.blobs.begin(id.expose(), origin).await?;
        return progress(StatusCode::ACCEPTED, repository, &session);
    };
    // Nobody is told its id: nothing could go on with what stays of it.
    let passing = registry.blobs.pass(id.expose(), origin).await?;
    receive(registry, user, passing.session(), None, body).await?;
    passing.finish(&whole).await?;
    created(repository, &whole)
}

pub(super) fn status(registry: &Registry, user: &UserId, repository: &Repository, id: &str) -> Answer {
    let session = find(registry, user, repository, id)?;
    progress(StatusCode::NO_CONTENT, repository, &session)
}

pub(super) async fn append(
    registry: &Registry,
    user: &UserId,
    repository: &Repository,
    id: &str,
    parts: &Parts,
    body: Body,
) -> Answer {
    let (session, _turn) = take_turn(registry, user, repository, id).await?;
    let end = check_part(&parts.headers, repository, &session, registry.upload_limit)?;
    receive(registry, user, &session, end, body).await?;
    progress(StatusCode::ACCEPTED, repository, &session)
}

#[derive(Deserialize)]
struct Finish {
    #[serde(default)]
    digest: String,
}

pub(super) async fn finish(
    registry: &Registry,
    user: &UserId,
    repository: &Repository,
    id: &str,
    parts: &Parts,
    body: Body,
) -> Answer {
    let expected = digest(&query::<Finish>(&parts.uri)?.digest)?;
    let (session, turn) = take_turn(registry, user, repository, id).await?;
    let end = check_part(&parts.headers, repository, &session, registry.upload_limit)?;
    receive(registry, user, &session, end, body).await?;
    store(registry, repository, session, turn, &expected).await
}

pub(super) async fn abandon(registry: &Registry, user: &UserId, repository: &Repository, id: &str) -> Answer {
    let session = find(registry, user, repository, id)?;
    registry.blobs.forget(&session).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn find(registry: &Registry, user: &UserId, repository: &Repository, id: &str) -> Result<Session, OciError> {
    let session = registry.blobs.session(id, repository.as_str(), user);
    session.ok_or_else(unknown_upload)
}

/// The upload, for the one request that may add to it.
async fn take_turn(
    registry: &Registry,
    user: &UserId,
    repository: &Repository,
    id: &str,
) -> Result<(Session, Turn), OciError> {
    let turn = find(registry, user, repository, id)?.turn().await;
    let turn = turn.ok_or_else(busy)?;
    // The request that had its turn before may have finished it.
    Ok((find(registry, user, repository, id)?, turn))
}

fn busy() -> OciError {
    invalid_upload(
        StatusCode::CONFLICT,
        "another request is still adding to this upload: ask for its status, or begin another",
    )
}

/// Adds the body to the upload; it has to end where `end` says. What arrived stays there, whatever happens after.
async fn receive(
    registry: &Registry,
    user: &UserId,
    session: &Session,
    end: Option<u64>,
    body: Body,
) -> Result<(), OciError> {
    let outcome = append_all(registry, user, &session.upload, end, body).await;
    let outcome = outcome.and(session.upload.flush().await);
    match outcome {
        // It can never become whole.
        Err(error @ (BlobError::TooLarge { .. } | BlobError::Write(_))) => {
            registry.blobs.forget(session).await?;
            Err(error.into())
        }
        Err(error) => Err(error.into()),
        Ok(()) if end.is_some_and(|end| end != session.upload.received()) => Err(invalid_upload(
            StatusCode::BAD_REQUEST,
            "the part is not as long as its Content-Range says",
        )),
        Ok(()) => Ok(()),
    }
}

async fn append_all(
    registry: &Registry,
    user: &UserId,
    upload: &Upload,
    end: Option<u64>,
    body: Body,
) -> Result<(), BlobError> {
    let (mut body, mut unchecked) = (body.into_data_stream(), 0);
    while let Some(mut chunk) = next(&mut body).await? {
        let room = end.map_or(u64::MAX, |end| end.saturating_sub(upload.received()));
        let is_last = chunk.len() as u64 > room;
        if is_last {
            chunk.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        }
        unchecked += chunk.len() as u64;
        if unchecked >= UNCHECKED {
            registry.blobs.make_room(user, 0).await?;
            unchecked = 0;
        }
        upload.append(chunk).await?;
        if is_last {
            let longer = "the part is longer than its Content-Range says";
            return Err(BlobError::Interrupted(longer.into()));
        }
    }
    Ok(())
}

/// Makes the upload a blob.
async fn store(
    registry: &Registry,
    repository: &Repository,
    session: Session,
    turn: Turn,
    expected: &Digest,
) -> Answer {
    registry.blobs.finish(session, expected).await?;
    drop(turn);
    created(repository, expected)
}

/// Refuses a body that says itself that it is too large, before it is sent.
fn check_length(headers: &HeaderMap, limit: u64) -> Result<(), OciError> {
    match length(headers) {
        Some(length) if length > limit => Err(too_large(limit)),
        _ => Ok(()),
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A part with a `Content-Range` has to begin where the last one ended, and to be as long as it says. Gives its end.
fn check_part(
    headers: &HeaderMap,
    repository: &Repository,
    session: &Session,
    limit: u64,
) -> Result<Option<u64>, OciError> {
    let received = session.upload.received();
    check_length(headers, limit.saturating_sub(received))?;
    let Some(range) = headers.get(header::CONTENT_RANGE) else {
        return Ok(None);
    };
    let part = range.to_str().ok().and_then(ranges::part);
    let Some(part) = part.filter(|part| part.start == received) else {
        let error = invalid_upload(
            StatusCode::RANGE_NOT_SATISFIABLE,
            format!("the next part starts at byte {received}: Content-Range has to be {received}-LAST"),
        );
        return Err(error.headers(place(repository, session)?));
    };
    if length(headers).is_some_and(|length| length != part.end - part.start) {
        return Err(invalid_upload(
            StatusCode::BAD_REQUEST,
            "Content-Length and Content-Range do not agree",
        ));
    }
    Ok(Some(part.end))
}

fn created(repository: &Repository, digest: &Digest) -> Answer {
    let mut headers = content_digest(digest)?;
    let location = format!("/v2/{repository}/blobs/{digest}");
    headers.insert(header::LOCATION, location.parse()?);
    Ok((StatusCode::CREATED, headers).into_response())
}

fn progress(status: StatusCode, repository: &Repository, session: &Session) -> Answer {
    Ok((status, place(repository, session)?).into_response())
}

/// Where the upload is and how far, as `Range: 0-LAST`; an empty one says `0-0`, as other registries do.
fn place(repository: &Repository, session: &Session) -> Result<HeaderMap, OciError> {
    let id = &session.id;
    let last = session.upload.received().saturating_sub(1);
    let mut headers = HeaderMap::new();
    let location = format!("/v2/{repository}/blobs/uploads/{id}");
    headers.insert(header::LOCATION, location.parse()?);
    headers.insert(header::RANGE, format!("0-{last}").parse()?);
    headers.insert("docker-upload-uuid", id.parse()?);
    Ok(headers)
}
