//! A connector that speaks Streamable HTTP (MCP 2025-03-26 and later).
//!
//! Each [`Session`] is an upstream session of its own, so ids pass as they are and bodies are relayed unread. The
//! token of the user travels as a header of each request.

use std::{sync::Arc, time::Duration};

use ::http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{ACCEPT, CONTENT_TYPE, HeaderName},
};
use arc_swap::ArcSwap;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use serde_json::value::RawValue;
use tokio_util::task::TaskTracker;

use super::{
    ConnectorError, Hidden, Life, Reply,
    life::Call,
    reply::{BodyKind, ReplyBody, initialized, no_response, unavailable},
};
use crate::mcp::{self, ClientSide, Message};

const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// How long opening a session may take, and ending one.
const OPEN_DEADLINE: Duration = Duration::from_secs(30);
const END_DEADLINE: Duration = Duration::from_secs(5);

/// Unused connections are closed by berth after this, before Node and uvicorn do it after 5 s: a request that
/// meets a connection being closed by the other side would be lost.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// How much of an answer that is not a success is read.
const ERROR_BODY: usize = 64 * 1024;

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
}

/// One upstream session. Dropping it ends that session at the connector, once no call of it is in flight.
#[derive(Debug)]
pub(crate) struct Session(Arc<Shared>);

/// What the session and its calls share: a connector cuts off the answers of a session that is ended, so it lasts
/// as long as any of them.
#[derive(Debug)]
struct Shared {
    upstream: Arc<Upstream>,
    client: ClientSide,
    agreed: ArcSwap<Agreed>,
    /// Held while a lost session is opened anew, so that calls which all lost it open one, not one each.
    reopening: tokio::sync::Mutex<()>,
}

/// What `initialize` settled.
#[derive(Debug)]
struct Agreed {
    id: Option<HeaderValue>,
    version: HeaderValue,
    /// The session was lost and could not be opened again.
    lost: bool,
    /// What was delivered when it was opened; ending it takes the same.
    headers: HeaderMap,
    result: Arc<RawValue>,
}

/// A call in flight: dropping this before the answer has arrived cancels it at the connector.
#[derive(Debug)]
pub(super) struct Flight {
    session: Arc<Shared>,
    request: Message,
    headers: HeaderMap,
    arrived: bool,
    _call: Call,
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
        }))
    }

    /// Opens an upstream session that speaks for `client`: `initialize`, then `notifications/initialized`.
    pub(crate) async fn open(
        &self,
        client: &ClientSide,
        headers: &HeaderMap,
    ) -> Result<Session, ConnectorError> {
        let agreed = self.0.initialize(client, headers).await?;
        Ok(Session(Arc::new(Shared {
            upstream: Arc::clone(&self.0),
            client: client.clone(),
            agreed: ArcSwap::from_pointee(agreed),
            reopening: tokio::sync::Mutex::new(()),
        })))
    }
}

impl Session {
    pub(super) async fn call(&self, request: Message, headers: &HeaderMap) -> Result<Reply, ConnectorError> {
        let call = self.0.upstream.life.begin()?;
        let mut flight = Box::new(Flight {
            session: Arc::clone(&self.0),
            request,
            headers: headers.clone(),
            arrived: false,
            _call: call,
        });
        let answer = self.0.answer(&flight.request, headers).await;
        let (kind, body) = match answer {
            Ok(Answer::Body(kind, body)) => (kind, body),
            Ok(Answer::Error(message)) => {
                flight.arrived();
                return Ok(Reply::Body {
                    kind: BodyKind::Json,
                    body: ReplyBody::whole(&message),
                });
            }
            Err(error) => {
                // After a time-out the connector is still at it, and dropping the flight tells it to stop.
                flight.arrived = !matches!(error, ConnectorError::Timeout(_));
                return Err(error);
            }
        };
        let body = ReplyBody::upstream(kind, body, flight);
        Ok(Reply::Body { kind, body })
    }

    pub(super) async fn post(&self, message: &Message, headers: &HeaderMap) -> Result<(), ConnectorError> {
        let agreed = self.0.agreed.load();
        let upstream = &self.0.upstream;
        let response = upstream
            .post(message.bytes().clone(), Some(&agreed), headers)
            .await?;
        let status = response.status();
        drop(agreed);
        match status {
            _ if status.is_success() => Ok(()),
            // What the message was about went with the session.
            StatusCode::NOT_FOUND => Ok(()),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(ConnectorError::Unauthorized(status.as_u16()))
            }
            _ => Err(unexpected(status)),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.upstream.life.is_open() && !self.0.agreed.load().lost
    }

    /// Whether calls are in flight, or are being cancelled.
    pub(super) fn is_busy(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// The `initialize` result, as the connector wrote it.
    pub(crate) fn initialize_result(&self) -> Arc<RawValue> {
        Arc::clone(&self.0.agreed.load().result)
    }
}

/// Whether nobody listens at the address, as opposed to somebody who is slow to accept.
fn is_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
}

enum Answer {
    Body(BodyKind, Incoming),
    /// An error that came with a failure status, made to answer the request.
    Error(Message),
}

