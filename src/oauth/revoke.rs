//! Ending grants at their provider (RFC 7009), as far as it has a way for that. What fails is queued, over restarts too.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use http::{Request, StatusCode};
use serde_json::json;

use super::{
    Inner,
    endpoint::{bound_to, may_revoke},
    hosts,
    metrics::count,
    params::{Params, Stage},
};
use crate::{
    model::{self, ClientAuth, GrantId, Millis, UserId},
    net::Http,
    secret::Secret,
    store::{Grant, Provider, Revocation, StoreError, TokenSet},
};

/// What became of a grant at its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revoked {
    Done,
    /// The provider did not do it yet; berth goes on trying.
    Queued,
    /// The provider has no way to revoke tokens, or none that may be told of these.
    Unsupported,
    /// The user has another grant with the same client: many providers end all of them with one.
    Kept,
}

impl Revoked {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Done => "revoked",
            Self::Queued => "queued",
            Self::Unsupported => "unsupported",
            Self::Kept => "kept",
        }
    }
}

/// How long whoever deletes a grant waits for the provider; the rest goes on behind.
const PATIENCE: Duration = Duration::from_secs(5);
/// Waits within one attempt.
const RETRIES: [Duration; 1] = [Duration::from_millis(500)];
/// How long nobody else tries meanwhile.
const ATTEMPT: Millis = 120_000;
/// The first wait between attempts; each is twice the one before.
const WAIT: Millis = 15_000;
const LONGEST_WAIT: Millis = 6 * 3_600_000;
/// After so many attempts, over about three days, it is given up.
const ATTEMPTS: i64 = 22;

impl Inner {
    /// Revokes tokens that were got for a grant which can't be stored: nobody else knows them. `to` are the user and
    /// what the grant is bound to.
    pub(super) async fn disown(self: &Arc<Self>, to: (&UserId, &str), provider: &Provider, tokens: TokenSet) {
        let revocation = Revocation {
            id: GrantId::random(),
            user: to.0.clone(),
            bound_to: to.1.to_owned(),
            provider: provider.clone(),
            tokens,
            tries: 0,
        };
        let queued = self.store.queue_revocation(&revocation).await;
        let inner = Arc::clone(self);
        let task = self.tasks.spawn(async move {
            match queued {
                Ok(()) => inner.revoke_queued(&revocation.id).await,
                Err(error) => {
                    tracing::warn!(
                        provider = %revocation.provider.name, error = &error as &dyn std::error::Error,
                        "tokens that can't be stored are revoked at once or not at all"
                    );
                    inner.attempt(revocation).await
                }
            }
        });
        // Whatever is not done by then goes on by itself.
        let _ = tokio::time::timeout(PATIENCE, task).await;
    }

    /// Revokes tokens of an account that its person does not use here, whatever other grants they have: these are nobody's.
    pub(super) async fn revoke_tokens(
        self: &Arc<Self>,
        provider: &Provider,
        bound_to: &str,
        tokens: TokenSet,
    ) {
        self.disown((&UserId::random(), bound_to), provider, tokens).await;
    }

    /// Ends at their providers what was just deleted, each on a task of its own, and waits a little for them.
    pub(super) async fn revoke(self: &Arc<Self>, grants: &[Grant]) -> Vec<Revoked> {
        let tasks: Vec<_> = grants
            .iter()
            .map(|grant| {
                let (inner, id) = (Arc::clone(self), grant.id.clone());
                self.tasks.spawn(async move { inner.revoke_queued(&id).await })
            })
            .collect();
        let ended = tasks.into_iter().map(|task| async {
            match tokio::time::timeout(PATIENCE, task).await {
                Ok(Ok(revoked)) => revoked,
                // It goes on by itself, or with the next round.
                Ok(Err(_)) | Err(_) => Revoked::Queued,
            }
        });
        futures_util::future::join_all(ended).await
    }

    /// Tries again what is due.
    pub(super) async fn revoke_due(self: &Arc<Self>, most: i64) -> Result<(), StoreError> {
        let due = self.store.due_revocations(most).await?;
        futures_util::stream::iter(due)
            .for_each_concurrent(hosts::AT_ONCE, async |id| {
                self.revoke_queued(&id).await;
            })
            .await;
        Ok(())
    }

    async fn revoke_queued(&self, id: &GrantId) -> Revoked {
        match self.store.take_revocation(id, model::now() + ATTEMPT).await {
            Ok(Some(revocation)) => self.attempt(revocation).await,
            // Nothing was queued for a provider without a way.
            Ok(None) => Revoked::Unsupported,
            Err(error) => {
                tracing::error!(
                    grant = %id, error = &error as &dyn std::error::Error,
                    "a deleted grant is not ended at its provider yet"
                );
                Revoked::Queued
            }
        }
    }

