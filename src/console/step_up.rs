//! The way of a person whose MCP client came back to the authorization server for what its connector needs of them:
//! through the provider, or past the values that they have to give, and then on to the client with its code.
//!
//! Only a client that they let in before leads them there. Where they go on is in a cookie, which nothing is taken from
//! but the request: it is checked anew, and asked about anew where that is due.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use maud::{Markup, html};

use super::{Console, Session, cookie, page::see_other};
use crate::{
    authserver::{Asked, Refusal},
    environment::GiveError,
    model::ConnectorName,
    oauth::{Access, OAuthError},
};

/// The cookie that says where a person goes on: the connector, and the request's query.
const THEN: &str = "berth-then";
/// How long it says so, in seconds; as long as a link is good.
const LASTS: i64 = 600;
/// Longest query that goes into a cookie.
const LONGEST: usize = 2500;
/// What a person adds to the request who goes on without.
const LATER: &str = "connect=later";

/// Where a person goes whose client steps up.
pub(super) enum Way {
    /// On: nothing is lacking.
    On,
    /// On, without what they did not give.
    Without,
    Through(Response),
}

/// Why it could not be found out.
enum Failed {
    OAuth(OAuthError),
    Values(GiveError),
}

impl Console {
    /// Where the person goes first, for a request that steps up.
    pub(super) async fn way(&self, session: &Session, asked: &Asked, query: &str) -> Result<Way, Refusal> {
        let (_, name) = asked.connector();
        let page = match self.lacking_page(session, asked).await {
            Ok(None) => return Ok(Way::On),
            Ok(Some(page)) => page,
            // What only an admin may do, or can't be done now, is told by the call.
            Err(Failed::OAuth(OAuthError::ForAdmins)) => return Ok(Way::Without),
            Err(failed) => {
                let error: &dyn std::error::Error = match &failed {
                    Failed::OAuth(error) => error,
                    Failed::Values(error) => error,
                };
                tracing::warn!(connector = %name, error, "what a person lacks was not found out");
                return Ok(Way::Without);
            }
        };
        let goes_on = query.len() > LONGEST || query.split('&').any(|pair| pair == LATER);
        if goes_on || !self.authserver.knows(asked, &session.operator).await? {
            return Ok(Way::Without);
        }
        let then = format!("{name}.{}", URL_SAFE_NO_PAD.encode(query));
        let then = self.set_cookie(&self.cookie_name(THEN), &then, LASTS);
        Ok(Way::Through(see_other(&page, &[then])))
    }

    /// Whether the person has given what the connector needs of them.
    pub(super) async fn lacks(&self, session: &Session, asked: &Asked) -> bool {
        !matches!(self.lacking_page(session, asked).await, Ok(None))
    }

    /// The page on which the person gives what is lacking.
    async fn lacking_page(&self, session: &Session, asked: &Asked) -> Result<Option<String>, Failed> {
        let (id, name) = asked.connector();
        let caller = session.operator.caller();
        let access = self.oauth.token_for(&caller.user, id).await;
        if let Access::ConsentNeeded = access.map_err(Failed::OAuth)? {
            let link = self.oauth.start_consent(&caller, (id, name), asked.client_name());
            let link = link.await.map_err(Failed::OAuth)?;
            return Ok(Some(link.url.path().to_owned()));
        }
        let values = self.environment.asked(name, &caller.user).await;
        let lacks = values.map_err(Failed::Values)?.iter().any(|value| !value.given);
        Ok(lacks.then(|| format!("/connections/{name}")))
    }

    /// Where a person goes on who has given what `connector` needs, and the cookie that ends it.
    pub(super) fn then(&self, headers: &HeaderMap, connector: &ConnectorName) -> Option<(String, String)> {
        let location = self.location(headers, |said| said == connector.as_str())?;
        Some((location, self.set_cookie(&self.cookie_name(THEN), "", 0)))
    }

    /// Whoever is here goes nowhere else later.
    pub(super) fn arrived(&self, headers: &HeaderMap, mut response: Response) -> Response {
        let name = self.cookie_name(THEN);
        if cookie(headers, &name).is_some()
            && let Ok(ended) = HeaderValue::from_str(&self.set_cookie(&name, "", 0))
        {
            response.headers_mut().append(header::SET_COOKIE, ended);
        }
        response
    }

    /// A way out for a person who gives nothing now, where a client waits for them.
    pub(super) fn without(&self, headers: &HeaderMap) -> Markup {
        html! {
            @if let Some(location) = self.location(headers, |_| true) {
                p.soft {
                    a href={ (location) "&" (LATER) } { "Go on without it" }
                    ": your MCP client goes on, and you are asked again when one of its calls needs this."
                }
            }
        }
    }

    fn location(&self, headers: &HeaderMap, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let (connector, query) = cookie(headers, &self.cookie_name(THEN))?.split_once('.')?;
        let query = URL_SAFE_NO_PAD
            .decode(query)
            .ok()
            .filter(|_| is_meant(connector))?;
        Some(format!("/authorize?{}", String::from_utf8(query).ok()?))
    }
}
