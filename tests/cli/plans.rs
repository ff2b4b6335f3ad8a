//! A deploy in a pipeline: planned, held to the plan, told to the pipeline, and come back to.

use std::fs;

use serde_json::{Value, json};

use crate::support::{
    broker::{Broker, Transport},
    program::{Output, Program, fixture},
};

/// `berth ARGUMENTS` for the tests' connector by a plain command, in a pipeline of GitHub's.
async fn in_actions(broker: &Broker, arguments: &[&str], how: &[&str]) -> Output {
    let script = fixture(if how.is_empty() {
        "connector.mjs"
    } else {
        "misbehave.mjs"
    });
    let mut command = broker.command();
    command
        .args(arguments)
        .args(["--", "node"])
        .arg(script)
        .args(how)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", broker.scratch().join("output"))
        .env("GITHUB_STEP_SUMMARY", broker.scratch().join("summary"));
    Program::start(&mut command).finish().await
}

#[tokio::test]
async fn github_is_told_what_came_out() {
    let broker = Broker::start().await;
    let deploy = ["deploy", "--name", "talker", "--yes", "--output-file", "out.env"];
    let done = in_actions(&broker, &deploy, &[]).await.ok();
    let read = |name: &str| fs::read_to_string(broker.scratch().join(name)).unwrap();
    let endpoint = broker.endpoint("talker");
    assert!(read("output").contains(&format!("connector=talker\nurl={endpoint}\nrelease=1\ndigest=")));
    assert!(read("summary").contains("### berth: talker\n") && read("summary").contains("| State | live |"));
    assert!(read("out.env").starts_with(&format!(
        "BERTH_CONNECTOR=talker\nBERTH_ENDPOINT={endpoint}\nBERTH_RELEASE=1\n"
    )));
    let count = |output: &Output, sign: &str| {
        output
            .stderr
            .lines()
            .filter(|line| line.starts_with(sign))
            .count()
    };
    let groups = count(&done, "::group::");
    assert!(groups > 1 && groups == count(&done, "::endgroup::"), "{done:#?}");
    assert_eq!(done.stdout.trim(), endpoint);

    let failed = in_actions(&broker, &["deploy", "--name", "talker", "--yes"], &["exit"])
        .await
        .fails(6, &["::error title=berth::release 2 of talker failed"]);
    assert_eq!(count(&failed, "::error"), 1, "{failed:#?}");
    assert_eq!(count(&failed, "::group::"), count(&failed, "::endgroup::"));
    assert!(
        read("summary").contains("### berth: deploy failed\n") && read("summary").contains("PROBE\\_FAILED")
    );
    let status = broker
        .cli(&["status", "talker", "--wait", "--output", "json"])
        .await;
    let said = status.json();
    assert_eq!(
        (status.status, &said["ok"], &said["failed"]),
        (Some(6), &json!(false), &json!(1))
    );
    assert_eq!(
        (
            &said["connectors"][0]["release"],
            &said["connectors"][0]["serving"]
        ),
        (&json!(2), &json!(1))
    );
}

