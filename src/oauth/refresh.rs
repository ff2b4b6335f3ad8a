//! Refreshing a grant: once, whatever happens around it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{
    Inner,
    access::Standing,
    doubt::{Life, MaySend, may_send},
    endpoint::{Redeem, Redeemed, redeem},
    error::{OAuthError, TokenError},
    hosts::Place,
    metrics::count,
    settle::{end, settle_failure, store_tokens},
};
use crate::{
    model::{self, GrantId, Millis, Rotation},
    net::Http,
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

/// Why a refresh is made.
pub(super) enum Reason {
    /// A call waits for it.
    Call,
    /// The token ends soon. It has a place at the provider already.
    Ahead(Place),
    /// The grant was not refreshed since then, and its provider ends those that lie unused.
    Idle { since: Millis, place: Place },
    /// An admin tries it out, with a client that notes what goes over its lines.
    Trial(Http),
}

/// How long things take between the brokers on one store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// How long a lease lasts that is not renewed: a broker that was killed blocks a grant no longer than this. A broker
    /// that was only held up for longer finds its fencing number used.
    pub(super) lease: Duration,
    pub(super) renewal: Duration,
    /// How long after a lost answer a refresh token is sent once more, at the earliest; longer than a request may take.
    pub(super) late: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(5),
            renewal: Duration::from_millis(1500),
            late: Duration::from_secs(30),
        }
    }
}

/// How often a broker looks whether another one has finished.
const LOOK: Duration = Duration::from_millis(150);
/// Waits before the second and the third attempt of a refresh that certainly did nothing.
const RETRIES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];

impl Inner {
    /// Fresh tokens for `grant`, by the refresh that is under way or by a new one.
    pub(super) async fn refreshed(self: &Arc<Self>, connection: &Connection, grant: &Grant) -> Refreshed {
        if let Some(cooling) = self.cooling(&connection.provider, grant)
            && !self.is_outdated(connection, grant).await
        {
            return failed(&connection.provider, Arc::new(cooling));
        }
        self.refreshes
            .join(&self.tasks, grant.id.clone(), |result| {
                refresh(Arc::clone(self), grant.clone(), Reason::Call, result)
            })
            .await
            .unwrap_or(Refreshed::Failed(OAuthError::Interrupted))
    }

    /// [`refreshed`](Self::refreshed), but `None` once the refresh has been under way for `patience`.
    pub(super) async fn refreshed_within(
        self: &Arc<Self>,
        patience: Duration,
        connection: &Connection,
        grant: &Grant,
    ) -> Option<Refreshed> {
        if self.is_left_alone(&connection.provider, grant) {
            return None;
        }
        let (mut result, started) = self.refreshes.start(&self.tasks, grant.id.clone(), |result| {
            refresh(Arc::clone(self), grant.clone(), Reason::Call, result)
        });
        let left = patience.checked_sub(started.elapsed())?;
        let done = tokio::time::timeout(left, result.wait_for(Option::is_some)).await;
        done.ok()?.ok()?.clone()
    }

    /// Begins a refresh, unless one is under way, or is better left for later, or for the end of the access token.
    pub(super) fn refresh_ahead(self: &Arc<Self>, provider: &Provider, grant: &Grant) {
        if self.is_left_alone(provider, grant) || self.refreshes.is_under_way(&grant.id) {
            return;
        }
        let Some(place) = self.hosts.place_ahead(grant) else {
            return;
        };
        self.refreshes.start(&self.tasks, grant.id.clone(), |result| {
            refresh(Arc::clone(self), grant.clone(), Reason::Ahead(place), result)
        });
    }

    /// Whether a grant whose token still lives is better not refreshed now.
    pub(super) fn is_left_alone(&self, provider: &Provider, grant: &Grant) -> bool {
        self.cooling(provider, grant).is_some()
            || !matches!(
                may_send(grant, provider, Life::Alive, self.pace.late),
                MaySend::Now(_)
            )
    }

