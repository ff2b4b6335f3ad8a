//! What an admin sets: a provider, and how its token reaches a connector.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq as _;
use url::Url;

use super::{
    Inner, OAuth, authorize,
    consent::hash,
    endpoint::{bound_to, goes_where_it_went},
    error::OAuthError,
    given::{check_client, gives, merge_mapping, read_scopes},
    params::check_names,
    several::{check_places, chosen},
};
use crate::{
    model::{
        ConnectorId, ConnectorName, Discovered, EnvName, GrantType, HeaderField, Invalid, Mapping, Operator,
        Owner, Placement, ProviderId, ProviderName, ProviderSettings, UserId, Values, VariableName,
    },
    secret::Secret,
    store::{Connection, Grant, GrantsOf, Provider, Removed},
};

/// What is named is set, what is absent stays as it is. A list replaces the list.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// The provider to set, beside those in use; absent means the only one in use, else one named after the connector.
    pub(crate) provider: Option<ProviderName>,
    /// Fields of [`ProviderSettings`]; `null` takes one away.
    pub(crate) settings: Map<String, Value>,
    /// An empty one makes the client a public one.
    pub(crate) client_secret: Option<Secret<String>>,
    /// What this connector asks for; absent at first means what the provider's other connectors ask for.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) owner: Option<Owner>,
    pub(crate) headers: Option<Vec<Placement<HeaderField>>>,
    pub(crate) env: Option<Vec<Placement<EnvName>>>,
    pub(crate) files: Option<Vec<Placement<EnvName>>>,
    /// The version that the change is meant for; any, when it is absent.
    pub(crate) if_version: Option<String>,
}

/// One provider of a connector's, everything but the secrets.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) provider: ProviderName,
    pub(crate) settings: ProviderSettings,
    pub(crate) discovered: Option<Discovered>,
    pub(crate) client_secret_set: bool,
    pub(crate) scopes: Vec<String>,
    pub(crate) owner: Owner,
    pub(crate) mapping: Mapping,
    pub(crate) redirect_uri: Url,
    /// Every connector that uses this provider, this one included.
    pub(crate) connectors: Vec<ConnectorName>,
    /// How many users have authorized this connector there.
    pub(crate) grants: usize,
    /// Another one after every change, of the provider too.
    pub(crate) version: String,
}

