//! Every route that a door opens has a case here that says who may come in, and each case is tried on the real
//! broker. A route without a case fails, and so does a case without its route.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::disallowed_methods, reason = "tests start programs")]
#![allow(clippy::print_stderr, reason = "how a skipped test says so")]
#![allow(dead_code, reason = "the stories use the rest of what is shared")]

mod support {
    pub(crate) mod broker;
    pub(crate) mod mcp;
    pub(crate) mod needs;
    pub(crate) mod processes;
    pub(crate) mod program;
}

use std::{collections::BTreeSet, fs, path::Path};

use reqwest::Method;
use serde_json::json;

use support::{broker::Broker, mcp::http};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Anybody, with no credential.
    Anyone,
    /// Whoever is signed in in a browser; others are sent to the sign-in page.
    Browser,
    /// Bearers of a token whose user has the role, or a higher one.
    Member,
    Deployer,
    Admin,
}

use Who::{Admin, Anyone, Browser as SignedIn, Deployer, Member};

/// Method and route as the doors write them.
const CASES: &[(&str, &str, Who)] = &[
    // api, below /api/v1
    ("GET", "/server", Anyone),
    ("GET", "/whoami", Member),
    ("POST", "/login", Anyone),
    ("GET", "/connectors", Member),
    ("GET", "/connectors/{name}", Member),
    ("DELETE", "/connectors/{name}", Deployer),
    ("POST", "/connectors/{name}/releases", Deployer),
    ("GET", "/connectors/{name}/releases/{number}", Deployer),
    ("GET", "/connectors/{name}/logs", Deployer),
    ("POST", "/connectors/{name}/call", Member),
    ("GET", "/connectors/{name}/oauth", Admin),
    ("PUT", "/connectors/{name}/oauth", Admin),
    ("DELETE", "/connectors/{name}/oauth", Admin),
    ("GET", "/connectors/{name}/oauth/redirect-uri", Admin),
    ("GET", "/users", Admin),
    ("POST", "/users", Admin),
    ("DELETE", "/users/{name}", Admin),
    ("GET", "/tokens", Member),
    ("POST", "/tokens", Member),
    ("DELETE", "/tokens/{id}", Member),
];

const PREFIX: &str = "/api/v1";

#[test]
fn every_route_has_a_case() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api.rs");
    let routes = routes(&fs::read_to_string(page).unwrap());
    assert!(routes.len() > 10, "{routes:?}");
    let cases: BTreeSet<(String, String)> = CASES
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let uncovered: Vec<_> = routes.difference(&cases).collect();
    assert!(uncovered.is_empty(), "routes without a case: {uncovered:?}");
    let stale: Vec<_> = cases.difference(&routes).collect();
    assert!(stale.is_empty(), "cases without a route: {stale:?}");
}

#[tokio::test]
async fn every_case_holds() {
    let broker = Broker::start().await;
    let admin = broker.token("admin").await;
    let mut tokens = vec![(Admin, admin.clone())];
    for (who, role) in [(Member, "member"), (Deployer, "deployer")] {
        let added = http()
            .post(format!("{}{PREFIX}/users", broker.url))
            .bearer_auth(&admin)
            .json(&json!({"name": role, "roles": [role]}))
            .send()
            .await
            .unwrap();
        assert!(added.status().is_success(), "{}", added.text().await.unwrap());
        tokens.push((who, broker.token(role).await));
    }
    let token = |wanted: Who| tokens.iter().find(|(who, _)| *who == wanted).unwrap().1.as_str();

    for (method, path, who) in CASES {
        let status = async |credential: Option<&str>| send(&broker, method, path, credential).await;
        let refused = |status: u16| status == 401 || status == 403;
        let nobody = status(None).await;
        let (below, allowed) = match who {
            Anyone => {
                let known = path.ends_with("/login"); // It answers 401 to a code that is not known.
                assert!(known || !refused(nobody), "{method} {path}: {nobody}");
                continue;
            }
            SignedIn => {
                assert_eq!(nobody, 303, "{method} {path}");
                continue;
            }
            Member => (vec![], vec![Member, Deployer, Admin]),
            Deployer => (vec![Member], vec![Deployer, Admin]),
            Admin => (vec![Member, Deployer], vec![Admin]),
        };
        assert_eq!(nobody, 401, "{method} {path} without a credential");
        assert_eq!(
            status(Some("berth_wrong")).await,
            401,
            "{method} {path} with a wrong one"
        );
        for role in below {
            assert_eq!(
                status(Some(token(role))).await,
                403,
                "{method} {path} as {role:?}"
            );
        }
        for role in allowed {
            let got = status(Some(token(role))).await;
            assert!(!refused(got), "{method} {path} as {role:?}: {got}");
        }
    }
}

/// The status of a request whose body and names mean nothing.
async fn send(broker: &Broker, method: &str, path: &str, credential: Option<&str>) -> u16 {
    let path = path
        .replace("{name}", "nothing")
        .replace("{number}", "1")
        .replace("{id}", "nothing");
    let mut request = http()
        .request(
            Method::from_bytes(method.as_bytes()).unwrap(),
            format!("{}{PREFIX}{path}", broker.url),
        )
        .header("content-type", "application/json");
    if matches!(method, "POST" | "PUT") {
        request = request.body(r#"{"code":"x"}"#);
    }
    if let Some(credential) = credential {
        request = request.bearer_auth(credential);
    }
    request.send().await.unwrap().status().as_u16()
}

/// Each method and path of the `.route(…)` calls.
fn routes(page: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for call in page.split(".route(").skip(1) {
        let mut quoted = call.splitn(3, '"');
        let (Some(_), Some(path), Some(rest)) = (quoted.next(), quoted.next(), quoted.next()) else {
            continue;
        };
        let handlers = rest.split("\n        .").next().unwrap_or(rest);
        for method in ["get", "post", "put", "patch", "delete"] {
            let opening = format!("{method}(");
            let names = handlers.match_indices(&opening);
            let mut whole =
                names.filter(|(at, _)| !handlers[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
            if whole.next().is_some() {
                found.insert((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    found
}
