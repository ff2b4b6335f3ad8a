//! The way back from a provider.

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::html;

use super::{
    Console, Session, cookie,
    login::{not_yours, sign_in_first},
    page::{Forms, message, page, see_other},
};
use crate::{
    model::{ConnectorName, ProviderName},
    oauth::{Finished, FlowError, OAuthError, flow_cookie},
};

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
        return refused(session.as_ref(), &FlowError::Unknown);
    };
    let query = query.unwrap_or_default();
    let query = match console.oauth.read_answer(&provider, &query).await {
        Ok(query) => query,
        Err(error) => return refused(session.as_ref(), &error),
    };
    let state = query.state.as_ref().map_or("", |state| state.expose());
    let name = console.cookie_name(&flow_cookie(state));
    let cookie = cookie(&headers, &name);
    let user = session.as_ref().map(|session| &session.operator.user);
    match console.oauth.finish(&provider, query, cookie, user).await {
        // Away from the address with the code in it.
        Ok(Finished { connector }) => see_other(
            &format!("/connected/{connector}"),
            &[console.set_cookie(&name, "", 0)],
        ),
        Err(error) => refused(session.as_ref(), &error),
    }
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
    let mine = match console.oauth.connections(&session.operator.user).await {
        Ok(mine) => mine,
        Err(error) => return refused(Some(&session), &FlowError::Failed(error)),
    };
    let connected = |name: &ConnectorName| mine.iter().any(|mine| mine.connector == *name && mine.usable);
    match connector.parse::<ConnectorName>() {
        Ok(name) if connected(&name) => {
            let content = html! {
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
    let (status, title, text) = match error {
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
        FlowError::OtherUser => return not_yours(session),
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
    };
    message(status, session, title, &text)
}

/// An error's own words as a sentence.
fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let head: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{head}{}.", chars.as_str())
}
