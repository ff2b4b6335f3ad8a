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

use super::{AuthServer, Refusal, Step, router};
use crate::{
    audit::Audit,
    identity::{Identity, IdentityError},
    model::{ConnectorId, Operator, Role, Roles, UserId},
    net::Policy,
    seal::Sealer,
    store::Store,
};

mod documents;

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
        let server = AuthServer::new(Arc::clone(&store), identity.clone(), audit, policy, url).unwrap();
        let alice = Operator {
            user: UserId::from("usr_a".to_owned()),
            name: "alice".parse().unwrap(),
            roles: Roles::new([Role::Member]),
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
        Err(IdentityError::Unknown)
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
async fn a_code_is_good_once_and_its_reuse_ends_what_it_gave() {
    let world = World::new().await;
    let client = world.register().await;
    let code = world.code(&world.right(&client)).await;
    let form = world.redeeming(&client, &code);
    let (_, tokens) = world.post("/token", &form).await;
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    let (status, again) = world.post("/token", &form).await;
    assert_eq!((status.as_u16(), &again["error"]), (400, &json!("invalid_grant")));
    assert!(
        world.calls(&tokens["access_token"], "crm").await.is_err(),
        "at once, from memory too"
    );
    let (status, _) = world.refresh(&client, &tokens["refresh_token"]).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_code_is_for_the_client_the_address_and_the_verifier_that_it_was_asked_with() {
    let world = World::new().await;
    let client = world.register().await;
    let other = world.register().await;
    for (name, value, error) in [
        (
            "code_verifier",
            "another-verifier-of-at-least-forty-three-characters",
            "invalid_grant",
        ),
        ("code_verifier", "", "invalid_grant"),
        ("redirect_uri", "https://client.example/other", "invalid_grant"),
        ("redirect_uri", "", "invalid_grant"),
        ("resource", "https://berth.example/mcp/mail", "invalid_target"),
        ("client_id", other.as_str(), "invalid_grant"),
        ("client_id", "cli_nobody", "invalid_client"),
        ("client_id", "", "invalid_client"),
        ("client_secret", "any", "invalid_client"),
        ("code", "berthc_guessed", "invalid_grant"),
        ("code", "", "invalid_request"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("grant_type", "", "invalid_request"),
    ] {
        let code = world.code(&world.right(&client)).await;
        let form = world.redeeming(&client, &code);
        let (status, answer) = world.post("/token", &form.with(name, value)).await;
        assert_eq!(answer["error"], error, "{name}={value}: {answer}");
        assert_eq!(
            status.as_u16(),
            if error == "invalid_client" { 401 } else { 400 },
            "{name}={value}"
        );
    }
    // Whoever guesses at a verifier has one guess.
    let code = world.code(&world.right(&client)).await;
    let form = world.redeeming(&client, &code);
    world.post("/token", &form.with("code_verifier", "wrong")).await;
    assert_eq!(world.post("/token", &form).await.0, 400);
    // One that another client brings is still its client's.
    let code = world.code(&world.right(&client)).await;
    let form = world.redeeming(&client, &code);
    world.post("/token", &form.with("client_id", &other)).await;
    assert_eq!(world.post("/token", &form).await.0, 200);
    // A late one is none.
    let code = world.code(&world.right(&client)).await;
    world
        .store
        .execute("UPDATE codes SET expires_at = 1 WHERE used_at IS NULL")
        .await;
    assert_eq!(
        world.post("/token", &world.redeeming(&client, &code)).await.0,
        400
    );
    let doubled = Form::new(&[
        ("grant_type", "authorization_code"),
        ("client_id", "a"),
        ("client_id", "b"),
    ]);
    assert_eq!(world.post("/token", &doubled).await.1["error"], "invalid_request");
}

#[tokio::test]
async fn a_refresh_token_rotates_and_its_late_reuse_ends_its_family() {
    let world = World::new().await;
    let (client, other) = (world.register().await, world.register().await);
    let first = world.tokens(&client).await;
    assert_eq!(
        world.refresh(&other, &first["refresh_token"]).await.1["error"],
        "invalid_grant"
    );
    // Clients refresh in parallel: each gets tokens.
    let (one, two) = tokio::join!(
        world.refresh(&client, &first["refresh_token"]),
        world.refresh(&client, &first["refresh_token"])
    );
    assert_eq!((one.0.as_u16(), two.0.as_u16()), (200, 200));
    assert_ne!(one.1["refresh_token"], two.1["refresh_token"]);
    for tokens in [&one.1, &two.1] {
        world.calls(&tokens["access_token"], "crm").await.unwrap();
    }
    let third = world.refresh(&client, &one.1["refresh_token"]).await.1;
    // Somebody else brings the first one, later.
    world
        .store
        .execute("UPDATE client_tokens SET used_at = used_at - 31000 WHERE used_at IS NOT NULL")
        .await;
    let (status, answer) = world.refresh(&client, &first["refresh_token"]).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (400, &json!("invalid_grant"))
    );
    for tokens in [&first, &one.1, &two.1, &third] {
        assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
        assert_eq!(world.refresh(&client, &tokens["refresh_token"]).await.0, 400);
    }
    // A family does not grow without end while its grace lasts.
    let first = world.tokens(&client).await;
    for _ in 0..40 {
        assert_eq!(world.refresh(&client, &first["refresh_token"]).await.0, 200);
    }
    assert!(world.store.count("SELECT COUNT(*) FROM client_tokens").await <= 65);
}

#[tokio::test]
async fn what_is_given_back_is_over() {
    let world = World::new().await;
    let (client, other) = (world.register().await, world.register().await);
    let tokens = world.tokens(&client).await;
    let give_back = async |client: &str, token: &Value| {
        let form = Form::new(&[("client_id", client), ("token", token.as_str().unwrap())]);
        world.post("/revoke", &form).await.0.as_u16()
    };
    assert_eq!(give_back(&other, &tokens["access_token"]).await, 200);
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    assert_eq!(give_back(&client, &tokens["access_token"]).await, 200);
    assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
    let refreshed = world.refresh(&client, &tokens["refresh_token"]).await.1;
    assert_eq!(give_back(&client, &refreshed["refresh_token"]).await, 200);
    assert!(world.calls(&refreshed["access_token"], "crm").await.is_err());
    assert_eq!(give_back(&client, &json!("berthr_nothing")).await, 200);
    assert_eq!(give_back("cli_nobody", &json!("x")).await, 401);

    let tokens = world.tokens(&client).await;
    let consents = world.server.clients(Some(&world.alice.user)).await.unwrap();
    assert_eq!(consents.len(), 1);
    let bob = UserId::from("usr_b".to_owned());
    assert!(
        !world
            .server
            .revoke(&world.alice, &consents[0].id, Some(&bob))
            .await
            .unwrap()
    );
    assert!(
        world
            .server
            .revoke(&world.alice, &consents[0].id, None)
            .await
            .unwrap()
    );
    assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
    assert_eq!(world.refresh(&client, &tokens["refresh_token"]).await.0, 400);
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_the_clients() {
    let world = World::new().await;
    let client = world.register().await;
    let right = world.right(&client);
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "cli_nobody"),
        ("redirect_uri", "https://evil.example/cb"),
        ("redirect_uri", "https://client.example/cb#x"),
        ("redirect_uri", "https://client.example@evil.example/cb"),
        ("redirect_uri", "https://client.example/cb/../evil"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "cursor://x"),
    ] {
        let refused = world.server.asked(&right.with(name, value).text()).await;
        assert!(
            matches!(refused, Err(Refusal::Page(_))),
            "{name}={value}: {refused:?}"
        );
    }
    let mut doubled = right.clone();
    doubled
        .0
        .push(("redirect_uri".to_owned(), "https://evil.example/".to_owned()));
    assert!(matches!(
        world.server.asked(&doubled.text()).await,
        Err(Refusal::Page(_))
    ));
    let huge = right.with("state", &"x".repeat(9000));
    assert!(matches!(
        world.server.asked(&huge.text()).await,
        Err(Refusal::Page(_))
    ));
}

#[tokio::test]
async fn a_client_is_told_what_it_asked_wrongly() {
    let world = World::new().await;
    let client = world.register().await;
    let right = world.right(&client);
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("scope", "admin", "invalid_scope"),
        ("resource", "", "invalid_target"),
        ("resource", "https://berth.example/mcp/nothing", "invalid_target"),
        ("resource", "https://berth.example/", "invalid_target"),
        ("resource", "https://berth.example/mcp/crm?x=1", "invalid_target"),
        ("resource", "https://berth.example/mcp/crm#x", "invalid_target"),
        (
            "resource",
            "https://berth.example/mcp/../mcp/crm/x",
            "invalid_target",
        ),
        ("resource", "https://evil.example/mcp/crm", "invalid_target"),
        ("resource", "http://berth.example/mcp/crm", "invalid_target"),
        ("resource", "crm", "invalid_target"),
    ] {
        let refused = world
            .server
            .asked(&right.with(name, value).text())
            .await
            .unwrap_err();
        assert_eq!(told(refused), error, "{name}={value}");
    }
    let mut doubled = right.clone();
    doubled
        .0
        .push(("resource".to_owned(), format!("{BASE}/mcp/mail")));
    assert_eq!(
        told(world.server.asked(&doubled.text()).await.unwrap_err()),
        "invalid_target"
    );
    for fine in [
        "https://berth.example/mcp/crm/",
        "https://BERTH.example:443/mcp/crm",
    ] {
        world
            .server
            .asked(&right.with("resource", fine).text())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_yes_is_remembered_where_the_client_can_be_told_from_others() {
    let world = World::new().await;
    let body = json!({"redirect_uris": [CALLBACK, "http://127.0.0.1/cb"], "client_name": "c\u{202e}\nevil"});
    let client = world.registering(&body).await.1["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let is_asked = async |form: &Form| {
        let asked = world.server.asked(&form.text()).await.unwrap();
        match world.server.next(&asked, &world.alice).await.unwrap() {
            Step::Ask(view) => {
                assert_eq!(view.client, "cevil");
                true
            }
            Step::Back(_) => false,
        }
    };
    let (https, local) = (
        world.right(&client),
        world
            .right(&client)
            .with("redirect_uri", "http://127.0.0.1:49/cb"),
    );
    assert!(is_asked(&https).await);
    world.code(&https).await;
    assert!(!is_asked(&https).await);
    assert!(is_asked(&https.with("prompt", "consent")).await);
    assert!(
        is_asked(&https.with("scope", "mcp offline_access")).await,
        "it asks for more"
    );
    assert!(
        is_asked(&https.with("resource", &format!("{BASE}/mcp/mail"))).await,
        "another connector"
    );
    assert!(is_asked(&local).await, "any program can listen there");
    world.code(&local).await;
    assert!(is_asked(&local).await);
    let asked = world.server.asked(&https.text()).await.unwrap();
    let no: Url = world.server.deny(&asked).parse().unwrap();
    assert!(no.query().unwrap().contains("error=access_denied"), "{no}");
}

#[tokio::test]
async fn who_may_not_use_a_connector_lets_nobody_use_it() {
    let world = World::new().await;
    let client = world.register().await;
    let tokens = world.tokens(&client).await;
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    let (crm, bob) = (
        ConnectorId::from("con_1".to_owned()),
        UserId::from("usr_b".to_owned()),
    );
    let admin = &world.alice;
    world
        .identity
        .set_access(admin, &crm, Some((&[bob], &[])))
        .await
        .unwrap();
    assert!(matches!(
        world.calls(&tokens["access_token"], "crm").await,
        Err(IdentityError::NotAllowed { .. })
    ));
    let asked = world.server.asked(&world.right(&client).text()).await.unwrap();
    assert_eq!(
        told(world.server.next(&asked, &world.alice).await.unwrap_err()),
        "access_denied"
    );
    assert_eq!(
        told(world.server.allow(&asked, &world.alice).await.unwrap_err()),
        "access_denied"
    );

    let sales = ["sales".parse().unwrap()];
    world
        .identity
        .set_access(admin, &crm, Some((&[], &sales)))
        .await
        .unwrap();
    assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
    world
        .identity
        .set_groups(admin, &world.alice.user, &sales)
        .await
        .unwrap();
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    // The one whom a rule named is gone: it is nobody's then, and not everybody's.
    world
        .store
        .execute("DELETE FROM user_groups; DELETE FROM access WHERE kind = 'group'")
        .await;
    world.identity.forget();
    assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
    world.identity.set_access(admin, &crm, None).await.unwrap();
    world.calls(&tokens["access_token"], "crm").await.unwrap();
}

#[tokio::test]
async fn registrations_are_checked_few_and_forgotten() {
    let world = World::new().await;
    for (body, error) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": ["https://a.example/#x"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["https://u:p@a.example/"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["http://a.example/"]}),
            "invalid_redirect_uri",
        ),
        (json!({"redirect_uris": ["evil:x"]}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": vec![CALLBACK; 33]}),
            "invalid_redirect_uri",
        ),
        (json!({"redirect_uris": 1}), "invalid_client_metadata"),
        (
            json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "grant_types": ["implicit"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "response_types": ["token"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "client_name": "x".repeat(70_000)}),
            "invalid_client_metadata",
        ),
    ] {
        let (status, answer) = world.registering(&body).await;
        assert_eq!((status.as_u16(), answer["error"].as_str().unwrap()), (400, error));
    }
    let mut last = StatusCode::CREATED;
    for _ in 0..30 {
        last = world.registering(&json!({"redirect_uris": [CALLBACK]})).await.0;
    }
    assert_eq!(last, 429, "one address has had its turn");
    // From many addresses: the oldest that nobody let in make room.
    let known = world.store.count("SELECT COUNT(*) FROM clients").await;
    assert!(known < 30, "{known}");
    let record = |n: i32| crate::store::ClientRecord {
        id: format!("cli_{n}"),
        name: String::new(),
        metadata: crate::store::ClientMetadata::default(),
        secret_hash: None,
    };
    for n in 0..50 {
        world.store.add_client(&record(n), 0, 20).await.unwrap();
    }
    assert_eq!(world.store.count("SELECT COUNT(*) FROM clients").await, 20);
    world.store.add_client(&record(99), i64::MAX, 20).await.unwrap();
    assert_eq!(
        world.store.count("SELECT COUNT(*) FROM clients").await,
        1,
        "those that are old went"
    );
}

#[tokio::test]
async fn a_client_with_a_secret_shows_it() {
    let world = World::new().await;
    for (method, basic) in [("client_secret_basic", true), ("client_secret_post", false)] {
        let body = json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": method});
        let registered = world.registering(&body).await.1;
        let (client, secret) = (
            registered["client_id"].as_str().unwrap(),
            registered["client_secret"].as_str().unwrap(),
        );
        assert_eq!(registered["client_secret_expires_at"], 0);
        let code = world.code(&world.right(client)).await;
        let form = world.redeeming(client, &code);
        let (status, answer) = world.post("/token", &form).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]),
            (401, &json!("invalid_client"))
        );
        assert_eq!(
            world.post("/token", &form.with("client_secret", "wrong")).await.0,
            401
        );
        if !basic {
            assert_eq!(
                world.post("/token", &form.with("client_secret", secret)).await.0,
                200
            );
            continue;
        }
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        for (credential, expected) in [
            (format!("{client}:wrong"), 401),
            (format!("{client}:{secret}"), 200),
        ] {
            let request = Request::post("/token")
                .header(header::AUTHORIZATION, format!("Basic {}", encode(&credential)))
                .body(Body::from(form.with("client_id", "").text()))
                .unwrap();
            let (status, headers, _) = world.send(request).await;
            assert_eq!(status, expected);
            assert_eq!(headers.contains_key(header::WWW_AUTHENTICATE), expected == 401);
        }
    }
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
