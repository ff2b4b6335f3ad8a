//! Refreshing a grant: once, whatever happens around it.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::watch;

use super::{
    Inner,
    access::Standing,
    endpoint::{Redeem, Redeemed, redeem},
    error::{OAuthError, TokenError},
    metrics::count,
};
use crate::{
    model::{self, GrantId},
    store::{Connection, Grant, GrantState, InDoubt, Provider},
};

/// How a refresh ended.
#[derive(Debug, Clone)]
pub(super) enum Refreshed {
    /// The grant with fresh tokens, whoever fetched them.
    Fresh(Arc<Grant>),
    /// The user has to authorize again.
    Over,
    Failed(OAuthError),
}

/// How long a lease lasts that is not renewed: a broker that was killed blocks a grant no longer than this.
const LEASE: Duration = Duration::from_secs(15);
const RENEWAL: Duration = Duration::from_secs(5);
/// How often a broker looks whether another one has finished.
const LOOK: Duration = Duration::from_millis(150);
/// Waits before the second and the third attempt of a refresh that certainly did nothing.
const RETRIES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Which grants are left alone for a while, so that a provider's outage is not met with a storm.
#[derive(Debug, Default)]
pub(super) struct Backoff(Mutex<HashMap<GrantId, Trouble>>);

#[derive(Debug)]
struct Trouble {
    failures: u32,
    until: Instant,
    last: Arc<TokenError>,
}

impl Backoff {
    fn cooling(&self, grant: &GrantId) -> Option<TokenError> {
        let troubles = self.0.lock();
        let trouble = troubles.get(grant)?;
        let wait = trouble.until.checked_duration_since(Instant::now())?;
        Some(TokenError::Cooling {
            wait,
            last: Arc::clone(&trouble.last),
        })
    }

    /// One second, doubled with each failure, plus up to a quarter so that grants do not return in step; longer when
    /// the provider asks for it.
    fn failed(&self, grant: &GrantId, error: &Arc<TokenError>) {
        let mut troubles = self.0.lock();
        let now = Instant::now();
        troubles.retain(|_, trouble| trouble.until + LONGEST_WAIT > now);
        let failures = troubles.get(grant).map_or(0, |trouble| trouble.failures);
        let base = Duration::from_secs(1 << failures.min(6)).min(LONGEST_WAIT);
        let mut random = [0; 1];
        crate::secret::fill_random(&mut random);
        let wait = base + base.mul_f32(f32::from(random[0]) / 1024.0);
        let asked = match error.as_ref() {
            TokenError::Unavailable {
                retry_after: Some(asked),
                ..
            } => (*asked).min(5 * LONGEST_WAIT),
            _ => Duration::ZERO,
        };
        troubles.insert(
            grant.clone(),
            Trouble {
                failures: failures + 1,
                until: now + wait.max(asked),
                last: Arc::clone(error),
            },
        );
    }

    fn succeeded(&self, grant: &GrantId) {
        self.0.lock().remove(grant);
    }
}

impl Inner {
    /// Fresh tokens for `grant`, by the refresh that is under way or by a new one.
    pub(super) async fn refreshed(self: &Arc<Self>, connection: &Connection, grant: &Grant) -> Refreshed {
        if let Some(cooling) = self.backoff.cooling(&grant.id) {
            return failed(&connection.provider, Arc::new(cooling));
        }
        self.refreshes
            .join(&self.tasks, grant.id.clone(), |result| {
                refresh(Arc::clone(self), grant.clone(), result)
            })
            .await
            .unwrap_or(Refreshed::Failed(OAuthError::Interrupted))
    }

    /// Begins a refresh, unless one is under way, or is better left for later, or for the end of the access token.
    pub(super) fn refresh_ahead(self: &Arc<Self>, grant: &Grant) {
        if grant.in_doubt || self.backoff.cooling(&grant.id).is_some() {
            return;
        }
        self.refreshes.start(&self.tasks, grant.id.clone(), |result| {
            refresh(Arc::clone(self), grant.clone(), result)
        });
    }
}

fn failed(provider: &Provider, source: Arc<TokenError>) -> Refreshed {
    Refreshed::Failed(OAuthError::Token {
        provider: provider.name.clone(),
        source,
    })
}

/// The task of one refresh. `seen` is the grant as it was when it looked stale.
async fn refresh(inner: Arc<Inner>, seen: Grant, result: watch::Sender<Option<Refreshed>>) {
    let since = inner.cache.epoch();
    let outcome = match lease(&inner, &seen).await {
        Ok(Leased::Yes) => under_lease(&inner, &seen.id, &result).await,
        Ok(Leased::NotNeeded(refreshed)) => Ok(refreshed),
        Err(error) => Err(error),
    };
    let outcome = match outcome {
        Ok(Refreshed::Over) => replaced(&inner, &seen).await,
        outcome => outcome,
    };
    let outcome = outcome.unwrap_or_else(Refreshed::Failed);
    if let Refreshed::Failed(error) = &outcome {
        tracing::warn!(
            grant = %seen.id, error = error as &dyn std::error::Error,
            "a token could not be refreshed"
        );
    }
    // First, so that whoever hears of the new token finds no older one in memory.
    inner.pass_on(since, &seen, &outcome).await;
    result.send_replace(Some(outcome));
}

