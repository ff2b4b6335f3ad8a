//! What the gateway counts.

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

/// The gateway's metrics; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    messages: Family<Labels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: Outcome,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub(super) enum Outcome {
    /// The connector's reply was relayed.
    Relayed,
    /// berth answered by itself: a list from the probe, a ping.
    Answered,
    /// The caller was sent to authorize.
    Consent,
    /// The message, the session or the caller was not right.
    Refused,
    /// The connector, its provider or berth failed.
    Failed,
}

impl Metrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "berth_mcp_messages",
            "Messages from MCP clients",
            self.messages.clone(),
        );
    }

    pub(super) fn count(&self, outcome: Outcome) {
        self.messages.get_or_create(&Labels { outcome }).inc();
    }
}
