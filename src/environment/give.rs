//! What a connector asks each of its users for, and taking it.

use serde_json::json;

use super::{Environment, OwnChanges, Value, asked_for, headers};
use crate::{
    model::{ConnectorId, ConnectorName, EnvName, Invalid, Transport, UserId, check_value, unfit_for_header},
    store::{ConnectorRecord, StoreError},
};

/// What a connector asks each user for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) name: EnvName,
    /// In the words of whoever configured the connector; may be empty.
    pub(crate) about: String,
    pub(crate) given: bool,
}

/// Why a user's values were not taken, or not told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GiveError {
    #[error("there is no connector {0}")]
    NoConnector(ConnectorName),
    #[error("{connector} asks its users for no value {name}")]
    NotAsked {
        connector: ConnectorName,
        name: EnvName,
        /// What it asks for.
        asked: Vec<EnvName>,
    },
    #[error(
        "{connector} gets its users' values in headers, and the one of {name} can't stand in one: it {why}"
    )]
    Unfit {
        connector: ConnectorName,
        name: EnvName,
        why: &'static str,
    },
    #[error(
        "{0} gets its users' values in headers, where there is room for 6 KiB of them: with what you gave before, this is more"
    )]
    TooMuch(ConnectorName),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl GiveError {
    /// What to do about it, in a sentence; may be empty.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NoConnector(_) => "berth list shows those that there are".to_owned(),
            Self::NotAsked { asked, .. } if asked.is_empty() => "it asks its users for nothing".to_owned(),
            Self::NotAsked { asked, .. } => {
                let asked: Vec<&str> = asked.iter().map(EnvName::as_str).collect();
                format!("it asks for {}", asked.join(", "))
            }
            Self::Unfit { .. } => {
                "one line of ASCII of at most 4 KiB can; what is longer or binary is mostly given in base64"
                    .to_owned()
            }
            Self::TooMuch(connector) => {
                format!(
                    "erase one of those first: on its page, or with berth env unset {connector} --mine NAME"
                )
            }
            Self::Invalid(_) | Self::Store(_) => String::new(),
        }
    }
}

impl Environment {
    /// What the connector asks each user for, and whether `user` has given it.
    pub(crate) async fn asked(
        &self,
        connector: &ConnectorName,
        user: &UserId,
    ) -> Result<Vec<Asked>, GiveError> {
        let connector = self.connector(connector).await?;
        Ok(self.asked_by(&connector, user).await?)
    }

    /// The same for every connector that asks for something.
    pub(crate) async fn asking(&self, user: &UserId) -> Result<Vec<(ConnectorName, Vec<Asked>)>, StoreError> {
        let mut asking = Vec::new();
        for connector in self.store.connectors().await? {
            let asked = self.asked_by(&connector, user).await?;
            if !asked.is_empty() {
                asking.push((connector.name, asked));
            }
        }
        Ok(asking)
    }

    /// Takes what `user` gives to a connector, or takes back, in one step. Gives the connector's id: what runs with a
    /// value that was taken back is the caller's to stop.
    pub(crate) async fn give(
        &self,
        user: &UserId,
        connector: &ConnectorName,
        changes: &OwnChanges,
    ) -> Result<ConnectorId, GiveError> {
        let connector = self.connector(connector).await?;
        self.check(&connector, user, changes).await?;
        let (give, take_back) = (&changes.give, &changes.take_back);
        let done = self
            .store
            .change_user_values(&connector.id, user, give, take_back)
            .await;
        // Also after an error: it may have happened all the same.
        self.forget(&connector.id, user);
        if !done? {
            return Err(GiveError::NoConnector(connector.name));
        }
        let given: Vec<_> = give.keys().collect();
        self.audit.record(
            user.as_str(),
            "values.given",
            connector.id.as_str(),
            json!({ "given": given, "taken_back": take_back }),
        );
        self.tell(&connector.id, user);
        Ok(connector.id)
    }

    async fn check(
        &self,
        connector: &ConnectorRecord,
        user: &UserId,
        changes: &OwnChanges,
    ) -> Result<(), GiveError> {
        let values = self.values(&connector.id, connector.environment).await?;
        let live = match &connector.live {
            Some(live) => self.store.release(live).await?,
            None => None,
        };
        let http = live.filter(|live| matches!(live.spec.transport, Transport::Http { .. }));
        for (name, text) in &changes.give {
            if !asked_for(&values).any(|asked| asked == name) {
                return Err(GiveError::NotAsked {
                    connector: connector.name.clone(),
                    name: name.clone(),
                    asked: asked_for(&values).cloned().collect(),
                });
            }
            check_value(name, text.expose())?;
            if text.expose().is_empty() {
                return Err(Invalid(format!("the value of {name} is empty")).into());
            }
            if let Some(why) = unfit_for_header(text.expose()).filter(|_| http.is_some()) {
                return Err(GiveError::Unfit {
                    connector: connector.name.clone(),
                    name: name.clone(),
                    why,
                });
            }
        }
        if let Some(http) = http.filter(|_| !changes.give.is_empty()) {
            let before = self.own(&connector.id, &values, user).await?;
            let stays =
                |name: &EnvName| !changes.give.contains_key(name) && !changes.take_back.contains(name);
            let kept = before.values().filter(|(name, _)| stays(name));
            let after = kept
                .chain(&changes.give)
                .map(|(name, text)| (name, text.expose().as_str()));
            let prefix = http.spec.run.env_header_prefix.unwrap_or_default();
            if !headers::fit(&prefix, after) {
                return Err(GiveError::TooMuch(connector.name.clone()));
            }
        }
        Ok(())
    }

    async fn asked_by(&self, connector: &ConnectorRecord, user: &UserId) -> Result<Vec<Asked>, StoreError> {
        let values = self.values(&connector.id, connector.environment).await?;
        let own = self.own(&connector.id, &values, user).await?;
        let asked = values.iter().filter_map(|(name, value)| match value {
            Value::PerUser(about) => Some(Asked {
                name: name.clone(),
                about: about.expose().clone(),
                given: !own.missing().contains(name),
            }),
            Value::Plain(_) | Value::Secret(_) => None,
        });
        Ok(asked.collect())
    }

    async fn connector(&self, name: &ConnectorName) -> Result<ConnectorRecord, GiveError> {
        let connector = self.store.connector_named(name).await?;
        connector.ok_or_else(|| GiveError::NoConnector(name.clone()))
    }
}
