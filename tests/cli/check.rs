//! `berth check` tells good connectors from bad ones, and says what is wrong.

use std::fs;

use serde_json::Value;
use tokio::process::Command;

use crate::support::program::{Output, Program, fixture};

async fn berth(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    Program::start(command.args(arguments)).finish().await
}

/// Checks the command `node FIXTURE ARGS…`; answers exit code and document.
async fn check(script: &str, flags: &[&str], args: &[&str]) -> (i32, Value) {
    let script = fixture(script);
    let mut line = vec!["check", "--output", "json"];
    line.extend(flags);
    if !flags.contains(&"--timeout") {
        line.extend(["--timeout", "5s"]);
    }
    line.extend(["--", "node", script.to_str().unwrap()]);
    line.extend(args);
    let output = berth(&line).await;
    (output.status.unwrap(), output.json())
}

/// Verdict, detail and hint of the check `name`.
#[track_caller]
fn found(document: &Value, name: &str) -> (String, String, String) {
    let all = document["checks"].as_array().unwrap();
    let check = all.iter().find(|check| check["name"] == name).unwrap();
    let text = |field: &str| check[field].as_str().unwrap().to_owned();
    (text("verdict"), text("detail"), text("hint"))
}

#[track_caller]
pub(super) fn is(document: &Value, name: &str, verdict: &str, detail: &str, hint: &str) {
    let (got, seen, advice) = found(document, name);
    assert_eq!(got, verdict, "{name}: {document:#}");
    assert!(seen.contains(detail), "{name}: no {detail:?} in {seen:?}");
    assert!(advice.contains(hint), "{name}: no {hint:?} in {advice:?}");
}

#[tokio::test]
async fn a_good_connector_passes_over_both_transports() {
    let all = "2024-11-05, 2025-03-26, 2025-06-18, 2025-11-25";
    let (code, stdio) = check("connector.mjs", &[], &[]).await;
    assert_eq!(
        (code, &stdio["schema"], &stdio["ok"]),
        (0, &"berth.check/v1".into(), &true.into())
    );
    assert_eq!(stdio["checks"].as_array().unwrap().len(), 10);
    is(&stdio, "lists-tools-without-credentials", "ok", "13 tools", "");
    is(&stdio, "protocol-revisions", "ok", all, "");
    is(&stdio, "exits-on-stdin-close", "ok", "", "");
    is(&stdio, "no-junk-on-stdout", "ok", "", "");
    is(&stdio, "binds-address-and-port", "skipped", "http", "");
    let (code, http) = check("connector.mjs", &["--transport", "http"], &["--http"]).await;
    assert_eq!(code, 0, "{http:#}");
    is(&http, "protocol-revisions", "ok", all, "");
    is(
        &http,
        "binds-address-and-port",
        "ok",
        "it listens on 127.0.0.1:",
        "",
    );
    is(&http, "brings-own-oauth", "ok", "no sign", "");
}

#[tokio::test]
async fn connectors_that_do_not_come_up_fail_by_name() {
    let (code, exits) = check("misbehave.mjs", &[], &["exit"]).await;
    assert_eq!((code, &exits["ok"]), (6, &false.into()));
    is(
        &exits,
        "starts-without-credentials",
        "failed",
        "cannot open the database",
        "-e KEY=VALUE",
    );
    is(&exits, "initialize-in-time", "skipped", "", "");
    let (_, wants) = check("misbehave.mjs", &[], &["refuses"]).await;
    is(
        &wants,
        "starts-without-credentials",
        "failed",
        "ACCESS_TOKEN is required",
        "when a tool is called",
    );
    let (_, junk) = check("misbehave.mjs", &[], &["junk"]).await;
    is(
        &junk,
        "no-junk-on-stdout",
        "failed",
        "Welcome to my connector!",
        "standard error",
    );
    let (_, silent) = check("misbehave.mjs", &["--timeout", "2s"], &["silent"]).await;
    is(&silent, "initialize-in-time", "failed", "2 s", "--transport http");
    let (_, deaf) = check(
        "misbehave.mjs",
        &["--timeout", "2s", "--transport", "http"],
        &["deaf"],
    )
    .await;
    is(
        &deaf,
        "binds-address-and-port",
        "failed",
        "listens on nothing",
        "--transport stdio",
    );
}

#[tokio::test]
async fn bad_habits_are_told() {
    let (code, chatty) = check("misbehave.mjs", &[], &["chatty"]).await;
    assert_eq!(code, 0, "{chatty:#}");
    is(
        &chatty,
        "no-junk-on-stdout",
        "warning",
        "Hello from the connector",
        "standard error",
    );
    let (_, lingers) = check("misbehave.mjs", &[], &["lingers"]).await;
    is(
        &lingers,
        "exits-on-stdin-close",
        "warning",
        "signal",
        "standard input ends",
    );
    let (_, elsewhere) = check("misbehave.mjs", &["--transport", "http"], &["elsewhere"]).await;
    is(
        &elsewhere,
        "binds-address-and-port",
        "failed",
        "it listens on 127.0.0.1:",
        "--port",
    );
    let (_, speaks_http) = check("misbehave.mjs", &[], &["elsewhere"]).await;
    is(
        &speaks_http,
        "initialize-in-time",
        "failed",
        "",
        "--transport http --port",
    );
}

#[tokio::test]
async fn a_connector_with_its_own_oauth_is_told_how_to_go_without() {
    let (code, document) = check("misbehave.mjs", &["--transport", "http"], &["own-oauth"]).await;
    assert_eq!(code, 6);
    is(
        &document,
        "brings-own-oauth",
        "failed",
        "initialize is answered with 401 and WWW-Authenticate; it has /.well-known/oauth-protected-resource",
        "berth oauth set NAME --header",
    );
    is(&document, "starts-without-credentials", "ok", "", "");
}

#[tokio::test]
async fn a_path_that_is_only_here_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixture("connector.mjs"), folder.path().join("x.mjs")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    command
        .args(["check", "--output", "json", "--", "node", "x.mjs"])
        .current_dir(folder.path());
    let document = Program::start(&mut command).finish().await.json();
    is(
        &document,
        "starts-without-credentials",
        "failed",
        "",
        "where there is no x.mjs: send the files along, with --bundle",
    );
}

#[tokio::test]
async fn a_folder_is_checked_as_it_would_be_deployed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::copy(fixture("connector.mjs"), at("connector.mjs")).unwrap();
    fs::write(at("package.json"), r#"{"name":"x","bin":"connector.mjs"}"#).unwrap();
    fs::write(at(".gitignore"), "connector.mjs\n").unwrap();
    let place = folder.path().to_str().unwrap();
    berth(&["check", place])
        .await
        .fails(3, &["connector.mjs starts it", "!/connector.mjs"]);
    fs::write(at(".berthignore"), "!/connector.mjs\n").unwrap();
    let output = berth(&["check", place]).await.ok();
    assert!(
        output.stdout.contains("lists-tools-without-credentials  ok"),
        "{output:#?}"
    );
    assert!(
        output.stderr.contains("guessed from package.json `bin`"),
        "{output:#?}"
    );
}
