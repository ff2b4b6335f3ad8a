//! What an operator hears of connections: the audit trail, counters, and one log line each for what broke and what is
//! well again. None of them carries a secret.

use serde_json::json;

use super::{Inner, error::TokenError, metrics::count};
use crate::{
    model::{ConnectorId, GrantId, Operator, ProviderName, Trouble, UserId, with_causes},
    store::{Grant, GrantState, Passed, Provider},
};

/// A grant that is good, as it is written down.
#[derive(Debug)]
pub(super) struct Created<'a> {
    pub(super) grant: &'a GrantId,
    pub(super) user: &'a UserId,
    pub(super) connector: &'a ConnectorId,
    pub(super) provider: &'a ProviderName,
    pub(super) scope: &'a str,
}

impl Inner {
    /// A consent led to a grant, in place of the one `before`.
    pub(super) fn created(&self, new: &Created<'_>, before: Option<&Grant>) {
        self.audit.record(
            new.user.as_str(),
            "grant.created",
            new.grant.as_str(),
            json!({ "connector": new.connector, "provider": new.provider, "scope": new.scope }),
        );
        if before.is_some_and(|before| before.state != GrantState::Active || before.attempt.is_some()) {
            self.recovered(new, "authorized again");
        }
    }

    /// A grant that serves everybody is another admin's, since the one before is gone.
    pub(super) fn passed(&self, actor: &Operator, from: &UserId, passed: &Passed) {
        self.audit.record(
            actor.user.as_str(),
            "grant.passed",
            passed.grant.as_str(),
            json!({ "connector": passed.connector, "from": from, "user": passed.to }),
        );
    }

    pub(super) fn was_refreshed(&self, grant: &Grant, fresh_version: i64) {
        let detail = json!({
            "user": grant.user,
            "connector": grant.connector,
            "provider": grant.provider_name,
            "version": fresh_version,
        });
        self.audit
            .record("berth", "grant.refreshed", grant.id.as_str(), detail);
        if grant.attempt.is_some() {
            let whole = Created {
                grant: &grant.id,
                user: &grant.user,
                connector: &grant.connector,
                provider: &grant.provider_name,
                scope: &grant.tokens.scope,
            };
            self.recovered(&whole, "refreshed after a lost answer");
        }
    }

    /// A grant is good no more, or perhaps not: its user is to be asked again.
    pub(super) async fn broken(&self, grant: &Grant, state: &'static str, why: &str) {
        count(&self.metrics.broken, state);
        tracing::warn!(
            event = "connection.broken", state, grant = %grant.id, user = %grant.user,
            connector = %grant.connector, provider = %grant.provider_name, why, "a connection is broken"
        );
        self.audit.record(
            "berth",
            "grant.broken",
            grant.id.as_str(),
            json!({
                "user": grant.user,
                "connector": grant.connector,
                "provider": grant.provider_name,
                "state": state,
                "error": why,
            }),
        );
        self.note_trouble(grant, why.to_owned()).await;
    }

    fn recovered(&self, whole: &Created<'_>, how: &str) {
        let Created {
            grant,
            user,
            connector,
            provider,
            ..
        } = whole;
        count(&self.metrics.recovered, "connection");
        tracing::warn!(
            event = "connection.recovered", %grant, %user, %connector, %provider, how, "a connection is well again"
        );
        self.audit.record(
            "berth",
            "grant.recovered",
            grant.as_str(),
            json!({ "user": user, "connector": connector, "provider": provider, "how": how }),
        );
    }

    /// Keeps why a grant was not refreshed, for whoever looks at it.
    pub(super) async fn note_trouble(&self, grant: &Grant, what: String) {
        let trouble = Trouble::after(grant.trouble.as_ref(), what);
        if let Err(error) = self.store.note_trouble(&grant.id, &trouble).await {
            tracing::warn!(
                grant = %grant.id, error = &error as &dyn std::error::Error,
                "why a grant is not refreshed was not stored"
            );
        }
    }

    /// A grant's token is given to its connector; the first time it is written down.
    pub(super) async fn delivered(&self, grant: &Grant) {
        match self.store.note_use(&grant.id).await {
            Ok(true) => self.audit.record(
                "berth",
                "grant.delivered",
                grant.id.as_str(),
                json!({
                    "user": grant.user,
                    "connector": grant.connector,
                    "provider": grant.provider_name,
                }),
            ),
            Ok(false) => {}
            Err(error) => tracing::warn!(
                grant = %grant.id, error = &error as &dyn std::error::Error,
                "the first use of a grant was not stored"
            ),
        }
    }

    /// The provider does not take the client. Told once, whichever broker and grant saw it first.
    pub(super) async fn client_refused(&self, provider: &Provider, error: &TokenError) {
        let trouble = Trouble::after(None, with_causes(error));
        match self.store.note_client_trouble(provider, &trouble).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(
                    provider = %provider.name, error = &error as &dyn std::error::Error,
                    "that a provider does not take the client was not stored"
                );
                return;
            }
        }
        count(&self.metrics.broken, "misconfigured");
        tracing::warn!(
            event = "provider.broken", provider = %provider.name, error = error as &dyn std::error::Error,
            hint = error.hint(), "a provider does not take its client: no token of its connections is refreshed"
        );
        self.audit.record(
            "berth",
            "provider.broken",
            provider.id.as_str(),
            json!({ "provider": provider.name, "error": trouble.what }),
        );
    }

    /// The provider takes the client; told if it did not before.
    pub(super) async fn client_taken(&self, provider: &Provider) {
        self.clients.succeeded(&(provider.id.clone(), provider.version));
        if provider.trouble.is_none() {
            return;
        }
        match self.store.end_client_trouble(provider).await {
            Ok(true) => self.client_recovered(provider),
            Ok(false) => {}
            Err(error) => tracing::warn!(
                provider = %provider.name, error = &error as &dyn std::error::Error,
                "that a provider takes the client again was not stored"
            ),
        }
    }

    /// Settings were changed of a provider that did not take the client, or it takes it again.
    pub(super) fn client_recovered(&self, provider: &Provider) {
        count(&self.metrics.recovered, "provider");
        tracing::warn!(
            event = "provider.recovered", provider = %provider.name, "a provider takes its client again"
        );
        self.audit.record(
            "berth",
            "provider.recovered",
            provider.id.as_str(),
            json!({ "provider": provider.name }),
        );
    }
}
