//! Finding what a third party's OAuth is.

use axum::{Json, extract::State, extract::rejection::JsonRejection};

use super::{Api, ApiError};
use crate::wire::{OAuthFound, OAuthSearch};

/// Changes nothing. That nothing is found is an answer too: it says what was asked.
pub(super) async fn run(
    State(api): State<Api>,
    body: Result<Json<OAuthSearch>, JsonRejection>,
) -> Result<Json<OAuthFound>, ApiError> {
    let Json(search) = body?;
    let found = match search {
        OAuthSearch::Issuer(issuer) => api.oauth.search().issuer(&issuer).await,
        OAuthSearch::Resource(resource) => api.oauth.search().resource(&resource).await,
        OAuthSearch::Connector(name) => api.calls.find_oauth(&name).await?,
    };
    Ok(Json(OAuthFound { found }))
}
