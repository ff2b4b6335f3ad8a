//! From a URL to a token: real clients against berth's own authorization server.

use serde_json::{Value, json};
use std::process::Stdio;
use tokio::{io::AsyncWriteExt as _, process::Command};

use crate::support::{
    broker::{Broker, Transport},
    browser::{Browser, Page},
    mcp::http,
    needs,
    program::{Program, fixture},
};

const NAME: &str = "notes";

/// Opens what a client wants opened and presses the button; gives where the browser ends up.
pub(crate) async fn allow(browser: &mut Browser, url: &str) -> String {
    let page = browser.open(url).await;
    assert_eq!(page.status, 200, "{page:?}");
    answer(browser, &page, "allow").await
}

async fn answer(browser: &mut Browser, page: &Page, decision: &str) -> String {
    let own = page.url.origin();
    let mut form = page.form();
    form.fields.retain(|(name, _)| name != "decision");
    let back = browser
        .submit_until(form, &[("decision", decision)], &|target| target.origin() == own)
        .await;
    assert_eq!(back.status, 303, "{back:?}");
    back.header("location").to_owned()
}

#[tokio::test]
async fn a_client_that_has_a_url_alone_signs_in_calls_and_refreshes() {
    let Some(python) = needs::python() else { return };
    let broker = Broker::start().await;
    broker.deploy(NAME, Transport::Stdio, &[]).await;
    let mut alice = Browser::signed_in(&broker.add_user("alice").await).await;
    let mut client = Program::start(
        Command::new(python)
            .arg(fixture("oauth-client.py"))
            .arg(broker.endpoint(NAME))
            .arg(json!({}).to_string())
            .stdin(Stdio::piped()),
    );
    let mut stdin = client.child.stdin.take().unwrap();
    let url = client.stdout.json_with("authorize").await["authorize"].clone();
    let page = alice.open(url.as_str().unwrap()).await;
    assert!(
        page.body.contains("the tests") && page.body.contains(NAME),
        "{page:?}"
    );
    let back = allow(&mut alice, url.as_str().unwrap()).await;
    assert!(back.starts_with("http://127.0.0.1:45454/callback?"), "{back}");
    stdin.write_all(format!("{back}\n").as_bytes()).await.unwrap();
    let output = client.finish().await.ok();
    let said = |field: &str| -> Vec<Value> {
        let lines = output
            .stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| line.get(field).cloned()).collect()
    };
    assert_eq!(
        said("authorize").len(),
        1,
        "it refreshed without its person: {output:#?}"
    );
    let tokens = said("tokens");
    assert_ne!(tokens[0]["access_token"], tokens[1]["access_token"]);
    assert_ne!(tokens[0]["refresh_token"], tokens[1]["refresh_token"]);
    for result in said("result") {
        assert_eq!(result["content"][0]["text"], "hello");
    }

    let token = tokens[1]["access_token"].as_str().unwrap();
    broker.mcp(NAME, token).await;
    let elsewhere = http()
        .get(format!("{}/api/v1/whoami", broker.url))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(elsewhere.status(), 401, "it is for the endpoint alone");

    // Taken back, it is refused at once, and says where another one is to be had.
    let listed = broker.json(&["clients", "list"]).await;
    let id = listed["clients"][0]["id"].as_str().unwrap().to_owned();
    broker.cli(&["clients", "revoke", &id, "--yes"]).await.ok();
    let refused = http()
        .post(broker.endpoint(NAME))
        .bearer_auth(token)
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    let expected = format!(
        "Bearer error=\"invalid_token\", resource_metadata=\"{}/.well-known/oauth-protected-resource/mcp/{NAME}\", scope=\"mcp\"",
        broker.url
    );
    assert_eq!(challenge, expected);
}

/// An authorization that a client of the test's own asks for.
async fn asking(broker: &Broker) -> String {
    let registered: Value = http()
        .post(format!("{}/register", broker.url))
        .json(&json!({"redirect_uris": ["https://client.example/cb"], "client_name": "the tests"}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let mut url: reqwest::Url = format!("{}/authorize", broker.url).parse().unwrap();
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", registered["client_id"].as_str().unwrap()),
        ("redirect_uri", "https://client.example/cb"),
        ("code_challenge", &"c".repeat(43)),
        ("code_challenge_method", "S256"),
        ("state", "s"),
        ("resource", &broker.endpoint(NAME)),
    ]);
    url.into()
}

