//! The consent page in a real browser.

use serde_json::{Value, json};

use super::oauth::{NAME, Setting, link_in};
use crate::support::{
    broker::Transport,
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
