//! One upstream session and its calls.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header::WWW_AUTHENTICATE};
use arc_swap::ArcSwap;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming};
use serde_json::value::RawValue;
use tokio_util::task::TaskTracker;

use super::{END_DEADLINE, Http, Upstream, body_kind, in_time, stream, unexpected};
use crate::{
    connector::{
        ConnectorError, LONGEST_MESSAGE, Reply,
        bridge::Bridge,
        life::Call,
        reply::{BodyKind, ReplyBody, no_response, unavailable},
    },
    mcp::{self, ClientSide, Message},
};

/// How much of an answer that is not a success is read.
const ERROR_BODY: usize = 64 * 1024;

/// One upstream session. Dropping it ends that session at the connector, once no call of it is in flight.
#[derive(Debug, Clone)]
pub(crate) struct Session(Arc<Shared>);

/// What the session and its calls share.
#[derive(Debug)]
struct Shared {
    upstream: Arc<Upstream>,
    client: ClientSide,
    agreed: ArcSwap<Agreed>,
    /// Held while the session is opened anew, so that calls which all need that open one, not one each.
    reopening: tokio::sync::Mutex<()>,
    /// Where the connector knows no sessions.
    bridge: Option<Arc<Bridge>>,
}

/// What `initialize` settled. Dropping this ends the session at the connector, which cuts off the answers of a session
/// that is ended: so each call keeps it for as long as it lasts.
#[derive(Debug)]
pub(super) struct Agreed {
    upstream: Arc<Upstream>,
    pub(super) id: Option<HeaderValue>,
    pub(super) version: HeaderValue,
    /// There is no session at all: each request stands for itself.
    is_modern: bool,
    /// The connector does not know it any more.
    lost: AtomicBool,
    /// What was delivered when it was opened; ending it takes the same.
    headers: HeaderMap,
    result: Arc<RawValue>,
}

/// A call in flight: dropping this before the answer has arrived cancels it at the connector.
#[derive(Debug)]
pub(crate) struct Flight {
    session: Arc<Shared>,
    agreed: Arc<Agreed>,
    request: Message,
    headers: HeaderMap,
    arrived: bool,
    _call: Option<Call>,
}

impl Http {
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
            bridge: agreed.is_modern.then(|| Bridge::new(client.clone())),
            agreed: ArcSwap::from_pointee(agreed),
            reopening: tokio::sync::Mutex::new(()),
        })))
    }
}

impl Session {
    pub(in crate::connector) async fn call(
        &self,
        request: Message,
        headers: &HeaderMap,
    ) -> Result<Reply, ConnectorError> {
        let call = self.0.upstream.life.begin()?;
        self.fly(request, headers, Some(call)).await
    }

    /// The same for a request that stays open and keeps the instance from nothing.
    pub(in crate::connector) async fn follow(
        &self,
        request: Message,
        headers: &HeaderMap,
    ) -> Result<Reply, ConnectorError> {
        self.fly(request, headers, None).await
    }

    async fn fly(
        &self,
        request: Message,
        headers: &HeaderMap,
        call: Option<Call>,
    ) -> Result<Reply, ConnectorError> {
        let agreed = self.0.agreed.load_full();
        let is_modern = agreed.is_modern;
        let mut flight = Box::new(Flight {
            session: Arc::clone(&self.0),
            headers: if is_modern {
                self.0.upstream.repeated(&request, headers)
            } else {
                headers.clone()
            },
            agreed,
            request,
            // Without a session, leaving is all that it takes to cancel.
            arrived: is_modern,
            _call: call,
        });
        let (kind, body) = match flight.answer().await {
            Ok(Answer::Body(kind, body)) => (kind, body),
            Ok(Answer::Error(message)) => {
                flight.arrived();
                return Ok(Reply::whole(&message));
            }
            Err(error) => {
                // After a time-out the connector is still at it, and dropping the flight tells it to stop.
                flight.arrived = is_modern || !matches!(error, ConnectorError::Timeout(_));
                return Err(error);
            }
        };
        let mut body = ReplyBody::upstream(kind, body, flight);
        if kind == BodyKind::Json {
            in_time(self.0.upstream.first_byte, body.begin()).await?;
        }
        Ok(Reply::Body { kind, body })
    }

