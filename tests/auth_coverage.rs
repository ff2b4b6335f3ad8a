//! Every route of the control API has a case here that says who may come in, and each case is tried on the real
//! broker with every role. A route without a case fails, and so does a case without its route. The other doors
//! that want a bearer turn away whoever has none.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::disallowed_methods, reason = "tests start programs")]
#![allow(clippy::print_stderr, reason = "how a skipped test says so")]
#![allow(dead_code, reason = "the stories use the rest of what is shared")]

mod support {
    pub(crate) mod broker;
    pub(crate) mod images;
    pub(crate) mod mcp;
    pub(crate) mod needs;
    pub(crate) mod processes;
    pub(crate) mod program;
}

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use support::{broker::Broker, mcp::http};

/// Method, path, who may use it (or anybody with a higher role), and what whoever may gets for [`BODY`] and names
/// that mean nothing.
const CASES: &[(&str, &str, &str, u16)] = &[
    ("GET", "/server", "open", 200),
    ("GET", "/server/keys", "admin", 200),
    ("POST", "/server/keys/rotate", "admin", 200),
    ("POST", "/server/backup", "admin", 200),
    ("POST", "/login", "open", 401), // The code is not known.
    ("POST", "/logout", "member", 200),
    ("GET", "/whoami", "member", 200),
    ("GET", "/connectors", "member", 200),
    ("GET", "/connectors/{name}", "member", 404),
    ("DELETE", "/connectors/{name}", "deployer", 404),
    ("GET", "/connectors/{name}/logs", "deployer", 404),
    ("POST", "/connectors/{name}/call", "member", 404),
    ("POST", "/connectors/{name}/releases", "deployer", 400),
    ("GET", "/connectors/{name}/releases", "member", 404),
    ("GET", "/connectors/{name}/releases/{number}", "member", 404),
    ("POST", "/connectors/{name}/rollback", "deployer", 404),
    ("POST", "/connectors/{name}/restart", "deployer", 404),
    ("GET", "/connectors/{name}/tools", "member", 404),
    ("PUT", "/connectors/{name}/tools", "admin", 400),
    ("GET", "/connectors/{name}/env", "deployer", 404),
    ("PUT", "/connectors/{name}/env", "deployer", 404),
    ("GET", "/connectors/{name}/env/mine", "member", 404),
    ("PUT", "/connectors/{name}/env/mine", "member", 404),
    ("GET", "/connectors/{name}/oauth", "admin", 404),
    ("PUT", "/connectors/{name}/oauth", "admin", 400),
    ("DELETE", "/connectors/{name}/oauth", "admin", 404),
    ("GET", "/connectors/{name}/oauth/redirect-uri", "admin", 200),
    ("POST", "/connectors/{name}/oauth/secret", "admin", 404),
    ("POST", "/oauth/discover", "admin", 400),
    ("GET", "/connections", "member", 200),
    ("DELETE", "/connections/{name}/{user}", "member", 404),
    ("POST", "/connectors/{name}/oauth/test", "admin", 404),
    ("POST", "/connectors/{name}/oauth/test/login", "admin", 404),
    ("GET", "/connectors/{name}/oauth/test/login/{id}", "admin", 404),
    ("GET", "/connectors/{name}/access", "admin", 404),
    ("PUT", "/connectors/{name}/access", "admin", 400),
    ("GET", "/audit", "admin", 200),
    ("GET", "/clients", "member", 200),
    ("DELETE", "/clients/{id}", "member", 404),
    ("GET", "/users", "admin", 200),
    ("POST", "/users", "admin", 400),
    ("DELETE", "/users/{name}", "admin", 404),
    ("POST", "/users/{name}/link", "admin", 404),
    ("PUT", "/users/{name}/groups", "admin", 404),
    ("PUT", "/users/{name}/password", "admin", 404),
    ("GET", "/sso", "admin", 404),
    ("PUT", "/sso", "admin", 400),
    ("DELETE", "/sso", "admin", 404),
    ("GET", "/tokens", "member", 200),
    ("POST", "/tokens", "member", 200), // One's own.
    ("DELETE", "/tokens/{id}", "member", 404),
    ("GET", "/trusts", "admin", 200),
    ("POST", "/trusts", "admin", 400),
    ("DELETE", "/trusts/{id}", "admin", 404),
];

