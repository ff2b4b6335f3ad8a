//! `berth doctor` tells what a machine has, needs nothing for that, and leaves nothing.

use std::{fs, os::unix::fs::chown, path::Path};

use serde_json::Value;

use crate::support::{
    attacker::Account,
    broker::Surroundings,
    program::{Output, Program},
};

/// `berth doctor ARGUMENTS` as `account`, with nothing else than two empty folders, for its home and for what is
/// temporary.
async fn doctor(account: Account, path: &str, arguments: &[&str]) -> Output {
    let (home, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let user = account.user();
    for folder in [&home, &scratch] {
        chown(folder.path(), user, user).unwrap();
    }
    let surroundings = Surroundings {
        user,
        ..Surroundings::default()
    };
    let mut command = surroundings.berth();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home.path())
        .env("TMPDIR", scratch.path())
        .arg("doctor")
        .args(arguments);
    let output = Program::start(&mut command).finish().await;
    for folder in [&home, &scratch] {
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert!(left.is_empty(), "{account:?}: {left:?}");
    }
    output
}

fn states(told: &Value, group: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = told["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["group"] == group)
        .map(|finding| (text(&finding["name"]), text(&finding["state"])))
        .collect()
}

#[tokio::test]
async fn it_holds_what_holds_and_leaves_nothing() {
    let path = std::env::var("PATH").unwrap();
    for account in Account::all() {
        let told = doctor(account, &path, &["--output", "json"]).await.ok().json();
        assert_eq!(told["schema"], "berth.doctor/v1", "{account:?}");
        assert_eq!(told["ok"], true, "{account:?}: {told}");
        let parts = states(&told, "sandbox");
        let own = "accounts of their own";
        assert_eq!(
            parts.iter().any(|(name, _)| name == own),
            account == Account::Root
        );
        assert!(
            parts.len() >= 4 && parts.iter().all(|(_, state)| state == "holds"),
            "{parts:?}"
        );
        let limits: Vec<String> = states(&told, "limits")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(limits, ["memory", "processes", "CPU time", "disk"]);
        let programs = states(&told, "programs");
        assert!(
            programs.contains(&("node".into(), "holds".into())),
            "{programs:?}"
        );
    }
}

#[tokio::test]
async fn what_is_missing_besides_the_sandbox_is_a_note() {
    let nowhere = tempfile::tempdir().unwrap();
    let socket = format!("unix://{}/docker.sock", nowhere.path().display());
    for account in Account::all() {
        let arguments = ["--docker-host", &socket];
        let text = doctor(account, nowhere.path().to_str().unwrap(), &arguments)
            .await
            .ok();
        assert!(text.stderr.contains("Connectors run sandboxed here."), "{text:?}");
        for (at, line) in text.stdout.lines().enumerate() {
            let words = line.split_whitespace().count();
            assert!(
                line.chars().count() <= 80 || words <= 1 || has_long_word(line),
                "{at}: {line}"
            );
        }
        for name in ["Docker Engine", "node", "npm", "python3", "uv"] {
            let lacks = text.stdout.lines().any(|line| {
                let rest = line.trim_start().strip_prefix("lacks  ");
                rest.is_some_and(|rest| rest.starts_with(name))
            });
            assert!(lacks, "{account:?}: {name} in {}", text.stdout);
        }
        let all = [&arguments[..], &["--output", "json"]].concat();
        let told = doctor(account, nowhere.path().to_str().unwrap(), &all)
            .await
            .ok()
            .json();
        for finding in told["findings"].as_array().unwrap() {
            let is_lacking = finding["state"] == "lacks";
            for field in ["cost", "hint"] {
                let is_said = finding[field] != "";
                assert!(is_said || !is_lacking, "{account:?}: {finding}");
            }
            assert!(
                finding["detail"] != "" || finding["group"] == "sandbox",
                "{finding}"
            );
        }
    }
}

/// Such as a path, which is not cut.
fn has_long_word(line: &str) -> bool {
    line.split_whitespace().any(|word| word.chars().count() > 50) || Path::new(line.trim()).is_absolute()
}

#[tokio::test]
async fn an_address_that_is_none_is_a_mistake() {
    let account = *Account::all().first().unwrap();
    let refused = doctor(account, "/usr/bin:/bin", &["--docker-host", "ssh://there"]).await;
    refused.fails(2, &["--docker-host", "ssh"]);
}