#[tokio::test]
async fn a_deploy_is_held_to_its_plan() {
    let broker = Broker::start().await;
    let script = fixture("connector.mjs");
    let script = script.to_str().unwrap();
    let words = |first: &[&'static str], value: &'static str| -> Vec<String> {
        let mut words: Vec<String> = first.iter().map(|word| (*word).to_owned()).collect();
        words.extend(["--name", "talker", "-e", value, "--", "node", script].map(str::to_owned));
        words
    };
    let run = async |first: &[&'static str], value: &'static str| {
        let words = words(first, value);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        broker.cli(&words).await
    };
    let planned = run(&["plan", "--detailed-exit-code", "--out", "plan.json"], "A=1").await;
    assert_eq!(planned.status, Some(10), "{planned:#?}");
    let list = broker.json(&["list"]).await;
    assert_eq!(
        list["connectors"].as_array().unwrap().len(),
        0,
        "a plan changes nothing"
    );
    run(&["deploy", "--yes", "--plan", "plan.json"], "A=2")
        .await
        .fails(9, &["what was planned any more: a setting is another one"]);
    run(&["deploy", "--yes", "--plan", "plan.json"], "A=1").await.ok();
    run(&["deploy", "--yes", "--plan", "plan.json"], "A=1")
        .await
        .fails(9, &["what serves was no release and is release 1"]);
    run(&["plan", "--detailed-exit-code"], "A=1").await.ok();
    let planned = run(&["plan", "--output", "json"], "A=2").await.ok().json();
    assert_eq!(
        planned["changes"],
        json!([{"what": "env.A", "from": "1", "to": "2"}])
    );
    fs::write(broker.scratch().join("plan.json"), "{}").unwrap();
    run(&["deploy", "--yes", "--plan", "plan.json"], "A=1")
        .await
        .fails(2, &["can't be read", "berth plan --out"]);
}

#[tokio::test]
async fn a_manifest_describes_what_is_set_besides() {
    let broker = Broker::start().await;
    broker.add_user("ada").await;
    let folder = broker.scratch().join("described");
    fs::create_dir_all(&folder).unwrap();
    let manifest = |scopes: &str| {
        let script = fixture("connector.mjs");
        let text = format!(
            "name = \"talker\"\ncommand = [\"node\", {script:?}]\n\n[access]\nusers = [\"ada\"]\n\n[tools]\nhide = [\"die\"]\n\n\
             [oauth]\nauth_url = \"http://127.0.0.1:1/authorize\"\ntoken_url = \"http://127.0.0.1:1/token\"\nclient_id = \"c\"\n\
             client_secret_env = \"GONG_SECRET\"\nscopes = {scopes}\nenv = [\"TOKEN={{access_token}}\"]\n"
        );
        fs::write(folder.join("berth.toml"), text).unwrap();
    };
    manifest("[\"a\"]");
    let place = folder.to_str().unwrap();
    let names = |changes: &Value| -> Vec<String> {
        let changes = changes.as_array().unwrap().iter();
        changes
            .map(|change| change["what"].as_str().unwrap().to_owned())
            .collect()
    };
    let planned = broker.json(&["plan", place]).await;
    let would_set = names(&planned["settings"]);
    assert!(
        ["access", "tools.hide", "oauth.token_url", "oauth.scopes"]
            .iter()
            .all(|name| would_set.iter().any(|set| set == name)),
        "{planned:#}"
    );
    let mut command = broker.command();
    command
        .args(["deploy", place, "--yes", "--output", "json"])
        .env("GONG_SECRET", "canary-secret");
    let deployed = Program::start(&mut command).finish().await.ok();
    assert!(!format!("{deployed:?}").contains("canary"), "{deployed:#?}");
    assert!(names(&deployed.json()["settings"]).contains(&"oauth.client_secret".to_owned()));
    let access = broker.json(&["access", "show", "talker"]).await;
    assert_eq!(
        (&access["everyone"], &access["users"]),
        (&json!(false), &json!(["ada"]))
    );
    // There was no moment at which it served everybody.
    let audit = broker.json(&["audit"]).await;
    let rows = audit["entries"].as_array().unwrap();
    let done: Vec<_> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
    let at = |action| done.iter().position(|done| *done == action).unwrap();
    assert!(
        at("release.deployed") < at("access.set"),
        "newest first: {done:?}"
    );
    assert!(
        at("release.deployed") < at("tools.changed"),
        "newest first: {done:?}"
    );
    let oauth = broker.json(&["oauth", "show", "talker"]).await;
    assert_eq!(
        (&oauth["scopes"], &oauth["client_secret_set"]),
        (&json!(["a"]), &json!(true))
    );
    let hidden = broker.json(&["tools", "talker"]).await;
    assert_eq!(hidden["hide"], json!(["die"]));
    let again = broker.cli(&["plan", place, "--detailed-exit-code"]).await;
    assert_eq!(again.status, Some(0), "{again:#?}");

    // Another secret is noticed, and which one is not told.
    let with_secret = async |command: &str, more: &[&str], secret: &str| {
        let mut run = broker.command();
        run.args([command, place, "--output", "json"])
            .args(more)
            .env("GONG_SECRET", secret);
        Program::start(&mut run).finish().await
    };
    let same = with_secret("plan", &["--detailed-exit-code"], "canary-secret").await;
    assert_eq!(same.status, Some(0), "{same:#?}");
    let planned = with_secret("plan", &["--detailed-exit-code"], "canary-rotated").await;
    assert_eq!(planned.status, Some(10), "{planned:#?}");
    assert_eq!(names(&planned.json()["settings"]), ["oauth.client_secret"]);
    let rotated = with_secret("deploy", &["--yes"], "canary-rotated").await.ok();
    assert_eq!(names(&rotated.json()["settings"]), ["oauth.client_secret"]);
    assert!(
        !format!("{planned:?}{rotated:?}").contains("canary"),
        "{rotated:#?}"
    );
    let done = with_secret("plan", &["--detailed-exit-code"], "canary-rotated").await;
    assert_eq!(done.status, Some(0), "{done:#?}");

    // What is shown as a file is what a manifest says.
    let shown = broker
        .cli(&["oauth", "show", "talker", "--output", "toml"])
        .await
        .ok();
    let text = fs::read_to_string(folder.join("berth.toml")).unwrap();
    let before = text.split("[oauth]").next().unwrap();
    fs::write(
        folder.join("berth.toml"),
        format!("{before}[oauth]\n{}", shown.stdout),
    )
    .unwrap();
    let again = broker.cli(&["plan", place, "--detailed-exit-code"]).await;
    assert_eq!(again.status, Some(0), "{again:#?}");

    // The release stays, and the settings follow the file.
    manifest("[\"a\", \"b\"]");
    let deployed = broker.json(&["deploy", place, "--yes"]).await;
    assert_eq!(
        (&deployed["unchanged"], names(&deployed["settings"])),
        (&json!(true), vec!["oauth.scopes".to_owned()])
    );
    manifest("\"a\"");
    broker
        .cli(&["plan", place])
        .await
        .fails(2, &["berth.toml:15:10: scopes: "]);
}

#[tokio::test]
async fn nobody_gets_at_a_connector_before_its_rules_hold() {
    let broker = Broker::start().await;
    broker.add_user("ada").await;
    let folder = broker.scratch().join("guarded");
    fs::create_dir_all(&folder).unwrap();
    let script = fixture("connector.mjs");
    let text =
        format!("name = \"talker\"\ncommand = [\"node\", {script:?}]\n\n[access]\nusers = [\"ada\"]\n");
    fs::write(folder.join("berth.toml"), text).unwrap();
    let deploy = ["deploy", folder.to_str().unwrap(), "--yes"];

    // Whoever may deploy it and may not say who uses it makes no release that is open to all.
    let made = ["token", "create", "--scope", "deploy:talker", "--label", "ci"];
    let token = broker.json(&made).await["token"].as_str().unwrap().to_owned();
    let refused = broker.cli_with_token(&token, &deploy).await;
    refused.fails(5, &["no release was made", "[access]", "role admin"]);
    broker.cli(&["show", "talker"]).await.fails(5, &["talker"]);

    // A rule may stand before there is a connector, and one that says nothing makes none.
    broker
        .cli(&["access", "set", "talkre", "--everyone"])
        .await
        .fails(5, &["talkre"]);
    let told = broker
        .cli(&["access", "set", "talker", "--user", "ada"])
        .await
        .ok();
    assert!(told.stderr.contains("not deployed yet"), "{told:#?}");
    let made = ["token", "create", "--scope", "configure:talker", "--label", "ci"];
    let token = broker.json(&made).await["token"].as_str().unwrap().to_owned();
    broker.cli_with_token(&token, &deploy).await.ok();
    let elsewhere = ["access", "set", "other", "--user", "ada"];
    broker
        .cli_with_token(&token, &elsewhere)
        .await
        .fails(5, &["for configure:talker alone"]);
    broker
        .cli_with_token(&token, &["delete", "talker", "--yes"])
        .await
        .fails(5, &["for configure:talker alone"]);
    let told = broker
        .cli(&["access", "set", "talker", "--user", "ada"])
        .await
        .ok();
    assert!(!told.stderr.contains("not deployed yet"), "{told:#?}");
}

#[tokio::test]
async fn what_is_asked_for_is_found_or_suggested() {
    let broker = Broker::start().await;
    broker.deploy("gong-crm", Transport::Stdio, &["--detach"]).await;
    broker.cli(&["status", "gong-crm", "--wait"]).await.ok();
    broker
        .cli(&["show", "gong-crn"])
        .await
        .fails(5, &["did you mean `gong-crm`?"]);
    broker
        .cli(&["help", "exit-code"])
        .await
        .fails(2, &["did you mean `exit-codes`?"]);
    broker
        .cli(&["config", "get", "ur"])
        .await
        .fails(5, &["did you mean `url`?"]);
    let url = broker.cli(&["config", "get", "url"]).await.ok();
    assert_eq!(url.stdout.trim().trim_end_matches('/'), broker.url);
    let token = broker.first_token();
    let listed = broker.cli(&["config", "list", "--show-origin"]).await.ok();
    assert!(
        listed.stdout.contains("BERTH_CONFIG_DIR") && !listed.stdout.contains(&token),
        "{listed:#?}"
    );
    let opened = broker.cli(&["open", "gong-crm"]).await.ok();
    assert_eq!(
        opened.stdout.trim(),
        format!("{}/connections/gong-crm", broker.url)
    );
    broker
        .cli(&["open", "nobody"])
        .await
        .fails(5, &["there is no connector nobody"]);

    let audit = async || broker.json(&["audit", "--connector", "gong-crm"]).await;
    let mut entries = audit().await;
    // They are written a moment after what they tell.
    while entries["entries"].as_array().unwrap().is_empty() {
        entries = audit().await;
    }
    let first = &entries["entries"][0];
    assert_eq!(
        (&first["action"], &first["actor_name"]),
        (&json!("release.deployed"), &json!("admin"))
    );
    broker
        .cli(&["audit", "--actor", "nobody"])
        .await
        .fails(5, &["there is no user nobody"]);
    assert_eq!(
        broker.json(&["audit", "--since", "2100-01-01T00:00:00Z"]).await["entries"],
        json!([])
    );
}

#[tokio::test]
async fn an_artifact_is_made_without_a_broker() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("server");
    fs::create_dir_all(&files).unwrap();
    fs::copy(fixture("connector.mjs"), files.join("server.mjs")).unwrap();
    let package = async |more: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_berth"));
        command
            .args([
                "package",
                "--bundle",
                "server",
                "--start",
                "node server.mjs",
                "--output",
                "json",
            ])
            .args(more)
            .current_dir(folder.path())
            .env("BERTH_CONFIG_DIR", folder.path())
            .env("BERTH_CACHE_DIR", folder.path().join("cache"))
            .stdin(std::process::Stdio::null());
        Program::start(&mut command).finish().await
    };
    let first = package(&[]).await.ok().json();
    let written = package(&["--out", "layout"]).await.ok().json();
    assert_eq!(first["digest"], written["digest"]);
    let layout = folder.path().join("layout");
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    assert_eq!(index["manifests"][0]["digest"], written["digest"]);
    let blob = |digest: &Value| {
        layout
            .join("blobs")
            .join(digest.as_str().unwrap().replace(':', "/"))
    };
    let manifest: Value = serde_json::from_slice(&fs::read(blob(&written["digest"])).unwrap()).unwrap();
    for part in manifest["layers"]
        .as_array()
        .unwrap()
        .iter()
        .chain([&manifest["config"]])
    {
        let size = fs::metadata(blob(&part["digest"])).unwrap().len();
        assert_eq!(size, part["size"].as_u64().unwrap(), "{part}");
    }
    package(&["--out", "layout"]).await.fails(9, &[]);
}

