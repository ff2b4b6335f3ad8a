//! Real MCP clients, from npm and PyPI.

use serde_json::json;

use crate::{
    journeys::oauth::{NAME, Setting, link_in},
    support::{broker::Transport, clients::Kind},
};

#[tokio::test]
async fn one_that_declares_nothing_lists_calls_and_is_shown_the_link() {
    let Some(setting) = Setting::new(Transport::Stdio, 3600).await else {
        return;
    };
    let plan = json!({"elicit": "none", "calls": [{"name": "whoami", "arguments": {}}]});
    let endpoint = setting.broker.endpoint(NAME);
    for (kind, name) in Kind::ALL.into_iter().zip(["alice", "bob"]) {
        let mut person = setting.user(name).await;
        let Some(client) = kind.start(&endpoint, &person.token, &plan) else {
            continue;
        };
        let listed = client.stdout.json_with("tools").await;
        assert!(listed["tools"].as_array().unwrap().contains(&json!("whoami")));
        let first = client.stdout.json_with("result").await;
        client.finish().await.ok();
        let link = link_in(&first);

        person.browser.connect(&link, name).await;
        let client = kind.start(&endpoint, &person.token, &plan).unwrap();
        let second = client.stdout.json_with("result").await;
        assert_eq!(second["result"]["content"][0]["text"], name, "{kind:?}");
        client.finish().await.ok();
    }
}

#[tokio::test]
async fn one_that_opens_urls_has_its_first_call_completed() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let plan = json!({"elicit": "url", "calls": [
        {"name": "whoami", "arguments": {}},
        {"name": "echo", "arguments": {"text": "hello"}},
    ]});
    let endpoint = setting.broker.endpoint(NAME);
    for (kind, name) in Kind::ALL.into_iter().zip(["alice", "bob"]) {
        let mut person = setting.user(name).await;
        let Some(client) = kind.start(&endpoint, &person.token, &plan) else {
            continue;
        };
        let asked = client.stdout.json_with("elicit").await;
        let link = asked["elicit"].as_str().expect("a link");
        person.browser.connect(link, name).await;
        let output = client.finish().await.ok();
        let results: Vec<serde_json::Value> = output
            .stdout
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|line: &serde_json::Value| line.get("result").is_some())
            .map(|line| line["result"]["content"][0]["text"].clone())
            .collect();
        assert_eq!(results, [json!(name), json!("hello")], "{kind:?}: {output:#?}");
    }
}
