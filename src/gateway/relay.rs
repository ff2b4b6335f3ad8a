//! Replies on their way to the client: as JSON when nothing streams, as server-sent events when something does.

use std::{
    convert::Infallible,
    error::Error,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt as _;

use super::sessions::Entry;
use crate::{
    connector::{BodyKind, Messages, Reply},
    mcp::{self, Message, code},
};

/// Proxies between here and the client close what is silent for long.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a call may take before its answer becomes a stream, so that it can be kept alive.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
pub(super) const KEEP_ALIVE_COMMENT: &[u8] = b":\n\n";

/// Whether the client takes a stream for an answer.
pub(super) fn accepts_events(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/event-stream") || value.contains("*/*"))
}

/// The response to a call. Dropping it, as the server does when the client leaves, cancels the call.
pub(super) async fn reply(reply: Reply, entry: &Arc<Entry>, id: &str, events: bool) -> Response {
    let busy = Busy::new(entry);
    match reply {
        Reply::Messages(messages) if events => relay_messages(messages, busy).await,
        Reply::Body {
            kind: BodyKind::EventStream,
            body,
        } if events => {
            let body = body.map_frame(move |frame| {
                let _until_the_end = &busy;
                frame
            });
            stream_of(Body::new(body))
        }
        Reply::Body {
            kind: BodyKind::Json,
            body,
        } => {
            let connector = entry.session.name.clone();
            let body = body.map_frame(move |frame| {
                let _until_the_end = &busy;
                frame
            });
            // Part of it has gone out: the client sees it end in the middle, and why is said here alone.
            let body = body.map_err(move |error| {
                tracing::warn!(%connector, error = &error as &dyn Error, "an answer broke off");
                error
            });
            with_type(Body::new(body), "application/json")
        }
        // A client that takes no stream gets the end of it.
        streaming => json(finish(streaming, id).await.bytes().clone()),
    }
}

/// Waits for a reply's response, whatever comes before it; a reply that breaks off gives an error response.
pub(super) async fn finish(reply: Reply, id: &str) -> Message {
    match reply.response().await {
        Ok(message) => message,
        Err(error) => mcp::error(Some(id), code::CONNECTOR_UNAVAILABLE, &error.to_string()),
    }
}

async fn relay_messages(mut messages: Messages, busy: Busy) -> Response {
    let first = match tokio::time::timeout(PATIENCE, messages.next()).await {
        Ok(Some(message)) if message.is_response() => return json(message.bytes().clone()),
        Ok(Some(message)) => Some(event(&message)),
        Ok(None) => return stream_of(Body::empty()),
        Err(_) => None,
    };
    let rest = Relayed {
        messages,
        done: false,
        _busy: busy,
    };
    events(KeptAlive { first, rest })
}

/// What goes to a client as a stream.
pub(super) trait Events: Send + 'static {
    /// The next chunk, `None` at the end. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<Bytes>> + Send;
}

/// A response of events as they come. Dropping it, as the server does when the client leaves, drops their source.
pub(super) fn events(source: impl Events) -> Response {
    let chunks = stream::unfold(source, |mut source| async move {
        let chunk = source.next().await?;
        Some((Ok::<_, Infallible>(chunk), source))
    });
    stream_of(Body::from_stream(chunks))
}

/// The rest of an answer that has become a stream, with a sign of life wherever it is silent for long.
pub(super) struct KeptAlive<E> {
    pub(super) first: Option<Bytes>,
    pub(super) rest: E,
}

impl<E: Events> Events for KeptAlive<E> {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        match tokio::time::timeout(KEEP_ALIVE, self.rest.next()).await {
            Ok(chunk) => chunk,
            Err(_) => Some(Bytes::from_static(KEEP_ALIVE_COMMENT)),
        }
    }
}

/// A connector's messages, to the one that ends the call.
struct Relayed {
    messages: Messages,
    done: bool,
    _busy: Busy,
}

impl Events for Relayed {
    async fn next(&mut self) -> Option<Bytes> {
        if self.done {
            return None;
        }
        let message = self.messages.next().await?;
        self.done = message.is_response();
        Some(event(&message))
    }
}

/// One message as a server-sent event. A raw line end in JSON can only be white space between tokens, but it
/// would end the event's line: such a message is written anew, on one line.
pub(super) fn event(message: &Message) -> Bytes {
    let bytes = message.bytes();
    let mut event = Vec::with_capacity(bytes.len() + 24);
    event.extend_from_slice(b"event: message\ndata: ");
    if bytes.iter().any(|b| matches!(b, b'\n' | b'\r')) {
        event.extend(
            bytes
                .iter()
                .map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { *b }),
        );
    } else {
        event.extend_from_slice(bytes);
    }
    event.extend_from_slice(b"\n\n");
    event.into()
}

pub(super) fn json(bytes: Bytes) -> Response {
    with_type(Body::from(bytes), "application/json")
}

/// A response of server-sent events, which no proxy on the way should hold back.
pub(super) fn stream_of(body: Body) -> Response {
    let mut response = with_type(body, "text/event-stream");
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn with_type(body: Body, kind: &'static str) -> Response {
    let mut response = body.into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Keeps a session from being idle while a call of its is under way.
pub(super) struct Busy(Arc<Entry>);

impl Busy {
    pub(super) fn new(entry: &Arc<Entry>) -> Self {
        entry.busy.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(entry))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}
