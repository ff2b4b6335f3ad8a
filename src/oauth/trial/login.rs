//! The part of a trial that a person takes part in: the admin who tries signs in once.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use url::Url;

use super::super::{
    Inner, OAuth,
    consent::hash,
    error::OAuthError,
    refresh::{Reason, Refreshed, refresh},
    scopes::missing,
};
use crate::{
    model::{self, Caller, ConnectorId, Millis, ProviderName, Rotation, Step, with_causes},
    store::{Connection, FlowOutcome, Grant},
};

/// What the trial's link says that it was asked by.
const CLIENT: &str = "berth oauth test";
/// How many trials are remembered.
const TRIALS: usize = 64;

/// What was seen of the exchanges of trials, by the hash of their link's handle.
#[derive(Debug, Default)]
pub(in crate::oauth) struct Trials(Mutex<HashMap<String, (Millis, Step)>>);

impl Trials {
    /// Notes what came of an exchange, when it belongs to a trial.
    pub(in crate::oauth) fn note(&self, flow: &crate::store::Flow, step: Step) {
        if !Self::is_one(flow) {
            return;
        }
        let mut trials = self.0.lock();
        if trials.len() >= TRIALS {
            let oldest = trials.iter().min_by_key(|(_, (at, _))| *at);
            if let Some(oldest) = oldest.map(|(hash, _)| hash.clone()) {
                trials.remove(&oldest);
            }
        }
        trials.insert(flow.hash.clone(), (model::now(), step));
    }

    /// Whether a flow is a trial's, which is about one provider alone.
    pub(in crate::oauth) fn is_one(flow: &crate::store::Flow) -> bool {
        flow.client == CLIENT
    }

    fn of(&self, hash: &str) -> Option<Step> {
        self.0.lock().get(hash).map(|(_, step)| step.clone())
    }

    fn forget(&self, hash: &str) {
        self.0.lock().remove(hash);
    }
}

/// A trial that waits for its person.
#[derive(Debug, Clone)]
pub(crate) struct TrialBegun {
    pub(crate) url: Url,
    /// What [`OAuth::trial`] knows it by.
    pub(crate) handle: String,
    pub(crate) expires_at: Millis,
}

/// How far a trial is.
#[derive(Debug, Clone)]
pub(crate) enum Progress {
    Waiting,
    Done(Vec<Step>),
}

impl OAuth {
    /// Begins a trial: `caller` follows the link, and authorizes as anybody would.
    pub(crate) async fn begin_trial(
        &self,
        caller: &Caller,
        connector: &ConnectorId,
        provider: Option<&ProviderName>,
    ) -> Result<TrialBegun, OAuthError> {
        let connection = self.0.connection_at(connector, provider).await?;
        let consent = self.0.link(&caller.user, connector, &connection, CLIENT).await?;
        let handle = consent.url.path_segments().and_then(|mut path| path.next_back());
        let handle = handle.unwrap_or_default().to_owned();
        self.0.trials.forget(&hash(&handle));
        Ok(TrialBegun {
            handle,
            url: consent.url,
            expires_at: consent.expires_at,
        })
    }

    /// Where the trial behind `handle` stands; once its person is back, the grant is refreshed and its account asked for.
    /// `None` when there is none, or it is somebody else's.
    pub(crate) async fn trial(
        &self,
        caller: &Caller,
        connector: &ConnectorId,
        handle: &str,
    ) -> Result<Option<Progress>, OAuthError> {
        let inner = &self.0;
        let hash = hash(handle);
        let flow = inner.store.flow(&hash).await?;
        let Some(flow) = flow.filter(|flow| flow.user == caller.user && flow.connector == *connector) else {
            return Ok(None);
        };
        let exchange = inner.trials.of(&hash);
        let mut steps: Vec<Step> = exchange.into_iter().collect();
        match flow.outcome {
            None if steps.is_empty() => return Ok(Some(Progress::Waiting)),
            Some(FlowOutcome::Taken) => return Ok(Some(Progress::Waiting)),
            None => return Ok(Some(Progress::Done(steps))),
            Some(FlowOutcome::Asking) => {
                steps.push(
                    Step::warning(
                        "account",
                        "it is another account than the one you have connected here",
                    )
                    .hint("choose in the browser which one counts, then test again"),
                );
                return Ok(Some(Progress::Done(steps)));
            }
            Some(FlowOutcome::Granted | FlowOutcome::Kept) => {}
        }
        inner.trials.forget(&hash);
        let (connection, grant) = (
            inner.store.connection(connector, &flow.provider).await?,
            inner
                .store
                .grant_at(&caller.user, connector, &flow.provider)
                .await?,
        );
        let (Some(connection), Some(grant)) = (connection, grant) else {
            return Ok(None);
        };
        steps.push(scopes(&connection, &grant));
        steps.push(inner.try_refresh(&connection, &grant).await?);
        let grant = inner.store.grant(&grant.id).await?.unwrap_or(grant);
        steps.push(inner.try_account(&connection, &grant).await);
        Ok(Some(Progress::Done(steps)))
    }
}

