//! Signing in and out.

use axum::{
    Extension, Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::{Markup, html};
use serde::Deserialize;
use url::Url;

use super::{
    Confirmation, Console, Session, cookie, fault, from_own_page,
    page::{Forms, message, page, see_other},
};
use crate::{
    identity::{Attempt, IdentityError, SignIn, counted_as},
    model::{self, Peer},
    secret::Secret,
};

/// How the address starts that an MCP client sends its person to.
const CLIENTS: &str = "/authorize?";

#[derive(Debug, Deserialize)]
pub(super) struct Destination {
    #[serde(default)]
    pub(super) return_to: String,
}

/// A name and a password, or one thing that is both.
#[derive(Debug, Deserialize)]
pub(super) struct Credential {
    #[serde(default)]
    user: String,
    password: Option<Secret<String>>,
    credential: Option<Secret<String>>,
    #[serde(default)]
    return_to: String,
}

/// `GET /login`
pub(super) async fn form(
    State(console): State<Console>,
    Query(destination): Query<Destination>,
    headers: HeaderMap,
) -> Response {
    match console.session(&headers).await {
        Err(response) => response,
        Ok(Some(_)) => see_other(console.safe_path(&destination.return_to), &[]),
        Ok(None) => {
            console
                .sign_in_page(StatusCode::OK, console.safe_path(&destination.return_to), None)
                .await
        }
    }
}

/// `POST /login`
pub(super) async fn submit(
    State(console): State<Console>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Form(form): Form<Credential>,
) -> Response {
    let return_to = console.safe_path(&form.return_to);
    if !from_own_page(&headers) {
        return elsewhere();
    }
    if let Some(password) = &form.password {
        let from = counted_as(peer.map(|peer| peer.0));
        let attempt = console
            .identity
            .sign_in_with_password(&form.user, password, from)
            .await;
        let (status, problem) = match attempt {
            Ok(Attempt::Right(sign_in)) => {
                return console.signed_in(Ok(Some(sign_in)), return_to, elsewhere);
            }
            Ok(Attempt::Wrong) => (
                StatusCode::UNAUTHORIZED,
                "That is not the name and the password of anybody here.",
            ),
            Ok(Attempt::TooMany) => (
                StatusCode::TOO_MANY_REQUESTS,
                "There were too many attempts. Wait a quarter of an hour, or use a one-time link.",
            ),
            Err(error) => return fault(&error),
        };
        return console.sign_in_page(status, return_to, Some(problem)).await;
    }
    let credential = form
        .credential
        .as_ref()
        .map(|credential| credential.expose().trim());
    let credential = credential.unwrap_or_default();
    // Somebody may paste the whole link.
    let code = credential.rsplit('/').next().unwrap_or(credential);
    let signed_in = if credential.starts_with("berth_") {
        console.identity.sign_in_with_token(credential).await
    } else {
        console.identity.sign_in_with_link(code).await
    };
    if let Ok(None) = signed_in {
        let problem =
            "That is not a code or a token that berth knows, or it was used already, or has expired.";
        return console
            .sign_in_page(StatusCode::UNAUTHORIZED, return_to, Some(problem))
            .await;
    }
    console.signed_in(signed_in, return_to, elsewhere)
}

/// `GET /login/{code}`: asks first. Programs that look at links before people do must not use them up.
pub(super) async fn link(Path(code): Path<String>) -> Response {
    let content = html! {
        p { "This link signs this browser in to berth. It works once." }
        form method="post" action={ "/login/" (code) } {
            button type="submit" autofocus { "Sign in" }
        }
    };
    page(StatusCode::OK, None, "Sign in", Forms::Here, &content)
}

/// `POST /login/{code}`
pub(super) async fn follow(
    State(console): State<Console>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !from_own_page(&headers) {
        return elsewhere();
    }
    let signed_in = console.identity.sign_in_with_link(&code).await;
    console.signed_in(signed_in, "/", || {
        message(
            StatusCode::UNAUTHORIZED,
            None,
            "This link is not good any more",
            "It was used already, or has expired. Ask whoever sent it for a new one.",
        )
    })
}

/// `POST /logout`
pub(super) async fn sign_out(
    State(console): State<Console>,
    headers: HeaderMap,
    Form(form): Form<Confirmation>,
) -> Response {
    let name = console.session_cookie();
    match console.session(&headers).await {
        Err(response) => return response,
        Ok(Some(session)) if !Console::confirmed(&session, &form) => return elsewhere(),
        Ok(Some(_)) => {
            if let Some(value) = cookie(&headers, &name)
                && let Err(error) = console.identity.sign_out(value).await
            {
                return fault(&error);
            }
        }
        Ok(None) => {}
    }
    see_other("/login", &[console.set_cookie(&name, "", 0)])
}

/// What a form gets that no page of berth's own sent.
pub(super) fn elsewhere() -> Response {
    message(
        StatusCode::FORBIDDEN,
        None,
        "This form is out of date",
        "It did not come from a page of this session. Go back, load the page again, and try once more.",
    )
}

/// 303 to the sign-in page, to come back to `path` afterwards.
pub(super) fn sign_in_first(path: &str) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return_to", path)
        .finish();
    see_other(&format!("/login?{query}"), &[])
}

