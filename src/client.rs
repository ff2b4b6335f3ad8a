//! The operator's side of the control API: one method an endpoint.
//!
//! Errors are typed ([`ClientError`]), because the caller turns each into an exit code and a hint of its own.

mod credentials;
mod endpoints;
mod error;
#[cfg(test)]
pub(crate) mod fake;
mod images;
#[cfg(test)]
mod tests;
mod upload;

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::{
    secret::Secret,
    wire::{ErrorBody, ErrorCode},
};

pub(crate) use credentials::{Credentials, CredentialsError, Profile};
pub(crate) use error::ClientError;
pub(crate) use images::{LookupError, StoredKind};
pub(crate) use upload::{Missing, Progress};

/// Between the request and the end of the answer, unless a method says otherwise.
const DEADLINE: Duration = Duration::from_secs(60);
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// A line that takes no byte for so long, or a broker that does not answer when it has them all, is given up.
const STALL: Duration = Duration::from_secs(60);
/// Pauses before a request that changes nothing is sent again.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(750)];
/// How much of an answer that is not berth's is kept to be shown.
const EXCERPT: usize = 200;

/// Talks to one broker as one person.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    credential: Option<Credential>,
    /// How long an upload may stand still until its connection is given up.
    stall: Duration,
}

/// A bearer token, and where it came from, so that an error can name the place to look.
#[derive(Debug, Clone)]
pub(crate) struct Credential {
    pub(crate) token: Secret<String>,
    pub(crate) origin: String,
}

impl Client {
    /// A client of the broker at `base`. Nothing is sent yet.
    pub(crate) fn new(base: Url, credential: Option<Credential>) -> Result<Self, ClientError> {
        // reqwest comes without a TLS provider of its own; one that was installed before serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("berth/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_DEADLINE)
            // A redirect would carry the token elsewhere, and berth's API has none.
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true);
        if base.scheme() == "http" {
            // Spares the reading of the system's certificates, which a small container may not even have.
            builder = builder.tls_certs_only([]);
        }
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(ClientError::Setup)?;
        Ok(Self {
            http,
            base,
            credential,
            stall: STALL,
        })
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// The address made of `segments` behind the base; each is escaped as one path segment.
    fn url<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.base.clone();
        // An http or https address always takes segments: `Context` and `login` accept no others.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    fn request_to(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.http.request(method, url).timeout(DEADLINE);
        match &self.credential {
            Some(credential) => request.bearer_auth(credential.token.expose()),
            None => request,
        }
    }

    /// Sends a request once and reads its answer.
    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let answer = request.send().await.map_err(|e| self.lost(e))?;
        self.read(answer).await
    }

    /// Sends a request that changes nothing, and again if the broker could not be reached.
    async fn send_safely<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        for pause in PAUSES {
            let Some(attempt) = request.try_clone() else { break };
            match self.send(attempt).await {
                Err(error) if error.is_transient() => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.send(request).await
    }

    async fn read<T: DeserializeOwned>(&self, answer: Response) -> Result<T, ClientError> {
        let answer = self.accept(answer).await?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|e| self.lost(e))?;
        serde_json::from_slice(&body).map_err(|_| self.not_berth(status, &body))
    }

    /// Passes a success on and makes an error of anything else.
    async fn accept(&self, answer: Response) -> Result<Response, ClientError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let request_id = header_text(&answer, "x-request-id");
        let body = answer.bytes().await.map_err(|e| self.lost(e))?;
        let Ok(mut error) = serde_json::from_slice::<ErrorBody>(&body) else {
            return Err(self.not_berth(status, &body));
        };
        if error.request_id.is_empty() {
            error.request_id = request_id;
        }
        Err(match error.code {
            ErrorCode::Unauthenticated => ClientError::Unauthenticated {
                url: Box::new(self.base.clone()),
                origin: self.credential.as_ref().map(|c| c.origin.clone()),
                body: error,
            },
            _ => ClientError::Refused(error),
        })
    }

    /// The broker could not be reached, or the connection broke.
    fn lost(&self, error: reqwest::Error) -> ClientError {
        let url = Box::new(self.base.clone());
        if error.is_timeout() {
            ClientError::TimedOut { url }
        } else {
            let source = error.without_url();
            ClientError::Unreachable { url, source }
        }
    }

    fn not_berth(&self, status: StatusCode, body: &[u8]) -> ClientError {
        let text = String::from_utf8_lossy(&body[..body.len().min(4 * EXCERPT)]);
        ClientError::NotBerth {
            url: Box::new(self.base.clone()),
            status: status.as_u16(),
            excerpt: text.chars().take(EXCERPT).collect(),
        }
    }
}

fn header_text(answer: &Response, name: &str) -> String {
    let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// Whether `url` names this machine: no proxy stands between, and nobody can listen in.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
