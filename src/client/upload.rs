//! Sending an artifact by the OCI Distribution protocol (distribution specification 1.1): what the broker has already
//! is not sent again, and the manifest comes last, so that the broker never knows an artifact that is not whole.
//!
//! A blob that was cut off goes on where the broker stands, within one run and from one run to the next: berth's
//! client names the blob when it begins an upload (`?resume=DIGEST`), and a berth broker answers with what it kept of
//! it. Other registries ignore the name and begin anew.

mod answers;
mod blob;
mod patience;
mod progress;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream as futures};
use reqwest::{Method, StatusCode, header};

use self::{answers::Setback, patience::Patience};
use super::{Client, ClientError};
use crate::{
    bundle::{Artifact, Blob},
    model::ConnectorName,
};

pub(crate) use progress::Progress;

/// Questions that are under way at once.
const QUESTIONS: usize = 16;
/// Blobs that are under way at once. More would not fill a line better, and each has its buffers.
const STREAMS: usize = 4;

/// The part of an artifact that the broker does not have yet.
#[derive(Debug, Default)]
pub(crate) struct Missing<'a> {
    pub(crate) blobs: Vec<&'a Blob>,
    /// In bytes.
    pub(crate) size: u64,
}

impl Client {
    /// Whether the broker has the artifact, whole.
    pub(crate) async fn has_artifact(
        &self,
        name: &ConnectorName,
        artifact: &Artifact,
    ) -> Result<bool, ClientError> {
        let path = ["v2", name.as_str(), "manifests", artifact.digest.as_str()];
        self.has(&path).await
    }

    /// Asks for each blob whether the broker has it.
    pub(crate) async fn missing<'a>(
        &self,
        name: &ConnectorName,
        artifact: &'a Artifact,
    ) -> Result<Missing<'a>, ClientError> {
        let mut named = HashSet::new();
        let blobs = artifact.blobs.iter().filter(|blob| named.insert(&blob.digest));
        let asked: Vec<(&Blob, bool)> = futures::iter(blobs)
            .map(async |blob| Ok::<_, ClientError>((blob, self.has_blob(name, blob).await?)))
            // In order, so that dependencies go before what depends on them.
            .buffered(QUESTIONS)
            .try_collect()
            .await?;
        let blobs: Vec<&Blob> = asked
            .into_iter()
            .filter_map(|(blob, there)| (!there).then_some(blob))
            .collect();
        Ok(Missing {
            size: blobs.iter().map(|blob| blob.size).sum(),
            blobs,
        })
    }

    /// Sends what is `missing` of the artifact and then its manifest; `progress` is told about each byte. Broken
    /// connections are mended as long as anything still arrives. When it fails, the broker keeps what has arrived, for
    /// the next try.
    pub(crate) async fn send_artifact(
        &self,
        name: &ConnectorName,
        artifact: &Artifact,
        missing: &Missing<'_>,
        progress: &Progress,
    ) -> Result<(), ClientError> {
        self.send_blobs(name, missing, progress).await?;
        match self.send_manifest(name, artifact).await {
            // What it had when it was asked has been collected since.
            Err(ClientError::Artifact { code, .. }) if code == "MANIFEST_BLOB_UNKNOWN" => {
                let missing = self.missing(name, artifact).await?;
                self.send_blobs(name, &missing, progress).await?;
                self.send_manifest(name, artifact).await
            }
            outcome => outcome,
        }
    }

    async fn send_blobs(
        &self,
        name: &ConnectorName,
        missing: &Missing<'_>,
        progress: &Progress,
    ) -> Result<(), ClientError> {
        futures::iter(&missing.blobs)
            .map(|blob| blob::send(self, name, blob, progress))
            .buffer_unordered(STREAMS)
            .try_collect()
            .await
    }

    /// The manifest makes the blobs an artifact under its digest.
    async fn send_manifest(&self, name: &ConnectorName, artifact: &Artifact) -> Result<(), ClientError> {
        let path = ["v2", name.as_str(), "manifests", artifact.digest.as_str()];
        self.persist(async || {
            let request = self
                .request_to(Method::PUT, self.url(path))
                .header(header::CONTENT_TYPE, artifact.media_type)
                .body(artifact.manifest.clone());
            let answer = request.send().await.map_err(|e| self.cut(e))?;
            self.accept_oci(answer).await.map(drop)
        })
        .await
    }

    async fn has_blob(&self, name: &ConnectorName, blob: &Blob) -> Result<bool, ClientError> {
        self.has(&["v2", name.as_str(), "blobs", blob.digest.as_str()])
            .await
    }

    async fn has(&self, path: &[&str]) -> Result<bool, ClientError> {
        self.persist(async || {
            let request = self.request_to(Method::HEAD, self.url(path.iter().copied()));
            let answer = request.send().await.map_err(|e| self.cut(e))?;
            if answer.status() == StatusCode::NOT_FOUND {
                return Ok(false);
            }
            self.accept_oci(answer).await.map(|_| true)
        })
        .await
    }

    /// Makes attempts at something that may be repeated until one succeeds or there is no point in another.
    pub(super) async fn persist<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, Setback>,
    ) -> Result<T, ClientError> {
        let mut patience = Patience::default();
        loop {
            match attempt().await {
                Ok(done) => return Ok(done),
                Err(setback) => patience.bear(setback).await?,
            }
        }
    }
}
