use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use clap::Parser as _;

use super::{Args, plan::Plan};
use crate::{
    cli::{
        context::{Context, Environment, Global},
        error::{CmdError, Kind},
        source::Wanted,
    },
    client::fake::{Fake, Seen},
    model::Transport,
};

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// What `berth deploy …` means, where the variable `IN_ENV` is set to "canary-env".
fn plan(words: &[&str]) -> Result<Plan, CmdError> {
    let environment = Environment::of([("IN_ENV", "canary-env")]);
    let ctx = Context::new(&Global::default(), environment);
    let args = Line::parse_from(["deploy"].iter().chain(words)).args;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(Plan::of(&ctx, args.connector))
}

fn refusal(words: &[&str]) -> CmdError {
    let error = plan(words).unwrap_err();
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    error
}

#[test]
fn names_are_guessed_from_the_source() {
    let check = |words: &[&str], expected: &str| {
        assert_eq!(plan(words).unwrap().name.value.as_str(), expected, "{words:?}");
    };
    check(
        &["--npx", "@modelcontextprotocol/server-everything"],
        "server-everything",
    );
    check(&["--npx", "@acme/Gong_CRM@1.2.3"], "gong-crm");
    check(&["--npx", "server@latest", "--name", "mine"], "mine");
    check(&["--", "/usr/local/bin/my.server", "--stdio"], "my");
    check(&["--", "node", "--enable-source-maps", "/srv/gong.js"], "gong");
    assert_eq!(refusal(&["--", "sh", "-c", "exec something"]).kind, Kind::Usage);
    assert!(
        refusal(&["--", "python3"])
            .message
            .starts_with("--name is needed")
    );
}

