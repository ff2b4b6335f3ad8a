//! What an operator sees: lists, details, logs, calls, in words and as JSON.

use serde_json::json;

use crate::support::{
    broker::{Broker, Transport},
    processes,
    program::Program,
};

#[tokio::test]
async fn every_answer_is_there_in_words_and_as_json() {
    let broker = Broker::start().await;
    broker
        .deploy("plain", Transport::Stdio, &["-e", "COLOR=red"])
        .await;
    let listed = broker.json(&["list"]).await;
    assert_eq!(listed["connectors"][0]["name"], "plain");
    let shown = broker.json(&["show", "plain"]).await;
    assert_eq!(shown["endpoint"], broker.endpoint("plain"));
    assert_eq!(shown["live"]["tools"], 13);
    let called = broker
        .json(&["call", "plain", "echo", "--args", r#"{"text":"hello"}"#])
        .await;
    assert!(called.to_string().contains("hello"), "{called}");
    for arguments in [
        &["list"][..],
        &["show", "plain"],
        &["users", "list"],
        &["token", "list"],
        &["whoami"],
        &["logs", "plain"],
    ] {
        let output = broker.cli(arguments).await.ok();
        assert!(!output.stdout.is_empty(), "{arguments:?}");
        broker.json(arguments).await;
    }
    let text = broker
        .cli(&["call", "plain", "echo", "--args", r#"{"text":"hello"}"#])
        .await
        .ok();
    assert_eq!(text.stdout.trim(), "hello");
    broker
        .cli(&["call", "plain", "echo", "--args", "{not json"])
        .await
        .fails(2, &["--args"]);
    broker
        .cli(&["call", "plain", "fail"])
        .await
        .fails(1, &["failed as asked"]);
}

#[tokio::test]
async fn a_revoked_token_works_no_longer() {
    let broker = Broker::start().await;
    broker.add_user("alice").await;
    let created = broker
        .json(&["token", "create", "--user", "alice", "--label", "laptop"])
        .await;
    let token = created["token"].as_str().unwrap();
    let id = created["view"]["id"].as_str().unwrap();
    broker.cli_with_token(token, &["whoami"]).await.ok();
    broker.cli(&["token", "revoke", id]).await.ok();
    broker.cli_with_token(token, &["whoami"]).await.fails(4, &[]);
}

#[tokio::test]
async fn deleting_stops_and_forgets() {
    let broker = Broker::start().await;
    broker.deploy("plain", Transport::Http, &[]).await;
    let connectors = broker.connectors();
    assert!(!connectors.is_empty());
    broker.cli(&["delete", "plain", "--yes"]).await.ok();
    assert!(!connectors.iter().any(|pid| processes::is_alive(*pid)));
    broker.cli(&["show", "plain"]).await.fails(5, &["plain"]);
}

#[tokio::test]
async fn a_second_machine_signs_in_with_a_link() {
    let broker = Broker::start().await;
    let link = broker.add_user("alice").await;
    let elsewhere = broker.scratch().join("elsewhere");
    let mut login = broker.command();
    login.env("BERTH_CONFIG_DIR", &elsewhere).args(["login", &link]);
    Program::start(&mut login).finish().await.ok();
    let mut whoami = broker.command();
    whoami
        .env("BERTH_CONFIG_DIR", &elsewhere)
        .args(["--output", "json", "whoami"]);
    let who = Program::start(&mut whoami).finish().await.ok().json();
    assert_eq!(who["user"], json!("alice"));
    // It worked once.
    let mut again = broker.command();
    again.env("BERTH_CONFIG_DIR", &elsewhere).args(["login", &link]);
    Program::start(&mut again).finish().await.fails(4, &[]);
}
