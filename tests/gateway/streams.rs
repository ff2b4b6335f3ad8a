//! What connectors say outside of calls, and how clients of both eras hear it; and several messages at once.

use serde_json::{Value, json};

use crate::support::{
    broker::{Broker, Transport},
    mcp::{Answer, Mcp, REVISION, http, text_of},
    modern::Modern,
    program::fixture,
};

async fn broker_with(transport: Transport) -> (Broker, String) {
    let broker = Broker::start().await;
    broker.deploy_program("changes", "changes.mjs", transport).await;
    let token = broker.token("admin").await;
    (broker, token)
}

async fn get(broker: &Broker, token: &str, session: Option<&str>, after: Option<&str>) -> Answer {
    let mut request = http()
        .get(broker.endpoint("changes"))
        .bearer_auth(token)
        .header("accept", "text/event-stream")
        .header("mcp-protocol-version", REVISION);
    if let Some(session) = session {
        request = request.header("mcp-session-id", session);
    }
    if let Some(after) = after {
        request = request.header("last-event-id", after);
    }
    Answer::of(request.send().await.unwrap())
}

#[tokio::test]
async fn a_session_hears_what_belongs_to_no_call() {
    for transport in Transport::BOTH {
        let (broker, token) = broker_with(transport).await;
        let mcp = Mcp::connect(&broker.endpoint("changes"), &token, json!({"roots": {}})).await;
        let session = mcp.session.clone().unwrap();
        let mut stream = get(&broker, &token, Some(&session), None).await;
        assert_eq!(stream.status, 200);
        assert!(stream.streams());
        mcp.text("change", json!({})).await;
        let (id, note) = stream.next_with_id().await.unwrap();
        assert_eq!(note["method"], "notifications/tools/list_changed");

        // What comes while nobody listens is there for whoever comes back.
        drop(stream);
        let subscribed = mcp
            .request("resources/subscribe", json!({"uri": "test://a"}))
            .await;
        assert!(subscribed["result"].is_object(), "{subscribed}");
        mcp.text("change", json!({"uri": "test://a"})).await;
        let mut stream = get(&broker, &token, Some(&session), Some(&id)).await;
        assert_eq!(
            stream.next().await.unwrap()["method"],
            "notifications/tools/list_changed"
        );
        let (last, note) = stream.next_with_id().await.unwrap();
        assert_eq!(note["params"]["uri"], "test://a");

        // A question outside of any call is answered like one inside.
        mcp.text("question", json!({})).await;
        let asked = stream.next().await.unwrap();
        assert_eq!(asked["method"], "roots/list");
        let roots = json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"roots": [{"uri": "file:///x"}]}});
        assert_eq!(mcp.post(&roots.to_string()).await.status, 202);
        assert!(mcp.text("told", json!({})).await.contains("file:///x"));

        // One stream at a time; and it ends with the session.
        let mut second = get(&broker, &token, Some(&session), Some(&last)).await;
        assert!(stream.next().await.is_none(), "another stream took its place");
        assert_eq!(second.next().await.unwrap()["method"], "roots/list");
        mcp.delete().await;
        assert!(second.next().await.is_none());
        assert_eq!(get(&broker, &token, Some(&session), None).await.status, 404);
        assert_eq!(get(&broker, &token, None, None).await.status, 405);
    }
}

#[tokio::test]
async fn clients_hear_of_what_an_admin_changes() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    let mcp = Mcp::connect(&broker.endpoint("changes"), &token, json!({})).await;
    let mut session = get(&broker, &token, mcp.session.as_deref(), None).await;
    let client = Modern::new(&broker.endpoint("changes"), &token, json!({}));
    let wanted = json!({"notifications": {"toolsListChanged": true}});
    let mut listening = client.post_as(7, "subscriptions/listen", wanted).await;
    listening.next().await.unwrap();
    let script = fixture("changes.mjs");
    let changes = [
        "tools set changes --hide question".to_owned(),
        format!("deploy --name changes -e A=1 --yes -- node {}", script.display()),
    ];
    for change in changes {
        let words: Vec<&str> = change.split(' ').collect();
        broker.cli(&words).await.ok();
        for stream in [&mut session, &mut listening] {
            let note = stream.next().await.unwrap();
            assert_eq!(note["method"], "notifications/tools/list_changed", "{change}");
        }
    }
    assert!(!mcp.tools().await.contains(&"question".to_owned()));
}

