//! Tools that an admin keeps back.

use serde_json::json;

use crate::support::{
    broker::{Broker, Transport},
    mcp::text_of,
};

#[tokio::test]
async fn one_that_is_hidden_is_neither_listed_nor_called() {
    let mut broker = Broker::start().await;
    // Before there is anything to offer.
    broker.cli(&["tools", "set", "plain", "--hide", "ec*"]).await.ok();
    broker.deploy("plain", Transport::Stdio, &[]).await;
    let token = broker.token("admin").await;
    let mcp = broker.mcp("plain", &token).await;

    let remembered = mcp.tools().await;
    assert!(remembered.contains(&"pid".to_owned()) && !remembered.contains(&"echo".to_owned()));
    let refused = mcp.call("echo", json!({"text": "x"})).await;
    assert_eq!(refused["error"]["code"], -32602, "{refused}");
    // Now that it runs, it lists its tools itself.
    mcp.process().await;
    assert_eq!(mcp.tools().await, remembered);

    let listed = broker.json(&["tools", "plain"]).await;
    let echo = listed["tools"]
        .as_array()
        .unwrap()
        .iter()
        .find(|tool| tool["name"] == "echo");
    assert_eq!(echo.unwrap()["hidden"], true);
    let refused = broker
        .cli(&["call", "plain", "echo", "--args", r#"{"text":"x"}"#])
        .await;
    refused.fails(5, &["offers no tool \"echo\""]);
    let unknown = broker.cli(&["tools", "set", "plain", "--unhide", "echo"]).await;
    unknown.fails(2, &["no such rule"]);

    // Rules outlast the broker, and take effect in sessions that are open.
    broker.stop().await;
    broker.start_again().await;
    let mcp = broker.mcp("plain", &token).await;
    assert!(mcp.call("echo", json!({"text": "x"})).await["error"].is_object());
    broker
        .cli(&["tools", "set", "plain", "--unhide", "ec*"])
        .await
        .ok();
    assert_eq!(text_of(&mcp.call("echo", json!({"text": "x"})).await), "x");
    broker
        .cli(&["tools", "set", "plain", "--allow", "pid", "--allow", "whoami"])
        .await
        .ok();
    assert_eq!(mcp.tools().await.len(), 2);
}
