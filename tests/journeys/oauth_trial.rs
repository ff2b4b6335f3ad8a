//! Settings by an issuer alone, tried out before their users do, at a strict provider.

use serde_json::{Value, json};

use super::oauth::{NAME, mapping};
use crate::support::{
    auth_server::AuthServer,
    broker::{Broker, Transport},
    browser::Browser,
    program::Program,
};

struct Setting {
    broker: Broker,
    provider: AuthServer,
}

async fn setting() -> Option<Setting> {
    let broker = Broker::start().await;
    let provider = AuthServer::start(&broker, &[NAME], 3600).await?;
    let userinfo = format!("USERINFO_URL={}", provider.userinfo());
    broker.deploy(NAME, Transport::Http, &["-e", &userinfo]).await;
    let [flag, value] = mapping(Transport::Http);
    let set = [
        "oauth",
        "set",
        NAME,
        "--issuer",
        &provider.issuer,
        "--client-id",
        &provider.client_id,
        "--client-secret-file",
        "-",
        "--scope",
        "openid read",
        flag,
        value,
    ];
    broker.cli_reading(&provider.client_secret, &set).await.ok();
    Some(Setting { broker, provider })
}

fn verdicts(tried: &Value) -> Vec<String> {
    let steps = tried["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            format!(
                "{} {}",
                step["name"].as_str().unwrap(),
                step["verdict"].as_str().unwrap()
            )
        })
        .collect()
}

#[tokio::test]
async fn an_issuer_is_enough_and_can_be_tried_out() {
    let Some(Setting { broker, provider }) = setting().await else {
        return;
    };
    let shown = broker.json(&["oauth", "show", NAME]).await;
    assert_eq!(shown["token_url"], format!("{}/token", provider.issuer));
    assert_eq!(shown["discovered"]["names_itself"], true, "{shown}");
    let tried = broker.json(&["oauth", "test", NAME]).await;
    assert_eq!(tried["failed"], 0, "{tried}");
    assert_eq!(
        verdicts(&tried)[..5],
        [
            "discovery ok",
            "redirect-uri ok",
            "pkce ok",
            "authorize ok",
            "client ok"
        ],
        "{tried}"
    );
    let text = broker.cli(&["oauth", "test", NAME]).await.ok().stdout;
    assert!(
        text.contains("authorization: Basic ***") && !text.contains(&provider.client_secret),
        "{text}"
    );

    // With the admin in a browser; the link is the one that the command prints.
    let link = broker.json(&["users", "link", "admin"]).await;
    let mut browser = Browser::signed_in(link["link"].as_str().unwrap()).await;
    let command = [
        "--output", "json", "oauth", "test", NAME, "--login", "--tool", "whoami", "--args", "{}",
    ];
    let testing = Program::start(broker.command().args(command));
    let is_link = |line: &str| line.contains("/connect/").then(|| line.trim().to_owned());
    let link = testing.stderr.wait_for("a link", is_link).await;
    let page = browser.connect(&link, "ada").await;
    let tried = testing.finish().await.ok().json();
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(tried["failed"], 0, "{tried}");
    let verdicts = verdicts(&tried);
    for step in ["exchange ok", "scopes ok", "refresh ok", "account ok", "tool ok"] {
        assert!(verdicts.iter().any(|verdict| verdict == step), "{step}: {tried}");
    }
    assert_eq!(provider.counted().await["refreshes"], 1);
    assert_eq!(provider.counted().await["grantsRevoked"], 0);
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_to_do() {
    let Some(Setting { broker, provider }) = setting().await else {
        return;
    };
    let wrong = ["oauth", "set", NAME, "--client-secret-file", "-"];
    broker.cli_reading("wrong-canary", &wrong).await.ok();
    let tried = broker.cli(&["oauth", "test", NAME]).await;
    assert_eq!(tried.status, Some(6), "{}{}", tried.stdout, tried.stderr);
    assert!(tried.stdout.contains("invalid_client"), "{}", tried.stdout);
    assert!(!format!("{}{}", tried.stdout, tried.stderr).contains("wrong-canary"));
    // A redirect URI that is not registered shows before anybody is sent there.
    let other = ["--provider", "elsewhere", "--client-id", &provider.client_id];
    let [flag, value] = mapping(Transport::Http);
    let mut set = vec![
        "oauth",
        "set",
        NAME,
        "--issuer",
        &provider.issuer,
        "--client-secret-file",
        "-",
        flag,
        value,
    ];
    set.extend(other);
    broker.cli(&["oauth", "unset", NAME, "--yes"]).await.ok();
    broker.cli_reading(&provider.client_secret, &set).await.ok();
    let tried = broker.json(&["oauth", "test", NAME]).await;
    let step = tried["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|step| step["name"] == "authorize")
        .unwrap()
        .clone();
    assert_eq!(step["verdict"], "warning", "{step}");
    assert!(
        step["hint"]
            .as_str()
            .unwrap()
            .contains("/oauth/callback/elsewhere"),
        "{step}"
    );
}

/// What a client sends does not become what a connector gets, and the other way about.
#[tokio::test]
async fn tokens_stay_on_their_own_side() {
    let Some(Setting {
        broker,
        provider: _provider,
    }) = setting().await
    else {
        return;
    };
    let (link, token) = (broker.add_user("alice").await, broker.token("alice").await);
    let mcp = broker.mcp(NAME, &token).await;
    let spoofed = json!({
        "name": "whoami", "arguments": {"user": "admin", "x-user": "admin"},
        "_meta": {"user": "admin", "authorization": "Bearer other"},
    });
    let asked = mcp.request("tools/call", spoofed.clone()).await;
    assert_eq!(
        asked["result"]["isError"], true,
        "nobody else's grant is used: {asked}"
    );
    let link_there = super::oauth::link_in(&asked);
    Browser::signed_in(&link)
        .await
        .connect(&link_there, "alice")
        .await;
    assert!(
        mcp.request("tools/call", spoofed)
            .await
            .to_string()
            .contains("alice")
    );
    let headers: Value = serde_json::from_str(&mcp.text("headers", json!({})).await).unwrap();
    let authorization = headers["authorization"].as_str().unwrap();
    assert!(
        authorization.starts_with("Bearer ") && !authorization.contains(&token),
        "{headers}"
    );
    assert!(!headers.to_string().contains(&token), "{headers}");
}
