//! A user's token for a connector: from memory while it is live, else from the store, else refreshed. A refresh begins
//! ahead of the end, and calls go on with the living token meanwhile. Where a connector uses several providers, their
//! tokens make one, each in the places that its mapping names.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue};
use sha2::{Digest as _, Sha256};

use super::{
    Inner, OAuth,
    cache::{Epoch, Held, holder},
    endpoint::bound_to,
    error::{OAuthError, TokenError},
    refresh::Refreshed,
    scopes::is_behind,
};
use crate::{
    model::{
        self, ConnectorId, EnvName, GrantId, GrantType, Mapping, Millis, Owner, Placement, ProviderSettings,
        Seconds, UserId, Values, VariableName,
    },
    secret::Secret,
    store::{Connection, Grant, GrantState, Provider, TokenSet},
};

/// What a call may do.
#[derive(Debug, Clone)]
pub(crate) enum Access {
    /// The connector has no OAuth: it is called as it is.
    NotConfigured,
    Token(Arc<Token>),
    /// The user has to authorize first, or again.
    ConsentNeeded,
}

/// A token as its connector wants it.
#[derive(Debug)]
pub(crate) struct Token {
    /// Changes with the grants, their tokens and the mappings.
    pub(crate) generation: u64,
    /// The same for a process that is started with it: what only files carry changes without a new one.
    pub(crate) process: u64,
    /// Grows with each new token of the same grants.
    pub(crate) version: i64,
    /// Whether each provider's token is in a header, and whether each is where a process finds it.
    pub(crate) by_header: bool,
    pub(crate) by_process: bool,
    /// Marked sensitive.
    pub(crate) headers: HeaderMap,
    pub(crate) env: Vec<(EnvName, Secret<String>)>,
    /// Variables that name a file, and what is in it.
    pub(crate) files: Vec<(EnvName, Secret<String>)>,
}

/// What a mapping puts where.
pub(super) struct Placed {
    headers: HeaderMap,
    env: Vec<(EnvName, Secret<String>)>,
    files: Vec<(EnvName, Secret<String>)>,
}

/// How a grant stands at a moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Good; to be looked at again at `until`, if ever.
    Fresh { until: Option<Millis> },
    /// A refresh begins, and no call waits for it: the access token works until then.
    Due { until: Millis },
    /// Calls wait for the refresh, though not for long: the access token ends so soon.
    Ending { until: Millis },
    /// The access token is dead.
    Dead,
    /// The user has to authorize again.
    Over,
}

/// The longest margin that is taken by itself, in milliseconds.
const MARGIN: Millis = 60_000;
/// The shortest, but for lives of less than twice that.
const SHORTEST_MARGIN: Millis = 2_000;
/// How long a token is taken to live whose provider gives a refresh token and states no lifetime.
const ASSUMED_LIFETIME: Millis = 3_600_000;
/// Providers that count in whole seconds end a token up to a second before its lifetime is over.
const ROUNDING: Millis = 1_000;
/// How long a refresh may have been under way for a call to wait for it whose token ends soon.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a live token that is due for a refresh is served from memory until it is looked at again.
const BREATHER: Millis = 1_000;

/// What one provider gives to a call, and until when its token is used without another look.
struct Part {
    grant: Arc<Grant>,
    until: Option<Millis>,
}

impl OAuth {
    /// The tokens of `user` for `connector`, of all the providers that it uses. Reads no database while they are live.
    pub(crate) async fn token_for(
        &self,
        user: &UserId,
        connector: &ConnectorId,
    ) -> Result<Access, OAuthError> {
        let inner = &self.0;
        if let Some(token) = inner.cache.token(connector, user, model::now()) {
            return Ok(Access::Token(token));
        }
        let since = inner.cache.epoch();
        let connections = inner.connections_of(since, connector).await?;
        if connections.is_empty() {
            return Ok(Access::NotConfigured);
        }
        // What one provider is asked for does not wait for another.
        let parts = connections
            .iter()
            .map(|connection| inner.part(connection, user, connector));
        let parts = join_all(parts).await;
        if parts.iter().any(|part| matches!(part, Ok(None))) {
            return Ok(Access::ConsentNeeded);
        }
        let parts: Vec<Part> = parts
            .into_iter()
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?;
        inner.hold(since, &connections, &parts)
    }
}

