//! A strict provider on a real socket: it checks PKCE and the client, rotates refresh tokens, and ends a grant whose
//! refresh token comes twice. Faults can be lined up for its next answers.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode, header},
    routing::{get, post},
};
use base64::Engine as _;
use bytes::Bytes;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use url::Url;

use super::super::answer::CallbackQuery;
use crate::secret::Secret;

/// What the provider does instead of, or after, answering as it should.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Answers so without looking at the request.
    Answer(u16, &'static str, &'static str),
    Redirect,
    /// A body of a gigabyte.
    Huge,
    /// Never answers, and does nothing.
    Silence,
    /// Does its work, then breaks the connection.
    Lost,
    /// Changes the answer's fields.
    Alter(fn(&mut Value)),
    /// Answers in form encoding.
    Form,
    /// Waits for the gate before it works.
    Gate(Arc<Notify>),
}

#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) faults: VecDeque<Fault>,
    pub(super) lifetime: Option<u64>,
    /// Instead of [`SECRET`], once it was rotated.
    pub(super) secret: Option<&'static str>,
    /// How long each answer takes.
    pub(super) pause: Duration,
    /// How many requests are being answered, and the most that ever were.
    pub(super) open: usize,
    pub(super) most: usize,
    /// Refresh tokens that came again after they were spent.
    pub(super) reused: usize,
    /// Fails when it is to revoke a token.
    pub(super) revokes_nothing: bool,
    /// Takes the client's secret in the body alone.
    pub(super) post_only: bool,
    /// Requests by grant type, those that were refused for the client included.
    pub(crate) requests: Vec<String>,
    pub(super) refreshed: usize,
    pub(crate) exchanged: usize,
    pub(super) revoked: Vec<String>,
    /// What it says of itself; nothing as long as it is null.
    pub(super) document: Value,
    /// Who authorizes, by the answer of its userinfo address.
    pub(super) person: Value,
    /// What it is called at the end of its redirect URI, where not `crm`.
    pub(super) called: Option<&'static str>,
    /// The scopes that it grants.
    pub(crate) grants: Option<&'static str>,
    codes: HashMap<String, String>,
    live: HashSet<String>,
    /// The code that each refresh token goes back to.
    families: HashMap<String, String>,
    spent: HashSet<String>,
    counter: usize,
}

#[derive(Clone)]
pub(crate) struct Provider {
    pub(super) url: Url,
    pub(crate) books: Arc<Mutex<Books>>,
}

pub(super) const SECRET: &str = "s3cret: with+signs%";

impl Provider {
    pub(super) async fn start(tasks: &TaskTracker) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let provider = Self {
            url,
            books: Arc::default(),
        };
        provider.books.lock().lifetime = Some(3600);
        let app = Router::new()
            .route("/token", post(token))
            .route("/revoke", post(revoke))
            .route("/authorize", get(|| async { "sign in" }))
            .route("/userinfo", get(userinfo))
            .route("/.well-known/oauth-authorization-server", get(document))
            .with_state(provider.clone());
        let connections = tasks.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let app = TowerToHyperService::new(app.clone());
                connections.spawn(async move {
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), app);
                    // Broken off is how some of these connections are meant to end.
                    let _ = connection.await;
                });
            }
        });
        provider
    }

    pub(super) fn at(&self, path: &str) -> Url {
        self.url.join(path).unwrap()
    }

    /// Makes a refresh token good that it did not give.
    pub(super) fn knows(&self, token: &str) {
        let mut books = self.books.lock();
        books.live.insert(token.to_owned());
        books.families.insert(token.to_owned(), token.to_owned());
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.books.lock().faults.push_back(fault);
    }

    /// The person agrees at the authorization endpoint.
    pub(crate) fn agree(&self, location: &Url) -> CallbackQuery {
        let query: HashMap<_, _> = location.query_pairs().into_owned().collect();
        assert_eq!(query["response_type"], "code");
        assert_eq!(query["client_id"], "client one");
        assert_eq!(query["code_challenge_method"], "S256");
        let mut books = self.books.lock();
        books.counter += 1;
        let code = format!("code-{}", books.counter);
        books.codes.insert(code.clone(), query["code_challenge"].clone());
        CallbackQuery {
            code: Some(Secret::new(code)),
            state: Some(Secret::new(query["state"].clone())),
            ..CallbackQuery::default()
        }
    }
}

async fn token(state: State<Provider>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let provider = state.0.clone();
    let pause = {
        let mut books = provider.books.lock();
        books.open += 1;
        books.most = books.most.max(books.open);
        books.pause
    };
    let _open = Open(provider.books);
    tokio::time::sleep(pause).await;
    answer(state, headers, body).await
}

/// A request that is being answered; it ends when its sender is gone, too.
struct Open(Arc<Mutex<Books>>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().open -= 1;
    }
}

