use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{Request as Asked, State},
    http::HeaderMap,
    response::{IntoResponse as _, Response as Answer},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio_util::task::TaskTracker;

use super::*;
use crate::net::{Http, Policy};

/// What a server answers to a method and path: status, header, body. `HERE` stands for its own origin.
type Pages = HashMap<&'static str, (u16, &'static str, String)>;

struct Server {
    origin: String,
}

impl Server {
    async fn with(pages: impl IntoIterator<Item = (&'static str, u16, &'static str, &str)>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let pages: Pages = pages
            .into_iter()
            .map(|(at, status, header, body)| (at, (status, header, body.replace("HERE", &origin))))
            .collect();
        let state = Arc::new((pages, origin.clone()));
        let app = Router::new().fallback(answer).with_state(state);
        let tasks = TaskTracker::new();
        let connections = tasks.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let app = TowerToHyperService::new(app.clone());
                connections.spawn(async move {
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), app);
                    // An answer that is too long is not read to its end.
                    let _ = connection.await;
                });
            }
        });
        Self { origin }
    }

    fn at(&self, path: &str) -> Url {
        format!("{}{path}", self.origin).parse().unwrap()
    }

    async fn find(&self, path: &str) -> Found {
        Search::new(line(true)).resource(&self.at(path)).await
    }

    /// What was asked, below its origin, and what it answered; `!` marks what was of use.
    fn told(&self, found: &Found) -> Vec<String> {
        let one = |tried: &Tried| {
            let mark = if tried.used { "! " } else { "" };
            format!("{mark}{}: {}", tried.url, tried.answer).replace(&self.origin, "")
        };
        found.tried.iter().map(one).collect()
    }
}

async fn answer(State(state): State<Arc<(Pages, String)>>, asked: Asked) -> Answer {
    let (pages, origin) = &*state;
    let at = format!("{} {}", asked.method(), asked.uri().path());
    let Some((status, header, body)) = pages.get(at.as_str()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut headers = HeaderMap::new();
    if let Some((name, value)) = header.split_once(": ") {
        let name: header::HeaderName = name.parse().unwrap();
        headers.insert(name, value.replace("HERE", origin).parse().unwrap());
    }
    (StatusCode::from_u16(*status).unwrap(), headers, body.clone()).into_response()
}

fn line(allow_loopback: bool) -> Http {
    Http::new(Policy {
        allow_loopback,
        allow_private: Vec::new(),
    })
    .unwrap()
}

const ISSUER: &str = r#"{"issuer": "HERE/idp", "authorization_endpoint": "HERE/a", "token_endpoint": "HERE/t",
    "code_challenge_methods_supported": ["S256"], "scopes_supported": ["a", "a", "b"],
    "registration_endpoint": "HERE/register"}"#;
const IDP: (&str, u16, &str, &str) = ("GET /.well-known/oauth-authorization-server/idp", 200, "", ISSUER);
const METADATA: &str =
    r#"{"resource": "HERE/mcp", "authorization_servers": ["HERE/idp"], "scopes_supported": ["a"]}"#;

#[test]
fn metadata_are_at_two_places_at_most() {
    let check = |resource: &str, expected: &[&str]| {
        let places = resource_places(&resource.parse().unwrap());
        assert_eq!(places.iter().map(Url::as_str).collect::<Vec<_>>(), expected);
    };
    check(
        "https://api.example/v1/mcp/?x=y",
        &[
            "https://api.example/.well-known/oauth-protected-resource/v1/mcp",
            "https://api.example/.well-known/oauth-protected-resource",
        ],
    );
    check(
        "https://api.example:8443",
        &["https://api.example:8443/.well-known/oauth-protected-resource"],
    );
}

#[tokio::test]
async fn the_challenge_comes_first() {
    let server = Server::with([
        (
            "POST /mcp",
            401,
            r#"www-authenticate: Bearer scope="b", resource_metadata="HERE/mine""#,
            "",
        ),
        ("GET /mcp", 405, "", ""),
        ("GET /mine", 200, "", METADATA),
        ("GET /.well-known/oauth-protected-resource", 200, "", "{}"),
        IDP,
    ])
    .await;
    let found = server.find("/mcp").await;
    assert_eq!(
        server.told(&found),
        [
            "GET /mcp: status 405",
            "! /mcp: status 401, which names /mine",
            "! /mine: the resource's metadata",
            "! /.well-known/oauth-authorization-server/idp: the issuer's document",
        ]
    );
    // The challenge knows better which scopes this takes.
    assert_eq!(found.scopes, ["b"]);
    let [issuer] = &found.issuers[..] else {
        panic!("{found:?}");
    };
    assert_eq!(issuer.endpoints["token_url"], server.at("/t").as_str());
    assert!(issuer.s256 && issuer.scopes == ["a", "b"] && issuer.client_auth == ["client_secret_basic"]);
    assert_eq!(
        issuer.registration_url.as_deref(),
        Some(server.at("/register").as_str())
    );
}

