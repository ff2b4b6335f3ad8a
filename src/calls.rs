//! Journey 3: from a known caller and a message to the connector's reply.
//!
//! `send` reads as the journey does: which release serves, the user's token or the consent that is missing, the
//! instance for this user and generation, the message. Every door that calls tools comes through here. When all
//! is warm nothing on the way touches the database.

mod listening;
mod offered;
mod own_oauth;
mod remembered;
mod session;
mod tool;
mod values;

use std::{io, sync::Arc, time::Duration};

use futures_util::future::join_all;
use http::HeaderMap;
use url::Url;

pub(crate) use listening::Offer;
pub(crate) use remembered::initialize_result;
pub(crate) use session::Session;
pub(crate) use tool::ToolOutcome;
use values::Carried;
pub(crate) use values::Consent;

use crate::{
    connector::{ConnectorError, Reply},
    environment::{Environment, StoreError},
    mcp::{ClientSide, Message},
    model::{Caller, ConnectorName, Transport},
    oauth::{Access, OAuth, OAuthError, Token},
    releases::{Live, Releases},
    runtime::{Instance, InstanceKey, Launch, Runtime, Share, StartCause, StartError, TokenFiles},
};

/// Carries calls; cheap to clone.
#[derive(Clone)]
pub(crate) struct Calls {
    releases: Releases,
    oauth: OAuth,
    runtime: Runtime,
    environment: Environment,
    public_url: Url,
}

/// What becomes of a message.
pub(crate) enum Answer {
    Reply(Reply),
    /// A list, from what the deploy probe saw.
    Remembered(Message),
    /// The caller has to authorize first, or to give something.
    ConsentNeeded(Consent),
}

/// How often a message is sent again that had no effect: for a token that is refused, then refreshed, then refused
/// again, the third time asks its person.
const RETRIES: usize = 2;

/// How long a new instance may take to accept a log level.
const LEVEL_PATIENCE: Duration = Duration::from_secs(5);

