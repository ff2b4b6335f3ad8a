//! Values on the way to a connector: what a call carries besides the token, and what its user has yet to give.

use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use http::HeaderMap;
use url::Url;

use super::{CallError, Calls, Session, session::Opened};
use crate::{
    environment::{self, Own},
    model::{ConnectorName, EnvName, Millis, Transport},
    oauth::{Access, Token},
    releases::Live,
    secret::Secret,
};

/// What goes along with the calls of one user: the token, where one is needed, and what the user gave.
#[derive(Default)]
pub(super) struct Carried {
    pub(super) token: Option<Arc<Token>>,
    pub(super) own: Own,
}

/// What a caller has to do first, on berth's page.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    pub(crate) url: Url,
    /// Where to authorize; absent when only values are missing.
    pub(crate) provider_host: Option<String>,
    /// What the connector asks each user for, and the caller has not given.
    pub(crate) values: Vec<EnvName>,
    pub(crate) expires_at: Option<Millis>,
}

impl Carried {
    /// Changes with what a process has of the token, and with every value of the user's.
    pub(super) fn generation(&self) -> u64 {
        let token = self.token.as_ref().map_or(0, |token| token.process);
        if self.own.generation == 0 {
            return token;
        }
        let mut hasher = DefaultHasher::new();
        (token, self.own.generation).hash(&mut hasher);
        hasher.finish()
    }

    /// The variables of a process that is this user's alone. The token's place wins over a value of the same name.
    pub(super) fn variables(&self) -> Vec<(EnvName, Secret<String>)> {
        let token = self.token.as_ref().map_or(&[][..], |token| token.env.as_slice());
        let own = self
            .own
            .values()
            .filter(|(name, _)| token.iter().all(|(taken, _)| taken != *name));
        own.map(|(name, text)| (name.clone(), text.clone()))
            .chain(token.iter().cloned())
            .collect()
    }

    /// The headers that carry values to `live`; none where it reads standard input.
    pub(super) fn value_headers(&self, live: &Live) -> HeaderMap {
        match live.spec.transport {
            Transport::Stdio => HeaderMap::new(),
            Transport::Http { .. } => {
                let prefix = live.spec.run.env_header_prefix.clone().unwrap_or_default();
                environment::into_headers(&prefix, &live.values, &self.own)
            }
        }
    }

    /// All headers of a call on `opened`. The token's win over a value's of the same name.
    pub(super) fn headers<'a>(&'a self, opened: &'a Opened) -> Cow<'a, HeaderMap> {
        self.beside(&opened.values)
    }

    /// The same, beside `values`.
    pub(super) fn beside<'a>(&'a self, values: &'a HeaderMap) -> Cow<'a, HeaderMap> {
        let token = self.token.as_ref().map(|token| &token.headers);
        match token {
            None => Cow::Borrowed(values),
            Some(token) if values.is_empty() => Cow::Borrowed(token),
            Some(token) => {
                let mut all = values.clone();
                for name in token.keys() {
                    all.remove(name);
                }
                for (name, value) in token {
                    all.append(name.clone(), value.clone());
                }
                Cow::Owned(all)
            }
        }
    }
}

impl Consent {
    /// What the person is asked for, as the beginning of a sentence.
    pub(crate) fn request(&self, connector: &ConnectorName) -> String {
        match (&self.provider_host, self.values.as_slice()) {
            (Some(host), []) => format!("Authorize {connector} at {host}"),
            (Some(host), values) => format!(
                "Authorize {connector} at {host} and give it what it needs of you ({})",
                names(values)
            ),
            // Given since.
            (None, []) => format!("Call {connector} again"),
            (None, values) => format!("Give {connector} what it needs of you ({})", names(values)),
        }
    }
}

impl Calls {
    /// What the session's calls carry to `live`; `None` when its user has to authorize, or to give something, first.
    pub(super) async fn carried(&self, session: &Session, live: &Live) -> Result<Option<Carried>, CallError> {
        let own = self.own(session, live).await?;
        if !own.missing().is_empty() {
            return Ok(None);
        }
        Ok(self.token(session).await?.map(|token| Carried { token, own }))
    }

    /// The way for the session's user to authorize, or to give what is missing.
    pub(super) async fn consent(&self, session: &Session, live: &Live) -> Result<Consent, CallError> {
        let values = self.own(session, live).await?.missing().to_vec();
        if self.token(session).await?.is_some() {
            return Ok(Consent {
                url: self.own_page(&session.name),
                provider_host: None,
                values,
                expires_at: None,
            });
        }
        let connector = (&session.connector, &session.name);
        let client = session.client.name();
        let consent = self
            .oauth
            .start_consent(&session.caller, connector, &client)
            .await?;
        Ok(Consent {
            url: consent.url,
            provider_host: Some(consent.provider_host),
            values,
            expires_at: Some(consent.expires_at),
        })
    }

    /// Completes when nothing is missing any more that the session's user has to give or to grant.
    pub(crate) async fn granted(&self, session: &Session) {
        let (user, connector) = (&session.caller.user, &session.connector);
        if let Ok(live) = self.live(session) {
            self.environment.given(connector, &live.values, user).await;
        }
        if matches!(
            self.oauth.token_for(user, connector).await,
            Ok(Access::ConsentNeeded)
        ) {
            self.oauth.granted(user, connector).await;
        }
    }

    async fn own(&self, session: &Session, live: &Live) -> Result<Own, CallError> {
        let user = &session.caller.user;
        let own = self.environment.own(&live.connector, &live.values, user).await;
        own.map_err(CallError::Values)
    }

    /// Where a user gives what a connector asks for. It is nobody's in particular: everybody finds their own there.
    fn own_page(&self, connector: &ConnectorName) -> Url {
        let mut url = self.public_url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(["connections", connector.as_str()]);
        }
        url
    }
}

fn names(names: &[EnvName]) -> String {
    let names: Vec<&str> = names.iter().map(EnvName::as_str).collect();
    names.join(", ")
}
