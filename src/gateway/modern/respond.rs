//! The response to a request: JSON when nothing streams, server-sent events when something does.

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::StatusCode;
use tokio::{sync::mpsc, time};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    gateway::{
        Gateway,
        door::{Refusal, refuse},
        relay::{self, Events, KeptAlive, PATIENCE},
    },
    mcp::Message,
};

/// How many messages may wait for a slow client before the connector waits too.
const QUEUE: usize = 8;

/// What goes to the client.
pub(super) enum Out {
    /// Something that belongs to the request.
    Note(Message),
    /// Its answer, and the status that it has where nothing came before it.
    Last(StatusCode, Message),
    /// In its place: what sends the client somewhere else first.
    Refused(Box<Refusal>),
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
            Ok(Some(Out::Refused(refusal))) => return refuse(*refusal),
            // A client that takes no stream gets the end of it.
            Ok(Some(Out::Note(message))) if events => break Some(relay::event(&message)),
            Err(_) if events => break None,
            Ok(Some(Out::Note(_))) | Err(_) => {}
            Ok(None) => return relay::stream_of(Body::empty()),
        }
    };
    let rest = Outgoing {
        receiver,
        done: false,
        _task: task,
    };
    relay::events(KeptAlive { first, rest })
}

/// What the work has to say, to its answer.
struct Outgoing {
    receiver: mpsc::Receiver<Out>,
    done: bool,
    _task: AbortOnDropHandle<()>,
}

impl Events for Outgoing {
    async fn next(&mut self) -> Option<Bytes> {
        if self.done {
            return None;
        }
        let out = self.receiver.recv().await?;
        self.done = !matches!(out, Out::Note(_));
        let message = match out {
            Out::Note(message) | Out::Last(_, message) => message,
            Out::Refused(refusal) => refusal.into_message(),
        };
        Some(relay::event(&message))
    }
}
