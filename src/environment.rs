//! A connector's values: what it gets in its environment besides the token.
//!
//! Plain settings belong to a release; secrets belong to the connector and are versioned as whole sets, so that a
//! release that fails its probe changes nothing for the one that serves.

use std::sync::Arc;

use moka::sync::Cache;

use crate::{
    model::{ConnectorId, EnvName, Spec},
    secret::Secret,
    store::{Secrets, Store, StoreError},
};

/// Gives connectors their values; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    store: Arc<Store>,
    known: Cache<(ConnectorId, i64), Arc<Secrets>>,
}

impl Environment {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            known: Cache::new(1024),
        }
    }

    /// The secrets of one version. A version never changes, so what was read once stays true.
    pub(crate) async fn secrets(
        &self,
        connector: &ConnectorId,
        version: i64,
    ) -> Result<Arc<Secrets>, StoreError> {
        let key = (connector.clone(), version);
        if let Some(known) = self.known.get(&key) {
            return Ok(known);
        }
        let secrets = Arc::new(self.store.environment(connector, version).await?);
        self.known.insert(key, Arc::clone(&secrets));
        Ok(secrets)
    }

    /// What a process of `spec` gets: its settings, then the secrets, which win over a setting of the same name.
    pub(crate) fn variables(spec: &Spec, secrets: &Secrets) -> Vec<(EnvName, Secret<String>)> {
        let settings = spec
            .settings
            .iter()
            .filter(|(name, _)| !secrets.contains_key(*name));
        settings
            .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
            .chain(secrets.iter().map(|(name, value)| (name.clone(), value.clone())))
            .collect()
    }
}
