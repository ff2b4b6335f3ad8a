//! Talking MCP to one instance of a connector: over its standard input and output, or over Streamable HTTP.
//!
//! A [`Link`] is one client session's way to one instance. Several links may share a stdio process: their ids are
//! rewritten on the way in and mapped back on the way out, so that no session can see another's answers. Over HTTP
//! each link has an upstream session of its own, and bytes pass as they are.
//!
//! This module knows nothing of processes: the runtime starts them, hands their pipes or address in here, and
//! records their end in the [`Life`] that both share. Callers branch on [`ConnectorError`].

mod bridge;
mod hidden;
mod http;
mod life;
mod lines;
mod listening;
mod reply;
mod sse;
mod stdio;

use std::sync::Arc;

use ::http::HeaderMap;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use self::bridge::Bridge;
use crate::mcp::Message;

pub(crate) use hidden::Hidden;
pub(crate) use http::Http;
pub(crate) use life::{Gone, Idleness, Life};
pub(crate) use lines::{Lines, Overlong};
pub(crate) use listening::Listening;
pub(crate) use reply::{BodyKind, Incoming, Messages, Reply};
pub(crate) use sse::read_events;
pub(crate) use stdio::Stdio;

/// The longest single message that is taken from a connector, in bytes.
pub(crate) const LONGEST_MESSAGE: usize = 64 * 1024 * 1024;

/// One client session's way to one instance. Dropping it ends the upstream session, if it has one, as soon as no call
/// of it is in flight any more.
#[derive(Debug, Clone)]
pub(crate) enum Link {
    Stdio(Arc<stdio::Session>),
    Http(http::Session),
}

impl Link {
    /// Sends a request. `headers` are what is delivered to an http connector with this call: the user's token.
    /// A request of a client with a session is made one of the connector's revision.
    pub(crate) async fn call(&self, request: Message, headers: &HeaderMap) -> Result<Reply, ConnectorError> {
        match self.bridge() {
            Some(bridge) => bridge.call(self, request, headers).await,
            None => self.send(request, headers).await,
        }
    }

    /// Whether the connector speaks the revision without sessions alone.
    pub(crate) fn is_modern(&self) -> bool {
        self.bridge().is_some()
    }

    fn bridge(&self) -> Option<&Arc<Bridge>> {
        match self {
            Self::Stdio(session) => session.bridge(),
            Self::Http(session) => session.bridge(),
        }
    }

    /// A request that stays open, as it is; it keeps the instance from nothing.
    async fn follow(&self, request: Message, headers: &HeaderMap) -> Result<Reply, ConnectorError> {
        match self {
            Self::Stdio(session) => session.follow(&request).await,
            Self::Http(session) => session.follow(request, headers).await,
        }
    }

    /// The request as it is.
    async fn send(&self, request: Message, headers: &HeaderMap) -> Result<Reply, ConnectorError> {
        match self {
            Self::Stdio(session) => session.call(&request).await,
            Self::Http(session) => session.call(request, headers).await,
        }
    }

    /// Sends a notification, or the client's response to a request of the connector.
    pub(crate) async fn post(&self, message: Message, headers: &HeaderMap) -> Result<(), ConnectorError> {
        // The instance was initialised when the link's upstream session was opened; it must not hear it twice.
        if message.method() == Some("notifications/initialized") {
            return Ok(());
        }
        if let Some(bridge) = self.bridge() {
            bridge.take(&message);
            return Ok(());
        }
        match self {
            Self::Stdio(session) => session.post(&message).await,
            Self::Http(session) => session.post(&message, headers).await,
        }
    }

    /// The rest of an answer that its connector paused after the event `last_event`; `None` where there is none.
    pub(crate) async fn resume(
        &self,
        last_event: &str,
        headers: &HeaderMap,
    ) -> Result<Option<Reply>, ConnectorError> {
        match self {
            Self::Stdio(_) => Ok(None),
            Self::Http(session) => session.resume(last_event, headers).await,
        }
    }

    /// Sends on what the connector says outside of calls, until the answer is dropped. `headers` as for a call.
    pub(crate) fn listen(&self, headers: &HeaderMap, to: mpsc::Sender<Message>) -> Listening {
        if let Some(bridge) = self.bridge() {
            let tasks = match self {
                Self::Stdio(session) => session.tasks(),
                Self::Http(session) => session.tasks(),
            };
            let listening = bridge::listen(Arc::clone(bridge), self.clone(), headers.clone(), to);
            return Listening::task(AbortOnDropHandle::new(tasks.spawn(listening)));
        }
        match self {
            Self::Stdio(session) => Listening::stdio(session.listen(to)),
            Self::Http(session) => Listening::task(session.listen(headers.clone(), to)),
        }
    }

    /// False when the instance is gone or on its way out, or the upstream session is lost: open another link then.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::Stdio(session) => session.is_open(),
            Self::Http(session) => session.is_open(),
        }
    }

    /// Whether calls that it made are in flight. A link that is not open any more still posts what belongs to them:
    /// the answer to a request of the connector, a cancellation.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Self::Stdio(session) => session.is_busy(),
            Self::Http(session) => session.is_busy(),
        }
    }
}

/// Why a connector did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectorError {
    /// The process ended. Whether a call that was in flight had its effect is unknown.
    #[error("the connector {status}")]
    Gone { status: String, stderr: Vec<String> },
    /// The instance has ended or is about to; nothing was sent, so the call may safely go to another one.
    #[error("the connector's instance has stopped")]
    Stopped,
    /// Nothing was sent, either.
    #[error("the connector does not accept connections")]
    Refused(#[source] Cause),
    /// An http connector answered 401 or 403: it does not accept what it was given.
    #[error(
        "the connector answered with status {status}: it did not accept the credentials that it was given"
    )]
    Unauthorized {
        status: u16,
        /// Its `WWW-Authenticate` headers.
        challenges: Vec<String>,
    },
    #[error("the connector sent a message larger than {} MiB", LONGEST_MESSAGE >> 20)]
    TooLarge,
    /// It answered with something that is not MCP; the text says what, to be read after a colon.
    #[error("the connector does not speak MCP as it should: {0}")]
    Protocol(String),
    #[error("the connector did not answer within {} s", .0.as_secs_f32())]
    Timeout(std::time::Duration),
    #[error("the connection to the connector broke")]
    Io(#[source] Cause),
}

/// What lies behind a [`ConnectorError`].
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;
