//! Connections as operators see them: each user's grant with its state, and ending one.

use std::{collections::HashMap, sync::Arc};

use serde_json::json;

use super::{
    Inner, OAuth,
    access::{Standing, millis},
    error::OAuthError,
    revoke::Revoked,
    scopes::missing,
};
use crate::{
    model::{
        self, ConnectionState, ConnectorId, ConnectorName, Millis, Operator, ProviderName, Rotation, Trouble,
        UserId, UserName,
    },
    store::{Connection, Grant, GrantState, GrantsOf, Provider},
};

/// One user's authorization for one connector.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) connector: ConnectorName,
    pub(crate) user: UserName,
    pub(crate) provider: ProviderName,
    pub(crate) state: ConnectionState,
    /// Why it is not healthy.
    pub(crate) trouble: Option<Trouble>,
    /// Which account of the provider it is, as far as that is known.
    pub(crate) account: Option<String>,
    pub(crate) granted: Vec<String>,
    /// What the connector asks for besides.
    pub(crate) missing: Vec<String>,
    pub(crate) created_at: Millis,
    pub(crate) refreshed_at: Option<Millis>,
    /// From when on the token is refreshed; absent where it can't be.
    pub(crate) next_refresh: Option<Millis>,
    pub(crate) expires_at: Option<Millis>,
    /// Whether the provider has a way to revoke tokens.
    pub(crate) revocable: bool,
}

impl OAuth {
    /// All connections, or those of one connector or user, by their names.
    pub(crate) async fn listed(
        &self,
        connector: Option<&ConnectorId>,
        user: Option<&UserId>,
    ) -> Result<Vec<Listed>, OAuthError> {
        let inner = &self.0;
        let mut connections: HashMap<ConnectorId, Option<Connection>> = HashMap::new();
        let mut listed = Vec::new();
        for (name, user, grant) in inner.store.connections(connector, user).await? {
            if !connections.contains_key(&grant.connector) {
                // From the store: what is wrong with a provider may have been noted by another broker.
                let connection = inner.store.connection(&grant.connector).await?;
                connections.insert(grant.connector.clone(), connection);
            }
            if let Some(Some(connection)) = connections.get(&grant.connector) {
                listed.push(inner.listed(name, user, &grant, connection));
            }
        }
        Ok(listed)
    }

    /// Ends a user's authorization for a connector: it is gone here from now on, and revoked at the provider where it
    /// has a way for that. `None` when there is none.
    pub(crate) async fn disconnect(
        &self,
        actor: &Operator,
        connector: &ConnectorId,
        user: &UserId,
    ) -> Result<Option<Revoked>, OAuthError> {
        let inner = &self.0;
        let grants = inner.store.take_grants(GrantsOf::UserAt(connector, user)).await?;
        inner
            .cache
            .forget_tokens(|of, holder| of == connector && holder.is_none_or(|holder| holder == user));
        let Some(grant) = grants.first() else {
            return Ok(None);
        };
        let revoked = inner.revoke(&grants).await.into_iter().next();
        let revoked = revoked.unwrap_or(Revoked::Unsupported);
        inner.audit.record(
            actor.user.as_str(),
            "grant.revoked",
            grant.id.as_str(),
            json!({ "user": user, "connector": connector, "at_provider": revoked.as_str() }),
        );
        // Whoever waits for this user's consent looks again.
        let _ = inner.news.send((user.clone(), connector.clone()));
        Ok(Some(revoked))
    }
}

impl Inner {
    fn listed(
        self: &Arc<Self>,
        connector: ConnectorName,
        user: UserName,
        grant: &Grant,
        connection: &Connection,
    ) -> Listed {
        let provider = &connection.provider;
        let state = self.state(grant, provider);
        let granted: Vec<String> = grant.tokens.scope.split_whitespace().map(str::to_owned).collect();
        let trouble = match state {
            ConnectionState::Healthy | ConnectionState::Refreshing => None,
            ConnectionState::Misconfigured => provider.trouble.clone(),
            _ => grant.trouble.clone(),
        };
        Listed {
            connector,
            user,
            provider: provider.name.clone(),
            trouble,
            account: grant.account.clone(),
            missing: missing(&connection.scopes, &grant.tokens),
            granted,
            created_at: grant.created_at,
            refreshed_at: grant.refreshed_at,
            next_refresh: self.next_refresh(grant, provider, state),
            expires_at: grant.tokens.expires_at(),
            revocable: provider.settings.revoke_url.is_some(),
            state,
        }
    }

    /// The state of `grant` at its connector's present `provider`.
    fn state(&self, grant: &Grant, provider: &Provider) -> ConnectionState {
        if self.standing(grant, provider) == Standing::Over || grant.state != GrantState::Active {
            return ConnectionState::NeedsReconnect;
        }
        if grant.leased_until.is_some_and(|until| model::now() < until) {
            return ConnectionState::Refreshing;
        }
        if provider.trouble.is_some() {
            return ConnectionState::Misconfigured;
        }
        match (grant.attempt, provider.rotation()) {
            (Some(_), rotation) if rotation != Rotation::None => ConnectionState::Ambiguous,
            _ if grant.trouble.is_some() => ConnectionState::Degraded,
            _ => ConnectionState::Healthy,
        }
    }

    fn next_refresh(&self, grant: &Grant, provider: &Provider, state: ConnectionState) -> Option<Millis> {
        grant.tokens.refresh_token.as_ref()?;
        if state == ConnectionState::NeedsReconnect {
            return None;
        }
        let idle = provider
            .settings
            .keep_warm
            .map(|warm| self.warm_until(grant, warm));
        let due = match self.standing(grant, provider) {
            Standing::Fresh { until } => until,
            // With the next call, once what failed is left alone no more.
            _ => {
                let wait = self.backoff.wait(&grant.id).unwrap_or_default();
                Some(model::now() + i64::try_from(wait.as_millis()).unwrap_or(0))
            }
        };
        due.into_iter().chain(idle).min()
    }

    /// Until when a grant may lie unused; somewhat earlier for some than for others.
    pub(super) fn warm_until(&self, grant: &Grant, warm: model::Seconds) -> Millis {
        let last = grant.refreshed_at.unwrap_or(grant.created_at);
        let warm = millis(warm);
        let early = warm / 5 * i64::from(grant.id.as_str().bytes().last().unwrap_or(0) % 32) / 32;
        last.saturating_add(warm - early)
    }
}
