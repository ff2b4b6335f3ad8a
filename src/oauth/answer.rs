//! The provider's answer to a consent, and the grant at its end.

use std::{sync::Arc, time::Duration};

use subtle::ConstantTimeEq as _;
use url::Url;

use super::{
    Inner, OAuth,
    account::differ,
    authorize::kept,
    consent::{Consent, hash},
    endpoint::{Redeem, bound_to, redeem},
    error::{FlowError, OAuthError, scrub},
    events::Created,
    metrics::count,
};
use crate::{
    model::{ConnectorName, GrantId, Owner, ProviderName, Step, UserId, Values, with_causes},
    secret::Secret,
    store::{Flow, FlowOutcome, Grant, NewGrant, Pending, Provider, StoreError},
};

/// Waits between attempts to write a new grant.
const WRITES: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(500),
    Duration::from_secs(2),
];

/// What the provider sends back (RFC 6749 §4.1.2).
#[derive(Debug, Default)]
pub(crate) struct CallbackQuery {
    pub(crate) code: Option<Secret<String>>,
    pub(crate) state: Option<Secret<String>>,
    pub(crate) error: Option<String>,
    pub(crate) error_description: Option<String>,
    /// What the settings keep of the rest; not yet checked.
    pub(crate) captured: Values,
    /// RFC 9207.
    pub(crate) iss: Option<String>,
}

/// What came of a code.
#[derive(Debug, Clone, Copy)]
pub(super) enum Redeemed {
    Granted,
    /// It is another account than before, and the person is asked first.
    Asked,
}

/// A flow that led to a grant, or to the question whether it is to.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) connector: ConnectorName,
    /// The connector needs another provider too: where its person goes on.
    pub(crate) next: Option<Consent>,
}

impl OAuth {
    /// Takes the provider's answer: `cookie` is the value of the cookie that [`flow_cookie`] names, `user` whoever is
    /// signed in. The code is redeemed once, on a task that a browser that leaves does not stop; asked again, a flow
    /// that led to a grant says so again.
    pub(crate) async fn finish(
        &self,
        provider: &ProviderName,
        query: CallbackQuery,
        cookie: Option<&str>,
        user: Option<&UserId>,
    ) -> Result<Finished, FlowError> {
        let inner = &self.0;
        let state = query.state.ok_or(FlowError::Unknown)?;
        let state_hash = hash(state.expose());
        let flow = inner
            .store
            .flow_by_state(&state_hash)
            .await?
            .filter(|flow| flow.provider_name == *provider)
            .ok_or(FlowError::Unknown)?;
        // Whoever is refused here has not used the state up: a forged answer must not end somebody's flow.
        let bound = match (&flow.browser_hash, cookie) {
            (Some(expected), Some(cookie)) => expected.as_bytes().ct_eq(hash(cookie).as_bytes()).into(),
            _ => false,
        };
        if !bound {
            return Err(FlowError::OtherBrowser);
        }
        match user {
            None => return Err(FlowError::NotSignedIn),
            Some(user) if *user != flow.user => return Err(FlowError::OtherUser),
            Some(_) => {}
        }
        if !inner.is_of_issuer(&flow, query.iss.as_deref()).await? {
            return Err(FlowError::OtherIssuer);
        }
        if let Some(error) = query.error {
            let step = Step::failed("authorize", format!("the provider answers: {}", scrub(&error)));
            inner.trials.note(&flow, step);
            inner.store.reopen_flow(&flow.hash, &state_hash).await?;
            if error == "access_denied" {
                inner.leave_as_it_is(&flow).await?;
            }
            return Err(match error.as_str() {
                "access_denied" => FlowError::Denied,
                _ => FlowError::Provider {
                    error: scrub(&error),
                    description: scrub(&query.error_description.unwrap_or_default()),
                },
            });
        }
        let Some(code) = query.code.filter(|code| !code.expose().is_empty()) else {
            return Err(FlowError::Unknown);
        };
        let redirect_uri = self.redirect_uri(provider);
        let captured = query.captured;
        let came_for = flow.clone();
        let redeemed = inner
            .exchanges
            .join(&inner.tasks, state_hash.clone(), |result| {
                let inner = Arc::clone(inner);
                async move {
                    let came = Came {
                        code: &code,
                        captured: &captured,
                        redirect_uri: &redirect_uri,
                    };
                    let outcome = inner.exchange(flow, &state_hash, &came).await;
                    result.send_replace(Some(outcome.map_err(Arc::new)));
                }
            })
            .await
            .map_err(|_| FlowError::Failed(OAuthError::Interrupted))?;
        let next = match redeemed.map_err(Arc::unwrap_or_clone)? {
            Redeemed::Granted => inner.next_after(&came_for).await,
            // One question after the other.
            Redeemed::Asked => None,
        };
        Ok(Finished {
            connector: came_for.connector_name,
            next,
        })
    }
}

