//! The page that a user is sent to before a provider.

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::html;

use super::{
    Confirmation, Console, Session,
    callback::refused,
    login::{elsewhere, sign_in_first},
    page::{Forms, form_token, page, see_other},
};
use crate::oauth::ConsentView;

/// How long the provider may take, in seconds; as long as the flow itself.
const AWAY: i64 = 600;

/// `GET /connect/{handle}`
pub(super) async fn show(
    State(console): State<Console>,
    Path(handle): Path<String>,
    headers: HeaderMap,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first(&format!("/connect/{handle}")),
        Ok(Some(session)) => session,
    };
    match console.oauth.consent(&handle, &session.operator.user).await {
        Ok(view) => consent_page(&session, &handle, &view),
        Err(error) => refused(Some(&session), &error),
    }
}

/// `POST /connect/{handle}`
pub(super) async fn go(
    State(console): State<Console>,
    Path(handle): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Confirmation>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first(&format!("/connect/{handle}")),
        Ok(Some(session)) => session,
    };
    if !from_session(&session, &headers, &form) {
        return elsewhere();
    }
    let user = &session.operator.user;
    match console.oauth.continue_to_provider(&handle, user).await {
        Ok(departure) => {
            let name = console.cookie_name(&departure.cookie_name);
            let cookie = console.set_cookie(&name, departure.cookie.expose(), AWAY);
            see_other(departure.location.as_str(), &[cookie])
        }
        Err(error) => refused(Some(&session), &error),
    }
}

fn from_session(session: &Session, headers: &HeaderMap, form: &Confirmation) -> bool {
    super::from_own_page(headers) && Console::confirmed(session, form)
}

fn consent_page(session: &Session, handle: &str, view: &ConsentView) -> Response {
    let client = match view.client.as_str() {
        "" => "Your MCP client",
        name => name,
    };
    let content = html! {
        p { strong { (client) } " wants to use " strong { (view.connector) } " for you. It needs access to your account at " strong { (view.provider_host) } "." }
        dl {
            dt { "You are" } dd { (session.operator.name) }
            dt { "Connector" } dd { (view.connector) }
            dt { "Asked by" } dd { (client) }
            dt { "Provider" } dd { (view.provider_host) }
            dt { "Access" }
            dd {
                @if view.scopes.is_empty() {
                    "what the provider gives by default"
                } @else {
                    ul.scopes { @for scope in &view.scopes { li { code { (scope) } } } }
                }
            }
        }
        p.soft { "Go on only if you just asked for this yourself. berth keeps the access for you and hands it to this connector alone; your MCP client never sees it." }
        form method="post" action={ "/connect/" (handle) } {
            (form_token(session))
            button type="submit" { "Continue to " (view.provider_host) }
        }
    };
    let title = format!("Connect {}", view.connector);
    page(StatusCode::OK, Some(session), &title, Forms::Away, &content)
}
