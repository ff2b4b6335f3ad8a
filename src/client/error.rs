//! What can go wrong between the operator's machine and the broker.

use url::Url;

use super::Origin;
use crate::wire::{self, ErrorBody, ErrorCode};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// No connection, or it broke before the answer was whole.
    #[error("there is no berth broker to be reached at {url}")]
    Unreachable { url: Box<Url>, source: reqwest::Error },
    #[error("{url} shows a certificate that is not trusted here")]
    Untrusted { url: Box<Url>, source: reqwest::Error },
    #[error("{url} did not answer in time")]
    TimedOut { url: Box<Url> },
    /// The credential from `origin` (if there was one) was not accepted.
    #[error("{}", body.message)]
    Unauthenticated {
        url: Box<Url>,
        origin: Option<Box<Origin>>,
        body: ErrorBody,
    },
    /// The broker speaks another version of the control API.
    #[error(
        "{url} is berth {version}, which speaks version {api} of the control API; this berth speaks version {}",
        wire::API_VERSION
    )]
    OtherApi {
        url: Box<Url>,
        api: u32,
        version: String,
    },
    /// The broker, berth `version`, knows nothing of what was asked for.
    #[error("{}", body.message)]
    NoRoute { version: String, body: ErrorBody },
    /// The broker understood, and said no.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// Something answered that is no berth broker, or a proxy in front of one.
    #[error("{url} answered with status {status} and not as a berth broker does: {excerpt:?}")]
    NotBerth {
        url: Box<Url>,
        status: u16,
        excerpt: String,
    },
    /// The artifact endpoint said no, in the words of the OCI Distribution specification.
    #[error("the broker did not take the artifact ({code}): {message}")]
    Artifact {
        status: u16,
        code: String,
        message: String,
    },
    /// A file that is to be sent can't be read any more.
    #[error("a packaged file can't be read")]
    Blob(#[source] std::io::Error),
    /// What arrived is not what was packed.
    #[error("the files changed while they were sent")]
    Changed,
    /// It was tried again for as long as there was hope; the source is the last failure.
    #[error("gave up after {attempts} attempts")]
    GaveUp { attempts: u32, source: Box<ClientError> },
    #[error("the HTTP client can't be set up")]
    Setup(#[source] reqwest::Error),
}

impl ClientError {
    /// Whether the same request may succeed a little later, with nothing else changed.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Refused(body) => body.code == ErrorCode::Unavailable,
            Self::NotBerth { status, .. } | Self::Artifact { status, .. } => {
                matches!(status, 502..=504)
            }
            Self::Unauthenticated { .. }
            | Self::Untrusted { .. }
            | Self::OtherApi { .. }
            | Self::NoRoute { .. }
            | Self::Blob(_)
            | Self::Changed
            | Self::GaveUp { .. }
            | Self::Setup(_) => false,
        }
    }

    /// Whether the broker said that there is no such thing.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(body) if body.code == ErrorCode::NotFound)
    }
}
