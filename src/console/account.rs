//! Which account a connector uses: asking for what is missing, and before another one takes its place.

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::html;
use serde::Deserialize;

use super::{
    Confirmation, Console, Session,
    callback::{onward, refused},
    from_own_page,
    login::{elsewhere, sign_in_first},
    page::{Forms, form_token, message, page, see_other},
};
use crate::{
    model::{ConnectorName, ProviderName},
    oauth::{Choice, FlowError, Question},
};

/// The body of the form that [`question`] shows.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    answer: String,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// The page that asks which of two accounts counts.
pub(super) fn question(session: &Session, name: &ConnectorName, question: &Question) -> Response {
    let known = |account: &str| match account.split_once(' ') {
        Some((id, known)) => format!("{known} ({id})"),
        None => account.to_owned(),
    };
    let (before, now) = (known(&question.before), known(&question.now));
    let content = html! {
        p { strong { (name) } " uses your account " strong { (before) } ". You have signed in at the provider as " strong { (now) } "." }
        p.soft { "Nothing has changed yet. Without an answer it stays as it was." }
        form method="post" action={ "/connected/" (name) } {
            (form_token(session))
            button type="submit" name="answer" value="new" { "Use " (now) }
            " "
            button.quiet type="submit" name="answer" value="old" { "Stay with " (before) }
        }
    };
    page(
        StatusCode::OK,
        Some(session),
        "Another account",
        Forms::Here,
        &content,
    )
}

/// `POST /connected/{connector}`: the answer to it.
pub(super) async fn choose(
    State(console): State<Console>,
    Path(connector): Path<String>,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first("/"),
        Ok(Some(session)) => session,
    };
    if !from_own_page(&headers) || !Console::confirmed(&session, &chosen.confirmation) {
        return elsewhere();
    }
    let choice = match chosen.answer.as_str() {
        "new" => Choice::TakeNew,
        "old" => Choice::KeepOld,
        _ => return refused(Some(&session), &FlowError::Unknown),
    };
    let Ok(name) = connector.parse::<ConnectorName>() else {
        return refused(Some(&session), &FlowError::Unknown);
    };
    match console.oauth.choose(&session.operator.user, &name, choice).await {
        Ok(finished) => see_other(&onward(&finished), &[]),
        Err(error) => refused(Some(&session), &error),
    }
}

/// The page that says which provider a connector needs besides.
pub(super) fn one_more(session: &Session, name: &ConnectorName, provider: &ProviderName) -> Response {
    let content = html! {
        p { strong { (name) } " needs your account at " strong { (provider) } " too, before it works." }
        form method="post" action={ "/connections/" (name) "/authorize" } {
            (form_token(session))
            input type="hidden" name="provider" value=(provider);
            button type="submit" { "Go on to " (provider) }
        }
    };
    let title = format!("{name} needs one more");
    page(StatusCode::OK, Some(session), &title, Forms::Here, &content)
}

/// The body of the form that asks for what is missing.
#[derive(Debug, Deserialize)]
pub(super) struct Again {
    #[serde(default)]
    provider: Option<ProviderName>,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// `POST /connections/{connector}/authorize`: on to the page that asks for what is missing.
pub(super) async fn again(
    State(console): State<Console>,
    Path(connector): Path<String>,
    headers: HeaderMap,
    Form(again): Form<Again>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first("/"),
        Ok(Some(session)) => session,
    };
    if !from_own_page(&headers) || !Console::confirmed(&session, &again.confirmation) {
        return elsewhere();
    }
    let provider = again.provider.as_ref();
    let caller = session.operator.caller();
    let begun = match connector.parse::<ConnectorName>() {
        Ok(name) => console.oauth.authorize_again(&caller, &name, provider).await,
        Err(_) => Ok(None),
    };
    match begun {
        // The path alone: the person may have come by another name of the broker's.
        Ok(Some(consent)) => see_other(consent.url.path(), &[]),
        Ok(None) => message(
            StatusCode::NOT_FOUND,
            Some(&session),
            "Not connected",
            "You have no account connected for this connector.",
        ),
        Err(error) => refused(Some(&session), &FlowError::Failed(error)),
    }
}
