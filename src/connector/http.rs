//! A connector that speaks Streamable HTTP (MCP 2025-03-26 and later).
//!
//! Each [`Session`] is an upstream session of its own, so ids pass as they are and bodies are relayed unread. The
//! token of the user travels as a header of each request.

mod document;
mod session;
mod stream;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{ACCEPT, CONTENT_TYPE, HeaderName},
};
use arc_swap::ArcSwap;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use serde_json::value::RawValue;
use tokio_util::task::TaskTracker;

use super::{
    ConnectorError, Hidden, Life, Reply,
    reply::{BodyKind, ReplyBody, initialized},
};
use crate::mcp::{self, ClientSide, Message, edit, mirrored::Mirrored};
use session::Agreed;

pub(crate) use session::{Flight, Session};

const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// How long opening a session may take, and ending one.
const OPEN_DEADLINE: Duration = Duration::from_secs(30);
const END_DEADLINE: Duration = Duration::from_secs(5);

/// How many pages of tools are looked through.
const PAGES: usize = 100;

/// Unused connections are closed by berth after this, before Node and uvicorn do it after 5 s: a request that
/// meets a connection being closed by the other side would be lost.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// One instance, reached at an address.
#[derive(Debug, Clone)]
pub(crate) struct Http(Arc<Upstream>);

#[derive(Debug)]
struct Upstream {
    client: Client<HttpConnector, Full<Bytes>>,
    uri: Uri,
    life: Arc<Life>,
    hidden: Arc<Hidden>,
    tasks: TaskTracker,
    first_byte: Option<Duration>,
    /// It is known to know no sessions.
    modern: AtomicBool,
    /// Which arguments it wants in headers too.
    mirrored: ArcSwap<Mirrored>,
}

impl Http {
    /// `hidden` is told what calls deliver. `first_byte`: how long a call may take to begin its answer; `None` for as
    /// long as it likes.
    pub(crate) fn new(
        uri: Uri,
        life: Arc<Life>,
        hidden: Arc<Hidden>,
        tasks: TaskTracker,
        first_byte: Option<Duration>,
    ) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(5)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .build(connector);
        Self(Arc::new(Upstream {
            client,
            uri,
            life,
            hidden,
            tasks,
            first_byte,
            modern: AtomicBool::new(false),
            mirrored: ArcSwap::default(),
        }))
    }

    /// Whether it answers a `ping` within `patience`, with whatever status: one that knows no `ping` outside of a session
    /// is alive all the same. Where nobody listens any more, its [`Life`] learns of it.
    pub(crate) async fn ping(&self, patience: Duration) -> bool {
        let request = mcp::request("\"berth-ping\"", "ping", &serde_json::Map::new());
        let nothing = HeaderMap::new();
        let answer = self.0.post(request.bytes().clone(), None, &nothing);
        matches!(tokio::time::timeout(patience, answer).await, Ok(Ok(_)))
    }
}

/// Whether nobody listens at the address, as opposed to somebody who is slow to accept.
fn is_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
}

impl Upstream {
    async fn initialize(
        self: &Arc<Self>,
        client: &ClientSide,
        headers: &HeaderMap,
    ) -> Result<Agreed, ConnectorError> {
        let opening = async {
            let request = mcp::request("\"berth-initialize\"", "initialize", &client.initialize_params());
            let response = self.post(request.bytes().clone(), None, headers).await?;
            let status = response.status();
            if session::is_refusal_of_token(status) {
                return Err(session::refusal(&response));
            }
            let kind = body_kind(&response).filter(|_| status.is_success());
            let kind = kind.ok_or_else(|| {
                ConnectorError::Protocol(format!("it answered initialize with status {}", status.as_u16()))
            })?;
            let id = response.headers().get(SESSION_ID).cloned();
            let answer = Reply::Body {
                kind,
                body: ReplyBody::uncancelled(kind, response.into_body()),
            };
            let (result, version) = initialized(&answer.response().await?)?;
            let version = HeaderValue::from_str(&version)
                .map_err(|_| ConnectorError::Protocol("its protocol version is not a header value".into()))?;
            let agreed = Agreed::new(self, id, version, headers, result);
            let note = mcp::notification("notifications/initialized", &serde_json::Map::new());
            self.post(note.bytes().clone(), Some(&agreed), headers).await?;
            Ok(agreed)
        };
        let opening = async {
            if self.modern.load(Ordering::Relaxed)
                && let Some(agreed) = self.discover(client, headers).await
            {
                return Ok(agreed);
            }
            match opening.await {
                // It may speak the revision that has no handshake.
                Err(error @ ConnectorError::Protocol(_)) => {
                    let found = self.discover(client, headers).await;
                    self.modern.store(found.is_some(), Ordering::Relaxed);
                    found.ok_or(error)
                }
                opened => opened,
            }
        };
        // Boxed: this is the rare path, and must not make the future of every call larger.
        in_time(Some(OPEN_DEADLINE), Box::pin(opening)).await
    }

    /// Asks a connector that knows no handshake what it is.
    async fn discover(self: &Arc<Self>, client: &ClientSide, headers: &HeaderMap) -> Option<Agreed> {
        let agreed = Agreed::modern(self, headers);
        let nothing = serde_json::Map::new();
        let answer = self
            .ask(&agreed, client, headers, "server/discover", &nothing)
            .await?;
        let found = mcp::modern::initialize_result(answer.outcome()?)?;
        self.learn(&agreed, client, headers).await;
        agreed.with_result(found)
    }

