//! What the control API says to requests that can't be right.

use serde_json::{Value, json};

use crate::support::{broker::Broker, mcp::http};

#[tokio::test]
async fn every_refusal_has_a_code_and_the_requests_id() {
    let broker = Broker::start().await;
    let token = broker.token("admin").await;
    for path in [
        "connectors/%ff",
        "connectors/x/releases/abc",
        "connectors/x/releases/99999999999999999999",
        "connectors/x/logs?lines=-1",
        "connectors/x/oauth/redirect-uri?provider=..",
    ] {
        let url = format!("{}/api/v1/{path}", broker.url);
        let answer = http().get(url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path}");
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            (&body["code"], &body["request_id"]),
            (&json!("invalid"), &json!(id)),
            "{path}"
        );
    }
    for search in [
        json!({}),
        json!({"issuer": "https://a.example", "resource": "https://b.example"}),
        json!({"resource": "no address"}),
        json!({"connector": "../x"}),
    ] {
        let url = format!("{}/api/v1/oauth/discover", broker.url);
        let asked = http().post(url).bearer_auth(&token).json(&search);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{search}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "invalid", "{search}");
    }
    for label in ["x".repeat(201), "\u{1b}[2J".to_owned()] {
        let url = format!("{}/api/v1/tokens", broker.url);
        let made = http()
            .post(url)
            .bearer_auth(&token)
            .json(&json!({ "label": label }));
        assert_eq!(made.send().await.unwrap().status(), 400);
    }
}
