//! How a user is told to authorize, in the form that the client declared, and what then happens to the call.

use serde_json::json;

use crate::{
    journeys::oauth::{NAME, Setting, link_in},
    support::{
        broker::Transport,
        database,
        mcp::{Mcp, text_of},
    },
};

#[tokio::test]
async fn a_client_that_opens_urls_has_its_call_held() {
    for transport in Transport::BOTH {
        let Some(setting) = Setting::new(transport, 3600).await else {
            return;
        };
        let mut alice = setting.user("alice").await;
        let capabilities = json!({"elicitation": {"form": {}, "url": {}}});
        let mcp = Mcp::connect(&setting.broker.endpoint(NAME), &alice.token, capabilities).await;
        let (id, mut answer) = mcp
            .send("tools/call", json!({"name": "whoami", "arguments": {}}))
            .await;
        assert_eq!(answer.status, 200);
        assert!(answer.streams());
        let asked = answer.next().await.unwrap();
        assert_eq!(asked["method"], "elicitation/create");
        assert_eq!(asked["params"]["mode"], "url");
        assert!(asked["params"]["elicitationId"].is_string());
        let link = asked["params"]["url"].as_str().unwrap().to_owned();
        assert!(
            link.starts_with(&format!("{}/connect/", setting.broker.url)),
            "{link}"
        );

        let accepted = json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "accept"}});
        assert_eq!(mcp.post(&accepted.to_string()).await.status, 202);
        alice.browser.connect(&link, "alice").await;
        let result = loop {
            let message = answer.next().await.expect("the call's own answer");
            if message["id"] == id {
                break message;
            }
        };
        assert_eq!(text_of(&result), "alice");
        assert_eq!(mcp.text("whoami", json!({})).await, "alice");
    }
}

#[tokio::test]
async fn a_held_call_does_not_keep_the_broker_from_stopping() {
    let Some(mut setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let alice = setting.user("alice").await;
    let capabilities = json!({"elicitation": {"url": {}}});
    let mcp = Mcp::connect(&setting.broker.endpoint(NAME), &alice.token, capabilities).await;
    let params = json!({"name": "whoami", "arguments": {}});
    let (_, mut answer) = mcp.send("tools/call", params).await;
    let asked = answer.next().await.unwrap();
    let link = asked["params"]["url"].as_str().unwrap();
    let started = std::time::Instant::now();
    let (code, result) = tokio::join!(setting.broker.stop(), answer.message());
    assert_eq!(code, Some(0));
    // The link stays good: it is stored.
    assert_eq!(result["error"]["code"], -32042, "{result}");
    assert_eq!(result["error"]["data"]["elicitations"][0]["url"], link);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    setting.broker.start_again().await;
    let mut browser = alice.browser;
    browser.connect(link, "alice").await;
    let mcp = setting.broker.mcp(NAME, &alice.token).await;
    assert_eq!(mcp.text("whoami", json!({})).await, "alice");
}

#[tokio::test]
async fn calls_that_wait_together_go_on_together() {
    let Some(setting) = Setting::new(Transport::Stdio, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let endpoint = setting.broker.endpoint(NAME);
    let mut held = Vec::new();
    let mut links = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let mcp = Mcp::connect(&endpoint, &alice.token, json!({"elicitation": {"url": {}}})).await;
        let params = json!({"name": "whoami", "arguments": {}});
        let (id, mut answer) = mcp.send("tools/call", params).await;
        let asked = answer.next().await.unwrap();
        links.insert(asked["params"]["url"].as_str().unwrap().to_owned());
        held.push((id, mcp, answer));
    }
    links.insert(link_in(&alice.mcp.call("whoami", json!({})).await));
    assert_eq!(links.len(), 1, "one link is enough: {links:?}");
    alice.browser.connect(links.first().unwrap(), "alice").await;
    for (id, _session, answer) in held {
        let result = answer.message().await;
        assert_eq!(
            (&result["id"], text_of(&result)),
            (&json!(id), "alice".to_owned())
        );
    }
    assert_eq!(setting.provider.counted().await["exchanges"], 1);
}

#[tokio::test]
async fn a_client_that_declines_gets_its_answer() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let alice = setting.user("alice").await;
    for action in ["decline", "cancel"] {
        let capabilities = json!({"elicitation": {"url": {}}});
        let mcp = Mcp::connect(&setting.broker.endpoint(NAME), &alice.token, capabilities).await;
        let (_, mut answer) = mcp
            .send("tools/call", json!({"name": "whoami", "arguments": {}}))
            .await;
        let asked = answer.next().await.unwrap();
        let declined = json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"action": action}});
        assert_eq!(mcp.post(&declined.to_string()).await.status, 202);
        let result = answer.message().await;
        assert_eq!(result["result"]["isError"], true, "{result}");
    }
}

