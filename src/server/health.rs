//! `/healthz`, `/readyz` and `/metrics`.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing,
};
use http::{HeaderMap, StatusCode, header};
use prometheus_client::{encoding::text, registry::Registry};
use url::Url;

use super::config;
use crate::{identity::Identity, model::Role, store::Store};

/// Knows how the broker is; cheap to clone.
#[derive(Clone)]
pub(super) struct Health(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    identity: Identity,
    metrics: Registry,
    /// A broker that others reach shows its metrics to admins alone.
    open: bool,
    draining: AtomicBool,
}

impl Health {
    pub(super) fn new(store: Arc<Store>, identity: Identity, metrics: Registry, public_url: &Url) -> Self {
        let open = config::is_loopback(public_url);
        Self(Arc::new(Inner {
            store,
            identity,
            metrics,
            open,
            draining: AtomicBool::new(false),
        }))
    }

    /// From now on the broker is not ready: a load balancer sends no more.
    pub(super) fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }
}

pub(super) fn router(health: Health) -> Router {
    Router::new()
        .route("/healthz", routing::get(async || "ok\n"))
        .route("/readyz", routing::get(ready))
        .route("/metrics", routing::get(metrics))
        .with_state(health)
}

async fn ready(State(health): State<Health>) -> Response {
    if health.0.draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    match health.0.store.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the store does not answer"
            );
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

async fn metrics(State(health): State<Health>, headers: HeaderMap) -> Response {
    if !health.0.open {
        let operator = health.0.identity.operator(&headers).await;
        if !operator.is_ok_and(|operator| operator.roles.allow(Role::Admin)) {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            return (
                StatusCode::UNAUTHORIZED,
                challenge,
                "metrics need an admin's token\n",
            )
                .into_response();
        }
    }
    let mut out = String::new();
    match text::encode(&mut out, &health.0.metrics) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], out).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