#[test]
fn every_source_has_its_flag() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("Dockerfile"), "FROM scratch").unwrap();
    let place = directory.path().to_str().unwrap();
    let check = |words: &[&str], name: &str, described: &str| {
        let plan = plan(words).unwrap();
        let told = plan.source.value.describe().replace(place, "DIR");
        assert_eq!(
            (plan.name.value.as_str(), told.as_str()),
            (name, described),
            "{words:?}"
        );
    };
    check(
        &["--image", "ghcr.io:443/acme/Gong_CRM:1.2@sha256:00", "--", "-v"],
        "gong-crm",
        "image ghcr.io:443/acme/Gong_CRM:1.2@sha256:00 -v",
    );
    check(
        &["--image", "localhost:5000/gong"],
        "gong",
        "image localhost:5000/gong",
    );
    check(&["--artifact", "gong:latest"], "gong", "artifact gong:latest");
    check(
        &["--artifact", "gong@sha256:00", "--start", "node x.js"],
        "gong",
        "artifact gong@sha256:00 node x.js",
    );
    check(
        &["--uvx", "mcp-server-time==1.2", "--", "--utc"],
        "mcp-server-time",
        "uvx mcp-server-time==1.2 --utc",
    );
    check(&["--uvx", "time[all]>=1"], "time", "uvx time[all]>=1");
    let file = format!("{place}/Dockerfile");
    check(
        &["--dockerfile", &file, "--name", "x"],
        "x",
        "image of DIR/Dockerfile",
    );
    check(
        &["--dockerfile", place, "--name", "x"],
        "x",
        "image of DIR/Dockerfile",
    );
    check(
        &["--dockerfile", &file, "--context", "src", "--name", "x"],
        "x",
        "image of DIR/Dockerfile in src",
    );
    for npx in [true, false] {
        let flag = if npx { "--npx" } else { "--uvx" };
        let plan = plan(&[flag, "x", "--allow-scripts"]).unwrap();
        match plan.source.value {
            Wanted::Npx { allow_scripts, .. } | Wanted::Uvx { allow_scripts, .. } => assert!(allow_scripts),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let one = |words: &[&str], message: &str| assert_eq!(refusal(words).message, message, "{words:?}");
    one(
        &["--npx", "x", "--uvx", "y", "--image", "z"],
        "--image, --npx and --uvx name different sources",
    );
    one(
        &["--npx", "x", "src"],
        "--npx and a folder name different sources",
    );
    one(
        &["--npx", "x", "--context", "src"],
        "--context goes with --dockerfile",
    );
    one(
        &["--npx", "x", "--start", "y"],
        "--start goes with a bundle: a folder, a zip file or --artifact",
    );
    one(
        &["--image", "x", "--allow-scripts"],
        "--allow-scripts goes with --npx and --uvx",
    );
    one(
        &["--dockerfile", "/nonexistent/Dockerfile"],
        "there is no Dockerfile at /nonexistent/Dockerfile",
    );
    let error = refusal(&[
        "--npx",
        "../x",
        "--uvx",
        "y",
        "--port",
        "1",
        "--transport",
        "stdio",
        "-e",
        "a",
        "--secret",
        "NOT_SET",
    ]);
    let problems = error.details["problems"].as_array().unwrap();
    assert_eq!(
        (error.kind, problems.len()),
        (Kind::Usage, 5),
        "{}",
        error.message
    );
    assert!(
        error.message.starts_with(
            "5 things are wrong:\n  - --npx and --uvx name different sources\n      keep one of them\n"
        ),
        "{}",
        error.message
    );
}

#[test]
fn port_and_path_mean_http() {
    let check = |words: &[&str], expected: Transport| {
        let words: Vec<&str> = ["--npx", "x"].iter().chain(words).copied().collect();
        assert_eq!(plan(&words).unwrap().transport.value, expected, "{words:?}");
    };
    let http = |port: Option<u16>, path: &str| Transport::Http {
        port,
        path: path.to_owned(),
    };
    check(&[], Transport::Stdio);
    check(&["--transport", "http"], http(None, "/mcp"));
    check(&["--port", "8000"], http(Some(8000), "/mcp"));
    check(&["--path", "/x"], http(None, "/x"));
    refusal(&["--npx", "x", "--path", "x"]);
    refusal(&["--npx", "x", "--transport", "stdio", "--port", "1"]);
}

#[test]
fn secrets_come_from_anywhere_but_the_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    fs::write(&path, "canary-file\n").unwrap();
    let from_file = format!("IN_FILE=@{}", path.display());
    let plan = plan(&[
        "--npx", "x", "--secret", "IN_ENV", "--secret", &from_file, "-e", "A=b=c",
    ])
    .unwrap();
    let given: Vec<(&str, &str)> = plan
        .secrets
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose().as_str()))
        .collect();
    assert_eq!(given, [("IN_ENV", "canary-env"), ("IN_FILE", "canary-file")]);
    assert_eq!(plan.settings.values().collect::<Vec<_>>(), ["b=c"]);
    assert!(!format!("{plan:?}").contains("canary"));
    let refused = refusal(&["--npx", "x", "--secret", "KEY=canary"]);
    assert!(refused.hint.contains("--secret KEY=@FILE"), "{}", refused.hint);
    refusal(&["--npx", "x", "--secret", "NOT_SET"]);
    let typed = ["canary", "sk-canary/+", "canary==", "BERTH_canary"];
    for secret in typed {
        refusal(&["--npx", "x", "--secret", secret]);
        refusal(&["--npx", "x", "--secret", "IN_ENV", "--secret", secret]);
    }
    for setting in ["canary", "sk-canary/+=", "berth_canary="] {
        refusal(&["--npx", "x", "-e", setting]);
    }
    let second = refusal(&["--npx", "x", "--secret", "IN_ENV", "--secret", "canary"]);
    assert!(
        second.message.starts_with("--secret (number 2 of 2) names"),
        "{}",
        second.message
    );
    refusal(&["--npx", "x", "-e", "PATH=/canary"]);
    refusal(&["--npx", "x", "-e", "IN_ENV=1", "--secret", "IN_ENV"]);
}

#[test]
fn a_secret_is_never_empty() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    fs::write(&path, "\n").unwrap();
    let empty = refusal(&["--npx", "x", "--secret", &format!("KEY=@{}", path.display())]);
    assert_eq!(
        (empty.kind, empty.message.as_str()),
        (Kind::Usage, "the secret KEY is empty")
    );
    let error = refusal(&["--npx", "x", "--secret", "A=@-", "--secret", "B=@-"]);
    assert_eq!(error.message, "standard input can't give more than one secret");
}

