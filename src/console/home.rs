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
    page::{Forms, page},
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
    let content = html! {
        @if connections.is_empty() {
            p { "You have not connected an account yet. When a tool needs one, your MCP client shows you a link." }
        } @else {
            table {
                thead { tr { th { "Connector" } th { "Provider" } th { "Access" } th { "State" } } }
                tbody {
                    @for connection in &connections {
                        tr {
                            td { (connection.connector) }
                            td { (connection.provider) }
                            td { (connection.scope) }
                            td { @if connection.usable { "connected" } @else { "to be connected again" } }
                        }
                    }
                }
            }
        }
        p.soft { "Your MCP client connects to " code { (console.endpoint()) } " with an access token of yours." }
    };
    page(
        StatusCode::OK,
        Some(&session),
        "Your connections",
        Forms::Here,
        &content,
    )
}

impl Console {
    fn endpoint(&self) -> String {
        format!("{}/mcp/CONNECTOR", self.public_url.as_str().trim_end_matches('/'))
    }
}