impl Shared {
    async fn answer(&self, request: &Message, headers: &HeaderMap) -> Result<Answer, ConnectorError> {
        let agreed = self.agreed.load_full();
        let sent = self
            .upstream
            .post(request.bytes().clone(), Some(&agreed), headers);
        let mut response = in_time(self.upstream.first_byte, sent).await?;
        if response.status() == StatusCode::NOT_FOUND && agreed.id.is_some() {
            let agreed = self.reopen(&agreed, headers).await?;
            let sent = self
                .upstream
                .post(request.bytes().clone(), Some(&agreed), headers);
            response = in_time(self.upstream.first_byte, sent).await?;
        }
        let status = response.status();
        if status.is_success() {
            return match body_kind(&response) {
                Some(kind) => Ok(Answer::Body(kind, response.into_body())),
                None => Err(ConnectorError::Protocol(format!(
                    "it answered a request with status {} and neither JSON nor an event stream",
                    status.as_u16()
                ))),
            };
        }
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(ConnectorError::Unauthorized(status.as_u16()));
        }
        let body = Limited::new(response.into_body(), ERROR_BODY).collect().await;
        let message = body.ok().and_then(|body| Message::parse(body.to_bytes()).ok());
        match message
            .as_ref()
            .and_then(|message| Some((message, message.outcome()?)))
        {
            Some((message, error)) if message.kind() == mcp::Kind::Error => {
                let id = request.id().unwrap_or("null");
                let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#);
                let message = Message::parse(text.into()).map_err(|_| unexpected(status))?;
                Ok(Answer::Error(message))
            }
            _ => Err(unexpected(status)),
        }
    }

    /// Opens the session anew, unless another call has done so since `old` was in use.
    async fn reopen(&self, old: &Arc<Agreed>, headers: &HeaderMap) -> Result<Arc<Agreed>, ConnectorError> {
        let _one_at_a_time = self.reopening.lock().await;
        let current = self.agreed.load_full();
        if !Arc::ptr_eq(&current, old) {
            return Ok(current);
        }
        match self.upstream.initialize(&self.client, headers).await {
            Ok(agreed) => {
                let agreed = Arc::new(agreed);
                self.agreed.store(Arc::clone(&agreed));
                Ok(agreed)
            }
            Err(error) => {
                self.agreed.store(Arc::new(Agreed {
                    id: None,
                    version: old.version.clone(),
                    lost: true,
                    headers: HeaderMap::new(),
                    result: Arc::clone(&old.result),
                }));
                Err(error)
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let agreed = self.agreed.load_full();
        if agreed.id.is_none() || self.upstream.life.gone().is_some() {
            return;
        }
        let upstream = Arc::clone(&self.upstream);
        self.upstream.tasks.spawn(async move {
            let request = upstream.request(Method::DELETE, Bytes::new(), Some(&agreed), &agreed.headers);
            // A connector may refuse this (405): its sessions end by themselves, then.
            _ = tokio::time::timeout(END_DEADLINE, upstream.client.request(request)).await;
        });
    }
}

impl Upstream {
    async fn initialize(&self, client: &ClientSide, headers: &HeaderMap) -> Result<Agreed, ConnectorError> {
        let opening = async {
            let request = mcp::request("\"berth-initialize\"", "initialize", &client.initialize_params());
            let response = self.post(request.bytes().clone(), None, headers).await?;
            let status = response.status();
            if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                return Err(ConnectorError::Unauthorized(status.as_u16()));
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
            let agreed = Agreed {
                id,
                version,
                lost: false,
                headers: headers.clone(),
                result,
            };
            let note = mcp::notification("notifications/initialized", &serde_json::Map::new());
            self.post(note.bytes().clone(), Some(&agreed), headers).await?;
            Ok(agreed)
        };
        // Boxed: this is the rare path, and must not make the future of every call larger.
        in_time(Some(OPEN_DEADLINE), Box::pin(opening)).await
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

impl Flight {
    /// The answer is complete, or there will be none: nothing is left to cancel.
    pub(super) fn arrived(&mut self) {
        self.arrived = true;
    }

    /// What to tell the caller when the answer broke off.
    pub(super) fn broken(&self, error: hyper::Error) -> ConnectorError {
        match self.session.upstream.life.gone() {
            Some(gone) => gone.into(),
            None => ConnectorError::Io(error.into()),
        }
    }

    /// The same, as the message that answers the call.
    pub(super) fn broken_answer(&self, error: hyper::Error) -> Message {
        unavailable(&self.request, &self.broken(error))
    }

    /// What answers the call when its event stream ended without the response.
    pub(super) fn unanswered(&self) -> Message {
        let error = match self.session.upstream.life.gone() {
            Some(gone) => gone.into(),
            None => no_response(),
        };
        unavailable(&self.request, &error)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if self.arrived || self.session.upstream.life.gone().is_some() {
            return;
        }
        let Some(id) = self
            .request
            .id()
            .and_then(|id| serde_json::from_str::<&RawValue>(id).ok())
        else {
            return;
        };
        let params = serde_json::json!({ "requestId": id });
        let note = mcp::notification("notifications/cancelled", &params);
        let (session, headers) = (Arc::clone(&self.session), std::mem::take(&mut self.headers));
        let tasks = session.upstream.tasks.clone();
        tasks.spawn(async move {
            let agreed = session.agreed.load_full();
            let sent = session
                .upstream
                .post(note.bytes().clone(), Some(&agreed), &headers);
            _ = tokio::time::timeout(END_DEADLINE, sent).await;
        });
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
