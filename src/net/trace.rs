//! What went over the line, for a person who tries settings out: without anything that is secret.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, header};
use parking_lot::Mutex;
use url::{Url, form_urlencoded};

use super::NetError;

/// Parameters whose values are told; of all others it is told that they were there.
const PLAIN: [&str; 14] = [
    "grant_type",
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "user_scope",
    "resource",
    "audience",
    "prompt",
    "access_type",
    "code_challenge_method",
    "token_type_hint",
    "expires_in",
];

/// Lines about requests and their answers; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    /// The lines so far, which are forgotten here.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }

    pub(super) fn request(&self, request: &Request<Vec<u8>>, url: &Url) {
        let mut lines = vec![format!("{} {}", request.method(), address(url))];
        if let Some(value) = request.headers().get(header::AUTHORIZATION) {
            let scheme = value
                .to_str()
                .unwrap_or_default()
                .split(' ')
                .next()
                .unwrap_or_default();
            lines.push(format!("authorization: {scheme} ***"));
        }
        let body = request.body();
        if !body.is_empty() {
            lines.push(
                match serde_json::from_slice::<serde_json::Map<_, serde_json::Value>>(body) {
                    Ok(fields) => parameters(
                        fields
                            .iter()
                            .map(|(key, value)| (key.as_str(), value.as_str().unwrap_or("***"))),
                    ),
                    Err(_) => {
                        let pairs: Vec<_> = form_urlencoded::parse(body).collect();
                        parameters(pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))
                    }
                },
            );
        }
        self.0.lock().extend(lines);
    }

    pub(super) fn answer(&self, answer: &Result<Response<Bytes>, NetError>) {
        let line = match answer {
            Ok(answer) => {
                let content_type = answer.headers().get(header::CONTENT_TYPE);
                let content_type = content_type.and_then(|value| value.to_str().ok());
                let content_type: String = content_type
                    .unwrap_or("no content type")
                    .chars()
                    .take(60)
                    .collect();
                format!(
                    "→ {}, {content_type}, {} bytes",
                    answer.status().as_u16(),
                    answer.body().len()
                )
            }
            Err(error) => format!("→ {error}"),
        };
        self.0.lock().push(line);
    }
}

/// An address with the values of its parameters masked.
pub(crate) fn address(url: &Url) -> String {
    let mut plain = url.clone();
    plain.set_query(None);
    let pairs: Vec<_> = url.query_pairs().collect();
    match pairs.is_empty() {
        true => plain.to_string(),
        false => format!(
            "{plain}?{}",
            parameters(pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))
        ),
    }
}

fn parameters<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let masked = pairs.map(|(key, value)| {
        let value = if PLAIN.contains(&key) { value } else { "***" };
        format!("{key}={value}")
    });
    masked.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_told() {
        let trace = Trace::default();
        for body in [
            "grant_type=refresh_token&refresh_token=canary&client_secret=canary&client_key=canary",
            r#"{"grant_type":"refresh_token","refresh_token":"canary","nested":{"x":"canary"}}"#,
            "canary",
        ] {
            let url: Url = "https://idp.example/token?code=canary&scope=read"
                .parse()
                .unwrap();
            let request = Request::post(url.as_str())
                .header(header::AUTHORIZATION, "Basic canary")
                .body(body.as_bytes().to_vec())
                .unwrap();
            trace.request(&request, &url);
            let lines = trace.take();
            assert_eq!(lines[0], "POST https://idp.example/token?code=***&scope=read");
            assert_eq!(lines[1], "authorization: Basic ***");
            // A body that is nothing known becomes a name without a value.
            assert!(body == "canary" || !lines[2].contains("canary"), "{lines:?}");
        }
    }
}