/// What an answer that is nobody else's brought.
struct Came<'a> {
    code: &'a Secret<String>,
    captured: &'a Values,
    redirect_uri: &'a Url,
}

impl Inner {
    /// Whether an answer to `flow` comes from the issuer that was asked (RFC 9207 §2.4): what it names has to be the issuer,
    /// byte for byte; it has to name one where the issuer's document says that it does.
    async fn is_of_issuer(&self, flow: &Flow, named: Option<&str>) -> Result<bool, FlowError> {
        let connection = self.store.connection(&flow.connector, &flow.provider).await?;
        let Some(provider) = connection.map(|connection| connection.provider) else {
            return Ok(false);
        };
        let has_to = provider.discovered.is_some_and(|pinned| pinned.names_itself);
        Ok(match (&provider.settings.issuer, named) {
            (Some(issuer), Some(named)) => issuer == named,
            (Some(_), None) => !has_to,
            // Nothing is known that it could be held against.
            (None, _) => true,
        })
    }

    async fn exchange(
        self: &Arc<Self>,
        flow: Flow,
        state_hash: &str,
        came: &Came<'_>,
    ) -> Result<Redeemed, FlowError> {
        if !self.store.take_flow(&flow.hash, state_hash).await? {
            let now = self.store.flow(&flow.hash).await?;
            return match now.and_then(|flow| flow.outcome) {
                Some(FlowOutcome::Granted | FlowOutcome::Kept) => Ok(Redeemed::Granted),
                Some(FlowOutcome::Asking) => Ok(Redeemed::Asked),
                Some(FlowOutcome::Taken) | None => Err(FlowError::Unknown),
            };
        }
        match self.redeem_code(&flow, came).await {
            Ok(Redeemed::Asked) => {
                count(&self.metrics.exchanges, "ok");
                Ok(Redeemed::Asked)
            }
            Ok(Redeemed::Granted) => {
                count(&self.metrics.exchanges, "ok");
                if let Err(error) = self.store.end_flow(&flow.hash).await {
                    // The grant is there, which is what counts.
                    tracing::warn!(
                        connector = %flow.connector_name, error = &error as &dyn std::error::Error,
                        "a flow that led to a grant was not ended"
                    );
                }
                Ok(Redeemed::Granted)
            }
            Err(error) => {
                count(&self.metrics.exchanges, "failed");
                tracing::warn!(
                    connector = %flow.connector_name, provider = %flow.provider_name,
                    error = &error as &dyn std::error::Error, "an authorization failed"
                );
                // The code is spent; the link can bring another.
                self.store.reopen_flow(&flow.hash, state_hash).await?;
                Err(error)
            }
        }
    }

