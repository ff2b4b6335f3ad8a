//! The way back from a provider.

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::Engine as _;
use maud::html;
use serde::{Deserialize, Serialize};

use super::{
    Console, Session, account, cookie,
    login::{not_yours, sign_in_first},
    page::{Forms, message, page, see_other},
};
use crate::{
    model::{ConnectorName, ProviderName},
    oauth::{Finished, FlowError, OAuthError, flow_cookie},
};

/// The cookie that carries what is to be told.
const TOLD: &str = "berth-told";

/// What a page says. Without a title, that the link is somebody else's.
#[derive(Serialize, Deserialize)]
struct Told {
    status: u16,
    title: String,
    text: String,
}

/// `GET /oauth/callback/{provider}`
pub(super) async fn answer(
    State(console): State<Console>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(session) => session,
    };
    let Ok(provider) = provider.parse::<ProviderName>() else {
        return tell_elsewhere(&console, &FlowError::Unknown);
    };
    let query = query.unwrap_or_default();
    let query = match console.oauth.read_answer(&provider, &query).await {
        Ok(query) => query,
        Err(error) => return tell_elsewhere(&console, &error),
    };
    let state = query.state.as_ref().map_or("", |state| state.expose());
    let name = console.cookie_name(&flow_cookie(state));
    let cookie = cookie(&headers, &name);
    let user = session.as_ref().map(|session| &session.operator.user);
    match console.oauth.finish(&provider, query, cookie, user).await {
        Ok(finished) => see_other(&onward(&finished), &[console.set_cookie(&name, "", 0)]),
        Err(error) => tell_elsewhere(&console, &error),
    }
}

/// Where a person goes on whose authorization is done: to the next provider that the connector needs, else to the page that
/// says so.
pub(super) fn onward(finished: &Finished) -> String {
    match &finished.next {
        // The path alone: the person may have come by another name of the broker's.
        Some(next) => next.url.path().to_owned(),
        None => format!("/connected/{}", finished.connector),
    }
}

/// Leads away from the address with the code and the state in it, which then is in nobody's history. What is to be told
/// goes along in a cookie that is read once.
fn tell_elsewhere(console: &Console, error: &FlowError) -> Response {
    let (status, title, text) = match error {
        FlowError::OtherUser => (StatusCode::FORBIDDEN, "", String::new()),
        error => words(error),
    };
    let told = Told {
        status: status.as_u16(),
        title: title.to_owned(),
        text,
    };
    let told = serde_json::to_vec(&told).unwrap_or_default();
    let told = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(told);
    let cookie = console.set_cookie(&console.cookie_name(TOLD), &told, 60);
    see_other("/oauth/refused", &[cookie])
}

/// `GET /oauth/refused`: why an authorization did not go on.
pub(super) async fn told(State(console): State<Console>, headers: HeaderMap) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(session) => session,
    };
    let name = console.cookie_name(TOLD);
    let told = cookie(&headers, &name)
        .and_then(|told| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(told).ok())
        .and_then(|told| serde_json::from_slice::<Told>(&told).ok());
    let Some((told, status)) = told.and_then(|told| {
        let status = StatusCode::from_u16(told.status).ok()?;
        (status.is_client_error() || status.is_server_error()).then_some((told, status))
    }) else {
        return refused(session.as_ref(), &FlowError::Unknown);
    };
    let mut page = match told.title.as_str() {
        "" => not_yours(session.as_ref()),
        title => {
            let content = html! { p { (told.text) } (console.without(&headers)) };
            page(status, session.as_ref(), title, Forms::Here, &content)
        }
    };
    if let Ok(cookie) = HeaderValue::from_str(&console.set_cookie(&name, "", 0)) {
        page.headers_mut().append(header::SET_COOKIE, cookie);
    }
    page
}

