//! What berth says of itself to clients that know a URL alone.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use serde_json::json;

use super::{AuthServer, SCOPE, scope, token};
use crate::model::ConnectorName;

/// `GET /.well-known/oauth-protected-resource/mcp/{connector}` (RFC 9728 §3.1). It is the same for a connector that is
/// not there: who may not call must not learn which ones there are.
pub(super) async fn resource(State(server): State<AuthServer>, Path(connector): Path<String>) -> Response {
    let Ok(name) = connector.parse::<ConnectorName>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    Json(json!({
        "resource": server.0.resource(&name),
        "authorization_servers": [server.0.issuer],
        "scopes_supported": [SCOPE],
        "bearer_methods_supported": ["header"],
        "resource_name": format!("{name} on berth"),
    }))
    .into_response()
}

/// `GET /.well-known/oauth-authorization-server` (RFC 8414 §2). There is no such document below a path, and none of
/// OpenID Connect: clients that look there first get a 404 and go on to this one.
pub(super) async fn server(State(server): State<AuthServer>) -> Response {
    let issuer = &server.0.issuer;
    let secrets = ["none", "client_secret_basic", "client_secret_post"];
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "registration_endpoint": format!("{issuer}/register"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "device_authorization_endpoint": format!("{issuer}/device_authorization"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", token::DEVICE, token::EXCHANGE],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": secrets,
        "revocation_endpoint_auth_methods_supported": secrets,
        "scopes_supported": scope::KNOWN,
        "authorization_response_iss_parameter_supported": true,
        "client_id_metadata_document_supported": true,
    }))
    .into_response()
}
