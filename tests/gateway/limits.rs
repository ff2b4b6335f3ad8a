//! How much of its memory the broker gives to whom.

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::support::{
    broker::{Broker, Transport},
    mcp::{Mcp, http},
    program::fixture,
};

/// The memory that the broker has in use, in bytes.
fn resident(broker: &Broker) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", broker.pid())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes << 10
}

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn sessions_that_nobody_uses_cost_little() {
    let broker = Broker::start().await;
    broker.deploy("plain", Transport::Stdio, &[]).await;
    let token = broker.token("admin").await;
    let endpoint = broker.endpoint("plain");
    // Whatever the first ones make it set aside.
    broker.mcp("plain", &token).await;
    let before = resident(&broker);
    let body = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "a client that never comes back", "version": "1"}}})
    .to_string();
    let begin = async || {
        let request = http().post(&endpoint).bearer_auth(&token).body(body.clone());
        request.send().await.unwrap().status().as_u16()
    };
    let statuses: Vec<u16> = stream::iter(0..24_000)
        .map(|_| begin())
        .buffer_unordered(64)
        .collect()
        .await;
    assert!(statuses.iter().all(|status| *status == 200));
    let grown = resident(&broker).saturating_sub(before);
    assert!(grown < 60 * MIB, "{} MiB", grown / MIB);
    let mcp = broker.mcp("plain", &token).await;
    assert_eq!(
        mcp.text("echo", json!({"text": "still here"})).await,
        "still here"
    );
}

async fn flood() -> (Broker, Mcp) {
    let broker = Broker::start().await;
    let script = fixture("flood.mjs");
    let arguments = [
        "deploy",
        "--name",
        "flood",
        "--transport",
        "http",
        "--yes",
        "--",
        "node",
    ];
    broker
        .cli(&[&arguments[..], &[script.to_str().unwrap()]].concat())
        .await
        .ok();
    let token = broker.token("admin").await;
    let mcp = broker.mcp("flood", &token).await;
    (broker, mcp)
}

#[tokio::test]
async fn a_stream_passes_without_being_kept() {
    let (broker, mcp) = flood().await;
    mcp.text("flood", json!({"events": 100, "bytes": 64 << 10})).await;
    let before = resident(&broker);
    let params = json!({"name": "flood", "arguments": {"events": 16_000, "bytes": 64 << 10}});
    let (_, mut answer) = mcp.send("tools/call", params).await;
    let (mut passed, mut most, mut end) = (0, 0, Vec::new());
    while let Some(chunk) = answer.chunk().await {
        passed += chunk.len();
        end = chunk;
        if passed % 64 == 0 {
            most = most.max(resident(&broker));
        }
    }
    most = most.max(resident(&broker));
    assert!(passed > 16_000 * (64 << 10), "{passed}");
    assert!(end.ends_with(b"\n\n"));
    let grown = most.saturating_sub(before);
    assert!(grown < 16 * MIB, "{} MiB", grown / MIB);
}

#[tokio::test]
async fn one_message_that_is_too_large_is_cut() {
    let (_broker, mcp) = flood().await;
    for stream in [false, true] {
        let params = json!({"name": "huge", "arguments": {"bytes": 65 << 20, "stream": stream}});
        let (id, mut answer) = mcp.send("tools/call", params).await;
        let mut end = Vec::new();
        while let Some(chunk) = answer.chunk().await {
            end.extend_from_slice(&chunk);
            let surplus = end.len().saturating_sub(4096);
            end.drain(..surplus);
        }
        let end = String::from_utf8_lossy(&end).into_owned();
        assert!(end.contains("larger than 64 MiB"), "{end}");
        assert!(end.contains(&format!("\"id\":{id}")), "{end}");
    }
    assert_eq!(mcp.text("small", json!({"bytes": 1})).await, "done");
}

/// How a JSON answer ends for a client: what it says, or `None` where the connection ends in the middle of it.
async fn ends(mcp: &Mcp, tool: &str, arguments: Value) -> Option<Value> {
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments}});
    let mut answer = mcp.post(&body.to_string()).await;
    assert_eq!(answer.status, 200);
    let mut whole = Vec::new();
    loop {
        match answer.try_chunk().await {
            Ok(Some(chunk)) => whole.extend_from_slice(&chunk),
            Ok(None) => return Some(serde_json::from_slice(&whole).unwrap()),
            Err(_) => return None,
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_never_taken_for_a_whole_one() {
    let (broker, mcp) = flood().await;
    // Nothing of it was there yet: there is an error in its place.
    let told = ends(&mcp, "silent", json!({})).await.expect("an error");
    assert_eq!(told["id"], 7, "{told}");
    assert_eq!(told["error"]["code"], 1001, "{told}");
    // Something was: the client sees that it is not all, and the log says why.
    let why = |what: &'static str| {
        broker.logged("an answer broke off", move |line| {
            line.contains("connector=flood") && line.contains(what)
        })
    };
    assert_eq!(ends(&mcp, "half", json!({})).await, None);
    why("").await;
    let larger = json!({"bytes": 65 << 20, "chunked": true});
    assert_eq!(ends(&mcp, "huge", larger).await, None);
    why("larger than 64 MiB").await;
    assert_eq!(mcp.text("small", json!({"bytes": 1})).await, "done");
}
