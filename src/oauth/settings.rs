//! What an admin sets: a provider, and how its token reaches a connector.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Inner, OAuth,
    access::place,
    authorize,
    consent::hash,
    endpoint::{bound_to, may_revoke, revoke_origin},
    error::OAuthError,
    params::check_names,
};
use crate::{
    model::{
        ConnectorId, ConnectorName, Discovered, EnvName, GrantType, HeaderField, Invalid, Mapping, Operator,
        Owner, Placement, ProviderId, ProviderName, ProviderSettings, TOKEN_FIELDS, UserId, Values,
        VariableName, unknown_field,
    },
    secret::Secret,
    store::{Connection, Grant, GrantsOf, Provider, TokenSet},
};

/// What is named is set, what is absent stays as it is. A list replaces the list.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// The provider to use; absent means the one in use, else one named after the connector.
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

/// Everything but the secrets.
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
    /// How many users have authorized this connector.
    pub(crate) grants: usize,
    /// Another one after every change, of the provider too.
    pub(crate) version: String,
}

impl OAuth {
    /// Changes a connector's settings; those of a shared provider change for every connector that uses it.
    pub(crate) async fn set(
        &self,
        actor: &Operator,
        connector: (&ConnectorId, &ConnectorName),
        mut change: Change,
    ) -> Result<Settings, OAuthError> {
        let inner = &self.0;
        let (id, name) = connector;
        let current = inner.store.connection(id).await?;
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
        inner.store.put_connection(id, &connection).await?;
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
            inner.forget(GrantsOf::Connector(id)).await?;
        }
        let left = current
            .map(|current| current.provider.id)
            .filter(|left| *left != connection.provider.id);
        if let Some(left) = left {
            // Not those of the new provider: somebody may have authorized there already.
            inner.forget(GrantsOf::ConnectorAt(id, &left)).await?;
        }
        self.settings(id).await?.ok_or(OAuthError::NotConfigured)
    }

    pub(crate) async fn settings(&self, connector: &ConnectorId) -> Result<Option<Settings>, OAuthError> {
        let store = &self.0.store;
        let Some(connection) = store.connection(connector).await? else {
            return Ok(None);
        };
        let version = version(&connection);
        let owner = connection.owner();
        let provider = connection.provider;
        Ok(Some(Settings {
            version,
            owner,
            connectors: store
                .connectors_of(&provider.id)
                .await?
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            grants: usize::try_from(store.count_grants(connector).await?).unwrap_or(0),
            redirect_uri: self.redirect_uri(&provider.name),
            settings: provider.settings,
            discovered: provider.discovered,
            client_secret_set: provider.client_secret.is_some(),
            provider: provider.name,
            scopes: connection.scopes,
            mapping: connection.mapping,
        }))
    }

    /// Forgets a connector's settings and its users' grants, which are revoked at the provider where it has a way for
    /// that; the provider too when no other connector uses it. Gives the number of grants.
    pub(crate) async fn unset(&self, actor: &Operator, connector: &ConnectorId) -> Result<usize, OAuthError> {
        let forgotten = self.forget_connector(connector).await?;
        self.0.audit.record(
            actor.user.as_str(),
            "oauth.unset",
            connector.as_str(),
            json!({ "grants": forgotten }),
        );
        Ok(forgotten)
    }

    /// [`unset`](Self::unset) for a connector that is being deleted.
    pub(crate) async fn forget_connector(&self, connector: &ConnectorId) -> Result<usize, OAuthError> {
        // The connection goes first: from then on no consent that is under way can store a grant.
        self.0.store.drop_connection(connector).await?;
        self.0.cache.clear();
        self.0.forget(GrantsOf::Connector(connector)).await
    }

    /// Revokes what a user had authorized, on all connectors, who was removed together with these grants. Gives their
    /// number.
    pub(crate) async fn forget_user(&self, user: &UserId, grants: Vec<Grant>) -> usize {
        self.0.cache.forget_tokens(|_, holder| holder == Some(user));
        self.0.end(grants).await
    }
}

