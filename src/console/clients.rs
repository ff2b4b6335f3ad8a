//! The MCP clients that a person has let in: shown on the start page, and taken back.

use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::{Markup, html};

use super::{
    Confirmation, Console, Session, fault, from_own_page,
    login::{elsewhere, sign_in_first},
    page::{form_token, message, see_other},
};
use crate::identity::IdentityError;

/// `POST /clients/{id}/revoke`
pub(super) async fn revoke(
    State(console): State<Console>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(confirmation): Form<Confirmation>,
) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first("/"),
        Ok(Some(session)) => session,
    };
    if !from_own_page(&headers) || !Console::confirmed(&session, &confirmation) {
        return elsewhere();
    }
    let person = &session.operator;
    match console
        .authserver
        .revoke(person, &id.into(), Some(&person.user))
        .await
    {
        Ok(true) => see_other("/", &[]),
        Ok(false) => message(
            StatusCode::NOT_FOUND,
            Some(&session),
            "Not there",
            "You have let no such client in, or have taken it back already.",
        ),
        Err(error) => fault(&IdentityError::Store(error)),
    }
}

impl Console {
    /// The clients of whoever is signed in, as a part of a page; empty where there are none.
    pub(super) async fn clients(&self, session: &Session) -> Result<Markup, Response> {
        let clients = self.authserver.clients(Some(&session.operator.user)).await;
        let clients = clients.map_err(|error| fault(&IdentityError::Store(error)))?;
        Ok(html! {
            @if !clients.is_empty() {
                h2 { "Clients that call tools as you" }
                table {
                    thead { tr { th { "Client" } th { "Connector" } th { "" } } }
                    tbody {
                        @for consent in &clients {
                            tr {
                                td { @if consent.client_name.is_empty() { (consent.client) } @else { (consent.client_name) } }
                                td { (consent.connector) }
                                td {
                                    form method="post" action={ "/clients/" (consent.id) "/revoke" } {
                                        (form_token(session))
                                        button.quiet type="submit" { "Take back" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        })
    }
}
