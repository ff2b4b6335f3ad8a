//! A connector's values: what it gets in its environment besides the token.
//!
//! Plain settings belong to a release; values belong to the connector and are versioned as whole sets, so that a
//! release that fails its probe changes nothing for the one that serves. Some are for everybody, plain or secret; some
//! each user gives ([`own`]): those are no part of the versioned set, which has their names alone.
//!
//! A process gets them as variables, an http connector with each request as headers as well ([`headers`]).

mod change;
mod give;
mod headers;
mod own;

use std::{collections::BTreeMap, sync::Arc};

use moka::sync::Cache;

use crate::{
    audit::Audit,
    model::{ConnectorId, EnvName, Spec},
    secret::Secret,
    store::{Store, Values},
};

pub(crate) use change::{Given, ValueChanges};
pub(crate) use give::{Asked, GiveError};
pub(crate) use headers::{into_headers, unfit};
pub(crate) use own::{Own, OwnChanges, asked_for};

pub(crate) use crate::store::{StoreError, Value};

/// Gives connectors their values; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    store: Arc<Store>,
    audit: Audit,
    known: Cache<(ConnectorId, i64), Arc<Values>>,
    own: Arc<own::Known>,
}

impl Environment {
    pub(crate) fn new(store: Arc<Store>, audit: Audit) -> Self {
        Self {
            store,
            audit,
            known: Cache::new(1024),
            own: Arc::default(),
        }
    }

    /// The values of one version. A version never changes, so what was read once stays true.
    pub(crate) async fn values(
        &self,
        connector: &ConnectorId,
        version: i64,
    ) -> Result<Arc<Values>, StoreError> {
        let key = (connector.clone(), version);
        if let Some(known) = self.known.get(&key) {
            return Ok(known);
        }
        let values = Arc::new(self.store.environment(connector, version).await?);
        // The number of a version without any values is free again once nothing names it.
        if !values.is_empty() {
            self.known.insert(key, Arc::clone(&values));
        }
        Ok(values)
    }

    /// How many users gave each of a connector's values.
    pub(crate) async fn givers(&self, connector: &ConnectorId) -> Result<BTreeMap<String, i64>, StoreError> {
        self.store.count_user_values(connector).await
    }

    /// What a process of `spec` gets: its settings, then the values that are for everybody, which win over a setting of
    /// the same name.
    pub(crate) fn variables(spec: &Spec, values: &Values) -> Vec<(EnvName, Secret<String>)> {
        let shared = || {
            let shared = values.iter();
            shared.filter_map(|(name, value)| Some((name, value.shared()?)))
        };
        let settings = spec
            .settings
            .iter()
            .filter(|(name, _)| values.get(*name).is_none_or(|value| value.shared().is_none()));
        settings
            .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
            .chain(shared().map(|(name, value)| (name.clone(), value.clone())))
            .collect()
    }
}
