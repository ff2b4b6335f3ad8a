//! A person's own password: set here, and changed.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::html;
use serde::Deserialize;

use super::{
    Confirmation, Console, Session, fault, from_own_page,
    login::{elsewhere, sign_in_first},
    page::{Forms, form_token, message, page},
};
use crate::{identity::check_password, secret::Secret};

#[derive(Debug, Deserialize)]
pub(super) struct Change {
    current: Option<Secret<String>>,
    new: Secret<String>,
    again: Secret<String>,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// `GET /password`
pub(super) async fn show(State(console): State<Console>, headers: HeaderMap) -> Response {
    match console.session(&headers).await {
        Err(response) => response,
        Ok(None) => sign_in_first("/password"),
        Ok(Some(session)) => console.password_page(&session, StatusCode::OK, None).await,
    }
}

/// `POST /password`
pub(super) async fn change(
    State(console): State<Console>,
    headers: HeaderMap,
    Form(change): Form<Change>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first("/password"),
        Ok(Some(session)) => session,
    };
    if !from_own_page(&headers) || !Console::confirmed(&session, &change.confirmation) {
        return elsewhere();
    }
    let person = &session.operator;
    let again = StatusCode::UNPROCESSABLE_ENTITY;
    if change.new.expose() != change.again.expose() {
        let problem = "The two new passwords are not the same.";
        return console.password_page(&session, again, Some(problem)).await;
    }
    if let Err(invalid) = check_password(&change.new) {
        let problem = format!("Something is not right: {invalid}.");
        return console.password_page(&session, again, Some(&problem)).await;
    }
    let current = change.current.unwrap_or_else(|| Secret::new(String::new()));
    match console.identity.knows_password(person, &current).await {
        Ok(Some(false)) => {
            let problem = "That is not your password of now, or you have tried too often.";
            return console.password_page(&session, again, Some(problem)).await;
        }
        Ok(None | Some(true)) => {}
        Err(error) => return fault(&error),
    }
    let cookie = Some(&session.cookie);
    match console
        .identity
        .set_password(person, &person.user, Some(&change.new), cookie)
        .await
    {
        Ok(()) => message(
            StatusCode::OK,
            Some(&session),
            "Your password is set",
            "Every other browser of yours is signed out.",
        ),
        Err(error) => fault(&error),
    }
}

impl Console {
    async fn password_page(&self, session: &Session, status: StatusCode, problem: Option<&str>) -> Response {
        let has_one = match self.identity.has_password(&session.operator.name).await {
            Ok(has_one) => has_one,
            Err(error) => return fault(&error),
        };
        let content = html! {
            @if let Some(problem) = problem { p role="alert" { (problem) } }
            form method="post" action="/password" {
                (form_token(session))
                input type="hidden" name="username" autocomplete="username" value=(session.operator.name);
                @if has_one {
                    label for="current" { "Your password of now" }
                    input type="password" id="current" name="current" autocomplete="current-password" required;
                }
                label for="new" { "New password " span.soft { "at least 10 characters" } }
                input type="password" id="new" name="new" autocomplete="new-password" required;
                label for="again" { "The same again" }
                input type="password" id="again" name="again" autocomplete="new-password" required;
                button type="submit" { "Set password" }
            }
            @if has_one {
                p.soft { "If you have forgotten it, an admin can take it away with " code { "berth users password" } "." }
            }
        };
        let title = if has_one {
            "Change your password"
        } else {
            "Set a password"
        };
        page(status, Some(session), title, Forms::Here, &content)
    }
}