    /// Whether another broker has set other settings than those that are left alone here. They are read anew then.
    async fn is_outdated(&self, known: &Connection, grant: &Grant) -> bool {
        let now = match self.store.connection(&grant.connector, &grant.provider).await {
            Ok(now) => now,
            Err(error) => {
                tracing::warn!(
                    provider = %known.provider.name, error = &error as &dyn std::error::Error,
                    "whether its settings have changed is not known"
                );
                return false;
            }
        };
        let is = now.is_none_or(|now| now.provider.version != known.provider.version);
        if is {
            self.cache.clear();
        }
        is
    }

    fn cooling(&self, provider: &Provider, grant: &Grant) -> Option<TokenError> {
        let client = (provider.id.clone(), provider.version);
        self.backoff
            .cooling(&grant.id)
            .or_else(|| self.clients.cooling(&client))
    }

    fn lease_end(&self) -> Millis {
        model::now() + i64::try_from(self.pace.lease.as_millis()).unwrap_or(i64::MAX / 2)
    }
}

pub(super) fn failed(provider: &Provider, source: Arc<TokenError>) -> Refreshed {
    Refreshed::Failed(OAuthError::Token {
        provider: provider.name.clone(),
        source,
    })
}

/// The task of one refresh. `seen` is the grant as it was when it looked stale.
pub(super) async fn refresh(
    inner: Arc<Inner>,
    seen: Grant,
    reason: Reason,
    result: watch::Sender<Option<Refreshed>>,
) {
    let since = inner.cache.epoch();
    // Before the lease: whoever waits for a place must not keep it from others.
    let mut http = inner.http.clone();
    let (place, idle) = match reason {
        Reason::Call => (inner.hosts.place(&seen).await, None),
        Reason::Ahead(place) => (Some(place), None),
        Reason::Idle { since, place } => (Some(place), Some(since)),
        Reason::Trial(traced) => {
            http = traced;
            (inner.hosts.place(&seen).await, Some(model::now()))
        }
    };
    let outcome = match lease(&inner, &seen).await {
        Ok(Leased::Yes) => under_lease(&inner, &http, &seen.id, idle, &result).await,
        Ok(Leased::NotNeeded(refreshed)) => Ok(refreshed),
        Err(error) => Err(error),
    };
    drop(place);
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
    let now = inner
        .store
        .grant_for(&seen.user, &seen.connector, (&seen.provider, seen.owner))
        .await?;
    Ok(match now {
        Some(grant) if grant.id != seen.id => Refreshed::Fresh(Arc::new(grant)),
        _ => Refreshed::Over,
    })
}

enum Leased {
    Yes,
    NotNeeded(Refreshed),
}

