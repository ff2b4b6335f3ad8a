//! One running connector.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::HeaderMap;
use serde_json::value::RawValue;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    InstanceKey, StartCause, StartError,
    body::{Body, StopGrace},
    pool::PlaceId,
    start::Door,
    tokens::TokenFolder,
};
use crate::{
    connector::{ConnectorError, Http, Life, Link, Stdio},
    mcp::ClientSide,
    model::{ConnectorId, EnvName, Millis},
    secret::Secret,
};

/// A connector that is ready for calls.
pub(crate) struct Instance {
    key: InstanceKey,
    connector: ConnectorId,
    /// Its name in logs.
    label: String,
    life: Arc<Life>,
    body: Arc<Body>,
    way: Way,
    /// The user's token, where it is in files.
    tokens: Option<Arc<TokenFolder>>,
    terms: Terms,
    /// Set when it ends because berth wants it to.
    stopped: AtomicBool,
}

/// On what terms it has its place.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) place: PlaceId,
    /// How long it is kept that nobody uses it.
    pub(super) kept: Duration,
    pub(super) number: i64,
    pub(super) started_at: Millis,
    /// Set when it has to leave its home.
    pub(super) evicted: CancellationToken,
}

/// How it is spoken to.
pub(super) enum Way {
    Stdio {
        stdio: Stdio,
        /// What it answered to `initialize`.
        initialized: Arc<RawValue>,
        /// The first line that it wrote instead of a message, once there is one.
        junk: watch::Receiver<Option<String>>,
    },
    Http {
        http: Http,
        address: SocketAddr,
        door: Door,
    },
}

impl Instance {
    pub(super) fn new(
        key: InstanceKey,
        connector: ConnectorId,
        label: String,
        life: Arc<Life>,
        body: Arc<Body>,
        way: Way,
        terms: Terms,
    ) -> Self {
        Self {
            key,
            connector,
            label,
            life,
            body,
            way,
            tokens: None,
            terms,
            stopped: AtomicBool::new(false),
        }
    }

    /// The same, with the folder that its tokens are in.
    pub(super) fn with_tokens(self, tokens: Option<Arc<TokenFolder>>) -> Self {
        Self { tokens, ..self }
    }

    /// Opens one client session's way in. At once for stdio; for http, an upstream session is initialised for
    /// `client`, with `headers` delivered.
    pub(crate) async fn open(
        self: &Arc<Self>,
        client: &ClientSide,
        headers: &HeaderMap,
    ) -> Result<Link, ConnectorError> {
        match &self.way {
            Way::Stdio { stdio, .. } => Ok(Link::Stdio(Arc::new(stdio.session()))),
            Way::Http { http, .. } => {
                // Counts as a use, so that it is not stopped under a session that is being opened.
                let _call = self.life.begin()?;
                http.open(client, headers).await.map(Link::Http)
            }
        }
    }

    /// What an http connector has at `path` for anybody; `None` for stdio.
    pub(crate) async fn document(&self, path: &str) -> Option<Result<http::Response<Bytes>, ConnectorError>> {
        let http = self.http()?;
        Some(match self.life.begin() {
            Ok(_call) => http.document(path).await,
            Err(error) => Err(error),
        })
    }

    /// Sees to it that a call which is sent after this finds the token of `version`, or a later one, in the files of a
    /// process that was started with token files. Costs one look where it does.
    pub(crate) async fn deliver(&self, version: i64, files: &[(EnvName, Secret<String>)]) -> io::Result<()> {
        match &self.tokens {
            Some(folder) => folder.deliver(version, files).await,
            None => Ok(()),
        }
    }

    /// Removes its token files: it has ended.
    pub(super) fn forget_tokens(&self) {
        if let Some(folder) = &self.tokens {
            folder.close();
        }
    }

    /// What a stdio connector answered to `initialize`.
    pub(crate) fn initialize_result(&self) -> Option<Arc<RawValue>> {
        match &self.way {
            Way::Stdio { initialized, .. } => Some(Arc::clone(initialized)),
            Way::Http { .. } => None,
        }
    }

    /// The first line that a stdio connector wrote to its standard output and that is no message.
    pub(crate) fn junk(&self) -> Option<String> {
        match &self.way {
            Way::Stdio { junk, .. } => junk.borrow().clone(),
            Way::Http { .. } => None,
        }
    }

    /// Whether calls can go to it: it runs, and nothing is about to stop it.
    pub(crate) fn is_alive(&self) -> bool {
        self.life.is_open()
    }

    pub(super) fn key(&self) -> &InstanceKey {
        &self.key
    }

    pub(super) fn connector(&self) -> &ConnectorId {
        &self.connector
    }

    pub(super) fn life(&self) -> &Life {
        &self.life
    }

    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// The number of its release.
    pub(super) fn number(&self) -> i64 {
        self.terms.number
    }

    pub(super) fn started_at(&self) -> Millis {
        self.terms.started_at
    }

    /// The process that all of its others descend from, where it is one of this machine.
    pub(super) fn leader(&self) -> Option<i32> {
        self.body.leader()
    }

    pub(super) fn place(&self) -> PlaceId {
        self.terms.place
    }

    /// How long it is kept that nobody uses it.
    pub(super) fn kept(&self) -> Duration {
        self.terms.kept
    }

    /// Its last lines on standard error.
    pub(super) fn said(&self) -> Vec<String> {
        self.body.scribe.tail()
    }

    /// `cause`, with what it said.
    pub(super) fn failed(&self, cause: StartCause) -> StartError {
        let cause = match cause {
            StartCause::Protocol(text) => StartCause::Protocol(self.body.scribe.excerpt(text.as_bytes())),
            cause => cause,
        };
        StartError {
            cause,
            stderr: self.said(),
        }
    }

    /// Where an http connector accepted a connection.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        match &self.way {
            Way::Stdio { .. } => None,
            Way::Http { address, .. } => Some(*address),
        }
    }

    /// All addresses at which an http connector listens in the network of its own container, as far as the broker may
    /// look; empty where it has none.
    pub(crate) fn listening_at(&self) -> Vec<SocketAddr> {
        match &self.way {
            Way::Http {
                door: Door::Container(door),
                ..
            } => door.listening_at(),
            _ => Vec::new(),
        }
    }

    pub(super) fn http(&self) -> Option<&Http> {
        match &self.way {
            Way::Stdio { .. } => None,
            Way::Http { http, .. } => Some(http),
        }
    }

    pub(super) fn is_http(&self) -> bool {
        matches!(self.way, Way::Http { .. })
    }

    pub(super) fn was_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Whether it ended for what it kept in its home.
    pub(super) fn was_evicted(&self) -> bool {
        self.terms.evicted.is_cancelled()
    }

    /// Ends it; returns when it is gone.
    pub(super) async fn stop(&self, grace: StopGrace) {
        self.stopped.store(true, Ordering::Relaxed);
        self.life.close();
        let has_input = match &self.way {
            Way::Stdio { stdio, .. } => {
                stdio.close_input();
                true
            }
            Way::Http { .. } => false,
        };
        self.body.stop(grace, has_input).await;
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({})", self.label)
    }
}
