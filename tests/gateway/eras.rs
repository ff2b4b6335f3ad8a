//! Connectors that know no sessions (2026-07-28), behind clients of both eras.

use serde_json::{Value, json};

use crate::support::{
    broker::{Broker, Transport},
    mcp::{Answer, Mcp, http, text_of},
    modern::Modern,
};

async fn broker_with(transport: Transport) -> (Broker, String) {
    let broker = Broker::start().await;
    broker.deploy_program("new", "stateless.mjs", transport).await;
    let token = broker.token("admin").await;
    (broker, token)
}

#[tokio::test]
async fn a_client_with_a_session_uses_it_like_any_other() {
    for transport in Transport::BOTH {
        let (broker, token) = broker_with(transport).await;
        let mcp = Mcp::connect(&broker.endpoint("new"), &token, json!({"elicitation": {}})).await;
        assert_eq!(mcp.server["serverInfo"]["name"], "stateless");
        assert_eq!(mcp.server["protocolVersion"], "2025-11-25");
        assert!(mcp.tools().await.contains(&"ask".to_owned()));
        let called = mcp.call("echo", json!({"text": "hello"})).await;
        assert_eq!(
            (text_of(&called).as_str(), called["result"].get("resultType")),
            ("hello", None)
        );
        assert_eq!(mcp.text("region", json!({"region": "ünten"})).await, "ünten");
        let meta: Value = serde_json::from_str(&mcp.text("meta", json!({})).await).unwrap();
        assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "the tests");
        assert!(meta["io.modelcontextprotocol/clientCapabilities"]["elicitation"].is_object());

        let params = json!({"name": "steps", "_meta": {"progressToken": "mine"}});
        let (id, mut answer) = mcp.send("tools/call", params).await;
        assert_eq!(answer.next().await.unwrap()["params"]["progressToken"], "mine");
        assert_eq!(answer.next().await.unwrap()["id"], id);

        let (id, mut answer) = mcp.send("tools/call", json!({"name": "ask"})).await;
        for (question, reply) in [("what name?", "Ada"), ("which colour?", "green")] {
            let asked = answer.next().await.unwrap();
            assert_eq!(
                (&asked["method"], &asked["params"]["message"]),
                (&json!("elicitation/create"), &json!(question))
            );
            let reply = json!({"jsonrpc": "2.0", "id": asked["id"],
                "result": {"action": "accept", "content": {"answer": reply}}});
            assert_eq!(mcp.post(&reply.to_string()).await.status, 202);
        }
        let done = answer.next().await.unwrap();
        assert_eq!(
            (&done["id"], text_of(&done).as_str()),
            (&json!(id), "Ada likes green")
        );
        assert_eq!(
            mcp.request("logging/setLevel", json!({"level": "error"})).await["result"],
            json!({})
        );
        let meta: Value = serde_json::from_str(&mcp.text("meta", json!({})).await).unwrap();
        assert_eq!(meta["io.modelcontextprotocol/logLevel"], "error");
        let unknown = mcp.request("no/such", json!({})).await;
        assert_eq!(unknown["error"]["code"], -32601);
    }
}

#[tokio::test]
async fn clients_of_both_eras_hear_of_changes() {
    for transport in Transport::BOTH {
        let (broker, token) = broker_with(transport).await;
        let endpoint = broker.endpoint("new");
        let mcp = Mcp::connect(&endpoint, &token, json!({})).await;
        let client = Modern::new(&endpoint, &token, json!({"roots": {}}));
        let request = http()
            .get(&endpoint)
            .bearer_auth(&token)
            .header("accept", "text/event-stream")
            .header("mcp-session-id", mcp.session.as_deref().unwrap());
        let mut stream = Answer::of(request.send().await.unwrap());
        let wanted = json!({"notifications": {"toolsListChanged": true}});
        let mut listening = client.post_as(5, "subscriptions/listen", wanted).await;
        assert_eq!(
            listening.next().await.unwrap()["method"],
            "notifications/subscriptions/acknowledged"
        );
        mcp.text("echo", json!({"text": "wakes it"})).await;
        // Its streams open in their own time.
        let heard = async {
            let note = stream.next().await.unwrap();
            assert_eq!(
                note,
                json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {}})
            );
            let note = listening.next().await.unwrap();
            assert_eq!(
                note["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
                5
            );
        };
        let changing = async {
            loop {
                mcp.text("change", json!({})).await;
                client.call("change", json!({})).await;
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            () = heard => {}
            () = changing => {}
        }
    }
}

#[tokio::test]
async fn a_client_without_one_passes_through() {
    for transport in Transport::BOTH {
        let (broker, token) = broker_with(transport).await;
        let client = Modern::new(&broker.endpoint("new"), &token, json!({"elicitation": {}}));
        let found = client.result("server/discover", json!({})).await;
        assert_eq!(
            found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
            "stateless"
        );
        assert_eq!(text_of(&client.call("echo", json!({"text": "a"})).await), "a");
        let mut params = json!({"name": "ask"});
        let asked = client.result("tools/call", params.clone()).await;
        assert_eq!(asked["inputRequests"]["name"]["params"]["message"], "what name?");
        assert!(
            asked.get("requestState").is_none(),
            "the connector's own: {asked}"
        );
        params["inputResponses"] = json!({"name": {"action": "accept", "content": {"answer": "Ada"}}});
        let asked = client.result("tools/call", params.clone()).await;
        assert_eq!(asked["requestState"], r#"{"name":"Ada"}"#);
        params["requestState"] = asked["requestState"].clone();
        params["inputResponses"] = json!({"colour": {"action": "accept", "content": {"answer": "red"}}});
        let done = client.result("tools/call", params).await;
        assert_eq!(
            (&done["resultType"], &done["content"][0]["text"]),
            (&json!("complete"), &json!("Ada likes red"))
        );
    }
}
