//! What is counted.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Outcome {
    pub(super) outcome: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct Metrics {
    pub(super) refreshes: Family<Outcome, Counter>,
    pub(super) exchanges: Family<Outcome, Counter>,
    pub(super) revocations: Family<Outcome, Counter>,
    pub(super) consents: Counter,
    pub(super) broken: Family<Outcome, Counter>,
    pub(super) recovered: Family<Outcome, Counter>,
}

impl Metrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "berth_oauth_refreshes",
            "Refresh tokens sent to providers, by what came of it",
            self.refreshes.clone(),
        );
        registry.register(
            "berth_oauth_exchanges",
            "Authorization codes redeemed, by what came of it",
            self.exchanges.clone(),
        );
        registry.register(
            "berth_oauth_revocations",
            "Grants revoked at providers, by what came of it",
            self.revocations.clone(),
        );
        registry.register(
            "berth_oauth_consents",
            "Authorization links given out",
            self.consents.clone(),
        );
        registry.register(
            "berth_oauth_broken",
            "Connections that need their user, and providers that need an admin, when they broke",
            self.broken.clone(),
        );
        registry.register(
            "berth_oauth_recovered",
            "Connections and providers that are well again after that",
            self.recovered.clone(),
        );
    }
}

/// Counts one in `family`.
pub(super) fn count(family: &Family<Outcome, Counter>, outcome: &'static str) {
    family.get_or_create(&Outcome { outcome }).inc();
}
