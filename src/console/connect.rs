//! The page that a user is sent to before a provider.

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::{Markup, html};

use super::{
    Console, Session,
    callback::{onward, refused},
    login::{elsewhere, sign_in_first},
    own::{self, Fields},
    page::{Forms, form_token, page, see_other},
};
use crate::{
    environment::{Asked, OwnChanges},
    model::Values,
    oauth::{ConsentView, FlowError},
};

/// What the fields for a provider's variables are called, before the variable's name.
const VARIABLE: &str = "var.";
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
    match console.oauth.beyond(&handle, &session.operator.user).await {
        Ok(Some(next)) => return see_other(next.url.path(), &[]),
        Ok(None) => {}
        Err(error) => return refused(Some(&session), &error),
    }
    ask(&console, &session, &headers, &handle, (StatusCode::OK, &html! {})).await
}

/// `POST /connect/{handle}`
pub(super) async fn go(
    State(console): State<Console>,
    Path(handle): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first(&format!("/connect/{handle}")),
        Ok(Some(session)) => session,
    };
    if !own::is_from_session(&session, &headers, &fields) {
        return elsewhere();
    }
    let user = &session.operator.user;
    let view = match console.oauth.consent(&handle, user).await {
        Ok(view) => view,
        Err(error) => return refused(Some(&session), &error),
    };
    if view.added.is_some() && fields.contains_key("stay") {
        return match console.oauth.stay(&handle, user).await {
            Ok(finished) => see_other(&onward(&finished), &[]),
            Err(error) => refused(Some(&session), &error),
        };
    }
    let changes = OwnChanges {
        give: own::entered(&fields),
        take_back: Vec::new(),
    };
    let again = StatusCode::UNPROCESSABLE_ENTITY;
    if !changes.give.is_empty()
        && let Err(error) = console.give(user, &view.connector, &changes).await
    {
        return match own::is_persons(&error) {
            true => {
                ask(
                    &console,
                    &session,
                    &headers,
                    &handle,
                    (again, &own::refusal(&error)),
                )
                .await
            }
            false => own::failed(&session, &error),
        };
    }
    match console.environment.asked(&view.connector, user).await {
        Ok(asked) if asked.iter().any(|value| !value.given) => {
            let notice = html! { p role="alert" { "Something is missing still." } };
            return ask(&console, &session, &headers, &handle, (again, &notice)).await;
        }
        Ok(_) => {}
        Err(error) => return own::failed(&session, &error),
    }
    match console
        .oauth
        .continue_to_provider(&handle, user, &variables(&fields))
        .await
    {
        Ok(departure) => {
            let name = console.cookie_name(&departure.cookie_name);
            let cookie = console.set_cookie(&name, departure.cookie.expose(), AWAY);
            see_other(departure.location.as_str(), &[cookie])
        }
        Err(FlowError::Value(invalid)) => {
            let notice = html! { p role="alert" { "That does not fit: " (invalid) "." } };
            ask(&console, &session, &headers, &handle, (again, &notice)).await
        }
        Err(error) => refused(Some(&session), &error),
    }
}

/// What was entered for the provider's variables.
fn variables(fields: &Fields) -> Values {
    let named = fields.iter().filter_map(|(field, text)| {
        let name = field.strip_prefix(VARIABLE)?.parse().ok()?;
        Some((name, text.expose().trim().to_owned()))
    });
    named.collect()
}

/// The page behind the link, with what of the user's is missing beside the authorization.
async fn ask(
    console: &Console,
    session: &Session,
    headers: &HeaderMap,
    handle: &str,
    shown: (StatusCode, &Markup),
) -> Response {
    let user = &session.operator.user;
    let view = match console.oauth.consent(handle, user).await {
        Ok(view) => view,
        Err(error) => return refused(Some(session), &error),
    };
    match console.environment.asked(&view.connector, user).await {
        Ok(asked) => {
            let way_out = console.without(headers);
            consent_page(shown, session, (handle, &way_out), &view, &asked)
        }
        Err(error) => own::failed(session, &error),
    }
}

fn consent_page(
    (status, notice): (StatusCode, &Markup),
    session: &Session,
    (handle, way_out): (&str, &Markup),
    view: &ConsentView,
    asked: &[Asked],
) -> Response {
    let missing: Vec<&Asked> = asked.iter().filter(|value| !value.given).collect();
    let client = match view.client.as_str() {
        "" => "Your MCP client",
        name => name,
    };
    let content = html! {
        (notice)
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
        @if let Some(added) = &view.added {
            p { "You have connected it before, and it needs more by now: " (added.join(", ")) "." }
        }
        @if view.for_all {
            p { strong { "What you authorize here serves everybody who uses this connector." } " Go on with an account that is meant for all of them." }
        }
        p.soft { "Go on only if you just asked for this yourself. berth keeps the access for you and hands it to this connector alone; your MCP client never sees it." }
        form method="post" action={ "/connect/" (handle) } {
            (form_token(session))
            @for variable in &view.asked {
                @let field = format!("{VARIABLE}{}", variable.name);
                label for=(field) { code { (variable.name) } " " span.soft { "of your account there" } }
                input type="text" id=(field) name=(field) required autocomplete="off" spellcheck="false"
                    pattern=(variable.pattern) value=(variable.before);
            }
            @if !missing.is_empty() {
                p { "It also needs of you:" }
                (own::inputs(missing.into_iter()))
            }
            button type="submit" { "Continue to " (view.provider_host) }
            @if view.added.is_some() {
                " "
                button.quiet type="submit" formnovalidate name="stay" value="1" { "Stay with what it has" }
            }
        }
        (way_out)
    };
    let title = format!("Connect {}", view.connector);
    page(status, Some(session), &title, Forms::Away, &content)
}
