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
    model::{ConnectorId, GrantId, Owner, UserId},
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
        if let Some(cooling) = self.backoff.cooling(&patience(connector)) {
            return Err(OAuthError::Token {
                provider: connection.provider.name.clone(),
                source: Arc::new(cooling),
            });
        }
        self.own_grants
            .join(&self.tasks, connector.clone(), |result| {
                let (inner, user, connector) = (Arc::clone(self), user.clone(), connector.clone());
                async move {
                    let grant = inner.ask_as_client(&user, &connector).await;
                    result.send_replace(Some(grant));
                }
            })
            .await
            .unwrap_or(Err(OAuthError::Interrupted))
    }

    async fn ask_as_client(&self, user: &UserId, connector: &ConnectorId) -> Result<Arc<Grant>, OAuthError> {
        let connection = self.store.connection(connector).await?;
        let connection = connection.ok_or(OAuthError::NotConfigured)?;
        let provider = &connection.provider;
        let known = self.store.grant_for(user, connector, Owner::Connector).await?;
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
                self.backoff.failed(&patience(connector), &source);
                return Err(OAuthError::Token {
                    provider: provider.name.clone(),
                    source,
                });
            }
        };
        count(&self.metrics.exchanges, "ok");
        self.backoff.succeeded(&patience(connector));
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
fn patience(connector: &ConnectorId) -> GrantId {
    GrantId::from(connector.as_str().to_owned())
}