    async fn attempt(&self, revocation: Revocation) -> Revoked {
        let settings = &revocation.provider.settings;
        let vars = &revocation.tokens.vars;
        let revoked = if !may_revoke(revocation.tokens.revoke_origin.as_deref(), settings, vars)
            || revocation.bound_to != bound_to(settings, vars)
        {
            Revoked::Unsupported
        } else if self
            .store
            .has_grant_at(&revocation.user, &revocation.bound_to)
            .await
            .unwrap_or(false)
        {
            Revoked::Kept
        } else if run(&revocation, &self.http).await {
            Revoked::Done
        } else {
            Revoked::Queued
        };
        let settled = if revoked == Revoked::Queued && revocation.tries < ATTEMPTS {
            let doubled = WAIT.saturating_mul(1 << revocation.tries.clamp(0, 20));
            let next = model::now() + doubled.min(LONGEST_WAIT);
            self.store.put_revocation_off(&revocation.id, next).await
        } else {
            self.store.drop_revocation(&revocation.id).await
        };
        match revoked {
            Revoked::Done => count(&self.metrics.revocations, "ok"),
            Revoked::Queued if revocation.tries < ATTEMPTS => {
                count(&self.metrics.revocations, "failed");
            }
            Revoked::Queued => self.given_up(&revocation),
            Revoked::Unsupported | Revoked::Kept => {}
        }
        if let Err(error) = settled {
            tracing::warn!(
                grant = %revocation.id, error = &error as &dyn std::error::Error,
                "what became of a revocation was not stored"
            );
        }
        revoked
    }

    fn given_up(&self, revocation: &Revocation) {
        count(&self.metrics.revocations, "given up");
        tracing::error!(
            event = "revocation.failed", grant = %revocation.id, provider = %revocation.provider.name,
            "a deleted grant lives on at its provider: end it there"
        );
        self.audit.record(
            "berth",
            "grant.revocation-failed",
            revocation.id.as_str(),
            json!({ "user": revocation.user, "provider": revocation.provider.name }),
        );
    }
}

/// Revokes the refresh token, and then the access token for providers that do not end one with the other.
async fn run(revocation: &Revocation, http: &Http) -> bool {
    let mut all = true;
    for (hint, token) in [
        ("refresh_token", revocation.tokens.refresh_token.as_ref()),
        ("access_token", Some(&revocation.tokens.access_token)),
    ] {
        if let Some(token) = token {
            all &= revoke(revocation, http, hint, token).await;
        }
    }
    all
}

async fn revoke(revocation: &Revocation, http: &Http, hint: &str, token: &Secret<String>) -> bool {
    let mut retries = RETRIES.iter();
    let known = revocation.provider.auth();
    let mut auth = known.unwrap_or(ClientAuth::Basic);
    let mut other = known.is_none().then_some(ClientAuth::Post);
    loop {
        let Some(request) = request(revocation, auth, hint, token) else {
            return false;
        };
        let passing = match http.send(request).await {
            Ok(answer) if answer.status().is_success() => return true,
            Ok(answer)
                if [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED].contains(&answer.status())
                    && other.is_some() =>
            {
                // Not known how the client's secret is taken, and perhaps not in the header.
                auth = other.take().unwrap_or(auth);
                continue;
            }
            Ok(answer) => answer.status().is_server_error(),
            Err(_) => true,
        };
        match retries.next() {
            Some(wait) if passing => tokio::time::sleep(*wait).await,
            _ => {
                tracing::warn!(
                    grant = %revocation.id, provider = %revocation.provider.name, hint,
                    "a deleted grant's token was not revoked at its provider"
                );
                return false;
            }
        }
    }
}

/// RFC 7009 §2.1, with the client's authentication as at the token endpoint.
fn request(
    revocation: &Revocation,
    auth: ClientAuth,
    hint: &str,
    token: &Secret<String>,
) -> Option<Request<Vec<u8>>> {
    let settings = &revocation.provider.settings;
    let url = settings
        .fill(settings.revoke_url.as_ref()?, &revocation.tokens.vars)
        .ok()?;
    let mut params = Params::new(settings, Stage::Revoke);
    params.add("token", token.expose());
    params.add("token_type_hint", hint);
    params.request(&url, &revocation.provider, auth).ok()
}
