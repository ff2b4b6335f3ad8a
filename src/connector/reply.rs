//! What comes back for a request.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http_body_util::BodyExt;
use hyper::body::{self, Body, Frame, SizeHint};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::{
    ConnectorError, LONGEST_MESSAGE, http,
    sse::{Events, Watch},
    stdio,
};
use crate::mcp::{self, Message};

/// How long to wait before the rest of a paused answer is asked for, where the connector does not say, and at most.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The answer to a call, as it comes. Dropping it before its end cancels the call at the connector.
#[derive(Debug)]
pub(crate) enum Reply {
    /// From a stdio connector: what belongs to the call, then its response.
    Messages(Messages),
    /// From an http connector: the body that it sends, unread.
    Body { kind: BodyKind, body: ReplyBody },
}

/// How an http connector answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// One message, as `application/json`.
    Json,
    /// Messages as `text/event-stream`.
    EventStream,
}

/// The messages of an answer, whichever way it comes: what belongs to the call, then its response.
#[derive(Debug)]
pub(crate) struct Incoming {
    source: Source,
    answered: bool,
}

#[derive(Debug)]
enum Source {
    Messages(Messages),
    Events(ReplyBody, Events),
    Json(ReplyBody),
}

/// Messages of one call. The last is the response.
pub(crate) struct Messages {
    from: Way,
    answered: bool,
}

enum Way {
    Process(
        mpsc::Receiver<Message>,
        #[allow(dead_code, reason = "dropping it cancels the call")] stdio::Flight,
    ),
    Bridge(Pin<Box<dyn Stream<Item = Message> + Send>>),
}

/// The body of an http connector's answer. An event stream that breaks off or ends without the response ends in an
/// error event for the call; JSON that breaks off fails.
#[derive(Debug)]
pub(crate) struct ReplyBody {
    content: Content,
    kind: BodyKind,
    /// For the response in an event stream.
    watch: Watch,
    /// How much JSON has come, in bytes.
    length: usize,
    /// What came already, and was not read yet.
    begun: Option<Bytes>,
}

#[derive(Debug)]
enum Content {
    /// Without a flight where there is nothing to cancel.
    Upstream(body::Incoming, Option<Box<http::Flight>>),
    /// It broke off, and why is being found out.
    Broken(Breaking),
    Whole(Bytes),
    /// It ended before the response, and said how it goes on: whoever reads it may ask for the rest.
    Paused(Box<http::Flight>),
    End,
}

/// The last that there is of an answer.
struct Breaking(Pin<Box<dyn Future<Output = Result<Bytes, ConnectorError>> + Send>>);

impl Reply {
    /// An answer that berth gives in the connector's place.
    pub(super) fn whole(message: &Message) -> Self {
        Self::Body {
            kind: BodyKind::Json,
            body: ReplyBody::whole(message),
        }
    }

    /// Waits for the response and passes over whatever comes before it.
    pub(crate) async fn response(self) -> Result<Message, ConnectorError> {
        let mut incoming = Incoming::from(self);
        while let Some(message) = incoming.next().await {
            let message = message?;
            if message.is_response() {
                return Ok(message);
            }
        }
        Err(no_response())
    }
}

impl From<Reply> for Incoming {
    fn from(reply: Reply) -> Self {
        let source = match reply {
            Reply::Messages(messages) => Source::Messages(messages),
            Reply::Body { kind, body } => match kind {
                BodyKind::Json => Source::Json(body),
                BodyKind::EventStream => Source::Events(body, Events::default()),
            },
        };
        Self {
            source,
            answered: false,
        }
    }
}

impl Incoming {
    /// The next message; `None` after the response. Fails once, where there will be no response.
    pub(crate) async fn next(&mut self) -> Option<Result<Message, ConnectorError>> {
        if self.answered {
            return None;
        }
        let message = match &mut self.source {
            Source::Messages(messages) => messages.next().await.ok_or(ConnectorError::Stopped),
            Source::Events(body, events) => next_event(body, events).await,
            Source::Json(body) => response_in_json(body).await,
        };
        self.answered = message.as_ref().map_or(true, Message::is_response);
        Some(message)
    }
}

impl Messages {
    pub(super) fn new(from: mpsc::Receiver<Message>, flight: stdio::Flight) -> Self {
        Self {
            from: Way::Process(from, flight),
            answered: false,
        }
    }

    pub(super) fn bridged(messages: Pin<Box<dyn Stream<Item = Message> + Send>>) -> Self {
        Self {
            from: Way::Bridge(messages),
            answered: false,
        }
    }

    /// The next message; after the response there is none. A connector that ends first is a response too: an error.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        if self.answered {
            return None;
        }
        let message = match &mut self.from {
            Way::Process(messages, _) => messages.recv().await?,
            Way::Bridge(messages) => messages.next().await?,
        };
        self.answered = message.is_response();
        Some(message)
    }
}

