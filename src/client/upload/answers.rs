//! What a registry answers, and whether it makes sense to go on.

use std::time::Duration;

use reqwest::{Response, StatusCode, header};
use serde::Deserialize;
use url::Url;

use crate::{
    client::{Client, ClientError, header_text},
    wire::{ErrorBody, ErrorCode},
};

/// Something did not work. That need not be the end.
#[derive(Debug)]
pub(in crate::client) struct Setback {
    pub(super) error: Box<ClientError>,
    /// Whether another attempt may go better.
    pub(super) may_pass: bool,
    /// How long the broker asks to be left alone.
    pub(super) pause: Option<Duration>,
}

impl Setback {
    pub(super) fn passing(error: ClientError) -> Self {
        Self {
            error: Box::new(error),
            may_pass: true,
            pause: None,
        }
    }

    pub(super) fn is_status(&self, wanted: StatusCode) -> bool {
        matches!(&*self.error, ClientError::Artifact { status, .. } if *status == wanted.as_u16())
    }

    /// Whether a registry refused it with one of the specification's codes.
    pub(super) fn is_refused_as(&self, wanted: &str) -> bool {
        matches!(&*self.error, ClientError::Artifact { code, .. } if code == wanted)
    }
}

impl From<ClientError> for Setback {
    fn from(error: ClientError) -> Self {
        Self {
            error: Box::new(error),
            may_pass: false,
            pause: None,
        }
    }
}

/// The error body of the specification, "Error Codes".
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
    /// A request without an answer: the connection broke, or there was none.
    pub(in crate::client) fn cut(&self, error: reqwest::Error) -> Setback {
        Setback::passing(self.lost(error))
    }

    /// Passes a success on and makes a setback of anything else.
    pub(in crate::client) async fn accept_oci(&self, answer: Response) -> Result<Response, Setback> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let pause = header_text(&answer, header::RETRY_AFTER.as_str()).parse().ok();
        let body = answer.bytes().await.map_err(|e| self.cut(e))?;
        if status == StatusCode::UNAUTHORIZED {
            return Err(self.unauthenticated().into());
        }
        let named = serde_json::from_slice::<OciErrors>(&body).ok();
        let named = named.and_then(|body| body.errors.into_iter().next());
        let error = match named {
            Some(error) => ClientError::Artifact {
                status: status.as_u16(),
                code: error.code,
                message: error.message,
            },
            // Answers to HEAD have no body, so the status has to do.
            None if body.is_empty() => ClientError::Artifact {
                status: status.as_u16(),
                code: "no code".to_owned(),
                message: format!("status {}", status.as_u16()),
            },
            None => self.not_berth(status, &body),
        };
        Err(Setback {
            error: Box::new(error),
            may_pass: matches!(status.as_u16(), 408 | 429 | 502..=504),
            pause: pause.map(Duration::from_secs),
        })
    }

    fn unauthenticated(&self) -> ClientError {
        ClientError::Unauthenticated {
            url: Box::new(self.base.clone()),
            origin: self.credential.as_ref().map(|c| Box::new(c.origin.clone())),
            body: ErrorBody {
                code: ErrorCode::Unauthenticated,
                message: "the broker's artifact store does not accept the credential".to_owned(),
                hint: String::new(),
                request_id: String::new(),
            },
        }
    }

    /// Where an upload goes on. The broker may spell its own address otherwise than it is reached from here, and
    /// the token must not go anywhere else: of an absolute address only the path is taken.
    pub(super) fn place(&self, answer: &Response) -> Result<Url, ClientError> {
        let location = answer.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let named = answer.url().join(location);
        let Some(named) = named.ok().filter(|_| !location.is_empty()) else {
            return Err(self.not_berth(answer.status(), b"no address to upload to"));
        };
        // A proxy may serve the broker below a path that the broker itself knows nothing of.
        let below = self.base.path().trim_end_matches('/');
        let path = match named.path().starts_with("/v2/") {
            true => format!("{below}{}", named.path()),
            false => named.path().to_owned(),
        };
        let mut place = self.base.clone();
        place.set_path(&path);
        place.set_query(named.query());
        Ok(place)
    }
}

/// How many bytes of a blob a registry says to have: `Range: 0-LAST`. None has no `Range`; many registries say `0-0`
/// for none as well as for one byte, which is why `None` is "no more than one".
pub(super) fn received(answer: &Response) -> Option<u64> {
    let range = header_text(answer, header::RANGE.as_str());
    let range = range.strip_prefix("bytes=").unwrap_or(&range);
    let last: u64 = range.strip_prefix("0-")?.parse().ok()?;
    (last > 0).then_some(last.saturating_add(1))
}
