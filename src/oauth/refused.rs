//! Tokens that their connector refuses before their end, because the provider killed them: refreshed once, and given
//! up when that does not help, so that the user is asked again.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    Inner, OAuth,
    access::{Standing, can_refresh, generation, standing},
    error::OAuthError,
};
use crate::{
    model::{self, ConnectorId, GrantId, Millis, UserId},
    store::{Connection, Grant, GrantState, Provider, StoreError},
};

/// A refreshed token that is refused so soon shows that refreshing does not help.
const SOON: Duration = Duration::from_secs(60);
/// The same in milliseconds, for tokens of which it is not known which one is refused.
const NEW: Millis = 60_000;
/// A refusal is forgotten after this long; if the token is still the same one it is refused again.
const KEPT: Duration = Duration::from_secs(600);

/// Which tokens were refused lately, by grant.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<HashMap<GrantId, Refusal>>);

#[derive(Debug)]
struct Refusal {
    /// The version of the tokens.
    version: i64,
    at: Instant,
}

impl Refusals {
    /// Whether it is these very tokens that were refused.
    pub(super) fn contains(&self, grant: &Grant) -> bool {
        let refusals = self.0.lock();
        refusals
            .get(&grant.id)
            .is_some_and(|refusal| refusal.version == grant.version)
    }

    /// Notes that the tokens of `grant` are refused. False when those before them were refused a moment ago.
    fn note(&self, grant: &Grant) -> bool {
        let mut refusals = self.0.lock();
        refusals.retain(|_, refusal| refusal.at.elapsed() < KEPT);
        let before = refusals.get(&grant.id);
        if before.is_some_and(|before| before.version == grant.version) {
            return true;
        }
        let helped = before.is_none_or(|before| before.at.elapsed() >= SOON);
        let refusal = Refusal {
            version: grant.version,
            at: Instant::now(),
        };
        refusals.insert(grant.id.clone(), refusal);
        helped
    }
}

impl OAuth {
    /// The connector answered 401 or 403 to the token of this generation. From then on [`token_for`](Self::token_for) does
    /// not give it: it refreshes, or when that can't be or did not help before, wants the user's consent. Does nothing
    /// when the user has another token by now.
    pub(crate) async fn refused(
        &self,
        user: &UserId,
        connector: &ConnectorId,
        generation: u64,
    ) -> Result<(), OAuthError> {
        let inner = &self.0;
        inner.cache.forget_generation(connector, user, generation);
        let connections = inner.connections_of(inner.cache.epoch(), connector).await?;
        let mut grants = Vec::new();
        for connection in connections.iter() {
            let place = (&connection.provider.id, connection.owner());
            match inner.store.grant_for(user, connector, place).await? {
                Some(grant) => grants.push(grant),
                None => return Ok(()),
            }
        }
        let pairs: Vec<_> = connections.iter().zip(&grants).collect();
        if self::generation(&pairs) != generation {
            return Ok(());
        }
        match pairs.as_slice() {
            [(connection, grant)] => inner.refuse(&connection.provider, grant).await?,
            several => inner.suspect(several).await?,
        }
        // Once more: a call that looked before the refusal was noted may have put it back.
        inner.cache.forget_generation(connector, user, generation);
        Ok(())
    }
}

impl Inner {
    /// The connector refuses the tokens of `grant`.
    async fn refuse(&self, provider: &Provider, grant: &Grant) -> Result<(), StoreError> {
        if grant.state == GrantState::Refused {
            return Ok(());
        }
        // One that was due for a refresh anyway may simply have ended on the way: no sign that refreshing does not help.
        let was_due = !matches!(standing(grant, provider, model::now()), Standing::Fresh { .. });
        let worth_a_refresh = (self.refusals.note(grant) || was_due)
            && grant.state == GrantState::Active
            && can_refresh(&grant.tokens, &provider.settings);
        if !worth_a_refresh && self.store.end_grant(grant, GrantState::Refused).await? {
            self.broken(grant, "needs-reconnect", "the connector refuses its tokens")
                .await;
        }
        Ok(())
    }

    /// The connector refuses the tokens of several grants, and does not say which: those that are not new are refreshed;
    /// once they all are, it can be one that can't be. Where all are new nothing is ended: most of them are good.
    async fn suspect(&self, pairs: &[(&Connection, &Grant)]) -> Result<(), StoreError> {
        let now = model::now();
        let is_new = |(connection, grant): &(&Connection, &Grant)| {
            let is_fresh = matches!(standing(grant, &connection.provider, now), Standing::Fresh { .. });
            is_fresh && now - grant.tokens.asked_at < NEW
        };
        let old: Vec<_> = pairs
            .iter()
            .filter(|pair| !is_new(pair) && pair.1.state != GrantState::Refused)
            .collect();
        let (good_for_more, spent): (Vec<_>, Vec<_>) = old.into_iter().partition(|(connection, grant)| {
            grant.state == GrantState::Active && can_refresh(&grant.tokens, &connection.provider.settings)
        });
        for (_, grant) in &good_for_more {
            self.refusals.note(grant);
        }
        if good_for_more.is_empty() {
            for (connection, grant) in spent {
                self.refuse(&connection.provider, grant).await?;
            }
        }
        Ok(())
    }

    /// How `grant` stands now, by its times and by what its connector said.
    pub(super) fn standing(&self, grant: &Grant, provider: &Provider) -> Standing {
        match standing(grant, provider, model::now()) {
            Standing::Over => Standing::Over,
            good if !self.refusals.contains(grant) => good,
            _ if grant.state == GrantState::Active && can_refresh(&grant.tokens, &provider.settings) => {
                Standing::Dead
            }
            _ => Standing::Over,
        }
    }
}
