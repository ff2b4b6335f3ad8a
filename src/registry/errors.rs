//! How the registry says no (distribution specification 1.1, "Error Codes").

use std::error::Error;

use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

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
    detail: Value,
    headers: Box<HeaderMap>,
}

impl OciError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: Value::Null,
            headers: Box::default(),
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

    /// What a program needs to know of it.
    pub(super) fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(super) fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers.extend(headers);
        self
    }

    pub(super) fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }
}

pub(super) fn denied() -> OciError {
    OciError::new(
        StatusCode::FORBIDDEN,
        "DENIED",
        "this needs the role deployer: ask an admin of the broker for it",
    )
}

pub(super) fn unknown_blob(digest: &Digest) -> OciError {
    let message = format!("blob {digest} is not here");
    OciError::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", message).detail(json!({ "digest": digest }))
}

pub(super) fn unknown_upload() -> OciError {
    OciError::new(
        StatusCode::NOT_FOUND,
        "BLOB_UPLOAD_UNKNOWN",
        "there is no such upload: begin it again",
    )
}

pub(super) fn invalid_upload(status: StatusCode, message: impl Into<String>) -> OciError {
    OciError::new(status, "BLOB_UPLOAD_INVALID", message)
}

pub(super) fn invalid_name(message: &str) -> OciError {
    OciError::new(StatusCode::BAD_REQUEST, "NAME_INVALID", message)
}

pub(super) fn invalid_digest(error: &Invalid) -> OciError {
    let message = format!("{error}; sha256 is the only algorithm here");
    OciError::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message)
}

pub(super) fn invalid_manifest(message: impl Into<String>) -> OciError {
    OciError::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
}

/// For content that may not be removed, because of what `needs` it.
pub(super) fn needed(what: &str, needs: &str) -> OciError {
    let message = format!("{what} can't be deleted: {needs}");
    OciError::new(StatusCode::CONFLICT, "DENIED", message)
}

pub(super) fn too_large(limit: u64) -> OciError {
    OciError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "SIZE_INVALID",
        format!("it is larger than {limit} bytes, the most that is taken here"),
    )
}

impl From<IdentityError> for OciError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Missing => Self::new(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "sign in first (`docker login`, `skopeo login`): the password is a berth token, the user name does not \
                 matter; or send the token as a Bearer token",
            ),
            IdentityError::Unknown
            | IdentityError::Expired(_)
            | IdentityError::Revoked(_)
            | IdentityError::WrongKind(_)
            | IdentityError::Scope
            | IdentityError::NotAllowed { .. } => Self::new(
                StatusCode::UNAUTHORIZED,
                "UNAUTHORIZED",
                "the credential is wrong, expired or revoked: `berth token create` makes a new one",
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
            BlobError::Interrupted(_) => invalid_upload(StatusCode::BAD_REQUEST, error.to_string()),
            BlobError::Gone => unknown_upload(),
            BlobError::TooMany => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "TOOMANYREQUESTS",
                "too many uploads of yours are under way: finish or delete some",
            ),
            BlobError::Write(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                tracing::error!("the disk is full: an upload was refused");
                Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "UNKNOWN",
                    "the broker's disk is full: its admin has to make room",
                )
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

impl From<header::InvalidHeaderValue> for OciError {
    fn from(error: header::InvalidHeaderValue) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for OciError {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        if !self.detail.is_null() {
            error["detail"] = self.detail;
        }
        (self.status, *self.headers, Json(json!({ "errors": [error] }))).into_response()
    }
}
