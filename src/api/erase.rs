//! Erasing, in the order in which nothing is left behind: what runs is stopped, tokens are revoked at the provider
//! while berth still has them, and only then the rows go.

use super::{Api, ApiError};
use crate::{
    model::{Operator, UserId},
    store::ConnectorRecord,
};

/// Erases a connector. Returns how many grants went with it.
pub(super) async fn connector(
    api: &Api,
    operator: &Operator,
    connector: &ConnectorRecord,
) -> Result<usize, ApiError> {
    let grants = api.oauth.forget_connector(&connector.id).await?;
    api.releases.delete(operator, connector).await?;
    Ok(grants)
}

/// Erases a user. Returns how many grants went with it.
pub(super) async fn user(api: &Api, operator: &Operator, user: &UserId) -> Result<usize, ApiError> {
    let grants = api.oauth.forget_user(user).await?;
    api.identity.remove_user(operator, user).await?;
    // Last: a call that was let in a moment ago may have started an instance.
    api.runtime.stop_user(user).await;
    Ok(grants)
}