#[tokio::test]
async fn sessions_hear_of_their_own_resources() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    let endpoint = broker.endpoint("changes");
    let (one, two) = (
        Mcp::connect(&endpoint, &token, json!({})).await,
        Mcp::connect(&endpoint, &token, json!({})).await,
    );
    let mut first = get(&broker, &token, one.session.as_deref(), None).await;
    let mut second = get(&broker, &token, two.session.as_deref(), None).await;
    // They share a process: what one wants no more, the other may still want.
    one.request("resources/subscribe", json!({"uri": "test://a"}))
        .await;
    two.request("resources/subscribe", json!({"uri": "test://a"}))
        .await;
    two.request("resources/unsubscribe", json!({"uri": "test://a"}))
        .await;
    assert_eq!(one.text("subscribed", json!({})).await, "test://a");
    two.text("change", json!({"uri": "test://a"})).await;
    two.text("change", json!({})).await;
    let heard = async |stream: &mut Answer| {
        let note = stream.next().await.unwrap();
        note["method"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    for expected in ["list_changed", "updated", "list_changed"] {
        assert_eq!(heard(&mut first).await, expected);
    }
    for expected in ["list_changed", "list_changed"] {
        assert_eq!(heard(&mut second).await, expected);
    }
}

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

#[tokio::test]
async fn a_client_without_sessions_listens() {
    for transport in Transport::BOTH {
        let (mut broker, token) = broker_with(transport).await;
        let client = Modern::new(&broker.endpoint("changes"), &token, json!({}));
        let wanted = json!({"notifications": {"toolsListChanged": true, "promptsListChanged": true,
            "resourceSubscriptions": ["test://a"]}});
        let mut stream = client.post_as(77, "subscriptions/listen", wanted).await;
        let agreed = stream.next().await.unwrap();
        assert_eq!(agreed["method"], "notifications/subscriptions/acknowledged");
        assert_eq!(
            agreed["params"]["notifications"],
            json!({"toolsListChanged": true, "resourceSubscriptions": ["test://a"]}),
            "it has no prompts"
        );
        let other = json!({"notifications": {"resourceSubscriptions": ["test://b"]}});
        let mut other = client.post_as(78, "subscriptions/listen", other).await;
        other.next().await.unwrap();
        for uri in ["test://a", "test://b"] {
            assert_eq!(text_of(&client.call("change", json!({"uri": uri})).await), "done");
        }
        for (method, uri) in [
            ("notifications/tools/list_changed", None),
            ("notifications/resources/updated", Some("test://a")),
            ("notifications/tools/list_changed", None),
        ] {
            let note = stream.next().await.unwrap();
            assert_eq!(note["method"], method);
            assert_eq!(note["params"]["uri"].as_str(), uri);
            assert_eq!(note["params"]["_meta"][SUBSCRIPTION], 77);
        }
        let note = other.next().await.unwrap();
        assert_eq!(
            (&note["params"]["uri"], &note["params"]["_meta"][SUBSCRIPTION]),
            (&json!("test://b"), &json!(78))
        );
        // Nobody can be asked there.
        client.call("question", json!({})).await;
        crate::support::program::eventually("the connector hears that nobody is there", async || {
            text_of(&client.call("told", json!({})).await).contains("-32601")
        })
        .await;
        let nonsense = client.post_as(79, "subscriptions/listen", json!({})).await;
        assert_eq!(nonsense.status, 400);
        drop(other);
        // A broker that stops ends its streams in good order.
        let (code, end) = tokio::join!(broker.stop(), stream.next());
        assert_eq!(code, Some(0));
        let end = end.unwrap();
        assert_eq!(
            (&end["id"], &end["result"]["resultType"]),
            (&json!(77), &json!("complete"))
        );
        assert_eq!(end["result"]["_meta"][SUBSCRIPTION], 77);
    }
}

#[tokio::test]
async fn several_messages_at_once_are_for_one_revision() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    let endpoint = broker.endpoint("changes");
    let batch = json!([
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/roots/list_changed"},
        {"jsonrpc": "2.0", "id": "b", "method": "tools/call", "params": {"name": "told"}},
        {"jsonrpc": "2.0", "id": 3, "method": "no/such"},
    ])
    .to_string();
    let old = Mcp::connect_as(&endpoint, &token, json!({}), "2025-03-26").await;
    let answer = old.post(&batch).await;
    assert_eq!(answer.status, 200);
    let answers: Vec<Value> = serde_json::from_str(&answer.body().await).unwrap();
    assert_eq!(answers.len(), 3, "{answers:?}");
    let of = |id: Value| answers.iter().find(|answer| answer["id"] == id).unwrap();
    assert!(of(json!(1))["result"].is_object());
    assert_eq!(text_of(of(json!("b"))), "nothing");
    assert_eq!(of(json!(3))["error"]["code"], -32601);
    let notes = r#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#;
    assert_eq!(old.post(notes).await.status, 202);
    for wrong in ["[]", "[1]", "[", r#"[{"jsonrpc":"2.0"}]"#] {
        assert_eq!(old.post(wrong).await.status, 400, "{wrong}");
    }
    for revision in ["2025-06-18", "2025-11-25"] {
        let mcp = Mcp::connect_as(&endpoint, &token, json!({}), revision).await;
        let answer = mcp.post(&batch).await;
        assert_eq!(answer.status, 400, "{revision}");
        assert_eq!(answer.message().await["error"]["code"], -32600);
    }
}

#[tokio::test]
async fn names_that_lead_here_are_not_enough() {
    let (broker, token) = broker_with(Transport::Stdio).await;
    let check = async |host: &str, origin: Option<&str>, expected: u16| {
        let mut request = http()
            .post(broker.endpoint("changes"))
            .bearer_auth(&token)
            .header("host", host)
            .header("content-type", "application/json")
            .body(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), expected, "{host} {origin:?}");
    };
    check("evil.example", None, 403).await;
    check("evil.example", Some("http://evil.example"), 403).await;
    check("localhost:1", Some("http://localhost:1"), 400).await;
}

#[tokio::test]
async fn who_asks_too_often_is_told_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("serve.toml");
    std::fs::write(&settings, "requests-per-minute = 5\n").unwrap();
    let broker = Broker::start_with(&["--config", settings.to_str().unwrap()]).await;
    let token = broker.token("admin").await;
    let ask = async || {
        let request = http().post(broker.endpoint("nothing")).bearer_auth(&token);
        request.body("{}").send().await.unwrap()
    };
    for _ in 0..5 {
        assert_eq!(ask().await.status(), 400);
    }
    let answer = ask().await;
    assert_eq!(answer.status(), 429);
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
}