impl Inner {
    /// What a provider gives to a call of `user`; `None` when they have to authorize there.
    async fn part(
        self: &Arc<Self>,
        connection: &Connection,
        user: &UserId,
        connector: &ConnectorId,
    ) -> Result<Option<Part>, OAuthError> {
        let (provider, owner) = (&connection.provider, connection.owner());
        let place = (&provider.id, owner);
        let Some(grant) = self.store.grant_for(user, connector, place).await? else {
            return self.without(connection, user, connector).await;
        };
        // What one account does for everybody goes on until an admin sees to it: nobody else can.
        let is_shared = owner == Owner::Connector && provider.settings.grant == GrantType::AuthorizationCode;
        if !is_shared && is_behind(&grant, connection) {
            return self.without(connection, user, connector).await;
        }
        let grant = Arc::new(grant);
        let part = |until| {
            Ok(Some(Part {
                grant: Arc::clone(&grant),
                until,
            }))
        };
        // A token that lives until then, while another one is on its way.
        let shortly = |until: Millis| Some(until.min(model::now() + BREATHER));
        match self.standing(&grant, provider) {
            Standing::Over => self.without(connection, user, connector).await,
            Standing::Fresh { until } => part(until),
            Standing::Due { until } => {
                // The refresh goes on by itself, and no call waits for it.
                self.refresh_ahead(provider, &grant);
                part(shortly(until))
            }
            Standing::Ending { until } => match self.refreshed_within(PATIENCE, connection, &grant).await {
                Some(Refreshed::Fresh(grant)) => Ok(self.refreshed_part(connection, grant)),
                Some(Refreshed::Over) => self.without(connection, user, connector).await,
                Some(Refreshed::Failed(error)) if model::now() >= until => Err(error),
                _ => part(shortly(until)),
            },
            Standing::Dead => match self.refreshed(connection, &grant).await {
                Refreshed::Fresh(grant) => Ok(self.refreshed_part(connection, grant)),
                Refreshed::Over => self.without(connection, user, connector).await,
                Refreshed::Failed(error) => Err(error),
            },
        }
    }

    /// What a call may do that no grant serves: its user consents, or the client gets a token for itself.
    async fn without(
        self: &Arc<Self>,
        connection: &Connection,
        user: &UserId,
        connector: &ConnectorId,
    ) -> Result<Option<Part>, OAuthError> {
        if connection.provider.settings.grant == GrantType::AuthorizationCode {
            return Ok(None);
        }
        let grant = self.own_grant(connection, user, connector).await?;
        let until = match self.standing(&grant, &connection.provider) {
            Standing::Fresh { until } => until,
            // So short-lived that it is due again; it is used for this call.
            Standing::Due { .. } | Standing::Ending { .. } | Standing::Dead | Standing::Over => Some(0),
        };
        Ok(Some(Part { grant, until }))
    }

    /// What a refresh gave.
    fn refreshed_part(&self, connection: &Connection, grant: Arc<Grant>) -> Option<Part> {
        let until = match self.standing(&grant, &connection.provider) {
            Standing::Fresh { until } => until,
            // So short-lived that it is due again; it is used for this call.
            Standing::Due { .. } | Standing::Ending { .. } | Standing::Dead => Some(0),
            Standing::Over => return None,
        };
        Some(Part { grant, until })
    }

    /// What a connector uses, from memory where it is there.
    pub(super) async fn connections_of(
        &self,
        since: Epoch,
        connector: &ConnectorId,
    ) -> Result<Arc<[Connection]>, OAuthError> {
        if let Some(known) = self.cache.connections(connector) {
            return Ok(known);
        }
        let connections: Arc<[Connection]> = self.store.connections_of(connector).await?.into();
        self.cache
            .put_connections(since, connector, Arc::clone(&connections));
        Ok(connections)
    }