impl ReplyBody {
    pub(super) fn upstream(kind: BodyKind, body: body::Incoming, flight: Box<http::Flight>) -> Self {
        let content = Content::Upstream(body, Some(flight));
        Self {
            content,
            kind,
            watch: Watch::default(),
            length: 0,
            begun: None,
        }
    }

    /// The answer to a request that is not cancelled when this is dropped: `initialize` (MCP, cancellation).
    pub(super) fn uncancelled(kind: BodyKind, body: body::Incoming) -> Self {
        let content = Content::Upstream(body, None);
        Self {
            content,
            kind,
            watch: Watch::default(),
            length: 0,
            begun: None,
        }
    }

    pub(super) fn whole(message: &Message) -> Self {
        Self {
            content: Content::Whole(message.bytes().clone()),
            kind: BodyKind::Json,
            watch: Watch::default(),
            length: 0,
            begun: None,
        }
    }

    /// Waits until something of the answer is there: up to then, whatever goes wrong can be told as an error.
    pub(super) async fn begin(&mut self) -> Result<(), ConnectorError> {
        if let Some(frame) = self.frame().await {
            self.begun = frame?.into_data().ok();
        }
        Ok(())
    }

    /// The call whose answer paused, to be taken up again.
    fn paused(&mut self) -> Option<Box<http::Flight>> {
        match std::mem::replace(&mut self.content, Content::End) {
            Content::Paused(flight) => Some(flight),
            _ => None,
        }
    }

    /// Its response was read: leaving now cancels nothing.
    fn finish(&mut self) {
        if let Content::Upstream(_, Some(flight)) = &mut self.content {
            flight.arrived();
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = ConnectorError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectorError>>> {
        let this = self.get_mut();
        if let Some(begun) = this.begun.take() {
            return Poll::Ready(Some(Ok(Frame::data(begun))));
        }
        let (body, flight) = match &mut this.content {
            Content::Upstream(body, flight) => (body, flight),
            Content::Broken(Breaking(last)) => {
                let last = std::task::ready!(last.as_mut().poll(cx));
                this.content = Content::End;
                return Poll::Ready(Some(last.map(Frame::data)));
            }
            Content::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                this.content = Content::End;
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            Content::Paused(_) | Content::End => return Poll::Ready(None),
        };
        let is_stream = this.kind == BodyKind::EventStream;
        let (answer, ended) = loop {
            match std::task::ready!(Pin::new(&mut *body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => break (Some(data), body.is_end_stream()),
                    // Trailers say nothing in MCP.
                    Err(_) => continue,
                },
                // It said all that it had to.
                Some(Err(_)) if this.watch.answered() => break (None, true),
                Some(Err(error)) => {
                    let Some(flight) = flight.take() else {
                        this.content = Content::End;
                        return Poll::Ready(Some(Err(ConnectorError::Io(error.into()))));
                    };
                    this.content = Content::Broken(Breaking::of(flight, this.kind, error));
                    return Pin::new(this).poll_frame(cx);
                }
                None => break (None, true),
            }
        };
        if let (Some(data), Some(flight), true) = (&answer, flight.as_mut(), is_stream) {
            this.watch.push(data);
            if this.watch.answered() {
                flight.arrived();
            }
        }
        this.length += answer.as_ref().filter(|_| !is_stream).map_or(0, Bytes::len);
        if this.length.max(this.watch.length()) > LONGEST_MESSAGE {
            let last = match flight.as_ref().filter(|_| is_stream) {
                Some(flight) => {
                    tracing::warn!("a connector's answer has a message that is too large: cut off");
                    Ok(Frame::data(last_event(&flight.too_large())))
                }
                None => Err(ConnectorError::TooLarge),
            };
            // What the connector has yet to say is of no more use to anybody: dropping the flight tells it.
            this.content = Content::End;
            return Poll::Ready(Some(last));
        }
        if ended && is_stream && !this.watch.answered() && this.watch.is_resumable() {
            if let Some(mut flight) = flight.take() {
                flight.arrived();
                this.content = Content::Paused(flight);
            } else {
                this.content = Content::End;
            }
            return Poll::Ready(answer.map(|data| Ok(Frame::data(data))));
        }
        let unanswered = match flight {
            Some(flight) if ended && is_stream && !this.watch.answered() => Some(flight),
            _ => None,
        };
        let (now, then) = match (answer, unanswered) {
            (Some(data), Some(flight)) => (Some(data), Some(last_event(&flight.unanswered()))),
            (None, Some(flight)) => (Some(last_event(&flight.unanswered())), None),
            (data, None) => (data, None),
        };
        if ended {
            if let Some(flight) = flight {
                flight.arrived();
            }
            this.content = then.map_or(Content::End, Content::Whole);
        }
        Poll::Ready(now.map(|now| Ok(Frame::data(now))))
    }

    fn is_end_stream(&self) -> bool {
        if self.begun.is_some() {
            return false;
        }
        match &self.content {
            // An event stream may end in one more event than the connector sent.
            Content::Upstream(body, flight) => {
                let complete = self.kind == BodyKind::Json || flight.is_none() || self.watch.answered();
                complete && body.is_end_stream()
            }
            Content::Broken(_) | Content::Whole(_) => false,
            Content::Paused(_) | Content::End => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        let rest = match &self.content {
            // An event stream may grow by the error event that ends it.
            Content::Upstream(body, _) if self.kind == BodyKind::Json => body.size_hint().exact(),
            Content::Upstream(..) | Content::Broken(_) => None,
            Content::Whole(bytes) => Some(bytes.len() as u64),
            Content::Paused(_) | Content::End => Some(0),
        };
        let begun = self.begun.as_ref().map_or(0, Bytes::len) as u64;
        rest.map_or_else(SizeHint::default, |rest| SizeHint::with_exact(begun + rest))
    }
}

impl Breaking {
    fn of(mut flight: Box<http::Flight>, kind: BodyKind, error: hyper::Error) -> Self {
        flight.arrived();
        Self(Box::pin(async move {
            match kind {
                BodyKind::EventStream => Ok(last_event(&flight.broken_answer(error).await)),
                BodyKind::Json => Err(flight.broken(error).await),
            }
        }))
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Messages")
    }
}

impl fmt::Debug for Breaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Breaking")
    }
}

/// The blank lines first: what ended may have been in the middle of an event.
fn last_event(message: &Message) -> Bytes {
    let mut event = b"\n\nevent: message\ndata: ".to_vec();
    event.extend_from_slice(message.bytes());
    event.extend_from_slice(b"\n\n");
    event.into()
}

async fn response_in_json(body: &mut ReplyBody) -> Result<Message, ConnectorError> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            whole.extend_from_slice(&data);
        }
        if whole.len() > LONGEST_MESSAGE {
            return Err(ConnectorError::TooLarge);
        }
    }
    let message = Message::parse(whole.into())
        .map_err(|error| ConnectorError::Protocol(format!("its answer is not a message: {error}")))?;
    if message.is_response() {
        Ok(message)
    } else {
        let text = "it answered a request with something that is not a response";
        Err(ConnectorError::Protocol(text.into()))
    }
}

