//! What connectors ask each user for: given, changed and erased here.

use std::collections::BTreeMap;

use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    Confirmation, Console, Session,
    login::{elsewhere, sign_in_first},
    page::{Forms, form_token, message, page, see_other},
};
use crate::{
    environment::{Asked, GiveError, OwnChanges},
    model::{ConnectorName, EnvName},
    secret::Secret,
};

/// What the fields of a form are called, before the value's own name.
const FIELD: &str = "value.";

/// Every field of a form that takes values.
pub(super) type Fields = BTreeMap<String, Secret<String>>;

#[derive(Debug, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /connections/{connector}`
pub(super) async fn show(
    State(console): State<Console>,
    Path(connector): Path<String>,
    Query(done): Query<Done>,
    headers: HeaderMap,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first(&format!("/connections/{connector}")),
        Ok(Some(session)) => session,
    };
    let Some(name) = console.usable(&session, &connector).await else {
        return nothing(&session);
    };
    match console.environment.asked(&name, &session.operator.user).await {
        Ok(asked) if asked.is_empty() => nothing(&session),
        Ok(asked) => {
            let said = match done.done.as_str() {
                "saved" if asked.iter().any(|value| !value.given) => {
                    Some("Saved. The call that asked for it waits for the rest.")
                }
                "saved" => Some(
                    "Saved. You can close this window and go back to your MCP client: the call that asked for it goes on, or works when you repeat it.",
                ),
                "erased" => Some("Erased. You will be asked for it again when a tool needs it."),
                _ => None,
            };
            let notice = html! {
                @if let Some(said) = said { p role="status" { (said) } }
                (console.without(&headers))
            };
            own_page(StatusCode::OK, &session, &name, &asked, &notice)
        }
        Err(error) => failed(&session, &error),
    }
}

/// `POST /connections/{connector}`
pub(super) async fn change(
    State(console): State<Console>,
    Path(connector): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first(&format!("/connections/{connector}")),
        Ok(Some(session)) => session,
    };
    if !is_from_session(&session, &headers, &fields) {
        return elsewhere();
    }
    let Some(name) = console.usable(&session, &connector).await else {
        return nothing(&session);
    };
    let changes = OwnChanges {
        give: entered(&fields),
        take_back: erased(&fields),
    };
    let user = &session.operator.user;
    match console.give(user, &name, &changes).await {
        Ok(()) => {
            let done = match (changes.give.is_empty(), changes.take_back.is_empty()) {
                (false, _) => "?done=saved",
                (true, false) => "?done=erased",
                (true, true) => "",
            };
            if let Some((location, cookie)) = console.then(&headers, &name)
                && let Ok(asked) = console.environment.asked(&name, user).await
                && asked.iter().all(|value| value.given)
            {
                return see_other(&location, &[cookie]);
            }
            see_other(&format!("/connections/{name}{done}"), &[])
        }
        Err(error) => match console.environment.asked(&name, user).await {
            Ok(asked) if is_persons(&error) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                own_page(status, &session, &name, &asked, &refusal(&error))
            }
            _ => failed(&session, &error),
        },
    }
}

impl Console {
    /// The connector of this name, where the person may use it.
    async fn usable(&self, session: &Session, connector: &str) -> Option<ConnectorName> {
        let name = connector.parse().ok()?;
        match self.identity.may_use(&session.operator.user, &name).await {
            Ok(allowed) => allowed.then_some(name),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "access could not be looked up"
                );
                None
            }
        }
    }

    /// Takes what a user gives or takes back, and stops what runs with a value that was taken back.
    pub(super) async fn give(
        &self,
        user: &crate::model::UserId,
        connector: &ConnectorName,
        changes: &OwnChanges,
    ) -> Result<(), GiveError> {
        let id = self.environment.give(user, connector, changes).await?;
        if !changes.take_back.is_empty() {
            self.runtime.stop_user_of(&id, user).await;
        }
        Ok(())
    }
}

