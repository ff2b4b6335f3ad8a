//! What all pages have in common.

use std::sync::LazyLock;

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::{IntoResponse as _, Response as PageResponse},
};
use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::Session;

const STYLE: &str = include_str!("style.css");

/// Nothing loads but the one style, by its hash; nobody frames a page. `form-action` is for the pages to add: browsers
/// apply it to the redirects after a form as well, and one of them leads to a provider.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'")
});

/// Where the forms of a page may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forms {
    Here,
    Away,
}

/// A page. `session` is whoever is signed in.
pub(super) fn page(
    status: StatusCode,
    session: Option<&Session>,
    title: &str,
    forms: Forms,
    content: &Markup,
) -> PageResponse {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · berth" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    a.brand href="/" { "berth" }
                    @if let Some(session) = session {
                        form method="post" action="/logout" {
                            (form_token(session))
                            span { "Signed in as " strong { (session.operator.name) } }
                            button.quiet type="submit" { "Sign out" }
                        }
                    }
                }
                main {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    let mut response = (status, axum::response::Html(markup.into_string())).into_response();
    let policy = match forms {
        Forms::Here => format!("{}; form-action 'self'", *POLICY),
        Forms::Away => POLICY.clone(),
    };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A page that says one thing.
pub(super) fn message(
    status: StatusCode,
    session: Option<&Session>,
    title: &str,
    text: &str,
) -> PageResponse {
    page(status, session, title, Forms::Here, &html! { p { (text) } })
}

/// The hidden field that shows a form to be one of this session's.
pub(super) fn form_token(session: &Session) -> Markup {
    html! { input type="hidden" name="form_token" value=(session.form_token()); }
}

/// 303 to `location`, with cookies to set.
pub(super) fn see_other(location: &str, cookies: &[String]) -> PageResponse {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    match HeaderValue::from_str(location) {
        Ok(location) => headers.insert(header::LOCATION, location),
        Err(_) => headers.insert(header::LOCATION, HeaderValue::from_static("/")),
    };
    for cookie in cookies {
        if let Ok(mut cookie) = HeaderValue::from_str(cookie) {
            cookie.set_sensitive(true);
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// What every answer carries, whichever page made it.
pub(super) async fn guard(mut response: PageResponse) -> PageResponse {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        // Links with codes in them are told to nobody else. Telling nobody at all would make browsers send forms with
        // `Origin: null`, and those that send nothing better could not sign in.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        );
    }
    response
}
