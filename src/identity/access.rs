//! Who may use which connector.

use moka::sync::Cache;
use serde_json::json;

use super::{Identity, IdentityError, REMEMBERED};
use crate::{
    model::{ConnectorId, ConnectorName, GroupName, Operator, UserId, UserName},
    store::Rule,
};

/// What was found out before.
pub(super) type Allowed = Cache<(UserId, ConnectorName), bool>;

/// The groups that an admin puts users in.
const BY_ADMIN: &str = "admin";

pub(super) fn allowed() -> Allowed {
    Cache::builder()
        .max_capacity(100_000)
        .time_to_live(REMEMBERED)
        .build()
}

impl Identity {
    /// Whether a user may use a connector; of one that is not there everybody may.
    pub(crate) async fn may_use(
        &self,
        user: &UserId,
        connector: &ConnectorName,
    ) -> Result<bool, IdentityError> {
        let key = (user.clone(), connector.clone());
        if let Some(allowed) = self.allowed.get(&key) {
            return Ok(allowed);
        }
        let before = self.changes();
        let allowed = self.store.closed_to(user, Some(connector)).await?.is_empty();
        self.allowed.insert(key.clone(), allowed);
        if self.changes() != before {
            self.allowed.invalidate(&key);
        }
        Ok(allowed)
    }

    /// [`may_use`](Self::may_use), as an error that says so.
    pub(crate) async fn check_use(
        &self,
        user: &UserId,
        name: &UserName,
        connector: &ConnectorName,
    ) -> Result<(), IdentityError> {
        match self.may_use(user, connector).await? {
            true => Ok(()),
            false => Err(IdentityError::NotAllowed {
                user: name.clone(),
                connector: connector.clone(),
            }),
        }
    }

    /// Every connector that a user may not use.
    pub(crate) async fn closed_to(&self, user: &UserId) -> Result<Vec<ConnectorName>, IdentityError> {
        Ok(self.store.closed_to(user, None).await?)
    }

    pub(crate) async fn access(&self, connector: &ConnectorId) -> Result<Rule, IdentityError> {
        Ok(self.store.access(connector).await?)
    }

    /// Replaces who may use a connector; `None` means everybody.
    pub(crate) async fn set_access(
        &self,
        actor: &Operator,
        connector: &ConnectorId,
        only: Option<(&[UserId], &[GroupName])>,
    ) -> Result<(), IdentityError> {
        self.store.set_access(connector, only).await?;
        self.forget();
        let detail = match only {
            Some((users, groups)) => json!({ "users": users, "groups": groups }),
            None => json!({ "everyone": true }),
        };
        let actor = actor.user.as_str();
        self.audit.record(actor, "access.set", connector.as_str(), detail);
        Ok(())
    }

    /// Replaces the groups that an admin has put a user in; those that the single sign-on says stay.
    pub(crate) async fn set_groups(
        &self,
        actor: &Operator,
        user: &UserId,
        groups: &[GroupName],
    ) -> Result<(), IdentityError> {
        self.store.set_groups(user, BY_ADMIN, groups).await?;
        self.forget();
        let detail = json!({ "groups": groups });
        let actor = actor.user.as_str();
        self.audit.record(actor, "user.groups", user.as_str(), detail);
        Ok(())
    }

    /// The groups of every user who is in one.
    pub(crate) async fn groups(
        &self,
    ) -> Result<std::collections::BTreeMap<UserId, Vec<GroupName>>, IdentityError> {
        Ok(self.store.groups().await?)
    }
}
