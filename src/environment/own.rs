//! What each user gives to connectors that ask every one of them.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
    time::Duration,
};

use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::sync::broadcast::{self, error::RecvError};

use super::Environment;
use crate::{
    model::{ConnectorId, EnvName, UserId},
    secret::Secret,
    store::{StoreError, UserValues, Value, Values},
};

/// How many users' values are in memory, and for how long when nobody needs them.
const KNOWN: u64 = 10_000;
const KEPT: Duration = Duration::from_secs(600);
/// How many news of values a slow listener may be behind before it has to look for itself.
const NEWS: usize = 256;
/// How often `given` looks for itself, in case another broker on the same store took the value.
const LOOK: Duration = Duration::from_secs(2);

/// What a user gave of what a connector asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    given: Vec<(EnvName, Secret<String>)>,
    missing: Vec<EnvName>,
    /// Changes with every value that is given or taken back; 0 where nothing is asked for.
    pub(crate) generation: u64,
}

impl Own {
    fn of(asked: &Values, stored: &UserValues) -> Self {
        let mut own = Self::default();
        let mut hasher = DefaultHasher::new();
        for name in asked_for(asked) {
            match stored.get(name) {
                Some(value) => {
                    (name, value.version).hash(&mut hasher);
                    own.given.push((name.clone(), value.text.clone()));
                }
                None => own.missing.push(name.clone()),
            }
        }
        if !own.given.is_empty() {
            own.generation = hasher.finish();
        }
        own
    }

    /// As variables and headers want them.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&EnvName, &Secret<String>)> {
        self.given.iter().map(|(name, text)| (name, text))
    }

    /// What is asked for and not there.
    pub(crate) fn missing(&self) -> &[EnvName] {
        &self.missing
    }
}

/// What a user changes.
#[derive(Debug, Default)]
pub(crate) struct OwnChanges {
    pub(crate) give: BTreeMap<EnvName, Secret<String>>,
    pub(crate) take_back: Vec<EnvName>,
}

/// What was read of the store. A reading that began before a change is not kept: its epoch is over.
#[derive(Debug)]
pub(super) struct Known {
    values: Cache<(ConnectorId, UserId), Arc<UserValues>>,
    epoch: Mutex<u64>,
    news: broadcast::Sender<(ConnectorId, UserId)>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            values: Cache::builder().max_capacity(KNOWN).time_to_idle(KEPT).build(),
            epoch: Mutex::default(),
            news: broadcast::channel(NEWS).0,
        }
    }
}

/// The names that each user gives a value for.
pub(crate) fn asked_for(values: &Values) -> impl Iterator<Item = &EnvName> {
    let values = values.iter();
    values.filter_map(|(name, value)| matches!(value, Value::PerUser(_)).then_some(name))
}

impl Environment {
    /// What `user` gave of what is asked for among `values`. Reads no database where nothing is, nor where it is known.
    pub(crate) async fn own(
        &self,
        connector: &ConnectorId,
        values: &Values,
        user: &UserId,
    ) -> Result<Own, StoreError> {
        if asked_for(values).next().is_none() {
            return Ok(Own::default());
        }
        let key = (connector.clone(), user.clone());
        if let Some(known) = self.own.values.get(&key) {
            return Ok(Own::of(values, &known));
        }
        let since = *self.own.epoch.lock();
        let stored = Arc::new(self.store.user_values(connector, user).await?);
        let own = Own::of(values, &stored);
        let epoch = self.own.epoch.lock();
        if *epoch == since {
            self.own.values.insert(key, stored);
        }
        Ok(own)
    }

    /// Completes when `user` has given all that is asked for among `values`. The caller puts the deadline.
    pub(crate) async fn given(&self, connector: &ConnectorId, values: &Values, user: &UserId) {
        // Listening starts before looking, so that nothing falls in between.
        let mut news = self.own.news.subscribe();
        loop {
            match self.own(connector, values, user).await {
                Ok(own) if own.missing().is_empty() => return,
                Ok(_) => {}
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "looking for a user's values failed"
                ),
            }
            let mine = async {
                loop {
                    match news.recv().await {
                        Ok((what, who)) if what == *connector && who == *user => return,
                        Ok(_) => {}
                        Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                    }
                }
            };
            if tokio::time::timeout(LOOK, mine).await.is_err() {
                self.forget(connector, user);
            }
        }
    }

    /// Drops what is in memory of every user: what the store has may have gone.
    pub(crate) fn forget_all(&self) {
        let mut epoch = self.own.epoch.lock();
        *epoch += 1;
        self.own.values.invalidate_all();
    }

    pub(super) fn forget(&self, connector: &ConnectorId, user: &UserId) {
        let mut epoch = self.own.epoch.lock();
        *epoch += 1;
        self.own.values.invalidate(&(connector.clone(), user.clone()));
    }

    /// Tells whoever waits that a user's values have changed.
    pub(super) fn tell(&self, connector: &ConnectorId, user: &UserId) {
        // Nobody may be waiting.
        let _ = self.own.news.send((connector.clone(), user.clone()));
    }
}