#[tokio::test]
async fn a_person_signs_in_on_the_way_and_is_asked_once() {
    let broker = Broker::start().await;
    broker.deploy(NAME, Transport::Stdio, &[]).await;
    broker.add_user("alice").await;
    broker
        .cli_reading(
            "correct horse battery\n",
            &["users", "password", "alice", "--password-file", "-"],
        )
        .await
        .ok();
    let short = broker
        .cli_reading("short", &["users", "password", "alice", "--password-file", "-"])
        .await;
    short.fails(2, &["at least 10 characters"]);
    let asked = asking(&broker).await;
    let mut browser = Browser::new();
    let page = browser.open(&asked).await;
    assert_eq!(page.url.path(), "/login", "{page:?}");
    let page = browser
        .submit(
            page.form(),
            &[("user", "alice"), ("password", "wrong horse battery")],
        )
        .await;
    assert_eq!(page.status, 401);
    let page = browser
        .submit(
            page.form(),
            &[("user", "alice"), ("password", "correct horse battery")],
        )
        .await;
    assert_eq!((page.status, page.url.path()), (200, "/authorize"), "{page:?}");
    for said in ["the tests", "client.example", NAME, "alice"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert!(
        page.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    // Another site's form, in this very browser, decides nothing.
    let mut forged = page.form();
    forged.fields.retain(|(name, _)| name != "decision");
    for field in &mut forged.fields {
        if field.0 == "form_token" {
            field.1 = "0".repeat(64);
        }
    }
    assert_eq!(browser.submit(forged, &[("decision", "allow")]).await.status, 403);
    let no = answer(&mut browser, &page, "deny").await;
    assert!(
        no.starts_with("https://client.example/cb?error=access_denied"),
        "{no}"
    );
    let yes = answer(&mut browser, &page, "allow").await;
    assert!(yes.starts_with("https://client.example/cb?code=berthc_"), "{yes}");
    assert!(yes.contains("&state=s&iss=http"), "{yes}");
    let again = browser
        .open_until(&asked, &|target| target.host_str() == Some("127.0.0.1"))
        .await;
    assert!(again.header("location").contains("code="), "{again:?}");

    // A password that is tried too often is not tried any more, be it right.
    for _ in 0..20 {
        let page = browser_login(&broker, "alice", "wrong horse battery").await;
        assert!(matches!(page.status, 401 | 429));
    }
    assert_eq!(
        browser_login(&broker, "alice", "correct horse battery")
            .await
            .status,
        429
    );
    assert_eq!(
        browser_login(&broker, "nobody", "correct horse battery")
            .await
            .status,
        401
    );
}

async fn browser_login(broker: &Broker, user: &str, password: &str) -> Page {
    let mut browser = Browser::new();
    let page = browser.open(&format!("{}/login", broker.url)).await;
    browser
        .submit(page.form(), &[("user", user), ("password", password)])
        .await
}

#[tokio::test]
async fn only_those_whom_a_rule_names_use_a_connector() {
    let broker = Broker::start().await;
    broker.deploy(NAME, Transport::Stdio, &[]).await;
    let mut tokens = Vec::new();
    for name in ["alice", "bob"] {
        broker.add_user(name).await;
        tokens.push(broker.token(name).await);
    }
    let [alice, bob] = &tokens[..] else { unreachable!() };
    let status = async |token: &str| {
        let request = http().post(broker.endpoint(NAME)).bearer_auth(token).body("{}");
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!((status(alice).await, status(bob).await), (400, 400));
    broker
        .cli(&["access", "set", NAME, "--group", "sales"])
        .await
        .ok();
    assert_eq!((status(alice).await, status(bob).await), (403, 403));
    broker.cli(&["users", "groups", "alice", "sales"]).await.ok();
    assert_eq!((status(alice).await, status(bob).await), (400, 403));
    let shown = broker.json(&["access", "show", NAME]).await;
    assert_eq!(shown["groups"], json!(["sales"]));
    let listed = broker
        .cli_with_token(bob, &["--output", "json", "list"])
        .await
        .ok()
        .json();
    assert_eq!(listed["connectors"], json!([]), "{listed}");
    broker
        .cli_with_token(bob, &["call", NAME, "echo"])
        .await
        .fails(5, &["bob may not use notes"]);
    broker
        .cli_with_token(bob, &["show", NAME])
        .await
        .fails(5, &["there is no connector notes"]);
    broker.cli(&["access", "set", NAME, "--user", "bob"]).await.ok();
    assert_eq!((status(alice).await, status(bob).await), (403, 400));
    broker
        .cli(&["access", "set", NAME, "--user", "carol"])
        .await
        .fails(5, &["there is no user carol"]);
    broker
        .cli(&["access", "set", NAME])
        .await
        .fails(2, &["--everyone"]);
    broker.cli(&["access", "set", NAME, "--everyone"]).await.ok();
    assert_eq!((status(alice).await, status(bob).await), (400, 400));
    let told = broker
        .cli(&["connect-config", NAME, "--client", "claude-code"])
        .await
        .ok();
    assert_eq!(
        told.stdout.trim(),
        format!("claude mcp add --transport http {NAME} {}", broker.endpoint(NAME))
    );
}