#[test]
fn a_manifest_says_it_all_and_flags_win() {
    let directory = tempfile::tempdir().unwrap();
    let manifest = r#"
        name = "gong-crm"
        transport = "http"
        start = "node server.js"
        secrets = ["IN_ENV", "ELSEWHERE"]
        [env]
        REGION = "eu"
    "#;
    fs::write(directory.path().join("berth.toml"), manifest).unwrap();
    let place = directory.path().to_str().unwrap();
    let told = plan(&[place]).unwrap();
    assert_eq!(
        (told.name.value.as_str(), &*told.name.origin),
        ("gong-crm", "berth.toml")
    );
    assert!(matches!(&told.source.value, Wanted::Bundle { start, .. } if start == &["node", "server.js"]));
    assert!(told.secrets.keys().map(|name| name.as_str()).eq(["IN_ENV"]));
    let flagged = plan(&[
        "--bundle",
        place,
        "--start",
        "deno run 'a b.ts'",
        "--name",
        "x",
        "-e",
        "REGION=us",
    ])
    .unwrap();
    assert!(
        matches!(&flagged.source.value, Wanted::Bundle { start, .. } if start == &["deno", "run", "a b.ts"])
    );
    assert_eq!(
        (
            flagged.name.value.as_str(),
            flagged.settings.values().next().unwrap().as_str()
        ),
        ("x", "us")
    );
}

#[test]
fn what_starts_a_bundle_has_to_be_said_once() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("server.js"), "").unwrap();
    let place = directory.path().to_str().unwrap();
    assert!(
        refusal(&["--bundle", place, "--name", "x"])
            .message
            .starts_with("--start is needed")
    );
    refusal(&["--bundle", place, "--start", "node server.js", "--", "node"]);
    plan(&["--bundle", place, "--name", "x", "--", "node", "server.js"]).unwrap();
    let missing = refusal(&["--bundle", "/nonexistent", "--start", "x"]);
    assert_eq!(
        (missing.kind, missing.message.as_str()),
        (Kind::Usage, "/nonexistent does not exist")
    );
}