fn scopes(connection: &Connection, grant: &Grant) -> Step {
    let missing = missing(&connection.scopes, &grant.tokens);
    if missing.is_empty() {
        return Step::ok("scopes", format!("granted: {}", grant.tokens.scope));
    }
    Step::warning(
        "scopes",
        format!("granted: {}; missing: {}", grant.tokens.scope, missing.join(" ")),
    )
    .hint("the person left them out, or this client may not have them: allow them at the provider")
}

impl Inner {
    /// Refreshes once, due or not.
    async fn try_refresh(
        self: &Arc<Self>,
        connection: &Connection,
        grant: &Grant,
    ) -> Result<Step, OAuthError> {
        const NAME: &str = "refresh";
        let Some(sent_token) = &grant.tokens.refresh_token else {
            return Ok(match grant.tokens.lifetime {
                None => Step::ok(NAME, "there is no refresh token, and the access token has no end that is known"),
                Some(seconds) => Step::warning(
                    NAME,
                    format!("there is no refresh token: users have to authorize again every {seconds} s"),
                )
                .hint("most providers give one for the scope offline_access, or for --auth-param access_type=offline"),
            });
        };
        let (http, trace) = self.http.traced();
        let refreshing = self.refreshes.join(&self.tasks, grant.id.clone(), |result| {
            refresh(Arc::clone(self), grant.clone(), Reason::Trial(http), result)
        });
        let outcome = refreshing.await;
        let sent = trace.take();
        let step = match outcome {
            // Another one had begun before.
            Ok(Refreshed::Fresh(_)) if sent.is_empty() => Step::ok(NAME, "a refresh was under way already"),
            Ok(Refreshed::Fresh(fresh)) => {
                let new = fresh.tokens.refresh_token.as_ref();
                let same = new.is_some_and(|token| token.expose() == sent_token.expose());
                refreshed(connection.provider.rotation(), same, fresh.tokens.lifetime)
            }
            Ok(Refreshed::Over) => {
                let now = self.store.grant(&grant.id).await?;
                let why = now.and_then(|now| now.trouble).map(|trouble| trouble.what);
                failed(
                    why.unwrap_or_else(|| "the grant is over".to_owned()),
                    String::new(),
                )
            }
            Ok(Refreshed::Failed(error)) => failed(with_causes(&error), error.hint()),
            Err(_) => Step::failed(NAME, "it was broken off"),
        };
        Ok(step.sent(sent))
    }

    async fn try_account(&self, connection: &Connection, grant: &Grant) -> Step {
        let (http, trace) = self.http.traced();
        let account = self.account(&http, &connection.provider, &grant.tokens).await;
        let step = match account {
            Some(account) => Step::ok("account", account),
            None => Step::warning(
                "account",
                "the provider tells no account: berth can't see when another one is connected",
            )
            .hint("set --userinfo-url, or ask for the scope openid"),
        };
        step.sent(trace.take())
    }
}

fn failed(why: String, hint: String) -> Step {
    let hint = match hint.is_empty() {
        true => "see --refresh-url, --refresh-param and --token-body".to_owned(),
        false => hint,
    };
    Step::failed("refresh", why).hint(hint)
}

fn refreshed(rotation: Rotation, same: bool, lifetime: Option<u64>) -> Step {
    let lives = match lifetime {
        Some(seconds) => format!("the access token lives {seconds} s"),
        None => "the provider states no lifetime (see --assume-lifetime)".to_owned(),
    };
    match (same, rotation) {
        (false, Rotation::None) => Step::warning(
            "refresh",
            format!("a new refresh token came, and the setting says that none does; {lives}"),
        )
        .hint("berth oauth set --rotation strict, or grace=TIME where the provider documents that"),
        (false, _) => Step::ok("refresh", format!("a new refresh token came; {lives}")),
        (true, _) => Step::ok("refresh", format!("the refresh token stays the same; {lives}")),
    }
}