#[tokio::test]
async fn a_client_that_takes_no_stream_gets_an_error_with_the_link() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let capabilities = json!({"elicitation": {"url": {}}});
    let mcp = Mcp::connect(&setting.broker.endpoint(NAME), &alice.token, capabilities).await;
    let call =
        r#"{"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":"whoami","arguments":{}}}"#;
    let answer = mcp.post_accepting(call, "application/json").await;
    // With any other status the SDKs drop what the error says.
    assert_eq!(answer.status, 200);
    assert!(!answer.streams());
    let answer = answer.message().await;
    assert_eq!(answer["id"], "c");
    assert_eq!(answer["error"]["code"], -32042, "{answer}");
    let asked = &answer["error"]["data"]["elicitations"][0];
    assert_eq!(asked["mode"], "url", "{answer}");
    assert!(asked["elicitationId"].is_string(), "{answer}");
    let link = asked["url"].as_str().unwrap();
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains(link),
        "some hosts show only the message: {message}"
    );
    alice.browser.connect(link, "alice").await;
    let answer = mcp.post_accepting(call, "application/json").await;
    assert!(!answer.streams());
    assert_eq!(text_of(&answer.message().await), "alice");
}

#[tokio::test]
async fn a_client_that_declared_nothing_gets_the_link_as_text() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let alice = setting.user("alice").await;
    let endpoint = setting.broker.endpoint(NAME);
    for (capabilities, revision) in [
        (json!({}), "2025-11-25"),
        (json!({"elicitation": {}}), "2025-11-25"),
        (json!({"elicitation": {"url": {}}}), "2025-06-18"),
        (json!({}), "2025-03-26"),
        (json!({}), "2024-11-05"),
    ] {
        let mcp = Mcp::connect_as(&endpoint, &alice.token, capabilities, revision).await;
        assert_eq!(mcp.server["protocolVersion"], revision);
        let answer = mcp.call("whoami", json!({})).await;
        let link = link_in(&answer);
        assert!(
            link.starts_with(&format!("{}/connect/", setting.broker.url)),
            "{link}"
        );
        assert!(!link.contains("alice"));
    }
}

#[tokio::test]
async fn the_link_works_for_its_user_alone() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let mut bob = setting.user("bob").await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);

    // Bob opens Alice's link: no.
    let page = bob.browser.open(&link).await;
    assert_eq!(page.status, 403, "{page:?}");
    // Somebody unknown is asked to sign in first, then gets there.
    let mut stranger = crate::support::browser::Browser::new();
    let page = stranger.open(&link).await;
    assert!(page.url.path().starts_with("/login"), "{page:?}");

    // Alice starts; Bob brings the provider's answer home in his browser: no.
    let page = alice.browser.open(&link).await;
    let consent = alice.browser.submit(page.form(), &[]).await;
    let login = [("login", "alice"), ("password", "any")];
    let consent = alice.browser.submit(consent.form(), &login).await;
    let home = setting.broker.url.clone();
    let stop = |target: &reqwest::Url| !target.as_str().starts_with(&home);
    let back = alice.browser.submit_until(consent.form(), &[], &stop).await;
    let callback = back.header("location").to_owned();
    assert!(callback.starts_with(&setting.broker.callback(NAME)), "{callback}");
    let page = bob.browser.open(&callback).await;
    assert!(page.status >= 400, "{page:?}");
    assert_eq!(setting.provider.counted().await["exchanges"], 0);
    link_in(&bob.mcp.call("whoami", json!({})).await);
}