impl OAuth {
    /// Changes the settings of one provider of a connector's, or gives it one more; those of a shared provider change for
    /// every connector that uses it.
    pub(crate) async fn set(
        &self,
        actor: &Operator,
        connector: (&ConnectorId, &ConnectorName),
        mut change: Change,
    ) -> Result<Settings, OAuthError> {
        let inner = &self.0;
        let (id, name) = connector;
        let mut beside = inner.store.connections_of(id).await?;
        let current = chosen(beside.clone(), change.provider.as_ref())?;
        beside.retain(|other| (current.as_ref()).is_none_or(|known| known.provider.id != other.provider.id));
        let version = current.as_ref().map(version).unwrap_or_default();
        // Two changes at once are told apart by the store; this one is about what its author had seen.
        if change.if_version.as_ref().is_some_and(|meant| *meant != version) {
            return Err(OAuthError::Conflict);
        }
        let wanted = change
            .provider
            .clone()
            .or_else(|| current.as_ref().map(|current| current.provider.name.clone()))
            .unwrap_or_else(|| name.into());
        let known = match &current {
            Some(current) if current.provider.name == wanted => Some(current.provider.clone()),
            _ => inner.store.provider(&wanted).await?,
        };
        let discovered = inner.discover(known.as_ref(), &mut change.settings).await?;
        let provider = Provider {
            discovered,
            ..merge_provider(&wanted, known, &change)?
        };
        inner.check(&provider.settings).await?;
        let scopes = match (&change.scopes, &current) {
            (Some(scopes), _) => read_scopes(scopes)?,
            (None, Some(current)) => current.scopes.clone(),
            (None, None) => inner
                .store
                .connectors_of(&provider.id)
                .await?
                .into_iter()
                .next()
                .map(|(_, scopes)| scopes)
                .unwrap_or_default(),
        };
        let connection = Connection {
            mapping: merge_mapping(
                current.as_ref().map(|current| &current.mapping),
                &change,
                &provider.settings,
            )?,
            version: current.as_ref().map_or(0, |current| current.version),
            owner: change
                .owner
                .or(current.as_ref().map(|current| current.owner))
                .unwrap_or_default(),
            provider,
            scopes,
        };
        check_places(&connection, &beside)?;
        inner.store.put_connection(id, &connection, &beside).await?;
        inner.cache.clear();
        if connection.provider.trouble.is_some() {
            inner.client_recovered(&connection.provider);
        }
        inner.audit.record(
            actor.user.as_str(),
            "oauth.set",
            id.as_str(),
            json!({
                "provider": connection.provider.name,
                "settings": connection.provider.settings,
                "client_secret_changed": change.client_secret.is_some(),
                "scopes": connection.scopes,
                "owner": connection.owner(),
                "mapping": connection.mapping,
            }),
        );
        let other_owner = (current.as_ref()).is_some_and(|current| current.owner() != connection.owner());
        if other_owner || connection.provider.settings.grant == GrantType::ClientCredentials {
            // What was made for others, or with other settings and to be had again, is nobody's any more.
            let at = &connection.provider.id;
            inner.forget(GrantsOf::ConnectorAt(id, at)).await?;
        }
        let stored = inner.store.connection(id, &connection.provider.id).await?;
        self.shown(id, stored.ok_or(OAuthError::NotConfigured)?).await
    }

    /// The settings of all providers that a connector uses, by their names.
    pub(crate) async fn settings_of(&self, connector: &ConnectorId) -> Result<Vec<Settings>, OAuthError> {
        let mut all = Vec::new();
        for connection in self.0.store.connections_of(connector).await? {
            all.push(self.shown(connector, connection).await?);
        }
        Ok(all)
    }

    /// Those of one: by its name, or as the only one.
    pub(crate) async fn settings_at(
        &self,
        connector: &ConnectorId,
        provider: Option<&ProviderName>,
    ) -> Result<Settings, OAuthError> {
        let connection = self.0.connection_at(connector, provider).await?;
        self.shown(connector, connection).await
    }

    /// Whether the client's secret that is set is `secret`: whoever may set it may know.
    pub(crate) async fn is_secret(
        &self,
        connector: &ConnectorId,
        provider: Option<&ProviderName>,
        secret: &Secret<String>,
    ) -> Result<bool, OAuthError> {
        let connection = self.0.connection_at(connector, provider).await?;
        let set = connection.provider.client_secret;
        Ok(set.is_some_and(|set| set.expose().as_bytes().ct_eq(secret.expose().as_bytes()).into()))
    }

    async fn shown(&self, connector: &ConnectorId, connection: Connection) -> Result<Settings, OAuthError> {
        let store = &self.0.store;
        let version = version(&connection);
        let owner = connection.owner();
        let provider = connection.provider;
        let grants = store.count_grants(connector, &provider.id).await?;
        Ok(Settings {
            version,
            owner,
            connectors: store
                .connectors_of(&provider.id)
                .await?
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            grants: usize::try_from(grants).unwrap_or(0),
            redirect_uri: self.redirect_uri(&provider.name),
            settings: provider.settings,
            discovered: provider.discovered,
            client_secret_set: provider.client_secret.is_some(),
            provider: provider.name,
            scopes: connection.scopes,
            mapping: connection.mapping,
        })
    }

