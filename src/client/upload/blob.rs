//! One blob's way to the broker, through any number of broken connections.

use reqwest::{Method, RequestBuilder, StatusCode, header};
use url::Url;

use super::{
    answers::{Setback, received},
    patience::Patience,
    progress::{Gauge, Progress},
    stream,
};
use crate::{
    bundle::Blob,
    client::{Client, ClientError},
    model::ConnectorName,
};

/// A blob of at most so many bytes goes in one request, and again as a whole when that is cut.
const SMALL: u64 = 64 * 1024;
/// The most that one request carries. A proxy that keeps a request until it is whole loses no more than this.
const PART: u64 = 16 * 1024 * 1024;
/// What is left to try when a proxy takes no larger body; the usual limit is one mebibyte.
const SMALLEST_PART: u64 = 256 * 1024;

/// Sends `blob` until the broker has it.
pub(super) async fn send(
    client: &Client,
    name: &ConnectorName,
    blob: &Blob,
    progress: &Progress,
) -> Result<(), ClientError> {
    let mut upload = Upload {
        client,
        name,
        blob,
        progress,
        gauge: progress.gauge(),
        part: PART,
        place: None,
        furthest: 0,
        inherited: None,
        refused_at_start: false,
    };
    let mut patience = Patience::default();
    loop {
        let furthest = upload.furthest;
        let Err(setback) = upload.go_on().await else {
            upload.gauge.set(blob.size);
            return Ok(());
        };
        if upload.furthest > furthest {
            patience.renew();
        } else if patience.is_strained() {
            // Something on the way may keep a part until it is whole, and lose it whole.
            upload.part = (upload.part / 2).max(SMALLEST_PART);
        }
        if setback.may_pass {
            progress.note_setback(setback.error.to_string());
        }
        patience.bear(setback).await?;
    }
}

struct Upload<'a> {
    client: &'a Client,
    name: &'a ConnectorName,
    blob: &'a Blob,
    progress: &'a Progress,
    gauge: Gauge,
    /// How much one request carries.
    part: u64,
    /// Where the broker takes more of it, once it was begun.
    place: Option<Url>,
    /// The most that the broker ever had of it.
    furthest: u64,
    /// What it had before this run, once that is known.
    inherited: Option<u64>,
    /// Whether it refused a part that began at the first byte, so that an unclear `0-0` means one byte.
    refused_at_start: bool,
}

