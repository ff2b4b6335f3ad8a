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
        self, ConnectionState, ConnectorId, ConnectorName, Millis, Operator, Owner, ProviderName, Rotation,
        Trouble, UserId, UserName,
    },
    store::{Connection, Grant, GrantState, GrantsOf, Provider},
};

/// One user's authorization for one connector at one provider.
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
        let mut connections: HashMap<ConnectorId, Vec<Connection>> = HashMap::new();
        let mut listed = Vec::new();
        for (name, user, grant) in inner.store.connections(connector, user).await? {
            if !connections.contains_key(&grant.connector) {
                // From the store: what is wrong with a provider may have been noted by another broker.
                let used = inner.store.connections_of(&grant.connector).await?;
                connections.insert(grant.connector.clone(), used);
            }
            let used = connections.get(&grant.connector).into_iter().flatten();
            let mut its = used.filter(|connection| connection.provider.id == grant.provider);
            if let Some(connection) = its.next() {
                listed.push(inner.listed(name, user, &grant, connection));
            }
        }
        Ok(listed)
    }

    /// Ends a user's authorization for a connector, at one provider or at all that it uses: it is gone here from now on,
    /// and revoked at the provider where it has a way for that. Gives what became of each; none when there was none.
    pub(crate) async fn disconnect(
        &self,
        actor: &Operator,
        (connector, provider): (&ConnectorId, Option<&ProviderName>),
        user: &UserId,
    ) -> Result<Vec<(ProviderName, Revoked)>, OAuthError> {
        let inner = &self.0;
        let at = match provider {
            None => None,
            Some(name) => match inner.store.provider(name).await? {
                Some(provider) => Some(provider.id),
                None => return Ok(Vec::new()),
            },
        };
        let of = match &at {
            None => GrantsOf::UserAt(connector, user),
            Some(provider) => GrantsOf::Only(connector, provider, user),
        };
        let grants = inner.store.take_grants(of).await?;
        let for_all = grants.iter().any(|grant| grant.owner == Owner::Connector);
        inner.cache.forget_tokens(|of, holder| {
            of == connector && (for_all || holder.is_none_or(|holder| holder == user))
        });
        let revoked = inner.revoke(&grants).await;
        let ended: Vec<_> = grants.iter().zip(revoked).collect();
        for (grant, revoked) in &ended {
            inner.audit.record(
                actor.user.as_str(),
                "grant.revoked",
                grant.id.as_str(),
                json!({
                    "user": user,
                    "connector": connector,
                    "provider": grant.provider_name,
                    "at_provider": revoked.as_str(),
                }),
            );
        }
        // Whoever waits for this user's consent looks again.
        let _ = inner.news.send((user.clone(), connector.clone()));
        let named = |(grant, revoked): (&Grant, Revoked)| (grant.provider_name.clone(), revoked);
        Ok(ended.into_iter().map(named).collect())
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
