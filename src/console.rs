//! The broker's web pages: signing in, connecting an account, one's own connections.
//!
//! Pages work without scripts and load nothing from elsewhere. A form that acts for somebody carries a token that only
//! pages of that session know; a form that signs in is taken from berth's own pages alone, so that nobody can be
//! signed in as somebody else unawares and then connect their account for them. Handlers extract, ask `identity`
//! or `oauth`, and hand the rest to a page.

mod account;
mod authorize;
mod callback;
mod clients;
mod command_line;
mod connect;
mod home;
mod login;
mod own;
mod page;
mod password;
mod sso;
mod step_up;
#[cfg(test)]
mod tests;

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::Url;

use crate::{
    authserver::AuthServer,
    environment::Environment,
    identity::{Identity, IdentityError, Sso},
    model::Operator,
    oauth::OAuth,
    runtime::Runtime,
    secret::Secret,
};

/// What the pages need; cheap to clone.
#[derive(Clone)]
pub(crate) struct Console {
    pub(crate) identity: Identity,
    pub(crate) authserver: AuthServer,
    pub(crate) sso: Sso,
    pub(crate) oauth: OAuth,
    pub(crate) environment: Environment,
    pub(crate) runtime: Runtime,
    /// False on plain loopback alone: browsers keep no secure cookies there.
    pub(crate) secure_cookies: bool,
    pub(crate) public_url: Url,
}

/// Every page.
pub(crate) fn router(console: Console) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/login", get(login::form).post(login::submit))
        .route("/login/sso", post(sso::begin))
        .route("/login/sso/callback", get(sso::finish))
        .route("/password", get(password::show).post(password::change))
        .route("/login/{code}", get(login::link).post(login::follow))
        .route("/logout", post(login::sign_out))
        .route("/connect/{handle}", get(connect::show).post(connect::go))
        .route("/connections/{connector}", get(own::show).post(own::change))
        .route("/connections/{connector}/authorize", post(account::again))
        .route(
            "/connected/{connector}",
            get(callback::connected).post(account::choose),
        )
        .route("/authorize", get(authorize::show).post(authorize::decide))
        .route("/device", get(command_line::device).post(command_line::typed))
        .route("/clients/{id}/revoke", post(clients::revoke))
        .route("/oauth/refused", get(callback::told))
        .route("/oauth/callback/{provider}", get(callback::answer))
        .layer(middleware::map_response(page::guard))
        .with_state(console)
}

/// Somebody who is signed in, and the cookie that says so.
struct Session {
    operator: Operator,
    cookie: Secret<String>,
}

impl Session {
    /// What the forms of this session carry. Whoever can't read the cookie can't make it.
    fn form_token(&self) -> String {
        Sha256::new()
            .chain_update("berth form token")
            .chain_update(self.cookie.expose())
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// The body of a form that does nothing but confirm.
#[derive(Debug, Deserialize)]
struct Confirmation {
    #[serde(default)]
    form_token: String,
}

impl Console {
    async fn session(&self, headers: &HeaderMap) -> Result<Option<Session>, Response> {
        let cookie = cookie(headers, &self.session_cookie());
        match self.identity.browser(cookie).await {
            Ok(operator) => Ok(operator.zip(cookie).map(|(operator, cookie)| Session {
                operator,
                cookie: Secret::new(cookie.to_owned()),
            })),
            Err(error) => Err(fault(&error)),
        }
    }

    /// Whether a form was sent from a page of this session.
    fn confirmed(session: &Session, form: &Confirmation) -> bool {
        session
            .form_token()
            .as_bytes()
            .ct_eq(form.form_token.as_bytes())
            .into()
    }

    fn session_cookie(&self) -> String {
        self.cookie_name("berth-session")
    }

    /// Cookies know no ports: two brokers on one plain loopback would take each other's.
    fn cookie_name(&self, base: &str) -> String {
        if self.secure_cookies {
            format!("__Host-{base}")
        } else {
            format!("{base}-{}", self.public_url.port_or_known_default().unwrap_or(0))
        }
    }

    /// A `Set-Cookie` that lasts `seconds`; none are left of one that lasts zero.
    fn set_cookie(&self, name: &str, value: &str, seconds: i64) -> String {
        let secure = if self.secure_cookies { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }
}

/// The value of a cookie; the first one of that name.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Whether a form came from a page of berth's own, as the browser tells. Something that is no browser tells nothing,
/// and brings no cookie of somebody else's along either.
fn from_own_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        (Some(_), None) => false,
    }
}

/// Something of berth's own failed: the log has it.
fn fault(error: &IdentityError) -> Response {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "a page could not be made"
    );
    page::message(
        StatusCode::INTERNAL_SERVER_ERROR,
        None,
        "Something went wrong",
        "berth could not do this just now. Please try again in a moment.",
    )
}