    /// Asks which arguments stand in headers too. A connector that does not tell wants none.
    async fn learn(&self, agreed: &Agreed, client: &ClientSide, headers: &HeaderMap) {
        let mut found = Mirrored::new();
        let mut params = serde_json::Map::new();
        for _ in 0..PAGES {
            let Some(answer) = self.ask(agreed, client, headers, "tools/list", &params).await else {
                return;
            };
            let result = answer.outcome().unwrap_or_default();
            let tools = edit::member(result, "tools").and_then(|tools| serde_json::from_str(tools).ok());
            let tools: Vec<&RawValue> = tools.unwrap_or_default();
            found.extend(mcp::mirrored::mirrored(tools.iter().map(|tool| tool.get())));
            let next =
                edit::member(result, "nextCursor").and_then(|cursor| serde_json::from_str(cursor).ok());
            match next {
                Some(next @ serde_json::Value::String(_)) => _ = params.insert("cursor".into(), next),
                _ => break,
            }
        }
        self.mirrored.store(Arc::new(found));
    }

    /// One request of berth's own, outside of any session.
    async fn ask(
        &self,
        agreed: &Agreed,
        client: &ClientSide,
        headers: &HeaderMap,
        method: &str,
        params: &serde_json::Map<String, serde_json::Value>,
    ) -> Option<Message> {
        let ask = mcp::request("\"berth-ask\"", method, params);
        let ask = mcp::modern::with_meta(&ask, client, None);
        let all = self.repeated(&ask, headers);
        let response = self.post(ask.bytes().clone(), Some(agreed), &all).await.ok()?;
        let kind = body_kind(&response).filter(|_| response.status().is_success())?;
        let answer = Reply::Body {
            kind,
            body: ReplyBody::uncancelled(kind, response.into_body()),
        };
        answer.response().await.ok()
    }

    /// `headers`, and those that repeat what the request says.
    fn repeated(&self, request: &Message, headers: &HeaderMap) -> HeaderMap {
        let mut all = headers.clone();
        let mut add = |name: &str, value: String| {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                all.insert(name, value);
            }
        };
        for (name, value) in mcp::modern::headers(request) {
            add(name, value);
        }
        let mirrored = self.mirrored.load();
        if request.method() == Some("tools/call") && !mirrored.is_empty() {
            let params: serde_json::Value = request.params_as().unwrap_or_default();
            let name = params["name"].as_str().unwrap_or_default();
            for parameter in mirrored.get(name).into_iter().flatten() {
                let value = parameter
                    .value(params.get("arguments"))
                    .and_then(mcp::mirrored::text);
                if let Some(value) = value {
                    add(&parameter.header, mcp::modern::encoded(&value));
                }
            }
        }
        all
    }

    async fn post(
        &self,
        body: Bytes,
        agreed: Option<&Agreed>,
        headers: &HeaderMap,
    ) -> Result<Response<Incoming>, ConnectorError> {
        self.hidden.deliver(headers);
        let request = self.request(Method::POST, body, agreed, headers);
        match self.client.request(request).await {
            Ok(response) => Ok(response),
            // Nothing was sent, so this call may go to another instance.
            Err(error) if error.is_connect() => {
                // Without this its next caller would be sent there too, for as long as the process lives.
                if is_refusal(&error) {
                    self.life.go_deaf();
                }
                Err(ConnectorError::Refused(error.into()))
            }
            Err(error) => Err(match self.life.gone_soon().await {
                Some(gone) => gone.into(),
                None => ConnectorError::Io(error.into()),
            }),
        }
    }

    fn request(
        &self,
        method: Method,
        body: Bytes,
        agreed: Option<&Agreed>,
        headers: &HeaderMap,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.uri.clone();
        let own = request.headers_mut();
        own.reserve(headers.len() + 5);
        own.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        own.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, text/event-stream"),
        );
        if let Some(agreed) = agreed {
            own.insert(PROTOCOL_VERSION, agreed.version.clone());
            if let Some(id) = &agreed.id {
                own.insert(SESSION_ID, id.clone());
            }
        }
        for (name, value) in headers {
            own.append(name, value.clone());
        }
        request
    }
}

async fn in_time<T>(
    deadline: Option<Duration>,
    work: impl Future<Output = Result<T, ConnectorError>>,
) -> Result<T, ConnectorError> {
    match deadline {
        None => work.await,
        Some(deadline) => tokio::time::timeout(deadline, work)
            .await
            .unwrap_or(Err(ConnectorError::Timeout(deadline))),
    }
}

fn body_kind(response: &Response<Incoming>) -> Option<BodyKind> {
    let value = response.headers().get(CONTENT_TYPE)?.as_bytes();
    let essence = value.split(|byte| *byte == b';').next()?.trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/json") {
        Some(BodyKind::Json)
    } else if essence.eq_ignore_ascii_case(b"text/event-stream") {
        Some(BodyKind::EventStream)
    } else {
        None
    }
}

fn unexpected(status: StatusCode) -> ConnectorError {
    ConnectorError::Protocol(format!("it answered with status {}", status.as_u16()))
}