#[tokio::test]
async fn well_known_places_come_next() {
    let server = Server::with([
        ("GET /mcp", 200, "", "hello"),
        ("GET /.well-known/oauth-protected-resource/mcp", 200, "", "<html>"),
        ("GET /.well-known/oauth-protected-resource", 200, "", METADATA),
        IDP,
    ])
    .await;
    let found = server.find("/mcp").await;
    assert_eq!(
        server.told(&found),
        [
            "GET /mcp: status 200: it wants no token",
            "/.well-known/oauth-protected-resource/mcp: something that is not JSON",
            "! /.well-known/oauth-protected-resource: the resource's metadata",
            "! /.well-known/oauth-authorization-server/idp: the issuer's document",
        ]
    );
    assert_eq!(found.scopes, ["a"]);
    let resource = found.resource.unwrap();
    assert_eq!(
        (resource.resource, resource.scopes),
        (server.at("/mcp").to_string(), vec!["a".to_owned()])
    );
}

#[tokio::test]
async fn a_server_without_metadata_may_be_its_own_issuer() {
    let own = ISSUER.replace("HERE/idp", "HERE");
    let server = Server::with([
        ("GET /mcp", 401, "www-authenticate: Bearer", ""),
        ("GET /.well-known/openid-configuration", 200, "", &own),
    ])
    .await;
    let found = server.find("/mcp").await;
    assert_eq!(
        server.told(&found),
        [
            "/mcp: status 401, which names no resource_metadata",
            "/.well-known/oauth-protected-resource/mcp: status 404",
            "/.well-known/oauth-protected-resource: status 404",
            "/.well-known/oauth-authorization-server: status 404",
            "! /.well-known/openid-configuration: the issuer's document",
        ]
    );
    assert!(found.resource.is_none() && found.issuers[0].issuer == server.origin);
}

#[tokio::test]
async fn what_is_not_its_own_is_not_used() {
    let others = METADATA.replace("HERE/mcp", "https://api.example/mcp");
    let server = Server::with([
        ("GET /mcp", 401, r#"www-authenticate: Basic realm="x""#, ""),
        ("GET /.well-known/oauth-protected-resource/mcp", 200, "", &others),
        (
            "GET /.well-known/oauth-protected-resource",
            302,
            "location: https://elsewhere.example/",
            "",
        ),
        ("GET /.well-known/oauth-authorization-server", 200, "", ISSUER),
    ])
    .await;
    let found = server.find("/mcp").await;
    let told = server.told(&found);
    assert_eq!(
        told,
        [
            "/mcp: status 401 without a challenge for Bearer tokens",
            "/.well-known/oauth-protected-resource/mcp: metadata of another resource: \"https://api.example/mcp\"",
            "/.well-known/oauth-protected-resource: status 302: it sends on to https://elsewhere.example/, where berth does not follow",
            "/.well-known/oauth-authorization-server: the document at /.well-known/oauth-authorization-server is of another issuer: \"/idp\"",
        ]
    );
    assert!(found.issuers.is_empty() && found.resource.is_none());
    assert!(found.tried[3].hint.contains("exactly"), "{found:?}");
}

#[tokio::test]
async fn a_document_may_be_too_large_or_of_something_else() {
    let huge = "x".repeat((1 << 20) + 1);
    let server = Server::with([
        (
            "GET /.well-known/oauth-protected-resource",
            200,
            "",
            huge.as_str(),
        ),
        ("GET /.well-known/oauth-authorization-server", 200, "", "[1]"),
        (
            "GET /.well-known/openid-configuration",
            200,
            "",
            r#"{"issuer": "HERE", "token_endpoint": 7}"#,
        ),
    ])
    .await;
    let found = server.find("/").await;
    let told = server.told(&found);
    assert_eq!(told[0..2], ["GET /: status 404", "POST /: status 404"]);
    assert!(told[2].contains("is longer than 1048576 bytes"), "{told:?}");
    assert_eq!(
        told[3..],
        [
            "/.well-known/oauth-authorization-server: JSON, but no document with the member \"issuer\"",
            "/.well-known/openid-configuration: its document has token_endpoint, which is no address",
        ]
    );
    assert!(found.issuers.is_empty());
}

#[tokio::test]
async fn addresses_are_guarded_at_every_step() {
    let server = Server::with([IDP]).await;
    let plain = Search::new(line(false)).resource(&server.at("/mcp")).await;
    assert_eq!(plain.tried.len(), 1, "{plain:?}");
    assert!(plain.tried[0].answer.contains("is plain http"), "{plain:?}");
    assert!(
        plain.tried[0].hint.contains("--allow-private 127.0.0.1"),
        "{plain:?}"
    );
    for private in [
        "https://127.0.0.1:9",
        "https://169.254.169.254",
        "https://[::1]:9",
    ] {
        let found = Search::new(line(false)).issuer(private).await;
        assert!(
            found.tried[0].answer.contains("is the private address"),
            "{found:?}"
        );
    }
    // A document of somebody else's leads no further either.
    let mut search = Search::new(line(true));
    let body = METADATA.replace("HERE/idp", "http://169.254.169.254/idp");
    let answer = Response::new(Bytes::from(body));
    assert!(search.take(&server.at("/x"), &answer, None));
    let found = search.follow().await;
    assert!(found.issuers.is_empty());
    assert!(
        found.tried[1].answer.contains("is the private address"),
        "{found:?}"
    );
    let found = Search::new(line(true)).issuer("idp.example").await;
    assert!(found.tried[0].answer.contains("is not an issuer"), "{found:?}");
}
