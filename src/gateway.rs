//! `/mcp/{connector}`: connectors as MCP endpoints over Streamable HTTP.
//!
//! The gateway knows sessions, forms of consent and how replies are relayed. It knows nothing of the control API,
//! of releases or of providers: that is behind `calls`.

mod answers;
mod challenge;
mod consent;
mod door;
mod hosts;
mod legacy;
mod metrics;
mod modern;
mod outbox;
mod rates;
mod relay;
mod requests;
mod sessions;
mod step_up;

use std::time::Duration;

use axum::{Router, routing};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

pub(crate) use metrics::Metrics;
pub(crate) use rates::Rates;
pub(crate) use requests::Requests;
pub(crate) use sessions::{Limits, Sessions};
pub(crate) use step_up::StepUps;

use crate::{calls::Calls, identity::Identity};

/// What the endpoint needs; cheap to clone.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) identity: Identity,
    pub(crate) calls: Calls,
    pub(crate) sessions: Sessions,
    pub(crate) metrics: Metrics,
    pub(crate) tasks: TaskTracker,
    /// Cancelled when the broker is told to stop: nobody is waited for any more.
    pub(crate) stopping: CancellationToken,
    /// Browsers may call from this origin alone.
    pub(crate) public_url: Url,
    /// Largest request body in bytes.
    pub(crate) largest_request: usize,
    /// How long a call is held for its person.
    pub(crate) hold: Duration,
    pub(crate) requests: Requests,
    pub(crate) rates: Rates,
    pub(crate) step_ups: StepUps,
}

pub(crate) fn router(gateway: Gateway) -> Router {
    Router::new()
        .route(
            "/mcp/{connector}",
            routing::post(door::post)
                .get(door::get)
                .delete(door::delete)
                .fallback(door::not_allowed),
        )
        .with_state(gateway)
}