/// The user may have authorized again meanwhile, which made another grant.
async fn replaced(inner: &Inner, seen: &Grant) -> Result<Refreshed, OAuthError> {
    let now = inner.store.grant_of(&seen.user, &seen.connector).await?;
    Ok(match now {
        Some(grant) if grant.id != seen.id => Refreshed::Fresh(Arc::new(grant)),
        _ => Refreshed::Over,
    })
}

enum Leased {
    Yes,
    NotNeeded(Refreshed),
}

/// Waits for the lease, or for what its holder brings.
async fn lease(inner: &Inner, seen: &Grant) -> Result<Leased, OAuthError> {
    let started = Instant::now();
    loop {
        if inner
            .store
            .lease_tokens(&seen.id, &inner.owner, lease_end())
            .await?
        {
            return Ok(Leased::Yes);
        }
        match inner.store.grant(&seen.id).await? {
            None => return Ok(Leased::NotNeeded(Refreshed::Over)),
            Some(grant) if grant.version != seen.version => {
                return Ok(Leased::NotNeeded(Refreshed::Fresh(Arc::new(grant))));
            }
            Some(_) if started.elapsed() > LEASE + RENEWAL => {
                let Some(connection) = inner.store.connection(&seen.connector).await? else {
                    return Ok(Leased::NotNeeded(Refreshed::Over));
                };
                return Ok(Leased::NotNeeded(failed(
                    &connection.provider,
                    Arc::new(TokenError::Busy),
                )));
            }
            Some(_) => tokio::time::sleep(LOOK).await,
        }
    }
}

fn lease_end() -> model::Millis {
    model::now() + i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX / 2)
}

/// Looks again now that nobody else acts, and refreshes if it is still needed. Every way out gives the lease back.
async fn under_lease(
    inner: &Inner,
    id: &GrantId,
    result: &watch::Sender<Option<Refreshed>>,
) -> Result<Refreshed, OAuthError> {
    let read = async {
        let grant = inner.store.grant(id).await?;
        let connection = match &grant {
            Some(grant) => inner.store.connection(&grant.connector).await?,
            None => None,
        };
        Ok::<_, OAuthError>(grant.zip(connection))
    };
    let (grant, connection) = match read.await {
        Ok(Some(found)) => found,
        gone_or_failed => {
            inner.give_back(id, InDoubt::Yes).await;
            return gone_or_failed.map(|_| Refreshed::Over);
        }
    };
    let provider = &connection.provider;
    let alive = match inner.standing(&grant, provider) {
        Standing::Fresh { .. } => {
            inner.give_back(id, InDoubt::Yes).await;
            return Ok(Refreshed::Fresh(Arc::new(grant)));
        }
        Standing::Over => {
            inner.give_back(id, InDoubt::Yes).await;
            return Ok(Refreshed::Over);
        }
        Standing::Stale { alive_until } => alive_until.is_some(),
    };
    if grant.in_doubt && alive {
        inner.give_back(id, InDoubt::Yes).await;
        return Ok(failed(provider, Arc::new(TokenError::InDoubt)));
    }
    match inner.store.note_intent(&grant, &inner.owner).await {
        Ok(true) => {}
        // Another broker took the lease over, after this one was stopped for longer than it lasts.
        Ok(false) => return Ok(failed(provider, Arc::new(TokenError::Busy))),
        Err(error) => {
            inner.give_back(id, InDoubt::Yes).await;
            return Err(error.into());
        }
    }
    match send(inner, provider, &grant, alive).await {
        Ok(redeemed) => store_tokens(inner, provider, &grant, redeemed, result).await,
        Err(error) => settle_failure(inner, provider, &grant, error).await,
    }
}

/// Sends the refresh token, and renews the lease while the provider takes its time. What certainly did nothing is
/// tried again, unless there is a live token to go on with.
async fn send(
    inner: &Inner,
    provider: &Provider,
    grant: &Grant,
    alive: bool,
) -> Result<Redeemed, TokenError> {
    let mut retries = RETRIES.iter();
    loop {
        let request = redeem(&inner.http, provider, Redeem::Refresh { held: &grant.tokens });
        let answer = renewing(inner, &grant.id, request).await;
        let Err(error) = &answer else {
            count(&inner.metrics.refreshes, "ok");
            return answer;
        };
        count(&inner.metrics.refreshes, error.kind());
        let passing = match error {
            TokenError::Net(error) => error.is_unsent(),
            TokenError::Unavailable { retry_after, .. } => retry_after.is_none() && !error.leaves_doubt(),
            _ => false,
        };
        match retries.next() {
            Some(wait) if passing && !alive => renewing(inner, &grant.id, tokio::time::sleep(*wait)).await,
            _ => return answer,
        }
    }
}

