//! The operator's side of the control API: one method an endpoint.
//!
//! Errors are typed ([`ClientError`]), because the caller turns each into an exit code and a hint of its own.

mod credential;
mod credentials;
mod endpoints;
mod error;
#[cfg(test)]
pub(crate) mod fake;
mod images;
mod keyring;
mod sign_in;
#[cfg(test)]
mod tests;
mod upload;

use std::time::Duration;

use reqwest::{Certificate, Method, RequestBuilder, Response, StatusCode, header::HeaderMap};
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::wire::{self, ErrorBody, ErrorCode};

pub(crate) use credential::{Credential, Origin, Renewal, Traded};
pub(crate) use credentials::{Credentials, CredentialsError, Kept, Profile};
pub(crate) use error::ClientError;
pub(crate) use images::{LookupError, StoredKind};
pub(crate) use keyring::{Keyring, KeyringError};
pub(crate) use sign_in::{Asked, GrantError};
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

impl Client {
    /// A client of the broker at `base`. Nothing is sent yet.
    #[cfg(test)]
    pub(crate) fn new(base: Url, credential: Option<Credential>) -> Result<Self, ClientError> {
        Self::trusting(base, credential, &[])
    }

    /// The same, which takes what `authorities` have signed besides what the system trusts, or `SSL_CERT_FILE` says.
    pub(crate) fn trusting(
        base: Url,
        credential: Option<Credential>,
        authorities: &[Certificate],
    ) -> Result<Self, ClientError> {
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
        } else if !authorities.is_empty() {
            builder = builder.tls_certs_merge(authorities.iter().cloned());
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
            Some(credential) => request.bearer_auth(credential.bearer().expose()),
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

    /// What an answer means that is none of the control API's: of another version of it, or of somebody else.
    fn not_understood(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ClientError {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let spoken = text(wire::API_HEADER).and_then(|text| text.parse::<u32>().ok());
        match spoken {
            Some(api) if api != wire::API_VERSION => ClientError::OtherApi {
                url: Box::new(self.base.clone()),
                api,
                version: text(wire::VERSION_HEADER)
                    .unwrap_or("?")
                    .chars()
                    .take(40)
                    .collect(),
            },
            _ => self.not_berth(status, body),
        }
    }

    /// Passes a success on and makes an error of anything else.
    async fn accept(&self, answer: Response) -> Result<Response, ClientError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let request_id = header_text(&answer, "x-request-id");
        let version = header_text(&answer, wire::VERSION_HEADER);
        let headers = answer.headers().clone();
        let body = answer.bytes().await.map_err(|e| self.lost(e))?;
        let error = match self.not_understood(status, &headers, &body) {
            other @ ClientError::OtherApi { .. } => return Err(other),
            other => serde_json::from_slice::<ErrorBody>(&body).map_err(|_| other),
        };
        let mut error = error?;
        if error.request_id.is_empty() {
            error.request_id = request_id;
        }
        Err(match error.code {
            ErrorCode::Unauthenticated => ClientError::Unauthenticated {
                url: Box::new(self.base.clone()),
                origin: self.credential.as_ref().map(|c| Box::new(c.origin.clone())),
                body: error,
            },
            // The route is of another berth than this: which of them is the older one is known by its number.
            ErrorCode::NoRoute => ClientError::NoRoute { version, body: error },
            _ => ClientError::Refused(error),
        })
    }

    /// The broker could not be reached, or the connection broke.
    fn lost(&self, error: reqwest::Error) -> ClientError {
        let url = Box::new(self.base.clone());
        if error.is_timeout() {
            ClientError::TimedOut { url }
        } else if is_untrusted(&error) {
            let source = error.without_url();
            ClientError::Untrusted { url, source }
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

/// Whether the other side showed a certificate that nobody vouches for.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        // An io::Error hides what it wraps from `source`.
        let wrapped = inner.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        let tls = match wrapped {
            Some(wrapped) => wrapped.downcast_ref::<rustls::Error>(),
            None => inner.downcast_ref::<rustls::Error>(),
        };
        if let Some(rustls::Error::InvalidCertificate(_)) = tls {
            return true;
        }
        cause = match wrapped {
            Some(wrapped) => Some(wrapped as &dyn std::error::Error),
            None => inner.source(),
        };
    }
    false
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
