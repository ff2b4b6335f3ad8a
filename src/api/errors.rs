//! How the control API says no: always with a code, a hint and the request's id.

use std::error::Error;

use axum::{
    Json,
    extract::{Request, rejection::JsonRejection},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use crate::{
    identity::StoreError,
    model::{Invalid, RequestId},
    wire::{self, ErrorBody, ErrorCode},
};

/// A refusal or a fault, before it is known which request it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    code: ErrorCode,
    message: String,
    hint: String,
}

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: String::new(),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The same with a paragraph more to its message.
    pub(crate) fn adding(mut self, paragraph: &str) -> Self {
        self.message = format!("{}\n{paragraph}", self.message);
        self
    }

    /// A fault of berth's own: the log gets the error with its causes, the client only that there was one.
    pub(crate) fn fault(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::new(ErrorCode::Internal, "berth failed to do this")
            .hint("the broker's log says why, under the request's id")
    }

    pub(crate) fn no_connector(name: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no connector {name}"))
            .hint("berth list shows those that there are")
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::new(ErrorCode::Conflict, "there is one of that name already"),
            error => Self::fault(&error),
        }
    }
}

impl From<Invalid> for ApiError {
    fn from(error: Invalid) -> Self {
        Self::new(ErrorCode::Invalid, error.to_string())
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(ErrorCode::TooLarge, "the request is too large"),
            _ => Self::new(
                ErrorCode::Invalid,
                format!("the request's body is not right: {}", rejection.body_text()),
            )
            .hint("is the client of the same version as the broker? (berth --version)"),
        }
    }
}

impl IntoResponse for ApiError {
    /// The body is written by [`write_errors`], which knows the request's id.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every error its body.
pub(super) async fn write_errors(request: Request, next: Next) -> Response {
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.as_str().to_owned())
        .unwrap_or_default();
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error,
        // axum's own refusal of a path or a query that can't be read, in plain text and short.
        None if response.status() == StatusCode::BAD_REQUEST => {
            let text = axum::body::to_bytes(std::mem::take(response.body_mut()), 4096).await;
            let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
            ApiError::new(
                ErrorCode::Invalid,
                format!("the request's address is not right: {text}"),
            )
        }
        None => return response,
    };
    let body = ErrorBody {
        code: error.code,
        message: error.message,
        hint: error.hint,
        request_id: id,
    };
    let mut answer = (response.status(), Json(body)).into_response();
    if error.code == ErrorCode::Unauthenticated {
        answer
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// Says with every answer which berth it is: a client that does not understand one knows then which side is the older.
pub(super) async fn say_version(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(wire::API_HEADER, HeaderValue::from(wire::API_VERSION));
    headers.insert(
        wire::VERSION_HEADER,
        HeaderValue::from_static(env!("CARGO_PKG_VERSION")),
    );
    response
}

pub(super) async fn no_such_route(request: Request) -> ApiError {
    let what = format!(
        "the control API has no {} {}",
        request.method(),
        request.uri().path()
    );
    ApiError::new(ErrorCode::NoRoute, what).hint("is the client newer than the broker? (berth --version)")
}

pub(super) async fn no_such_method(request: Request) -> Response {
    let error = no_such_route(request).await;
    let mut response = error.into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
