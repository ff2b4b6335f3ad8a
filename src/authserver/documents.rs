//! Clients that are known by a document at an address of their own (draft-ietf-oauth-client-id-metadata-document).
//!
//! Somebody else's page decides which address is asked, so it goes through `net`, without redirects, with a small cap;
//! and only for people who are signed in. A document is kept as long as its headers say, within bounds; what is wrong
//! is not kept.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, StatusCode, header};
use moka::{Expiry, sync::Cache};
use serde::Deserialize;
use tokio::sync::Semaphore;
use url::Url;

use super::{redirect, register};
use crate::{
    model::Invalid,
    net::{Http, Limits, NetError, Policy},
    store::{ClientMetadata, ClientRecord},
};

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    total: Duration::from_secs(10),
    body: 64 << 10,
};

/// How long a document is kept, whatever its headers say.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// How long one is kept whose headers say nothing.
const USUAL: Duration = Duration::from_secs(3600);
/// How many are kept.
const KEPT: u64 = 1000;
/// How many are fetched at a time.
const FETCHES: usize = 4;

/// Why a document makes no client.
#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    #[error("its id {0:?} is not the address of a metadata document: {1}")]
    Address(String, &'static str),
    #[error("its metadata document at {0} could not be read")]
    Net(String, #[source] NetError),
    #[error("its metadata document at {0} answers with status {1}")]
    Status(String, u16),
    #[error("its metadata document at {0} is not right: {1}")]
    Content(String, String),
}

/// Metadata documents, fetched and kept.
#[derive(Debug)]
pub(super) struct Documents {
    http: Http,
    kept: Cache<String, Kept>,
    fetches: Semaphore,
    /// Plain http is fine on loopback, as everywhere in berth.
    allow_loopback: bool,
}

#[derive(Debug, Clone)]
struct Kept {
    client: Arc<ClientRecord>,
    lifetime: Duration,
}

struct Lifetime;

impl Expiry<String, Kept> for Lifetime {
    fn expire_after_create(&self, _: &String, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.lifetime)
    }
}

#[derive(Debug, Deserialize)]
struct Document {
    client_id: String,
    #[serde(default)]
    client_name: Option<String>,
    redirect_uris: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_method: Option<String>,
    #[serde(default)]
    client_secret: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
}

impl Documents {
    pub(super) fn new(policy: Policy) -> anyhow::Result<Self> {
        Ok(Self {
            allow_loopback: policy.allow_loopback,
            http: Http::with_limits(policy, LIMITS)?,
            kept: Cache::builder().max_capacity(KEPT).expire_after(Lifetime).build(),
            fetches: Semaphore::new(FETCHES),
        })
    }

    pub(super) async fn client(&self, id: &str) -> Result<ClientRecord, DocumentError> {
        let url = self.address(id)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if let Some(kept) = self.kept.get(id) {
            return Ok(kept.client.as_ref().clone());
        }
        let _turn = self.fetches.acquire().await;
        if let Some(kept) = self.kept.get(id) {
            return Ok(kept.client.as_ref().clone());
        }
        let request = http::Request::get(url.as_str())
            .header(header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|_| DocumentError::Address(shown(id), "it can't be asked"))?;
        let answer = self
            .http
            .send(request)
            .await
            .map_err(|error| DocumentError::Net(host.clone(), error))?;
        if answer.status() != StatusCode::OK {
            return Err(DocumentError::Status(host, answer.status().as_u16()));
        }
        let client = read(id, answer.headers(), answer.body())
            .map_err(|Invalid(why)| DocumentError::Content(host, why))?;
        let kept = Kept {
            client: Arc::new(client.clone()),
            lifetime: lifetime(answer.headers()),
        };
        self.kept.insert(id.to_owned(), kept);
        Ok(client)
    }

