//! The endpoint's methods: what comes in is checked here, then answered, passed on or refused.

use std::{error::Error, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;

use super::{Gateway, challenge::challenge, hosts, legacy, metrics::Outcome, modern, relay};
use crate::{
    identity::IdentityError,
    mcp::{self, Kind, Malformed, Message, code},
    model::{Caller, ConnectorName},
};

pub(super) const REVISION: &str = "mcp-protocol-version";

/// How long a client may take to send a message.
const BODY: Duration = Duration::from_secs(60);

/// How long the rest of a message that is too large is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request that is not answered with a message of the connector's: the status, and a JSON-RPC error.
pub(super) struct Refusal {
    status: StatusCode,
    code: i64,
    text: String,
    /// That of the request, as JSON text, where it could be read (JSON-RPC 2.0 §5).
    id: Option<String>,
    /// For a 401 (RFC 6750 §3).
    challenge: Option<String>,
    data: Option<Box<Value>>,
    /// For a 429, in seconds.
    retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: i64, text: &str) -> Self {
        Self {
            status,
            code,
            text: text.to_owned(),
            id: None,
            challenge: None,
            data: None,
            retry_after: None,
        }
    }

    /// The same, with what a client branches on.
    pub(super) fn with(self, data: Value) -> Self {
        Self {
            data: Some(Box::new(data)),
            ..self
        }
    }

    /// The same, with what `WWW-Authenticate` says.
    pub(super) fn challenged(self, challenge: String) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    /// The JSON-RPC error alone.
    pub(super) fn into_message(self) -> Message {
        let data = self.data.map(|data| *data);
        mcp::error_with_data(self.id.as_deref(), self.code, &self.text, data)
    }

    pub(super) fn to(self, request: &Message) -> Self {
        let id = request.id().filter(|_| request.kind() == Kind::Request);
        Self {
            id: id.map(str::to_owned),
            ..self
        }
    }
}

/// A message from a client.
pub(super) async fn post(
    State(gateway): State<Gateway>,
    Path(connector): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match receive(&gateway, &connector, &headers, body).await {
        Ok(response) => response,
        Err(refusal) => {
            gateway.metrics.count(Outcome::Refused);
            refuse(refusal)
        }
    }
}

/// The end of a session (MCP 2025-11-25, transports, session management).
pub(super) async fn delete(
    State(gateway): State<Gateway>,
    Path(connector): Path<String>,
    headers: HeaderMap,
) -> Response {
    let ended = async {
        let (caller, name) = admit(&gateway, &connector, &headers).await?;
        if modern::is_meant(&headers) {
            return Ok(not_allowed().await);
        }
        legacy::end(&gateway, &caller, &name, &headers)
    };
    ended.await.unwrap_or_else(refuse)
}

/// What a connector says outside of calls.
pub(super) async fn get(
    State(gateway): State<Gateway>,
    Path(connector): Path<String>,
    headers: HeaderMap,
) -> Response {
    let opened = async {
        let (caller, name) = admit(&gateway, &connector, &headers).await?;
        if modern::is_meant(&headers) {
            return Ok(not_allowed().await);
        }
        legacy::open_stream(&gateway, &caller, &name, &headers).await
    };
    opened.await.unwrap_or_else(refuse)
}

pub(super) async fn not_allowed() -> Response {
    let allow = [(header::ALLOW, "POST")];
    (
        StatusCode::METHOD_NOT_ALLOWED,
        allow,
        "this endpoint takes POST; sessions of earlier revisions take GET and DELETE too",
    )
        .into_response()
}

async fn receive(
    gateway: &Gateway,
    connector: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let (caller, name) = admit(gateway, connector, headers).await?;
    let body = read(body, gateway.largest_request).await?;
    let message = match Message::parse(body.clone()) {
        Ok(message) => message,
        Err(Malformed::Batch) => {
            return legacy::receive_batch(gateway, &caller, &name, headers, body).await;
        }
        Err(error) => return Err(malformed(error)),
    };
    if is_modern(headers, &message) {
        modern::receive(gateway, caller, &name, headers, message).await
    } else {
        legacy::receive(gateway, caller, &name, headers, message).await
    }
}

/// Whether the message is of the revision without sessions: the body decides, and where it is silent, the header. The
/// handshake is never of that revision, whatever header a client sends along that falls back to it.
fn is_modern(headers: &HeaderMap, message: &Message) -> bool {
    mcp::modern::names_version(message)
        || text(headers, REVISION) == Some(mcp::MODERN) && message.method() != Some("initialize")
}

