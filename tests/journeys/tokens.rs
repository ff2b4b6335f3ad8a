//! A user's token that changes while everything goes on.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::oauth::{NAME, Setting};
use crate::support::{
    auth_server::AuthServer,
    broker::{Broker, Transport},
    program::eventually,
};

/// A setting whose connector reads its token from a file.
async fn with_file(ttl: u64) -> Option<Setting> {
    let broker = Broker::start().await;
    let provider = AuthServer::start(&broker, &[NAME], ttl).await?;
    let setting = Setting { broker, provider };
    let userinfo = format!("USERINFO_URL={}", setting.provider.userinfo());
    setting
        .broker
        .deploy(NAME, Transport::Stdio, &["-e", &userinfo])
        .await;
    setting
        .provider
        .set(&setting.broker, NAME, &["--file", "TOKEN_FILE={access_token}"])
        .await;
    Some(setting)
}

#[tokio::test]
async fn a_token_in_a_file_changes_under_a_living_process() {
    let Some(setting) = with_file(4).await else {
        return;
    };
    let alice = setting.connected("alice").await;
    alice.whoami().await;
    let processes = setting.broker.connectors();
    assert!(!processes.is_empty());
    let environment: Value = serde_json::from_str(&alice.mcp.text("env", json!({})).await).unwrap();
    let file = PathBuf::from(environment["TOKEN_FILE"].as_str().unwrap());
    let first = fs::read_to_string(&file).unwrap();
    assert!(!first.is_empty() && !environment.to_string().contains(&first));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    // Its own folder is as open as whoever reads it needs; nobody else gets as far.
    assert_eq!(mode(file.parent().unwrap().parent().unwrap()), 0o700);
    assert_eq!(mode(&file) & 0o022, 0);

    let counted = async || setting.provider.counted().await;
    let refreshes = async || counted().await["refreshes"].as_u64().unwrap();
    let enough = refreshes().await + 2;
    let calling = |_| async {
        let mut calls = 0;
        while calls < 5 || refreshes().await < enough {
            assert_eq!(alice.whoami().await, "alice");
            calls += 1;
        }
    };
    join_all((0..50).map(calling)).await;

    assert_eq!(setting.broker.connectors(), processes, "the process lives on");
    assert_ne!(fs::read_to_string(&file).unwrap(), first);
    let counted = counted().await;
    assert_eq!(counted["grantErrors"], json!([]), "{counted}");
    assert_eq!(counted["grantsRevoked"], 0, "{counted}");

    setting.broker.cli(&["delete", NAME, "--yes"]).await.ok();
    let folder = file.parent().unwrap().to_owned();
    eventually("the token's folder is gone", async || !folder.exists()).await;
}

#[tokio::test]
async fn a_file_is_no_place_for_a_shared_process_nor_for_two_tokens() {
    let broker = Broker::start().await;
    broker.deploy(NAME, Transport::Http, &[]).await;
    let set = [
        "oauth",
        "set",
        "--auth-url",
        "http://127.0.0.1:9/auth",
        "--token-url",
        "http://127.0.0.1:9/token",
        "--client-id",
        "id",
    ];
    let with = |name: &'static str, more: &[&'static str]| [&set[..], &[name], more].concat();
    let refused = broker
        .cli(&with(NAME, &["--file", "TOKEN_FILE={access_token}"]))
        .await;
    refused.fails(2, &["one process serves every user", "--header"]);
    let twice = ["--file", "T={access_token}", "--env", "T={access_token}"];
    let refused = broker.cli(&with("later", &twice)).await;
    refused.fails(2, &["the variable T is mapped twice"]);
    let refused = broker
        .cli(&with("later", &["--file", "PATH={access_token}"]))
        .await;
    refused.fails(2, &["PATH"]);
    let refused = broker.cli(&with("later", &["--file", "T=hunter2-a-token"])).await;
    assert!(!refused.stderr.contains("hunter2"));
    refused.fails(2, &["--file names no field of the token"]);
}

#[tokio::test]
async fn who_has_the_token_in_a_variable_and_a_file_is_told_what_that_costs() {
    let Some(setting) = with_file(3600).await else {
        return;
    };
    let set = async |flag: &str, value: &str| {
        let set = ["oauth", "set", NAME, flag, value];
        setting.broker.cli(&set).await.ok().stderr
    };
    let told = set("--env", "ACCESS_TOKEN={access_token}").await;
    assert!(told.contains("needs a new process"), "{told}");
    let told = set("--env", "").await;
    assert!(!told.contains("needs a new process"), "{told}");
}
