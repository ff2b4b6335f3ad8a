//! Attacks and mishaps, on the library.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::Engine as _;
use http_body_util::BodyExt as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use tokio_util::task::TaskTracker;
use url::Url;

use super::{AuthServer, Refusal, router};
use crate::{
    audit::Audit,
    identity::{Identity, IdentityError},
    model::{Operator, Role, Roles, UserId},
    net::Policy,
    seal::Sealer,
    store::Store,
};

mod asking;
mod documents;
mod redeeming;
mod registering;

const BASE: &str = "https://berth.example";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123";
const CALLBACK: &str = "https://client.example/cb";

struct World {
    server: AuthServer,
    identity: Identity,
    store: Arc<Store>,
    alice: Operator,
    _folder: tempfile::TempDir,
}

/// A query or a form, to be changed by a test.
#[derive(Clone)]
struct Form(Vec<(String, String)>);

impl Form {
    fn new(pairs: &[(&str, &str)]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    /// The same with one parameter as given; without it where that is empty.
    fn with(&self, name: &str, value: &str) -> Self {
        let mut form = self.clone();
        form.0.retain(|(known, _)| known != name);
        if !value.is_empty() {
            form.0.push((name.to_owned(), value.to_owned()));
        }
        form
    }

    fn text(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
}

impl World {
    async fn new() -> Self {
        Self::at(BASE, Policy::default()).await
    }

    async fn at(public_url: &str, policy: Policy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_file(&folder.path().join("db"), Sealer::new([1; 32]))
            .await
            .unwrap();
        store
            .execute(
                "INSERT INTO users (id, name, roles, created_at) VALUES ('usr_a', 'alice', 'member', 0);
                 INSERT INTO users (id, name, roles, created_at) VALUES ('usr_b', 'bob', 'member', 0);
                 INSERT INTO connectors (id, name, created_at, environment) VALUES ('con_1', 'crm', 0, 0);
                 INSERT INTO connectors (id, name, created_at, environment) VALUES ('con_2', 'mail', 0, 0);",
            )
            .await;
        let store = Arc::new(store);
        let audit = Audit::start(Arc::clone(&store), &TaskTracker::new());
        let identity = Identity::new(Arc::clone(&store), audit.clone());
        let url = public_url.parse().unwrap();
        let http = crate::net::Http::new(policy.clone()).unwrap();
        let trusts = crate::identity::Trusts::new(identity.clone(), http, &url);
        let server =
            AuthServer::new(Arc::clone(&store), identity.clone(), trusts, audit, policy, url).unwrap();
        let alice = Operator {
            user: UserId::from("usr_a".to_owned()),
            name: "alice".parse().unwrap(),
            roles: Roles::new([Role::Member]),
            scope: crate::model::TokenScope::Everything,
        };
        Self {
            server,
            identity,
            store,
            alice,
            _folder: folder,
        }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, header::HeaderMap, Value) {
        let app = TowerToHyperService::new(router(self.server.clone()));
        let answer = app.call(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (
            parts.status,
            parts.headers,
            serde_json::from_slice(&body).unwrap_or(Value::Null),
        )
    }

    async fn post(&self, path: &str, form: &Form) -> (StatusCode, Value) {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.text()))
            .unwrap();
        let (status, headers, body) = self.send(request).await;
        if path == "/token" {
            assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        }
        (status, body)
    }

    async fn registering(&self, body: &Value) -> (StatusCode, Value) {
        let request = Request::post("/register")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let (status, _, body) = self.send(request).await;
        (status, body)
    }

    async fn register(&self) -> String {
        let (status, client) = self
            .registering(&json!({"redirect_uris": [CALLBACK], "client_name": "c"}))
            .await;
        assert_eq!(status, 201, "{client}");
        client["client_id"].as_str().unwrap().to_owned()
    }

    /// What a client asks that does everything right.
    fn right(&self, client: &str) -> Form {
        let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        Form::new(&[
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", CALLBACK),
            ("state", "its state"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("resource", &format!("{BASE}/mcp/crm")),
        ])
    }

    /// A code for it, by alice's word.
    async fn code(&self, form: &Form) -> String {
        let asked = self.server.asked(&form.text()).await.unwrap();
        let back: Url = self
            .server
            .allow(&asked, &self.alice)
            .await
            .unwrap()
            .parse()
            .unwrap();
        let told = |name: &str| {
            back.query_pairs()
                .find(|(known, _)| known == name)
                .unwrap()
                .1
                .into_owned()
        };
        assert_eq!(
            (told("state").as_str(), told("iss").as_str()),
            ("its state", BASE)
        );
        told("code")
    }

    /// What redeems it.
    fn redeeming(&self, client: &str, code: &str) -> Form {
        Form::new(&[
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("resource", &format!("{BASE}/mcp/crm")),
        ])
    }

    async fn tokens(&self, client: &str) -> Value {
        let code = self.code(&self.right(client)).await;
        let (status, tokens) = self.post("/token", &self.redeeming(client, &code)).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    async fn refresh(&self, client: &str, token: &Value) -> (StatusCode, Value) {
        let form = Form::new(&[
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", token.as_str().unwrap()),
        ]);
        self.post("/token", &form).await
    }

    /// Whether an access token calls a connector.
    async fn calls(&self, token: &Value, connector: &str) -> Result<(), IdentityError> {
        let mut headers = header::HeaderMap::new();
        let value = format!("Bearer {}", token.as_str().unwrap());
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        let caller = self
            .identity
            .caller(&headers, &connector.parse().unwrap())
            .await?;
        assert_eq!(caller.user.as_str(), "usr_a");
        Ok(())
    }
}

/// The error that a client is told at its redirect URI.
fn told(refusal: Refusal) -> String {
    let Refusal::Back(location) = refusal else {
        panic!("{refusal:?}")
    };
    let url: Url = location.parse().unwrap();
    assert!(location.starts_with(CALLBACK), "{location}");
    let pair = |name: &str| {
        url.query_pairs()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(pair("iss").as_deref(), Some(BASE), "{location}");
    assert_eq!(pair("code"), None);
    pair("error").unwrap()
}

#[tokio::test]
async fn a_right_client_gets_tokens_for_one_connector() {
    let world = World::new().await;
    let client = world.register().await;
    let tokens = world.tokens(&client).await;
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"], &tokens["scope"]),
        (&json!("Bearer"), &json!(3600), &json!("mcp"))
    );
    let access = &tokens["access_token"];
    world.calls(access, "crm").await.unwrap();
    assert!(matches!(
        world.calls(access, "mail").await,
        Err(IdentityError::Unknown)
    ));
    assert!(matches!(
        world.calls(&tokens["refresh_token"], "crm").await,
        Err(IdentityError::WrongKind(_))
    ));
    // Nor is it one of berth's own tokens.
    let mut headers = header::HeaderMap::new();
    headers.insert(
        header::AUTHORIZATION,
        format!("Bearer {}", access.as_str().unwrap()).parse().unwrap(),
    );
    assert!(world.identity.operator(&headers).await.is_err());
    // Nothing that was given out is in the store.
    for value in ["access_token", "refresh_token"] {
        let text = tokens[value].as_str().unwrap();
        assert_eq!(
            world
                .store
                .count(&format!(
                    "SELECT COUNT(*) FROM client_tokens WHERE hash = '{text}'"
                ))
                .await,
            0
        );
    }
    assert_eq!(world.store.count("SELECT COUNT(*) FROM client_tokens").await, 2);

    let only_offline = world.right(&client).with("scope", "offline_access");
    let code = world.code(&only_offline).await;
    let (_, tokens) = world.post("/token", &world.redeeming(&client, &code)).await;
    assert!(matches!(
        world.calls(&tokens["access_token"], "crm").await,
        Err(IdentityError::Scope)
    ));
}

#[tokio::test]
async fn clients_find_everything_from_the_url() {
    let world = World::new().await;
    let get = async |path: &str| {
        let (status, _, body) = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
        (status.as_u16(), body)
    };
    let (status, resource) = get("/.well-known/oauth-protected-resource/mcp/crm").await;
    assert_eq!(status, 200);
    assert_eq!(resource["resource"], format!("{BASE}/mcp/crm"));
    assert_eq!(resource["authorization_servers"], json!([BASE]));
    assert_eq!(resource["scopes_supported"], json!(["mcp"]));
    let (_, server) = get("/.well-known/oauth-authorization-server").await;
    assert_eq!(server["issuer"], BASE);
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(server["authorization_response_iss_parameter_supported"], true);
    assert_eq!(server["client_id_metadata_document_supported"], true);
    // Each of these would be a server of another name.
    for path in [
        "/.well-known/oauth-authorization-server/mcp/crm",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp/Not%20a%20name",
    ] {
        assert_eq!(get(path).await.0, 404, "{path}");
    }
}