    /// Forgets a connector's settings of one provider, the only one where none is named, and its users' grants there, which
    /// are revoked at the provider where it has a way for that; the provider too when no other connector uses it. Gives the
    /// number of grants.
    pub(crate) async fn unset(
        &self,
        actor: &Operator,
        connector: &ConnectorId,
        provider: Option<&ProviderName>,
    ) -> Result<usize, OAuthError> {
        let inner = &self.0;
        let provider = inner.connection_at(connector, provider).await?.provider;
        // The connection goes first: from then on no consent that is under way can store a grant.
        inner.store.drop_connection(connector, &provider.id).await?;
        inner.cache.clear();
        let of = GrantsOf::ConnectorAt(connector, &provider.id);
        let forgotten = inner.forget(of).await?;
        inner.audit.record(
            actor.user.as_str(),
            "oauth.unset",
            connector.as_str(),
            json!({ "provider": provider.name, "grants": forgotten }),
        );
        Ok(forgotten)
    }

    /// [`unset`](Self::unset) with all providers, for a connector that is being deleted.
    pub(crate) async fn forget_connector(&self, connector: &ConnectorId) -> Result<usize, OAuthError> {
        self.0.store.drop_connections(connector).await?;
        self.0.cache.clear();
        self.0.forget(GrantsOf::Connector(connector)).await
    }

    /// Revokes what a user had authorized, on all connectors, who was removed together with these grants. Gives their
    /// number.
    pub(crate) async fn forget_user(&self, actor: &Operator, user: &UserId, removed: Removed) -> usize {
        let of_all: Vec<&ConnectorId> = (removed.grants.iter())
            .filter(|grant| grant.owner == Owner::Connector)
            .map(|grant| &grant.connector)
            .collect();
        self.0
            .cache
            .forget_tokens(|connector, holder| holder == Some(user) || of_all.contains(&connector));
        for passed in &removed.passed {
            self.0.passed(actor, user, passed);
        }
        self.0.end(removed.grants).await
    }
}

impl Inner {
    async fn forget(self: &Arc<Self>, of: GrantsOf<'_>) -> Result<usize, OAuthError> {
        let grants = self.store.take_grants(of).await?;
        let (GrantsOf::Connector(gone)
        | GrantsOf::ConnectorAt(gone, _)
        | GrantsOf::UserAt(gone, _)
        | GrantsOf::Only(gone, ..)) = of;
        self.cache.forget_tokens(|connector, _| connector == gone);
        Ok(self.end(grants).await)
    }

    /// Ends grants at their providers that are gone here. Gives their number.
    async fn end(self: &Arc<Self>, grants: Vec<Grant>) -> usize {
        if let Err(error) = self.store.drop_unused_providers().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "providers that nothing uses are left"
            );
        }
        self.revoke(&grants).await.len()
    }

    /// Refuses addresses that berth does not send anything to. One with variables is looked at again when they are known.
    async fn check(&self, settings: &ProviderSettings) -> Result<(), OAuthError> {
        for (flag, address) in settings.addresses() {
            let known = |name: &VariableName| settings.vars.contains_key(name);
            if !address.variables().all(known) {
                continue;
            }
            let url = settings.fill(address, &Values::new())?;
            // The person's browser goes to the first, not the broker.
            let checked = match flag {
                "--auth-url" => self.http.check(&url),
                _ => self.http.check_resolved(&url).await,
            };
            checked.map_err(|source| OAuthError::Address { what: flag, source })?;
        }
        Ok(())
    }
}

/// Names one state of a connector's settings, those of its provider included.
fn version(connection: &Connection) -> String {
    let provider = &connection.provider;
    let named = format!(
        "{} {} {}",
        provider.id.as_str(),
        provider.version,
        connection.version
    );
    hash(&named)[..12].to_owned()
}

