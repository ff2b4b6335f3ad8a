//! What clients are told at the endpoints that are no pages.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::store::StoreError;

/// A refusal as RFC 6749 §5.2, RFC 7009 §2.2.1 and RFC 7591 §3.2.2 have it.
#[derive(Debug)]
pub(super) struct Error {
    status: StatusCode,
    code: &'static str,
    text: String,
    /// Whether the client tried to authenticate with a header.
    basic: bool,
    /// In seconds.
    retry_after: Option<u64>,
}

impl Error {
    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            text: text.into(),
            basic: false,
            retry_after: None,
        }
    }

    pub(super) fn client(text: &str, basic: bool) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            basic,
            ..Self::new("invalid_client", text)
        }
    }

    pub(super) fn too_often(seconds: u64) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(seconds),
            ..Self::new(
                "temporarily_unavailable",
                "too many requests came from this address: try again later",
            )
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a client could not be answered"
        );
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::new("server_error", "berth's store failed")
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.code, "error_description": self.text }));
        let mut response = private((self.status, body).into_response());
        let headers = response.headers_mut();
        if self.basic {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(r#"Basic realm="berth""#),
            );
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A body that is for the client alone.
pub(super) fn body(status: StatusCode, body: &impl Serialize) -> Response {
    private((status, Json(body)).into_response())
}

/// RFC 6749 §5.1: nobody on the way keeps it.
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
