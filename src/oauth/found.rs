//! Reading the documents that say where an OAuth is.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::de::DeserializeOwned;

use super::error::scrub;
use crate::model::Tried;

/// The most words of one list that are taken from a document.
const WORDS: usize = 500;

/// Why an answer is not the document that was asked for.
#[derive(Debug)]
pub(super) struct Lack {
    answer: String,
    hint: &'static str,
}

impl Lack {
    pub(super) fn new(answer: impl Into<String>) -> Self {
        Self {
            answer: answer.into(),
            hint: "",
        }
    }

    pub(super) fn at(self, url: impl ToString) -> Tried {
        Tried::new(url, self.answer).hint(self.hint)
    }
}

/// The JSON document in `answer`, which has at least the member `named`.
pub(super) fn json<T: DeserializeOwned>(answer: &Response<Bytes>, named: &str) -> Result<T, Lack> {
    let status = answer.status();
    if let Some(location) = answer.headers().get(header::LOCATION)
        && status.is_redirection()
    {
        let to = String::from_utf8_lossy(location.as_bytes());
        return Err(Lack {
            answer: format!(
                "status {}: it sends on to {}, where berth does not follow",
                status.as_u16(),
                scrub(&to)
            ),
            hint: "name the address that it sends on to, if that is the one",
        });
    }
    if status != StatusCode::OK {
        return Err(Lack::new(format!("status {}", status.as_u16())));
    }
    serde_json::from_slice(answer.body()).map_err(|error| {
        Lack::new(match error.classify() {
            serde_json::error::Category::Data => format!("JSON, but no document with the member {named:?}"),
            _ => "something that is not JSON".to_owned(),
        })
    })
}

/// Words of a document, each once.
pub(super) fn words<'a>(list: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in list.map(scrub).filter(|word| !word.is_empty()) {
        if words.len() == WORDS {
            break;
        }
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}