/// What a token for the deploys of one connector may use, of its own; nothing else, and of no other.
const FOR_DEPLOYS: &[(&str, &str)] = &[
    ("POST", "/logout"),
    ("GET", "/whoami"),
    ("GET", "/connectors/{name}"),
    ("GET", "/connectors/{name}/logs"),
    ("POST", "/connectors/{name}/releases"),
    ("GET", "/connectors/{name}/releases"),
    ("GET", "/connectors/{name}/releases/{number}"),
    ("POST", "/connectors/{name}/rollback"),
    ("POST", "/connectors/{name}/restart"),
];

const PREFIX: &str = "/api/v1";
const BODY: &str = r#"{"code":"x"}"#;

/// Lowest first.
const ROLES: [&str; 3] = ["member", "deployer", "admin"];

#[test]
fn every_route_has_a_case() {
    let case = |method: &str, path: &str, access: &str| format!("{method} {path} for {access}");
    let routes: BTreeSet<String> = berth::api_routes()
        .iter()
        .map(|(method, path, access)| case(method, path, access))
        .collect();
    let cases: BTreeSet<String> = CASES
        .iter()
        .map(|(method, path, access, _)| case(method, &format!("{PREFIX}{path}"), access))
        .collect();
    let uncovered: Vec<_> = routes.difference(&cases).collect();
    assert!(uncovered.is_empty(), "routes without a case: {uncovered:?}");
    let stale: Vec<_> = cases.difference(&routes).collect();
    assert!(stale.is_empty(), "cases without a route: {stale:?}");
}

