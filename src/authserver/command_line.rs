//! berth's own command line signs in by a browser on its machine (RFC 8252): the code comes to a port of loopback.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::{
    AuthServer, Inner,
    answer::{self, Error},
    authorize::{Refusal, challenge},
    issue::{self, millis},
    params::Params,
    redirect, register,
    token::{invalid, is_verifier},
};
use crate::{
    identity::{IdentityError, NewToken},
    model::{self, Digest, Operator, TokenScope, UserId},
    secret::Secret,
    store::LoginCode,
};

/// What berth's command line calls itself. Any program can: what it gets stays on the machine of the person who
/// says yes, and names that machine.
pub(super) const CLIENT: &str = "berth-cli";
/// Its redirect URI, but for the port.
const REDIRECT: &str = "http://127.0.0.1/callback";
/// How long its token is good.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

const PARAMETERS: [&str; 7] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "code_challenge",
    "code_challenge_method",
    "host",
];

/// A command line that wants to be signed in.
#[derive(Debug)]
pub(crate) struct SignInAsked {
    /// What its machine calls itself.
    pub(crate) host: String,
    redirect_uri: String,
    state: Option<String>,
    challenge: String,
}

/// RFC 6749 §5.1.
#[derive(Serialize)]
struct Body<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
}

impl AuthServer {
    /// What berth's command line asks for at `/authorize`; `None` for what other clients do.
    pub(crate) fn sign_in_asked(&self, query: &str) -> Option<Result<SignInAsked, Refusal>> {
        let params = Params::parse(query);
        (params.get("client_id") == Some(CLIENT)).then(|| asked(&params))
    }

    /// Notes the person's yes; where the browser goes with the code.
    pub(crate) async fn sign_in_allow(
        &self,
        asked: &SignInAsked,
        person: &Operator,
    ) -> Result<String, Refusal> {
        let inner = &self.0;
        let code = issue::code();
        let new = LoginCode {
            user: person.user.clone(),
            host: asked.host.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            expires_at: model::now() + millis(issue::CODE),
        };
        let hash = Digest::of(code.expose().as_bytes());
        inner
            .store
            .add_login_code(&hash, &new)
            .await
            .map_err(Refusal::Store)?;
        let actor = person.user.as_str();
        let detail = json!({ "host": asked.host, "by": "browser" });
        inner.audit.record(actor, "login.allowed", actor, detail);
        let answer = [("code", code.expose().as_str())];
        Ok(inner.location(&asked.redirect_uri, asked.state.as_deref(), &answer))
    }

    /// Where the browser goes with the person's no.
    pub(crate) fn sign_in_deny(&self, asked: &SignInAsked) -> String {
        let answer = [
            ("error", "access_denied"),
            ("error_description", "the person did not allow it"),
        ];
        self.0
            .location(&asked.redirect_uri, asked.state.as_deref(), &answer)
    }
}

/// What its machine calls itself, as one line that can be shown.
pub(super) fn host(params: &Params) -> String {
    let name = register::plain(params.get("host").unwrap_or_default());
    if name.is_empty() {
        "a machine without a name".to_owned()
    } else {
        name
    }
}

fn asked(params: &Params) -> Result<SignInAsked, Refusal> {
    let refused = |text: &str| Err(Refusal::Page(text.to_owned()));
    if let Some(name) = params.repeated(&PARAMETERS) {
        return refused(&format!("{name} is there more than once"));
    }
    let redirect_uri = params.get("redirect_uri").unwrap_or_default();
    if !redirect::matches(REDIRECT, redirect_uri) {
        return refused("the answer would go to an address that is not the command line's (redirect_uri)");
    }
    if params.get("response_type") != Some("code") {
        return refused("response_type must be code");
    }
    let challenge = match params.get("code_challenge_method") {
        Some("S256") => challenge(params),
        _ => None,
    };
    let Some(challenge) = challenge else {
        return refused("PKCE is needed, with S256 (code_challenge)");
    };
    Ok(SignInAsked {
        host: host(params),
        redirect_uri: redirect_uri.to_owned(),
        state: params.get("state").map(str::to_owned),
        challenge: challenge.to_owned(),
    })
}

impl Inner {
    pub(super) async fn redeem_login(&self, params: &Params) -> Result<Response, Error> {
        let code = params
            .get("code")
            .ok_or_else(|| Error::new("invalid_request", "code is missing"))?;
        let found = self
            .store
            .take_login_code(&Digest::of(code.as_bytes()), model::now())
            .await?;
        let Some(found) = found.filter(|found| found.expires_at > model::now()) else {
            return Err(invalid("the code is wrong, was used already, or has expired"));
        };
        if params.get("redirect_uri") != Some(found.redirect_uri.as_str()) {
            return Err(invalid("redirect_uri is not that of the authorization"));
        }
        if !is_verifier(params, &found.challenge) {
            return Err(invalid("code_verifier is not that of the authorization"));
        }
        self.signed_in(&found.user, &found.host).await
    }

    /// The token of a command line that somebody said yes to.
    pub(super) async fn signed_in(&self, user: &UserId, host: &str) -> Result<Response, Error> {
        let new = NewToken {
            user,
            label: &format!("login on {host}"),
            lifetime: Some(LIFETIME),
            scope: TokenScope::Everything,
            trust: None,
        };
        let (_, token) = match self.identity.make_token(user.as_str(), new).await {
            Ok(made) => made,
            Err(IdentityError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(invalid(&error.to_string())),
        };
        Ok(bearer(&token, LIFETIME))
    }
}

fn bearer(token: &Secret<String>, lifetime: Duration) -> Response {
    let body = Body {
        access_token: token.expose(),
        token_type: "Bearer",
        expires_in: lifetime.as_secs(),
    };
    answer::body(StatusCode::OK, &body)
}
