//! Requests and answers in the shapes that real providers have, replayed by a fake on a socket.

mod table;

use std::{collections::VecDeque, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Method, Response, Uri, header},
};
use base64::Engine as _;
use bytes::Bytes;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;
use url::Url;

use super::{World, fields};
use crate::{
    model::Values,
    oauth::{Access, Change, Finished, FlowError},
    secret::Secret,
};

/// An answer: status, content type, body.
pub(super) type Answer = (u16, &'static str, &'static str);

pub(super) const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A provider that writes down what it is asked and answers as it was told to.
#[derive(Clone)]
pub(super) struct Fake {
    pub(super) base: String,
    answers: Arc<Mutex<VecDeque<(u16, String, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    pub(super) async fn start(tasks: &TaskTracker) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::default(),
            asked: Arc::default(),
        };
        let app = Router::new().fallback(answer).with_state(fake.clone());
        let connections = tasks.clone();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let app = TowerToHyperService::new(app.clone());
                connections.spawn(async move {
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), app);
                    connection.await.unwrap();
                });
            }
        });
        fake
    }

    pub(super) fn will_say(&self, (status, content_type, body): Answer) {
        let body = body.replace("BASE", &self.base);
        let answer = (status, content_type.to_owned(), body);
        self.answers.lock().push_back(answer);
    }

    /// What came since the last look.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock())
    }

    /// A text in which `BASE` stands for this provider's address.
    pub(super) fn fill(&self, value: &Value) -> Value {
        serde_json::from_str(&value.to_string().replace("BASE", &self.base)).unwrap()
    }
}

async fn answer(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    assert_eq!(headers[header::ACCEPT], JSON);
    let mut pairs: Vec<(String, String)> = match headers[header::CONTENT_TYPE].to_str().unwrap() {
        FORM => url::form_urlencoded::parse(&body).into_owned().collect(),
        _ => {
            let object: std::collections::BTreeMap<String, String> = serde_json::from_slice(&body).unwrap();
            object.into_iter().collect()
        }
    };
    let written = match headers[header::CONTENT_TYPE] == FORM {
        true => "form",
        false => "json",
    };
    let client = match headers.get(header::AUTHORIZATION) {
        None => "",
        Some(value) => {
            let text = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
            let pair = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
            assert_eq!(pair, b"client:s3cret");
            " basic"
        }
    };
    fake.asked.lock().push(format!(
        "{method} {} {written}{client} {}",
        uri.path(),
        shown(&mut pairs)
    ));
    let (status, content_type, body) = fake.answers.lock().pop_front().expect("it is not asked for more");
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(body))
        .unwrap()
}

/// Parameters in the order of their names; what differs each time is a star.
fn shown(pairs: &mut [(String, String)]) -> String {
    pairs.sort();
    let shown = pairs.iter().map(|(name, value)| match name.as_str() {
        "code_verifier" | "code_challenge" | "state" | "redirect_uri" => format!("{name}=*"),
        name => format!("{name}={value}"),
    });
    shown.collect::<Vec<_>>().join("&")
}

/// One provider: its settings, and what goes to and fro.
struct Shape {
    name: &'static str,
    settings: Value,
    scopes: &'static str,
    headers: &'static [&'static str],
    user_vars: &'static [(&'static str, &'static str)],
    /// The path and query that a person is sent to.
    sent: &'static str,
    /// What the person comes back with besides `state`.
    back: &'static str,
    exchange: (&'static str, Answer),
    delivered: &'static [(&'static str, &'static str)],
    scope: &'static str,
    /// Two of them, so that what the first leaves out is seen to be kept.
    refresh: Option<[(&'static str, Answer); 2]>,
    /// What the second refresh leads to.
    refreshed: &'static [(&'static str, &'static str)],
}

async fn replay(shape: Shape) {
    let world = World::bare().await;
    let fake = Fake::start(&world.tasks).await;
    eprintln!("{}", shape.name);
    set(&world, &fake, &shape.settings, shape.scopes, shape.headers).await;
    fake.will_say(shape.exchange.1);
    let vars = shape
        .user_vars
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), (*value).to_owned()));
    let (location, came) = go(&world, &fake, vars.collect(), shape.back).await;
    came.unwrap();
    let mut pairs: Vec<_> = location.query_pairs().into_owned().collect();
    assert_eq!(format!("{}?{}", location.path(), shown(&mut pairs)), shape.sent);
    assert_eq!(fake.asked(), [shape.exchange.0]);
    delivers(&world, &fake, shape.delivered).await;
    let connections = world.oauth.connections(&world.alice.user).await.unwrap();
    assert_eq!(connections[0].scope, shape.scope);
    let Some(refreshes) = shape.refresh else {
        // It does not end, and nobody is asked.
        world.age(&world.alice, 10 * 365 * 86_400).await;
        delivers(&world, &fake, shape.delivered).await;
        assert_eq!(fake.asked(), Vec::<String>::new());
        return;
    };
    for (request, answer) in refreshes {
        world.age(&world.alice, 400 * 86_400).await;
        fake.will_say(answer);
        world.token(&world.alice).await;
        assert_eq!(fake.asked(), [request]);
    }
    delivers(&world, &fake, shape.refreshed).await;
}

