//! What providers really answer, turned into what RFC 6749 §5 says.
//!
//! Some give JSON under another content type, or form encoding; numbers in quotation marks; errors with status 200;
//! no token type. Only a field named `error` makes an error: words in a web page mean nothing.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::error::{TokenError, scrub};

/// Rewrites a token endpoint's answer as strict JSON, with the fields that berth reads and no others.
pub(super) fn plain(answer: &Response<Bytes>) -> Result<Response<Vec<u8>>, TokenError> {
    let status = answer.status();
    if status.is_redirection() {
        return Err(TokenError::Unexpected(format!(
            "it redirects (status {}), and secrets are not sent on",
            status.as_u16()
        )));
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(TokenError::Unavailable {
            status: status.as_u16(),
            retry_after: retry_after(answer),
        });
    }
    let Some(fields) = read_fields(answer.body()) else {
        return match status {
            // RFC 6749 §5.2 keeps this status for one thing.
            StatusCode::UNAUTHORIZED => refused("invalid_client", ""),
            _ => Err(TokenError::Unexpected(shape(answer))),
        };
    };
    if let Some(error) = error_of(&fields) {
        let description = fields
            .get("error_description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        return refused(&error, description);
    }
    if !status.is_success() {
        return match status {
            StatusCode::UNAUTHORIZED => refused("invalid_client", ""),
            _ => Err(TokenError::Unexpected(shape(answer))),
        };
    }
    let body = token_fields(&fields)
        .ok_or_else(|| TokenError::Unexpected(format!("it has no access_token ({})", shape(answer))))?;
    respond(StatusCode::OK, &body)
}

/// Writes an error in the form of §5.2, for the one reader of all answers.
fn refused(error: &str, description: &str) -> Result<Response<Vec<u8>>, TokenError> {
    respond(
        StatusCode::BAD_REQUEST,
        &json!({ "error": error, "error_description": description }),
    )
}

fn respond(status: StatusCode, body: &Value) -> Result<Response<Vec<u8>>, TokenError> {
    let mut response = Response::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    Ok(response)
}

/// The fields of a JSON object, whatever its content type, or of a form.
fn read_fields(body: &[u8]) -> Option<Map<String, Value>> {
    if let Ok(fields) = serde_json::from_slice(body) {
        return Some(fields);
    }
    let text = std::str::from_utf8(body).ok()?.trim();
    let is_form = ["access_token=", "error="]
        .iter()
        .any(|key| text.split('&').any(|pair| pair.starts_with(key)));
    is_form.then(|| {
        url::form_urlencoded::parse(text.as_bytes())
            .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
            .collect()
    })
}

fn error_of(fields: &Map<String, Value>) -> Option<String> {
    match fields.get("error")? {
        Value::String(error) if !error.is_empty() => Some(error.clone()),
        // An error with parts of its own: its type or code is the nearest to what §5.2 means.
        Value::Object(parts) => Some(
            ["type", "code", "status"]
                .iter()
                .find_map(|key| parts.get(*key).and_then(Value::as_str))
                .unwrap_or("unspecified")
                .to_owned(),
        ),
        Value::Null | Value::Bool(false) | Value::String(_) => None,
        _ => Some("unspecified".to_owned()),
    }
}

fn token_fields(fields: &Map<String, Value>) -> Option<Value> {
    let text = |key: &str| {
        fields
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let mut plain = Map::new();
    plain.insert("access_token".to_owned(), text("access_token")?.into());
    plain.insert(
        "token_type".to_owned(),
        text("token_type").unwrap_or("Bearer").into(),
    );
    for key in ["refresh_token", "id_token"] {
        if let Some(value) = text(key) {
            plain.insert(key.to_owned(), value.into());
        }
    }
    if let Some(scope) = fields.get("scope").and_then(read_scope) {
        plain.insert("scope".to_owned(), scope.into());
    }
    if let Some(seconds) = fields.get("expires_in").and_then(read_seconds) {
        plain.insert("expires_in".to_owned(), seconds.into());
    }
    Some(Value::Object(plain))
}

fn read_scope(value: &Value) -> Option<String> {
    match value {
        Value::String(scope) => Some(scope.clone()),
        Value::Array(scopes) => Some(
            scopes
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" "),
        ),
        _ => None,
    }
}

/// A lifetime; none, zero and less say nothing.
fn read_seconds(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "floored, positive and capped at ten years"
    )]
    let whole = seconds.min(10.0 * 365.0 * 86_400.0) as u64;
    (seconds >= 1.0).then_some(whole)
}

fn retry_after(answer: &Response<Bytes>) -> Option<Duration> {
    answer
        .headers()
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

/// What may be told about an answer: never its bytes.
fn shape(answer: &Response<Bytes>) -> String {
    let content_type = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("no content type");
    format!(
        "status {}, {}, {} bytes",
        answer.status().as_u16(),
        scrub(content_type),
        answer.body().len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Value, TokenError> {
        let answer = Response::builder()
            .status(status)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        plain(&answer).map(|plain| serde_json::from_slice(plain.body()).unwrap())
    }

    #[test]
    fn odd_tokens_become_plain_ones() {
        let check = |body: &str, expected: Value| assert_eq!(read(200, body).unwrap(), expected, "{body}");
        check(
            r#"{"access_token":"a","token_type":"bearer","expires_in":"3599","scope":["x","y"],"extra":1}"#,
            json!({"access_token":"a","token_type":"bearer","expires_in":3599,"scope":"x y"}),
        );
        check(
            "access_token=a%2Fb&scope=x&token_type=bearer",
            json!({"access_token":"a/b","token_type":"bearer","scope":"x"}),
        );
        check(
            r#"{"access_token":"a","expires_in":3600.9,"refresh_token":"","error":null}"#,
            json!({"access_token":"a","token_type":"Bearer","expires_in":3600}),
        );
        check(
            r#"{"access_token":"a","expires_in":0}"#,
            json!({"access_token":"a","token_type":"Bearer"}),
        );
        check(
            r#"{"access_token":"a","expires_in":-5}"#,
            json!({"access_token":"a","token_type":"Bearer"}),
        );
    }

    #[test]
    fn only_the_error_field_makes_an_error() {
        let error = |status, body: &str| read(status, body).unwrap()["error"].as_str().unwrap().to_owned();
        assert_eq!(error(400, r#"{"error":"invalid_grant"}"#), "invalid_grant");
        assert_eq!(error(200, r#"{"ok":false,"error":"bad_code"}"#), "bad_code");
        assert_eq!(
            error(200, "error=bad_verification_code&error_description=x"),
            "bad_verification_code"
        );
        assert_eq!(
            error(400, r#"{"error":{"type":"OAuthException","code":190}}"#),
            "OAuthException"
        );
        assert_eq!(error(401, "<h1>no</h1>"), "invalid_client");
        assert!(matches!(
            read(502, r#"{"error":"invalid_grant"}"#),
            Err(TokenError::Unavailable { status: 502, .. })
        ));
        for (status, body) in [
            (200, "<html>invalid_grant error=invalid_grant</html>"),
            (400, "<html>invalid_grant</html>"),
            (200, ""),
            (200, "{}"),
            (200, r#"{"access_token":5}"#),
            (404, r#"{"message":"no"}"#),
            (302, ""),
        ] {
            assert!(
                matches!(read(status, body), Err(TokenError::Unexpected(_))),
                "{status} {body}"
            );
        }
    }
}
