//! From an address that wants a token to the issuer that gives it.
//!
//! The way is the one that MCP's authorization has: the answer 401 names the resource's metadata (RFC 9728 §5.1), which are
//! else at well-known places (§3.1); they name the issuers, whose documents `discovery` reads. Nothing is kept of it.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{
    OAuth,
    challenge::Challenge,
    discovery::{self, DiscoveryError},
    error::scrub,
    found::{self, Lack},
};
use crate::{
    model::{Found, FoundResource, Tried, with_causes},
    net::{Http, NetError},
};

/// Behind which a resource has its metadata.
const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// How many of the issuers that a resource names are looked at.
const ISSUERS: usize = 4;

/// One search, as far as it has come.
pub(crate) struct Search {
    http: Http,
    found: Found,
    /// Hosts that gave no answer at all: they are not asked again.
    silent: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    resource: String,
    #[serde(default)]
    authorization_servers: Vec<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
}

impl OAuth {
    pub(crate) fn search(&self) -> Search {
        Search::new(self.0.http.clone())
    }
}

/// The well-known places of a resource's metadata, best first.
pub(crate) fn resource_places(resource: &Url) -> Vec<Url> {
    let at = |path: &str| {
        let mut place = resource.clone();
        place.set_path(&format!("{WELL_KNOWN}{path}"));
        place.set_query(None);
        place.set_fragment(None);
        place
    };
    match resource.path().trim_end_matches('/') {
        "" => vec![at("")],
        path => vec![at(path), at("")],
    }
}

impl Search {
    fn new(http: Http) -> Self {
        Self {
            http,
            found: Found::default(),
            silent: Vec::new(),
        }
    }

    /// What `issuer` says of itself.
    pub(crate) async fn issuer(mut self, issuer: &str) -> Found {
        self.ask_issuer(issuer).await;
        self.found
    }

    /// Whose tokens an API or MCP server takes.
    pub(crate) async fn resource(mut self, resource: &Url) -> Found {
        let mut places: Vec<Url> = self.knock(resource).await.into_iter().collect();
        for place in resource_places(resource) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        for place in &places {
            if self.read(place, Some(resource)).await {
                return self.follow().await;
            }
        }
        // As servers had it before they had metadata of their own (MCP 2025-03-26).
        self.ask_issuer(&resource.origin().ascii_serialization()).await;
        self.found
    }

