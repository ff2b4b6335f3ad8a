//! The token challenge by which registries' clients sign in ("Docker Registry v2 authentication").
//!
//! A request without a credential is told to fetch a token at `/v2/token`. What it gets there is no API token but a
//! short-lived one of the registry's own: clients write it into their debug logs and hand it to proxies, and it opens
//! nothing else. It is kept in memory and stands for the API token that fetched it, with which it ends. The refresh
//! token, where one is asked for, is that API token itself: the client has it already, and it is revoked where all
//! others are.

use std::net::IpAddr;

use axum::{
    Form, Json,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Registry,
    errors::{OciError, denied},
    routes::Target,
};
use crate::{
    identity::IdentityError,
    model::{Operator, Role},
    secret::{self, Secret},
};

/// What the broker calls itself towards those clients.
const SERVICE: &str = "berth";

/// Where the broker is reached.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    /// By its public name.
    pub(crate) public_url: Url,
    /// How its own port is spoken to: `http` or `https`. Whoever reaches an `http` one is on this machine or a
    /// trusted proxy: the listener takes nobody else.
    pub(crate) scheme: &'static str,
}

impl Reached {
    /// Scheme, host and port as the client used them. The `Host` is believed: whoever lies gets a wrong answer to their
    /// own request. `X-Forwarded-Proto` is, where a proxy can have set it. But what clients send to this place is a
    /// credential: a broker whose public name is `https` never tells them to send it in clear, but to this machine.
    fn origin(&self, headers: &HeaderMap) -> String {
        let public = self.public_url.origin().ascii_serialization();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let host = text("host").and_then(|host| host.parse::<Authority>().ok());
        let Some(host) = host.filter(|host| !host.as_str().contains('@')) else {
            return public;
        };
        if public
            .split_once("://")
            .is_some_and(|(_, known)| known == host.as_str())
        {
            return public;
        }
        // Proxies behind each other make a list, the client's own first.
        let forwarded = text("x-forwarded-proto").filter(|_| self.scheme == "http");
        let forwarded = forwarded.and_then(|list| list.split(',').next());
        let scheme = match forwarded.map(str::trim) {
            Some(proto) if proto.eq_ignore_ascii_case("https") => "https",
            Some(proto) if proto.eq_ignore_ascii_case("http") => "http",
            _ => self.scheme,
        };
        if scheme == "http" && self.public_url.scheme() == "https" && !is_loopback(&host) {
            return format!("https://{host}");
        }
        format!("{scheme}://{host}")
    }
}

/// Whether what is sent there stays on the machine that sends it.
fn is_loopback(host: &Authority) -> bool {
    let host = host.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The `WWW-Authenticate` of a request that needs a credential.
pub(super) fn challenge(reached: &Reached, method: &Method, path: &str, headers: &HeaderMap) -> HeaderValue {
    let target = path
        .strip_prefix("/v2/")
        .and_then(|path| Target::parse(path).ok().flatten());
    let scope = match &target {
        Some(Target::Catalog) => ",scope=\"registry:catalog:*\"".to_owned(),
        Some(target) => target.repository().map_or_else(String::new, |name| {
            let actions = match *method {
                Method::GET | Method::HEAD => "pull",
                Method::DELETE => "delete",
                _ => "pull,push",
            };
            format!(",scope=\"repository:{name}:{actions}\"")
        }),
        None => String::new(),
    };
    let realm = format!("{}/v2/token", reached.origin(headers));
    HeaderValue::from_str(&format!("Bearer realm=\"{realm}\",service=\"{SERVICE}\"{scope}"))
        .unwrap_or(HeaderValue::from_static("Basic realm=\"berth\""))
}

#[derive(Serialize)]
struct Token {
    #[serde(serialize_with = "secret::expose")]
    token: Secret<String>,
    #[serde(serialize_with = "secret::expose")]
    access_token: Secret<String>,
    /// In seconds.
    expires_in: u64,
    issued_at: String,
    #[serde(
        serialize_with = "secret::expose_option",
        skip_serializing_if = "Option::is_none"
    )]
    refresh_token: Option<Secret<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// The scope and the service are not looked at: whoever deploys may use every repository.
#[derive(Deserialize)]
pub(super) struct Asked {
    offline_token: Option<String>,
    scope: Option<String>,
}

/// With the API token as the password of Basic.
pub(super) async fn get(
    State(registry): State<Registry>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, OciError> {
    let found = registry.identity.basic_operator(&headers).await;
    let (operator, token) = found.map_err(basic)?;
    let refresh = match asked.offline_token.as_deref() {
        Some("true" | "1") => Some(token.clone()),
        _ => None,
    };
    issue(&registry, &operator, &token, refresh, asked.scope)
}

/// The body of a token request.
#[derive(Deserialize)]
pub(super) struct TokenRequest {
    grant_type: String,
    password: Option<Secret<String>>,
    refresh_token: Option<Secret<String>>,
    access_type: Option<String>,
    scope: Option<String>,
}

/// With the API token as the password, or as the refresh token (RFC 6749 §4.3, §6).
pub(super) async fn post(
    State(registry): State<Registry>,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Result<Response, OciError> {
    let Form(request) = form.map_err(|error| unsupported(&error.to_string()))?;
    let token = match request.grant_type.as_str() {
        "password" => request.password,
        "refresh_token" => request.refresh_token,
        _ => return Err(unsupported("grant_type has to be password or refresh_token")),
    };
    let token = token.ok_or_else(|| basic(IdentityError::Missing))?;
    let operator = registry.identity.operator_with(&token).await.map_err(basic)?;
    let is_offline =
        request.grant_type == "refresh_token" || request.access_type.as_deref() == Some("offline");
    let refresh = is_offline.then(|| token.clone());
    issue(&registry, &operator, &token, refresh, request.scope)
}

pub(super) async fn not_allowed(method: Method) -> OciError {
    let message = format!("{method} is not possible here, only GET and POST");
    OciError::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message)
        .header(header::ALLOW, HeaderValue::from_static("GET, POST"))
}

fn issue(
    registry: &Registry,
    operator: &Operator,
    token: &Secret<String>,
    refresh_token: Option<Secret<String>>,
    scope: Option<String>,
) -> Result<Response, OciError> {
    if !operator.roles.allow(Role::Deployer) {
        return Err(denied());
    }
    let made = registry.identity.registry_token(token);
    let body = Token {
        token: made.token.clone(),
        access_token: made.token,
        expires_in: made.lifetime.as_secs(),
        issued_at: jiff::Timestamp::now().to_string(),
        refresh_token,
        scope,
    };
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((no_store, Json(body)).into_response())
}

fn unsupported(message: &str) -> OciError {
    OciError::new(StatusCode::BAD_REQUEST, "UNSUPPORTED", message)
}

fn basic(error: IdentityError) -> OciError {
    let error = OciError::from(error);
    if error.is_unauthorized() {
        let realm = HeaderValue::from_static("Basic realm=\"berth\", charset=\"UTF-8\"");
        return error.header(header::WWW_AUTHENTICATE, realm);
    }
    error
}
