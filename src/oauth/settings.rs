//! What an admin sets: a provider, and how its token reaches a connector.

use serde_json::json;
use url::Url;

use super::{
    Inner, OAuth,
    access::place,
    endpoint::{bound_to, may_revoke, revoke_origin},
    error::OAuthError,
};
use crate::{
    model::{
        ConnectorId, ConnectorName, EnvName, HeaderField, Invalid, Mapping, Operator, Placement, ProviderId,
        ProviderName, UserId,
    },
    secret::Secret,
    store::{Connection, Grant, GrantsOf, Provider, ProviderSettings, TokenSet},
};

/// What is named is set, what is absent stays as it is. A list replaces the list.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// The provider to use; absent means the one in use, else one named after the connector.
    pub(crate) provider: Option<ProviderName>,
    pub(crate) auth_url: Option<Url>,
    pub(crate) token_url: Option<Url>,
    pub(crate) revoke_url: Option<Url>,
    pub(crate) client_id: Option<String>,
    /// An empty one makes the client a public one.
    pub(crate) client_secret: Option<Secret<String>>,
    /// What this connector asks for; absent at first means what the provider's other connectors ask for.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) headers: Option<Vec<Placement<HeaderField>>>,
    pub(crate) env: Option<Vec<Placement<EnvName>>>,
    pub(crate) files: Option<Vec<Placement<EnvName>>>,
}

/// Everything but the secrets.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) provider: ProviderName,
    pub(crate) auth_url: Url,
    pub(crate) token_url: Url,
    pub(crate) revoke_url: Option<Url>,
    pub(crate) client_id: String,
    pub(crate) client_secret_set: bool,
    pub(crate) scopes: Vec<String>,
    pub(crate) mapping: Mapping,
    pub(crate) redirect_uri: Url,
    /// Every connector that uses this provider, this one included.
    pub(crate) connectors: Vec<ConnectorName>,
    /// How many users have authorized this connector.
    pub(crate) grants: usize,
}

/// Parameters of an authorization request that berth sets itself.
const OWN_PARAMETERS: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
];

impl OAuth {
    /// Changes a connector's settings; those of a shared provider change for every connector that uses it.
    pub(crate) async fn set(
        &self,
        actor: &Operator,
        connector: (&ConnectorId, &ConnectorName),
        change: Change,
    ) -> Result<Settings, OAuthError> {
        let inner = &self.0;
        let (id, name) = connector;
        let current = inner.store.connection(id).await?;
        let wanted = change
            .provider
            .clone()
            .or_else(|| current.as_ref().map(|current| current.provider.name.clone()))
            .unwrap_or_else(|| name.into());
        let known = match &current {
            Some(current) if current.provider.name == wanted => Some(current.provider.clone()),
            _ => inner.store.provider(&wanted).await?,
        };
        let provider = merge_provider(&wanted, known, &change)?;
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
            mapping: merge_mapping(current.as_ref().map(|current| &current.mapping), &change)?,
            version: current.as_ref().map_or(0, |current| current.version),
            provider,
            scopes,
        };
        inner.store.put_connection(id, &connection).await?;
        inner.cache.clear();
        inner.audit.record(
            actor.user.as_str(),
            "oauth.set",
            id.as_str(),
            json!({
                "provider": connection.provider.name,
                "settings": connection.provider.settings,
                "client_secret_changed": change.client_secret.is_some(),
                "scopes": connection.scopes,
                "mapping": connection.mapping,
            }),
        );
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
        let provider = connection.provider;
        Ok(Some(Settings {
            connectors: store
                .connectors_of(&provider.id)
                .await?
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            grants: usize::try_from(store.count_grants(connector).await?).unwrap_or(0),
            redirect_uri: self.redirect_uri(&provider.name),
            auth_url: provider.settings.auth_url,
            token_url: provider.settings.token_url,
            revoke_url: provider.settings.revoke_url,
            client_id: provider.settings.client_id,
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
        self.0.cache.forget_tokens(|_, holder| user == holder);
        self.0.end(grants).await
    }
}

impl Inner {
    async fn forget(&self, of: GrantsOf<'_>) -> Result<usize, OAuthError> {
        let grants = self.store.take_grants(of).await?;
        let (GrantsOf::Connector(gone) | GrantsOf::ConnectorAt(gone, _)) = of;
        self.cache.forget_tokens(|connector, _| connector == gone);
        Ok(self.end(grants).await)
    }

    /// Ends grants at their providers that are gone here. Gives their number.
    async fn end(&self, grants: Vec<Grant>) -> usize {
        let ended = grants.len();
        let revocations = self.revocations(grants).await;
        if let Err(error) = self.store.drop_unused_providers().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "providers that nothing uses are left"
            );
        }
        self.revoke(revocations).await;
        ended
    }