/// Waits for the lease, or for what its holder brings, who may take as long as a provider may.
async fn lease(inner: &Inner, seen: &Grant) -> Result<Leased, OAuthError> {
    let started = Instant::now();
    let patience = inner.http.deadline() + 2 * inner.pace.lease;
    loop {
        if inner
            .store
            .lease_tokens(&seen.id, &inner.owner, inner.lease_end())
            .await?
        {
            return Ok(Leased::Yes);
        }
        match inner.store.grant(&seen.id).await? {
            None => return Ok(Leased::NotNeeded(Refreshed::Over)),
            Some(grant) if grant.version != seen.version => {
                return Ok(Leased::NotNeeded(Refreshed::Fresh(Arc::new(grant))));
            }
            Some(_) if started.elapsed() > patience => {
                let Some(connection) = inner.store.connection(&seen.connector, &seen.provider).await? else {
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

/// Looks again now that nobody else acts, and refreshes if it is still needed. Every way out gives the lease back.
async fn under_lease(
    inner: &Arc<Inner>,
    http: &Http,
    id: &GrantId,
    idle: Option<Millis>,
    result: &watch::Sender<Option<Refreshed>>,
) -> Result<Refreshed, OAuthError> {
    let read = async {
        let grant = inner.store.grant(id).await?;
        let connection = match &grant {
            Some(grant) => inner.store.connection(&grant.connector, &grant.provider).await?,
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
    let life = match inner.standing(&grant, provider) {
        Standing::Fresh { .. } if !idle.is_some_and(|since| is_idle(&grant, since)) => {
            inner.give_back(id, InDoubt::Yes).await;
            return Ok(Refreshed::Fresh(Arc::new(grant)));
        }
        Standing::Over => {
            inner.give_back(id, InDoubt::Yes).await;
            return Ok(Refreshed::Over);
        }
        Standing::Fresh { .. } | Standing::Due { .. } | Standing::Ending { .. } => Life::Alive,
        Standing::Dead => Life::Dead,
    };
    let sending = match may_send(&grant, provider, life, inner.pace.late) {
        MaySend::Now(sending) => sending,
        MaySend::Later => {
            inner.give_back(id, InDoubt::Yes).await;
            return Ok(failed(provider, Arc::new(TokenError::InDoubt)));
        }
        MaySend::Never => {
            let over = end(inner, provider, &grant, &TokenError::Lost).await;
            inner.give_back(id, InDoubt::Yes).await;
            return over;
        }
    };
    match inner.store.note_intent(&grant, &inner.owner, sending).await {
        Ok(true) => {}
        // Another broker took the lease over, after this one was stopped for longer than it lasts.
        Ok(false) => return Ok(failed(provider, Arc::new(TokenError::Busy))),
        Err(error) => {
            inner.give_back(id, InDoubt::Yes).await;
            return Err(error.into());
        }
    }
    match send(inner, http, provider, &grant, life).await {
        Ok(redeemed) => store_tokens(inner, provider, &grant, redeemed, result).await,
        Err(error) => settle_failure(inner, provider, &grant, sending, error).await,
    }
}

/// Whether a grant that its provider would end for lying unused was not refreshed since `since`.
pub(super) fn is_idle(grant: &Grant, since: Millis) -> bool {
    grant.state == GrantState::Active
        && grant.tokens.refresh_token.is_some()
        && grant.refreshed_at.unwrap_or(grant.created_at) < since
}

/// Sends the refresh token, and renews the lease while the provider takes its time. What certainly did nothing is
/// tried again, unless there is a live token to go on with; what may have done something once more at once, where the
/// provider takes the same token twice.
async fn send(
    inner: &Inner,
    http: &Http,
    provider: &Provider,
    grant: &Grant,
    life: Life,
) -> Result<Redeemed, TokenError> {
    let mut retries = RETRIES.iter();
    let is_strict = provider.rotation() == Rotation::Strict;
    let mut once_more = !is_strict;
    loop {
        let request = redeem(http, provider, Redeem::Refresh { held: &grant.tokens });
        let answer = renewing(inner, &grant.id, request).await;
        let Err(error) = &answer else {
            count(&inner.metrics.refreshes, "ok");
            return answer;
        };
        count(&inner.metrics.refreshes, error.kind());
        if error.is_lost() && std::mem::take(&mut once_more) {
            continue;
        }
        let passing = match error {
            TokenError::Net(error) => error.is_unsent(),
            TokenError::Unavailable { retry_after, .. } => retry_after.is_none() && !error.leaves_doubt(),
            _ => false,
        };
        match retries.next() {
            Some(wait) if passing && life == Life::Dead => {
                renewing(inner, &grant.id, tokio::time::sleep(*wait)).await;
            }
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
            () = tokio::time::sleep(inner.pace.renewal) => {
                match inner.store.lease_tokens(id, &inner.owner, inner.lease_end()).await {
                    Ok(true) => {}
                    // Whoever has it sees the intent, and sends nothing.
                    Ok(false) => tracing::warn!(grant = %id, "a lease ran out while the provider was asked"),
                    Err(error) => tracing::warn!(
                        grant = %id, error = &error as &dyn std::error::Error, "a lease was not renewed"
                    ),
                }
            }
        }
    }
}