/// The next message of an event stream, of which `events` has what is not read yet.
async fn next_event(body: &mut ReplyBody, events: &mut Events) -> Result<Message, ConnectorError> {
    loop {
        if let Some(event) = events.next() {
            let message = Message::parse(event).map_err(|error| {
                ConnectorError::Protocol(format!("an event of its answer is not a message: {error}"))
            })?;
            if message.is_response() {
                body.finish();
            }
            return Ok(message);
        }
        if events.pending() > LONGEST_MESSAGE {
            return Err(ConnectorError::TooLarge);
        }
        match body.frame().await {
            Some(frame) => {
                if let Ok(data) = frame?.into_data() {
                    events.push(&data);
                }
            }
            None => {
                let last_id = events.last_id().map(str::to_owned);
                let pause = events.retry().unwrap_or(PAUSE).min(LONGEST_PAUSE);
                let (Some(mut flight), Some(last_id)) = (body.paused(), last_id) else {
                    return Err(no_response());
                };
                let rest = flight.rest(&last_id, pause).await?;
                flight.goes_on();
                events.cut();
                *body = ReplyBody::upstream(BodyKind::EventStream, rest, flight);
            }
        }
    }
}

pub(super) fn no_response() -> ConnectorError {
    ConnectorError::Protocol("its event stream ended without the response".into())
}

/// The error that answers `request` when its connector ended or its connection broke.
pub(super) fn unavailable(request: &Message, error: &ConnectorError) -> Message {
    mcp::error(request.id(), mcp::code::CONNECTOR_UNAVAILABLE, &error.to_string())
}

/// Reads an answer to `initialize`: its result, and the protocol version in it.
pub(super) fn initialized(answer: &Message) -> Result<(Arc<RawValue>, String), ConnectorError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Initialized {
        protocol_version: String,
    }
    let outcome = answer.outcome().unwrap_or("null");
    if answer.kind() != mcp::Kind::Result {
        let text = format!("it answered initialize with an error: {}", error_text(outcome));
        return Err(ConnectorError::Protocol(text));
    }
    let parsed = serde_json::from_str::<Initialized>(outcome)
        .ok()
        .map(|result| result.protocol_version);
    let raw = RawValue::from_string(outcome.to_owned()).ok();
    match (raw, parsed) {
        (Some(raw), Some(version)) => Ok((Arc::from(raw), version)),
        _ => Err(ConnectorError::Protocol(
            "its answer to initialize names no protocol version".into(),
        )),
    }
}

/// The `message` of a JSON-RPC error, at most 300 characters of it.
fn error_text(error: &str) -> String {
    #[derive(Deserialize)]
    struct Error {
        message: String,
    }
    let text = serde_json::from_str::<Error>(error).map_or_else(|_| error.to_owned(), |error| error.message);
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