    /// Asks `resource` without a token, and gives the place of its metadata where the answer names one.
    async fn knock(&mut self, resource: &Url) -> Option<Url> {
        let ask = |method: Method, body: Vec<u8>| {
            let request = Request::builder().method(method).uri(resource.as_str());
            let request = match body.is_empty() {
                true => request.header(header::ACCEPT, "application/json"),
                false => request
                    .header(header::CONTENT_TYPE, "application/json")
                    .header(header::ACCEPT, "application/json, text/event-stream"),
            };
            request.body(body).ok()
        };
        let initialize = json!({
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "berth", "version": env!("CARGO_PKG_VERSION")},
            },
        });
        // An MCP server need not look at who asks before it says that it takes POST alone.
        for request in [
            ask(Method::GET, Vec::new())?,
            ask(Method::POST, initialize.to_string().into_bytes())?,
        ] {
            let method = request.method().clone();
            let Some(answer) = self.send(resource, request).await else {
                continue;
            };
            let status = answer.status();
            if status == StatusCode::UNAUTHORIZED {
                let challenges = answer.headers().get_all(header::WWW_AUTHENTICATE).iter();
                let challenges: Vec<&str> = challenges.filter_map(|value| value.to_str().ok()).collect();
                return self.challenged(resource, status.as_u16(), &challenges);
            }
            let wants_post = status.is_client_error() && method == Method::GET;
            let said = match found::json::<serde_json::Value>(&answer, "resource") {
                Err(lack) if !status.is_success() => lack,
                _ => Lack::new(format!("status {}: it wants no token", status.as_u16())),
            };
            self.found.tried.push(said.at(format!("{method} {resource}")));
            if !wants_post {
                break;
            }
        }
        None
    }

    /// Takes note of a refusal, and gives the place of the metadata that it names.
    pub(crate) fn challenged(&mut self, at: &Url, status: u16, challenges: &[&str]) -> Option<Url> {
        let challenge = Challenge::read(challenges.iter().copied());
        let said = match &challenge.metadata {
            Some(place) => format!("status {status}, which names {}", scrub(place.as_str())),
            None if challenge.is_bearer => format!("status {status}, which names no resource_metadata"),
            None => format!("status {status} without a challenge for Bearer tokens"),
        };
        self.found.tried.push(match challenge.metadata.is_some() {
            true => Tried::used(at, said),
            false => Tried::new(at, said),
        });
        self.found.scopes = challenge.scopes;
        challenge.metadata
    }

    /// Takes note of an address that helps nothing.
    pub(crate) fn tried(&mut self, tried: Tried) {
        self.found.tried.push(tried);
    }

    /// Reads a resource's metadata at `place`; whether they are there. They have to be those of `resource`.
    pub(crate) async fn read(&mut self, place: &Url, resource: Option<&Url>) -> bool {
        let request = Request::get(place.as_str()).header(header::ACCEPT, "application/json");
        let Ok(request) = request.body(Vec::new()) else {
            return false;
        };
        match self.send(place, request).await {
            Some(answer) => self.take(place, &answer, resource),
            None => false,
        }
    }

    /// The same with an answer that is there already.
    pub(crate) fn take(&mut self, place: &Url, answer: &Response<Bytes>, resource: Option<&Url>) -> bool {
        match document(answer, resource) {
            Ok(document) => {
                self.found
                    .tried
                    .push(Tried::used(place, "the resource's metadata"));
                self.found.resource = Some(FoundResource {
                    at: place.to_string(),
                    resource: scrub(&document.resource),
                    issuers: found::words(document.authorization_servers.iter().map(String::as_str)),
                    scopes: found::words(document.scopes_supported.iter().map(String::as_str)),
                });
                true
            }
            Err(lack) => {
                self.found.tried.push(lack.at(place));
                false
            }
        }
    }

    /// Reads the documents of the issuers that the resource names.
    pub(crate) async fn follow(mut self) -> Found {
        if let Some(resource) = self.found.resource.clone() {
            if self.found.scopes.is_empty() {
                self.found.scopes = resource.scopes;
            }
            for issuer in resource.issuers.iter().take(ISSUERS) {
                self.ask_issuer(issuer).await;
            }
        }
        self.found
    }

    async fn ask_issuer(&mut self, issuer: &str) {
        if issuer.parse().is_ok_and(|url| self.is_silent(&url)) {
            return;
        }
        match discovery::look(&self.http, issuer, &mut self.found.tried).await {
            Ok((issuer, _)) => self.found.issuers.push(issuer),
            Err(error @ DiscoveryError::NotAnIssuer(_)) => {
                let tried = Tried::new(scrub(issuer), error.to_string()).hint(error.hint());
                self.found.tried.push(tried);
            }
            // Said of each place already.
            Err(_) => {}
        }
    }

    /// The answer to `request`, or a note of why there is none.
    async fn send(&mut self, url: &Url, request: Request<Vec<u8>>) -> Option<Response<Bytes>> {
        if self.is_silent(url) {
            return None;
        }
        match self.http.send(request).await {
            Ok(answer) => Some(answer),
            Err(error) => {
                let tried = Tried::new(url, with_causes(&error)).hint(error.hint());
                self.found.tried.push(tried);
                if !matches!(error, NetError::TooLarge { .. } | NetError::Broken { .. }) {
                    self.silent.push(url.authority().to_owned());
                }
                None
            }
        }
    }

    fn is_silent(&self, url: &Url) -> bool {
        self.silent.iter().any(|silent| silent == url.authority())
    }
}

/// RFC 9728 §3.3: metadata of another resource must not be used. Those of an address above it are its own too.
fn document(answer: &Response<Bytes>, resource: Option<&Url>) -> Result<Document, Lack> {
    let document: Document = found::json(answer, "resource")?;
    let is_another = resource.is_some_and(|resource| !covers(&document.resource, resource));
    if is_another {
        return Err(Lack::new(format!(
            "metadata of another resource: {:?}",
            scrub(&document.resource)
        )));
    }
    match document.authorization_servers.is_empty() {
        true => Err(Lack::new("metadata that name no authorization server")),
        false => Ok(document),
    }
}

fn covers(named: &str, resource: &Url) -> bool {
    let Ok(named) = named.parse::<Url>() else {
        return false;
    };
    let above = named.path().trim_end_matches('/');
    let path = resource.path().trim_end_matches('/');
    let below = path.strip_prefix(above);
    named.origin() == resource.origin() && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
