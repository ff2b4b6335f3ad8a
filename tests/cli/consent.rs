//! OAuth from a terminal: settings that are asked for, and a call that needs an authorization.

use serde_json::json;

use crate::{
    journeys::oauth::{NAME, Setting},
    support::{
        broker::{Broker, Transport},
        terminal,
    },
};

#[tokio::test]
async fn a_call_from_the_terminal_says_where_to_go() {
    let Some(setting) = Setting::new(Transport::Stdio, 3600).await else {
        return;
    };
    let output = setting.broker.cli(&["call", NAME, "whoami"]).await;
    let output = output.fails(4, &["/connect/"]);
    let at = output.stderr.find(&setting.broker.url).unwrap();
    let link = output.stderr[at..].split_whitespace().next().unwrap();
    let sign_in = setting.broker.json(&["users", "link", "admin"]).await;
    let sign_in = sign_in["link"].as_str().unwrap_or_else(|| panic!("{sign_in}"));
    let mut browser = crate::support::browser::Browser::signed_in(sign_in).await;
    browser.connect(link, "the-admin").await;
    let output = setting.broker.cli(&["call", NAME, "whoami"]).await.ok();
    assert_eq!(output.stdout.trim(), "the-admin");
}

#[tokio::test]
async fn oauth_set_asks_on_a_terminal() {
    let broker = Broker::start().await;
    broker.deploy("asked", Transport::Http, &[]).await;
    let callback = broker.callback("asked");
    let mut set = broker.command();
    set.args(["oauth", "set", "asked"]);
    let ended = terminal::at(&mut set, move |terminal| {
        terminal.expect("Start from");
        // The last of a list is the one above its first.
        terminal.press("\u{1b}[A\r");
        terminal.expect(&callback);
        terminal.answer("Authorize URL", "http://127.0.0.1:9/auth");
        terminal.answer("Token URL", "http://127.0.0.1:9/token");
        terminal.answer("Revocation URL", "http://127.0.0.1:9/revoke");
        terminal.answer("Client ID", "the-client");
        terminal.answer_unseen("Client secret", "canary-typed");
        terminal.answer("Scopes", "read write");
        terminal.answer("Header", "");
    });
    let rest = ended.await.with(0, &[]).said;
    assert!(!rest.contains("canary-typed"), "{rest}");
    let shown = broker.json(&["oauth", "show", "asked"]).await;
    assert_eq!(shown["client_id"], "the-client", "{shown}\n{rest}");
    assert_eq!(shown["client_secret_set"], true);
    assert_eq!(shown["revoke_url"], "http://127.0.0.1:9/revoke");
    assert_eq!(shown["scopes"], json!(["read", "write"]));
    assert!(
        shown.to_string().contains("authorization: Bearer {access_token}"),
        "{shown}"
    );
}