/// `GET /connected/{connector}`: where a finished authorization ends.
pub(super) async fn connected(
    State(console): State<Console>,
    Path(connector): Path<String>,
    headers: HeaderMap,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first("/"),
        Ok(Some(session)) => session,
    };
    let name = connector.parse::<ConnectorName>();
    if let Ok(name) = &name {
        match console.oauth.question(&session.operator.user, name).await {
            Ok(None) => {}
            Ok(Some(question)) => return account::question(&session, name, &question),
            Err(error) => return refused(Some(&session), &FlowError::Failed(error)),
        }
    }
    let mine = match console.oauth.connections(&session.operator.user).await {
        Ok(mine) => mine,
        Err(error) => return refused(Some(&session), &FlowError::Failed(error)),
    };
    let connected = |name: &ConnectorName| mine.iter().any(|mine| mine.connector == *name && mine.usable);
    match name {
        Ok(name) if connected(&name) => {
            let lacking = match console.oauth.lacking(&session.operator.user, &name).await {
                Ok(lacking) => lacking,
                Err(error) => return refused(Some(&session), &FlowError::Failed(error)),
            };
            if let Some(provider) = lacking.first() {
                return account::one_more(&session, &name, provider);
            }
            if let Some((location, cookie)) = console.then(&headers, &name) {
                return see_other(&location, &[cookie]);
            }
            let of_connector = mine.iter().filter(|mine| mine.connector == name);
            let missing: Vec<&str> = of_connector
                .flat_map(|mine| mine.missing.iter().map(String::as_str))
                .collect();
            let content = html! {
                @if !missing.is_empty() {
                    p role="status" {
                        "The provider did not give all that was asked for. Missing: "
                        (missing.join(", ")) ". What needs it may fail; everything else works."
                    }
                }
                p { "You can close this window and go back to your MCP client. The call that asked for it goes on, or works when you repeat it." }
                p.soft { a href="/" { "Your connections" } }
            };
            let title = format!("{name} is connected");
            page(StatusCode::OK, Some(&session), &title, Forms::Here, &content)
        }
        _ => message(
            StatusCode::NOT_FOUND,
            Some(&session),
            "Not connected",
            "You have no account connected for this connector.",
        ),
    }
}

/// What a person is told whose authorization does not go on. What the provider itself said is told with it; the rest
/// is in the log.
pub(super) fn refused(session: Option<&Session>, error: &FlowError) -> Response {
    if let FlowError::OtherUser = error {
        return not_yours(session);
    }
    let (status, title, text) = words(error);
    message(status, session, title, &text)
}

fn words(error: &FlowError) -> (StatusCode, &'static str, String) {
    match error {
        FlowError::Unknown => (
            StatusCode::NOT_FOUND,
            "This link is not good any more",
            "It was used already, has expired, or its settings have changed. Repeat the call in your MCP client to get a new one.".to_owned(),
        ),
        FlowError::NotSignedIn => (
            StatusCode::UNAUTHORIZED,
            "You are not signed in",
            "Sign in first, and then open the link from your MCP client again.".to_owned(),
        ),
        FlowError::OtherUser => (
            StatusCode::FORBIDDEN,
            "This link is not for you",
            "It was started for somebody else.".to_owned(),
        ),
        FlowError::OtherBrowser => (
            StatusCode::FORBIDDEN,
            "This was started in another browser",
            "Open the link from your MCP client again, and go all the way in one browser.".to_owned(),
        ),
        FlowError::OtherIssuer => (
            StatusCode::FORBIDDEN,
            "This answer is not the provider's",
            "It does not come from where you were sent, so nothing was connected. Open the link from your MCP client again; if this comes again, tell your admin.".to_owned(),
        ),
        FlowError::Denied => (
            StatusCode::FORBIDDEN,
            "Not connected",
            "You declined at the provider, so nothing was connected. The link from your MCP client is still good should you change your mind.".to_owned(),
        ),
        FlowError::Provider { .. } => (StatusCode::BAD_GATEWAY, "The provider refused", sentence(error)),
        FlowError::Value(_) => (
            StatusCode::BAD_GATEWAY,
            "The provider's answer can't be used",
            format!("{} An admin checks it with berth oauth show.", sentence(error)),
        ),
        FlowError::Failed(OAuthError::ForAdmins) => (
            StatusCode::FORBIDDEN,
            "An admin has to do this",
            "One account serves everybody who uses this connector. Ask an admin to call one of its tools.".to_owned(),
        ),
        FlowError::Failed(OAuthError::Token { source, .. }) => {
            let hint = source.hint();
            let hint = if hint.is_empty() { hint } else { format!(" To mend it, {hint}.") };
            (
                StatusCode::BAD_GATEWAY,
                "The provider gave no token",
                format!("{}{hint} The link from your MCP client is still good.", sentence(source.as_ref())),
            )
        }
        FlowError::Failed(error) => {
            tracing::error!(error = error as &dyn std::error::Error, "an authorization failed");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "berth could not do this just now. Please try again in a moment.".to_owned(),
            )
        }
    }
}

/// An error's own words as a sentence.
fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let head: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{head}{}.", chars.as_str())
}
