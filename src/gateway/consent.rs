//! "Authorization needed", in the form that the client declared that it understands.
//!
//! | form | for | what it is |
//! |---|---|---|
//! | B2 | `elicitation.url` (MCP 2025-11-25), takes a stream | an `elicitation/create` on the call's own stream; the call is held and completes by itself |
//! | B1 | `elicitation.url`, takes no stream; or B2 that took too long | error -32042 with the link |
//! | D | others with a token of berth's authorization server, once (MCP 2025-11-25) | a challenge for more scope: see `step_up` |
//! | C | everybody else | a tool error with the link in its text, which reaches the model |
//!
//! The link always leads to berth's own page, never to the provider.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{sync::mpsc, time};
use tokio_util::task::AbortOnDropHandle;

use super::{
    Gateway, answers,
    metrics::Outcome,
    relay::{self, Busy, KEEP_ALIVE, KEEP_ALIVE_COMMENT},
    sessions::{Entry, UnderWay},
};
use crate::{
    calls::{Answer, Consent},
    connector::{BodyKind, Reply},
    mcp::{self, Kind, Message, code},
    model::ConnectorName,
    secret,
};

/// Answers a call whose caller has to authorize first.
pub(super) fn ask(
    gateway: &Gateway,
    under_way: UnderWay,
    request: Message,
    consent: Consent,
    events: bool,
) -> Response {
    let entry = &under_way.entry;
    let id = request.id().unwrap_or("0").to_owned();
    if !entry.session.client.elicits_urls() {
        return relay::json(in_words(&id, &request, entry, &consent).bytes().clone());
    }
    let elicitation = secret::generate("").expose().clone();
    if !events {
        return relay::json(as_error(&id, entry, &consent, &elicitation).bytes().clone());
    }
    hold(gateway, under_way, request, consent, elicitation)
}

/// Form B2: a stream that asks, waits, and goes on as the call itself.
fn hold(
    gateway: &Gateway,
    under_way: UnderWay,
    request: Message,
    consent: Consent,
    elicitation: String,
) -> Response {
    let (chunks, receiver) = mpsc::channel::<Bytes>(16);
    let held = Held {
        gateway: gateway.clone(),
        entry: Arc::clone(&under_way.entry),
        under_way,
        request,
        consent,
        elicitation,
        chunks,
    };
    // The task ends with the response's body: a client that leaves cancels what it waited for.
    let task = AbortOnDropHandle::new(gateway.tasks.spawn(held.run()));
    let chunks = stream::unfold((receiver, task), |(mut receiver, task)| async move {
        let chunk = receiver.recv().await?;
        Some((chunk, (receiver, task)))
    });
    relay::stream_of(Body::from_stream(chunks.map(Ok::<_, std::convert::Infallible>)))
}

/// A call that waits for its person.
struct Held {
    gateway: Gateway,
    entry: Arc<Entry>,
    under_way: UnderWay,
    request: Message,
    consent: Consent,
    elicitation: String,
    chunks: mpsc::Sender<Bytes>,
}

/// How the waiting ended.
enum Ending {
    Authorized,
    /// The person said no.
    Declined,
    /// The client does not know the request that it said it knows.
    NotUnderstood,
    /// Or the broker stops.
    TooLong,
}

#[derive(Deserialize)]
struct Action {
    action: String,
}

impl Held {
    async fn run(self) {
        let _busy = Busy::new(&self.entry);
        let id = self.request.id().unwrap_or("0").to_owned();
        tokio::select! {
            () = self.hold_and_go_on(&id) => {}
            // What was already sent to the connector is cancelled there, for its reply is dropped.
            () = self.under_way.cancelled() => self.send(&answers::cancelled(&id)).await,
        }
    }

    async fn hold_and_go_on(&self, id: &str) {
        match self.kept_alive(self.wait()).await {
            Ending::Authorized => {
                let done = json!({ "elicitationId": self.elicitation });
                self.send(&mcp::notification("notifications/elicitation/complete", &done))
                    .await;
                self.go_on(id).await;
            }
            Ending::Declined => {
                let text = format!("What {} needs was declined.", self.entry.session.name);
                self.send(&refused(id, &self.request, &text)).await;
            }
            Ending::NotUnderstood => {
                self.send(&in_words(id, &self.request, &self.entry, &self.consent))
                    .await;
            }
            Ending::TooLong => {
                self.send(&as_error(id, &self.entry, &self.consent, &self.elicitation))
                    .await;
            }
        }
    }

    async fn wait(&self) -> Ending {
        let asking = format!("\"berth-{}\"", self.elicitation);
        let mut asked = self.entry.ask(&asking);
        let params = elicitation_params(&self.entry, &self.consent, &self.elicitation);
        self.send(&mcp::request(&asking, "elicitation/create", &params))
            .await;
        let granted = self.gateway.calls.granted(&self.entry.session);
        let deadline = time::sleep(self.gateway.hold);
        let (mut granted, mut deadline) = (std::pin::pin!(granted), std::pin::pin!(deadline));
        let mut answered = false;
        loop {
            tokio::select! {
                () = &mut granted => return Ending::Authorized,
                () = &mut deadline => return Ending::TooLong,
                () = self.gateway.stopping.cancelled() => return Ending::TooLong,
                message = &mut asked.answer, if !answered => {
                    answered = true;
                    // "accept" says that the person went to the page, not that all is done there.
                    if let Some(ending) = message.ok().and_then(|message| ended_by(&message)) {
                        return ending;
                    }
                }
            }
        }
    }

