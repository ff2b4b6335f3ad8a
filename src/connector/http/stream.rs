//! The stream on which a connector says what belongs to no call (MCP 2025-03-26 to 2025-11-25, listening for messages).

use std::{sync::Arc, time::Duration};

use ::http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, HeaderName},
};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{
    Upstream, body_kind,
    session::{Agreed, Session, is_refusal_of_token},
};
use crate::{
    connector::{ConnectorError, LONGEST_MESSAGE, reply::BodyKind, sse::Events},
    mcp::{self, Kind, Message},
};

const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// How long to wait before a stream that ended is asked for again, where the connector does not say, and at most.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Session {
    /// Keeps the stream open for as long as the connector has one.
    pub(in crate::connector) fn listen(
        &self,
        headers: HeaderMap,
        to: mpsc::Sender<Message>,
    ) -> AbortOnDropHandle<()> {
        let upstream = Arc::clone(self.upstream());
        let agreed = self.agreements();
        let tasks = upstream.tasks.clone();
        AbortOnDropHandle::new(tasks.spawn(async move {
            let mut events = Events::default();
            let mut pause = PAUSE;
            // The session may be opened anew meanwhile; and when it is gone, so is its stream.
            while let Some(agreed) = agreed() {
                if !upstream.life.is_open() || to.is_closed() {
                    return;
                }
                let request = request(&upstream, &agreed, &headers, events.last_id());
                match upstream.client.request(request).await {
                    Ok(response) if is_refusal_of_token(response.status()) => return,
                    Ok(response) => {
                        let streams = body_kind(&response) == Some(BodyKind::EventStream);
                        if !response.status().is_success() || !streams {
                            // Not every connector has one (405).
                            return std::future::pending().await;
                        }
                        events.cut();
                        read(
                            response.into_body(),
                            &mut events,
                            &to,
                            &upstream,
                            &agreed,
                            &headers,
                        )
                        .await;
                        pause = events.retry().unwrap_or(PAUSE).min(LONGEST_PAUSE);
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a connector's stream could not be opened");
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
                drop(agreed);
                tokio::time::sleep(pause).await;
            }
        }))
    }
}

/// What a connector has to say after the event `last_event`; `None` where it has no such stream.
pub(super) async fn rest(
    upstream: &Upstream,
    agreed: &Agreed,
    headers: &HeaderMap,
    last_event: &str,
) -> Result<Option<Incoming>, ConnectorError> {
    let request = request(upstream, agreed, headers, Some(last_event));
    let response = upstream.client.request(request).await;
    let response = response.map_err(|error| ConnectorError::Io(error.into()))?;
    let streams = response.status().is_success() && body_kind(&response) == Some(BodyKind::EventStream);
    Ok(streams.then(|| response.into_body()))
}

fn request(
    upstream: &Upstream,
    agreed: &Agreed,
    headers: &HeaderMap,
    last_event: Option<&str>,
) -> ::http::Request<http_body_util::Full<Bytes>> {
    let mut request = upstream.request(Method::GET, Bytes::new(), Some(agreed), headers);
    let own = request.headers_mut();
    own.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    if let Some(last_event) = last_event.and_then(|id| HeaderValue::from_str(id).ok()) {
        own.insert(LAST_EVENT, last_event);
    }
    request
}

async fn read(
    mut body: Incoming,
    events: &mut Events,
    to: &mpsc::Sender<Message>,
    upstream: &Upstream,
    agreed: &Agreed,
    headers: &HeaderMap,
) {
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(data) = frame.into_data() {
            events.push(&data);
        }
        while let Some(event) = events.next() {
            let Ok(message) = Message::parse(event) else {
                tracing::debug!("a connector's stream has an event that is no message");
                continue;
            };
            match (message.kind(), message.method()) {
                // This asks whether the peer of the connector is there, and that is berth.
                (Kind::Request, Some("ping")) => {
                    let id = message.id().unwrap_or("null");
                    let answer = mcp::result(id, &serde_json::Map::new());
                    let answered = upstream.post(answer.bytes().clone(), Some(agreed), headers);
                    // Where it is gone, the stream ends too.
                    _ = answered.await;
                }
                (Kind::Request | Kind::Notification, _) => {
                    if to.send(message).await.is_err() {
                        return;
                    }
                }
                (Kind::Result | Kind::Error, _) => {}
            }
        }
        if events.pending() > LONGEST_MESSAGE {
            tracing::warn!("a connector's stream has a message that is too large");
            return;
        }
    }
}