    async fn redeem_code(self: &Arc<Self>, flow: &Flow, came: &Came<'_>) -> Result<Redeemed, FlowError> {
        let connection = self.store.connection(&flow.connector, &flow.provider).await?;
        let (Some(connection), Some(away), Some(bound)) = (connection, &flow.away, &flow.bound_to) else {
            return Err(FlowError::Unknown);
        };
        let provider = &connection.provider;
        if *bound != bound_to(&provider.settings, &away.vars) {
            return Err(FlowError::Unknown);
        }
        self.check_owner(&connection, &flow.user).await?;
        let mut vars = away.vars.clone();
        vars.extend(kept(&provider.settings, came.captured).map_err(FlowError::Value)?);
        let (http, trace) = self.http.traced();
        let redeemed = redeem(
            &http,
            provider,
            Redeem::Code {
                code: came.code,
                verifier: away.verifier.as_ref(),
                redirect_uri: came.redirect_uri,
                vars: &vars,
            },
        )
        .await;
        let step = match &redeemed {
            Ok(_) => Step::ok("exchange", "the provider gave a token for the code"),
            Err(error) => Step::failed("exchange", with_causes(error)).hint(error.hint()),
        };
        self.trials.note(flow, step.sent(trace.take()));
        let redeemed = redeemed.map_err(|source| OAuthError::Token {
            provider: provider.name.clone(),
            source: Arc::new(source),
        })?;
        if let Some(auth) = redeemed.learned {
            self.learned(provider, auth).await;
        }
        let mut tokens = redeemed.tokens;
        if tokens.scope.is_empty() {
            // Nothing said means as asked for (RFC 6749 §5.1).
            tokens.scope = connection.scopes.join(" ");
        }
        let bound = bound_to(&provider.settings, &tokens.vars);
        let asked = connection.scopes.join(" ");
        let account = self.account(&self.http, provider, &tokens).await;
        let before = (self.store)
            .grant_for(&flow.user, &flow.connector, (&provider.id, connection.owner()))
            .await?;
        let account_before = before.as_ref().and_then(|before| before.account.as_deref());
        if differ(account_before, account.as_deref()) {
            let pending = Pending {
                revocation: GrantId::random(),
                bound_to: bound.clone(),
                tokens,
                account,
                asked,
            };
            if self.ask_first(flow, provider, &pending).await? {
                return Ok(Redeemed::Asked);
            }
            self.revoke_tokens(provider, &bound, pending.tokens).await;
            return Err(FlowError::Unknown);
        }
        let new = NewGrant {
            connector: &flow.connector,
            provider: &flow.provider,
            user: &flow.user,
            owner: connection.owner(),
            bound_to: &bound,
            tokens: &tokens,
            asked: &asked,
            account: account.as_deref(),
        };
        self.take_grant(flow, provider, &new, before.as_ref()).await?;
        Ok(Redeemed::Granted)
    }

    /// Makes a grant of tokens that came for `flow`, in place of the one `before`, and lets everybody know.
    pub(super) async fn take_grant(
        self: &Arc<Self>,
        flow: &Flow,
        provider: &Provider,
        new: &NewGrant<'_>,
        before: Option<&Grant>,
    ) -> Result<(), FlowError> {
        let id = match self.store_grant(new).await {
            Ok(Some(id)) => id,
            // The connector, its settings or the user went while the provider answered; or the store fails.
            nothing => {
                let to = (&flow.user, new.bound_to);
                self.disown(to, provider, new.tokens.clone()).await;
                nothing?;
                return Err(FlowError::Unknown);
            }
        };
        // One that serves everybody goes along with what each has of another provider's.
        let for_all = new.owner == Owner::Connector;
        self.cache.forget_tokens(|connector, holder| {
            *connector == flow.connector && (for_all || holder.is_none_or(|holder| *holder == flow.user))
        });
        self.client_taken(provider).await;
        let created = Created {
            grant: &id,
            user: &flow.user,
            connector: &flow.connector,
            provider: &flow.provider_name,
            scope: &new.tokens.scope,
        };
        self.created(&created, before);
        // Nobody may be waiting.
        let _ = self.news.send((flow.user.clone(), flow.connector.clone()));
        Ok(())
    }

    /// Writes a new grant, and tries for a while: the code that brought it is spent.
    async fn store_grant(&self, new: &NewGrant<'_>) -> Result<Option<GrantId>, StoreError> {
        let mut waits = WRITES.iter();
        loop {
            match (self.store.put_grant(new).await, waits.next()) {
                (Err(error), Some(wait)) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "a new grant is not stored yet; berth tries again"
                    );
                    tokio::time::sleep(*wait).await;
                }
                (stored, _) => return stored,
            }
        }
    }
}
