//! What providers really answer, read as RFC 6749 §5 means it.
//!
//! Some give JSON under another content type, or form encoding; numbers in quotation marks; errors with status 200;
//! no token type; the token somewhere within. Only a field named `error` makes an error: words in a web page mean
//! nothing.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Map, Value};

use super::error::{TokenError, scrub};
use crate::{
    model::{ProviderSettings, TokenField, Values},
    secret::Secret,
};

/// What a token endpoint gave.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) access_token: Secret<String>,
    pub(super) refresh_token: Option<Secret<String>>,
    pub(super) id_token: Option<Secret<String>>,
    pub(super) token_type: Option<String>,
    /// Separated by spaces.
    pub(super) scope: Option<String>,
    /// In seconds.
    pub(super) lifetime: Option<u64>,
    pub(super) captured: Values,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Where the settings say that a field stands within, one at the top is another's: Slack's bot and its user.
    Exchange,
    /// Answers to a refresh are about one token; some have it at the top which was within before.
    Refresh,
}

/// Reads a token endpoint's answer.
pub(super) fn read(
    answer: &Response<Bytes>,
    settings: &ProviderSettings,
    at: At,
) -> Result<Reply, TokenError> {
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
            StatusCode::UNAUTHORIZED => Err(refused("invalid_client", "")),
            _ => Err(TokenError::Unexpected(shape(answer))),
        };
    };
    if let Some(error) = error_of(&fields) {
        let description = fields
            .get("error_description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        return Err(refused(&error, description));
    }
    if !status.is_success() {
        return match status {
            StatusCode::UNAUTHORIZED => Err(refused("invalid_client", "")),
            _ => Err(TokenError::Unexpected(shape(answer))),
        };
    }
    token(&Value::Object(fields), settings, at)
        .ok_or_else(|| TokenError::Unexpected(format!("it has no access_token ({})", shape(answer))))
}