    /// Renders the tokens of all providers as one and keeps it in memory.
    fn hold(
        self: &Arc<Self>,
        since: Epoch,
        connections: &[Connection],
        parts: &[Part],
    ) -> Result<Access, OAuthError> {
        let grants = parts.iter().map(|part| &*part.grant);
        let pairs: Vec<_> = connections.iter().zip(grants.clone()).collect();
        let token = Arc::new(render(&pairs)?);
        let held = Held {
            token: Arc::clone(&token),
            until: parts.iter().filter_map(|part| part.until).min(),
        };
        let whose = grants.clone().find_map(holder);
        if let Some(first) = parts.first() {
            self.cache.put_token(since, &first.grant.connector, whose, held);
        }
        for grant in grants.filter(|grant| grant.used_at.is_none()) {
            let (inner, grant) = (Arc::clone(self), grant.clone());
            self.tasks.spawn(async move { inner.delivered(&grant).await });
        }
        Ok(Access::Token(token))
    }

    /// Lets calls have what a refresh brought, those as well that live on the token before.
    pub(super) async fn pass_on(&self, since: Epoch, seen: &Grant, outcome: &Refreshed) {
        let (connector, user) = (&seen.connector, holder(seen));
        let grant = match outcome {
            Refreshed::Fresh(grant) => Some(grant),
            Refreshed::Over => None,
            Refreshed::Failed(_) => return,
        };
        // One that can't be had or rendered is told to the next call, which looks by itself.
        let connections = self.connections_of(since, connector).await.unwrap_or_default();
        let [connection] = &*connections else {
            // The next call puts it beside those of the other providers. One that serves everybody is part of many.
            return self
                .cache
                .forget_tokens(|of, holder| of == connector && (user.is_none() || holder == user));
        };
        let held = grant.and_then(|grant| {
            let Standing::Fresh { until } = self.standing(grant, &connection.provider) else {
                return None;
            };
            let token = Arc::new(render(&[(connection, grant)]).ok()?);
            Some(Held { token, until })
        });
        self.cache.renew(since, connector, user, held);
    }
}

/// How `grant` stands at `now` with the provider's present settings. One that the provider refreshes no more is good
/// until its access token ends.
pub(super) fn standing(grant: &Grant, provider: &Provider, now: Millis) -> Standing {
    if grant.state == GrantState::Refused
        || grant.provider != provider.id
        || grant.bound_to != bound_to(&provider.settings, &grant.tokens.vars)
    {
        return Standing::Over;
    }
    let tokens = &grant.tokens;
    let settings = &provider.settings;
    let refreshable = can_refresh(tokens, settings);
    // An assumed end is an end too: a refresh whose answer was lost is tried once more when the token counts as dead.
    let assumed = || refreshable.then_some(tokens.asked_at + assumed_lifetime(settings));
    let Some(ends) = tokens.expires_at().or_else(assumed) else {
        return Standing::Fresh { until: None };
    };
    let margin = margin(settings, ends - tokens.asked_at);
    let (due, ending) = (ends - margin.soft + margin.spread(&grant.id), ends - margin.hard);
    let ends = ends - ROUNDING;
    if !refreshable || grant.state != GrantState::Active {
        return if now < ends {
            Standing::Fresh { until: Some(ends) }
        } else {
            Standing::Over
        };
    }
    if now < due {
        Standing::Fresh { until: Some(due) }
    } else if now < ending.min(ends) {
        Standing::Due { until: ends }
    } else if now < ends {
        Standing::Ending { until: ends }
    } else {
        Standing::Dead
    }
}

/// How long before its end a token is refreshed, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Margins {
    /// Calls wait for the refresh from here on.
    hard: Millis,
    /// It is begun from here on.
    soft: Millis,
}

impl Margins {
    /// How much later than that one grant begins: what was made at the same time is not refreshed at the same time.
    fn spread(self, grant: &GrantId) -> Millis {
        let room = (self.soft - self.hard) / 2;
        let hash = Sha256::digest(grant.as_str());
        room * i64::from(hash[0]) / 256
    }
}

/// A fifth of the lifetime, but no more than a minute or what the settings say, nor less than two seconds; twice that for
/// what goes on behind.
fn margin(settings: &ProviderSettings, lifetime: Millis) -> Margins {
    let most = settings.refresh_margin.map_or(MARGIN, millis);
    let half = lifetime / 2;
    let hard = most.min(lifetime / 5).max(SHORTEST_MARGIN).min(half);
    Margins {
        hard,
        soft: (2 * hard).min(half),
    }
}

