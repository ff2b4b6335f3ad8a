//! The page on which a person lets an MCP client in.

use axum::{
    Form,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::html;
use serde::Deserialize;

use super::{
    Confirmation, Console, Session, command_line, from_own_page,
    login::{elsewhere, sign_in_first},
    page::{Forms, form_token, message, page, see_other},
    step_up::Way,
};
use crate::authserver::{Refusal, Step, View};

/// The body of the form. The request comes along whole and is checked again: nothing is kept of it in between.
#[derive(Debug, Deserialize)]
pub(super) struct Decision {
    #[serde(default)]
    request: String,
    #[serde(default)]
    decision: String,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// `GET /authorize`
pub(super) async fn show(
    State(console): State<Console>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.unwrap_or_default();
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first(&format!("/authorize?{query}")),
        Ok(Some(session)) => session,
    };
    if let Some(asked) = console.authserver.sign_in_asked(&query) {
        return command_line::ask(&session, &query, asked);
    }
    let next = async {
        let mut asked = console.authserver.asked(&query).await?;
        if asked.steps_up() {
            match console.way(&session, &asked, &query).await? {
                Way::On => {}
                Way::Without => asked.step_down(),
                Way::Through(response) => return Ok(Err(response)),
            }
        }
        console.authserver.next(&asked, &session.operator).await.map(Ok)
    };
    let response = match next.await {
        Ok(Err(through)) => return through,
        Ok(Ok(Step::Back(location))) => see_other(&location, &[]),
        Ok(Ok(Step::Ask(view))) => consent_page(&session, &query, &view),
        Err(refusal) => refused(&session, refusal),
    };
    console.arrived(&headers, response)
}

/// `POST /authorize`
pub(super) async fn decide(
    State(console): State<Console>,
    headers: HeaderMap,
    Form(form): Form<Decision>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first(&format!("/authorize?{}", form.request)),
        Ok(Some(session)) => session,
    };
    if !from_own_page(&headers) || !Console::confirmed(&session, &form.confirmation) {
        return elsewhere();
    }
    if let Some(asked) = console.authserver.sign_in_asked(&form.request) {
        return command_line::decided(&console, &session, asked, form.decision == "allow").await;
    }
    let decided = async {
        let mut asked = console.authserver.asked(&form.request).await?;
        if asked.steps_up() && console.lacks(&session, &asked).await {
            asked.step_down();
        }
        match form.decision.as_str() {
            "allow" => console.authserver.allow(&asked, &session.operator).await,
            _ => Ok(console.authserver.deny(&asked)),
        }
    };
    match decided.await {
        Ok(location) => see_other(&location, &[]),
        Err(refusal) => refused(&session, refusal),
    }
}

fn consent_page(session: &Session, query: &str, view: &View) -> Response {
    let (client, named) = match view.client.as_str() {
        "" => ("a client without a name", false),
        name => (name, true),
    };
    let content = html! {
        @if named {
            p { strong { (client) } " wants to use " strong { (view.connector) } " as you." }
        } @else {
            p { "An MCP client that does not say what it is called wants to use " strong { (view.connector) } " as you." }
        }
        dl {
            dt { "You are" } dd { (session.operator.name) }
            dt { "Connector" } dd { (view.connector) }
            dt { "Client" }
            dd {
                (client)
                @match &view.vouched_by {
                    Some(host) => { " " span.soft { "described by " (host) } }
                    None if named => { " " span.soft { "by its own word" } }
                    None => {}
                }
            }
            dt { "It may" } dd { "use the connector's tools, until you take that back" }
            dt { "Answer goes to" } dd { code { (view.redirect) } }
        }
        @if view.before.is_some() {
            p.soft { "You have let it in before." }
        }
        @if view.is_local {
            p { "The answer goes to a program on this computer. berth can't tell which one: any program here can say that it is " (client) ". Go on only if you have just started to connect it yourself." }
        } @else if view.is_app {
            p { "The answer goes to an app on this device. berth can't tell which one. Go on only if you have just started to connect it yourself." }
        } @else {
            p.soft { "Go on only if you have just started to connect it yourself, and know " (view.redirect) "." }
        }
        form method="post" action="/authorize" {
            (form_token(session))
            input type="hidden" name="request" value=(query);
            div.choice {
                button type="submit" name="decision" value="allow" { "Allow" }
                button.quiet type="submit" name="decision" value="deny" { "Don't allow" }
            }
        }
        p.soft { "You can take it back on " a href="/" { "your start page" } "." }
    };
    let title = format!("Let {client} use {}", view.connector);
    page(StatusCode::OK, Some(session), &title, Forms::Away, &content)
}

pub(super) fn refused(session: &Session, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Back(location) => see_other(&location, &[]),
        Refusal::Page(why) => {
            let content = html! {
                p { "An MCP client sent you here, and its request can't be answered: " (why) "." }
                p.soft { "berth sends nobody on to an address that it can't trust. Close this page and connect the client again." }
            };
            page(
                StatusCode::BAD_REQUEST,
                Some(session),
                "This request is not right",
                Forms::Here,
                &content,
            )
        }
        Refusal::Store(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an authorization could not be dealt with"
            );
            let text = "berth could not do this just now. Please try again in a moment.";
            message(
                StatusCode::INTERNAL_SERVER_ERROR,
                Some(session),
                "Something went wrong",
                text,
            )
        }
    }
}