    /// Waits for `work` and lets no proxy think that the stream is dead meanwhile.
    async fn kept_alive<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            match time::timeout(KEEP_ALIVE, &mut work).await {
                Ok(done) => return done,
                // A client that left is noticed when the body is dropped; nothing to do about it here.
                Err(_) => drop(self.chunks.send(Bytes::from_static(KEEP_ALIVE_COMMENT)).await),
            }
        }
    }

    /// The call itself, now that there is a grant, relayed on the same stream.
    async fn go_on(&self, id: &str) {
        let sent = self.gateway.calls.send(&self.entry.session, &self.request);
        let reply = match self.kept_alive(sent).await {
            Ok(Answer::Reply(reply)) => reply,
            Ok(Answer::Remembered(list)) => return self.send(&list).await,
            Ok(Answer::ConsentNeeded(again)) => {
                return self.send(&in_words(id, &self.request, &self.entry, &again)).await;
            }
            Err(error) => return self.send(&answers::failed(&self.gateway, id, &error)).await,
        };
        self.gateway.metrics.count(Outcome::Relayed);
        match reply {
            Reply::Messages(mut messages) => {
                while let Some(message) = self.kept_alive(messages.next()).await {
                    self.send(&message).await;
                    if message.is_response() {
                        break;
                    }
                }
            }
            Reply::Body {
                kind: BodyKind::EventStream,
                mut body,
            } => {
                while let Some(frame) = body.frame().await {
                    match frame.map(|frame| frame.into_data()) {
                        Ok(Ok(chunk)) => {
                            if self.chunks.send(chunk).await.is_err() {
                                return;
                            }
                        }
                        Ok(Err(_trailers)) => {}
                        Err(error) => {
                            let text = error.to_string();
                            self.send(&mcp::error(Some(id), code::CONNECTOR_UNAVAILABLE, &text))
                                .await;
                            return;
                        }
                    }
                }
            }
            json @ Reply::Body {
                kind: BodyKind::Json, ..
            } => self.send(&self.kept_alive(relay::finish(json, id)).await).await,
        }
    }

    async fn send(&self, message: &Message) {
        // It fails only when the client has left, and then this task is about to be aborted.
        let _ = self.chunks.send(relay::event(message)).await;
    }
}

/// What a client's answer to the elicitation decides; `None` when it goes on.
fn ended_by(answer: &Message) -> Option<Ending> {
    if answer.kind() == Kind::Error {
        return Some(Ending::NotUnderstood);
    }
    match serde_json::from_str::<Action>(answer.outcome()?)
        .ok()?
        .action
        .as_str()
    {
        "decline" | "cancel" => Some(Ending::Declined),
        _ => None,
    }
}

fn elicitation_params(entry: &Entry, consent: &Consent, elicitation: &str) -> Value {
    json!({
        "mode": "url",
        "elicitationId": elicitation,
        "url": consent.url.as_str(),
        "message": consent.request(&entry.session.name),
    })
}

/// Form B1. Some hosts print an error's message and nothing else, so the link stands there too.
fn as_error(id: &str, entry: &Entry, consent: &Consent, elicitation: &str) -> Message {
    let text = format!(
        "{} first: open {} in a browser, then try again.",
        consent.request(&entry.session.name),
        consent.url
    );
    let data = json!({ "elicitations": [elicitation_params(entry, consent, elicitation)] });
    mcp::error_with_data(Some(id), code::URL_ELICITATION_REQUIRED, &text, Some(data))
}

/// Form C.
pub(super) fn in_words(id: &str, request: &Message, entry: &Entry, consent: &Consent) -> Message {
    let name = &entry.session.name;
    let text = words(name, consent);
    let details = details(name, consent);
    if request.method() == Some("tools/call") {
        return mcp::tool_error(id, &text, Some(json!({ "berth/authorization": details })));
    }
    mcp::error_with_data(Some(id), code::AUTHORIZATION_NEEDED, &text, Some(details))
}

/// What has to be done first, for a person or a model to read.
pub(super) fn words(name: &ConnectorName, consent: &Consent) -> String {
    let url = &consent.url;
    match &consent.provider_host {
        Some(host) => format!(
            "{name} is not authorized at {host} yet. Ask the user to open {url} in a browser and to authorize it there, then call this tool again. The link is good for ten minutes.",
        ),
        None => format!(
            "{}: ask the user to open {url} in a browser and to enter it there, then call this tool again. Never ask for it in the chat.",
            consent.request(name)
        ),
    }
}

/// The same, for a program.
pub(super) fn details(name: &ConnectorName, consent: &Consent) -> Value {
    let mut details =
        json!({ "url": consent.url.as_str(), "connector": name, "expiresAt": consent.expires_at });
    if !consent.values.is_empty() {
        details["values"] = json!(consent.values);
    }
    details
}

pub(super) fn refused(id: &str, request: &Message, text: &str) -> Message {
    if request.method() == Some("tools/call") {
        return mcp::tool_error(id, text, None);
    }
    mcp::error(Some(id), code::AUTHORIZATION_NEEDED, text)
}
