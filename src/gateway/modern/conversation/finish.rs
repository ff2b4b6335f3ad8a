//! A connector's response, as a client without sessions gets it.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Conversation, Last};
use crate::{
    gateway::{
        consent,
        modern::{discover, own, state::Stage},
    },
    mcp::{self, Kind, Message, code, edit, modern::completed},
};

impl Conversation {
    /// A connector's response as the client gets it.
    pub(super) fn finished(&self, response: &Message) -> Last {
        let outcome = response.outcome().unwrap_or("{}");
        let response = response.with_id(&self.id);
        if response.kind() == Kind::Result {
            let more: &[(&str, &str)] = match self.request.method().unwrap_or_default() {
                "tools/list" | "prompts/list" | "resources/list" | "resources/templates/list" => {
                    &[("ttlMs", discover::KEEP_LISTS), ("cacheScope", discover::SCOPE)]
                }
                "resources/read" => &[
                    ("ttlMs", discover::KEEP_CONTENTS),
                    ("cacheScope", discover::SCOPE),
                ],
                _ => &[],
            };
            let result = completed(outcome, Some(&self.server), more);
            return (StatusCode::OK, response.with_outcome(&result));
        }
        let code = edit::member(outcome, "code").and_then(|code| code.parse::<i64>().ok());
        match code {
            Some(own::OLD_RESOURCE_NOT_FOUND) => {
                let code = code::INVALID_PARAMS.to_string();
                let error = edit::edited(outcome, &[("code", Some(code.into()))]);
                (StatusCode::OK, response.with_outcome(&error))
            }
            Some(code::URL_ELICITATION_REQUIRED) => self.elsewhere(outcome),
            Some(code::METHOD_NOT_FOUND) => (StatusCode::NOT_FOUND, response),
            Some(own::HEADER_MISMATCH | own::MISSING_CAPABILITY | own::UNSUPPORTED_VERSION) => {
                (StatusCode::BAD_REQUEST, response)
            }
            _ => (StatusCode::OK, response),
        }
    }

    /// A connector that sends the person somewhere itself, with the error that the revision before this one had for it.
    fn elsewhere(&self, error: &str) -> Last {
        #[derive(Default, Deserialize)]
        struct Sent {
            #[serde(default)]
            message: String,
            #[serde(default)]
            data: Elicitations,
        }
        #[derive(Default, Deserialize)]
        struct Elicitations {
            #[serde(default)]
            elicitations: Vec<Elicitation>,
        }
        #[derive(Deserialize)]
        struct Elicitation {
            url: String,
            #[serde(default)]
            message: String,
        }
        let sent: Sent = serde_json::from_str(error).unwrap_or_default();
        let can_be_sent = self
            .meta
            .client
            .as_ref()
            .is_some_and(mcp::ClientSide::elicits_urls);
        let places = &sent.data.elicitations;
        if can_be_sent && self.binding.is_some() && !places.is_empty() {
            let asked = places.iter().enumerate().map(|(number, place)| {
                let params = json!({ "mode": "url", "message": place.message, "url": place.url });
                let request = json!({ "method": "elicitation/create", "params": params });
                (format!("input-{}", number + 1), request)
            });
            let asked = Value::Object(asked.collect());
            return self.input_required(Some(&asked.to_string()), Stage::Elsewhere);
        }
        let urls: Vec<&str> = places.iter().map(|place| place.url.as_str()).collect();
        let text = format!(
            "{} Ask the user to open {} in a browser, then try again.",
            sent.message,
            urls.join(", ")
        );
        self.finished(&consent::refused(&self.id, &self.request, &text))
    }
}
