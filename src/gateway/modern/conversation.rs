//! One request of a client without a session, from what it sent to what it gets.
//!
//! A connector with sessions is asked in its own way, and its answer is completed. What it asks back can't go to the
//! client as it is: the call is parked, the client gets the questions as its result, and the same request with the
//! answers takes the call up again. Where the person has to authorize first, the same happens with berth's question.

mod authorize;
mod finish;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tokio::time;

use super::{
    Shared, may_ask,
    parking::Question,
    respond::{Out, Sender},
    state::{self, Binding, Stage},
};
use crate::{
    calls::Answer,
    connector::Incoming,
    gateway::{Gateway, answers, door::Refusal, metrics::Outcome, relay::Busy},
    mcp::{
        self, Kind, Message, Meta, code, edit,
        modern::{completed, to_legacy, without},
    },
    model::ClientConsent,
};

/// Questions that come within this of each other are put to the client together.
const TOGETHER: Duration = Duration::from_millis(20);

/// The name of berth's own question.
const AUTHORIZE: &str = "authorize";

/// How many requests were passed on: ids that no other request has in the session that it shares.
static PASSED_ON: AtomicU64 = AtomicU64::new(0);

/// How many questions were put to clients: no answer is taken for another one's, though a client repeat it.
static ASKED: AtomicU64 = AtomicU64::new(1);

pub(super) struct Conversation {
    gateway: Gateway,
    entry: Shared,
    /// The request's id as the client wrote it.
    id: String,
    /// As it is passed on.
    request: Message,
    meta: Meta,
    /// Who answers, as JSON text.
    server: String,
    binding: Option<Binding>,
    retry: Option<Retry>,
    client: Option<ClientConsent>,
    _busy: Busy,
}

/// What a request says of the earlier leg that it goes on from.
struct Retry {
    stage: Stage,
    /// Answers by the question's name, as JSON text.
    answers: BTreeMap<String, String>,
}

/// The response, and its status.
type Last = (StatusCode, Message);

/// What comes of waiting for the person.
enum Waited {
    Authorized,
    Answer(Box<Last>),
    Refused(Box<Refusal>),
}

impl Conversation {
    pub(super) fn new(
        gateway: &Gateway,
        entry: &Shared,
        request: &Message,
        meta: Meta,
        (server, is_modern): (String, bool),
    ) -> Self {
        let method = request.method().unwrap_or_default();
        let session = &entry.session;
        let binding =
            may_ask(method).then(|| Binding::new(&session.caller.user, &session.connector, request));
        let state = request
            .params()
            .and_then(|params| edit::member(params, "requestState"));
        let state = state.and_then(|state| serde_json::from_str::<String>(state).ok());
        let stage = match (&state, &binding) {
            (Some(state), Some(binding)) => gateway.requests.states.open(binding, state),
            _ => None,
        };
        let retry = stage.map(|stage| Retry {
            stage,
            answers: answers(request),
        });
        // A state that is not good is none: the call begins anew, and asks anew.
        let own = state.as_deref().is_some_and(state::is_own);
        let dropped: &[&str] = if own {
            &["requestState", "inputResponses"]
        } else {
            &[]
        };
        // A connector of the same revision gets what the client sent.
        let passed_on = match is_modern {
            true => without(request, dropped),
            false => to_legacy(request, dropped),
        };
        let number = PASSED_ON.fetch_add(1, Ordering::Relaxed);
        Self {
            gateway: gateway.clone(),
            id: request.id().unwrap_or("0").to_owned(),
            request: passed_on.with_id(&format!("\"berth-{number}\"")),
            entry: entry.clone(),
            meta,
            server,
            binding,
            retry,
            client: None,
            _busy: Busy::new(entry),
        }
    }

    /// The same for a request through a client that was let in.
    pub(super) fn through(self, client: Option<ClientConsent>) -> Self {
        Self { client, ..self }
    }

    pub(super) async fn run(mut self, out: Sender) {
        let last = match self.answer(&out).await {
            Ok((status, message)) => Out::Last(status, message),
            Err(refusal) => Out::Refused(refusal),
        };
        // It fails only when the client has left.
        let _ = out.send(last).await;
    }

