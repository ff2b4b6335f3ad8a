//! The master keys that everything is sealed with, and copies of the store to restore from.

use axum::{
    Extension, Json,
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::header;
use tokio_util::io::ReaderStream;

use super::{Api, ApiError};
use crate::{
    backups::BackupError,
    keys::RotateError,
    model::Operator,
    wire::{ErrorCode, KeyList, KeyView},
};

/// How much of a copy is read at once, in bytes.
const CHUNK: usize = 256 * 1024;

pub(super) async fn list(State(api): State<Api>) -> Result<Json<KeyList>, ApiError> {
    let keys = api.keys.list().await?.into_iter().map(|key| KeyView {
        id: key.id.to_string(),
        source: key.source,
        seals: key.seals,
        values: key.values,
    });
    Ok(Json(KeyList { keys: keys.collect() }))
}

/// Answers when the new key seals; the moving goes on.
pub(super) async fn rotate(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
) -> Result<Json<KeyList>, ApiError> {
    api.keys.rotate(operator.user.as_str()).await?;
    list(State(api)).await
}

pub(super) async fn back_up(
    State(api): State<Api>,
    Extension(operator): Extension<Operator>,
) -> Result<Response, ApiError> {
    let (file, size) = api.backups.copy(operator.user.as_str()).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        // One that is cut on its way is known as such.
        (header::CONTENT_LENGTH, size.to_string()),
    ];
    let body = Body::from_stream(ReaderStream::with_capacity(file, CHUNK));
    Ok((headers, body).into_response())
}

impl From<RotateError> for ApiError {
    fn from(error: RotateError) -> Self {
        let text = error.to_string();
        match error {
            RotateError::UnderWay => Self::new(ErrorCode::Conflict, text)
                .hint("berth server keys shows how far it is; it ends a minute after the last value was moved"),
            RotateError::Fixed(_) => Self::new(ErrorCode::Conflict, text).hint(
                "start the broker with the new key's place as the first --master-key and the old one's as the second: it moves everything by itself",
            ),
            RotateError::Same => {
                Self::new(ErrorCode::Conflict, text).hint("let it print the new key first, in a line of its own")
            }
            RotateError::Source(error) => {
                let text = crate::model::with_causes(&error);
                tracing::error!(error = &error as &dyn std::error::Error, "there is no new master key");
                Self::new(ErrorCode::Unavailable, text).hint("nothing was changed: the old key goes on sealing")
            }
            RotateError::Store(error) => error.into(),
        }
    }
}

impl From<BackupError> for ApiError {
    fn from(error: BackupError) -> Self {
        Self::fault(&error)
    }
}