fn sign_in_form(return_to: &str, problem: Option<&str>, sso: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p role="alert" { (problem) }
        }
        @if return_to.starts_with(CLIENTS) {
            p { "An MCP client sent you here. What it gets is up to you, on the next page." }
        }
        @if let Some(host) = sso {
            form method="post" action="/login/sso" {
                input type="hidden" name="return_to" value=(return_to);
                button type="submit" autofocus { "Sign in with " (host) }
            }
            h2 { "Or as a user of this broker" }
        }
        form method="post" action="/login" {
            input type="hidden" name="return_to" value=(return_to);
            label for="user" { "Name" }
            input type="text" id="user" name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus[sso.is_none()];
            label for="password" { "Password" }
            input type="password" id="password" name="password" autocomplete="current-password" required;
            button type="submit" { "Sign in" }
        }
        h2 { "Without a password" }
        form method="post" action="/login" {
            input type="hidden" name="return_to" value=(return_to);
            label for="credential" { "Your one-time link, its code, or one of your access tokens" }
            input type="password" id="credential" name="credential" autocomplete="off" required;
            button.quiet type="submit" { "Sign in" }
        }
        p.soft { "An admin makes a one-time link for you with " code { "berth users add" } " or " code { "berth users link" } "." }
    }
}

impl Console {
    pub(super) async fn sign_in_page(
        &self,
        status: StatusCode,
        return_to: &str,
        problem: Option<&str>,
    ) -> Response {
        let sso = match self.sso.host().await {
            Ok(host) => host,
            Err(error) => return fault(&IdentityError::Store(error)),
        };
        let content = sign_in_form(return_to, problem, sso.as_deref());
        // The way to a provider is a redirect after a form, and so is that to a client which was let in before.
        let leads_away = sso.is_some() || return_to.starts_with(CLIENTS);
        let forms = if leads_away { Forms::Away } else { Forms::Here };
        page(status, None, "Sign in", forms, &content)
    }

    pub(super) fn signed_in(
        &self,
        result: Result<Option<SignIn>, IdentityError>,
        return_to: &str,
        refused: impl FnOnce() -> Response,
    ) -> Response {
        match result {
            Ok(Some(sign_in)) => {
                let seconds = (sign_in.expires_at - model::now()).max(0) / 1000;
                let name = self.session_cookie();
                see_other(
                    return_to,
                    &[self.set_cookie(&name, sign_in.cookie.expose(), seconds)],
                )
            }
            Ok(None) => refused(),
            Err(error) => fault(&error),
        }
    }

    /// `path` where it is one of this site, else the start page: whoever made the link may not choose another site.
    pub(super) fn safe_path<'a>(&self, path: &'a str) -> &'a str {
        let plain = path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let own = |url: Url| url.origin() == self.public_url.origin();
        if plain && self.public_url.join(path).is_ok_and(own) {
            path
        } else {
            "/"
        }
    }
}

/// The page for somebody who follows a link that is somebody else's.
pub(super) fn not_yours(session: Option<&Session>) -> Response {
    let content = html! {
        p { "It was started for somebody else. An account that you connect here would become theirs to use, so berth does not go on." }
        p.soft { "If it is yours, sign out and sign in as the person whose client gave the link." }
    };
    page(
        StatusCode::FORBIDDEN,
        session,
        "This link is not for you",
        Forms::Here,
        &content,
    )
}