/// Awaits `work` and keeps the lease meanwhile.
async fn renewing<T>(inner: &Inner, id: &GrantId, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(RENEWAL) => {
                if let Err(error) = inner.store.lease_tokens(id, &inner.owner, lease_end()).await {
                    tracing::warn!(grant = %id, error = &error as &dyn std::error::Error, "a lease was not renewed");
                }
            }
        }
    }
}

/// Writes the new tokens, and does not give up: the provider has already put the old ones aside. Whoever waits gets
/// them after the first failed write.
async fn store_tokens(
    inner: &Inner,
    provider: &Provider,
    grant: &Grant,
    redeemed: Redeemed,
    result: &watch::Sender<Option<Refreshed>>,
) -> Result<Refreshed, OAuthError> {
    let Redeemed { tokens, learned } = redeemed;
    let fresh = Arc::new(Grant {
        version: grant.version + 1,
        tokens: tokens.clone(),
        in_doubt: false,
        ..grant.clone()
    });
    let mut wait = Duration::from_millis(50);
    let saved = loop {
        match inner.store.save_tokens(grant, &tokens).await {
            Ok(saved) => break saved,
            Err(error) => {
                tracing::error!(
                    grant = %grant.id, error = &error as &dyn std::error::Error,
                    "refreshed tokens are not stored yet; berth goes on trying"
                );
                result.send_replace(Some(Refreshed::Fresh(Arc::clone(&fresh))));
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(5));
            }
        }
    };
    inner.backoff.succeeded(&grant.id);
    if let Some(auth) = learned {
        inner.learned(provider, auth).await;
    }
    if saved {
        return Ok(Refreshed::Fresh(fresh));
    }
    match inner.store.grant(&grant.id).await? {
        Some(newer) => {
            tracing::warn!(grant = %grant.id, "another broker refreshed the same tokens at the same time");
            Ok(Refreshed::Fresh(Arc::new(newer)))
        }
        None => {
            // It was deleted meanwhile.
            let to = (&grant.user, grant.bound_to.as_str());
            inner.disown(grant.id.clone(), to, provider, tokens).await;
            Ok(Refreshed::Over)
        }
    }
}

/// The provider says that the grant is over. Its access token serves until it ends too.
async fn end(
    inner: &Inner,
    provider: &Provider,
    grant: &Grant,
    error: &TokenError,
) -> Result<Refreshed, OAuthError> {
    let state = if inner.refusals.contains(grant) {
        GrantState::Refused
    } else {
        GrantState::NeedsReauth
    };
    if !inner.store.end_grant(grant, state).await? {
        let newer = inner.store.grant(&grant.id).await?;
        return Ok(newer.map_or(Refreshed::Over, |newer| Refreshed::Fresh(Arc::new(newer))));
    }
    inner.ended(grant, &error.to_string());
    let ended = Grant {
        state,
        ..grant.clone()
    };
    Ok(match inner.standing(&ended, provider) {
        Standing::Fresh { .. } => Refreshed::Fresh(Arc::new(ended)),
        Standing::Stale { .. } | Standing::Over => Refreshed::Over,
    })
}

async fn settle_failure(
    inner: &Inner,
    provider: &Provider,
    grant: &Grant,
    error: TokenError,
) -> Result<Refreshed, OAuthError> {
    if error.ends_grant() {
        // The lease is held until the end is written: whoever waits for it must not send the token again.
        let settled = end(inner, provider, grant, &error).await;
        inner.give_back(&grant.id, InDoubt::No).await;
        return settled;
    }
    let in_doubt = if error.leaves_doubt() {
        InDoubt::Yes
    } else {
        InDoubt::No
    };
    inner.give_back(&grant.id, in_doubt).await;
    let error = Arc::new(error);
    inner.backoff.failed(&grant.id, &error);
    Ok(failed(provider, error))
}

impl Inner {
    /// Gives a lease back; one that can't be given back runs out by itself.
    async fn give_back(&self, grant: &GrantId, in_doubt: InDoubt) {
        if let Err(error) = self.store.release_tokens(grant, &self.owner, in_doubt).await {
            tracing::warn!(%grant, error = &error as &dyn std::error::Error, "a lease was not given back");
        }
    }

    /// Remembers how a provider takes the client's secret. Forgetting it costs one more attempt.
    pub(super) async fn learned(&self, provider: &Provider, auth: model::ClientAuth) {
        if let Err(error) = self.store.note_client_auth(provider, auth).await {
            tracing::warn!(
                provider = %provider.name, error = &error as &dyn std::error::Error,
                "how the provider takes the client's secret was not stored"
            );
        }
    }
}
