//! A provider that does what it should not.

use serde_json::{Value, json};

use super::oauth::{NAME, Person, Setting, link_in};
use crate::support::{
    broker::{Broker, Transport},
    browser::Page,
    program::eventually,
};

/// Goes through consent while the provider's token endpoint has `fault`, and gives the page that the user ends on.
async fn consent_with(setting: &Setting, person: &mut Person, fault: Value) -> Page {
    setting.provider.change(fault).await;
    let link = link_in(&person.mcp.call("whoami", json!({})).await);
    person.browser.connect(&link, &person.name).await
}

#[tokio::test]
async fn each_bad_answer_to_a_code_is_explained() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let reply = |status: u16, kind: &str, body: &str| json!({"faults": [{"kind": "reply", "status": status, "headers": {"content-type": kind}, "body": body}]});
    let faults = [
        reply(
            500,
            "application/json",
            r#"{"error":"server_error","error_description":"<script>alert(1)</script>"}"#,
        ),
        reply(400, "application/json", r#"{"error":"invalid_grant"}"#),
        reply(200, "text/html", "<html>please sign in</html>"),
        reply(
            200,
            "application/json",
            r#"{"access_token":"a\r\nX-Evil: 1","token_type":"bearer"}"#,
        ),
        reply(
            200,
            "application/json",
            r#"{"access_token":"","token_type":"bearer"}"#,
        ),
        reply(200, "application/json", r#"{"token_type":"bearer"}"#),
        json!({"faults": [{"kind": "reply", "status": 307, "headers": {"location": "/elsewhere"}}]}),
        json!({"faults": [{"kind": "huge"}]}),
        json!({"faults": [{"kind": "drop"}]}),
    ];
    for fault in faults {
        let page = consent_with(&setting, &mut alice, fault.clone()).await;
        assert!(page.status >= 400, "{fault}: {page:?}");
        assert!(!page.body.contains("<script>alert"), "{fault}: {page:?}");
        link_in(&alice.mcp.call("whoami", json!({})).await);
    }
    // And then all is well.
    alice.authorize().await;
    assert_eq!(alice.whoami().await, "alice");
    assert!(!setting.broker.log().contains("X-Evil"));
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_given_up_on() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let mut alice = setting.user("alice").await;
    let started = std::time::Instant::now();
    let hang = json!({"kind": "hang"});
    let page = consent_with(&setting, &mut alice, json!({"faults": [hang.clone(), hang]})).await;
    assert!(page.status >= 500, "{page:?}");
    assert!(started.elapsed().as_secs() < 45, "{:?}", started.elapsed());
    setting.provider.change(json!({"faults": []})).await;
    alice.authorize().await;
    assert_eq!(alice.whoami().await, "alice");
}

#[tokio::test]
async fn unusual_but_usable_token_replies_are_read() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    setting
        .provider
        .change(json!({"patch": {"expires_in": "3600", "token_type": null, "id_token": null}}))
        .await;
    assert_eq!(setting.connected("alice").await.whoami().await, "alice");
    // No lifetime and no refresh token: the token serves for as long as it works.
    setting
        .provider
        .change(json!({"patch": {"expires_in": null, "refresh_token": null}}))
        .await;
    assert_eq!(setting.connected("bob").await.whoami().await, "bob");
}

#[tokio::test]
async fn a_provider_that_is_down_for_a_moment_costs_nobody_a_grant() {
    let Some(setting) = Setting::new(Transport::Http, 6).await else {
        return;
    };
    let alice = setting.connected("alice").await;
    assert_eq!(alice.whoami().await, "alice");
    let before = setting.provider.counted().await;
    let more = |after: &Value, what: &str| after[what].as_u64() > before[what].as_u64();
    let down = json!({"kind": "status", "status": 503});
    setting
        .provider
        .change(json!({"faults": vec![down; 100], "ttl": 3600}))
        .await;
    // Before a token ends it is refreshed; while that fails, it still serves.
    eventually("a refresh is tried", async || {
        assert_eq!(alice.whoami().await, "alice");
        more(&setting.provider.counted().await, "tokenRequests")
    })
    .await;
    assert_eq!(alice.whoami().await, "alice");
    setting.provider.change(json!({"faults": []})).await;
    eventually("it is refreshed", async || {
        alice.mcp.call("whoami", json!({})).await;
        more(&setting.provider.counted().await, "refreshes")
    })
    .await;
    assert_eq!(alice.whoami().await, "alice");
    assert_eq!(setting.provider.counted().await["grantsRevoked"], 0);
}