#[tokio::test]
async fn two_deploys_of_one_name_at_once_both_get_their_verdict() {
    let broker = Broker::start().await;
    let script = fixture("connector.mjs");
    let deploy = async |value: &str| {
        let words = [
            "deploy", "--name", "talker", "--yes", "--output", "json", "-e", value, "--", "node",
        ];
        let mut command = broker.command();
        command.args(words).arg(&script);
        Program::start(&mut command).finish().await.ok().json()
    };
    let (one, two) = tokio::join!(deploy("A=1"), deploy("A=2"));
    let mut numbers = [&one["release"], &two["release"]].map(|number| number.as_i64().unwrap());
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
    let status = broker.json(&["status", "talker", "--wait"]).await;
    let status = &status["connectors"][0];
    assert_eq!(
        (&status["state"], &status["serving"]),
        (&json!("live"), &json!(2))
    );
}

#[tokio::test]
async fn what_can_not_be_written_is_said() {
    let broker = Broker::start().await;
    let full = || std::process::Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let mut command = broker.command();
    let mut full_disk = command
        .arg("list")
        .stdout(full())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // With nothing to print, nothing fails.
    assert_eq!(full_disk.wait().await.unwrap().code(), Some(0));
    let mut command = broker.command();
    command
        .args(["whoami"])
        .stdout(full())
        .stderr(std::process::Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("standard output can't be written"), "{said}");
    let script = fixture("connector.mjs");
    let deploy = ["deploy", "--name", "talker", "--yes", "--output-file"];
    let rest = ["--", "node", script.to_str().unwrap()];
    let elsewhere = [&deploy[..], &["no/such/folder/out.env"], &rest].concat();
    broker
        .cli(&elsewhere)
        .await
        .fails(1, &["no/such/folder/out.env can't be written"]);
    assert_eq!(
        broker.json(&["list"]).await["connectors"],
        json!([]),
        "it is said before anything is done"
    );
    let planned = ["plan", "--name", "talker", "--out", "/dev/full"];
    let planned = [&planned[..], &rest].concat();
    broker
        .cli(&planned)
        .await
        .fails(1, &["/dev/full can't be written"]);
    // A home that can't be written to stands in nobody's way who has a token.
    let mut command = broker.command();
    command
        .env("HOME", "/proc")
        .env_remove("BERTH_CONFIG_DIR")
        .env("BERTH_URL", &broker.url)
        .env("BERTH_TOKEN", broker.first_token())
        .args(&deploy[..4])
        .args(rest);
    Program::start(&mut command).finish().await.ok();
}
