//! Which of a connector's tools are offered: of the connector, so that it outlasts releases, and at once, since nothing has
//! to be started for it.

use std::sync::Arc;

use serde_json::json;

use super::{ReleaseError, Releases};
use crate::{
    model::{ConnectorId, Invalid, Operator, ToolChanges, ToolRules},
    store::{ConnectorRecord, StoreError},
};

/// Why a change was not made, while the transaction is open.
enum Refusal {
    Invalid(Invalid),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Releases {
    /// The rules of a connector; none where every tool is offered. On the path of every call of a tool.
    pub(crate) fn tool_rules(&self, connector: &ConnectorId) -> Option<Arc<ToolRules>> {
        self.0.tools.read().get(connector).cloned()
    }

    /// Changes which tools are offered. The next list and the next call keep to it.
    pub(crate) async fn change_tools(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
        wanted: ToolChanges,
    ) -> Result<Arc<ToolRules>, ReleaseError> {
        let (this, actor, connector) = (self.clone(), actor.clone(), connector.clone());
        self.whole(async move { this.change_tools_now(&actor, &connector, &wanted).await })
            .await
    }

    async fn change_tools_now(
        &self,
        actor: &Operator,
        connector: &ConnectorRecord,
        wanted: &ToolChanges,
    ) -> Result<Arc<ToolRules>, ReleaseError> {
        // What is in memory follows what is stored, in the same order.
        let _changing = self.0.changing_tools.lock().await;
        let change = |old: &ToolRules| wanted.apply(old).map_err(Refusal::Invalid);
        let (old, new) = match self.0.store.change_tool_rules(&connector.id, change).await {
            Err(Refusal::Invalid(invalid)) => return Err(ReleaseError::Invalid(invalid)),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Ok(None) => return Err(ReleaseError::Gone(connector.name.clone())),
            Ok(Some(rules)) => rules,
        };
        let new = Arc::new(new);
        if old != *new {
            let detail = json!({ "from": old, "to": *new });
            self.0.audit.record(
                actor.user.as_str(),
                "tools.changed",
                connector.id.as_str(),
                detail,
            );
        }
        let mut tools = self.0.tools.write();
        match new.is_empty() {
            true => tools.remove(&connector.id),
            false => tools.insert(connector.id.clone(), Arc::clone(&new)),
        };
        Ok(new)
    }
}
