//! What changes under a running connector: its mapping, its release.

use serde_json::json;

use super::oauth::{NAME, Setting, link_in};
use crate::support::{
    broker::{Broker, EVENTS, Transport},
    processes,
    program::eventually,
};

#[tokio::test]
async fn a_mapping_changes_without_a_deploy() {
    for (transport, flag, value, tool, expected) in [
        (
            Transport::Stdio,
            "--env",
            "OTHER=token {access_token}",
            "env",
            r#""OTHER":"token "#,
        ),
        (
            Transport::Http,
            "--header",
            "X-Token: of {access_token}",
            "headers",
            r#""x-token":"of "#,
        ),
    ] {
        let Some(setting) = Setting::new(transport, 3600).await else {
            return;
        };
        let alice = setting.connected("alice").await;
        assert_eq!(alice.whoami().await, "alice");
        setting
            .broker
            .cli(&["oauth", "set", NAME, flag, value])
            .await
            .ok();
        let seen = alice.mcp.text(tool, json!({})).await;
        assert!(seen.contains(expected), "{seen}");
        // The old place is empty, and nobody was asked again.
        let old = match transport {
            Transport::Stdio => "ACCESS_TOKEN",
            Transport::Http => r#""authorization""#,
        };
        assert!(!seen.contains(old), "{seen}");
        assert_eq!(setting.provider.counted().await["exchanges"], 1);
        assert_eq!(setting.broker.json(&["show", NAME]).await["live"]["number"], 1);
    }
}

#[tokio::test]
async fn a_token_that_the_connector_refuses_is_replaced() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    for (name, status) in [("alice", 401), ("bob", 403)] {
        let mut user = setting.connected(name).await;
        let before = setting.provider.counted().await["refreshes"].as_i64().unwrap();
        user.mcp.text("refuse", json!({ "status": status })).await;
        assert_eq!(user.whoami().await, name);
        let refreshes = async || setting.provider.counted().await["refreshes"].as_i64().unwrap() - before;
        assert_eq!(refreshes().await, 1);
        // A fresh token that is refused as well shows that refreshing does not help: the user is asked again.
        user.mcp.text("refuse", json!({ "status": status })).await;
        let params = json!({ "name": "whoami", "arguments": {} });
        let (_, answer) = user.mcp.send("tools/call", params).await;
        // The connector's own idea of where to authorize is nobody's business.
        assert_eq!((answer.status, answer.header("www-authenticate")), (200, None));
        let message = answer.message().await;
        assert!(!message.to_string().contains("elsewhere"), "{message}");
        user.browser.connect(&link_in(&message), name).await;
        assert_eq!(user.whoami().await, name);
        assert_eq!(refreshes().await, 1);
    }
}

#[tokio::test]
async fn a_connector_that_refuses_what_nobody_maps_says_so() {
    let broker = Broker::start().await;
    broker.deploy("strict", Transport::Http, &[]).await;
    let mcp = broker.mcp("strict", &broker.first_token()).await;
    mcp.text("refuse", json!({})).await;
    let (_, answer) = mcp.send("tools/call", json!({ "name": "echo" })).await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (200, None));
    let message = answer.message().await;
    let text = message["error"]["message"].as_str().unwrap();
    assert!(
        text.contains("status 401") && !text.contains("elsewhere"),
        "{text}"
    );
}

#[tokio::test]
async fn a_call_outlives_the_release_that_it_began_on() {
    for transport in Transport::BOTH {
        let broker = Broker::start().await;
        let deploy = async |version: &str| {
            broker
                .deploy("busy", transport, &["-e", EVENTS, "-e", version])
                .await
        };
        deploy("CONNECTOR_VERSION=old").await;
        let mcp = broker.mcp("busy", &broker.first_token()).await;
        let old = mcp.process().await;
        let call = mcp.call("slow", json!({"ms": 2500}));
        let redeploy = async {
            eventually("the call is under way", async || {
                broker.events().contains(r#""event":"slow""#)
            })
            .await;
            deploy("CONNECTOR_VERSION=new").await;
            mcp.text("env", json!({})).await
        };
        let (answer, seen) = tokio::join!(call, redeploy);
        assert_eq!(answer["result"]["content"][0]["text"], "done", "{answer}");
        assert!(seen.contains(r#""CONNECTOR_VERSION":"new""#), "{seen}");
        eventually("the old process goes", async || !processes::is_alive(old)).await;
    }
}

#[tokio::test]
async fn a_call_whose_ground_is_taken_away_ends() {
    for (transport, command) in [
        (Transport::Stdio, &["oauth", "unset", NAME, "--yes"][..]),
        (Transport::Stdio, &["users", "remove", "alice", "--yes"]),
        (Transport::Stdio, &["delete", NAME, "--yes"]),
        (Transport::Http, &["delete", NAME, "--yes"]),
    ] {
        let Some(setting) = Setting::new(transport, 3600).await else {
            return;
        };
        let alice = setting.connected("alice").await;
        assert_eq!(alice.whoami().await, "alice");
        let connectors = setting.broker.connectors();
        let call = alice.mcp.call("slow", json!({"ms": 600_000}));
        let take_away = async {
            eventually("the call is under way", async || setting.happened("slow") == 1).await;
            setting.broker.cli(command).await.ok();
        };
        let (answer, ()) = tokio::join!(call, take_away);
        assert!(answer["error"]["message"].is_string(), "{command:?}: {answer}");
        assert!(
            !connectors.iter().any(|pid| processes::is_alive(*pid)),
            "{command:?}"
        );
    }
}