    async fn check(&self, settings: &ProviderSettings) -> Result<(), OAuthError> {
        let refuse = |what| move |source| OAuthError::Address { what, source };
        // The person's browser goes there, not the broker.
        self.http
            .check(&settings.auth_url)
            .map_err(refuse("the authorization URL"))?;
        self.http
            .check_resolved(&settings.token_url)
            .await
            .map_err(refuse("the token URL"))?;
        if let Some(revoke_url) = &settings.revoke_url {
            self.http
                .check_resolved(revoke_url)
                .await
                .map_err(refuse("the revocation URL"))?;
        }
        let own = settings
            .auth_url
            .query_pairs()
            .find(|(key, _)| OWN_PARAMETERS.contains(&key.as_ref()));
        match own {
            Some((key, _)) => Err(OAuthError::Invalid(Invalid(format!(
                "the authorization URL has the parameter {key}, which berth sets itself: write the URL without it"
            )))),
            None => Ok(()),
        }
    }
}

fn merge_provider(
    name: &ProviderName,
    known: Option<Provider>,
    change: &Change,
) -> Result<Provider, OAuthError> {
    let old = known.as_ref().map(|known| &known.settings);
    let auth_url = change.auth_url.as_ref().or(old.map(|old| &old.auth_url));
    let token_url = change.token_url.as_ref().or(old.map(|old| &old.token_url));
    let client_id = change.client_id.as_ref().or(old.map(|old| &old.client_id));
    let (Some(auth_url), Some(token_url), Some(client_id)) = (auth_url, token_url, client_id) else {
        let missing = [
            (auth_url.is_none(), "the authorization URL (--auth-url)"),
            (token_url.is_none(), "the token URL (--token-url)"),
            (client_id.is_none(), "the client id (--client-id)"),
        ];
        return Err(OAuthError::Incomplete(
            missing
                .into_iter()
                .filter_map(|(missing, what)| missing.then_some(what))
                .collect(),
        ));
    };
    for (what, text) in [
        ("client id", Some(client_id)),
        ("client secret", change.client_secret.as_ref().map(Secret::expose)),
    ] {
        check_client(what, text)?;
    }
    if client_id.is_empty() {
        return Err(OAuthError::Incomplete(vec!["the client id (--client-id)"]));
    }
    let settings = ProviderSettings {
        auth_url: auth_url.clone(),
        token_url: token_url.clone(),
        revoke_url: change
            .revoke_url
            .clone()
            .or_else(|| old.and_then(|old| old.revoke_url.clone())),
        client_id: client_id.clone(),
    };
    // A secret belongs to the client and the place that it was given for: it does not follow to another.
    let kept = known.as_ref().filter(|known| {
        bound_to(&known.settings) == bound_to(&settings)
            && (settings.revoke_url.is_none()
                || may_revoke(revoke_origin(&known.settings).as_deref(), &settings))
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
        name: name.clone(),
        settings,
        client_secret,
    })
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

fn merge_mapping(old: Option<&Mapping>, change: &Change) -> Result<Mapping, OAuthError> {
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
    let sample = TokenSet {
        access_token: Secret::new("x".to_owned()),
        refresh_token: None,
        id_token: None,
        token_type: "x".to_owned(),
        scope: "x".to_owned(),
        lifetime: Some(1),
        asked_at: 0,
        revoke_origin: None,
    };
    place(&mapping, &sample).map_err(|_| {
        OAuthError::Invalid(Invalid(
            "a header template has a character that no header may have: use plain ASCII".to_owned(),
        ))
    })?;
    Ok(mapping)
}
