//! "Authorization needed" for clients without sessions: form A, or words where a client can't be sent anywhere.

use http::StatusCode;
use serde_json::json;
use tokio::time;

use super::{AUTHORIZE, Conversation, Last, Retry, Waited, is_refusal};
use crate::{
    calls::Consent,
    gateway::{
        consent,
        metrics::Outcome,
        modern::{may_ask, own, state::Stage},
        step_up,
    },
    mcp,
};

impl Conversation {
    /// What becomes of a call whose person has to authorize first.
    pub(super) async fn authorization(&self, needed: &Consent, retry: Option<Retry>) -> Waited {
        let answer_with = |last| Waited::Answer(Box::new(last));
        let method = self.request.method().unwrap_or_default();
        let can_be_sent = self
            .meta
            .client
            .as_ref()
            .is_some_and(mcp::ClientSide::elicits_urls);
        if !may_ask(method) || !can_be_sent {
            let client = self.client.as_ref();
            if let Some(refusal) = step_up::refusal(&self.gateway, client, &self.entry, &self.request, needed)
            {
                self.gateway.metrics.count(Outcome::Consent);
                return Waited::Refused(Box::new(refusal.to(&self.request.with_id(&self.id))));
            }
            return answer_with(self.told(method, needed));
        }
        match &retry {
            Some(Retry {
                stage: Stage::Asked,
                answers,
            }) => match answers.get(AUTHORIZE) {
                Some(answer) if is_refusal(answer) => return answer_with(self.refused()),
                Some(_) => {}
                None => return answer_with(self.ask(needed)),
            },
            Some(Retry {
                stage: Stage::Waiting,
                ..
            }) => {}
            _ => return answer_with(self.ask(needed)),
        }
        // "accept" says that the person went there, not that all is done.
        let session = &self.entry.session;
        tokio::select! {
            () = self.gateway.calls.granted(session) => Waited::Authorized,
            () = time::sleep(self.gateway.hold) => answer_with(self.input_required(None, Stage::Waiting)),
            () = self.gateway.stopping.cancelled() => answer_with(self.input_required(None, Stage::Waiting)),
        }
    }

    /// Form A.
    fn ask(&self, needed: &Consent) -> Last {
        self.gateway.metrics.count(Outcome::Consent);
        let params = json!({
            "mode": "url",
            "message": needed.request(&self.entry.session.name),
            "url": needed.url.as_str(),
        });
        let asked = json!({ AUTHORIZE: { "method": "elicitation/create", "params": params } });
        self.input_required(Some(&asked.to_string()), Stage::Asked)
    }

    /// For a client that can't be sent anywhere.
    fn told(&self, method: &str, needed: &Consent) -> Last {
        self.gateway.metrics.count(Outcome::Consent);
        let told = consent::in_words(&self.id, &self.request, &self.entry, needed);
        if method == "tools/call" || !may_ask(method) {
            return self.finished(&told);
        }
        let text = format!(
            "{} first: open {} in a browser, then try again.",
            needed.request(&self.entry.session.name),
            needed.url
        );
        let data = json!({ "requiredCapabilities": { "elicitation": { "url": {} } } });
        let error = mcp::error_with_data(Some(&self.id), own::MISSING_CAPABILITY, &text, Some(data));
        (StatusCode::BAD_REQUEST, error)
    }

    pub(super) fn refused(&self) -> Last {
        let text = format!("What {} needs was declined.", self.entry.session.name);
        self.finished(&consent::refused(&self.id, &self.request, &text))
    }
}