/// Refuses settings that can't work together, whatever the provider does.
fn check_settings(settings: &ProviderSettings) -> Result<(), Invalid> {
    let given = gives(settings);
    for (flag, address) in settings.addresses() {
        // What only a later answer tells is no help before it.
        let too_late = |name: &VariableName| {
            let comes_back = settings.callback_captures.iter().any(|known| known.name == *name);
            let known = settings.vars.contains_key(name)
                || settings.user_vars.iter().any(|known| known.name == *name);
            !known && matches!((flag, comes_back), ("--auth-url", _) | ("--token-url", false))
        };
        if let Some(unknown) = (address.variables()).find(|name| !given.contains(*name) || too_late(name)) {
            return Err(Invalid(format!(
                "{flag} has the variable {{{unknown}}}, which nothing gives a value: use --var {unknown}=VALUE, \
                 --user-var {unknown}, or --capture-callback {unknown}"
            )));
        }
    }
    check_names(settings)?;
    authorize::check(settings)
}

fn merge_provider(
    name: &ProviderName,
    known: Option<Provider>,
    change: &Change,
) -> Result<Provider, OAuthError> {
    let settings = merge_settings(known.as_ref().map(|known| &known.settings), &change.settings)?;
    for (what, text) in [
        ("client id", Some(&settings.client_id)),
        ("client secret", change.client_secret.as_ref().map(Secret::expose)),
    ] {
        check_client(what, text)?;
    }
    check_settings(&settings)?;
    // A secret belongs to the client and the place that it was given for: it does not follow to another.
    let kept = known.as_ref().filter(|known| {
        let none = Values::new();
        bound_to(&known.settings, &none) == bound_to(&settings, &none)
            && goes_where_it_went(&known.settings, &settings)
    });
    let client_secret = match &change.client_secret {
        Some(secret) if secret.expose().is_empty() => None,
        Some(secret) => Some(secret.clone()),
        None => match &known {
            Some(known) if known.client_secret.is_some() && kept.is_none() => {
                return Err(OAuthError::Incomplete(vec![
                    "the client secret, which has to be given again with another client id, token URL, or host for revocation, introspection or userinfo (--client-secret-file or --client-secret-env)",
                ]));
            }
            Some(known) => known.client_secret.clone(),
            None => None,
        },
    };
    Ok(Provider {
        // A new secret of the same client is taken as the old one was.
        client_auth: kept
            .filter(|_| client_secret.is_some())
            .and_then(|known| known.client_auth),
        id: known
            .as_ref()
            .map_or_else(ProviderId::random, |known| known.id.clone()),
        version: known.as_ref().map_or(0, |known| known.version),
        discovered: None,
        name: name.clone(),
        settings,
        client_secret,
        trouble: known.and_then(|known| known.trouble),
    })
}

/// The settings that are there with those of `change` in their place. All that is missing is named at once.
fn merge_settings(
    old: Option<&ProviderSettings>,
    change: &Map<String, Value>,
) -> Result<ProviderSettings, OAuthError> {
    let unreadable = |error: serde_json::Error| OAuthError::Invalid(Invalid(error.to_string()));
    let mut merged = match old.map(serde_json::to_value).transpose().map_err(unreadable)? {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    for (name, value) in change {
        match value {
            Value::Null => _ = merged.remove(name),
            value => _ = merged.insert(name.clone(), value.clone()),
        }
    }
    let is_missing = |name: &str| merged.get(name).and_then(Value::as_str).is_none_or(str::is_empty);
    let by_itself = merged.get("grant") == Some(&json!(GrantType::ClientCredentials));
    let missing = [
        ("auth_url", "the authorization URL (--auth-url)", by_itself),
        ("token_url", "the token URL (--token-url)", false),
        ("client_id", "the client id (--client-id)", false),
    ];
    let missing: Vec<&'static str> = missing
        .into_iter()
        .filter_map(|(name, what, spared)| (!spared && is_missing(name)).then_some(what))
        .collect();
    if !missing.is_empty() {
        return Err(OAuthError::Incomplete(missing));
    }
    serde_json::from_value(Value::Object(merged)).map_err(unreadable)
}
