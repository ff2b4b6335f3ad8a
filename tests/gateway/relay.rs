//! What passes through the gateway, and what it turns away.

use serde_json::{Value, json};

use crate::support::{
    broker::{Broker, Transport},
    mcp::{Mcp, REVISION, http},
};

async fn broker_with(transport: Transport) -> (Broker, String) {
    let broker = Broker::start().await;
    broker.deploy("plain", transport, &[]).await;
    let token = broker.token("admin").await;
    (broker, token)
}

#[tokio::test]
async fn payloads_pass_byte_for_byte() {
    for transport in Transport::BOTH {
        let (broker, token) = broker_with(transport).await;
        let mcp = broker.mcp("plain", &token).await;
        // Order, spacing, escapes and numbers that no parser gives back as they were.
        let arguments = r#"{ "z":1,"a" : [12345678901234567890.123, 1e400,-0 ],"é":"\u00e9\/", "a":2 }"#;
        let id = r#""näme \u0001""#;
        let answer = mcp
            .post(&format!(
                r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"arguments","arguments":{arguments}}}}}"#
            ))
            .await;
        let body = answer.body().await;
        let message: Value =
            serde_json::from_str(body.trim_start_matches("event: message\ndata: ").trim()).unwrap();
        let seen = message["result"]["content"][0]["text"].as_str().unwrap();
        assert!(seen.contains(arguments), "{seen}");
        assert!(body.contains(id), "the id comes back as it was: {body}");
    }
}

