//! One connector that calls two third parties for its users.

use serde_json::{Value, json};

use super::oauth::{Person, Setting, link_in};
use crate::support::{auth_server::AuthServer, broker::Transport, browser::Page};

const NAME: &str = super::oauth::NAME;

/// A stdio connector with two providers, one named after it and `second`; each gives its token in a variable.
struct Two {
    setting: Setting,
    second: AuthServer,
}

impl Two {
    async fn new() -> Option<Self> {
        let setting = Setting::new(Transport::Stdio, 3600).await?;
        let second = AuthServer::start(&setting.broker, &["second"], 3600).await?;
        let (first_info, second_info) = (
            format!("USERINFO_URL={}", setting.provider.userinfo()),
            format!("SECOND_USERINFO_URL={}", second.userinfo()),
        );
        let settings = ["-e", &first_info, "-e", &second_info];
        setting.broker.deploy(NAME, Transport::Stdio, &settings).await;
        let two = Self { setting, second };
        two.add(&["--env", "SECOND_TOKEN={access_token}"]).await;
        Some(two)
    }

    /// Sets the second provider.
    async fn add(&self, more: &[&str]) {
        let flags = [&["--provider", "second"], more].concat();
        self.second.set(&self.setting.broker, NAME, &flags).await;
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        self.setting.broker.json(arguments).await
    }
}

/// Everything that `person` is asked for behind `link`, until berth has no more questions.
async fn follow(person: &mut Person, link: &str) -> (Page, Vec<String>) {
    let berth = link.parse::<reqwest::Url>().unwrap().origin();
    let mut page = person.browser.open(link).await;
    let mut hosts = Vec::new();
    for _ in 0..12 {
        assert_eq!(page.status, 200, "{page:?}");
        if page.url.origin() == berth {
            if page.url.path().starts_with("/connected/") {
                return (page, hosts);
            }
            assert!(page.body.contains("It needs access to your account"), "{page:?}");
        }
        let form = page.form();
        page = if form.has("login") {
            hosts.push(page.url.origin().ascii_serialization());
            let account = format!("{} {}", person.name, hosts.len());
            let filled = [("login", account.as_str()), ("password", "any")];
            person.browser.submit(form, &filled).await
        } else {
            person.browser.submit(form, &[]).await
        };
    }
    panic!("there is no end to it: {page:?}");
}

async fn names(person: &Person) -> (String, String) {
    let at = async |at: &str| person.mcp.text("whoami", json!({ "at": at })).await;
    (at("first").await, at("second").await)
}

#[tokio::test]
async fn a_connector_gets_the_tokens_of_two_providers() {
    let Some(two) = Two::new().await else {
        return;
    };
    let broker = &two.setting.broker;
    let mut alice = two.setting.user("alice").await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    // One page after the other, each naming its provider, and the call is good after the last.
    let (last, hosts) = follow(&mut alice, &link).await;
    assert_eq!(
        hosts,
        [&two.setting.provider.issuer, &two.second.issuer].map(String::as_str)
    );
    assert!(last.body.contains("is connected"), "{last:?}");
    let both = |first: &str, second: &str| (first.to_owned(), second.to_owned());
    assert_eq!(names(&alice).await, both("alice 1", "alice 2"));
    for provider in [&two.setting.provider, &two.second] {
        assert_eq!(provider.counted().await["exchanges"], 1);
    }

    // One row for each, and each is ended alone.
    let list = two.json(&["connections", "list", NAME]).await;
    let rows = list["connections"].as_array().unwrap();
    let providers: Vec<_> = rows.iter().map(|row| row["provider"].as_str().unwrap()).collect();
    assert_eq!(providers, [NAME, "second"]);
    let end = [
        "connections",
        "revoke",
        NAME,
        "--user",
        "alice",
        "--provider",
        "second",
        "--yes",
    ];
    let ended = two.json(&end).await;
    let each = json!([{"provider": "second", "at_provider": "revoked"}]);
    assert_eq!(
        (&ended["at_provider"], &ended["connections"]),
        (&json!("revoked"), &each)
    );
    assert!(two.second.counted().await["revocations"].as_u64() >= Some(1));
    assert_eq!(two.setting.provider.counted().await["revocations"], 0);
    broker.cli(&end).await.fails(5, &["no connection", "at second"]);
    let home = alice.browser.open(&broker.url).await;
    assert!(!home.body.contains("<td>second</td>"), "{home:?}");
    // A person who left in the middle is told what is missing where they come back, and by the call.
    let open = alice
        .browser
        .open(&format!("{}/connected/{NAME}", broker.url))
        .await;
    assert!(open.body.contains("Go on to second"), "{open:?}");
    let page = alice.browser.submit(open.form(), &[]).await;
    let issuer = two.second.issuer.trim_start_matches("http://").to_owned();
    assert!(page.body.contains(&issuer), "{page:?}");
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    follow(&mut alice, &link).await;
    assert_eq!(names(&alice).await.0, "alice 1");
    let revoke_all = ["connections", "revoke", NAME, "--user", "alice", "--yes"];
    let ended = two.json(&revoke_all).await;
    assert_eq!(ended["connections"].as_array().unwrap().len(), 2, "{ended}");
    link_in(&alice.mcp.call("whoami", json!({})).await);
}

