//! `subscriptions/listen`: one stream of changes, of those that the client names (2026-07-28, subscriptions).

use std::sync::Arc;

use axum::{body::Bytes, response::Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use tokio::time;

use super::{Shared, bad};
use crate::{
    gateway::{
        Gateway,
        answers::unheard,
        door::Refusal,
        outbox::{Outbox, TICK},
        relay::{self, Busy, Events, KEEP_ALIVE_COMMENT},
    },
    mcp::{
        self, Kind, Message, code, edit,
        modern::{SUBSCRIPTION, completed},
    },
    model::Probe,
};

/// What a client wants to hear of.
#[derive(Debug, Default, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    #[serde(skip_serializing_if = "is_not")]
    tools_list_changed: bool,
    #[serde(skip_serializing_if = "is_not")]
    prompts_list_changed: bool,
    #[serde(skip_serializing_if = "is_not")]
    resources_list_changed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_subscriptions: Vec<String>,
}

#[derive(Deserialize)]
struct Params {
    notifications: Filter,
}

/// Opens the stream.
pub(super) async fn open(
    gateway: &Gateway,
    entry: &Shared,
    request: &Message,
    probe: &Probe,
    server: String,
) -> Result<Response, Refusal> {
    let params: Params = request.params_as().map_err(|error| {
        let text = format!("subscriptions/listen needs \"notifications\", what to hear of: {error}");
        bad(code::INVALID_PARAMS, &text)
    })?;
    let mut filter = supported(params.notifications, probe).ok_or_else(|| {
        let text = "this connector tells of no changes";
        Refusal::new(StatusCode::NOT_FOUND, code::METHOD_NOT_FOUND, text)
    })?;
    let outbox = entry.outbox(gateway).await.map_err(|error| unheard(&error))?;
    let read = outbox.last();
    // Whoever has not authorized yet hears of changes from the first call on, but of no resource.
    gateway
        .calls
        .wake(&entry.session)
        .await
        .map_err(|error| unheard(&error))?;
    let mut stream = Stream {
        gateway: gateway.clone(),
        id: request.id().unwrap_or("0").to_owned(),
        subscribed: Vec::new(),
        entry: Arc::clone(entry),
        outbox,
        read,
        server,
        filter: Filter::default(),
        stage: Stage::Begins,
        _busy: Busy::new(entry),
    };
    for uri in std::mem::take(&mut filter.resource_subscriptions) {
        if gateway
            .calls
            .subscribe(&entry.session, &uri)
            .await
            .map_err(|error| unheard(&error))?
        {
            stream.subscribed.push(uri.clone());
            filter.resource_subscriptions.push(uri);
        }
    }
    stream.filter = filter;
    Ok(relay::events(stream))
}

/// What of a filter the connector declares; `None` where it declares nothing at all.
fn supported(wanted: Filter, probe: &Probe) -> Option<Filter> {
    let said: Value = serde_json::from_str(probe.initialize.get()).unwrap_or_default();
    let has = |what: &str, key: &str| said["capabilities"][what][key] == true;
    let (tools, prompts) = (has("tools", "listChanged"), has("prompts", "listChanged"));
    let (resources, subscribe) = (has("resources", "listChanged"), has("resources", "subscribe"));
    if !(tools || prompts || resources || subscribe) {
        return None;
    }
    Some(Filter {
        tools_list_changed: wanted.tools_list_changed && tools,
        prompts_list_changed: wanted.prompts_list_changed && prompts,
        resources_list_changed: wanted.resources_list_changed && resources,
        resource_subscriptions: if subscribe {
            wanted.resource_subscriptions
        } else {
            Vec::new()
        },
    })
}

struct Stream {
    gateway: Gateway,
    entry: Shared,
    /// The request's id, as JSON text: the name of the subscription.
    id: String,
    filter: Filter,
    /// The resources that the connector was asked to tell of.
    subscribed: Vec<String>,
    outbox: Arc<Outbox>,
    /// The number of the last message that was looked at.
    read: u64,
    server: String,
    stage: Stage,
    _busy: Busy,
}

enum Stage {
    Begins,
    Open,
    Over,
}

impl Events for Stream {
    async fn next(&mut self) -> Option<Bytes> {
        match self.stage {
            Stage::Begins => {
                self.stage = Stage::Open;
                let filter = json!({ "notifications": self.filter });
                let note = mcp::notification("notifications/subscriptions/acknowledged", &filter);
                return Some(relay::event(&self.named(&note)));
            }
            Stage::Open => {}
            Stage::Over => return None,
        }
        loop {
            tokio::select! {
                biased;
                () = self.gateway.stopping.cancelled() => {
                    self.stage = Stage::Over;
                    return Some(self.end());
                }
                (number, message) = self.outbox.after(self.read) => {
                    self.read = number;
                    if message.kind() == Kind::Request {
                        self.refuse(&message).await;
                    } else if self.is_wanted(&message) {
                        return Some(relay::event(&self.named(&message)));
                    }
                }
                () = time::sleep(TICK) => {
                    self.entry.tick(&self.gateway, &self.outbox);
                    return Some(Bytes::from_static(KEEP_ALIVE_COMMENT));
                }
            }
        }
    }
}

impl Stream {
    fn is_wanted(&self, note: &Message) -> bool {
        match note.method() {
            Some("notifications/tools/list_changed") => self.filter.tools_list_changed,
            Some("notifications/prompts/list_changed") => self.filter.prompts_list_changed,
            Some("notifications/resources/list_changed") => self.filter.resources_list_changed,
            Some("notifications/resources/updated") => mcp::updated(note).is_some_and(|uri| {
                let mut wanted = self.filter.resource_subscriptions.iter();
                wanted.any(|wanted| uri.starts_with(wanted.as_str()))
            }),
            _ => false,
        }
    }

    /// Nothing may be asked on this stream.
    async fn refuse(&self, request: &Message) {
        let text = "no call is in flight whose client could be asked";
        let answer = mcp::error(request.id(), code::METHOD_NOT_FOUND, text);
        if let Err(error) = self.gateway.calls.post(&self.entry.session, answer).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "an answer could not be passed on"
            );
        }
    }

    /// The same notification, with the name of the subscription in it.
    fn named(&self, note: &Message) -> Message {
        let params = note.params().unwrap_or("{}");
        let meta = edit::member(params, "_meta")
            .filter(|meta| meta.starts_with('{'))
            .unwrap_or("{}");
        let meta = edit::edited(meta, &[(SUBSCRIPTION, Some(self.id.as_str().into()))]);
        let params = edit::edited(params, &[("_meta", Some(meta.into()))]);
        match note.params() {
            Some(_) => note.with_params(&params),
            None => {
                let params = RawValue::from_string(params).unwrap_or_default();
                mcp::notification(note.method().unwrap_or_default(), &params)
            }
        }
    }

    /// The result, which ends the stream in good order.
    fn end(&self) -> Bytes {
        let meta = format!("{{\"_meta\":{{\"{SUBSCRIPTION}\":{}}}}}", self.id);
        let result = completed(&meta, Some(&self.server), &[]);
        let result = RawValue::from_string(result).unwrap_or_default();
        relay::event(&mcp::result(&self.id, &result))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let subscribed = std::mem::take(&mut self.subscribed);
        if subscribed.is_empty() {
            return;
        }
        let (gateway, entry) = (self.gateway.clone(), Arc::clone(&self.entry));
        self.gateway.tasks.spawn(async move {
            for uri in subscribed {
                gateway.calls.unsubscribe(&entry.session, &uri).await;
            }
        });
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_not(flag: &bool) -> bool {
    !flag
}
