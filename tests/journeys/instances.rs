//! How many instances run, which give way, and what becomes of those that fail.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{
    broker::{Broker, Transport},
    mcp::Mcp,
    processes,
    program::eventually,
};

/// A session of a new user with the connector.
async fn user(broker: &Broker, name: &str, connector: &str) -> Mcp {
    broker.add_user(name).await;
    broker.mcp(connector, &broker.token(name).await).await
}

/// The connector's own processes, without those that hold its sandbox together.
fn running(broker: &Broker) -> Vec<u32> {
    let mut found = broker.connectors();
    found.retain(|pid| !processes::command_line(*pid).contains("__exec"));
    found
}

async fn instances(broker: &Broker, connector: &str) -> Vec<Value> {
    let shown = broker.json(&["show", connector]).await;
    shown["instances"].as_array().unwrap().clone()
}

#[tokio::test]
async fn whoever_finds_every_place_in_use_is_told_so() {
    let broker = Broker::start_with(&["--max-instances", "1"]).await;
    broker.deploy("busy", Transport::Stdio, &[]).await;
    let alice = user(&broker, "alice", "busy").await;
    let bob = user(&broker, "bob", "busy").await;
    tokio::select! {
        answer = alice.call("slow", json!({"ms": 600_000})) => panic!("{answer}"),
        () = async {
            eventually("the call is under way", async || {
                instances(&broker, "busy").await.iter().any(|instance| instance["calls"] == 1)
            })
            .await;
            let refused = bob.call("echo", json!({"text": "hi"}));
            let cli = broker.cli(&["call", "busy", "echo", "--args", r#"{"text":"hi"}"#]);
            let (refused, cli) = tokio::join!(refused, cli);
            let text = refused["error"]["message"].as_str().unwrap();
            assert!(text.contains("at most 1 instance on this broker may run"), "{text}");
            cli.fails(8, &["at most 1 instance on this broker may run", "try again", "--max-instances"]);
        } => {}
    }
    // Alice has left, and her instance gives way.
    assert_eq!(bob.text("echo", json!({"text": "hi"})).await, "hi");
}

#[tokio::test]
async fn an_idle_instance_makes_room_for_who_waits() {
    let broker = Broker::start().await;
    let limit = ["--max-instances", "1"];
    broker.deploy("small", Transport::Stdio, &limit).await;
    broker.deploy("other", Transport::Stdio, &[]).await;
    let elsewhere = broker.mcp("other", &broker.first_token()).await;
    elsewhere.text("pid", json!({})).await;
    let alice = user(&broker, "alice", "small").await;
    let bob = user(&broker, "bob", "small").await;
    for _ in 0..2 {
        for mcp in [&alice, &bob] {
            assert_eq!(mcp.text("echo", json!({"text": "mine"})).await, "mine");
            let shown = instances(&broker, "small").await;
            let ready = shown.iter().filter(|instance| instance["state"] == "ready");
            assert_eq!(ready.count(), 1, "{shown:?}");
        }
    }
    // A limit of one connector is no reason to stop another one's.
    let shown = instances(&broker, "other").await;
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!((&shown[0]["calls"], &shown[0]["release"]), (&json!(0), &json!(1)));
    let memory = shown[0]["memory"].as_u64().unwrap();
    assert!(memory > 1 << 20, "{memory}");
}

#[tokio::test]
async fn an_instance_that_fails_again_and_again_is_its_users_own_trouble() {
    let broker = Broker::start().await;
    broker.deploy("frail", Transport::Stdio, &[]).await;
    let alice = user(&broker, "alice", "frail").await;
    let bob = user(&broker, "bob", "frail").await;
    alice.text("pid", json!({})).await;
    let process = running(&broker);
    assert_eq!(process.len(), 1);
    for _ in 0..3 {
        let answer = bob.call("die", json!({})).await;
        assert!(answer["error"]["message"].is_string(), "{answer}");
    }
    let refused = bob.call("echo", json!({"text": "hi"})).await;
    let text = refused["error"]["message"].as_str().unwrap();
    assert!(
        text.contains("ended 3 times in a row: the last time it exited with status 7"),
        "{text}"
    );
    // It is nobody else's.
    assert!(
        text.contains("its last words:\n") && text.contains("dying as asked"),
        "{text}"
    );
    assert_eq!(alice.text("echo", json!({"text": "hi"})).await, "hi");
    assert_eq!(running(&broker), process);
    let shown = broker.json(&["show", "frail"]).await;
    let [found] = &shown["crash_loops"].as_array().unwrap()[..] else {
        panic!("one instance ended again and again: {shown}")
    };
    assert_eq!(
        (&found["times"], &found["status"]),
        (&json!(3), &json!("exited with status 7"))
    );
    assert!(found["stderr"].to_string().contains("dying as asked"), "{found}");
    assert_eq!(shown["instances"].as_array().unwrap().len(), 1, "{shown}");
    let text = broker.cli(&["show", "frail"]).await.ok().stdout;
    for part in [
        "Crash loop of release 1, user ",
        "ended 3 times",
        "| dying as asked",
        "ready",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    // Whoever may only call sees neither.
    let token = broker.token("bob").await;
    let json = ["--output", "json", "show", "frail"];
    let shown = broker.cli_with_token(&token, &json).await.ok().json();
    assert_eq!(
        (&shown["crash_loops"], &shown["instances"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn a_warm_connector_is_there_before_its_first_call_and_after_each_end() {
    let mut broker = Broker::start_with(&["--idle-timeout", "1s"]).await;
    let warm = ["--min-instances", "1"];
    broker.deploy("warm", Transport::Http, &warm).await;
    let only = async |broker: &Broker| {
        eventually("one runs", async || running(broker).len() == 1).await;
        running(broker)[0]
    };
    let first = only(&broker).await;
    // Longer than what nobody uses is kept otherwise.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(running(&broker), [first]);
    processes::kill_hard(first);
    let second = async |broker: &Broker, before: u32| {
        eventually("another one runs", async || {
            !running(broker).contains(&before) && running(broker).len() == 1
        })
        .await;
        running(broker)[0]
    };
    let after_kill = second(&broker, first).await;
    broker.kill().await;
    broker.start_again().await;
    let after_restart = second(&broker, after_kill).await;
    // A new release has one of its own, and the one before goes.
    broker
        .deploy("warm", Transport::Http, &["--min-instances", "1", "-e", "A=b"])
        .await;
    second(&broker, after_restart).await;
    let mcp = broker.mcp("warm", &broker.first_token()).await;
    assert_eq!(mcp.text("echo", json!({"text": "hi"})).await, "hi");
}

#[tokio::test]
async fn an_http_connector_that_hangs_is_replaced() {
    let broker = Broker::start().await;
    broker.deploy("stuck", Transport::Http, &[]).await;
    let mcp = broker.mcp("stuck", &broker.first_token()).await;
    assert_eq!(mcp.text("echo", json!({"text": "hi"})).await, "hi");
    let stuck = running(&broker);
    assert_eq!(stuck.len(), 1);
    processes::freeze(stuck[0]);
    // It takes connections still: only by its silence it can be told.
    let since = Instant::now();
    while processes::is_alive(stuck[0]) {
        assert!(since.elapsed() < Duration::from_secs(90), "it is still there");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(since.elapsed() > Duration::from_secs(20), "it was given no time");
    assert_eq!(mcp.text("echo", json!({"text": "again"})).await, "again");
}

/// Fills its home until berth stops it: at once, or as soon as it is asked what it has.
const HOARDER: &str = r#"
const fs = require('node:fs');
let n = 0;
const fill = () => setInterval(() => fs.writeFileSync(`${process.env.HOME}/${n += 1}`, Buffer.alloc(1 << 20)), 20);
if (process.argv[1] === 'at-once') fill();
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'tools/list') fill();
  if (method !== 'initialize' || process.argv[1] === 'at-once') return;
  const result = { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'h', version: '1' } };
  console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
});
"#;

#[tokio::test]
async fn a_first_release_that_fills_its_home_leaves_a_way_out() {
    let broker = Broker::start().await;
    for when in ["at-once", "when-asked"] {
        let hoards = [
            "deploy", "--name", when, "--yes", "--disk", "5m", "--", "node", "-e", HOARDER, when,
        ];
        broker.cli(&hoards).await.fails(6, &["5m", "--clear-homes"]);
        let cleared = broker.cli(&["restart", when, "--clear-homes"]).await.ok();
        assert!(
            cleared.stderr.contains("home") && cleared.stderr.contains("serves yet"),
            "{cleared:#?}"
        );
        broker.cli(&["restart", when]).await.fails(9, &["serves yet"]);
        broker.deploy(when, Transport::Stdio, &["--disk", "5m"]).await;
    }
}