    async fn answer(&mut self, out: &Sender) -> Result<Last, Box<Refusal>> {
        if let Ok(Some(list)) = self.gateway.calls.remembered(&self.entry.session, &self.request) {
            self.gateway.metrics.count(Outcome::Answered);
            return Ok(self.finished(&list));
        }
        let mut retry = self.retry.take();
        if let Some(Retry {
            stage: Stage::Parked(name),
            answers,
        }) = &retry
        {
            let parked = self
                .gateway
                .sessions
                .parked()
                .take(name, &self.entry.session.caller.user);
            if let Some(parked) = parked {
                return Ok(self.take_up(parked.reply, parked.questions, answers, out).await);
            }
            // It waited too long, or the broker was started again.
            retry = None;
        }
        if let Some(Retry {
            stage: Stage::Elsewhere,
            answers,
        }) = &retry
            && answers.values().any(|answer| is_refusal(answer))
        {
            return Ok(self.refused());
        }
        loop {
            let sent = self.gateway.calls.send(&self.entry.session, &self.request).await;
            match sent {
                Ok(Answer::Reply(reply)) => {
                    self.gateway.metrics.count(Outcome::Relayed);
                    return Ok(self.relay(reply.into(), BTreeMap::new(), out).await);
                }
                Ok(Answer::Remembered(list)) => return Ok(self.finished(&list)),
                Ok(Answer::ConsentNeeded(needed)) => match self.authorization(&needed, retry.take()).await {
                    Waited::Authorized => {}
                    Waited::Answer(last) => return Ok(*last),
                    Waited::Refused(refusal) => return Err(refusal),
                },
                Err(error) => {
                    let failed = answers::failed(&self.gateway, &self.id, &error);
                    return Ok((StatusCode::OK, failed));
                }
            }
        }
    }

    /// Passes on what the connector says, to its response or to its questions.
    async fn relay(
        &self,
        mut reply: Incoming,
        mut questions: BTreeMap<String, Question>,
        out: &Sender,
    ) -> Last {
        loop {
            let next = if questions.is_empty() {
                reply.next().await
            } else {
                match time::timeout(TOGETHER, reply.next()).await {
                    Ok(next) => next,
                    Err(_) => return self.park(reply, questions),
                }
            };
            let message = match next {
                Some(Ok(message)) => message,
                Some(Err(error)) => {
                    let text = error.to_string();
                    return (
                        StatusCode::OK,
                        mcp::error(Some(&self.id), code::CONNECTOR_UNAVAILABLE, &text),
                    );
                }
                None => {
                    let text = "the connector's answer ended too early";
                    return (
                        StatusCode::OK,
                        mcp::error(Some(&self.id), code::CONNECTOR_UNAVAILABLE, text),
                    );
                }
            };
            match message.kind() {
                Kind::Result | Kind::Error => return self.finished(&message),
                Kind::Notification => {
                    if self.is_wanted(&message) && out.send(Out::Note(message)).await.is_err() {
                        // The client has left; returning cancels what is under way.
                        return (StatusCode::OK, answers::cancelled(&self.id));
                    }
                }
                Kind::Request => self.asked(message, &mut questions).await,
            }
        }
    }

    /// Only what relates to the request belongs on its stream (2026-07-28, Streamable HTTP, receiving messages).
    fn is_wanted(&self, note: &Message) -> bool {
        match note.method() {
            Some("notifications/progress") => true,
            Some("notifications/message") => {
                #[derive(Default, Deserialize)]
                struct Params {
                    level: String,
                }
                self.meta
                    .wants(&note.params_as::<Params>().unwrap_or_default().level)
            }
            Some("notifications/cancelled") => false,
            Some(method) => !mcp::is_of_session(method),
            None => false,
        }
    }

    /// A request of the connector: kept for the client where it can answer it, else answered that nobody can.
    async fn asked(&self, request: Message, questions: &mut BTreeMap<String, Question>) {
        let id = request.id().unwrap_or("0").to_owned();
        let method = request.method().unwrap_or_default().to_owned();
        if method == "ping" {
            return self.tell(mcp::result(&id, &json!({}))).await;
        }
        if self.binding.is_none() || !self.can_answer(&method, &request) {
            let text = format!("the client did not declare that it answers {method}");
            return self
                .tell(mcp::error(Some(&id), code::METHOD_NOT_FOUND, &text))
                .await;
        }
        let name = format!("input-{}", ASKED.fetch_add(1, Ordering::Relaxed));
        // The revision has no ids of elicitations.
        let params = request
            .params()
            .map(|params| edit::edited(params, &[("elicitationId", None)]));
        questions.insert(name, Question { id, method, params });
    }

