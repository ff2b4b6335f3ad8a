//! Tokens that the client gets for itself (RFC 6749 §4.4): nobody consents, and one grant serves everybody.

use std::sync::Arc;

use super::{
    Inner,
    access::Standing,
    endpoint::{Redeem, bound_to, redeem},
    error::OAuthError,
    metrics::count,
    scopes::is_behind,
};
use crate::{
    model::{ConnectorId, GrantId, Owner, ProviderId, UserId},
    store::{Connection, Grant, NewGrant},
};

impl Inner {
    /// A new grant of the client's own, asked for once however many calls want it. `user` is on whose call it is made.
    pub(super) async fn own_grant(
        self: &Arc<Self>,
        connection: &Connection,
        user: &UserId,
        connector: &ConnectorId,
    ) -> Result<Arc<Grant>, OAuthError> {
        let provider = &connection.provider;
        let client = (provider.id.clone(), provider.version);
        let cooling = self.backoff.cooling(&patience(connector, &provider.id));
        if let Some(cooling) = cooling.or_else(|| self.clients.cooling(&client)) {
            return Err(OAuthError::Token {
                provider: provider.name.clone(),
                source: Arc::new(cooling),
            });
        }
        self.own_grants
            .join(&self.tasks, (connector.clone(), provider.id.clone()), |result| {
                let (inner, user) = (Arc::clone(self), user.clone());
                let (connector, provider) = (connector.clone(), provider.id.clone());
                async move {
                    let grant = inner.ask_as_client(&user, &connector, &provider).await;
                    result.send_replace(Some(grant));
                }
            })
            .await
            .unwrap_or(Err(OAuthError::Interrupted))
    }

    async fn ask_as_client(
        &self,
        user: &UserId,
        connector: &ConnectorId,
        provider: &ProviderId,
    ) -> Result<Arc<Grant>, OAuthError> {
        let connection = self.store.connection(connector, provider).await?;
        let connection = connection.ok_or(OAuthError::NotConfigured)?;
        let provider = &connection.provider;
        let patience = patience(connector, &provider.id);
        let place = (&provider.id, Owner::Connector);
        let known = self.store.grant_for(user, connector, place).await?;
        if let Some(grant) = known.filter(|grant| {
            self.standing(grant, provider) != Standing::Over && !is_behind(grant, &connection)
        }) {
            // Another call brought it meanwhile.
            return Ok(Arc::new(grant));
        }
        let asked = Redeem::Client {
            scopes: &connection.scopes,
        };
        let redeemed = match redeem(&self.http, provider, asked).await {
            Ok(redeemed) => redeemed,
            Err(error) => {
                count(&self.metrics.exchanges, "failed");
                let source = Arc::new(error);
                self.leave_alone(provider, &patience, &source).await;
                return Err(OAuthError::Token {
                    provider: provider.name.clone(),
                    source,
                });
            }
        };
        count(&self.metrics.exchanges, "ok");
        self.backoff.succeeded(&patience);
        self.client_taken(provider).await;
        if let Some(auth) = redeemed.learned {
            self.learned(provider, auth).await;
        }
        let mut tokens = redeemed.tokens;
        if tokens.scope.is_empty() {
            // Nothing said means as asked for (RFC 6749 §5.1).
            tokens.scope = connection.scopes.join(" ");
        }
        let new = NewGrant {
            connector,
            provider: &provider.id,
            user,
            owner: Owner::Connector,
            bound_to: &bound_to(&provider.settings, &tokens.vars),
            tokens: &tokens,
            asked: &connection.scopes.join(" "),
            account: None,
        };
        let Some(id) = self.store.put_grant(&new).await? else {
            // The settings or the user went while the provider answered.
            return Err(OAuthError::NotConfigured);
        };
        self.audit.record(
            "berth",
            "grant.created",
            id.as_str(),
            serde_json::json!({ "connector": connector, "provider": provider.name, "scope": tokens.scope }),
        );
        let stored = self.store.grant(&id).await?;
        stored.map(Arc::new).ok_or(OAuthError::NotConfigured)
    }
}

/// What stands for a grant that is not there in the record of who is left alone for a while.
fn patience(connector: &ConnectorId, provider: &ProviderId) -> GrantId {
    GrantId::from(format!("{} {}", connector.as_str(), provider.as_str()))
}