impl Inner {
    async fn forget(self: &Arc<Self>, of: GrantsOf<'_>) -> Result<usize, OAuthError> {
        let grants = self.store.take_grants(of).await?;
        let (GrantsOf::Connector(gone) | GrantsOf::ConnectorAt(gone, _) | GrantsOf::UserAt(gone, _)) = of;
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

/// The variables that the settings, the users or the provider's answers give values.
fn gives(settings: &ProviderSettings) -> BTreeSet<VariableName> {
    let told = settings.user_vars.iter().chain(&settings.callback_captures);
    (settings.vars.keys())
        .chain(told.map(|variable| &variable.name))
        .chain(settings.captures.keys())
        .cloned()
        .collect()
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
        let old = revoke_origin(&known.settings, &none);
        bound_to(&known.settings, &none) == bound_to(&settings, &none)
            && (settings.revoke_url.is_none() || may_revoke(old.as_deref(), &settings, &none))
    });
    let client_secret = match &change.client_secret {
        Some(secret) if secret.expose().is_empty() => None,
        Some(secret) => Some(secret.clone()),
        None => match &known {
            Some(known) if known.client_secret.is_some() && kept.is_none() => {
                return Err(OAuthError::Incomplete(vec![
                    "the client secret, which has to be given again with another client id, token URL or revocation URL (--client-secret-file or --client-secret-env)",
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

/// Client ids and secrets are visible characters and spaces (VSCHAR, RFC 6749 appendix A); a line's end most often
/// comes from the file that they stood in.
fn check_client(what: &str, text: Option<&String>) -> Result<(), OAuthError> {
    if text.is_none_or(|text| text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))) {
        return Ok(());
    }
    Err(OAuthError::Invalid(Invalid(format!(
        "the {what} has a line break or another character that none may have (RFC 6749 appendix A)"
    ))))
}

/// Scopes (RFC 6749 §3.3); one text may hold several.
fn read_scopes(texts: &[String]) -> Result<Vec<String>, OAuthError> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in texts.iter().flat_map(|text| text.split_whitespace()) {
        let allowed = |byte: u8| (0x21..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
        if !scope.bytes().all(allowed) {
            let shown: String = scope.chars().take(60).collect();
            return Err(OAuthError::Invalid(Invalid(format!(
                "scope {shown:?} has a character that no scope may have (RFC 6749 §3.3)"
            ))));
        }
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    Ok(scopes)
}

fn merge_mapping(
    old: Option<&Mapping>,
    change: &Change,
    settings: &ProviderSettings,
) -> Result<Mapping, OAuthError> {
    let mut mapping = old.cloned().unwrap_or_default();
    if let Some(headers) = &change.headers {
        mapping.headers.clone_from(headers);
    }
    if let Some(env) = &change.env {
        mapping.env.clone_from(env);
    }
    if let Some(files) = &change.files {
        mapping.files.clone_from(files);
    }
    mapping.check().map_err(OAuthError::Invalid)?;
    if mapping.is_empty() {
        return Err(OAuthError::Incomplete(vec![
            "how the token reaches the connector (--header 'Authorization: Bearer {access_token}', --env 'ACCESS_TOKEN={access_token}' or --file 'TOKEN_FILE={access_token}')",
        ]));
    }
    for name in mapping.fields() {
        let is_variable = name.parse().is_ok_and(|name| gives(settings).contains(&name));
        if !TOKEN_FIELDS.contains(&name) && !is_variable {
            return Err(OAuthError::Invalid(unknown_field(name)));
        }
    }
    let sample = TokenSet {
        access_token: Secret::new("x".to_owned()),
        refresh_token: None,
        id_token: None,
        token_type: "x".to_owned(),
        scope: "x".to_owned(),
        lifetime: Some(1),
        asked_at: 0,
        revoke_origin: None,
        vars: Values::new(),
    };
    place(&mapping, &settings.vars, &sample).map_err(|_| {
        OAuthError::Invalid(Invalid(
            "a header template has a character that no header may have: use plain ASCII".to_owned(),
        ))
    })?;
    Ok(mapping)
}