/// Whether a form with values was sent from a page of this session.
pub(super) fn is_from_session(session: &Session, headers: &HeaderMap, fields: &Fields) -> bool {
    let token = fields.get("form_token").map(|token| token.expose().clone());
    let confirmation = Confirmation {
        form_token: token.unwrap_or_default(),
    };
    super::from_own_page(headers) && Console::confirmed(session, &confirmation)
}

/// What was entered. A field that was left empty says nothing; spaces around a value come from copying it.
pub(super) fn entered(fields: &Fields) -> BTreeMap<EnvName, Secret<String>> {
    let named = fields.iter().filter_map(|(field, text)| {
        let name: EnvName = field.strip_prefix(FIELD)?.parse().ok()?;
        let text = text.expose().trim();
        (!text.is_empty()).then(|| (name, Secret::new(text.to_owned())))
    });
    named.collect()
}

fn erased(fields: &Fields) -> Vec<EnvName> {
    let erased = fields.get("erase").and_then(|name| name.expose().parse().ok());
    erased.into_iter().collect()
}

/// A label and a field for each value.
pub(super) fn inputs<'a>(asked: impl Iterator<Item = &'a Asked>) -> Markup {
    html! {
        @for value in asked {
            @let field = format!("{FIELD}{}", value.name);
            label for=(field) {
                code { (value.name) }
                @if !value.about.is_empty() { " " span.soft { (value.about) } }
            }
            input type="password" id=(field) name=(field) autocomplete="off" spellcheck="false"
                placeholder=[value.given.then_some("given; leave it empty to keep it")];
        }
    }
}

/// Why what was entered was not taken.
pub(super) fn refusal(error: &GiveError) -> Markup {
    html! { p role="alert" { (error.to_string()) ". " (error.hint()) } }
}

/// Whether the person can do something about it.
pub(super) fn is_persons(error: &GiveError) -> bool {
    matches!(
        error,
        GiveError::NotAsked { .. } | GiveError::Unfit { .. } | GiveError::TooMuch(_) | GiveError::Invalid(_)
    )
}

fn own_page(
    status: StatusCode,
    session: &Session,
    name: &ConnectorName,
    asked: &[Asked],
    notice: &Markup,
) -> Response {
    let action = format!("/connections/{name}");
    let given: Vec<&Asked> = asked.iter().filter(|value| value.given).collect();
    let content = html! {
        (notice)
        p { strong { (name) } " needs these of you. Your own calls alone have them: nobody is shown them again, and your MCP client never sees them." }
        form method="post" action=(action) {
            (form_token(session))
            (inputs(asked.iter()))
            button type="submit" { "Save" }
        }
        @if !given.is_empty() {
            table {
                tbody {
                    @for value in given {
                        tr {
                            td { code { (value.name) } }
                            td { "given" }
                            td {
                                form method="post" action=(action) {
                                    (form_token(session))
                                    input type="hidden" name="erase" value=(value.name);
                                    button.quiet type="submit" { "Erase " (value.name) }
                                }
                            }
                        }
                    }
                }
            }
        }
        p.soft { a href="/" { "Your connections" } }
    };
    let title = format!("What {name} needs of you");
    page(status, Some(session), &title, Forms::Here, &content)
}

fn nothing(session: &Session) -> Response {
    let text = "There is no connector of this name that asks its users for anything.";
    message(StatusCode::NOT_FOUND, Some(session), "Nothing to give", text)
}

pub(super) fn failed(session: &Session, error: &GiveError) -> Response {
    if let GiveError::NoConnector(_) = error {
        return nothing(session);
    }
    tracing::error!(
        error = error as &dyn std::error::Error,
        "a user's values could not be used"
    );
    message(
        StatusCode::INTERNAL_SERVER_ERROR,
        Some(session),
        "Something went wrong",
        "berth could not do this just now. Please try again in a moment.",
    )
}
