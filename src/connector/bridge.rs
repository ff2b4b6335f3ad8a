//! A connector that knows no sessions (MCP 2026-07-28), as one that has them.
//!
//! Requests get the `_meta` that the revision wants. What the connector asks in a result goes to the client as requests
//! of their own, and the request is repeated with the answers; the client sees one call. A request that is of the
//! revision already, from a client without sessions, passes as it is.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ::http::HeaderMap;
use futures_util::{future::join_all, stream};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::{ConnectorError, Incoming, Link, Messages, Reply};
use crate::mcp::{
    self, ClientSide, Kind, Message, edit,
    modern::{self, with_meta},
};

/// How often a connector may ask for more within one call.
const ROUNDS: usize = 32;
/// How long to wait before a request is repeated that the connector only wants to see again.
const PAUSE: Duration = Duration::from_millis(250);

/// How long to wait before a stream of changes that ended is asked for again.
const RECONNECT: Duration = Duration::from_secs(1);

/// How many requests were made in connectors' names: no id is used twice.
static REQUESTS_MADE: AtomicU64 = AtomicU64::new(0);

/// What one session has under way with a connector that knows no sessions.
#[derive(Debug)]
pub(super) struct Bridge {
    client: ClientSide,
    log_level: Mutex<Option<String>>,
    /// The resources that the client wants to hear of.
    subscriptions: watch::Sender<BTreeSet<String>>,
    /// What the client was asked, by the id of the request.
    asked: Mutex<HashMap<String, oneshot::Sender<Message>>>,
    /// The calls under way, by the client's id.
    calls: Mutex<HashMap<String, CancellationToken>>,
}

/// One call, which may be several requests to the connector.
struct Exchange {
    bridge: Arc<Bridge>,
    link: Link,
    headers: HeaderMap,
    request: Message,
    reply: Incoming,
    /// What goes to the client next.
    out: VecDeque<Message>,
    /// The questions that are with the client, by the connector's names for them.
    waiting: Vec<(String, String, oneshot::Receiver<Message>)>,
    state: Option<String>,
    rounds: usize,
    cancelled: CancellationToken,
    is_over: bool,
}

/// A result that wants more.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct InputRequired {
    input_requests: HashMap<String, Question>,
    request_state: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Question {
    method: String,
    params: Option<Box<RawValue>>,
}

impl Bridge {
    pub(super) fn new(client: ClientSide) -> Arc<Self> {
        Arc::new(Self {
            client,
            log_level: Mutex::default(),
            subscriptions: watch::Sender::default(),
            asked: Mutex::default(),
            calls: Mutex::default(),
        })
    }

    pub(super) async fn call(
        self: &Arc<Self>,
        link: &Link,
        request: Message,
        headers: &HeaderMap,
    ) -> Result<Reply, ConnectorError> {
        if modern::names_version(&request) {
            return link.send(request, headers).await;
        }
        if request.method() == Some("logging/setLevel") {
            #[derive(Deserialize)]
            struct Level {
                level: String,
            }
            *self.log_level.lock() = request.params_as::<Level>().ok().map(|level| level.level);
            let done = mcp::result(request.id().unwrap_or("null"), &serde_json::Map::new());
            return Ok(Reply::whole(&done));
        }
        if let Some(method @ ("resources/subscribe" | "resources/unsubscribe")) = request.method() {
            #[derive(Deserialize)]
            struct Resource {
                uri: String,
            }
            if let Ok(Resource { uri }) = request.params_as() {
                self.subscriptions.send_modify(|uris| {
                    match method {
                        "resources/subscribe" => uris.insert(uri),
                        _ => uris.remove(&uri),
                    };
                });
            }
            let done = mcp::result(request.id().unwrap_or("null"), &serde_json::Map::new());
            return Ok(Reply::whole(&done));
        }
        let level = self.log_level.lock().clone();
        let request = with_meta(&request, &self.client, level.as_deref());
        let reply = link.send(request.clone(), headers).await?;
        let cancelled = CancellationToken::new();
        let id = request.id().unwrap_or("null").to_owned();
        self.calls.lock().insert(id, cancelled.clone());
        let exchange = Exchange {
            bridge: Arc::clone(self),
            link: link.clone(),
            headers: headers.clone(),
            request,
            reply: reply.into(),
            out: VecDeque::new(),
            waiting: Vec::new(),
            state: None,
            rounds: 0,
            cancelled,
            is_over: false,
        };
        let messages = stream::unfold(exchange, |mut exchange| async move {
            let message = exchange.next().await?;
            Some((message, exchange))
        });
        Ok(Reply::Messages(Messages::bridged(Box::pin(messages))))
    }

