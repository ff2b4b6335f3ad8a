//! The start page: who one is, and what one has connected.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use maud::html;

use super::{
    Console,
    callback::refused,
    login::sign_in_first,
    own,
    page::{Forms, form_token, page},
};
use crate::oauth::FlowError;

/// `GET /`
pub(super) async fn show(State(console): State<Console>, headers: HeaderMap) -> Response {
    let session = match console.session(&headers).await {
        Err(response) => return response,
        Ok(None) => return sign_in_first("/"),
        Ok(Some(session)) => session,
    };
    let connections = match console.oauth.connections(&session.operator.user).await {
        Ok(connections) => connections,
        Err(error) => return refused(Some(&session), &FlowError::Failed(error)),
    };
    let asking = match console.environment.asking(&session.operator.user).await {
        Ok(asking) => asking,
        Err(error) => return own::failed(&session, &error.into()),
    };
    let clients = match console.clients(&session).await {
        Ok(clients) => clients,
        Err(response) => return response,
    };
    let content = html! {
        @if connections.is_empty() {
            p { "You have not connected an account yet. When a tool needs one, your MCP client shows you a link." }
        } @else {
            table {
                thead { tr { th { "Connector" } th { "Provider" } th { "Account" } th { "Access" } th { "State" } } }
                tbody {
                    @for connection in &connections {
                        tr {
                            td { (connection.connector) }
                            td { (connection.provider) }
                            td { (account(connection.account.as_deref())) }
                            td {
                                (connection.scope)
                                @if !connection.missing.is_empty() {
                                    div.soft { "missing: " (connection.missing.join(", ")) }
                                    form method="post" action={ "/connections/" (connection.connector) "/authorize" } {
                                        (form_token(&session))
                                        input type="hidden" name="provider" value=(connection.provider);
                                        button.quiet type="submit" { "Give what is missing" }
                                    }
                                }
                            }
                            td { @if connection.usable { "connected" } @else { "to be connected again" } }
                        }
                    }
                }
            }
        }
        @if !asking.is_empty() {
            h2 { "What connectors need of you" }
            table {
                thead { tr { th { "Connector" } th { "State" } } }
                tbody {
                    @for (connector, asked) in &asking {
                        @let missing = asked.iter().filter(|value| !value.given).count();
                        tr {
                            td { a href={ "/connections/" (connector) } { (connector) } }
                            td { @if missing == 0 { "all given" } @else { (missing) " of " (asked.len()) " missing" } }
                        }
                    }
                }
            }
        }
        (clients)
        p.soft { "Give your MCP client the address " code { (console.endpoint()) } ": it sends you here to sign in and asks you once." }
        p.soft { a href="/password" { "Your password" } }
    };
    page(
        StatusCode::OK,
        Some(&session),
        "Your connections",
        Forms::Here,
        &content,
    )
}

/// An account by the name that a person knows it by.
fn account(account: Option<&str>) -> &str {
    let account = account.unwrap_or_default();
    account.split_once(' ').map_or(account, |(_, name)| name)
}

impl Console {
    fn endpoint(&self) -> String {
        format!("{}/mcp/CONNECTOR", self.public_url.as_str().trim_end_matches('/'))
    }
}
