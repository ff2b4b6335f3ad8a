//! What is written down after a provider was asked for fresh tokens.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{
    Inner,
    access::Standing,
    endpoint::Redeemed,
    error::{OAuthError, TokenError},
    refresh::{Refreshed, failed},
};
use crate::{
    model::{self, GrantId, Rotation, with_causes},
    store::{Grant, GrantState, InDoubt, Provider, Sending},
};

/// After so many failures in a row that nobody can place, an admin is told.
const UNKNOWN: u32 = 3;

/// Writes the new tokens, and does not give up: the provider has already put the old ones aside. Whoever waits gets
/// them after the first failed write; from the second on they are kept beside the store as well.
pub(super) async fn store_tokens(
    inner: &Arc<Inner>,
    provider: &Provider,
    grant: &Grant,
    redeemed: Redeemed,
    result: &watch::Sender<Option<Refreshed>>,
) -> Result<Refreshed, OAuthError> {
    let Redeemed { tokens, learned } = redeemed;
    let version = grant.version + 1;
    let fresh = Arc::new(Grant {
        version,
        refreshed_at: Some(tokens.asked_at),
        tokens: tokens.clone(),
        attempt: None,
        leased_until: None,
        trouble: None,
        ..grant.clone()
    });
    let mut wait = Duration::from_millis(50);
    let mut kept = false;
    let saved = loop {
        match inner.store.save_tokens(grant, &tokens).await {
            Ok(saved) => break saved,
            Err(error) => {
                tracing::error!(
                    grant = %grant.id, error = &error as &dyn std::error::Error,
                    "refreshed tokens are not stored yet; berth goes on trying"
                );
                result.send_replace(Some(Refreshed::Fresh(Arc::clone(&fresh))));
                kept = kept || inner.keep_beside(grant, &fresh);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(5));
            }
        }
    };
    if kept && let Err(error) = inner.spill.drop(&grant.id, version) {
        tracing::warn!(grant = %grant.id, %error, "tokens that are stored by now are kept beside the store too");
    }
    inner.backoff.succeeded(&grant.id);
    inner.client_taken(provider).await;
    if let Some(auth) = learned {
        inner.learned(provider, auth).await;
    }
    if saved {
        inner.was_refreshed(grant, version);
        return Ok(Refreshed::Fresh(fresh));
    }
    match inner.store.grant(&grant.id).await? {
        Some(newer) => {
            tracing::warn!(grant = %grant.id, "the same tokens were stored by somebody else at the same time");
            Ok(Refreshed::Fresh(Arc::new(newer)))
        }
        None => {
            // It was deleted meanwhile.
            let to = (&grant.user, grant.bound_to.as_str());
            inner.disown(to, provider, tokens).await;
            Ok(Refreshed::Over)
        }
    }
}

/// The grant is over: its provider says so, or its refresh token is lost. Its access token serves until it ends too.
pub(super) async fn end(
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
    inner.broken(grant, "needs-reconnect", &with_causes(error)).await;
    let ended = Grant {
        state,
        ..grant.clone()
    };
    Ok(match inner.standing(&ended, provider) {
        Standing::Fresh { .. } => Refreshed::Fresh(Arc::new(ended)),
        _ => Refreshed::Over,
    })
}

pub(super) async fn settle_failure(
    inner: &Inner,
    provider: &Provider,
    grant: &Grant,
    sending: Sending,
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
    if in_doubt == InDoubt::Yes && sending == Sending::Late && !error.is_lost() {
        // An outage: what was answered may be asked again.
        if let Err(error) = inner.store.note_unanswered(grant, &inner.owner).await {
            tracing::warn!(grant = %grant.id, error = &error as &dyn std::error::Error, "an attempt stays noted");
        }
    }
    inner.give_back(&grant.id, in_doubt).await;
    let may_be_used = in_doubt == InDoubt::Yes && provider.rotation() != Rotation::None;
    if may_be_used && grant.attempt.is_none() {
        inner.broken(grant, "ambiguous", &with_causes(&error)).await;
    } else {
        inner.note_trouble(grant, with_causes(&error)).await;
    }
    let error = Arc::new(error);
    inner.leave_alone(provider, &grant.id, &error).await;
    Ok(failed(provider, error))
}

impl Inner {
    /// What failed for `grant` is left alone for a while; an admin is told where only they can mend it.
    pub(super) async fn leave_alone(&self, provider: &Provider, grant: &GrantId, error: &Arc<TokenError>) {
        if error.blames_client() {
            self.clients
                .failed(&(provider.id.clone(), provider.version), error);
            self.client_refused(provider, error).await;
        } else if self.backoff.failed(grant, error) == UNKNOWN && error.is_unknown() {
            self.client_refused(provider, error).await;
        }
    }

    /// Gives a lease back; one that can't be given back runs out by itself.
    pub(super) async fn give_back(&self, grant: &GrantId, in_doubt: InDoubt) {
        if let Err(error) = self.store.release_tokens(grant, &self.owner, in_doubt).await {
            tracing::warn!(%grant, error = &error as &dyn std::error::Error, "a lease was not given back");
        }
    }

    /// Keeps the tokens of `fresh`, which follow those of `grant`, in a file while the store fails.
    fn keep_beside(&self, grant: &Grant, fresh: &Grant) -> bool {
        let sealed = match self.store.sealed(grant, &fresh.tokens) {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::error!(grant = %grant.id, error = &error as &dyn std::error::Error, "tokens can't be sealed");
                return false;
            }
        };
        match self.spill.keep(&grant.id, fresh.version, &sealed) {
            Ok(kept) => kept,
            Err(error) => {
                tracing::error!(grant = %grant.id, %error, "refreshed tokens can't be kept beside the store");
                false
            }
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
