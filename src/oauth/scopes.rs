//! What was asked for, what was granted, and what is missing.

use super::{Inner, OAuth, consent::Consent, error::OAuthError, several::chosen};
use crate::{
    model::{Caller, ConnectorName, ProviderName},
    store::{Connection, Flow, Grant, StoreError, TokenSet},
};

/// What the client calls itself that a person is when they ask from their own page.
const OWN_PAGE: &str = "your own page at berth";

/// The scopes of `wanted` that a token lacks.
pub(super) fn missing(wanted: &[String], tokens: &TokenSet) -> Vec<String> {
    let granted: Vec<&str> = tokens.scope.split_whitespace().collect();
    let has = |scope: &String| match scope.as_str() {
        // Providers show these by what they give, and few repeat them.
        "openid" if tokens.id_token.is_some() => true,
        "offline_access" | "offline" | "offline.access" if tokens.refresh_token.is_some() => true,
        scope => granted.iter().any(|granted| is_same(granted, scope)),
    };
    wanted.iter().filter(|scope| !has(scope)).cloned().collect()
}

/// Whether two scopes are one: some providers answer with the long form of a short name, or the other way about.
fn is_same(granted: &str, asked: &str) -> bool {
    let last = |scope: &str| scope.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_long = |scope: &str| scope.contains("://");
    if is_long(granted) == is_long(asked) {
        return granted.eq_ignore_ascii_case(asked);
    }
    let (granted, asked) = (last(granted), last(asked));
    granted == asked || granted.strip_prefix("userinfo.") == Some(asked.as_str())
}

/// Whether the connector wants scopes by now that the person of `grant` was never asked for.
pub(super) fn is_behind(grant: &Grant, connection: &Connection) -> bool {
    let asked: Vec<&str> = grant.asked.split_whitespace().collect();
    let is_new = |scope: &String| !asked.contains(&scope.as_str());
    connection.scopes.iter().any(is_new) && !missing(&connection.scopes, &grant.tokens).is_empty()
}

impl OAuth {
    /// A link for somebody who has authorized a connector to do so again, for what is missing, or at another provider of
    /// its. `None` when they have not.
    pub(crate) async fn authorize_again(
        &self,
        caller: &Caller,
        connector: &ConnectorName,
        provider: Option<&ProviderName>,
    ) -> Result<Option<Consent>, OAuthError> {
        let inner = &self.0;
        let grants = inner.store.grants_of_user(&caller.user).await?;
        let Some((name, grant)) = grants.into_iter().find(|(name, _)| name == connector) else {
            return Ok(None);
        };
        let id = &grant.connector;
        let consent = match provider {
            None => self.start_consent(caller, (id, &name), OWN_PAGE).await?,
            Some(provider) => {
                let connections = inner.store.connections_of(id).await?;
                let Some(connection) = chosen(connections, Some(provider))? else {
                    return Ok(None);
                };
                inner.link(&caller.user, id, &connection, OWN_PAGE).await?
            }
        };
        Ok(Some(consent))
    }
}

impl Inner {
    /// The person of `flow` does not want to give more: a grant that they have goes on as it is, and they are not asked
    /// for the same again.
    pub(super) async fn leave_as_it_is(&self, flow: &Flow) -> Result<(), StoreError> {
        let (grant, connection) = (
            self.store
                .grant_at(&flow.user, &flow.connector, &flow.provider)
                .await?,
            self.store.connection(&flow.connector, &flow.provider).await?,
        );
        let (Some(grant), Some(connection)) = (grant, connection) else {
            return Ok(());
        };
        if is_behind(&grant, &connection) {
            self.store
                .note_asked(&grant.id, &connection.scopes.join(" "))
                .await?;
            // Nobody may be waiting.
            let _ = self.news.send((flow.user.clone(), flow.connector.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_the_same_under_a_long_name() {
        for (granted, asked, same) in [
            ("read", "read", true),
            ("User.Read", "user.read", true),
            ("User.Read", "https://graph.microsoft.com/User.Read", true),
            ("https://www.googleapis.com/auth/userinfo.email", "email", true),
            (
                "https://www.googleapis.com/auth/drive",
                "https://www.googleapis.com/auth/drive",
                true,
            ),
            (
                "https://www.googleapis.com/auth/drive.file",
                "https://www.googleapis.com/auth/drive",
                false,
            ),
            ("read", "write", false),
            ("https://a.example/x", "https://b.example/x", false),
        ] {
            assert_eq!(is_same(granted, asked), same, "{granted} {asked}");
        }
    }
}
