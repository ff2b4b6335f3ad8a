//! The OCI Distribution endpoint (`/v2`, distribution specification 1.1): how artifacts travel.
//!
//! A repository is a connector's name, which need not exist yet, or any other name that the specification allows.
//! Blobs are shared by all of them: a blob that the broker has is never sent again. Everything here needs a
//! deployer's credential: a bearer token, the same as the password of Basic, or what [`token`] gives for it.
//!
//! What is stored is only known to be what its digest says. Whether a layer can be unpacked safely is found out when
//! it is.

mod blobs;
mod deletion;
mod errors;
mod manifests;
mod names;
mod parts;
mod ranges;
mod routes;
mod tags;
mod token;
mod uploads;

pub(crate) use token::Reached;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use tokio::sync::RwLock;

use crate::{blobs::Blobs, identity::Identity, model::Role, store::Store};
use errors::{OciError, denied};

/// Largest blob that may be uploaded, in bytes, unless it is configured otherwise.
pub(crate) const UPLOAD_LIMIT: u64 = 2 << 30;

/// What the routes work with; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Registry {
    identity: Identity,
    store: Arc<Store>,
    blobs: Blobs,
    reached: Arc<Reached>,
    upload_limit: u64,
    /// Shared by those who make content needed, alone for whoever deletes some.
    deleting: Arc<RwLock<()>>,
}

impl Registry {
    /// `upload_limit` is the largest blob that is taken, in bytes.
    pub(crate) fn new(
        identity: Identity,
        store: Arc<Store>,
        blobs: Blobs,
        reached: Reached,
        upload_limit: u64,
    ) -> Self {
        Self {
            identity,
            store,
            blobs,
            reached: Arc::new(reached),
            upload_limit,
            deleting: Arc::default(),
        }
    }
}

/// Everything under `/v2`; what is there stands in [`routes`].
pub(crate) fn router(state: Registry) -> Router {
    let guarded = Router::new()
        .route("/v2", any(version))
        .route("/v2/", any(version))
        .route("/v2/{*path}", any(routes::dispatch))
        .route_layer(middleware::from_fn_with_state(state.clone(), authorize));
    let token = get(token::get).post(token::post).fallback(token::not_allowed);
    Router::new()
        .route("/v2/token", token)
        .merge(guarded)
        .layer(middleware::map_response(mark))
        .with_state(state)
}

/// Lets deployers through.
async fn authorize(State(registry): State<Registry>, mut request: Request, next: Next) -> Response {
    match registry.identity.registry_operator(request.headers()).await {
        Ok(operator) if operator.roles.allow(Role::Deployer) => {
            if !operator.scope.is_everything() && !routes::within(&operator.scope, &request) {
                return denied().into_response();
            }
            request.extensions_mut().insert(operator.user);
            next.run(request).await
        }
        Ok(_) => denied().into_response(),
        Err(error) => {
            let mut error = OciError::from(error);
            if error.is_unauthorized() {
                let (path, headers) = (request.uri().path(), request.headers());
                let challenge = token::challenge(&registry.reached, request.method(), path, headers);
                error = error.header(header::WWW_AUTHENTICATE, challenge);
            }
            error.into_response()
        }
    }
}

/// Marks an answer as a registry's.
async fn mark(mut response: Response) -> Response {
    response.headers_mut().insert(
        "docker-distribution-api-version",
        HeaderValue::from_static("registry/2.0"),
    );
    response
}

/// Tells that this is a registry, to whoever may use it.
async fn version(method: Method) -> Result<axum::Json<serde_json::Value>, OciError> {
    match method {
        Method::GET | Method::HEAD => Ok(axum::Json(serde_json::json!({}))),
        _ => Err(routes::read_only(&method)),
    }
}

#[cfg(test)]
mod tests;
