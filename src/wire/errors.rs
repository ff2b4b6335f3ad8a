//! How the control API says no.

use serde::{Deserialize, Serialize};

/// An error as the control API answers it, whatever the status.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) code: ErrorCode,
    /// What happened and why, in a sentence.
    pub(crate) message: String,
    /// What to do about it, in a sentence; may be empty.
    #[serde(default)]
    pub(crate) hint: String,
    /// The request's id, which the broker's log lines carry too.
    #[serde(default)]
    pub(crate) request_id: String,
}

/// What kind of no; fixes the HTTP status, and the exit code of the CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorCode {
    /// The request can't be right: 400.
    Invalid,
    /// Nobody is known by this credential: 401.
    Unauthenticated,
    /// The caller's roles do not allow it: 403.
    Forbidden,
    /// No such thing, or none that the caller may see: 404.
    NotFound,
    /// The control API has no such route, or not for this method: 404.
    NoRoute,
    /// It contradicts what is there already: 409.
    Conflict,
    /// The broker lacks what it takes, such as npm or a container engine: 422.
    Unable,
    /// The body is over the cap: 413.
    TooLarge,
    /// berth is shutting down, or something that it needs is: 503.
    Unavailable,
    /// A fault of berth's; the log has it under the request id: 500.
    #[serde(other)]
    Internal,
}

impl ErrorCode {
    /// The HTTP status that goes with it.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound | Self::NoRoute => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Unable => 422,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}