#[tokio::test]
async fn odd_ids_come_back_as_they_were() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    let mcp = broker.mcp("plain", &token).await;
    for id in ["0", "-1", "18446744073709551617", r#""""#, r#""srv-1""#, "1.0"] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        let answer = mcp.post(&body).await.body().await;
        assert!(answer.contains(&format!(r#""id":{id}"#)), "{id}: {answer}");
    }
}

#[tokio::test]
async fn sessions_that_use_the_same_ids_get_their_own_answers() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    let sessions = futures_util::future::join_all((0..8).map(|_| broker.mcp("plain", &token))).await;
    for round in 0..10 {
        let calls = sessions.iter().enumerate().map(|(i, mcp)| {
            let text = format!("{round}-{i}");
            async move { (mcp.text("echo", json!({"text": text.clone()})).await, text) }
        });
        for (got, sent) in futures_util::future::join_all(calls).await {
            assert_eq!(got, sent);
        }
    }
}

#[tokio::test]
async fn progress_comes_as_it_happens() {
    for transport in Transport::BOTH {
        let (broker, token) = broker_with(transport).await;
        let mcp = broker.mcp("plain", &token).await;
        let params = json!({"name": "progress", "arguments": {"steps": 3, "ms": 300},
            "_meta": {"progressToken": "mine"}});
        let (id, mut answer) = mcp.send("tools/call", params).await;
        assert!(answer.streams());
        let started = std::time::Instant::now();
        for step in 1..=3 {
            let message = answer.next().await.unwrap();
            assert_eq!(message["method"], "notifications/progress");
            assert_eq!(message["params"]["progressToken"], "mine");
            assert_eq!(message["params"]["progress"], step);
        }
        let last = started.elapsed();
        let result = answer.next().await.unwrap();
        assert_eq!(result["id"], id);
        assert!(
            started.elapsed() > last,
            "the result comes after the wait that follows the last step"
        );
        assert!(answer.next().await.is_none());
    }
}

#[tokio::test]
async fn a_question_of_the_connector_reaches_the_client() {
    for transport in Transport::BOTH {
        let (broker, token) = broker_with(transport).await;
        let mcp = Mcp::connect(&broker.endpoint("plain"), &token, json!({"elicitation": {}})).await;
        let params = json!({"name": "ask", "arguments": {"question": "how many?"}});
        let (id, mut answer) = mcp.send("tools/call", params).await;
        let asked = answer.next().await.unwrap();
        assert_eq!(asked["method"], "elicitation/create");
        assert_eq!(asked["params"]["message"], "how many?");
        let reply = json!({"jsonrpc": "2.0", "id": asked["id"],
            "result": {"action": "accept", "content": {"answer": "three"}}});
        assert_eq!(mcp.post(&reply.to_string()).await.status, 202);
        let result = answer.message().await;
        assert_eq!(result["id"], id);
        assert!(result.to_string().contains("three"), "{result}");
    }
}

#[tokio::test]
async fn large_results_arrive_whole() {
    for transport in Transport::BOTH {
        let (broker, token) = broker_with(transport).await;
        let mcp = broker.mcp("plain", &token).await;
        let size = 6 << 20;
        assert_eq!(mcp.text("big", json!({"bytes": size})).await.len(), size);
    }
}

#[tokio::test]
async fn sessions_end() {
    let (broker, token) = broker_with(Transport::Http).await;
    let mcp = broker.mcp("plain", &token).await;
    assert!(mcp.session.is_some());
    let status = mcp.delete().await;
    assert!((200..300).contains(&status), "{status}");
    let (_, answer) = mcp.send("tools/list", json!({})).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn who_is_not_known_gets_401() {
    let (broker, token) = broker_with(Transport::Http).await;
    let endpoint = broker.endpoint("plain");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    for credential in [None, Some("berth_wrong"), Some("")] {
        let mut request = http()
            .post(&endpoint)
            .header("content-type", "application/json")
            .body(body);
        if let Some(credential) = credential {
            request = request.bearer_auth(credential);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer"), "{challenge}");
        assert!(answer.headers().contains_key("x-request-id"));
    }
    // A session belongs to its user.
    let alice = broker.mcp("plain", &token).await;
    broker.add_user("bob").await;
    let bob = broker.token("bob").await;
    let answer = http()
        .post(&endpoint)
        .bearer_auth(bob)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-session-id", alice.session.unwrap())
        .header("mcp-protocol-version", REVISION)
        .body(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn what_is_no_request_gets_a_clear_answer() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    let mcp = broker.mcp("plain", &token).await;
    let check = async |body: &str, status: u16, code: i64| {
        let answer = mcp.post(body).await;
        let got = answer.status;
        let message = answer.message().await;
        assert_eq!(
            (got, message["error"]["code"].as_i64()),
            (status, Some(code)),
            "{body}: {message}"
        );
        assert!(
            message["error"]["message"].as_str().unwrap().len() > 10,
            "{message}"
        );
    };
    check("{", 400, -32700).await;
    check("", 400, -32700).await;
    check("not json", 400, -32700).await;
    check("42", 400, -32600).await;
    check("{}", 400, -32600).await;
    check(r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, 400, -32600).await;
    check(r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, 400, -32600).await;
    check(r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, 400, -32600).await;
    check("[]", 400, -32600).await;
    let over_the_cap = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","arguments":{{"text":"{}"}}}}}}"#,
        "x".repeat(5 << 20)
    );
    let answer = mcp.post(&over_the_cap).await;
    assert_eq!(answer.status, 413);
    assert!(answer.body().await.contains("4"), "it names the cap");
    assert_eq!(mcp.text("echo", json!({"text": "fine"})).await, "fine");
}

#[tokio::test]
async fn an_unknown_connector_is_404() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    for name in ["nothing", "UPPER", "a%20b", "..%2f"] {
        let answer = http()
            .post(broker.endpoint(name))
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(
                r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
                "capabilities":{},"clientInfo":{"name":"the tests","version":"1"}}}"#,
            )
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{name}");
        let body: Value = answer.json().await.unwrap();
        if name == "nothing" {
            assert_eq!(body["id"], 1, "{name}: {body}");
        }
        assert!(
            body["error"]["message"].as_str().unwrap().contains("connector"),
            "{name}: {body}"
        );
    }
}

#[tokio::test]
async fn a_foreign_origin_is_refused() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    let answer = http()
        .post(broker.endpoint("plain"))
        .bearer_auth(&token)
        .header("origin", "https://evil.example")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
}