/// Whether there is something to get a new token with: a refresh token, or being the client.
pub(super) fn can_refresh(tokens: &TokenSet, settings: &ProviderSettings) -> bool {
    tokens.refresh_token.is_some() || settings.grant == GrantType::ClientCredentials
}

fn assumed_lifetime(settings: &ProviderSettings) -> Millis {
    settings.assume_lifetime.map_or(ASSUMED_LIFETIME, millis)
}

pub(super) fn millis(seconds: Seconds) -> Millis {
    i64::try_from(seconds.0)
        .unwrap_or(i64::MAX / 4000)
        .saturating_mul(1000)
}

fn render(parts: &[(&Connection, &Grant)]) -> Result<Token, OAuthError> {
    let mut token = Token {
        generation: generation(parts),
        process: generation_of(parts, |connection| connection.mapping.is_fixed_at_start()),
        version: parts.iter().map(|(_, grant)| grant.version).sum(),
        by_header: parts
            .iter()
            .all(|(connection, _)| !connection.mapping.headers.is_empty()),
        by_process: parts
            .iter()
            .all(|(connection, _)| connection.mapping.is_of_processes()),
        headers: HeaderMap::new(),
        env: Vec::new(),
        files: Vec::new(),
    };
    for (connection, grant) in parts {
        let provider = &connection.provider;
        let placed = place(&connection.mapping, &provider.settings.vars, &grant.tokens);
        let Placed { headers, env, files } = placed.map_err(|error| OAuthError::Token {
            provider: provider.name.clone(),
            source: Arc::new(error),
        })?;
        match token.headers.is_empty() {
            true => token.headers = headers,
            false => token.headers.extend(headers),
        }
        token.env.extend(env);
        token.files.extend(files);
    }
    Ok(token)
}

/// Writes the fields of `tokens` where `mapping` wants them; `vars` are the admin's, which count where a grant has none of
/// that name.
pub(super) fn place(mapping: &Mapping, vars: &Values, tokens: &TokenSet) -> Result<Placed, TokenError> {
    let lifetime = tokens.lifetime.map(|lifetime| lifetime.to_string());
    let ends = tokens.expires_at().map(|ends| (ends / 1000).to_string());
    let variable = |name: &str| -> &str {
        let name = name.parse::<VariableName>().ok();
        let value = name.and_then(|name| tokens.vars.get(&name).or_else(|| vars.get(&name)));
        value.map_or("", String::as_str)
    };
    let field = |name: &str| match name {
        "access_token" => tokens.access_token.expose().as_str(),
        "token_type" => &tokens.token_type,
        "expires_in" => lifetime.as_deref().unwrap_or_default(),
        "expires_at" => ends.as_deref().unwrap_or_default(),
        "scope" => &tokens.scope,
        "id_token" => tokens.id_token.as_ref().map_or("", |token| token.expose()),
        name => variable(name),
    };
    let mut headers = HeaderMap::with_capacity(mapping.headers.len());
    for placement in &mapping.headers {
        let text = Secret::new(placement.template.render(field));
        let mut value =
            HeaderValue::from_str(text.expose()).map_err(|_| TokenError::Malformed("header value"))?;
        value.set_sensitive(true);
        headers.append(placement.name.header().clone(), value);
    }
    let render = |placement: &Placement<EnvName>| {
        let text = Secret::new(placement.template.render(field));
        (placement.name.clone(), text)
    };
    Ok(Placed {
        headers,
        env: mapping.env.iter().map(render).collect(),
        files: mapping.files.iter().map(render).collect(),
    })
}

/// Names these grants with these tokens, as they reach the connector.
pub(super) fn generation(parts: &[(&Connection, &Grant)]) -> u64 {
    generation_of(parts, |_| true)
}

/// The same where new tokens count for `counts` alone.
fn generation_of(parts: &[(&Connection, &Grant)], counts: impl Fn(&Connection) -> bool) -> u64 {
    let mut hash = Sha256::new();
    for (connection, grant) in parts {
        hash.update(grant.id.as_str());
        hash.update(connection.version.to_be_bytes());
        if counts(connection) {
            hash.update(grant.version.to_be_bytes());
        }
    }
    let hash = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(first)
}