/// Who calls which connector, from a page that may.
async fn admit(
    gateway: &Gateway,
    connector: &str,
    headers: &HeaderMap,
) -> Result<(Caller, ConnectorName), Refusal> {
    if let Some(text) = hosts::foreign(&gateway.public_url, headers) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, code::INVALID_REQUEST, text));
    }
    let name: ConnectorName = connector.parse().map_err(|e: crate::model::Invalid| {
        Refusal::new(StatusCode::NOT_FOUND, code::INVALID_REQUEST, &e.to_string())
    })?;
    let caller = gateway.identity.caller(headers, &name).await;
    let caller = caller.map_err(|error| stranger(gateway, &name, error))?;
    gateway.rates.take(&caller.user).map_err(too_often)?;
    Ok((caller, name))
}

async fn read(mut body: Body, largest: usize) -> Result<Bytes, Refusal> {
    let Ok(read) = tokio::time::timeout(BODY, Limited::new(&mut body, largest).collect()).await else {
        let text = format!("the message did not arrive within {} s", BODY.as_secs());
        return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, code::PARSE, &text));
    };
    match read {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            // A client that is still sending when its connection closes never reads the answer.
            let _ = tokio::time::timeout(PATIENCE, discard(body, 16 * largest)).await;
            let text = format!("the message is larger than {largest} bytes, the most that is taken");
            Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                code::INVALID_REQUEST,
                &text,
            ))
        }
        Err(_) => {
            let text = "the message did not arrive whole";
            Err(Refusal::new(StatusCode::BAD_REQUEST, code::PARSE, text))
        }
    }
}

/// Reads a body to its end, or until `most` bytes of it have passed.
async fn discard(mut body: Body, most: usize) {
    let mut passed = 0;
    while let Some(Ok(frame)) = body.frame().await {
        passed += frame.data_ref().map_or(0, Bytes::len);
        if passed > most {
            return;
        }
    }
}

pub(super) fn malformed(error: Malformed) -> Refusal {
    let code = match &error {
        Malformed::Json(_) => code::PARSE,
        Malformed::Batch | Malformed::Shape(_) => code::INVALID_REQUEST,
    };
    Refusal::new(StatusCode::BAD_REQUEST, code, &error.to_string())
}

fn too_often(wait: Duration) -> Refusal {
    // Whole seconds are all that the header has (RFC 9110 §10.2.3).
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let text = format!("too many requests: try again in {seconds} s");
    let mut refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, code::INVALID_REQUEST, &text);
    refusal.retry_after = Some(seconds);
    refusal
}

/// Somebody who may not call: a client learns from the challenge where it gets a token (RFC 6750 §3, RFC 9728 §5.1).
fn stranger(gateway: &Gateway, name: &ConnectorName, error: IdentityError) -> Refusal {
    let (status, kind, text) = match error {
        IdentityError::Missing => (
            StatusCode::UNAUTHORIZED,
            None,
            "this endpoint needs a token: clients that know MCP's authorization get one by themselves, others send one of berth's as Authorization: Bearer TOKEN",
        ),
        IdentityError::Unknown
        | IdentityError::Expired(_)
        | IdentityError::Revoked(_)
        | IdentityError::WrongKind(_) => (
            StatusCode::UNAUTHORIZED,
            Some("invalid_token"),
            "the token is wrong, expired, revoked, or for another endpoint: sign in again, or get another one from your admin",
        ),
        IdentityError::Scope => (
            StatusCode::FORBIDDEN,
            Some("insufficient_scope"),
            "the token does not allow calls: sign in again for the scope mcp",
        ),
        // Another token would not help: there is no challenge.
        IdentityError::NotAllowed { .. } => {
            let text = format!("{error}: ask an admin, who allows it with berth access set");
            return Refusal::new(StatusCode::FORBIDDEN, code::INVALID_REQUEST, &text);
        }
        IdentityError::Store(error) => {
            tracing::error!(error = &error as &dyn Error, "a caller could not be looked up");
            return Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                code::INTERNAL,
                "berth's store failed",
            );
        }
    };
    Refusal::new(status, code::INVALID_REQUEST, text).challenged(challenge(&gateway.public_url, name, kind))
}

pub(super) fn refuse(refusal: Refusal) -> Response {
    let (status, retry_after) = (refusal.status, refusal.retry_after);
    let challenge = refusal
        .challenge
        .as_ref()
        .and_then(|text| HeaderValue::try_from(text).ok());
    let mut response = relay::json(refusal.into_message().bytes().clone());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = challenge {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

pub(super) fn accepted() -> Response {
    StatusCode::ACCEPTED.into_response()
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
