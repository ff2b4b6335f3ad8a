//! `POST /register`: a client makes itself known (RFC 7591).

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::{State, rejection::JsonRejection},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    AuthServer,
    answer::{self, Error},
    redirect,
};
use crate::{
    identity::{Rate, counted_as},
    model::{self, ClientId, Digest, Millis, Peer},
    secret,
    store::{ClientMetadata, ClientRecord},
};

pub(super) const MOST_REDIRECTS: usize = 32;
const LONGEST_NAME: usize = 100;
/// How long a client is known that nobody lets in.
const UNUSED: Millis = 24 * 3600 * 1000;
/// How many of those there may be; the oldest make room.
const MOST_UNUSED: i64 = 1000;
/// What the secrets of clients start with.
const SECRET_PREFIX: &str = "berths_";

/// What a client says of itself; what is not read here makes no difference.
#[derive(Debug, Deserialize)]
pub(super) struct Registration {
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    client_name: Option<String>,
    #[serde(default)]
    token_endpoint_auth_method: Option<String>,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
    #[serde(default)]
    response_types: Option<Vec<String>>,
    #[serde(default)]
    application_type: Option<String>,
}

/// How often one address may register.
pub(super) fn rate() -> Rate {
    Rate::new(30, Duration::from_secs(600))
}

pub(super) async fn register(
    State(server): State<AuthServer>,
    peer: Option<Extension<Peer>>,
    body: Result<Json<Registration>, JsonRejection>,
) -> Result<Response, Error> {
    let inner = &server.0;
    if !inner.registrations.admit(counted_as(peer.map(|peer| peer.0))) {
        return Err(Error::too_often(inner.registrations.window().as_secs()));
    }
    let Json(said) = body.map_err(|error| Error::new("invalid_client_metadata", error.body_text()))?;
    let method = checked(&said)?;
    let id = ClientId::random();
    let secret = (method != "none").then(|| secret::generate(SECRET_PREFIX));
    let client = ClientRecord {
        id: id.as_str().to_owned(),
        name: plain(said.client_name.as_deref().unwrap_or_default()),
        metadata: ClientMetadata {
            redirect_uris: said.redirect_uris,
            refreshes: refreshes(said.grant_types.as_deref()),
        },
        secret_hash: secret
            .as_ref()
            .map(|secret| Digest::of(secret.expose().as_bytes()).as_str().to_owned()),
    };
    let now = model::now();
    inner.store.add_client(&client, now - UNUSED, MOST_UNUSED).await?;
    // Not in the audit trail: nobody has let it in, and anybody could fill the disk.
    tracing::debug!(client = client.id, "a client registered");
    let mut grants = vec!["authorization_code"];
    if client.metadata.refreshes {
        grants.push("refresh_token");
    }
    let mut told = json!({
        "client_id": client.id,
        "client_id_issued_at": now / 1000,
        "client_name": client.name,
        "redirect_uris": client.metadata.redirect_uris,
        "token_endpoint_auth_method": method,
        "grant_types": grants,
        "response_types": ["code"],
        "scope": super::SCOPE,
    });
    if let Some(kind) = said.application_type {
        told["application_type"] = Value::String(kind);
    }
    if let Some(secret) = &secret {
        told["client_secret"] = Value::String(secret.expose().clone());
        told["client_secret_expires_at"] = Value::from(0);
    }
    Ok(answer::body(StatusCode::CREATED, &told))
}

/// How the client will authenticate. One that does not say has no secret: MCP clients run on their users' machines.
fn checked(said: &Registration) -> Result<&'static str, Error> {
    let wrong = |text: &str| Error::new("invalid_client_metadata", text);
    if said.redirect_uris.is_empty() || said.redirect_uris.len() > MOST_REDIRECTS {
        let text = format!("redirect_uris must have from 1 to {MOST_REDIRECTS} of them");
        return Err(Error::new("invalid_redirect_uri", text));
    }
    for uri in &said.redirect_uris {
        redirect::check(uri).map_err(|error| Error::new("invalid_redirect_uri", error.to_string()))?;
    }
    if let Some(types) = &said.response_types
        && !types.iter().any(|kind| kind == "code")
    {
        return Err(wrong(
            "response_types must have code in it: it is the only one there is",
        ));
    }
    if let Some(types) = &said.grant_types
        && !types.iter().any(|kind| kind == "authorization_code")
    {
        return Err(wrong("grant_types must have authorization_code in it"));
    }
    if !matches!(said.application_type.as_deref(), None | Some("native" | "web")) {
        return Err(wrong("application_type must be native or web"));
    }
    match said.token_endpoint_auth_method.as_deref() {
        None | Some("none") => Ok("none"),
        Some("client_secret_basic") => Ok("client_secret_basic"),
        Some("client_secret_post") => Ok("client_secret_post"),
        Some(_) => Err(wrong(
            "token_endpoint_auth_method must be none, client_secret_basic or client_secret_post",
        )),
    }
}

/// Whether a client wants refresh tokens; one that says nothing gets them.
pub(super) fn refreshes(grant_types: Option<&[String]>) -> bool {
    grant_types.is_none_or(|types| types.iter().any(|kind| kind == "refresh_token"))
}

/// A client's name for itself as one line that can be shown.
pub(super) fn plain(name: &str) -> String {
    let visible = |c: &char| !c.is_control() && !is_direction(*c);
    let name: String = name.chars().filter(visible).take(LONGEST_NAME).collect();
    name.trim().to_owned()
}

/// Characters that turn the order of what follows them around, and could make a name look like something else.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