    /// Takes a message of the client that is no request. None of them is for the connector.
    pub(super) fn take(&self, message: &Message) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Cancelled<'a> {
            #[serde(borrow)]
            request_id: &'a RawValue,
        }
        if message.is_response() {
            let asked = message.id().and_then(|id| self.asked.lock().remove(id));
            if let Some(asked) = asked {
                // Nobody waits any more when the call is over.
                _ = asked.send(message.clone());
            }
        } else if message.method() == Some("notifications/cancelled")
            && let Ok(cancelled) = message.params_as::<Cancelled<'_>>()
            && let Some(call) = self.calls.lock().get(cancelled.request_id.get())
        {
            call.cancel();
        }
    }
}

/// Keeps a stream of changes open, of every kind that there is and of the resources that the client named, and sends on
/// what comes as a connector with sessions says it.
pub(super) async fn listen(bridge: Arc<Bridge>, link: Link, headers: HeaderMap, to: mpsc::Sender<Message>) {
    let mut wanted = bridge.subscriptions.subscribe();
    while link.is_open() && !to.is_closed() {
        let uris: Vec<String> = wanted.borrow_and_update().iter().cloned().collect();
        let filter = serde_json::json!({ "notifications": {
            "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
            "resourceSubscriptions": uris,
        }});
        // The stream is named by it, and others of the same user may be open.
        let id = format!(
            "\"berth-listen-{}\"",
            REQUESTS_MADE.fetch_add(1, Ordering::Relaxed)
        );
        let request = mcp::request(&id, "subscriptions/listen", &filter);
        let request = with_meta(&request, &bridge.client, None);
        let mut reply = match link.follow(request, &headers).await {
            Ok(reply) => Incoming::from(reply),
            Err(_) => {
                tokio::time::sleep(RECONNECT).await;
                continue;
            }
        };
        loop {
            let message = tokio::select! {
                message = reply.next() => message,
                _ = wanted.changed() => break,
            };
            match message {
                // It has no such stream, or not for this client.
                Some(Ok(message)) if message.kind() == Kind::Error => return std::future::pending().await,
                Some(Ok(note)) if note.method().is_some_and(mcp::is_of_session) => {
                    if to.send(plain(&note)).await.is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    tokio::time::sleep(RECONNECT).await;
                    break;
                }
            }
        }
    }
}

/// A notification without the name of the stream that it came on.
fn plain(note: &Message) -> Message {
    let Some(params) = note.params() else {
        return note.clone();
    };
    let meta = edit::member(params, "_meta").map(|meta| edit::edited(meta, &[(modern::SUBSCRIPTION, None)]));
    let meta = meta.filter(|meta| edit::members(meta).is_some_and(|members| !members.is_empty()));
    note.with_params(&edit::edited(params, &[("_meta", meta.map(Into::into))]))
}

impl Exchange {
    async fn next(&mut self) -> Option<Message> {
        if self.is_over {
            return None;
        }
        let cancelled = self.cancelled.clone();
        let message = tokio::select! {
            message = self.go_on() => message.unwrap_or_else(|error| self.failed(&error.to_string())),
            () = cancelled.cancelled() => self.failed("the request was cancelled"),
        };
        self.is_over = message.is_response();
        Some(message)
    }

