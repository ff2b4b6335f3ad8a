//! Clients without sessions (2026-07-28) on connectors that know nothing of them.

use serde_json::{Value, json};

use crate::{
    journeys::oauth::{NAME, Setting},
    support::{
        broker::{Broker, EVENTS, Transport},
        mcp::{Answer, text_of},
        modern::{MODERN, Modern},
        program::eventually,
    },
};

async fn broker_with(transport: Transport) -> (Broker, Modern) {
    let broker = Broker::start().await;
    broker.deploy("plain", transport, &["-e", EVENTS]).await;
    let token = broker.token("admin").await;
    let client = Modern::new(&broker.endpoint("plain"), &token, json!({}));
    (broker, client)
}

fn meta(result: &Value) -> &Value {
    &result["_meta"]["io.modelcontextprotocol/serverInfo"]
}

#[tokio::test]
async fn a_connector_is_discovered_listed_and_called() {
    for transport in Transport::BOTH {
        let (_broker, client) = broker_with(transport).await;
        let found = client.result("server/discover", json!({})).await;
        assert_eq!(found["resultType"], "complete");
        assert_eq!(found["supportedVersions"][0], MODERN);
        assert!(found["supportedVersions"].as_array().unwrap().len() > 1);
        assert!(found["capabilities"]["tools"].is_object());
        assert_eq!(found["instructions"], "only for tests");
        assert!(
            found["ttlMs"].is_u64() && found["cacheScope"] == "private",
            "{found}"
        );
        assert_eq!(meta(&found)["name"], "test-connector");

        let listed = client.result("tools/list", json!({})).await;
        assert_eq!(listed["resultType"], "complete");
        assert!(listed["ttlMs"].is_u64() && listed["cacheScope"] == "private");
        assert!(listed["tools"].as_array().unwrap().len() > 5);

        let called = client.call("echo", json!({"text": "hello"})).await;
        assert_eq!(called["result"]["resultType"], "complete");
        assert_eq!(meta(&called["result"])["name"], "test-connector");
        assert_eq!(text_of(&called), "hello");
        // Two at a time, with one id.
        let (first, second) = tokio::join!(
            client.post_as(
                7,
                "tools/call",
                json!({"name": "echo", "arguments": {"text": "a"}})
            ),
            client.post_as(
                7,
                "tools/call",
                json!({"name": "echo", "arguments": {"text": "b"}})
            ),
        );
        for (answer, text) in [(first, "a"), (second, "b")] {
            assert_eq!(answer.header("mcp-session-id"), None);
            let message = answer.message().await;
            assert_eq!((&message["id"], text_of(&message).as_str()), (&json!(7), text));
        }
    }
}

