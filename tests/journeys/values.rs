//! Values of a connector: changed under it, and asked of its users in the middle of a call.

use serde_json::{Value, json};

use super::oauth::{NAME, Setting, link_in};
use crate::support::{
    broker::{Broker, Transport},
    browser::Browser,
    mcp::{Mcp, text_of},
    program::fixture,
};

const ASKED: &str = "API_KEY=your key, from its settings page";

/// A connector that asks each user for `API_KEY`.
async fn asking(transport: Transport) -> Broker {
    let broker = Broker::start().await;
    broker.deploy(NAME, transport, &[]).await;
    broker.cli(&["env", "set", NAME, "--per-user", ASKED]).await.ok();
    broker
}

/// What the connector has been given of the values named, lower-cased.
async fn seen(mcp: &Mcp, transport: Transport) -> String {
    let tool = match transport {
        Transport::Stdio => "env",
        Transport::Http => "headers",
    };
    mcp.text(tool, json!({})).await.to_lowercase()
}

#[tokio::test]
async fn a_change_is_rolled_out_like_a_release() {
    for transport in Transport::BOTH {
        let broker = Broker::start().await;
        broker.deploy(NAME, transport, &["-e", "REGION=us"]).await;
        let mcp = broker.mcp(NAME, &broker.first_token()).await;
        mcp.text("echo", json!({"text": "x"})).await;
        let set = ["env", "set", NAME, "REGION=eu-canary", "--secret", "KEY=@-"];
        broker.cli_reading("canary-secret", &set).await.ok();
        let env = mcp.text("env", json!({})).await;
        assert!(
            env.contains(r#""REGION":"eu-canary""#) && env.contains(r#""KEY":"canary-secret""#),
            "{env}"
        );
        let now = seen(&mcp, transport).await;
        if let Transport::Http = transport {
            assert!(now.contains(r#""x-berth-env-key":"canary-secret""#), "{now}");
        }
        // What it can't start with changes nothing.
        let broken = ["env", "set", NAME, "EVENTS=/nonexistent/x", "REGION=broken"];
        broker.cli(&broken).await.fails(6, &["release 2 keeps serving"]);
        assert!(mcp.text("env", json!({})).await.contains("eu-canary"));
        let list = broker.cli(&["env", "list", NAME]).await.ok();
        assert!(
            list.stdout.contains("eu-canary") && !list.stdout.contains("canary-secret"),
            "{list:#?}"
        );
        assert!(!list.stdout.contains("EVENTS"), "{list:#?}");
        // A deploy keeps them, and nothing is done where nothing differs.
        broker.deploy(NAME, transport, &["-e", "OTHER=1"]).await;
        let script = fixture("connector.mjs");
        let mut in_vain = vec![
            "deploy",
            "--name",
            NAME,
            "--dry-run",
            "-e",
            "REGION=us",
            "-e",
            "OTHER=1",
        ];
        in_vain.extend(["--", "node", script.to_str().unwrap()]);
        let told = broker.cli(&in_vain).await.ok();
        assert!(
            told.stderr.contains("REGION stays what `berth env` made it"),
            "{told:#?}"
        );
        assert!(!told.stderr.contains("OTHER stays"), "{told:#?}");
        assert!(mcp.text("env", json!({})).await.contains("canary-secret"));
        let same = broker.json(&["env", "set", NAME, "REGION=eu-canary"]).await;
        assert_eq!(same["unchanged"], true, "{same}");
        broker.cli(&["env", "unset", NAME, "KEY", "REGION"]).await.ok();
        assert!(!mcp.text("env", json!({})).await.contains("canary"));
        assert!(!broker.log().contains("canary-secret"));
    }
}

#[tokio::test]
async fn two_admins_at_once_lose_nothing() {
    let broker = asking(Transport::Stdio).await;
    let (one, two) = tokio::join!(
        broker.cli(&["env", "set", NAME, "ONE=1"]),
        broker.cli(&["env", "set", NAME, "TWO=2"])
    );
    one.ok();
    two.ok();
    let list = broker.json(&["env", "list", NAME]).await;
    let names: Vec<_> = list["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| &v["name"])
        .collect();
    assert_eq!(names, ["API_KEY", "ONE", "TWO"]);
}

#[tokio::test]
async fn a_waiting_call_goes_on_when_its_value_is_given() {
    for transport in Transport::BOTH {
        let broker = asking(transport).await;
        let mut alice = Browser::signed_in(&broker.add_user("alice").await).await;
        let token = broker.token("alice").await;
        let url = json!({"elicitation": {"url": {}}});
        let mcp = Mcp::connect(&broker.endpoint(NAME), &token, url).await;
        assert!(
            mcp.tools().await.contains(&"echo".to_owned()),
            "listing needs nothing"
        );
        let tool = if let Transport::Stdio = transport {
            "env"
        } else {
            "headers"
        };
        let (id, mut answer) = mcp
            .send("tools/call", json!({"name": tool, "arguments": {}}))
            .await;
        let asked = answer.next().await.unwrap();
        let link = asked["params"]["url"].as_str().unwrap().to_owned();
        let page = alice.open(&link).await;
        assert!(page.body.contains("from its settings page"), "{page:?}");
        // Without the form's token nothing is taken.
        let mut forged = page.form();
        forged.fields.retain(|(name, _)| name != "form_token");
        let refused = alice.submit(forged, &[("value.API_KEY", "forged-canary")]).await;
        assert!((400..500).contains(&refused.status), "{refused:?}");
        let page = alice
            .submit(page.form(), &[("value.API_KEY", " alice-canary ")])
            .await;
        assert!(page.status == 200 && page.body.contains("Saved"), "{page:?}");
        assert!(!page.body.contains("alice-canary"), "{page:?}");
        let result = loop {
            let message: Value = answer.next().await.expect("the call's own answer");
            if message["id"] == id {
                break message;
            }
        };
        assert!(text_of(&result).contains("alice-canary"), "{result}");
        // Another user has none of it, and is told where to give their own.
        broker.add_user("bob").await;
        let bob = broker.mcp(NAME, &broker.token("bob").await).await;
        let link = link_in(&bob.call(tool, json!({})).await);
        assert_eq!(link, format!("{}/connections/{NAME}", broker.url));
        // Changed and taken back, it is changed for the next call.
        let out = broker
            .cli_with_token(&token, &["env", "set", NAME, "--mine", "API_KEY=canary"])
            .await
            .fails(2, &["on the command line"]);
        assert!(!out.stderr.contains("=canary"), "{out:#?}");
        broker
            .cli_with_token(&token, &["env", "unset", NAME, "--mine", "API_KEY"])
            .await
            .ok();
        link_in(&broker.mcp(NAME, &token).await.call(tool, json!({})).await);
    }
}

#[tokio::test]
async fn a_value_and_a_grant_are_asked_for_on_one_page() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    setting
        .broker
        .cli(&["env", "set", NAME, "--per-user", ASKED])
        .await
        .ok();
    let mut alice = setting.user("alice").await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let page = alice.browser.open(&link).await;
    let empty = alice.browser.submit(page.form(), &[]).await;
    assert_eq!(empty.status, 422, "{empty:?}");
    let login = alice
        .browser
        .submit(empty.form(), &[("value.API_KEY", "alice-canary")])
        .await;
    assert!(login.form().has("login"), "{login:?}");
    alice.browser.connect(&link, "alice").await;
    assert_eq!(alice.whoami().await, "alice");
    let headers = alice.mcp.text("headers", json!({})).await;
    assert!(
        headers.contains(r#""x-berth-env-api_key":"alice-canary""#),
        "{headers}"
    );
}

#[tokio::test]
async fn whoever_gives_a_part_is_told_that_the_rest_is_waited_for() {
    let broker = asking(Transport::Stdio).await;
    broker.cli(&["env", "set", NAME, "--per-user", "MORE"]).await.ok();
    let mut alice = Browser::signed_in(&broker.add_user("alice").await).await;
    let page = alice.open(&format!("{}/connections/{NAME}", broker.url)).await;
    let page = alice.submit(page.form(), &[("value.MORE", "canary")]).await;
    assert!(
        page.body.contains("waits for the rest") && !page.body.contains("close this window"),
        "{page:?}"
    );
    let page = alice.submit(page.form(), &[("value.API_KEY", "canary")]).await;
    assert!(page.body.contains("close this window"), "{page:?}");
}

#[tokio::test]
async fn more_than_a_request_can_carry_is_refused_when_it_is_given() {
    for transport in Transport::BOTH {
        let broker = asking(transport).await;
        broker.cli(&["env", "set", NAME, "--per-user", "MORE"]).await.ok();
        let large = "x".repeat(4000);
        let give = |name: &str| format!("{name}=@-");
        let first = ["env", "set", NAME, "--mine", &give("API_KEY")];
        broker.cli_reading(&large, &first).await.ok();
        // The same again takes no more room.
        broker.cli_reading(&large, &first).await.ok();
        let more = ["env", "set", NAME, "--mine", &give("MORE")];
        let answer = broker.cli_reading(&large, &more).await;
        if let Transport::Stdio = transport {
            answer.ok();
            continue;
        }
        answer.fails(2, &["room for 6 KiB", "--mine"]);
        broker.cli_reading("small-canary", &more).await.ok();
        let mcp = broker.mcp(NAME, &broker.first_token()).await;
        assert!(seen(&mcp, transport).await.contains("small-canary"));
    }
}