    fn can_answer(&self, method: &str, request: &Message) -> bool {
        let Some(client) = &self.meta.client else {
            return false;
        };
        let declared: Value = serde_json::from_str(client.capabilities.get()).unwrap_or_default();
        match method {
            "elicitation/create" => {
                let params: Value = request.params_as().unwrap_or_default();
                let elicitation = &declared["elicitation"];
                match params["mode"].as_str() {
                    Some("url") => elicitation["url"].is_object(),
                    // One that names no mode means forms.
                    _ => {
                        elicitation["form"].is_object()
                            || elicitation.as_object().is_some_and(|e| e.is_empty())
                    }
                }
            }
            "sampling/createMessage" => declared["sampling"].is_object(),
            "roots/list" => declared["roots"].is_object(),
            _ => false,
        }
    }

    /// Answers the connector.
    async fn tell(&self, answer: Message) {
        if let Err(error) = self.gateway.calls.post(&self.entry.session, answer).await {
            // The call itself fails then, and says why.
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "an answer could not be passed on"
            );
        }
    }

    /// Lets the call wait at the connector, and gives the client what it is asked.
    fn park(&self, reply: Incoming, questions: BTreeMap<String, Question>) -> Last {
        let asked: Vec<String> = questions
            .iter()
            .map(|(name, question)| {
                let params = question
                    .params
                    .as_ref()
                    .map(|params| format!(",\"params\":{params}"));
                let method = Value::from(question.method.as_str());
                format!(
                    "{}:{{\"method\":{method}{}}}",
                    Value::from(name.as_str()),
                    params.unwrap_or_default()
                )
            })
            .collect();
        let user = &self.entry.session.caller.user;
        let name = self
            .gateway
            .sessions
            .parked()
            .park(user, reply, questions, Busy::new(&self.entry));
        let asked = format!("{{{}}}", asked.join(","));
        self.input_required(Some(&asked), Stage::Parked(name))
    }

    /// Gives the connector the answers that came, and goes on.
    async fn take_up(
        &self,
        reply: Incoming,
        mut questions: BTreeMap<String, Question>,
        answers: &BTreeMap<String, String>,
        out: &Sender,
    ) -> Last {
        for (name, answer) in answers {
            if let Some(question) = questions.remove(name) {
                let answer = RawValue::from_string(answer.clone()).unwrap_or_default();
                self.tell(mcp::result(&question.id, &answer)).await;
            }
        }
        // What is left was not answered: it is asked again, unless the connector has gone on meanwhile.
        self.relay(reply, questions, out).await
    }

    /// A result that is not one yet. `asked` is an object of requests, as JSON text.
    fn input_required(&self, asked: Option<&str>, stage: Stage) -> Last {
        let mut result = "{\"resultType\":\"input_required\"".to_owned();
        if let Some(asked) = asked {
            result.push_str(",\"inputRequests\":");
            result.push_str(asked);
        }
        if let Some(binding) = &self.binding {
            let state = self.gateway.requests.states.seal(binding, stage);
            result.push_str(",\"requestState\":");
            result.push_str(&Value::from(state).to_string());
        }
        result.push('}');
        let result = completed(&result, Some(&self.server), &[]);
        let result = RawValue::from_string(result).unwrap_or_default();
        (StatusCode::OK, mcp::result(&self.id, &result))
    }
}

/// What the client answers to the questions of an earlier leg.
fn answers(request: &Message) -> BTreeMap<String, String> {
    let given = request
        .params()
        .and_then(|params| edit::member(params, "inputResponses"));
    let given = given.and_then(edit::members).unwrap_or_default();
    let objects = given.into_iter().filter(|(_, answer)| answer.starts_with('{'));
    objects
        .map(|(name, answer)| (name.into_owned(), answer.to_owned()))
        .collect()
}

/// Whether an answer to an elicitation is a no.
fn is_refusal(answer: &str) -> bool {
    #[derive(Deserialize)]
    struct Answer {
        action: String,
    }
    serde_json::from_str::<Answer>(answer)
        .is_ok_and(|answer| matches!(answer.action.as_str(), "decline" | "cancel"))
}
