//! Erasing, in the order in which nothing is left behind: grants are taken out and revoked at their provider, and what
//! runs with their tokens is stopped last.

use std::sync::Arc;

use super::{Api, ApiError, views};
use crate::{
    model::{Operator, ProviderName, Transport, UserId},
    oauth::{OAuthError, Revoked},
    releases::{ConnectorRecord, Live},
};

/// Erases a connector. Returns how many grants went with it.
pub(super) async fn connector(
    api: &Api,
    operator: &Operator,
    connector: &ConnectorRecord,
) -> Result<usize, ApiError> {
    let grants = api.oauth.forget_connector(&connector.id).await?;
    api.releases.delete(operator, connector).await?;
    // Tokens for it are remembered by its name, which another one may get.
    api.identity.forget();
    Ok(grants)
}

/// Erases a user. Returns how many grants went with it.
pub(super) async fn user(api: &Api, operator: &Operator, user: &UserId) -> Result<usize, ApiError> {
    // The grants go in the same step as the user: from then on no consent that is under way can store another.
    let removed = api.identity.remove_user(operator, user).await?;
    let grants = api.oauth.forget_user(operator, user, removed).await;
    // Last: a call that was let in a moment ago may have started an instance.
    api.runtime.stop_user(user).await;
    Ok(grants)
}

/// Takes a connector's OAuth settings of one provider away. Returns how many grants went with them.
pub(super) async fn connection(
    api: &Api,
    operator: &Operator,
    connector: &ConnectorRecord,
    provider: Option<&ProviderName>,
) -> Result<usize, OAuthError> {
    let grants = api.oauth.unset(operator, &connector.id, provider).await?;
    let stdio = |live: Arc<Live>| live.spec.transport == Transport::Stdio;
    if views::serving(api, connector).is_some_and(stdio) {
        // Each process has a token in its environment that is nobody's any more.
        api.runtime.stop_connector(&connector.id).await;
    }
    Ok(grants)
}

/// Ends one user's authorization for a connector, at one provider or at all of its. Returns what became of each there.
pub(super) async fn grant(
    api: &Api,
    operator: &Operator,
    connector: &ConnectorRecord,
    (user, provider): (&UserId, Option<&ProviderName>),
) -> Result<Vec<(ProviderName, Revoked)>, ApiError> {
    let of = (&connector.id, provider);
    let revoked = api.oauth.disconnect(operator, of, user).await?;
    if !revoked.is_empty() {
        // Their processes have a token that is nobody's any more.
        api.runtime.stop_user_of(&connector.id, user).await;
    }
    Ok(revoked)
}
