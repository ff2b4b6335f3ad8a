//! Signing in: with a browser, with a code on another device, in a terminal.

use std::fs;

use expectrl::Expect as _;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{
    broker::Broker,
    browser::{Browser, Page},
    mcp::http,
    program::{PATIENCE, Program},
};

/// `berth` on a machine where nobody has signed in yet.
pub(super) fn elsewhere(broker: &Broker) -> Command {
    let mut command = broker.command();
    command.env("BERTH_CONFIG_DIR", broker.scratch().join("elsewhere"));
    command
}

pub(super) async fn run(command: &mut Command, arguments: &[&str]) -> crate::support::program::Output {
    Program::start(command.args(arguments)).finish().await
}

/// A login with the browser, and the page that it opened.
async fn with_browser(broker: &Broker) -> (Program, String) {
    // What is opened as the browser sees nothing of the terminal.
    let mut command = elsewhere(broker);
    command
        .env("BROWSER", "true")
        .args(["login", &broker.url, "--browser"]);
    let program = Program::start(&mut command);
    let page = program
        .stderr
        .wait_for("the page", |line| {
            line.trim().starts_with("http").then(|| line.trim().to_owned())
        })
        .await;
    (program, page)
}

async fn decide(browser: &mut Browser, page: &Page, decision: &str) -> Page {
    browser.submit(page.form(), &[("decision", decision)]).await
}

#[tokio::test]
async fn a_browser_brings_the_sign_in_back_and_logout_ends_it() {
    let broker = Broker::start().await;
    let link = broker.add_user("alice").await;
    let mut browser = Browser::signed_in(&link).await;

    let (program, page) = with_browser(&broker).await;
    let page = browser.open(&page).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.body.contains("alice") && page.body.contains("berth login"),
        "{page:?}"
    );
    let back = decide(&mut browser, &page, "deny").await;
    assert!(back.body.contains("You are not signed in"), "{back:?}");
    program.finish().await.fails(4, &["you did not allow it"]);

    let (program, page) = with_browser(&broker).await;
    let asked: Url = page.parse().unwrap();
    let page = browser.open(&page).await;
    // Another site's form decides nothing.
    let mut forged = page.form();
    for field in &mut forged.fields {
        if field.0 == "form_token" {
            field.1 = "0".repeat(64);
        }
    }
    assert_eq!(browser.submit(forged, &[("decision", "allow")]).await.status, 403);
    // Nor does an answer that was never asked for.
    let value = |name: &str| {
        let mut pairs = asked.query_pairs();
        pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
    };
    let redirect = value("redirect_uri");
    let stray = http()
        .get(format!("{redirect}?code=x&state=guessed"))
        .send()
        .await
        .unwrap();
    assert_eq!(stray.status(), 400);
    let icon = http()
        .get(redirect.replace("/callback", "/favicon.ico"))
        .send()
        .await
        .unwrap();
    assert_eq!(icon.status(), 404);
    let back = decide(&mut browser, &page, "allow").await;
    assert!(back.body.contains("You are signed in"), "{back:?}");
    let code = back
        .url
        .query_pairs()
        .find(|(key, _)| key == "code")
        .unwrap()
        .1
        .into_owned();
    let output = program.finish().await.ok();
    assert!(output.stderr.contains("as alice (member)"), "{output:?}");
    // A code works once.
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("grant_type", "authorization_code"),
            ("client_id", "berth-cli"),
            ("code", &code),
            ("redirect_uri", &redirect),
            ("code_verifier", &"v".repeat(43)),
        ])
        .finish();
    let again = token(&broker, body).await;
    assert_eq!((again.0, &again.1["error"]), (400, &json!("invalid_grant")));

    let who = run(&mut elsewhere(&broker), &["--output", "json", "whoami"])
        .await
        .ok()
        .json();
    assert_eq!(who["user"], "alice");
    assert!(
        who["token"]["label"].as_str().unwrap().starts_with("login on "),
        "{who}"
    );
    assert!(who["token"]["expires_at"].is_number(), "{who}");
    let id = who["token"]["id"].as_str().unwrap();
    let listed = run(&mut elsewhere(&broker), &["token", "list"]).await.ok();
    assert!(
        listed.stdout.contains(id) && listed.stdout.contains("login on"),
        "{listed:?}"
    );

    let file = broker.scratch().join("elsewhere/credentials.toml");
    let stored: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
    let profile = stored["profiles"].as_table().unwrap().values().next().unwrap();
    let kept = profile["token"].as_str().unwrap().to_owned();
    run(&mut elsewhere(&broker), &["logout"]).await.ok();
    broker
        .cli_with_token(&kept, &["whoami"])
        .await
        .fails(4, &["was revoked on", "BERTH_TOKEN"]);
    assert!(!fs::read_to_string(&file).unwrap().contains("berth_"));
    run(&mut elsewhere(&broker), &["whoami"])
        .await
        .fails(4, &["not signed in"]);
}

