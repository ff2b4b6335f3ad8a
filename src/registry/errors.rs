//! How the registry says no (distribution specification 1.1, "Error Codes").

use std::error::Error;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    blobs::BlobError,
    identity::IdentityError,
    model::{Digest, Invalid},
    store::StoreError,
};

/// An answer that is an error, with one of the specification's codes.
#[derive(Debug)]
pub(super) struct OciError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl OciError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// For a fault of the broker's own: the log has it, the client does not.
    pub(super) fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "the registry failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN",
            "the broker failed; its log has more",
        )
    }
}

pub(super) fn denied() -> OciError {
    OciError::new(StatusCode::FORBIDDEN, "DENIED", "this needs the role deployer")
}

pub(super) fn unknown_blob(digest: &Digest) -> OciError {
    let message = format!("blob {digest} is not here");
    OciError::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", message)
}

pub(super) fn invalid_name(error: &Invalid) -> OciError {
    OciError::new(StatusCode::BAD_REQUEST, "NAME_INVALID", error.to_string())
}

pub(super) fn invalid_digest(error: &Invalid) -> OciError {
    OciError::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", error.to_string())
}

pub(super) fn too_large(limit: u64) -> OciError {
    OciError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "SIZE_INVALID",
        format!("it is larger than {limit} bytes"),
    )
}

impl From<IdentityError> for OciError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Missing => Self::new(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "send a berth token as a Bearer token, or as the password of Basic",
            ),
            IdentityError::Unknown => Self::new(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "the credential is wrong, expired or revoked",
            ),
            IdentityError::Store(error) => Self::internal(&error),
        }
    }
}

impl From<BlobError> for OciError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Mismatch { .. } => {
                Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", error.to_string())
            }
            BlobError::TooLarge { limit } => too_large(limit),
            BlobError::Interrupted(_) => {
                Self::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", error.to_string())
            }
            BlobError::Write(error) => Self::internal(&error),
        }
    }
}

impl From<StoreError> for OciError {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<std::io::Error> for OciError {
    fn from(error: std::io::Error) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for OciError {
    fn into_response(self) -> Response {
        let body = json!({ "errors": [{ "code": self.code, "message": self.message }] });
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"berth\", charset=\"UTF-8\""),
            );
        }
        response
    }
}