#[tokio::test]
async fn each_of_two_providers_is_set_and_shown_by_its_name() {
    let Some(two) = Two::new().await else {
        return;
    };
    let broker = &two.setting.broker;
    let several = format!("uses several providers: {NAME}, second");
    for arguments in [
        &["oauth", "set", NAME, "--scope", "read"][..],
        &["oauth", "unset", NAME, "--yes"],
        &["oauth", "redirect-uri", NAME],
        &["oauth", "show", NAME, "--output", "toml"],
    ] {
        broker.cli(arguments).await.fails(2, &[&several, "--provider"]);
    }
    let clash = [
        "oauth",
        "set",
        NAME,
        "--provider",
        "second",
        "--env",
        "ACCESS_TOKEN={access_token}",
    ];
    let named = format!("carries the token of provider {NAME} already");
    broker
        .cli(&clash)
        .await
        .fails(2, &["the variable ACCESS_TOKEN", &named]);

    // One object for one, and a list for several.
    let shown = two.json(&["oauth", "show", NAME]).await;
    assert_eq!(shown["providers"][1]["provider"], "second", "{shown}");
    assert!(shown["redirect_uri"].is_null(), "{shown}");
    let second = ["oauth", "show", NAME, "--provider", "second"];
    let shown = two.json(&second).await;
    assert_eq!(shown["redirect_uri"], json!(broker.callback("second")), "{shown}");
    let text = broker.cli(&["show", NAME]).await.ok().stdout;
    assert_eq!(text.matches("Redirect URI").count(), 2, "{text}");
    let file = broker
        .cli(&[&second[..], &["--output", "toml"]].concat())
        .await
        .ok()
        .stdout;
    let diff = ["oauth", "diff", NAME, "--from", "-", "--exit-code"];
    broker.cli_reading(&file, &diff).await.ok();
    let other = [&diff[..], &["--provider", NAME]].concat();
    broker.cli_reading(&file, &other).await.fails(1, &[]);
    let version = shown["version"].as_str().unwrap();
    let change = ["oauth", "set", NAME, "--from", "-", "--if-version", version];
    broker.cli_reading(&file, &change).await.ok();

    let tested = two.json(&["oauth", "test", NAME]).await;
    let steps = tested["steps"].as_array().unwrap();
    let of = |provider: &str| {
        let prefix = format!("{provider}: ");
        let is_its = |step: &&Value| step["name"].as_str().unwrap().starts_with(&prefix);
        steps.iter().filter(is_its).count()
    };
    assert!(of(NAME) > 3 && of(NAME) == of("second"), "{tested}");

    let unset = ["oauth", "unset", NAME, "--provider", "second", "--yes"];
    assert_eq!(two.json(&unset).await["provider"], "second");
    broker
        .cli(&unset)
        .await
        .fails(5, &["does not use provider second"]);
    assert_eq!(two.json(&["oauth", "show", NAME]).await["provider"], NAME);
    let mut alice = two.setting.connected("alice").await;
    assert_eq!(alice.whoami().await, "alice");
    // One more provider asks those who are connected already for that one.
    two.add(&["--env", "SECOND_TOKEN={access_token}"]).await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let (_, hosts) = follow(&mut alice, &link).await;
    assert_eq!(hosts, [two.second.issuer.as_str()]);
    assert_eq!(names(&alice).await, ("alice".to_owned(), "alice 1".to_owned()));
}