#[tokio::test]
async fn every_case_holds() {
    let broker = Broker::start().await;
    let tokens = tokens(&broker).await;
    let mut wrong = Vec::new();
    for (method, path, access, expected) in CASES {
        let path = format!("{PREFIX}{path}");
        let send = async |credential: Option<&str>| send(&broker, method, &path, credential).await;
        // It ends the token that it is sent with.
        let tokens = match path.ends_with("/logout") {
            true => {
                let mut spare = tokens.clone();
                for (role, spare) in ROLES.iter().zip(&mut spare) {
                    *spare = broker.token(role).await;
                }
                spare
            }
            false => tokens.clone(),
        };
        let mut check = |got: u16, expected: u16, who: &str| {
            if got != expected {
                wrong.push(format!("{method} {path} as {who}: {got}, not {expected}"));
            }
        };
        if *access == "open" {
            check(send(None).await, *expected, "anybody");
            continue;
        }
        check(send(None).await, 401, "nobody");
        for token in ["berth_wrong", "", "berth_"] {
            check(send(Some(token)).await, 401, &format!("{token:?}"));
        }
        let least = ROLES.iter().position(|role| role == access).unwrap();
        for (rank, (role, token)) in ROLES.iter().zip(&tokens).enumerate() {
            let expected = if rank < least { 403 } else { *expected };
            check(send(Some(token)).await, expected, role);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_token_for_deploys_does_nothing_else() {
    let broker = Broker::start().await;
    let scoped = async |scope: &str| {
        let created = broker.json(&["token", "create", "--scope", scope]).await;
        created["token"].as_str().unwrap().to_owned()
    };
    let mut wrong = Vec::new();
    for (method, path, access, expected) in CASES {
        if *access == "open" {
            continue;
        }
        let is_for_deploys = FOR_DEPLOYS.contains(&(*method, *path));
        let of_connector = path.contains("{name}");
        let path = format!("{PREFIX}{path}");
        for (scope, expected) in [
            ("deploy:nothing", if is_for_deploys { *expected } else { 403 }),
            (
                "deploy:another",
                if is_for_deploys && !of_connector {
                    *expected
                } else {
                    403
                },
            ),
        ] {
            // A token of its own for each: some of them end.
            let got = send(&broker, method, &path, Some(&scoped(scope).await)).await;
            if got != expected {
                wrong.push(format!("{method} {path} with {scope}: {got}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let digest = format!("sha256:{}", "0".repeat(64));
    let own = scoped("deploy:nothing").await;
    for (method, path, expected) in [
        ("GET", "/v2/".to_owned(), 200),
        ("HEAD", format!("/v2/nothing/blobs/{digest}"), 404),
        ("POST", "/v2/nothing/blobs/uploads/".to_owned(), 202),
        ("POST", "/v2/another/blobs/uploads/".to_owned(), 403),
        ("POST", "/v2/nothing/more/blobs/uploads/".to_owned(), 403),
        ("GET", format!("/v2/another/blobs/{digest}"), 403),
        ("GET", "/v2/nothing/manifests/x%2fmanifests%2fy".to_owned(), 403),
        ("DELETE", "/v2/nothing/manifests/latest".to_owned(), 403),
        ("DELETE", format!("/v2/nothing/blobs/{digest}"), 403),
        ("GET", "/v2/_catalog".to_owned(), 403),
        // It calls no tools either.
        ("POST", "/mcp/nothing".to_owned(), 403),
    ] {
        assert_eq!(
            send(&broker, method, &path, Some(&own)).await,
            expected,
            "{method} {path}"
        );
    }
    // And it opens no browser.
    let form = http()
        .post(format!("{}/login", broker.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("credential={own}"));
    assert_eq!(form.send().await.unwrap().status(), 401);
    // What it stands for at the registry may do no more.
    let answer = http()
        .get(format!("{}/v2/token", broker.url))
        .basic_auth("x", Some(&own))
        .send();
    let answer: Value = answer.await.unwrap().json().await.unwrap();
    let short = answer["token"].as_str().unwrap();
    assert_eq!(send(&broker, "GET", "/v2/_catalog", Some(short)).await, 403);
    assert_eq!(
        send(&broker, "POST", "/v2/nothing/blobs/uploads/", Some(short)).await,
        202
    );
}

#[tokio::test]
async fn tokens_are_their_owners() {
    let broker = Broker::start().await;
    let [member, deployer, admin] = tokens(&broker).await;
    let tokens = format!("{}{PREFIX}/tokens", broker.url);
    let create = async |as_whom: &str, user: &str| {
        let body = json!({"user": user, "label": "another"});
        http()
            .post(&tokens)
            .bearer_auth(as_whom)
            .json(&body)
            .send()
            .await
            .unwrap()
    };
    let made: Value = create(&deployer, "deployer").await.json().await.unwrap();
    let id = made["view"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"))
        .to_owned();
    for (who, whose, expected) in [
        (&member, "admin", 403),
        (&member, "deployer", 403),
        (&deployer, "member", 403),
        (&member, "nobody", 403),
        (&admin, "nobody", 404),
        (&admin, "member", 200),
    ] {
        assert_eq!(create(who, whose).await.status(), expected, "one of {whose}'s");
    }
    let seen: Value = http()
        .get(&tokens)
        .bearer_auth(&member)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(!seen.to_string().contains(&id), "{seen}");
    let revoke = async |who: &str| {
        let request = http().delete(format!("{tokens}/{id}")).bearer_auth(who);
        request.send().await.unwrap().status().as_u16()
    };
    assert!(matches!(revoke(&member).await, 403 | 404));
    assert_eq!(revoke(&deployer).await, 200);
}

#[tokio::test]
async fn artifacts_are_for_deployers() {
    let broker = Broker::start().await;
    let tokens = tokens(&broker).await;
    let digest = format!("sha256:{}", "0".repeat(64));
    for (method, path, expected) in [
        ("GET", "/v2/".to_owned(), 200),
        ("HEAD", format!("/v2/nothing/blobs/{digest}"), 404),
        ("GET", format!("/v2/nothing/blobs/{digest}"), 404),
        ("POST", "/v2/nothing/blobs/uploads/".to_owned(), 202),
        ("PATCH", "/v2/nothing/blobs/uploads/nothing".to_owned(), 404),
        ("PUT", "/v2/nothing/blobs/uploads/nothing".to_owned(), 400),
        ("HEAD", "/v2/nothing/manifests/latest".to_owned(), 404),
        ("GET", "/v2/nothing/manifests/latest".to_owned(), 404),
        ("PUT", "/v2/nothing/manifests/latest".to_owned(), 400),
        ("DELETE", "/v2/nothing/manifests/latest".to_owned(), 404),
        ("DELETE", format!("/v2/nothing/blobs/{digest}"), 404),
        ("DELETE", "/v2/nothing/blobs/uploads/nothing".to_owned(), 404),
        ("GET", "/v2/nothing/tags/list".to_owned(), 404),
        ("GET", format!("/v2/nothing/referrers/{digest}"), 200),
        ("GET", "/v2/_catalog".to_owned(), 200),
    ] {
        let send = async |credential: Option<&str>| send(&broker, method, &path, credential).await;
        assert_eq!(send(None).await, 401, "{method} {path} without a credential");
        assert_eq!(send(Some("berth_wrong")).await, 401, "{method} {path}");
        let [member, deployer, admin] = &tokens;
        assert!(
            matches!(send(Some(member)).await, 401 | 403),
            "{method} {path} as member"
        );
        assert_eq!(
            send(Some(deployer)).await,
            expected,
            "{method} {path} as deployer"
        );
        assert_eq!(send(Some(admin)).await, expected, "{method} {path} as admin");
    }
    let answer = http().get(format!("{}/v2/", broker.url)).send().await.unwrap();
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    let realm = format!("Bearer realm=\"{}/v2/token\"", broker.url);
    assert!(challenge.starts_with(&realm), "{challenge}");
    // The tokens that it names are for the same people.
    let token = async |credential: Option<&str>| {
        let mut request = http().get(format!("{}/v2/token", broker.url));
        if let Some(credential) = credential {
            request = request.basic_auth("anybody", Some(credential));
        }
        request.send().await.unwrap().status().as_u16()
    };
    let [member, deployer, _] = &tokens;
    assert_eq!(token(None).await, 401);
    assert!(matches!(token(Some(member)).await, 401 | 403));
    assert_eq!(token(Some(deployer)).await, 200);
}

#[tokio::test]
async fn endpoints_want_a_token() {
    let broker = Broker::start().await;
    for (method, expected) in [("POST", 401), ("DELETE", 401), ("GET", 401), ("PUT", 405)] {
        assert_eq!(send(&broker, method, "/mcp/nothing", None).await, expected);
    }
    for path in ["/mcp/nothing", "/mcp/..", "/mcp/%00"] {
        let status = send(&broker, "POST", path, Some("berth_wrong")).await;
        assert!(matches!(status, 401 | 404 | 405), "{path}: {status}");
    }
    assert_eq!(
        send(&broker, "POST", "/mcp/nothing", Some("berth_wrong")).await,
        401
    );
}

/// A token of each of [`ROLES`].
async fn tokens(broker: &Broker) -> [String; 3] {
    let admin = broker.first_token();
    for role in ["member", "deployer"] {
        let added = http()
            .post(format!("{}{PREFIX}/users", broker.url))
            .bearer_auth(&admin)
            .json(&json!({"name": role, "roles": [role]}))
            .send()
            .await
            .unwrap();
        assert!(added.status().is_success(), "{}", added.text().await.unwrap());
    }
    [
        broker.token("member").await,
        broker.token("deployer").await,
        admin,
    ]
}

/// The status of a request whose body and names mean nothing.
async fn send(broker: &Broker, method: &str, path: &str, credential: Option<&str>) -> u16 {
    let path = path
        .replace("{name}", "nothing")
        .replace("{number}", "1")
        .replace("{user}", "nobody")
        .replace("{id}", "nothing");
    let mut request = http()
        .request(
            Method::from_bytes(method.as_bytes()).unwrap(),
            format!("{}{path}", broker.url),
        )
        .header("content-type", "application/json");
    if matches!(method, "POST" | "PUT") {
        request = request.body(BODY);
    }
    if let Some(credential) = credential {
        request = request.bearer_auth(credential);
    }
    request.send().await.unwrap().status().as_u16()
}