pub(super) async fn set(world: &World, fake: &Fake, settings: &Value, scopes: &str, headers: &[&str]) {
    let mut settings = fake.fill(settings);
    settings["client_id"] = "client".into();
    world
        .set(Change {
            settings: fields(settings),
            client_secret: Some(Secret::new("s3cret".to_owned())),
            scopes: Some(vec![scopes.to_owned()]),
            headers: Some(headers.iter().map(|header| header.parse().unwrap()).collect()),
            ..Change::default()
        })
        .await
        .unwrap();
}

/// Alice goes to the provider and comes back with the query `back`, and with the state unless it names one.
pub(super) async fn go(
    world: &World,
    fake: &Fake,
    vars: Values,
    back: &str,
) -> (Url, Result<Finished, FlowError>) {
    let handle = world.handle(&world.alice).await;
    let user = &world.alice.user;
    let departure = world
        .oauth
        .continue_to_provider(&handle, user, &vars)
        .await
        .unwrap();
    let state = departure.location.query_pairs().find(|(name, _)| name == "state");
    let state = state.unwrap().1.into_owned();
    let query = format!("{}&state={state}", back.replace("BASE", &fake.base));
    let query = world
        .oauth
        .read_answer(&"crm".parse().unwrap(), &query)
        .await
        .unwrap();
    let cookie = Some(departure.cookie.expose().as_str());
    let came = world.finish(query, cookie, Some(&world.alice)).await;
    (departure.location, came)
}

async fn delivers(world: &World, fake: &Fake, expected: &[(&str, &str)]) {
    let token = world.token(&world.alice).await;
    for (name, value) in expected {
        let value = value.replace("BASE", &fake.base);
        assert_eq!(token.headers[*name].to_str().unwrap(), value, "{name}");
    }
}

const BEARER: &[&str] = &["Authorization: Bearer {access_token}"];

#[tokio::test]
async fn errors_that_come_with_status_200_are_errors() {
    let world = World::bare().await;
    let fake = Fake::start(&world.tasks).await;
    let settings = json!({"auth_url": "BASE/a", "token_url": "BASE/t", "client_auth": "post"});
    set(&world, &fake, &settings, "", BEARER).await;
    for (body, told) in [
        (r#"{"ok":false,"error":"invalid_code"}"#, "invalid_code"),
        (r#"{"error":"invalid_code"}"#, "invalid_code"),
        (
            "error=bad_verification_code&error_description=The+code+passed+is+incorrect",
            "bad_verification_code",
        ),
        (
            r#"{"error":{"message":"x","type":"OAuthException","code":190}}"#,
            "OAuthException",
        ),
    ] {
        fake.will_say((200, JSON, body));
        let (_, came) = go(&world, &fake, Values::new(), "code=c0de").await;
        let FlowError::Failed(error) = came.unwrap_err() else {
            panic!("{body}");
        };
        let told_as = crate::model::with_causes(&error);
        assert!(told_as.contains(told), "{told_as}");
    }
    fake.will_say((
        200,
        JSON,
        r#"{"access_token":"a1","refresh_token":"r1","expires_in":60}"#,
    ));
    go(&world, &fake, Values::new(), "code=c0de").await.1.unwrap();
    world.age(&world.alice, 100).await;
    fake.will_say((200, JSON, r#"{"ok":false,"error":"invalid_refresh_token"}"#));
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
}