    pub(in crate::connector) async fn post(
        &self,
        message: &Message,
        headers: &HeaderMap,
    ) -> Result<(), ConnectorError> {
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
            status if is_refusal_of_token(status) => Err(refusal(&response)),
            _ => Err(unexpected(status)),
        }
    }

    pub(in crate::connector) fn is_open(&self) -> bool {
        self.0.upstream.life.is_open() && !self.0.agreed.load().lost.load(Ordering::Relaxed)
    }

    pub(super) fn upstream(&self) -> &Arc<Upstream> {
        &self.0.upstream
    }

    /// Gives what is agreed now, for as long as the session is there. Whoever holds this keeps it from nothing.
    pub(super) fn agreements(&self) -> impl Fn() -> Option<Arc<Agreed>> + Send + 'static {
        let shared = Arc::downgrade(&self.0);
        move || Some(shared.upgrade()?.agreed.load_full())
    }

    /// The rest of an answer that paused after the event `last_event`; `None` where the connector has no such thing.
    pub(in crate::connector) async fn resume(
        &self,
        last_event: &str,
        headers: &HeaderMap,
    ) -> Result<Option<Reply>, ConnectorError> {
        let agreed = self.0.agreed.load_full();
        let upstream = &self.0.upstream;
        let rest = stream::rest(upstream, &agreed, headers, last_event);
        let rest = in_time(upstream.first_byte, rest).await?;
        let kind = BodyKind::EventStream;
        Ok(rest.map(|rest| Reply::Body {
            kind,
            body: ReplyBody::uncancelled(kind, rest),
        }))
    }

    /// Whether calls are in flight, or are being cancelled.
    pub(in crate::connector) fn is_busy(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    pub(in crate::connector) fn tasks(&self) -> &TaskTracker {
        &self.0.upstream.tasks
    }

    pub(in crate::connector) fn bridge(&self) -> Option<&Arc<Bridge>> {
        self.0.bridge.as_ref()
    }

    /// The `initialize` result, as the connector wrote it.
    pub(crate) fn initialize_result(&self) -> Arc<RawValue> {
        Arc::clone(&self.0.agreed.load().result)
    }
}

/// Whether the connector does not accept what it was given.
pub(super) fn is_refusal_of_token(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// What the connector says to that.
pub(super) fn refusal<B>(response: &Response<B>) -> ConnectorError {
    let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
    ConnectorError::Unauthorized {
        status: response.status().as_u16(),
        challenges: challenges
            .filter_map(|challenge| challenge.to_str().ok())
            .map(ToOwned::to_owned)
            .collect(),
    }
}

enum Answer {
    Body(BodyKind, Incoming),
    /// An error that came with a failure status, made to answer the request.
    Error(Message),
}

impl Shared {
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
                old.lost.store(true, Ordering::Relaxed);
                Err(error)
            }
        }
    }
}

impl Agreed {
    pub(super) fn new(
        upstream: &Arc<Upstream>,
        id: Option<HeaderValue>,
        version: HeaderValue,
        headers: &HeaderMap,
        result: Arc<RawValue>,
    ) -> Self {
        Self {
            upstream: Arc::clone(upstream),
            id,
            version,
            is_modern: false,
            lost: AtomicBool::new(false),
            headers: headers.clone(),
            result,
        }
    }

    /// With a connector that knows no sessions.
    pub(super) fn modern(upstream: &Arc<Upstream>, headers: &HeaderMap) -> Self {
        let version = HeaderValue::from_static(mcp::MODERN);
        let nothing = Arc::from(Box::<RawValue>::default());
        let mut agreed = Self::new(upstream, None, version, headers, nothing);
        agreed.is_modern = true;
        agreed
    }

    /// The same, with what it said of itself.
    pub(super) fn with_result(mut self, result: String) -> Option<Self> {
        self.result = Arc::from(RawValue::from_string(result).ok()?);
        Some(self)
    }
}

impl Drop for Agreed {
    fn drop(&mut self) {
        let is_lost = self.lost.load(Ordering::Relaxed);
        if self.id.is_none() || is_lost || self.upstream.life.gone().is_some() {
            return;
        }
        let upstream = Arc::clone(&self.upstream);
        let request = upstream.request(Method::DELETE, Bytes::new(), Some(self), &self.headers);
        self.upstream.tasks.spawn(async move {
            // A connector may refuse this (405): its sessions end by themselves, then.
            _ = tokio::time::timeout(END_DEADLINE, upstream.client.request(request)).await;
        });
    }
}

