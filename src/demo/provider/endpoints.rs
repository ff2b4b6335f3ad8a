//! The provider's endpoints: /authorize, /token (RFC 6749, RFC 7636) and /userinfo.

use std::{collections::HashMap, sync::Arc, time::Instant};

use axum::{
    Form, Json,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{
    ACCOUNTS, Client, PASSWORD,
    ledger::{ACCESS_LIFETIME, Allowed, InvalidGrant, Ledger, Tokens, random},
    page,
};

/// All that the provider knows. The lock is held for look-ups in memory, never across an await.
pub(crate) type Shared = Arc<Mutex<Acme>>;

#[derive(Default)]
pub(crate) struct Acme {
    pub(crate) clients: HashMap<String, Client>,
    /// Authorization requests whose form was shown and not yet answered, by the form's handle.
    requests: HashMap<String, Request>,
    pub(crate) ledger: Ledger,
}

/// A checked authorization request.
struct Request {
    client: String,
    redirect_uri: Url,
    state: String,
    scope: String,
    challenge: String,
}

#[derive(Deserialize)]
pub(crate) struct AuthorizeQuery {
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    response_type: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    code_challenge_method: String,
}

pub(crate) async fn authorize(State(acme): State<Shared>, Query(query): Query<AuthorizeQuery>) -> Response {
    let mut acme = acme.lock();
    let Some(client) = acme.clients.get(&query.client_id).cloned() else {
        return refused("No application with that client_id is registered here.");
    };
    if query.redirect_uri != client.redirect_uri.as_str() {
        return refused("The redirect_uri is not the registered one.");
    }
    let problem = if query.response_type != "code" {
        Some(("unsupported_response_type", "only response_type=code is known"))
    } else if query.code_challenge_method != "S256" || query.code_challenge.len() != 43 {
        Some(("invalid_request", "PKCE with S256 is required"))
    } else {
        None
    };
    if let Some((error, description)) = problem {
        let answer = [("error", error), ("error_description", description)];
        return back(client.redirect_uri, &answer, &query.state);
    }
    let request = Request {
        client: client.id,
        redirect_uri: client.redirect_uri,
        state: query.state,
        scope: query.scope,
        challenge: query.code_challenge,
    };
    let handle = random("");
    let shown = page::sign_in(&handle, &client.name, &request.scope, None);
    acme.requests.insert(handle, request);
    Html(shown.into_string()).into_response()
}

#[derive(Deserialize)]
pub(crate) struct Decision {
    request: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    decision: String,
}

pub(crate) async fn decide(State(acme): State<Shared>, Form(form): Form<Decision>) -> Response {
    let mut acme = acme.lock();
    // The handle is unguessable and works once: a form that was made elsewhere has none.
    let Some(request) = acme.requests.remove(&form.request) else {
        return refused("This form was answered before. Start again where you came from.");
    };
    if form.decision != "allow" {
        let denied = [("error", "access_denied")];
        return back(request.redirect_uri, &denied, &request.state);
    }
    let account = ACCOUNTS
        .iter()
        .find(|account| account.username == form.username && form.password == PASSWORD);
    let Some(account) = account else {
        let name = acme
            .clients
            .get(&request.client)
            .map_or("", |client| client.name.as_str());
        let wrong = Some("No such user, or another password.");
        let shown = page::sign_in(&form.request, name, &request.scope, wrong);
        acme.requests.insert(form.request, request);
        return Html(shown.into_string()).into_response();
    };
    let allowed = Allowed {
        client: request.client,
        redirect_uri: request.redirect_uri.as_str().to_owned(),
        scope: request.scope,
        challenge: request.challenge,
        subject: account.subject,
    };
    let code = acme.ledger.allow(allowed, Instant::now());
    back(request.redirect_uri, &[("code", &code)], &request.state)
}

#[derive(Deserialize)]
pub(crate) struct TokenForm {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    code_verifier: String,
    #[serde(default)]
    refresh_token: String,
    client_secret: Option<String>,
}

pub(crate) async fn token(
    State(acme): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<TokenForm>,
) -> Response {
    if form.client_secret.is_some() {
        let description = "the client secret belongs in the Authorization header, and only there";
        return token_error(StatusCode::BAD_REQUEST, "invalid_request", description);
    }
    let mut acme = acme.lock();
    let Some(client) = basic(&headers).and_then(|(id, secret)| {
        let client = acme.clients.get(&id)?;
        (client.secret == secret).then_some(id)
    }) else {
        let mut answer = token_error(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "unknown client or wrong secret",
        );
        let challenge = HeaderValue::from_static("Basic realm=\"acme\"");
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        return answer;
    };
    let now = Instant::now();
    let tokens = match form.grant_type.as_str() {
        "authorization_code" => {
            acme.ledger
                .exchange(&client, &form.code, &form.redirect_uri, &form.code_verifier, now)
        }
        "refresh_token" => acme.ledger.redeem(&client, &form.refresh_token, now),
        _ => {
            let description = "authorization_code and refresh_token are known";
            return token_error(StatusCode::BAD_REQUEST, "unsupported_grant_type", description);
        }
    };
    match tokens {
        Ok(tokens) => no_store(Json(token_body(&tokens)).into_response()),
        Err(InvalidGrant(why)) => token_error(StatusCode::BAD_REQUEST, "invalid_grant", why),
    }
}

pub(crate) async fn userinfo(State(acme): State<Shared>, headers: HeaderMap) -> Response {
    let subject = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .and_then(|token| acme.lock().ledger.subject(token, Instant::now()));
    match ACCOUNTS.iter().find(|account| Some(account.subject) == subject) {
        Some(account) => Json(json!({ "sub": account.subject, "name": account.name })).into_response(),
        None => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
            (StatusCode::UNAUTHORIZED, challenge).into_response()
        }
    }
}

/// Sends the browser back to the client (RFC 6749 §4.1.2).
fn back(mut to: Url, answer: &[(&str, &str)], state: &str) -> Response {
    to.query_pairs_mut()
        .extend_pairs(answer)
        .append_pair("state", state);
    no_store((StatusCode::SEE_OTHER, [(header::LOCATION, to.to_string())]).into_response())
}

fn refused(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, Html(page::refused(reason).into_string())).into_response()
}

fn token_body(tokens: &Tokens) -> serde_json::Value {
    json!({
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFETIME.as_secs(),
        "refresh_token": tokens.refresh,
        "scope": tokens.scope,
    })
}

fn token_error(status: StatusCode, error: &str, description: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": description }));
    no_store((status, body).into_response())
}

fn no_store(mut answer: Response) -> Response {
    let value = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(header::CACHE_CONTROL, value);
    answer
}

/// Client id and secret, each form-urlencoded before they were joined (RFC 6749 §2.3.1). What this provider gives
/// out has no character that the encoding changes, so it is compared as it comes.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}
