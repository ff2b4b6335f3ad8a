//! What connectors say outside of calls, and of which resources they are to tell.

use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Value, json};
use tokio::{sync::mpsc, time};

use super::{Answer, CallError, Calls, LEVEL_PATIENCE, Session, session::Opened};
use crate::{
    connector::Reply,
    mcp::{self, Kind, Message},
    model::{ReleaseId, ToolRules},
};

/// What a session's client may have listed by now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    release: ReleaseId,
    rules: Option<Arc<ToolRules>>,
}

impl Calls {
    /// What the session's connector offers now; `None` when it is gone.
    pub(crate) fn offer(&self, session: &Session) -> Option<Offer> {
        let live = self.live(session).ok()?;
        Some(Offer {
            release: live.release.clone(),
            rules: self.releases.tool_rules(&session.connector),
        })
    }

    /// What a client is to be told that may have listed what was `before`: a deploy, or an admin, changed it. Only what the
    /// connector says that it tells of: clients listen to nothing else.
    pub(crate) fn changes(&self, session: &Session, before: &Offer) -> Vec<Message> {
        let (Some(now), Ok(live)) = (self.offer(session), self.live(session)) else {
            return Vec::new();
        };
        let lists: &[&str] = match (now.release == before.release, now.rules == before.rules) {
            (true, true) => &[],
            (true, false) => &["tools"],
            (false, _) => &["tools", "prompts", "resources"],
        };
        let said: Value = serde_json::from_str(live.probe.initialize.get()).unwrap_or_default();
        let told = lists
            .iter()
            .filter(|list| said["capabilities"][list]["listChanged"] == true);
        told.map(|list| mcp::notification(&format!("notifications/{list}/list_changed"), &json!({})))
            .collect()
    }

    /// From now on, what the session's connector says outside of calls goes to `ear`, whichever instance says it. Starts
    /// none: that waits for the first call.
    pub(crate) async fn listen(
        &self,
        session: &Session,
        ear: mpsc::Sender<Message>,
    ) -> Result<(), CallError> {
        session.set_ear(ear);
        let Some(opened) = session.open_link() else {
            return Ok(());
        };
        let live = self.live(session)?;
        if let Some(carried) = self.carried(session, &live).await? {
            attach(session, &opened, &carried.headers(&opened));
        }
        Ok(())
    }

    /// The rest of an answer that the session's connector paused; `None` where it has no such answer.
    pub(crate) async fn resume(
        &self,
        session: &Session,
        last_event: &str,
    ) -> Result<Option<Reply>, CallError> {
        let Some(opened) = session.open_link() else {
            return Ok(None);
        };
        let live = self.live(session)?;
        let Some(carried) = self.carried(session, &live).await? else {
            return Ok(None);
        };
        Ok(opened.link.resume(last_event, &carried.headers(&opened)).await?)
    }

    /// Sees to it that there is an instance to listen to; false when its user has to authorize first.
    pub(crate) async fn wake(&self, session: &Session) -> Result<bool, CallError> {
        Ok(self.opened(session).await?.is_some())
    }

    /// Keeps the session's instance for a while, where it has to tell of resources.
    pub(crate) fn hold(&self, session: &Session) {
        if let Some(opened) = session.open_link()
            && !session.subscriptions().is_empty()
        {
            self.runtime.hold(&opened.key);
        }
    }

    /// Has the connector tell of a resource, where it does not yet; whether it will.
    pub(crate) async fn subscribe(&self, session: &Session, uri: &str) -> Result<bool, CallError> {
        match session.subscribe(uri) {
            None => return Ok(false),
            Some(false) => return Ok(true),
            Some(true) => {}
        }
        let told = self
            .send(session, &subscription("resources/subscribe", uri))
            .await;
        let taken = match told {
            Ok(Answer::Reply(reply)) => reply
                .response()
                .await
                .is_ok_and(|answer| answer.kind() == Kind::Result),
            Ok(Answer::Remembered(_) | Answer::ConsentNeeded(_)) => false,
            Err(error) => {
                session.unsubscribe(uri);
                return Err(error);
            }
        };
        if !taken {
            session.unsubscribe(uri);
        }
        Ok(taken)
    }

    /// Ends one wish to hear of a resource, and with the last one the connector's telling.
    pub(crate) async fn unsubscribe(&self, session: &Session, uri: &str) {
        if !session.unsubscribe(uri) || !session.is_open() {
            return;
        }
        let told = self
            .send(session, &subscription("resources/unsubscribe", uri))
            .await;
        if let Ok(Answer::Reply(reply)) = told {
            // It has nothing to say to that.
            _ = reply.response().await;
        }
    }

    /// Notes what a client itself asks of its connector: another instance has to be asked the same.
    pub(crate) fn note_subscription(&self, session: &Session, request: &Message) {
        #[derive(serde::Deserialize)]
        struct Resource {
            uri: String,
        }
        let Ok(Resource { uri }) = request.params_as() else {
            return;
        };
        match request.method() {
            Some("resources/subscribe") if !session.subscriptions().contains(&uri) => {
                session.subscribe(&uri);
            }
            Some("resources/unsubscribe") => {
                session.unsubscribe(&uri);
            }
            _ => {}
        }
    }
}

/// Has a link's connector heard, where somebody listens.
pub(super) fn attach(session: &Session, opened: &Opened, headers: &HeaderMap) {
    let Some(ear) = session.ear() else {
        return;
    };
    let mut listening = opened.listening.lock();
    if listening.as_ref().is_none_or(|listening| listening.is_over()) {
        *listening = Some(opened.link.listen(headers, ear));
    }
}

/// Has a new link's connector tell of what its client wants to hear of. The call that needed it does not depend on it.
pub(super) async fn resume(session: &Session, opened: &Arc<Opened>, headers: &HeaderMap) {
    for uri in session.subscriptions() {
        let request = subscription("resources/subscribe", &uri);
        let told = async { opened.link.call(request, headers).await?.response().await };
        if !matches!(time::timeout(LEVEL_PATIENCE, told).await, Ok(Ok(_))) {
            tracing::debug!("a connector was not asked to tell of a resource");
        }
    }
}

fn subscription(method: &str, uri: &str) -> Message {
    mcp::request("\"berth-subscription\"", method, &json!({ "uri": uri }))
}