impl Flight {
    async fn answer(&mut self) -> Result<Answer, ConnectorError> {
        let mut response = self.send().await?;
        let has_session = self.agreed.id.is_some();
        // A session that the connector has lost; or one that was opened with an older token, which a connector may go
        // on using that keeps what it saw then.
        let is_lost = response.status() == StatusCode::NOT_FOUND;
        let is_outdated = is_refusal_of_token(response.status()) && self.agreed.headers != self.headers;
        if has_session && (is_lost || is_outdated) {
            let reopened = self.session.reopen(&self.agreed, &self.headers).await?;
            if is_lost {
                self.agreed.lost.store(true, Ordering::Relaxed);
            }
            self.agreed = reopened;
            response = self.send().await?;
        }
        let status = response.status();
        if status.is_success() {
            let is_too_large = response.body().size_hint().lower() > LONGEST_MESSAGE as u64;
            return match body_kind(&response) {
                Some(BodyKind::Json) if is_too_large => Err(ConnectorError::TooLarge),
                Some(kind) => Ok(Answer::Body(kind, response.into_body())),
                None => Err(ConnectorError::Protocol(format!(
                    "it answered a request with status {} and neither JSON nor an event stream",
                    status.as_u16()
                ))),
            };
        }
        if is_refusal_of_token(status) {
            return Err(refusal(&response));
        }
        let body = Limited::new(response.into_body(), ERROR_BODY).collect().await;
        let message = body.ok().and_then(|body| Message::parse(body.to_bytes()).ok());
        match message
            .as_ref()
            .and_then(|message| Some((message, message.outcome()?)))
        {
            Some((message, error)) if message.kind() == mcp::Kind::Error => {
                let id = self.request.id().unwrap_or("null");
                let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#);
                let message = Message::parse(text.into()).map_err(|_| unexpected(status))?;
                Ok(Answer::Error(message))
            }
            _ => Err(unexpected(status)),
        }
    }

    async fn send(&self) -> Result<::http::Response<Incoming>, ConnectorError> {
        let upstream = &self.session.upstream;
        let sent = upstream.post(self.request.bytes().clone(), Some(&self.agreed), &self.headers);
        in_time(upstream.first_byte, sent).await
    }

    /// The answer is complete, or there will be none: nothing is left to cancel.
    pub(in crate::connector) fn arrived(&mut self) {
        self.arrived = true;
    }

    /// What to tell the caller when the answer broke off.
    pub(in crate::connector) async fn broken(&self, error: hyper::Error) -> ConnectorError {
        match self.session.upstream.life.gone_soon().await {
            Some(gone) => gone.into(),
            None => ConnectorError::Io(error.into()),
        }
    }

    /// The same, as the message that answers the call.
    pub(in crate::connector) async fn broken_answer(&self, error: hyper::Error) -> Message {
        unavailable(&self.request, &self.broken(error).await)
    }

    /// What answers a call of which one message is too large.
    pub(in crate::connector) fn too_large(&self) -> Message {
        unavailable(&self.request, &ConnectorError::TooLarge)
    }

    /// Its answer goes on: leaving cancels it again.
    pub(in crate::connector) fn goes_on(&mut self) {
        self.arrived = self.agreed.is_modern;
    }

    /// Asks for the rest of an answer that paused, after a while.
    pub(in crate::connector) async fn rest(
        &self,
        last_event: &str,
        pause: Duration,
    ) -> Result<Incoming, ConnectorError> {
        tokio::time::sleep(pause).await;
        let upstream = &self.session.upstream;
        let rest = stream::rest(upstream, &self.agreed, &self.headers, last_event);
        in_time(upstream.first_byte, rest).await?.ok_or_else(no_response)
    }

    /// What answers the call when its event stream ended without the response.
    pub(in crate::connector) fn unanswered(&self) -> Message {
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
        let agreed = Arc::clone(&self.agreed);
        let tasks = session.upstream.tasks.clone();
        tasks.spawn(async move {
            let sent = session
                .upstream
                .post(note.bytes().clone(), Some(&agreed), &headers);
            _ = tokio::time::timeout(END_DEADLINE, sent).await;
        });
    }
}