#[tokio::test]
async fn a_connector_sees_the_arguments_as_they_were_and_nothing_of_the_revision() {
    for transport in Transport::BOTH {
        let (_broker, client) = broker_with(transport).await;
        let arguments = r#"{ "z":1,"a" : [12345678901234567890.123, 1e400,-0 ],"é":"\u00e9\/", "a":2 }"#;
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{{"name":"arguments","arguments":{arguments},"_meta":{{"traceparent":"00-1","io.modelcontextprotocol/protocolVersion":"{MODERN}","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
        );
        let headers = [
            ("mcp-method", "tools/call"),
            ("mcp-name", "=?base64?YXJndW1lbnRz?="),
        ];
        let message = client.send(&body, &headers).await.message().await;
        let seen = text_of(&message);
        assert!(seen.contains(arguments), "{seen}");
        assert!(seen.contains(r#""_meta":{"traceparent":"00-1"}"#), "{seen}");
        assert_eq!(message["id"], "x");
    }
}

#[tokio::test]
async fn what_is_against_the_rules_is_refused_with_the_code_for_it() {
    let (_broker, client) = broker_with(Transport::Stdio).await;
    let check = async |answer: Answer, status: u16, code: i64| {
        let got = answer.status;
        let message = answer.message().await;
        assert_eq!(
            (got, message["error"]["code"].as_i64()),
            (status, Some(code)),
            "{message}"
        );
        assert_eq!(message["id"], 1, "{message}");
        message
    };
    let body = |method: &str, params: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
    };
    let of = |version: &str| {
        format!(
            r#"{{"name":"echo","_meta":{{"io.modelcontextprotocol/protocolVersion":"{version}","io.modelcontextprotocol/clientCapabilities":{{}}}}}}"#
        )
    };
    let call = body("tools/call", &of(MODERN));
    let named = [("mcp-method", "tools/call"), ("mcp-name", "echo")];
    // Headers and body.
    check(client.send(&call, &[]).await, 400, -32020).await;
    check(client.send(&call, &named[..1]).await, 400, -32020).await;
    for wrong in [
        [("mcp-method", "tools/list"), ("mcp-name", "echo")],
        [("mcp-method", "tools/call"), ("mcp-name", "other")],
        [("mcp-method", "tools/call"), ("mcp-name", "=?base64?!?=")],
        [("mcp-method", "TOOLS/CALL"), ("mcp-name", "echo")],
    ] {
        check(client.send(&call, &wrong).await, 400, -32020).await;
    }
    let as_another = client.send_as("2025-11-25", &call, &named).await;
    check(as_another, 400, -32020).await;
    // Versions.
    let future = body("tools/call", &of("2099-01-01"));
    let message = check(client.send_as("2099-01-01", &future, &named).await, 400, -32022).await;
    assert_eq!(message["error"]["data"]["requested"], "2099-01-01");
    assert_eq!(message["error"]["data"]["supported"][0], MODERN);
    // What _meta needs.
    for meta in [
        r"{}".to_owned(),
        r#"{"_meta":{}}"#.to_owned(),
        r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":7}}"#.to_owned(),
        format!(r#"{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"{MODERN}"}}}}"#),
    ] {
        let listed = body("tools/list", &meta);
        check(
            client.send(&listed, &[("mcp-method", "tools/list")]).await,
            400,
            -32602,
        )
        .await;
    }
    // Methods.
    for method in [
        "ping",
        "initialize",
        "logging/setLevel",
        "resources/subscribe",
        "no/such",
        "prompts/list",
    ] {
        let answer = client.post_as(1, method, json!({})).await;
        check(answer, 404, -32601).await;
    }
    // Nothing to GET, nothing to end.
    for method in ["GET", "DELETE"] {
        assert_eq!(client.ask(method).await, 405);
    }
    let note = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}"#;
    assert_eq!(client.send(note, &[]).await.status, 202);
    assert_eq!(
        text_of(&client.call("echo", json!({"text": "fine"})).await),
        "fine"
    );
}

#[tokio::test]
async fn progress_streams_and_log_messages_come_when_asked_for() {
    for transport in Transport::BOTH {
        let (_broker, client) = broker_with(transport).await;
        let params =
            json!({"name": "progress", "arguments": {"steps": 2}, "_meta": {"progressToken": "mine"}});
        let mut answer = client.post_as(3, "tools/call", params).await;
        assert!(answer.streams());
        for step in 1..=2 {
            let note = answer.next().await.unwrap();
            assert_eq!(note["params"]["progressToken"], "mine");
            assert_eq!(note["params"]["progress"], step);
        }
        let last = answer.next().await.unwrap();
        assert_eq!(
            (&last["id"], &last["result"]["resultType"]),
            (&json!(3), &json!("complete"))
        );
        assert!(answer.next().await.is_none());
    }
}

#[tokio::test]
async fn a_client_that_leaves_cancels_its_call() {
    for transport in Transport::BOTH {
        let (broker, client) = broker_with(transport).await;
        let call = client.post_as(
            1,
            "tools/call",
            json!({"name": "slow", "arguments": {"ms": 60_000}}),
        );
        let left = tokio::time::timeout(std::time::Duration::from_secs(3), call).await;
        assert!(left.is_err(), "it takes a minute");
        eventually("the connector hears of it", async || {
            broker.events().contains("cancelled")
        })
        .await;
    }
}

#[tokio::test]
async fn questions_of_a_connector_are_answered_in_another_request() {
    for transport in Transport::BOTH {
        let (broker, bare) = broker_with(transport).await;
        let token = broker.token("admin").await;
        let client = Modern::new(
            &broker.endpoint("plain"),
            &token,
            json!({"elicitation": {"form": {}}}),
        );
        let params = json!({"name": "ask", "arguments": {"question": "how many?"}});
        let asked = client.result("tools/call", params.clone()).await;
        assert_eq!(asked["resultType"], "input_required", "{asked}");
        let (name, request) = asked["inputRequests"].as_object().unwrap().iter().next().unwrap();
        assert_eq!(request["method"], "elicitation/create");
        assert_eq!(request["params"]["message"], "how many?");
        let again = |responses: Value, state: &Value| {
            let mut params = params.clone();
            params["inputResponses"] = responses;
            params["requestState"] = state.clone();
            params
        };
        // Without the answer, the same is asked again.
        let more = client
            .result("tools/call", again(json!({}), &asked["requestState"]))
            .await;
        assert_eq!(more["inputRequests"], asked["inputRequests"], "{more}");
        let answer = json!({ name: {"action": "accept", "content": {"answer": "three"}}, "other": 7 });
        let done = client
            .result("tools/call", again(answer.clone(), &more["requestState"]))
            .await;
        assert_eq!(done["resultType"], "complete", "{done}");
        assert!(
            done["content"][0]["text"].as_str().unwrap().contains("three"),
            "{done}"
        );
        // What was used up, damaged, or is another call's begins anew.
        let other = json!({"name": "ask", "arguments": {"question": "why?"}, "inputResponses": answer,
            "requestState": more["requestState"]});
        for params in [
            again(answer.clone(), &more["requestState"]),
            again(answer.clone(), &json!("berth.AAAA")),
            other,
        ] {
            let anew = client.result("tools/call", params).await;
            assert_eq!(anew["resultType"], "input_required", "{anew}");
            assert_ne!(anew["requestState"], more["requestState"]);
        }
        // A client that answers no forms is not asked: the connector hears that nobody is there.
        let told = bare.result("tools/call", params.clone()).await;
        assert_eq!(told["resultType"], "complete");
        assert!(
            told["content"][0]["text"].as_str().unwrap().contains("-32601"),
            "{told}"
        );
    }
}

fn with(params: &Value, more: Value) -> Value {
    let mut params = params.clone();
    params
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    params
}

#[tokio::test]
async fn a_person_authorizes_between_two_legs_of_a_call() {
    for transport in Transport::BOTH {
        let Some(setting) = Setting::new(transport, 3600).await else {
            return;
        };
        let mut alice = setting.user("alice").await;
        let endpoint = setting.broker.endpoint(NAME);
        let client = Modern::new(&endpoint, &alice.token, json!({"elicitation": {"url": {}}}));
        let params = json!({"name": "whoami", "arguments": {}});
        let asked = client.result("tools/call", params.clone()).await;
        assert_eq!(asked["resultType"], "input_required", "{asked}");
        let question = &asked["inputRequests"]["authorize"];
        assert_eq!(
            (&question["method"], &question["params"]["mode"]),
            (&json!("elicitation/create"), &json!("url"))
        );
        assert!(question["params"].get("elicitationId").is_none());
        let link = question["params"]["url"].as_str().unwrap().to_owned();
        assert!(
            link.starts_with(&format!("{}/connect/", setting.broker.url)),
            "{link}"
        );

        // Nothing said, somebody else's, or no state at all: asked again.
        let state = json!({"requestState": asked["requestState"]});
        for more in [
            json!({}),
            state.clone(),
            json!({"requestState": "berth.x", "inputResponses": {"authorize": {"action": "accept"}}}),
        ] {
            let again = client.result("tools/call", with(&params, more)).await;
            assert_eq!(
                again["inputRequests"]["authorize"]["params"]["url"], link,
                "{again}"
            );
        }
        let declined = json!({"requestState": asked["requestState"], "inputResponses": {"authorize": {"action": "decline"}}});
        let declined = client.result("tools/call", with(&params, declined)).await;
        assert_eq!(
            (&declined["isError"], &declined["resultType"]),
            (&json!(true), &json!("complete"))
        );

        let accepted = json!({"requestState": asked["requestState"], "inputResponses": {"authorize": {"action": "accept"}}});
        let held = client.result("tools/call", with(&params, accepted));
        let (result, _) = tokio::join!(held, alice.browser.connect(&link, "alice"));
        assert_eq!(result["resultType"], "complete", "{result}");
        assert_eq!(result["content"][0]["text"], "alice");
    }
}

#[tokio::test]
async fn a_client_that_can_not_be_sent_anywhere_is_told_in_words() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let alice = setting.user("alice").await;
    for capabilities in [
        json!({}),
        json!({"elicitation": {}}),
        json!({"elicitation": {"form": {}}}),
    ] {
        let client = Modern::new(&setting.broker.endpoint(NAME), &alice.token, capabilities);
        let told = client.call("whoami", json!({})).await;
        assert_eq!(
            (&told["result"]["isError"], &told["result"]["resultType"]),
            (&json!(true), &json!("complete"))
        );
        assert!(text_of(&told).contains("/connect/"), "{told}");
        for (method, params) in [
            ("prompts/get", json!({"name": "x"})),
            ("resources/read", json!({"uri": "x:y"})),
        ] {
            let answer = client.post_as(1, method, params).await;
            assert_eq!(answer.status, 400);
            let error = answer.message().await["error"].clone();
            assert_eq!(error["code"], -32021);
            assert!(
                error["data"]["requiredCapabilities"]["elicitation"]["url"].is_object(),
                "{error}"
            );
        }
    }
}
