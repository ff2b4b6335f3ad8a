//! Connections as their operators see them: listed, broken, well again, and ended.

use serde_json::json;

use super::oauth::{NAME, Setting, link_in};
use crate::support::{broker::Transport, mcp::http, program::eventually};

#[tokio::test]
async fn a_connection_is_listed_and_ended() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let broker = &setting.broker;
    let alice = setting.connected("alice").await;
    let bob = setting.connected("bob").await;
    let list = broker
        .json(&["connections", "list", NAME, "--user", "alice"])
        .await;
    let [connection] = list["connections"].as_array().unwrap().as_slice() else {
        panic!("{list}");
    };
    assert_eq!(connection["state"], "healthy", "{list}");
    assert_eq!(connection["revocable"], true, "{list}");
    assert!(
        connection["next_refresh"].as_i64() < connection["expires_at"].as_i64(),
        "{list}"
    );
    let text = broker.cli(&["connections", "list"]).await.ok().stdout;
    assert!(
        text.contains("alice") && text.contains("bob") && text.contains("healthy"),
        "{text}"
    );

    // A member sees their own, and ends no other.
    let own = broker
        .cli_with_token(&bob.token, &["connections", "list"])
        .await
        .ok()
        .stdout;
    assert!(own.contains("bob") && !own.contains("alice"), "{own}");
    let end = ["connections", "revoke", NAME, "--user", "alice", "--yes"];
    broker
        .cli_with_token(&bob.token, &end)
        .await
        .fails(5, &["their own"]);

    let ended = broker.json(&end).await;
    assert_eq!(ended["at_provider"], "revoked", "{ended}");
    assert!(setting.provider.counted().await["revocations"].as_u64() >= Some(1));
    link_in(&alice.mcp.call("whoami", json!({})).await);
    assert_eq!(bob.whoami().await, "bob");
    broker.cli(&end).await.fails(5, &["no connection"]);
}

#[tokio::test]
async fn a_rotated_client_secret_is_one_alert() {
    let Some(setting) = Setting::new(Transport::Http, 6).await else {
        return;
    };
    let broker = &setting.broker;
    let people = [setting.connected("alice").await, setting.connected("bob").await];
    let refused = json!({"kind": "reply", "status": 401, "headers": {"content-type": "application/json"},
        "body": r#"{"error":"invalid_client"}"#});
    let ttl = json!({"faults": vec![refused; 200], "ttl": 3600});
    setting.provider.change(ttl).await;
    eventually("the provider's refusal is seen", async || {
        for person in &people {
            person.mcp.call("whoami", json!({})).await;
        }
        broker.log().contains("provider.broken")
    })
    .await;
    let list = broker.json(&["connections", "list"]).await;
    for connection in list["connections"].as_array().unwrap() {
        assert_eq!(connection["state"], "misconfigured", "{list}");
    }
    setting.provider.change(json!({"faults": []})).await;
    let secret = setting.provider.client_secret.clone();
    broker
        .cli_reading(&secret, &["oauth", "set", NAME, "--client-secret-file", "-"])
        .await
        .ok();
    // Nobody is asked to authorize again.
    for person in &people {
        assert_eq!(person.whoami().await, person.name);
    }
    let alerts = |event: &str| broker.log().matches(&format!("event=\"{event}\"")).count();
    assert_eq!((alerts("provider.broken"), alerts("provider.recovered")), (1, 1));
    assert_eq!(alerts("connection.broken"), 0);
    let metrics = http()
        .get(format!("{}/metrics", broker.url))
        .bearer_auth(broker.first_token())
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        metrics.contains("berth_oauth_broken_total{outcome=\"misconfigured\"} 1"),
        "{metrics}"
    );
}