async fn answer(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let fault = {
        let mut books = provider.books.lock();
        books.requests.push(form["grant_type"].clone());
        books.faults.pop_front()
    };
    match &fault {
        Some(Fault::Answer(status, content_type, body)) => {
            return Response::builder()
                .status(*status)
                .header(header::CONTENT_TYPE, *content_type)
                .body(Body::from(*body))
                .unwrap();
        }
        Some(Fault::Redirect) => {
            return Response::builder()
                .status(307)
                .header(header::LOCATION, provider.at("token").as_str())
                .body(Body::empty())
                .unwrap();
        }
        Some(Fault::Huge) => {
            let chunks = futures_util::stream::iter(
                std::iter::repeat_n(Bytes::from(vec![b' '; 1 << 16]), 1 << 14).map(Ok::<_, std::io::Error>),
            );
            return Response::new(Body::from_stream(chunks));
        }
        Some(Fault::Silence) => std::future::pending().await,
        Some(Fault::Gate(gate)) => gate.notified().await,
        _ => {}
    }
    let (status, mut answer) = work(&mut provider.books.lock(), &headers, &form);
    match fault {
        Some(Fault::Lost) => {
            let broken = futures_util::stream::once(async {
                Err::<Bytes, _>(std::io::Error::other("the line is cut"))
            });
            return Response::new(Body::from_stream(broken));
        }
        Some(Fault::Alter(alter)) => alter(&mut answer),
        Some(Fault::Form) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (key, value) in answer.as_object().unwrap() {
                form.append_pair(key, &value.as_str().map_or(value.to_string(), str::to_owned));
            }
            return Response::new(Body::from(form.finish()));
        }
        _ => {}
    }
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(answer.to_string()))
        .unwrap()
}

fn work(books: &mut Books, headers: &HeaderMap, form: &HashMap<String, String>) -> (StatusCode, Value) {
    let refuse = |error: &str| {
        (
            StatusCode::BAD_REQUEST,
            json!({ "error": error, "error_description": "no" }),
        )
    };
    let secret = books.secret.unwrap_or(SECRET);
    let in_header = headers.get(header::AUTHORIZATION).is_some_and(|value| {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode("client one"), encode(secret));
        let expected = base64::engine::general_purpose::STANDARD.encode(pair);
        value.to_str().unwrap() == format!("Basic {expected}")
    });
    let in_body = form.get("client_secret").is_some_and(|sent| sent == secret)
        && form.get("client_id").is_some_and(|id| id == "client one");
    match (in_header, in_body, books.post_only) {
        (true, true, _) => return refuse("invalid_request"),
        (true, false, false) | (false, true, true) => {}
        _ => return (StatusCode::UNAUTHORIZED, json!({ "error": "invalid_client" })),
    }
    let family = match form["grant_type"].as_str() {
        "authorization_code" => {
            let challenge = Sha256::digest(form["code_verifier"].as_bytes());
            let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(challenge);
            let callback = format!("/oauth/callback/{}", books.called.unwrap_or("crm"));
            if !form["redirect_uri"].ends_with(&callback)
                || books.codes.remove(&form["code"]) != Some(challenge)
            {
                return refuse("invalid_grant");
            }
            books.exchanged += 1;
            form["code"].clone()
        }
        _ => {
            let token = &form["refresh_token"];
            if books.spent.contains(token) {
                books.reused += 1;
                let family = books.families[token].clone();
                let families = std::mem::take(&mut books.families);
                books.live.retain(|live| families[live] != family);
                books.families = families;
            }
            if !books.live.remove(token) {
                return refuse("invalid_grant");
            }
            books.spent.insert(token.clone());
            books.refreshed += 1;
            books.families[token].clone()
        }
    };
    books.counter += 1;
    let refresh_token = format!("refresh-{}", books.counter);
    books.live.insert(refresh_token.clone());
    books.families.insert(refresh_token.clone(), family);
    let mut answer = json!({
        "access_token": format!("access-{}", books.counter),
        "refresh_token": refresh_token,
        "token_type": "bearer",
        "scope": books.grants.unwrap_or("read write"),
    });
    if let Some(lifetime) = books.lifetime {
        answer["expires_in"] = lifetime.into();
    }
    (StatusCode::OK, answer)
}

async fn document(State(provider): State<Provider>) -> (StatusCode, String) {
    match &provider.books.lock().document {
        Value::Null => (StatusCode::NOT_FOUND, String::new()),
        document => (StatusCode::OK, document.to_string()),
    }
}

async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> (StatusCode, String) {
    let books = provider.books.lock();
    match headers.get(header::AUTHORIZATION) {
        Some(bearer) if bearer.to_str().unwrap().starts_with("Bearer access-") => {
            (StatusCode::OK, books.person.to_string())
        }
        _ => (StatusCode::UNAUTHORIZED, String::new()),
    }
}

async fn revoke(State(provider): State<Provider>, body: Bytes) -> StatusCode {
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    if provider.books.lock().post_only && !form.contains_key("client_secret") {
        return StatusCode::UNAUTHORIZED;
    }
    if provider.books.lock().revokes_nothing {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    provider.books.lock().revoked.push(form["token"].clone());
    StatusCode::OK
}

/// How long the tests let the provider take, in place of twenty seconds.
pub(super) const SHORT: Duration = Duration::from_millis(400);