#[tokio::test]
async fn a_callback_counts_once() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let page = alice.browser.open(&link).await;
    let consent = alice.browser.submit(page.form(), &[]).await;
    let login = [("login", "alice"), ("password", "any")];
    let consent = alice.browser.submit(consent.form(), &login).await;
    let home = setting.broker.url.clone();
    let stop = |target: &reqwest::Url| !target.as_str().starts_with(&home);
    let back = alice.browser.submit_until(consent.form(), &[], &stop).await;
    let callback = back.header("location").to_owned();

    // An unknown state, and none at all, reach no token endpoint.
    for forged in [
        format!("{}?code=x&state=forged", setting.broker.callback(NAME)),
        format!("{}?code=x", setting.broker.callback(NAME)),
        setting.broker.callback(NAME),
    ] {
        let page = alice.browser.open(&forged).await;
        assert_eq!(page.status, 404, "{page:?}");
    }
    assert_eq!(setting.provider.counted().await["tokenRequests"], 0);

    assert_eq!(alice.browser.open(&callback).await.status, 200);
    assert!(alice.browser.open(&callback).await.status >= 400);
    assert_eq!(setting.provider.counted().await["tokenRequests"], 1);
    assert_eq!(alice.whoami().await, "alice");
}

#[tokio::test]
async fn what_has_expired_counts_no_more() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let page = alice.browser.open(&link).await;
    let consent = alice.browser.submit(page.form(), &[]).await;
    let login = [("login", "alice"), ("password", "any")];
    let consent = alice.browser.submit(consent.form(), &login).await;
    database::change(&setting.broker, "UPDATE flows SET expires_at = 1").await;
    let page = alice.browser.submit(consent.form(), &[]).await;
    assert_eq!(page.status, 404, "{page:?}");
    assert!(page.body.contains("expired"), "{page:?}");
    assert_eq!(setting.provider.counted().await["tokenRequests"], 0);
    let page = alice.browser.open(&link).await;
    assert_eq!(page.status, 404, "{page:?}");
    assert!(page.body.contains("expired"), "{page:?}");
}

#[tokio::test]
async fn a_user_who_says_no_at_the_provider_reads_so() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let page = alice.browser.open(&link).await;
    let login = alice.browser.submit(page.form(), &[]).await;
    let abort = format!("{}/abort", login.url);
    let page = alice.browser.open(&abort).await;
    assert!(page.url.as_str().starts_with(&setting.broker.url), "{page:?}");
    assert!(page.status >= 400 || page.body.contains("not"), "{page:?}");
    link_in(&alice.mcp.call("whoami", json!({})).await);
}

#[tokio::test]
async fn the_pages_are_hard_to_abuse() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let page = alice.browser.open(&link).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    for said in [NAME, "the tests", "openid", "read", "127.0.0.1"] {
        assert!(
            page.body.contains(said),
            "{said:?} is not on the page:\n{}",
            page.body
        );
    }
    // A form without its CSRF token does nothing.
    let mut form = page.form();
    assert!(!form.fields.is_empty(), "a CSRF token");
    form.fields.clear();
    let page = alice.browser.submit(form, &[]).await;
    assert!((400..500).contains(&page.status), "{page:?}");

    for target in [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/",
    ] {
        let mut url: reqwest::Url = format!("{}/login", setting.broker.url).parse().unwrap();
        url.query_pairs_mut().append_pair("return_to", target);
        let mut browser = crate::support::browser::Browser::new();
        let page = browser.open(url.as_str()).await;
        let link = setting.broker.token("alice").await;
        let form = page.form();
        let field = form
            .fields
            .iter()
            .map(|(name, _)| name.clone())
            .find(|name| !name.contains("csrf") && name != "return_to")
            .expect("a field for the token");
        let ours = setting.broker.url.clone();
        let stay = |target: &reqwest::Url| target.as_str().starts_with(&ours);
        let page = browser.submit_until(form, &[(&field, &link)], &stay).await;
        assert!(page.url.as_str().starts_with(&ours), "{page:?}");
        assert!(!page.header("location").contains("evil"), "{page:?}");
    }
}
