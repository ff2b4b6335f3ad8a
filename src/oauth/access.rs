//! A user's token for a connector: from memory while it is live, else from the store, else refreshed. A refresh begins
//! ahead of the end, and calls go on with the living token meanwhile.

use std::{sync::Arc, time::Duration};

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
    /// Changes with the grant, its tokens and the mapping.
    pub(crate) generation: u64,
    /// The same for a process that is started with it: what only files carry changes without a new one.
    pub(crate) process: u64,
    /// Grows with each new token of one grant.
    pub(crate) version: i64,
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

impl OAuth {
    /// The token of `user` for `connector`. Reads no database while the token is live.
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
        let Some(connection) = inner.connection(since, connector).await? else {
            return Ok(Access::NotConfigured);
        };
        let owner = connection.owner();
        let Some(grant) = inner.store.grant_for(user, connector, owner).await? else {
            return inner.without(since, &connection, user, connector).await;
        };
        // What one account does for everybody goes on until an admin sees to it: nobody else can.
        let is_shared =
            owner == Owner::Connector && connection.provider.settings.grant == GrantType::AuthorizationCode;
        if !is_shared && is_behind(&grant, &connection) {
            return inner.without(since, &connection, user, connector).await;
        }
        match inner.standing(&grant, &connection.provider) {
            Standing::Over => inner.without(since, &connection, user, connector).await,
            Standing::Fresh { until } => inner.hold(since, &connection, &grant, until),
            Standing::Due { until } => {
                // The refresh goes on by itself, and no call waits for it.
                inner.refresh_ahead(&connection.provider, &grant);
                inner.hold_shortly(since, &connection, &grant, until)
            }
            Standing::Ending { until } => match inner.refreshed_within(PATIENCE, &connection, &grant).await {
                Some(Refreshed::Fresh(grant)) => inner.hold_refreshed(since, &connection, &grant),
                Some(Refreshed::Over) => inner.without(since, &connection, user, connector).await,
                Some(Refreshed::Failed(error)) if model::now() >= until => Err(error),
                _ => inner.hold_shortly(since, &connection, &grant, until),
            },
            Standing::Dead => match inner.refreshed(&connection, &grant).await {
                Refreshed::Fresh(grant) => inner.hold_refreshed(since, &connection, &grant),
                Refreshed::Over => inner.without(since, &connection, user, connector).await,
                Refreshed::Failed(error) => Err(error),
            },
        }
    }
}

impl Inner {
    /// What a call may do that no grant serves: its user consents, or the client gets a token for itself.
    async fn without(
        self: &Arc<Self>,
        since: Epoch,
        connection: &Connection,
        user: &UserId,
        connector: &ConnectorId,
    ) -> Result<Access, OAuthError> {
        if connection.provider.settings.grant == GrantType::AuthorizationCode {
            return Ok(Access::ConsentNeeded);
        }
        let grant = self.own_grant(connection, user, connector).await?;
        let until = match self.standing(&grant, &connection.provider) {
            Standing::Fresh { until } => until,
            // So short-lived that it is due again; it is used for this call.
            Standing::Due { .. } | Standing::Ending { .. } | Standing::Dead | Standing::Over => Some(0),
        };
        self.hold(since, connection, &grant, until)
    }

    /// A connector's settings, from memory where they are there.
    pub(super) async fn connection(
        &self,
        since: Epoch,
        connector: &ConnectorId,
    ) -> Result<Option<Arc<Connection>>, OAuthError> {
        if let Some(known) = self.cache.connection(connector) {
            return Ok(known);
        }
        let connection = self.store.connection(connector).await?.map(Arc::new);
        self.cache.put_connection(since, connector, connection.clone());
        Ok(connection)
    }

    /// What a refresh gave.
    fn hold_refreshed(
        self: &Arc<Self>,
        since: Epoch,
        connection: &Connection,
        grant: &Grant,
    ) -> Result<Access, OAuthError> {
        match self.standing(grant, &connection.provider) {
            Standing::Fresh { until } => self.hold(since, connection, grant, until),
            // So short-lived that it is due again; it is used for this call.
            Standing::Due { .. } | Standing::Ending { .. } | Standing::Dead => {
                self.hold(since, connection, grant, Some(0))
            }
            Standing::Over => Ok(Access::ConsentNeeded),
        }
    }

    /// A token that lives until `until`, while another one is on its way.
    fn hold_shortly(
        self: &Arc<Self>,
        since: Epoch,
        connection: &Connection,
        grant: &Grant,
        until: Millis,
    ) -> Result<Access, OAuthError> {
        let until = until.min(model::now() + BREATHER);
        self.hold(since, connection, grant, Some(until))
    }

    /// Renders a grant's token and keeps it in memory.
    fn hold(
        self: &Arc<Self>,
        since: Epoch,
        connection: &Connection,
        grant: &Grant,
        until: Option<Millis>,
    ) -> Result<Access, OAuthError> {
        let token = render(connection, grant).map_err(|error| OAuthError::Token {
            provider: connection.provider.name.clone(),
            source: Arc::new(error),
        })?;
        let token = Arc::new(token);
        let held = Held {
            token: Arc::clone(&token),
            until,
        };
        self.cache.put_token(since, &grant.connector, holder(grant), held);
        if grant.used_at.is_none() {
            let (inner, grant) = (Arc::clone(self), grant.clone());
            self.tasks.spawn(async move { inner.delivered(&grant).await });
        }
        Ok(Access::Token(token))
    }

    /// Lets calls have what a refresh brought, those as well that live on the token before.
    pub(super) async fn pass_on(&self, since: Epoch, seen: &Grant, outcome: &Refreshed) {
        let (connector, user) = (&seen.connector, holder(seen));
        let grant = match outcome {
            Refreshed::Fresh(grant) => grant,
            Refreshed::Over => return self.cache.renew(since, connector, user, None),
            Refreshed::Failed(_) => return,
        };
        // One that can't be had or rendered is told to the next call, which looks by itself.
        let connection = self.connection(since, connector).await.ok().flatten();
        let held = connection.and_then(|connection| {
            let Standing::Fresh { until } = self.standing(grant, &connection.provider) else {
                return None;
            };
            let token = Arc::new(render(&connection, grant).ok()?);
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

fn render(connection: &Connection, grant: &Grant) -> Result<Token, TokenError> {
    let Placed { headers, env, files } = place(
        &connection.mapping,
        &connection.provider.settings.vars,
        &grant.tokens,
    )?;
    let process = if connection.mapping.is_fixed_at_start() {
        generation(connection, grant)
    } else {
        generation_of(connection, grant, None)
    };
    Ok(Token {
        generation: generation(connection, grant),
        process,
        version: grant.version,
        headers,
        env,
        files,
    })
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

pub(super) fn generation(connection: &Connection, grant: &Grant) -> u64 {
    generation_of(connection, grant, Some(grant.version))
}

fn generation_of(connection: &Connection, grant: &Grant, version: Option<i64>) -> u64 {
    let mut hash = Sha256::new()
        .chain_update(grant.id.as_str())
        .chain_update(connection.version.to_be_bytes());
    if let Some(version) = version {
        hash.update(version.to_be_bytes());
    }
    let hash = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(first)
}