#[tokio::test]
async fn a_grant_that_the_provider_ended_asks_again() {
    let Some(setting) = Setting::new(Transport::Http, 4).await else {
        return;
    };
    let mut alice = setting.connected("alice").await;
    let ended = json!({"kind": "reply", "status": 400, "headers": {"content-type": "application/json"},
        "body": r#"{"error":"invalid_grant"}"#});
    setting
        .provider
        .change(json!({"faults": [ended], "ttl": 3600}))
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(4100)).await;
    alice.authorize().await;
    assert_eq!(alice.whoami().await, "alice");
}

#[tokio::test]
async fn a_wrong_client_secret_is_the_admins_to_mend() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let arguments = ["oauth", "set", NAME, "--client-secret-file", "-"];
    setting.broker.cli_reading("wrong", &arguments).await.ok();
    let mut alice = setting.user("alice").await;
    let link = link_in(&alice.mcp.call("whoami", json!({})).await);
    let page = alice.browser.connect(&link, "alice").await;
    assert!(page.status >= 400, "{page:?}");
    let secret = setting.provider.client_secret.clone();
    setting.broker.cli_reading(&secret, &arguments).await.ok();
    alice.authorize().await;
    assert_eq!(alice.whoami().await, "alice");
}

#[tokio::test]
async fn secrets_are_nowhere_to_be_read() {
    let Some(setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let canary = "canary-of-a-plain-secret";
    let file = setting.broker.scratch().join("secret");
    std::fs::write(&file, canary).unwrap();
    let with_secret = format!("API_KEY=@{}", file.display());
    setting
        .broker
        .deploy("sealed", Transport::Stdio, &["--secret", &with_secret])
        .await;
    let alice = setting.connected("alice").await;
    let sealed = setting.broker.mcp("sealed", &alice.token).await;
    assert!(
        sealed.text("env", json!({})).await.contains(canary),
        "the connector gets it"
    );
    let headers = alice.mcp.text("headers", json!({})).await;
    let headers: Value = serde_json::from_str(&headers).unwrap();
    let provider_token = headers["authorization"]
        .as_str()
        .unwrap()
        .trim_start_matches("Bearer ")
        .to_owned();
    assert!(
        !headers.to_string().contains(&alice.token),
        "her own bearer token goes no further"
    );

    let shown = [
        setting.broker.cli(&["oauth", "show", NAME]).await.ok().stdout,
        setting.broker.json(&["oauth", "show", NAME]).await.to_string(),
        setting.broker.json(&["show", NAME]).await.to_string(),
        setting.broker.json(&["show", "sealed"]).await.to_string(),
        setting.broker.json(&["users", "list"]).await.to_string(),
        setting.broker.json(&["token", "list"]).await.to_string(),
        setting.broker.log(),
    ]
    .join("\n");
    let secrets = [
        canary,
        &setting.provider.client_secret,
        &provider_token,
        &alice.token,
    ];
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} is shown:\n{shown}");
    }
    for file in walk(&setting.broker.data()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for secret in secrets {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", file.display());
        }
    }
    // Neither are they in anybody's arguments.
    for pid in crate::support::processes::descendants(setting.broker.pid()) {
        let line = crate::support::processes::command_line(pid);
        assert!(!secrets.iter().any(|secret| line.contains(*secret)), "{line}");
    }
}

#[tokio::test]
async fn addresses_that_are_private_or_plain_are_refused_when_berth_is_public() {
    let broker = Broker::start_with(&["--public-url", "https://berth.example"]).await;
    let token = broker.first_token();
    let secret = broker.scratch().join("secret");
    std::fs::write(&secret, "a secret").unwrap();
    let secret = secret.to_str().unwrap();
    let set = async |auth: &str, token_url: &str| {
        broker
            .cli_with_token(
                &token,
                &[
                    "oauth",
                    "set",
                    "x",
                    "--auth-url",
                    auth,
                    "--token-url",
                    token_url,
                    "--client-id",
                    "c",
                    "--client-secret-file",
                    secret,
                    "--header",
                    "Authorization: Bearer {access_token}",
                ],
            )
            .await
    };
    for bad in [
        "http://provider.example/token",
        "https://127.0.0.1/token",
        "https://2130706433/token",
        "https://0x7f.1/token",
        "https://[::1]/token",
        "https://[::ffff:169.254.169.254]/token",
        "https://169.254.169.254/token",
        "https://10.0.0.1/token",
        "https://localhost/token",
        "ftp://provider.example/token",
        "not a url",
    ] {
        let output = set("https://provider.example/auth", bad).await;
        assert_eq!(output.status, Some(2), "{bad}: {output:#?}");
    }
    set("https://10.0.0.1/auth", "https://10.0.0.1/token")
        .await
        .fails(2, &["--allow-private"]);

    let broker = Broker::start_with(&[
        "--public-url",
        "https://berth.example",
        "--allow-private",
        "10.0.0.1",
    ])
    .await;
    let set = [
        "oauth",
        "set",
        "x",
        "--auth-url",
        "https://10.0.0.1/auth",
        "--token-url",
        "https://10.0.0.1/token",
        "--client-id",
        "c",
        "--client-secret-file",
        secret,
        "--header",
        "Authorization: Bearer {access_token}",
    ];
    broker.cli_with_token(&broker.first_token(), &set).await.ok();
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
