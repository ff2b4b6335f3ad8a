//! The response to a request: JSON when nothing streams, server-sent events when something does.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::stream;
use http::StatusCode;
use tokio::{sync::mpsc, time};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    gateway::{
        Gateway,
        relay::{self, KEEP_ALIVE, KEEP_ALIVE_COMMENT},
    },
    mcp::Message,
};

/// How long an answer may take before it becomes a stream, so that it can be kept alive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many messages may wait for a slow client before the connector waits too.
const QUEUE: usize = 8;

/// What goes to the client.
pub(super) enum Out {
    /// Something that belongs to the request.
    Note(Message),
    /// Its answer, and the status that it has where nothing came before it.
    Last(StatusCode, Message),
}

/// Where it goes.
pub(super) type Sender = mpsc::Sender<Out>;

/// Lets `work` answer. It ends with the response: a client that leaves cancels what it asked for.
pub(super) async fn respond<F>(gateway: &Gateway, events: bool, work: impl FnOnce(Sender) -> F) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel(QUEUE);
    let task = AbortOnDropHandle::new(gateway.tasks.spawn(work(sender)));
    let first = loop {
        match time::timeout(PATIENCE, receiver.recv()).await {
            Ok(Some(Out::Last(status, message))) => {
                let mut response = relay::json(message.bytes().clone());
                *response.status_mut() = status;
                return response;
            }
            // A client that takes no stream gets the end of it.
            Ok(Some(Out::Note(message))) if events => break Some(relay::event(&message)),
            Err(_) if events => break None,
            Ok(Some(Out::Note(_))) | Err(_) => {}
            Ok(None) => return relay::stream_of(Body::empty()),
        }
    };
    let rest = stream::unfold(
        (receiver, task, first, false),
        |(mut receiver, task, first, done)| async move {
            if done {
                return None;
            }
            let (chunk, done) = match first {
                Some(first) => (first, false),
                None => match time::timeout(KEEP_ALIVE, receiver.recv()).await {
                    Ok(Some(Out::Note(message))) => (relay::event(&message), false),
                    Ok(Some(Out::Last(_, message))) => (relay::event(&message), true),
                    Ok(None) => return None,
                    Err(_) => (Bytes::from_static(KEEP_ALIVE_COMMENT), false),
                },
            };
            Some((Ok::<_, Infallible>(chunk), (receiver, task, None, done)))
        },
    );
    relay::stream_of(Body::from_stream(rest))
}
