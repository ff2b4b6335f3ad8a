//! Connectors that use several providers: which one is meant, and which one a person is asked for next.

use super::{
    Inner, OAuth,
    access::Standing,
    consent::{Consent, hash},
    error::{FlowError, OAuthError},
    scopes::is_behind,
    trial::Trials,
};
use crate::{
    model::{ConnectorId, ConnectorName, GrantType, Invalid, ProviderName, UserId},
    store::{Connection, Flow, FlowOutcome, StoreError},
};

/// The one of a connector's `connections` that is meant: by the name of its provider, or as the only one. `None` when it
/// is not there.
pub(super) fn chosen(
    mut connections: Vec<Connection>,
    provider: Option<&ProviderName>,
) -> Result<Option<Connection>, OAuthError> {
    match provider {
        Some(name) => Ok(connections
            .into_iter()
            .find(|connection| connection.provider.name == *name)),
        None if connections.len() > 1 => Err(OAuthError::Several(
            connections
                .into_iter()
                .map(|connection| connection.provider.name)
                .collect(),
        )),
        None => Ok(connections.pop()),
    }
}

/// Refuses a mapping that sets what another provider's sets: one of the two tokens would be lost.
pub(super) fn check_places(connection: &Connection, others: &[Connection]) -> Result<(), Invalid> {
    for other in others {
        let name = &other.provider.name;
        if let Some(place) = connection.mapping.common_place(&other.mapping) {
            return Err(Invalid(format!(
                "{place} carries the token of provider {name} already: put this one elsewhere (--header, --env, --file), \
                 or that one with --provider {name}"
            )));
        }
    }
    Ok(())
}

impl OAuth {
    /// Where a connector uses several providers: those where `user` has nothing yet that its calls need.
    pub(crate) async fn lacking(
        &self,
        user: &UserId,
        connector: &ConnectorName,
    ) -> Result<Vec<ProviderName>, OAuthError> {
        let grants = self.0.store.grants_of_user(user).await?;
        let Some((_, grant)) = grants.into_iter().find(|(name, _)| name == connector) else {
            return Ok(Vec::new());
        };
        let connections = self.0.store.connections_of(&grant.connector).await?;
        let mut lacking = Vec::new();
        for connection in connections.iter().filter(|_| connections.len() > 1) {
            if !self.0.is_granted_at(user, &grant.connector, connection).await? {
                lacking.push(connection.provider.name.clone());
            }
        }
        Ok(lacking)
    }

    /// Where the person of a link goes on that has done its part: to the next provider that the same connector needs.
    /// `None` when there is none, or the link has not done its part, or is somebody else's.
    pub(crate) async fn beyond(&self, handle: &str, user: &UserId) -> Result<Option<Consent>, FlowError> {
        let flow = self.0.store.flow(&hash(handle)).await?;
        let is_done = |flow: &Flow| matches!(flow.outcome, Some(FlowOutcome::Granted | FlowOutcome::Kept));
        match flow.filter(|flow| flow.user == *user && is_done(flow)) {
            Some(flow) => Ok(self.0.next_after(&flow).await),
            None => Ok(None),
        }
    }
}

impl Inner {
    /// A connector's connection with the provider of this name, or the only one.
    pub(super) async fn connection_at(
        &self,
        connector: &ConnectorId,
        provider: Option<&ProviderName>,
    ) -> Result<Connection, OAuthError> {
        let connections = self.store.connections_of(connector).await?;
        let missing = match provider {
            Some(name) if !connections.is_empty() => OAuthError::NotUsed(name.clone()),
            _ => OAuthError::NotConfigured,
        };
        chosen(connections, provider)?.ok_or(missing)
    }

    /// Whether `user` has a good grant for a connector at one of its providers, or needs none there.
    pub(super) async fn is_granted_at(
        &self,
        user: &UserId,
        connector: &ConnectorId,
        connection: &Connection,
    ) -> Result<bool, StoreError> {
        let provider = &connection.provider;
        if provider.settings.grant == GrantType::ClientCredentials {
            return Ok(true);
        }
        let place = (&provider.id, connection.owner());
        let grant = self.store.grant_for(user, connector, place).await?;
        Ok(grant.is_some_and(|grant| {
            !is_behind(&grant, connection) && self.standing(&grant, provider) != Standing::Over
        }))
    }

    /// The connection that `user` is asked to authorize: the first one where they have not.
    pub(super) async fn first_lacking(
        &self,
        user: &UserId,
        connector: &ConnectorId,
        connections: &[Connection],
    ) -> Result<Option<Connection>, StoreError> {
        for connection in connections {
            if !self.is_granted_at(user, connector, connection).await? {
                return Ok(Some(connection.clone()));
            }
        }
        Ok(None)
    }

    /// The link to what the person of `flow` is asked for next. What can't be looked up, or only an admin may do, is told by
    /// their next call: that what they did counts is not in doubt.
    pub(super) async fn next_after(&self, flow: &Flow) -> Option<Consent> {
        match self.next_link(flow).await {
            Ok(next) => next,
            Err(OAuthError::ForAdmins) => None,
            Err(error) => {
                tracing::warn!(
                    connector = %flow.connector_name, error = &error as &dyn std::error::Error,
                    "where a person goes on was not found out"
                );
                None
            }
        }
    }

    async fn next_link(&self, flow: &Flow) -> Result<Option<Consent>, OAuthError> {
        let connections = self.store.connections_of(&flow.connector).await?;
        if connections.len() < 2 || Trials::is_one(flow) {
            return Ok(None);
        }
        let next = self.first_lacking(&flow.user, &flow.connector, &connections);
        let Some(next) = next.await? else {
            return Ok(None);
        };
        let link = self.link(&flow.user, &flow.connector, &next, &flow.client);
        Ok(Some(link.await?))
    }
}