/// Why a message got no reply. Callers branch on it; the text is for the person who called.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// There is no such connector, none that serves, or it was deleted since the session began.
    #[error("there is no connector {0:?} here, or none of its releases serves yet")]
    NoConnector(String),
    #[error("this connector offers no tool {0:?}")]
    NotOffered(String),
    #[error("the token can't reach this connector: {0}")]
    Misfit(&'static str),
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    #[error("the store failed")]
    Values(#[source] StoreError),
    #[error("the connector did not start")]
    Start(#[source] Arc<StartError>, Audience),
    #[error("the token could not be written where the connector reads it")]
    Undelivered(#[source] io::Error),
    /// It answered with this status to a call that carried the user's token.
    #[error("the connector answered with status {0}: it did not accept the user's token")]
    Unaccepted(u16),
    #[error(transparent)]
    Connector(#[from] ConnectorError),
}

/// Who may be told what an instance wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Whoever called: it runs for nobody else.
    Caller,
    /// Those who may read the connector's log: it serves everybody.
    LogReaders,
}

impl CallError {
    /// Whether berth itself failed, rather than the connector, its provider or the caller.
    pub(crate) fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::OAuth(OAuthError::Store(_) | OAuthError::Interrupted)
                | Self::Values(_)
                | Self::Undelivered(_)
        )
    }

    /// What the connector wrote last on standard error, where it did not start, and whom it may be told.
    pub(crate) fn last_words(&self) -> Option<(String, Audience)> {
        match self {
            Self::Start(error, audience) if !error.stderr.is_empty() => {
                Some((error.stderr.join("\n"), *audience))
            }
            _ => None,
        }
    }

    /// Whether the message had no effect and may find a better end: its instance was gone before it got there, or
    /// the connector did not accept the token.
    fn may_be_sent_again(&self) -> bool {
        match self {
            Self::Connector(error) => {
                matches!(error, ConnectorError::Refused(_) | ConnectorError::Stopped)
            }
            Self::Unaccepted(_) => true,
            Self::Start(error, _) => matches!(error.cause, StartCause::Stopped),
            _ => false,
        }
    }
}

impl Calls {
    /// `public_url` is the broker's own: links start with it.
    pub(crate) fn new(
        releases: Releases,
        oauth: OAuth,
        runtime: Runtime,
        environment: Environment,
        public_url: Url,
    ) -> Self {
        Self {
            releases,
            oauth,
            runtime,
            environment,
            public_url,
        }
    }

    /// Begins a session of `caller` with a connector. Starts nothing: that waits for the first call.
    pub(crate) fn begin(
        &self,
        caller: Caller,
        name: &ConnectorName,
        client: ClientSide,
    ) -> Result<(Session, Arc<Live>), CallError> {
        let live = self
            .releases
            .live(name)
            .ok_or_else(|| CallError::NoConnector(name.to_string()))?;
        Ok((Session::new(caller, &live, client), live))
    }

    /// Sends a request and gives the connector's reply as it comes, or says what is missing. Dropping the reply
    /// cancels the call.
    pub(crate) async fn send(&self, session: &Session, request: &Message) -> Result<Answer, CallError> {
        let Some(rules) = self.rules(session, request) else {
            return self.send_as_often(session, request).await;
        };
        offered::check(&rules, request)?;
        let answer = self.send_as_often(session, request).await?;
        match request.method() {
            Some("tools/list") => offered::filter(&rules, answer).await,
            _ => Ok(answer),
        }
    }

    async fn send_as_often(&self, session: &Session, request: &Message) -> Result<Answer, CallError> {
        for _ in 0..RETRIES {
            match self.send_once(session, request).await {
                // The instance went away between two calls: the next one gets the message. Or the token is refused,
                // though it is not old: a fresh one goes along, and when that is refused too, the person is asked again.
                Err(error) if error.may_be_sent_again() => {}
                answer => return answer,
            }
        }
        self.send_once(session, request).await
    }

    async fn send_once(&self, session: &Session, request: &Message) -> Result<Answer, CallError> {
        let Some((opened, carried)) = self.opened(session).await? else {
            return self.without_consent(session, request).await;
        };
        if let Some(token) = &carried.token {
            let delivered = opened.instance.deliver(token.version, &token.files).await;
            delivered.map_err(CallError::Undelivered)?;
        }
        let headers = carried.headers(&opened);
        listening::attach(session, &opened, &headers);
        let reply = opened.link.call(request.clone(), &headers).await;
        if let Err(ConnectorError::Refused(_) | ConnectorError::Stopped) = &reply {
            session.close(&opened);
        }
        let reply = self.accepted(session, carried.token.as_deref(), reply).await?;
        Ok(Answer::Reply(reply))
    }

    /// Tells `oauth` of a token that the connector answers 401 or 403 to: its provider may have ended it.
    async fn accepted<T>(
        &self,
        session: &Session,
        token: Option<&Token>,
        outcome: Result<T, ConnectorError>,
    ) -> Result<T, CallError> {
        match (outcome, token) {
            (Err(ConnectorError::Unauthorized { status, .. }), Some(token)) => {
                let (user, connector) = (&session.caller.user, &session.connector);
                self.oauth.refused(user, connector, token.generation).await?;
                Err(CallError::Unaccepted(status))
            }
            (outcome, _) => Ok(outcome?),
        }
    }

    /// What a caller gets who has not authorized, or not given what is asked for: lists from the probe, for anything else
    /// the way to do so.
    async fn without_consent(&self, session: &Session, request: &Message) -> Result<Answer, CallError> {
        let live = self.live(session)?;
        if let Some(list) = remembered::list(&live.probe, request) {
            return Ok(Answer::Remembered(list));
        }
        Ok(Answer::ConsentNeeded(self.consent(session, &live).await?))
    }

    /// Passes on a notification, or the client's answer to a request of the connector's, to every instance that has
    /// calls of this session: one that is being replaced waits for it as much. Each knows what is its own.
    pub(crate) async fn post(&self, session: &Session, message: Message) -> Result<(), CallError> {
        let listening = session.listening();
        if listening.is_empty() {
            return Ok(());
        }
        let live = self.live(session)?;
        let carried = self.carried(session, &live).await?.unwrap_or_default();
        let posts = listening.iter().map(|opened| {
            let (message, headers) = (message.clone(), carried.headers(opened));
            async move { opened.link.post(message, &headers).await }
        });
        for posted in join_all(posts).await {
            posted?;
        }
        Ok(())
    }

    /// Answers a list from what the deploy probe saw; `None` when it is the connector's to answer: the user has an
    /// instance, or it is no list.
    pub(crate) fn remembered(
        &self,
        session: &Session,
        request: &Message,
    ) -> Result<Option<Message>, CallError> {
        if !remembered::is_list(request) {
            return Ok(None);
        }
        let live = self.live(session)?;
        let current = session
            .open_link()
            .is_some_and(|opened| opened.key.release == live.release);
        if current {
            return Ok(None);
        }
        let list = remembered::list(&live.probe, request);
        Ok(match self.rules(session, request) {
            Some(rules) => list.map(|list| offered::without_hidden(&rules, &list)),
            None => list,
        })
    }

    /// The release that serves the session's connector now.
    pub(crate) fn live(&self, session: &Session) -> Result<Arc<Live>, CallError> {
        self.releases
            .live(&session.name)
            .filter(|live| live.connector == session.connector)
            .ok_or_else(|| CallError::NoConnector(session.name.to_string()))
    }

    /// Whether the session's connector is still there: a session does not pass to another one of its name.
    pub(crate) fn serves(&self, session: &Session) -> bool {
        self.live(session).is_ok()
    }

    /// The user's token, or that none is needed; `None` when the user has to authorize.
    async fn token(&self, session: &Session) -> Result<Option<Option<Arc<Token>>>, CallError> {
        Ok(
            match self
                .oauth
                .token_for(&session.caller.user, &session.connector)
                .await?
            {
                Access::NotConfigured => Some(None),
                Access::Token(token) => Some(Some(token)),
                Access::ConsentNeeded => None,
            },
        )
    }

    /// The session's way to the instance that serves it now, and the token that goes along; opened where there is
    /// none, or where a release, the environment or the token has changed. `None` when the user has to authorize.
    async fn opened(&self, session: &Session) -> Result<Option<Way>, CallError> {
        let live = self.live(session)?;
        let Some(carried) = self.carried(session, &live).await? else {
            return Ok(None);
        };
        let key = session.key(&live, &carried);
        if let Some(opened) = session.opened_with(&key, &carried) {
            return Ok(Some((opened, carried)));
        }
        let opening = session.opening.lock().await;
        // While another release takes this one's port over, wait; then it may be that one that serves.
        let handover = live.handover.read().await;
        // Whoever waited looks again: the release and the token may be others by now.
        let live = self.live(session)?;
        let Some(carried) = self.carried(session, &live).await? else {
            return Ok(None);
        };
        let key = session.key(&live, &carried);
        if let Some(opened) = session.opened_with(&key, &carried) {
            return Ok(Some((opened, carried)));
        }
        if let Some(token) = &carried.token {
            fits(token, &live.spec.transport)?;
        }
        let files = carried.token.as_ref().map(|token| TokenFiles {
            version: token.version,
            files: token.files.clone(),
        });
        let launch = |live: &Live| Launch {
            tokens: files.clone().unwrap_or_default(),
            ..live.launch(&carried.variables(), session.client.clone())
        };
        let instance = match self.runtime.running(&key) {
            Some(instance) => instance,
            None => self.start(&live, &key, launch).await?,
        };
        let values = carried.value_headers(&live);
        let link = instance.open(&session.client, &carried.beside(&values)).await;
        let link = self.accepted(session, carried.token.as_deref(), link).await?;
        let opened = session.open(key, link, instance, (carried.own.generation, values));
        drop((handover, opening));
        if let Some(level) = session.log_level() {
            tell_level(&opened, level, &carried.headers(&opened)).await;
        }
        listening::attach(session, &opened, &carried.headers(&opened));
        listening::resume(session, &opened, &carried.headers(&opened)).await;
        Ok(Some((opened, carried)))
    }

    async fn start(
        &self,
        live: &Arc<Live>,
        key: &InstanceKey,
        launch: impl Fn(&Live) -> Launch,
    ) -> Result<Arc<Instance>, CallError> {
        let mut started = self.runtime.ensure(key, || launch(live)).await;
        // Whoever tidies up the engine takes the images of connectors that are idle along.
        if let Err(error) = &started
            && error.cause.is_image_gone()
            && let Some(live) = self.releases.put_image_back(live).await
        {
            started = self.runtime.ensure(key, || launch(&live)).await;
        }
        let audience = match key.share {
            Share::User { .. } => Audience::Caller,
            Share::Shared { .. } => Audience::LogReaders,
        };
        started.map_err(|error| CallError::Start(error, audience))
    }
}

/// An open link and what its calls carry.
type Way = (Arc<session::Opened>, Carried);

/// Tells a new instance which log level the client chose. The call that needed the instance does not depend on it.
async fn tell_level(opened: &session::Opened, level: Message, headers: &HeaderMap) {
    let told = async { opened.link.call(level, headers).await?.response().await };
    match tokio::time::timeout(LEVEL_PATIENCE, told).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a log level was not taken"
            );
        }
        Err(_) => tracing::debug!("a log level was not answered"),
    }
}

/// A header can't reach a process that reads standard input, nor the environment of a shared process hold each
/// user's token: rather say so than call without the token.
fn fits(token: &Token, transport: &Transport) -> Result<(), CallError> {
    let misfit = match transport {
        Transport::Stdio if !token.by_process => {
            "it speaks stdio and sees no headers; an admin maps the token with berth oauth set NAME --env 'ACCESS_TOKEN={access_token}', or --file"
        }
        Transport::Http { .. } if !token.by_header => {
            "it speaks http and one process serves every user; an admin maps the token with berth oauth set NAME --header 'Authorization: Bearer {access_token}'"
        }
        Transport::Stdio | Transport::Http { .. } => return Ok(()),
    };
    Err(CallError::Misfit(misfit))
}
