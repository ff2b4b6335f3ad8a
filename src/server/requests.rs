//! Every request has an id, on its answer and on the log lines that it causes.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::HeaderValue;
use tracing::Instrument as _;

use crate::model::RequestId;

const HEADER: &str = "x-request-id";

pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = RequestId::from_caller(
        request
            .headers()
            .get(HEADER)
            .and_then(|value| value.to_str().ok()),
    );
    // The route, not the path: a path may carry a one-time code.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", |path| path.as_str());
    let span = tracing::info_span!("request", id = id.as_str(), method = %request.method(), route);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    tracing::debug!(parent: &span, status = response.status().as_u16(), "answered");
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