/// Deploys an npm package as `gong-crm` to a broker that reads each release as `states` tell, one after the other.
async fn deploy(states: &'static [&'static str], more: &[&str]) -> (Result<(), CmdError>, Vec<Seen>) {
    let next = AtomicUsize::new(0);
    let fake = Fake::start(move |seen| match seen.line.as_str() {
        "GET /api/v1/connectors/gong-crm" => {
            (404, String::new(), r#"{"code":"not_found","message":"no such connector"}"#.to_owned())
        }
        _ => {
            let state = states[next.fetch_add(1, Ordering::Relaxed)];
            let release = format!(
                r#"{{"number":2,"source":"npx x","transport":"stdio","created_at":0,"endpoint":"https://b/mcp/gong-crm",{state}}}"#
            );
            match seen.line.starts_with("POST") {
                true => (202, String::new(), format!(r#"{{"verdict":"recorded","release":{release}}}"#)),
                false => (200, String::new(), release),
            }
        }
    })
    .await;
    let environment = Environment::of([
        ("BERTH_URL", fake.url.as_str()),
        ("BERTH_TOKEN", "berth_test"),
        ("BERTH_CONFIG_DIR", "/nonexistent"),
        ("KEY", "canary"),
    ]);
    let global = Global {
        quiet: true,
        ..Global::default()
    };
    let words = ["deploy", "--npx", "x", "--name", "gong-crm", "--yes"];
    let args = Line::parse_from(words.iter().chain(more)).args;
    let outcome = super::run(&Context::new(&global, environment), args).await;
    (outcome, fake.seen())
}

#[tokio::test]
async fn a_deploy_waits_for_its_verdict() {
    let states = &[
        r#""state":"pending""#,
        r#""state":"starting","phase":"installing""#,
        r#""state":"live","tools":3,"serving":2"#,
    ];
    let (outcome, seen) = deploy(states, &["--secret", "KEY", "--", "--flag"]).await;
    outcome.unwrap();
    let lines: Vec<&str> = seen.iter().map(|request| request.line.as_str()).collect();
    let read = "GET /api/v1/connectors/gong-crm/releases/2";
    assert_eq!(
        lines,
        [
            "GET /api/v1/connectors/gong-crm",
            "POST /api/v1/connectors/gong-crm/releases",
            read,
            read
        ]
    );
    assert_eq!(
        String::from_utf8_lossy(&seen[1].body),
        r#"{"spec":{"source":{"kind":"npx","package":"x","args":["--flag"]},"transport":{"kind":"stdio"}},"force":false,"dry_run":false,"secrets":{"KEY":"canary"}}"#
    );
}

#[tokio::test]
async fn a_failed_probe_has_its_own_exit_code_and_tells_what_serves() {
    const FAILED: &str = r#""state":"failed","serving":1,"failure":{"message":"it exited at once","hint":"look","stderr":["Error: no KEY"]}"#;
    let error = deploy(&[FAILED], &[]).await.0.unwrap_err();
    assert_eq!((error.kind, error.hint.as_str()), (Kind::Probe, "look"));
    assert_eq!(
        error.message,
        "release 2 of gong-crm failed: it exited at once (release 1 keeps serving)"
    );
    assert_eq!(error.details["stderr"][0], "Error: no KEY");
    assert_eq!(
        (&error.details["release"], &error.details["serving"]),
        (&2.into(), &1.into())
    );
}

#[tokio::test]
async fn a_detached_deploy_does_not_wait() {
    let (outcome, seen) = deploy(&[r#""state":"pending""#], &["--detach"]).await;
    outcome.unwrap();
    assert_eq!(seen.len(), 2);
}

/// Deploys to a broker that has `live` and answers each deploy with `answer`.
async fn deploy_again(answer: &'static str, more: &[&str]) -> (Result<(), CmdError>, Vec<Seen>) {
    const LIVE: &str = r#"{"number":7,"state":"live","source":"npx x","pinned":"x@1.0.0","transport":"stdio","created_at":0,"endpoint":"https://b/mcp/gong-crm"}"#;
    let fake = Fake::start(
        move |seen| match seen.line.split(' ').next().unwrap_or_default() {
            "GET" => {
                let view = r#"{"name":"gong-crm","endpoint":"https://b/mcp/gong-crm","created_at":0,"live":"#;
                (200, String::new(), format!("{view}{LIVE}}}"))
            }
            _ => (200, String::new(), format!(r#"{{{answer},"release":{LIVE}}}"#)),
        },
    )
    .await;
    let environment = Environment::of([
        ("BERTH_URL", fake.url.as_str()),
        ("BERTH_TOKEN", "berth_test"),
        ("BERTH_CONFIG_DIR", "/nonexistent"),
    ]);
    let global = Global {
        quiet: true,
        ..Global::default()
    };
    let words = ["deploy", "--npx", "x", "--name", "gong-crm"];
    let args = Line::parse_from(words.iter().chain(more)).args;
    let outcome = super::run(&Context::new(&global, environment), args).await;
    (outcome, fake.seen())
}

#[tokio::test]
async fn an_unchanged_deploy_takes_two_requests() {
    let (outcome, seen) = deploy_again(r#""verdict":"unchanged""#, &[]).await;
    outcome.unwrap();
    let lines: Vec<&str> = seen.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET /api/v1/connectors/gong-crm",
            "POST /api/v1/connectors/gong-crm/releases",
        ]
    );
    let (outcome, seen) = deploy_again(r#""verdict":"unchanged""#, &["--force"]).await;
    outcome.unwrap();
    assert!(String::from_utf8_lossy(&seen[1].body).contains(r#""force":true,"dry_run":false"#));
}

#[tokio::test]
async fn a_dry_run_asks_what_would_change_and_waits_for_nothing() {
    let answer = r#""verdict":"planned","changes":[{"what":"env.A","from":"1","to":"2"}]"#;
    let (outcome, seen) = deploy_again(answer, &["--dry-run"]).await;
    outcome.unwrap();
    assert_eq!(seen.len(), 2);
    assert!(String::from_utf8_lossy(&seen[1].body).contains(r#""force":false,"dry_run":true"#));
}
