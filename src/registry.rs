//! The OCI Distribution endpoint (`/v2`, distribution specification 1.1): how artifacts travel.
//!
//! A repository is a connector's name; the connector itself need not exist yet. Blobs are shared by all of them: a
//! blob that the broker has is never sent again. Everything here needs a deployer's credential, which the clients of
//! registries send as the password of Basic.
//!
//! What is stored is only known to be what its digest says. Whether a layer can be unpacked safely is found out when
//! it is.

mod blobs;
mod errors;
mod manifests;
mod uploads;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::HeaderValue,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};

use crate::{blobs::Blobs, identity::Identity, model::Role, store::Store};
use errors::{OciError, denied};
use uploads::Uploads;

/// Largest blob that may be uploaded, in bytes, unless it is configured otherwise.
pub(crate) const UPLOAD_LIMIT: u64 = 2 << 30;

/// What the routes work with; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Registry {
    identity: Identity,
    store: Arc<Store>,
    blobs: Blobs,
    uploads: Arc<Uploads>,
    upload_limit: u64,
}

impl Registry {
    /// `upload_limit` is the largest blob that is taken, in bytes.
    pub(crate) fn new(identity: Identity, store: Arc<Store>, blobs: Blobs, upload_limit: u64) -> Self {
        Self {
            identity,
            store,
            blobs,
            uploads: Arc::default(),
            upload_limit,
        }
    }
}

/// Every route under `/v2`.
pub(crate) fn router(state: Registry) -> Router {
    Router::new()
        .route("/v2", get(version))
        .route("/v2/", get(version))
        .route(
            "/v2/{repository}/blobs/{digest}",
            get(blobs::get).head(blobs::head),
        )
        .route("/v2/{repository}/blobs/uploads", post(uploads::begin))
        .route("/v2/{repository}/blobs/uploads/", post(uploads::begin))
        .route(
            "/v2/{repository}/blobs/uploads/{upload}",
            get(uploads::status)
                .patch(uploads::append)
                .put(uploads::finish)
                .delete(uploads::abandon),
        )
        .route(
            "/v2/{repository}/manifests/{reference}",
            get(manifests::get).head(manifests::head).put(manifests::put),
        )
        .route_layer(middleware::from_fn_with_state(state.clone(), authorize))
        .with_state(state)
}

/// Lets deployers through, and marks every answer as a registry's.
async fn authorize(State(registry): State<Registry>, mut request: Request, next: Next) -> Response {
    let mut response = match registry.identity.registry_operator(request.headers()).await {
        Ok(operator) if operator.roles.allow(Role::Deployer) => {
            request.extensions_mut().insert(operator.user);
            next.run(request).await
        }
        Ok(_) => denied().into_response(),
        Err(error) => OciError::from(error).into_response(),
    };
    response.headers_mut().insert(
        "docker-distribution-api-version",
        HeaderValue::from_static("registry/2.0"),
    );
    response
}

/// Tells that this is a registry, to whoever may use it.
async fn version() -> axum::Json<serde_json::Value> {
    axum::Json(serde_json::json!({}))
}

#[cfg(test)]
mod tests;
