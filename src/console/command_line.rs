//! The pages on which a person signs berth's command line in: the one that their browser was sent to, and the one where
//! a code is typed.

use axum::{
    Extension, Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Confirmation, Console, Session,
    authorize::refused,
    fault, from_own_page,
    login::{elsewhere, sign_in_first},
    page::{Forms, form_token, message, page, see_other},
};
use crate::{
    authserver::{Answer, Device, Guess, Refusal, SignInAsked, shown_code},
    identity::IdentityError,
    model::{self, Peer},
};

/// The body of both forms of `/device`.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    user_code: String,
    /// Empty where the code was just typed.
    #[serde(default)]
    decision: String,
    #[serde(flatten)]
    confirmation: Confirmation,
}

/// `GET /authorize` of a command line: always asks, for any program could have sent the browser.
pub(super) fn ask(session: &Session, query: &str, asked: Result<SignInAsked, Refusal>) -> Response {
    let asked = match asked {
        Ok(asked) => asked,
        Err(refusal) => return refused(session, refusal),
    };
    let content = html! {
        p { "The berth command line on " strong { (asked.host) } " wants to act as you at this broker." }
        dl { (who(session)) }
        p { "The answer goes to a program on this computer. Go on only if you have just typed " code { "berth login" } " there." }
        form method="post" action="/authorize" {
            (form_token(session))
            input type="hidden" name="request" value=(query);
            div.choice {
                button type="submit" name="decision" value="allow" { "Sign in" }
                button.quiet type="submit" name="decision" value="deny" { "Don't" }
            }
        }
        p.soft { "It gets a token for 90 days, which " code { "berth logout" } " there ends, or " code { "berth token revoke" } "." }
    };
    let title = format!("Sign in on {}", asked.host);
    page(StatusCode::OK, Some(session), &title, Forms::Away, &content)
}

/// What becomes of the form of [`ask`].
pub(super) async fn decided(
    console: &Console,
    session: &Session,
    asked: Result<SignInAsked, Refusal>,
    allowed: bool,
) -> Response {
    let location = match asked {
        Err(refusal) => Err(refusal),
        Ok(asked) if allowed => console.authserver.sign_in_allow(&asked, &session.operator).await,
        Ok(asked) => Ok(console.authserver.sign_in_deny(&asked)),
    };
    match location {
        Ok(location) => see_other(&location, &[]),
        Err(refusal) => refused(session, refusal),
    }
}

/// `GET /device`
pub(super) async fn device(State(console): State<Console>, headers: HeaderMap) -> Response {
    match console.session(&headers).await {
        Err(response) => response,
        Ok(None) => sign_in_first("/device"),
        Ok(Some(session)) => type_it(&session, StatusCode::OK, None),
    }
}

/// `POST /device`: a code, and then what is to become of it.
pub(super) async fn typed(
    State(console): State<Console>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Form(form): Form<Typed>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first("/device"),
        Ok(Some(session)) => session,
    };
    if !from_own_page(&headers) || !Console::confirmed(&session, &form.confirmation) {
        return elsewhere();
    }
    let person = &session.operator;
    let peer = peer.map(|peer| peer.0);
    let answer = match form.decision.as_str() {
        "" => None,
        "allow" => Some(Answer::Allow),
        _ => Some(Answer::Deny),
    };
    let guess = match answer {
        None => console.authserver.device(&form.user_code, person, peer).await,
        Some(answer) => {
            let typed = &form.user_code;
            console
                .authserver
                .settle_device(typed, person, peer, answer)
                .await
        }
    };
    let told = |title: &str, text: &str| message(StatusCode::OK, Some(&session), title, text);
    match (guess, answer) {
        (Ok(Guess::Found(device)), None) => confirm(&session, &device),
        (Ok(Guess::Found(_)), Some(Answer::Allow)) => told(
            "Signed in",
            "The command line goes on by itself in a few seconds. You can close this page.",
        ),
        (Ok(Guess::Found(_)), Some(Answer::Deny)) => told(
            "Not signed in",
            "The command line was told no. Nothing else has happened.",
        ),
        (Ok(Guess::Unknown), _) => {
            let text = "That is not a code that somebody waits with: it was used already, or has expired. Look at the terminal again.";
            type_it(&session, StatusCode::NOT_FOUND, Some(text))
        }
        (Ok(Guess::TooOften(seconds)), _) => {
            let text = format!(
                "There were too many wrong codes. Wait {} minutes.",
                seconds.div_ceil(60)
            );
            type_it(&session, StatusCode::TOO_MANY_REQUESTS, Some(&text))
        }
        (Err(error), _) => fault(&IdentityError::Store(error)),
    }
}

fn type_it(session: &Session, status: StatusCode, problem: Option<&str>) -> Response {
    let content = html! {
        @if let Some(problem) = problem {
            p role="alert" { (problem) }
        }
        p { "Type the code that " code { "berth login" } " shows in the terminal." }
        form method="post" action="/device" {
            (form_token(session))
            label for="user_code" { "Code" }
            input type="text" id="user_code" name="user_code" autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder="XXXX-XXXX" required autofocus;
            button type="submit" { "Go on" }
        }
        p.soft { "Nobody else should give you a code: whoever does would be signed in as you." }
    };
    page(
        status,
        Some(session),
        "Sign in a command line",
        Forms::Here,
        &content,
    )
}

fn confirm(session: &Session, device: &Device) -> Response {
    let minutes = (model::now() - device.created_at).max(0) / 60_000;
    let address = match device.address.as_str() {
        "" => "an address that is not known",
        address => address,
    };
    let content = html! {
        p { "The berth command line on " strong { (device.host) } " wants to act as you at this broker." }
        dl {
            dt { "Machine" } dd { (device.host) " " span.soft { "by its own word" } }
            dt { "Asks from" } dd { code { (address) } }
            dt { "Asked" } dd { @if minutes == 0 { "just now" } @else { (minutes) " minutes ago" } }
            dt { "Code" } dd { code { (shown_code(&device.user_code)) } }
            (who(session))
        }
        p { "Go on only if you have just typed " code { "berth login" } " on that machine yourself, and it shows this code." }
        form method="post" action="/device" {
            (form_token(session))
            input type="hidden" name="user_code" value=(device.user_code);
            div.choice {
                button type="submit" name="decision" value="allow" { "Sign in" }
                button.quiet type="submit" name="decision" value="deny" { "Don't" }
            }
        }
    };
    let title = format!("Sign in on {}", device.host);
    page(StatusCode::OK, Some(session), &title, Forms::Here, &content)
}

fn who(session: &Session) -> Markup {
    let operator = &session.operator;
    let roles = operator.roles.to_string().replace(',', ", ");
    html! {
        dt { "You are" } dd { (operator.name) }
        dt { "It may do" } dd { "what you may: " (roles) }
    }
}
