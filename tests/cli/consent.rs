//! OAuth from a terminal: settings that are asked for, and a call that needs an authorization.

use std::time::Duration;

use expectrl::{Expect as _, process::Termios as _};
use serde_json::json;

use crate::{
    journeys::oauth::{NAME, Setting},
    support::{
        broker::{Broker, Transport},
        program::PATIENCE,
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
    let mut command = broker.command().into_std();
    command.args(["oauth", "set", "asked"]).env("TERM", "xterm");
    command.stdin(std::process::Stdio::inherit()); // which is the terminal that it is given
    let callback = broker.callback("asked");
    let answers = tokio::task::spawn_blocking(move || {
        let mut terminal = expectrl::Session::spawn(command).unwrap();
        terminal.set_expect_timeout(Some(Duration::from_secs(30)));
        if let Err(error) = terminal.expect(callback.as_str()) {
            let mut said = String::new();
            let _ = std::io::Read::read_to_string(&mut terminal, &mut said);
            panic!("{error}: {said}");
        }
        for (question, answer) in [
            ("Authorize URL", "http://127.0.0.1:9/auth"),
            ("Token URL", "http://127.0.0.1:9/token"),
            ("Revocation URL", "http://127.0.0.1:9/revoke"),
            ("Client ID", "the-client"),
            ("Client secret", "canary-typed"),
            ("Scopes", "read write"),
            ("Header", ""),
        ] {
            terminal.expect(question).unwrap();
            if question == "Client secret" {
                // As it stops echoing, the terminal throws away what was typed before.
                let until = std::time::Instant::now() + PATIENCE;
                while terminal.is_echo().unwrap() {
                    assert!(std::time::Instant::now() < until, "a secret is echoed");
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            terminal.send_line(answer).unwrap();
        }
        let rest = terminal.expect(expectrl::Eof).unwrap();
        String::from_utf8_lossy(rest.as_bytes()).into_owned()
    });
    let rest = answers.await.unwrap();
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