async fn token(broker: &Broker, body: String) -> (u16, Value) {
    let answer = http()
        .post(format!("{}/token", broker.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_request_that_is_not_the_command_line_s_gets_no_code() {
    let broker = Broker::start().await;
    let link = broker.add_user("alice").await;
    let mut browser = Browser::signed_in(&link).await;
    let challenge = "c".repeat(43);
    let right = [
        ("client_id", "berth-cli"),
        ("response_type", "code"),
        ("redirect_uri", "http://127.0.0.1:9/callback"),
        ("state", "s"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let open = async |browser: &mut Browser, name: &str, value: &str| {
        let mut url: Url = format!("{}/authorize", broker.url).parse().unwrap();
        let changed = right.map(|(key, old)| (key, if key == name { value } else { old }));
        url.query_pairs_mut().extend_pairs(changed);
        browser.open(url.as_str()).await
    };
    assert_eq!(open(&mut browser, "", "").await.status, 200);
    for (name, value) in [
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "http://127.0.0.1:9/other"),
        ("redirect_uri", "http://localhost:9/callback"),
        ("redirect_uri", ""),
        ("response_type", "token"),
        ("code_challenge_method", "plain"),
        ("code_challenge", "short"),
    ] {
        let page = open(&mut browser, name, value).await;
        assert_eq!(page.status, 400, "{name}={value}: {page:?}");
        assert_eq!(page.url.path(), "/authorize", "nobody is sent on");
    }
}

#[tokio::test]
async fn a_code_that_is_typed_elsewhere_signs_a_server_in() {
    let broker = Broker::start().await;
    let link = broker.add_user("alice").await;
    let mut browser = Browser::signed_in(&link).await;
    let mut command = elsewhere(&broker);
    command.args(["login", &broker.url, "--device", "--quiet"]);
    let program = Program::start(&mut command);
    let is_code = |line: &str| {
        let code = line.trim();
        let (one, two) = code.split_once('-')?;
        let letters = |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_uppercase());
        (letters(one) && letters(two)).then(|| code.to_owned())
    };
    let code = program.stderr.wait_for("the code", is_code).await;
    assert!(program.stderr.text().contains(&format!("{}/device", broker.url)));

    let page = browser.open(&format!("{}/device", broker.url)).await;
    let wrong = browser.submit(page.form(), &[("user_code", "BBBB-BBBB")]).await;
    assert_eq!(wrong.status, 404, "{wrong:?}");
    let typed = code.to_lowercase().replace('-', " ");
    let page = browser.submit(wrong.form(), &[("user_code", &typed)]).await;
    assert_eq!(page.status, 200, "{page:?}");
    for part in [code.as_str(), "127.0.0.1", "alice", "just now"] {
        assert!(page.body.contains(part), "no {part:?}: {page:?}");
    }
    let mut forged = page.form();
    for field in &mut forged.fields {
        if field.0 == "form_token" {
            field.1 = "0".repeat(64);
        }
    }
    assert_eq!(browser.submit(forged, &[("decision", "allow")]).await.status, 403);
    let done = decide(&mut browser, &page, "allow").await;
    assert!(done.body.contains("goes on by itself"), "{done:?}");
    // It was answered.
    assert_eq!(decide(&mut browser, &page, "deny").await.status, 404);
    program.finish().await.ok();
    let who = run(&mut elsewhere(&broker), &["--output", "json", "whoami"])
        .await
        .ok()
        .json();
    assert_eq!(who["user"], "alice");
}

#[tokio::test]
async fn codes_can_t_be_guessed_nor_asked_for_without_end() {
    let broker = Broker::start().await;
    let link = broker.add_user("alice").await;
    let mut browser = Browser::signed_in(&link).await;
    let begin = async |client: &str| {
        let answer = http()
            .post(format!("{}/device_authorization", broker.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("client_id={client}&host=a%0Ab%E2%80%AEc"))
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(begin("another").await.0, 401);
    let (status, device) = begin("berth-cli").await;
    assert_eq!(
        (status, &device["interval"], &device["expires_in"]),
        (200, &json!(5), &json!(900))
    );
    let poll = async || {
        let code = device["device_code"].as_str().unwrap();
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
        let body = format!("grant_type={grant}&client_id=berth-cli&device_code={code}");
        token(&broker, body).await
    };
    assert_eq!(
        poll().await.1["error"],
        "slow_down",
        "before the first pause is over"
    );
    let page = browser.open(&format!("{}/device", broker.url)).await;
    let code = device["user_code"].as_str().unwrap();
    let asked = browser.submit(page.form(), &[("user_code", code)]).await;
    assert!(
        asked.body.contains("abc"),
        "one line that reads from left to right: {asked:?}"
    );
    assert!(
        decide(&mut browser, &asked, "deny")
            .await
            .body
            .contains("was told no")
    );
    assert_eq!(poll().await.1["error"], "access_denied");
    assert_eq!(poll().await.1["error"], "invalid_grant", "once");
    for _ in 0..10 {
        let wrong = browser.submit(page.form(), &[("user_code", "BBBB-BBBB")]).await;
        assert_eq!(wrong.status, 404);
    }
    let (_, another) = begin("berth-cli").await;
    let right = another["user_code"].as_str().unwrap();
    let page = browser.submit(page.form(), &[("user_code", right)]).await;
    assert_eq!(page.status, 429, "a right one as well");
    let mut refused = 0;
    for _ in 0..30 {
        refused += u32::from(begin("berth-cli").await.0 == 429);
    }
    assert_eq!(refused, 2, "30 in ten minutes, of which two were taken before");
    let metadata: Value = http()
        .get(format!("{}/.well-known/oauth-authorization-server", broker.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        metadata["device_authorization_endpoint"],
        json!(format!("{}/device_authorization", broker.url))
    );
}

/// In a terminal nothing has to be said: over ssh a code is shown, at a desktop the browser opens.
#[tokio::test]
async fn a_terminal_is_enough_to_sign_in() {
    let broker = Broker::start().await;
    for (variable, value, shown) in [
        (
            "SSH_CONNECTION",
            "192.0.2.1 5 192.0.2.2 22",
            format!("{}/device", broker.url),
        ),
        ("DISPLAY", "", format!("{}/device", broker.url)),
        (
            "BROWSER",
            "true",
            format!("{}/authorize?client_id=berth-cli", broker.url),
        ),
    ] {
        let mut command = elsewhere(&broker).into_std();
        command
            .args(["login", &broker.url])
            .env("TERM", "xterm")
            .env(variable, value);
        command.stdin(std::process::Stdio::inherit()); // which is the terminal that it is given
        let said = tokio::task::spawn_blocking(move || {
            let mut terminal = expectrl::Session::spawn(command).unwrap();
            terminal.set_expect_timeout(Some(PATIENCE));
            terminal.expect(shown.as_str()).unwrap();
            // Ctrl-C, while it waits.
            terminal.send("\u{3}").unwrap();
            let rest = terminal.expect(expectrl::Eof).unwrap();
            let status = terminal.get_process().wait().unwrap();
            format!("{status:?} {}", String::from_utf8_lossy(rest.as_bytes()))
        });
        let said = said.await.unwrap();
        assert!(said.contains("130"), "{said}");
    }
}

#[tokio::test]
async fn each_way_in_says_what_it_lacks() {
    let broker = Broker::start().await;
    run(&mut elsewhere(&broker), &["login", &broker.url]).await.fails(
        2,
        &[
            "--token-file, --device or --browser",
            "stdin is not a terminal",
            "berth trust add",
        ],
    );
    run(
        &mut elsewhere(&broker),
        &["login", &broker.url, "--device", "--browser"],
    )
    .await
    .fails(2, &["--browser"]);
    let token = broker.token("admin").await;
    let output = broker
        .cli_reading(&format!("{token}\n"), &["login", &broker.url, "--with-token"])
        .await
        .ok();
    assert!(output.stderr.contains("as admin"), "{output:?}");
    broker
        .cli_reading("ghp_canary\n", &["login", &broker.url, "--with-token"])
        .await
        .fails(4, &["standard input", "GitHub"]);
    let expired = broker.json(&["token", "create", "--expires", "1s"]).await;
    let expired = expired["token"].as_str().unwrap().to_owned();
    crate::support::program::eventually("the token expires", async || {
        broker.cli_with_token(&expired, &["whoami"]).await.status == Some(4)
    })
    .await;
    broker
        .cli_with_token(&expired, &["whoami"])
        .await
        .fails(4, &["expired on", "came from BERTH_TOKEN", "berth token create"]);
}
