//! Connectors that refuse to start without a value which comes later.

use serde_json::{Value, json};

use super::oauth::{NAME, Setting, link_in};
use crate::support::{
    auth_server::AuthServer,
    broker::{Broker, Transport},
    browser::Browser,
    mcp::text_of,
    processes,
};

const SEARCH: &str = "@modelcontextprotocol/server-brave-search@0.6.2";

#[tokio::test]
async fn a_real_connector_lists_its_tools_before_it_has_its_token() {
    let broker = Broker::start().await;
    let Some(provider) = AuthServer::start(&broker, &[NAME], 3600).await else {
        return;
    };
    let setting = Setting { broker, provider };
    let broker = &setting.broker;
    let elsewhere = ["--env", "TOKEN={access_token}"];
    setting.provider.set(broker, NAME, &elsewhere).await;
    let deployed = broker
        .cli(&["deploy", "--name", "search", "--npx", SEARCH, "--yes"])
        .await
        .ok();
    assert!(
        deployed.stderr.contains("placeholders for BRAVE_API_KEY"),
        "{deployed:#?}"
    );
    let shown = broker.json(&["show", "search"]).await;
    assert_eq!(shown["live"]["placeholders"], json!(["BRAVE_API_KEY"]));
    let shown = broker.cli(&["show", "search"]).await.ok();
    assert!(shown.stdout.contains("placeholders for BRAVE_API_KEY"));

    let mapping = "BRAVE_API_KEY={access_token}";
    broker
        .cli(&["oauth", "set", "search", "--provider", NAME, "--env", mapping])
        .await
        .ok();
    let link = broker.add_user("alice").await;
    let mut browser = Browser::signed_in(&link).await;
    let token = broker.token("alice").await;
    let search = broker.mcp("search", &token).await;
    assert!(search.tools().await.contains(&"brave_web_search".to_owned()));
    let query = json!({"query": "anything"});
    let link = link_in(&search.call("brave_web_search", query.clone()).await);
    browser.connect(&link, "alice").await;
    search.call("brave_web_search", query).await; // It fails offline; the process is there.
    let given: Vec<String> = processes::descendants(broker.pid())
        .into_iter()
        .filter_map(|pid| processes::environment(pid).remove("BRAVE_API_KEY"))
        .collect();
    assert!(!given.is_empty() && given.iter().all(|value| value != "berth-placeholder"));
}

#[tokio::test]
async fn what_serves_everybody_keeps_its_placeholders_over_a_restart() {
    let mut broker = Broker::start().await;
    let flags = [
        "-e",
        "REQUIRES=ONE_KEY,TWO_KEY",
        "--probe-env",
        "TWO_KEY=two-of-them",
    ];
    broker.deploy(NAME, Transport::Http, &flags).await;
    let shown = broker.json(&["show", NAME]).await;
    assert_eq!(shown["live"]["placeholders"], json!(["TWO_KEY", "ONE_KEY"]));
    let token = broker.first_token();
    for _ in 0..2 {
        let mcp = broker.mcp(NAME, &token).await;
        let environment: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
        assert_eq!(environment["ONE_KEY"], "berth-placeholder");
        assert_eq!(environment["TWO_KEY"], "two-of-them");
        assert_eq!(broker.stop().await, Some(0));
        broker.start_again().await;
    }
    // A value that is given takes the placeholder's place.
    let flags = ["-e", "REQUIRES=ONE_KEY", "-e", "ONE_KEY=given"];
    broker.deploy(NAME, Transport::Http, &flags).await;
    let shown = broker.json(&["show", NAME]).await;
    assert_eq!(shown["live"]["placeholders"], Value::Null);
    let mcp = broker.mcp(NAME, &token).await;
    let environment: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
    assert_eq!(environment["ONE_KEY"], "given");
    assert_eq!(environment["TWO_KEY"], Value::Null);
}

#[tokio::test]
async fn no_users_process_is_started_with_a_placeholder() {
    let broker = Broker::start().await;
    let flags = ["-e", "REQUIRES=ONE_KEY", "--probe-env", "ONE_KEY=canary"];
    broker.deploy(NAME, Transport::Stdio, &flags).await;
    let mcp = broker.mcp(NAME, &broker.first_token()).await;
    assert!(mcp.tools().await.contains(&"echo".to_owned()));
    let answer = mcp.call("env", json!({})).await;
    assert!(!answer.to_string().contains("canary"), "{answer}");
    let failed = answer.get("error").is_some() || !text_of(&answer).contains("ONE_KEY\":");
    assert!(failed, "{answer}");
}

#[tokio::test]
async fn a_connector_that_wants_ever_more_is_given_up() {
    let broker = Broker::start().await;
    let script = crate::support::program::fixture("connector.mjs");
    let wants = "REQUIRES=A_KEY,B_KEY,C_KEY,D_KEY,E_KEY";
    let node = ["--yes", "-e", wants, "--", "node", script.to_str().unwrap()];
    let deploy = [&["deploy", "--name", NAME, "--transport", "stdio"], &node[..]].concat();
    let failed = broker.cli(&deploy).await;
    assert_ne!(failed.status, Some(0));
    for said in [
        "E_KEY is required",
        "placeholders for A_KEY, B_KEY, C_KEY, D_KEY",
        "--probe-env",
    ] {
        assert!(failed.stderr.contains(said), "no {said:?} in {failed:#?}");
    }
}
