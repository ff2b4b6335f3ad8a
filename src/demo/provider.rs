//! A small, strict OAuth 2.0 provider on loopback, with two users and a userinfo endpoint.
//!
//! Authorization code with PKCE (S256 only), exact redirect URIs, `client_secret_basic` and nothing else, codes that
//! work once, refresh tokens that rotate, access tokens of ten seconds. What it refuses, it refuses as the RFCs say.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Context as _;
use axum::{
    Router,
    routing::{get, post},
};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

use endpoints::{Shared, authorize, decide, token, userinfo};
use ledger::random;
pub(crate) use ledger::{ACCESS_LIFETIME, Counters};

mod endpoints;
mod ledger;
mod page;

/// Someone with an account at the provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    pub(crate) username: &'static str,
    pub(crate) name: &'static str,
    pub(crate) subject: &'static str,
}

pub(crate) const PASSWORD: &str = "demo";
pub(crate) const ALICE: Account = Account {
    username: "alice",
    name: "Alice Archer",
    subject: "acme-1001",
};
pub(crate) const BOB: Account = Account {
    username: "bob",
    name: "Bob Baker",
    subject: "acme-1002",
};
const ACCOUNTS: [Account; 2] = [ALICE, BOB];

/// A client's registration.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
    name: String,
    redirect_uri: Url,
}

/// The running provider; it stops when it is dropped.
pub(crate) struct Provider {
    url: String,
    state: Shared,
    stop: CancellationToken,
}

impl Provider {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) async fn start(tasks: &TaskTracker) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("could not listen on 127.0.0.1")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (state, stop) = (Shared::default(), CancellationToken::new());
        let router = Router::new()
            .route("/authorize", get(authorize).post(decide))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(Arc::clone(&state));
        tasks.spawn(serve(listener, router, stop.clone(), tasks.clone()));
        Ok(Self { url, state, stop })
    }

    /// `path` at this provider.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What an administrator does in a provider's settings: a client with one redirect URI.
    pub(crate) fn register(&self, name: &str, redirect_uri: &Url) -> Client {
        let client = Client {
            id: random("client_"),
            secret: random("secret_"),
            name: name.to_owned(),
            redirect_uri: redirect_uri.clone(),
        };
        self.state
            .lock()
            .clients
            .insert(client.id.clone(), client.clone());
        client
    }

    pub(crate) fn counters(&self) -> Counters {
        self.state.lock().ledger.counters()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((stream, _)) = accepted else { return };
        let (service, stop) = (TowerToHyperService::new(router.clone()), stop.clone());
        tasks.spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A connection that breaks is the client's affair; it comes back with another.
            tokio::select! {
                _ = connection => {}
                () = stop.cancelled() => {}
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use reqwest::StatusCode;
    use serde_json::Value;
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::demo::browser::{Browser, Page};

    const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

    async fn provider() -> (Provider, Client) {
        crate::demo::use_ring();
        let provider = Provider::start(&TaskTracker::new()).await.unwrap();
        // Any page will do to be sent back to: what counts is the query.
        let redirect = Url::parse(&provider.at("/userinfo")).unwrap();
        let client = provider.register("test", &redirect);
        (provider, client)
    }

    fn authorize_url(provider: &Provider, client: &Client, changed: (&str, &str)) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut url = Url::parse(&provider.at("/authorize")).unwrap();
        let asked = [
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("state", "s"),
            ("scope", "profile"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in asked {
            let value = if name == changed.0 { changed.1 } else { value };
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    }

    fn answered(page: &Page, name: &str) -> Option<String> {
        let found = page.url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    }

    async fn post(provider: &Provider, client: &Client, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let answer = reqwest::Client::new()
            .post(provider.at("/token"))
            .basic_auth(&client.id, Some(&client.secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(
                url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(form)
                    .finish(),
            )
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    #[tokio::test]
    async fn a_person_signs_in_and_the_client_gets_that_persons_token() {
        let (provider, client) = provider().await;
        let mut browser = Browser::new().unwrap();
        let form = browser
            .open(&authorize_url(&provider, &client, ("", "")))
            .await
            .unwrap();
        let wrong = [("username", "bob"), ("password", "x"), ("decision", "allow")];
        let again = browser.submit(&form, &wrong).await.unwrap();
        let right = [("username", "bob"), ("password", PASSWORD), ("decision", "allow")];
        let back = browser.submit(&again, &right).await.unwrap();
        assert_eq!(answered(&back, "state").as_deref(), Some("s"));
        let code = answered(&back, "code").unwrap();
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let (status, tokens) = post(&provider, &client, &exchange).await;
        assert_eq!(
            (status, tokens["expires_in"].as_u64()),
            (StatusCode::OK, Some(10))
        );
        let userinfo = reqwest::Client::new()
            .get(provider.at("/userinfo"))
            .bearer_auth(tokens["access_token"].as_str().unwrap());
        let who: Value = userinfo.send().await.unwrap().json().await.unwrap();
        assert_eq!(who["name"], BOB.name);
        let refresh = [
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ];
        assert_eq!(post(&provider, &client, &refresh).await.0, StatusCode::OK);
        let (status, error) = post(&provider, &client, &refresh).await;
        assert_eq!(
            (status, &error["error"]),
            (StatusCode::BAD_REQUEST, &"invalid_grant".into())
        );
    }

    #[tokio::test]
    async fn what_is_not_right_is_refused() {
        let (provider, client) = provider().await;
        let mut browser = Browser::new().unwrap();
        let open = |changed| authorize_url(&provider, &client, changed);
        for changed in [("client_id", "x"), ("redirect_uri", "http://127.0.0.1/userinfo/")] {
            let page = browser.open(&open(changed)).await.unwrap();
            assert_eq!(page.status, StatusCode::BAD_REQUEST, "{changed:?}");
        }
        for changed in [
            ("code_challenge_method", "plain"),
            ("code_challenge", ""),
            ("response_type", "token"),
        ] {
            let page = browser.open(&open(changed)).await.unwrap();
            assert!(answered(&page, "error").is_some(), "{changed:?}");
        }
        let form = browser.open(&open(("", ""))).await.unwrap();
        let denied = browser.submit(&form, &[("decision", "deny")]).await.unwrap();
        assert_eq!(answered(&denied, "error").as_deref(), Some("access_denied"));
        let stranger = Client {
            secret: "wrong".into(),
            ..client.clone()
        };
        let (status, error) = post(&provider, &stranger, &[]).await;
        assert_eq!(
            (status, &error["error"]),
            (StatusCode::UNAUTHORIZED, &"invalid_client".into())
        );
        let (status, _) = post(&provider, &client, &[("client_secret", &client.secret)]).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}