impl Upload<'_> {
    /// From wherever the broker stands to the end.
    async fn go_on(&mut self) -> Result<(), Setback> {
        if self.blob.size <= SMALL {
            return self.send_whole().await;
        }
        let Some((mut place, mut offset)) = self.standing().await? else {
            return Ok(());
        };
        self.inherited.get_or_insert_with(|| {
            self.progress.note_resumed(offset);
            offset
        });
        loop {
            self.furthest = self.furthest.max(offset);
            self.gauge.set(offset);
            let end = self.blob.size.min(offset.saturating_add(self.part));
            let is_last = end == self.blob.size;
            match self.send_part(&place, offset, end).await {
                Ok(_) if is_last => return Ok(()),
                Ok((next, received)) => {
                    place = next;
                    self.place = Some(place.clone());
                    let before = std::mem::replace(&mut offset, received.unwrap_or(end));
                    if offset <= before {
                        let kept_nothing = self.client.not_berth(StatusCode::ACCEPTED, b"it kept nothing");
                        return Err(Setback::passing(kept_nothing));
                    }
                }
                Err(setback) => self.adapt(setback, offset)?,
            }
        }
    }

    /// Where the broker takes more, and how much it has; `None` if it has the whole blob.
    async fn standing(&mut self) -> Result<Option<(Url, u64)>, Setback> {
        if let Some(place) = &self.place {
            let request = self.client.request_to(Method::GET, place.clone());
            match self.ask(request).await {
                Err(setback) if setback.is_status(StatusCode::NOT_FOUND) => {
                    // Done, if only the last answer was lost; else the broker forgot it.
                    if self.client.has_blob(self.name, self.blob).await? {
                        return Ok(None);
                    }
                }
                standing => return standing,
            }
        }
        let mut url = self.begin();
        url.query_pairs_mut()
            .append_pair("resume", self.blob.digest.as_str());
        self.ask(self.client.request_to(Method::POST, url)).await
    }

    async fn ask(&mut self, request: RequestBuilder) -> Result<Option<(Url, u64)>, Setback> {
        let answer = request.send().await.map_err(|e| self.client.cut(e))?;
        let answer = self.client.accept_oci(answer).await?;
        if answer.status() == StatusCode::CREATED {
            return Ok(None);
        }
        let place = self.client.place(&answer)?;
        self.place = Some(place.clone());
        let received = received(&answer).unwrap_or(u64::from(self.refused_at_start));
        Ok(Some((place, received.min(self.blob.size))))
    }

    /// Sends the bytes from `offset` to `end`; the last ones finish the upload. Tells where it goes on, and from where
    /// if the broker says so.
    async fn send_part(&self, place: &Url, offset: u64, end: u64) -> Result<(Url, Option<u64>), Setback> {
        let is_last = end == self.blob.size;
        let mut url = place.clone();
        let method = if is_last {
            url.query_pairs_mut()
                .append_pair("digest", self.blob.digest.as_str());
            Method::PUT
        } else {
            Method::PATCH
        };
        let mut request = self.client.request_to(method, url);
        if offset < end {
            request = request.header(header::CONTENT_RANGE, format!("{offset}-{}", end - 1));
        }
        let answer = stream::send(self.client, request, self.blob, offset..end, &self.gauge).await?;
        let answer = self.client.accept_oci(answer).await?;
        if is_last {
            return Ok((place.clone(), None));
        }
        Ok((self.client.place(&answer)?, received(&answer)))
    }

    /// A small blob in a single request, which leaves nothing behind if it is cut.
    async fn send_whole(&self) -> Result<(), Setback> {
        self.gauge.set(0);
        let mut url = self.begin();
        url.query_pairs_mut()
            .append_pair("digest", self.blob.digest.as_str());
        let request = self.client.request_to(Method::POST, url);
        let answer = stream::send(self.client, request, self.blob, 0..self.blob.size, &self.gauge).await?;
        let answer = match self.client.accept_oci(answer).await {
            Err(setback) if setback.is_refused_as("DIGEST_INVALID") => {
                return Err(ClientError::Changed.into());
            }
            answer => answer?,
        };
        // A registry need not support this: then it has begun an upload instead.
        if answer.status() == StatusCode::ACCEPTED {
            self.gauge.set(0);
            let place = self.client.place(&answer)?;
            self.send_part(&place, 0, self.blob.size).await?;
        }
        Ok(())
    }

    /// Draws what can be drawn from a part that was not taken, which began at `offset`. Without an error the same part
    /// may be sent again at once.
    fn adapt(&mut self, mut setback: Setback, offset: u64) -> Result<(), Setback> {
        match &*setback.error {
            ClientError::NotBerth { status: 413, .. } if self.part > SMALLEST_PART => {
                self.part = (self.part / 4).max(SMALLEST_PART);
                return Ok(());
            }
            ClientError::Artifact { code, .. } if code == "DIGEST_INVALID" => {
                // The broker has thrown away what it had. That may have been another run's bytes.
                let Some(inherited) = self.inherited.replace(0).filter(|bytes| *bytes > 0) else {
                    return Err(ClientError::Changed.into());
                };
                self.progress.note_resumed(inherited.wrapping_neg());
                self.furthest = 0;
                self.place = None;
                setback.may_pass = true;
            }
            // It stands elsewhere, forgot the upload, is still busy with the part that was cut, or saw it end early.
            ClientError::Artifact { status, code, .. }
                if matches!(status, 404 | 409 | 416) || code == "BLOB_UPLOAD_INVALID" =>
            {
                self.refused_at_start = *status == 416 && offset == 0;
                setback.may_pass = true;
            }
            _ => {}
        }
        Err(setback)
    }

    fn begin(&self) -> Url {
        // The empty last segment is the slash that the specification ends this path with.
        let path = ["v2", self.name.as_str(), "blobs", "uploads", ""];
        self.client.url(path)
    }
}
