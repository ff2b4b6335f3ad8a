//! Sending an artifact by the OCI Distribution protocol: what the broker has already is not sent again, and the
//! manifest comes last, so that the broker never knows an artifact that is not whole.

use std::{io::Read as _, time::Duration};

use futures_util::TryStreamExt as _;
use reqwest::{Body, Method, RequestBuilder, Response, StatusCode, header};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use url::Url;

use super::{Client, ClientError, PAUSES};
use crate::{
    bundle::{Artifact, Blob},
    model::ConnectorName,
    wire::{ErrorBody, ErrorCode},
};

/// For one blob, over a slow line.
const UPLOAD_DEADLINE: Duration = Duration::from_secs(60 * 60);
const CHUNK: usize = 64 * 1024;

/// The part of an artifact that the broker does not have yet.
#[derive(Debug)]
pub(crate) struct Missing<'a> {
    pub(crate) blobs: Vec<&'a Blob>,
    /// In bytes.
    pub(crate) size: u64,
}

/// The error body of the OCI Distribution specification 1.1, "Error Codes".
#[derive(Deserialize)]
struct OciErrors {
    errors: Vec<OciError>,
}

#[derive(Deserialize)]
struct OciError {
    code: String,
    #[serde(default)]
    message: String,
}

impl Client {
    /// Asks for each blob whether the broker has it.
    pub(crate) async fn missing<'a>(
        &self,
        name: &ConnectorName,
        artifact: &'a Artifact,
    ) -> Result<Missing<'a>, ClientError> {
        let mut missing = Missing {
            blobs: Vec::new(),
            size: 0,
        };
        for blob in &artifact.blobs {
            let path = ["v2", name.as_str(), "blobs", blob.digest.as_str()];
            let answer = self
                .send_oci(|| self.request_to(Method::HEAD, self.url(path)))
                .await?;
            if answer.status() == StatusCode::NOT_FOUND {
                missing.blobs.push(blob);
                missing.size += blob.size;
            } else {
                self.accept_oci(answer).await?;
            }
        }
        Ok(missing)
    }

    /// Sends one blob; `sent` is told each number of bytes as they leave.
    pub(crate) async fn send_blob(
        &self,
        name: &ConnectorName,
        blob: &Blob,
        sent: impl Fn(u64) + Clone + Send + Sync + 'static,
    ) -> Result<(), ClientError> {
        for pause in PAUSES {
            match self.send_blob_once(name, blob, sent.clone()).await {
                Err(error) if error.is_transient() => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.send_blob_once(name, blob, sent).await
    }

    /// Sends the manifest, which makes the blobs an artifact under its digest.
    pub(crate) async fn send_manifest(
        &self,
        name: &ConnectorName,
        artifact: &Artifact,
    ) -> Result<(), ClientError> {
        let path = ["v2", name.as_str(), "manifests", artifact.digest.as_str()];
        let request = || {
            self.request_to(Method::PUT, self.url(path))
                .header(header::CONTENT_TYPE, artifact.media_type)
                .body(artifact.manifest.clone())
        };
        let answer = self.send_oci(request).await?;
        self.accept_oci(answer).await.map(drop)
    }

    async fn send_blob_once(
        &self,
        name: &ConnectorName,
        blob: &Blob,
        sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<(), ClientError> {
        // The empty last segment is the slash that the specification ends this path with.
        let path = ["v2", name.as_str(), "blobs", "uploads", ""];
        let answer = self
            .send_oci(|| self.request_to(Method::POST, self.url(path)))
            .await?;
        let answer = self.accept_oci(answer).await?;
        let mut place = self.place(&answer)?;
        place
            .query_pairs_mut()
            .append_pair("digest", blob.digest.as_str());
        let mut bytes = Vec::new();
        blob.reader(0)
            .and_then(|mut reader| reader.read_to_end(&mut bytes))
            .map_err(ClientError::Blob)?;
        let bytes = ReaderStream::with_capacity(std::io::Cursor::new(bytes), CHUNK)
            .inspect_ok(move |chunk| sent(chunk.len() as u64));
        let request = self
            .request_to(Method::PUT, place)
            .timeout(UPLOAD_DEADLINE)
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::CONTENT_LENGTH, blob.size)
            .body(Body::wrap_stream(bytes));
        let answer = request.send().await.map_err(|e| self.lost(e))?;
        self.accept_oci(answer).await.map(drop)
    }

    /// Where an upload goes on. The broker may spell its own address otherwise than it is reached from here, and
    /// the token must not go anywhere else: of an absolute address only the path is taken.
    fn place(&self, answer: &Response) -> Result<Url, ClientError> {
        let location = answer.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let named = answer.url().join(location);
        let Some(named) = named.ok().filter(|_| !location.is_empty()) else {
            return Err(self.not_berth(answer.status(), b"no address to upload to"));
        };
        let mut place = self.base().clone();
        place.set_path(named.path());
        place.set_query(named.query());
        Ok(place)
    }

    /// Sends a request that may be repeated, and again if the broker could not be reached.
    async fn send_oci(&self, request: impl Fn() -> RequestBuilder) -> Result<Response, ClientError> {
        for pause in PAUSES {
            match request().send().await {
                Err(_) => tokio::time::sleep(pause).await,
                Ok(answer) => return Ok(answer),
            }
        }
        request().send().await.map_err(|e| self.lost(e))
    }

    async fn accept_oci(&self, answer: Response) -> Result<Response, ClientError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = answer.bytes().await.map_err(|e| self.lost(e))?;
        let named = serde_json::from_slice::<OciErrors>(&body).ok();
        let named = named.and_then(|body| body.errors.into_iter().next());
        // Answers to HEAD have no body, so the status has to do.
        let message = match &named {
            Some(error) => error.message.clone(),
            None => format!("status {}", status.as_u16()),
        };
        if status == StatusCode::UNAUTHORIZED {
            return Err(ClientError::Unauthenticated {
                url: Box::new(self.base.clone()),
                origin: self.credential.as_ref().map(|c| c.origin.clone()),
                body: ErrorBody {
                    code: ErrorCode::Unauthenticated,
                    message: "the broker's artifact store does not accept the credential".to_owned(),
                    hint: String::new(),
                    request_id: String::new(),
                },
            });
        }
        Err(ClientError::Artifact {
            status: status.as_u16(),
            code: named.map_or_else(|| "no code".to_owned(), |error| error.code),
            message,
        })
    }
}
