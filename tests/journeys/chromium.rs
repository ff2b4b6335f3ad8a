//! The pages that people are sent to, in a real browser.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::oauth::{NAME, Setting, link_in};
use crate::support::{
    broker::{Broker, Transport},
    clients::Kind,
    mcp::text_of,
    needs,
    program::{Program, node},
};

#[tokio::test]
async fn a_person_signs_in_and_connects() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let (Some(chromium), Some(packages)) = (needs::chromium(), needs::npm()) else {
        return;
    };
    for (name, width, dark) in [("alice", 1000, false), ("bob", 390, true)] {
        let login = setting.broker.add_user(name).await;
        let token = setting.broker.token(name).await;
        let mcp = setting.broker.mcp(NAME, &token).await;
        let link = link_in(&mcp.call("whoami", json!({})).await);
        let shots = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("screenshots/{name}"));
        let plan = json!({"login": login, "connect": link, "account": name, "shots": shots,
            "width": width, "dark": dark});
        let said = Program::start(
            node("browser.mjs")
                .arg(plan.to_string())
                .env("BERTH_TEST_NODE_MODULES", &packages)
                .env("BERTH_TEST_CHROMIUM", &chromium),
        )
        .finish()
        .await
        .ok()
        .json();
        let page = |name: &str| said[name]["text"].as_str().unwrap_or_else(|| panic!("{said:#}"));
        assert!(page("connect").contains(NAME), "{said:#}");
        assert!(page("connected").contains("close this window"), "{said:#}");
        assert_eq!(said["problems"], Value::Array(Vec::new()), "{said:#}");
        assert_eq!(mcp.text("whoami", json!({})).await, name);
    }
}

#[tokio::test]
async fn a_person_signs_in_with_a_password_and_lets_a_client_in() {
    let (Some(chromium), Some(packages)) = (needs::chromium(), needs::npm()) else {
        return;
    };
    let broker = Broker::start().await;
    broker.deploy(NAME, Transport::Stdio, &[]).await;
    broker.add_user("alice").await;
    let password = "correct horse battery";
    let set = ["users", "password", "alice", "--password-file", "-"];
    broker.cli_reading(&format!("{password}\n"), &set).await.ok();
    let calls = json!({"calls": [{"name": "echo", "arguments": {"text": "hello"}}]});
    for (kind, width, dark) in [(Kind::Npm2Auto, 1280, false), (Kind::Remote, 375, true)] {
        let mut client = kind.start(&broker.endpoint(NAME), None, &calls).unwrap();
        let asked = client.stdout.json_with("authorize").await;
        let folder = format!("screenshots/client-{width}");
        let shots = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let plan = json!({"url": asked["authorize"], "user": "alice", "password": password,
            "shots": shots, "width": width, "dark": dark});
        let said = Program::start(
            node("authorize.mjs")
                .arg(plan.to_string())
                .env("BERTH_TEST_NODE_MODULES", &packages)
                .env("BERTH_TEST_CHROMIUM", &chromium),
        )
        .finish()
        .await
        .ok()
        .json();
        assert_eq!(said["problems"], json!([]), "{said:#}");
        assert_eq!(said["login"]["path"], "/login", "{said:#}");
        let consent = said["consent"]["text"].as_str().unwrap();
        let back = said["back"].as_str().unwrap();
        let target: reqwest::Url = back.parse().unwrap();
        for word in [NAME, "alice", target.authority(), "Don't allow"] {
            assert!(consent.contains(word), "{word}: {said:#}");
        }
        let mut stdin = client.child.stdin.take().unwrap();
        stdin.write_all(format!("{back}\n").as_bytes()).await.unwrap();
        let result = client.stdout.json_with("result").await;
        assert_eq!(text_of(&result), "hello", "{kind:?}");
        client.finish().await.ok();
    }
}