    async fn go_on(&mut self) -> Result<Message, ConnectorError> {
        loop {
            if let Some(message) = self.out.pop_front() {
                return Ok(message);
            }
            if !self.waiting.is_empty() {
                self.repeat_with_answers().await?;
                continue;
            }
            let Some(message) = self.reply.next().await.transpose()? else {
                return Err(ConnectorError::Stopped);
            };
            match message.kind() {
                Kind::Notification | Kind::Error => return Ok(message),
                // The revision has none.
                Kind::Request => {}
                Kind::Result => {
                    let result = message.outcome().unwrap_or("{}");
                    if edit::member(result, "resultType") != Some("\"input_required\"") {
                        let plain = edit::edited(result, &[("resultType", None)]);
                        return Ok(message.with_outcome(&plain));
                    }
                    let wanted = serde_json::from_str(result).map_err(|error| {
                        ConnectorError::Protocol(format!(
                            "what it wants of the client can't be read: {error}"
                        ))
                    })?;
                    self.ask(wanted).await?;
                }
            }
        }
    }

    /// Makes requests of what the connector asks.
    async fn ask(&mut self, wanted: InputRequired) -> Result<(), ConnectorError> {
        self.rounds += 1;
        if self.rounds > ROUNDS {
            let text = format!("it asked for more {ROUNDS} times within one call");
            return Err(ConnectorError::Protocol(text));
        }
        self.state = wanted.request_state.map(|state| state.get().to_owned());
        if wanted.input_requests.is_empty() {
            tokio::time::sleep(PAUSE).await;
            return self.repeat(None).await;
        }
        for (name, question) in wanted.input_requests {
            let number = REQUESTS_MADE.fetch_add(1, Ordering::Relaxed);
            let id = format!("\"bridge-{number}\"");
            let params = question
                .params
                .map_or_else(|| "{}".to_owned(), |params| params.get().to_owned());
            let is_url = edit::member(&params, "mode") == Some("\"url\"");
            let elicitation = is_url.then(|| ("elicitationId", Some(id.as_str().into())));
            let params = edit::edited(&params, elicitation.as_slice());
            let params = RawValue::from_string(params).unwrap_or_default();
            let (sender, answer) = oneshot::channel();
            self.bridge.asked.lock().insert(id.clone(), sender);
            self.out.push_back(mcp::request(&id, &question.method, &params));
            self.waiting.push((name, id, answer));
        }
        Ok(())
    }

    async fn repeat_with_answers(&mut self) -> Result<(), ConnectorError> {
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let (names, answers): (Vec<_>, Vec<_>) = waiting.map(|(name, _, answer)| (name, answer)).unzip();
        let answers = names.into_iter().zip(join_all(answers).await);
        let mut given = Vec::new();
        for (name, answer) in answers {
            let answer = answer.map_err(|_| ConnectorError::Stopped)?;
            let outcome = answer.outcome().unwrap_or("{}");
            if answer.kind() == Kind::Error {
                let text = format!("its client answered {name:?} with the error {outcome}");
                return Err(ConnectorError::Protocol(text));
            }
            given.push(format!("{}:{outcome}", serde_json::Value::from(name)));
        }
        self.repeat(Some(format!("{{{}}}", given.join(",")))).await
    }

    /// Sends the request again, with what it lacked.
    async fn repeat(&mut self, answers: Option<String>) -> Result<(), ConnectorError> {
        let params = self.request.params().unwrap_or("{}");
        let changes = [
            ("inputResponses", answers.map(Into::into)),
            ("requestState", self.state.clone().map(Into::into)),
        ];
        let request = self.request.with_params(&edit::edited(params, &changes));
        self.reply = self.link.send(request, &self.headers).await?.into();
        Ok(())
    }

    fn failed(&self, text: &str) -> Message {
        mcp::error(self.request.id(), mcp::code::CONNECTOR_UNAVAILABLE, text)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.bridge
            .calls
            .lock()
            .remove(self.request.id().unwrap_or("null"));
        let mut asked = self.bridge.asked.lock();
        for (_, id, _) in &self.waiting {
            asked.remove(id);
        }
    }
}