fn refused(error: &str, description: &str) -> TokenError {
    TokenError::Refused {
        error: error.to_owned(),
        description: description.to_owned(),
    }
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

fn token(fields: &Value, settings: &ProviderSettings, at: At) -> Option<Reply> {
    let field = |field: TokenField, name: &str| -> Option<&Value> {
        let is_something = |value: &&Value| !value.is_null() && value.as_str() != Some("");
        let top = || fields.get(name).filter(is_something);
        match settings.fields.get(&field) {
            None => top(),
            Some(pointer) => {
                let within = fields.pointer(pointer.as_str()).filter(is_something);
                within.or_else(|| (at == At::Refresh).then(top).flatten())
            }
        }
    };
    let secret = |which: TokenField, name: &str| {
        let text = field(which, name)?.as_str()?;
        Some(Secret::new(text.to_owned()))
    };
    let token_type = field(TokenField::TokenType, "token_type").and_then(Value::as_str);
    Some(Reply {
        access_token: secret(TokenField::AccessToken, "access_token")?,
        refresh_token: secret(TokenField::RefreshToken, "refresh_token"),
        id_token: secret(TokenField::IdToken, "id_token"),
        token_type: token_type.map(str::to_owned),
        scope: field(TokenField::Scope, "scope")
            .and_then(|scope| read_scope(scope, settings.scope_separator.as_deref())),
        lifetime: field(TokenField::ExpiresIn, "expires_in").and_then(read_seconds),
        captured: settings
            .captures
            .iter()
            .filter_map(|(name, pointer)| {
                let value = read_captured(fields.pointer(pointer.as_str())?)?;
                Some((name.clone(), value))
            })
            .collect(),
    })
}

/// A captured value as a template writes it: texts as they are, anything else as JSON.
fn read_captured(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Scopes, separated by spaces: providers that are asked with spaces answer with commas all the same.
fn read_scope(value: &Value, separator: Option<&str>) -> Option<String> {
    let text = match value {
        Value::String(scope) => scope.clone(),
        Value::Array(scopes) => scopes
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" "),
        _ => return None,
    };
    let text = match separator.filter(|separator| !separator.is_empty()) {
        Some(separator) => text.replace(separator, " "),
        None => text,
    };
    let scopes: Vec<&str> = text.split([',', ' ']).filter(|scope| !scope.is_empty()).collect();
    Some(scopes.join(" "))
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
    use serde_json::json;

    use super::*;

    fn read_as(more: Value, at: At, status: u16, body: &str) -> Result<Reply, TokenError> {
        let mut settings = json!({
            "auth_url": "https://idp.example/authorize",
            "token_url": "https://idp.example/token",
            "client_id": "c",
        });
        settings
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = Response::builder()
            .status(status)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        read(&answer, &serde_json::from_value(settings).unwrap(), at)
    }

    fn read_plain(status: u16, body: &str) -> Result<Reply, TokenError> {
        read_as(json!({}), At::Exchange, status, body)
    }

    fn shown(reply: &Reply) -> Value {
        json!([
            reply.access_token.expose(),
            reply.refresh_token.as_ref().map(Secret::expose),
            reply.token_type,
            reply.scope,
            reply.lifetime
        ])
    }

    #[test]
    fn odd_tokens_are_read() {
        let check = |body: &str, expected: Value| {
            assert_eq!(shown(&read_plain(200, body).unwrap()), expected, "{body}")
        };
        check(
            r#"{"access_token":"a","token_type":"bearer","expires_in":"3599","scope":["x","y"],"extra":1}"#,
            json!(["a", null, "bearer", "x y", 3599]),
        );
        check(
            "access_token=a%2Fb&scope=x%2Cy&token_type=bearer",
            json!(["a/b", null, "bearer", "x y", null]),
        );
        check(
            r#"{"access_token":"a","expires_in":3600.9,"refresh_token":"","error":null}"#,
            json!(["a", null, null, null, 3600]),
        );
        for expires_in in ["0", "-5", "null", "\"soon\""] {
            let body = format!(r#"{{"access_token":"a","expires_in":{expires_in}}}"#);
            check(&body, json!(["a", null, null, null, null]));
        }
    }

    #[test]
    fn a_field_within_is_not_taken_from_the_top() {
        let within = || json!({"fields": {"access_token": "/user/token", "refresh_token": "/user/refresh"}});
        let body = r#"{"access_token":"bot","refresh_token":"r","user":{"token":"user"}}"#;
        let reply = read_as(within(), At::Exchange, 200, body).unwrap();
        assert_eq!(shown(&reply), json!(["user", null, null, null, null]));
        let at_the_top = r#"{"access_token":"a","refresh_token":"r"}"#;
        read_as(within(), At::Exchange, 200, at_the_top).unwrap_err();
        let reply = read_as(within(), At::Refresh, 200, at_the_top).unwrap();
        assert_eq!(shown(&reply), json!(["a", "r", null, null, null]));
    }

    #[test]
    fn what_is_captured_is_text() {
        let captures = json!({"captures": {
            "instance_url": "/instance_url", "number": "/team/id", "list": "/list", "nothing": "/nothing", "empty": "/empty",
        }});
        let body = r#"{"access_token":"a","instance_url":"https://x.example","team":{"id":7},"list":["b"],"empty":""}"#;
        let captured = read_as(captures, At::Exchange, 200, body).unwrap().captured;
        assert_eq!(
            json!(captured),
            json!({"instance_url": "https://x.example", "number": "7", "list": "[\"b\"]"})
        );
    }

    #[test]
    fn only_the_error_field_makes_an_error() {
        let error = |status, body: &str| match read_plain(status, body) {
            Err(TokenError::Refused { error, .. }) => error,
            other => panic!("{other:?}"),
        };
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
            read_plain(502, r#"{"error":"invalid_grant"}"#),
            Err(TokenError::Unavailable { status: 502, .. })
        ));
        let busy = Response::builder()
            .status(429)
            .header(header::RETRY_AFTER, "7")
            .body(Bytes::new())
            .unwrap();
        let settings = json!({"token_url": "https://idp.example/token", "client_id": "c"});
        let error = read(&busy, &serde_json::from_value(settings).unwrap(), At::Refresh).unwrap_err();
        assert!(
            matches!(error, TokenError::Unavailable { status: 429, retry_after: Some(wait) } if wait.as_secs() == 7)
        );
        for (status, body) in [
            (200, "<html>invalid_grant error=invalid_grant</html>"),
            (400, "<html>invalid_grant</html>"),
            (200, ""),
            (200, "{}"),
            (200, r#"{"access_token":5}"#),
            (404, r#"{"message":"no"}"#),
            (302, ""),
            // A redirect is no answer, whatever stands in it.
            (307, r#"{"access_token":"evil"}"#),
        ] {
            assert!(
                matches!(read_plain(status, body), Err(TokenError::Unexpected(_))),
                "{status} {body}"
            );
        }
    }
}
