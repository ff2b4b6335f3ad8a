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