    /// §3 of the draft: https, with a path and nothing that could be read in two ways.
    fn address(&self, id: &str) -> Result<Url, DocumentError> {
        let wrong = |why| Err(DocumentError::Address(shown(id), why));
        if id.len() > 2048 {
            return wrong("it is longer than 2048 bytes");
        }
        let Ok(url) = id.parse::<Url>() else {
            return wrong("it is no URL");
        };
        if url.scheme() != "https" && !(self.allow_loopback && redirect::is_local(id)) {
            return wrong("it must be https");
        }
        if id.contains('#') || !url.username().is_empty() || url.password().is_some() {
            return wrong("it has a fragment, a user name or a password");
        }
        if url.path() == "/" {
            return wrong("it has no path");
        }
        // Dots, spaces and the like are gone or escaped in what was parsed.
        if url.as_str() != id {
            return wrong("it is not written as a browser would");
        }
        Ok(url)
    }
}

fn read(id: &str, headers: &HeaderMap, body: &[u8]) -> Result<ClientRecord, Invalid> {
    let invalid = |why: &str| Err(Invalid(why.to_owned()));
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
        return invalid("it is not JSON by its Content-Type");
    }
    let document: Document = serde_json::from_slice(body).map_err(|error| {
        Invalid(format!(
            "it lacks client_id or redirect_uris, or is no JSON ({error})"
        ))
    })?;
    if document.client_id != id {
        return invalid("its client_id is another one");
    }
    // Everybody can read what would be the secret.
    if document.client_secret.is_some() {
        return invalid("it has a client_secret");
    }
    match document.token_endpoint_auth_method.as_deref() {
        None | Some("none") => {}
        Some(_) => return invalid("its token_endpoint_auth_method is not none"),
    }
    if document.redirect_uris.len() > register::MOST_REDIRECTS {
        return invalid("it has more than 32 redirect_uris");
    }
    let redirect_uris: Vec<String> = document
        .redirect_uris
        .into_iter()
        .filter(|uri| redirect::check(uri).is_ok())
        .collect();
    if redirect_uris.is_empty() {
        return invalid("it has no redirect URI that can be used");
    }
    Ok(ClientRecord {
        id: id.to_owned(),
        name: register::plain(document.client_name.as_deref().unwrap_or_default()),
        metadata: ClientMetadata {
            redirect_uris,
            refreshes: register::refreshes(document.grant_types.as_deref()),
        },
        secret_hash: None,
    })
}

/// RFC 9111 §5.2.2, as far as it matters here.
fn lifetime(headers: &HeaderMap) -> Duration {
    let said = headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect::<Vec<_>>();
    if said.iter().any(|word| word == "no-store" || word == "no-cache") {
        return SHORTEST;
    }
    let seconds = said
        .iter()
        .find_map(|word| word.strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    seconds
        .map_or(USUAL, Duration::from_secs)
        .clamp(SHORTEST, LONGEST)
}

fn shown(id: &str) -> String {
    id.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_document_is_kept_is_its_own_choice_within_bounds() {
        let check = |said: Option<&str>, expected: Duration| {
            let mut headers = HeaderMap::new();
            if let Some(said) = said {
                headers.insert(header::CACHE_CONTROL, said.parse().unwrap());
            }
            assert_eq!(lifetime(&headers), expected, "{said:?}");
        };
        check(None, USUAL);
        check(Some("public, max-age=600"), Duration::from_secs(600));
        check(Some("max-age=0"), SHORTEST);
        check(Some("No-Store"), SHORTEST);
        check(Some("max-age=99999999"), LONGEST);
        check(Some("max-age=99999999999999999999999"), USUAL);
    }

    #[test]
    fn only_an_unmistakable_address_names_a_document() {
        let check = |allow_loopback: bool, id: &str| {
            let policy = Policy {
                allow_loopback,
                allow_private: Vec::new(),
            };
            Documents::new(policy).unwrap().address(id).is_ok()
        };
        assert!(check(false, "https://client.example/oauth/client.json"));
        assert!(check(true, "http://127.0.0.1:9/client.json"));
        for bad in [
            "http://client.example/client.json",
            "http://127.0.0.1:9/client.json",
            "https://client.example",
            "https://client.example/",
            "https://client.example/a/../b",
            "https://client.example/%2e%2e/b",
            "https://client.example/a#b",
            "https://user@client.example/a",
            "https://CLIENT.example/a",
            "https://client.example:443/a",
        ] {
            assert!(!check(false, bad), "{bad}");
        }
    }
}
