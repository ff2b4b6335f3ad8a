//! What may happen in the middle of a call.

use std::time::Duration;

use serde_json::json;

use super::oauth::{NAME, Setting};
use crate::support::{
    broker::{Broker, EVENTS, Transport},
    processes,
    program::eventually,
};

#[tokio::test]
async fn a_connector_that_dies_is_started_again() {
    let broker = Broker::start().await;
    for transport in Transport::BOTH {
        broker.deploy("frail", transport, &[]).await;
        let token = broker.token("admin").await;
        let mcp = broker.mcp("frail", &token).await;
        let answer = mcp.call("die", json!({})).await;
        assert!(answer["error"]["message"].is_string(), "{answer}");
        assert_eq!(mcp.text("echo", json!({"text": "again"})).await, "again");
        let logs = broker.cli(&["logs", "frail"]).await.ok();
        assert!(logs.stdout.contains("dying as asked"), "{logs:#?}");
    }
}

#[tokio::test]
async fn a_connector_that_is_killed_answers_each_of_its_calls() {
    for transport in Transport::BOTH {
        let broker = Broker::start().await;
        broker.deploy("frail", transport, &["-e", EVENTS]).await;
        let mcp = broker.mcp("frail", &broker.first_token()).await;
        let pid = mcp.process().await;
        let calls = futures_util::future::join_all((0..5).map(|_| mcp.call("slow", json!({"ms": 600_000}))));
        let kill = async {
            eventually("the calls are under way", async || {
                broker.events().matches(r#""event":"slow""#).count() == 5
            })
            .await;
            processes::kill_hard(pid);
        };
        let (answers, ()) = tokio::join!(calls, kill);
        for answer in answers {
            assert!(answer["error"]["message"].is_string(), "{answer}");
        }
        assert_eq!(mcp.text("echo", json!({"text": "again"})).await, "again");
    }
}

#[tokio::test]
async fn a_client_that_leaves_cancels_its_call() {
    for transport in Transport::BOTH {
        let broker = Broker::start().await;
        broker.deploy("slow", transport, &["-e", EVENTS]).await;
        let token = broker.token("admin").await;
        let mcp = broker.mcp("slow", &token).await;
        let happened = |event: &str| broker.events().contains(&format!(r#""event":"{event}""#));
        tokio::select! {
            answer = mcp.call("slow", json!({"ms": 600_000})) => panic!("{answer}"),
            () = eventually("the call is under way", async || happened("slow")) => {}
        }
        // The request was dropped with its connection.
        eventually("the connector hears of it", async || {
            happened("cancelled") || happened("closed")
        })
        .await;
    }
}

#[tokio::test]
async fn the_clients_own_cancellation_is_passed_on() {
    let broker = Broker::start().await;
    broker.deploy("slow", Transport::Stdio, &["-e", EVENTS]).await;
    let token = broker.token("admin").await;
    let mcp = broker.mcp("slow", &token).await;
    let id = mcp.next_id();
    let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": {"name": "slow", "arguments": {"ms": 600_000}}});
    let happened = |event: &str| broker.events().contains(&format!(r#""event":"{event}""#));
    let body = call.to_string();
    let pending = mcp.post(&body);
    let cancel = async {
        eventually("the call is under way", async || happened("slow")).await;
        let notification = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
            "params": {"requestId": id, "reason": "changed my mind"}});
        assert_eq!(mcp.post(&notification.to_string()).await.status, 202);
        eventually("the connector hears of it", async || happened("cancelled")).await;
    };
    tokio::select! {
        () = cancel => {}
        () = async { pending.await; std::future::pending::<()>().await } => {}
    }
}

#[tokio::test]
async fn calls_in_flight_finish_before_the_broker_stops() {
    let Some(mut setting) = Setting::new(Transport::Stdio, 3600).await else {
        return;
    };
    let alice = setting.connected("alice").await;
    let pid = alice.mcp.process().await;
    let call = alice.mcp.call("slow", json!({"ms": 1500}));
    let stop = async {
        eventually("the call is under way", async || setting.happened("slow") == 1).await;
        setting.broker.stop().await
    };
    let (answer, code) = tokio::join!(call, stop);
    assert_eq!(answer["result"]["content"][0]["text"], "done", "{answer}");
    assert_eq!(code, Some(0));
    assert!(!processes::is_alive(pid));
}

#[tokio::test]
async fn an_expired_token_makes_a_new_process_before_the_old_one_goes() {
    let Some(setting) = Setting::new(Transport::Stdio, 4).await else {
        return;
    };
    let alice = setting.connected("alice").await;
    let first = alice.mcp.process().await;
    // A long call is under way while the token expires.
    let long = alice.mcp.call("slow", json!({"ms": 6000}));
    let after = async {
        tokio::time::sleep(Duration::from_millis(4100)).await;
        assert_eq!(alice.whoami().await, "alice");
        alice.mcp.process().await
    };
    let (answer, second) = tokio::join!(long, after);
    assert_eq!(answer["result"]["content"][0]["text"], "done", "{answer}");
    assert_ne!(first, second);
    eventually("the old process is drained", async || !processes::is_alive(first)).await;
}

#[tokio::test]
async fn the_process_holds_the_right_users_token() {
    let Some(setting) = Setting::new(Transport::Stdio, 3600).await else {
        return;
    };
    let script = "@modelcontextprotocol/server-github@2025.4.8";
    let broker = &setting.broker;
    broker
        .cli(&["deploy", "--name", "github", "--npx", script, "--yes"])
        .await
        .ok();
    let mapping = "GITHUB_PERSONAL_ACCESS_TOKEN={access_token}";
    broker
        .cli(&["oauth", "set", "github", "--provider", NAME, "--env", mapping])
        .await
        .ok();
    let mut tokens = Vec::new();
    for name in ["alice", "bob"] {
        let mut person = setting.user(name).await;
        let github = broker.mcp("github", &person.token).await;
        assert!(github.tools().await.contains(&"search_repositories".to_owned()));
        let search = json!({"query": "anything"});
        let link = super::oauth::link_in(&github.call("search_repositories", search.clone()).await);
        person.browser.connect(&link, name).await;
        github.call("search_repositories", search).await; // It fails offline; the process is there.
        let mine = processes::descendants(broker.pid())
            .into_iter()
            .filter(|pid| processes::command_line(*pid).contains("server-github"))
            .filter_map(|pid| processes::environment(pid).remove("GITHUB_PERSONAL_ACCESS_TOKEN"))
            .find(|token| !tokens.contains(token))
            .expect("a process with a token of its own");
        let userinfo: serde_json::Value = crate::support::mcp::http()
            .get(setting.provider.userinfo())
            .bearer_auth(&mine)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(userinfo["sub"], name);
        tokens.push(mine);
    }
}
