//! A user's token for a connector: from memory while it is live, else from the store, else refreshed. A refresh begins
//! ahead of the end, and calls go on with the living token meanwhile.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use sha2::{Digest as _, Sha256};

use super::{
    Inner, OAuth,
    cache::{Epoch, Held},
    endpoint::bound_to,
    error::{OAuthError, TokenError},
    refresh::Refreshed,
};
use crate::{
    model::{self, ConnectorId, EnvName, Mapping, Millis, Placement, UserId, Values, VariableName},
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
    /// Due for a refresh. The access token works until `alive_until`; `None` when it is dead already.
    Stale { alive_until: Option<Millis> },
    /// The user has to authorize again.
    Over,
}

/// A refresh comes this long before the end, in milliseconds.
const MARGIN: Millis = 60_000;
/// For short lives it is a fifth of them, but not less than this, nor more than half.
const SHORTEST_MARGIN: Millis = 2_000;
/// How long a token is taken to live whose provider gives a refresh token and states no lifetime.
const ASSUMED_LIFETIME: Millis = 3_600_000;
/// Providers that count in whole seconds end a token up to a second before its lifetime is over.
const ROUNDING: Millis = 1_000;
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
        let Some(grant) = inner.store.grant_of(user, connector).await? else {
            return Ok(Access::ConsentNeeded);
        };
        match inner.standing(&grant, &connection.provider) {
            Standing::Over => Ok(Access::ConsentNeeded),
            Standing::Fresh { until } => inner.hold(since, &connection, &grant, until),
            Standing::Stale {
                alive_until: Some(until),
            } => {
                // The refresh goes on by itself, and no call waits for it.
                inner.refresh_ahead(&grant);
                let until = until.min(model::now() + BREATHER);
                inner.hold(since, &connection, &grant, Some(until))
            }
            Standing::Stale { alive_until: None } => match inner.refreshed(&connection, &grant).await {
                Refreshed::Fresh(grant) => match inner.standing(&grant, &connection.provider) {
                    Standing::Fresh { until } => inner.hold(since, &connection, &grant, until),
                    // So short-lived that it is due again; it is used for this call.
                    Standing::Stale { .. } => inner.hold(since, &connection, &grant, Some(0)),
                    Standing::Over => Ok(Access::ConsentNeeded),
                },
                Refreshed::Over => Ok(Access::ConsentNeeded),
                Refreshed::Failed(error) => Err(error),
            },
        }
    }
}

impl Inner {
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

    /// Renders a grant's token and keeps it in memory.
    fn hold(
        &self,
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
        self.cache.put_token(since, &grant.connector, &grant.user, held);
        Ok(Access::Token(token))
    }

    /// Lets calls have what a refresh brought, those as well that live on the token before.
    pub(super) async fn pass_on(&self, since: Epoch, seen: &Grant, outcome: &Refreshed) {
        let (connector, user) = (&seen.connector, &seen.user);
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
    // An assumed end is an end too: a refresh whose answer was lost is tried once more when the token counts as dead.
    let assumed = || {
        let refreshable = tokens.refresh_token.is_some();
        refreshable.then_some(tokens.asked_at + ASSUMED_LIFETIME)
    };
    let Some(ends) = tokens.expires_at().or_else(assumed) else {
        return Standing::Fresh { until: None };
    };
    let refresh_at = ends - margin(ends - tokens.asked_at);
    let ends = ends - ROUNDING;
    if tokens.refresh_token.is_none() || grant.state != GrantState::Active {
        return if now < ends {
            Standing::Fresh { until: Some(ends) }
        } else {
            Standing::Over
        };
    }
    if now < refresh_at {
        Standing::Fresh {
            until: Some(refresh_at),
        }
    } else {
        Standing::Stale {
            alive_until: (now < ends).then_some(ends),
        }
    }
}

/// How long before its end a token of `lifetime` is refreshed, in milliseconds.
fn margin(lifetime: Millis) -> Millis {
    MARGIN.min(lifetime / 5).max(SHORTEST_MARGIN).min(lifetime / 2)
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
