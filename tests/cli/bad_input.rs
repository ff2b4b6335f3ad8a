//! What is wrong is said clearly, with the exit code that fits.

use std::fs;

use crate::{
    journeys::sources::zip,
    support::{
        broker::{Broker, Transport},
        needs,
        program::{Output, Program, fixture},
    },
};

async fn misbehaving(broker: &Broker, how: &str, more: &[&str]) -> Output {
    let script = fixture("misbehave.mjs");
    let mut arguments = vec!["deploy", "--name", "bad", "--yes"];
    arguments.extend(more);
    arguments.extend(["--", "node", script.to_str().unwrap(), how]);
    broker.cli(&arguments).await
}

#[tokio::test]
async fn connectors_that_do_not_come_up() {
    let broker = Broker::start().await;
    misbehaving(&broker, "exit", &[])
        .await
        .fails(6, &["cannot open the database: no such file", "3"]);
    misbehaving(&broker, "junk-answers", &[])
        .await
        .fails(6, &["I did not understand that."]);
    misbehaving(&broker, "refuses", &[])
        .await
        .fails(6, &["ACCESS_TOKEN is required"]);
    let missing = broker
        .cli(&[
            "deploy",
            "--name",
            "bad",
            "--yes",
            "--",
            "no-such-program-anywhere",
        ])
        .await;
    missing.fails(6, &["no-such-program-anywhere"]);
    let shown = broker.json(&["show", "bad"]).await;
    assert_eq!(shown["live"], serde_json::Value::Null);
    assert_eq!(shown["latest"]["state"], "failed");
}

#[tokio::test]
async fn an_engine_that_can_not_run_everything() {
    let folder = tempfile::tempdir().unwrap();
    let serve = async |arguments: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_berth"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]);
        command.arg(folder.path().join("data")).args(arguments);
        command
            .env("BERTH_CONFIG_DIR", folder.path())
            .env_remove("DOCKER_HOST");
        Program::start(&mut command).finish().await
    };
    serve(&["--engine", "docker"]).await.fails(2, &["--engine-image"]);
    serve(&["--engine-image", "node:22"])
        .await
        .fails(2, &["--engine docker"]);
    serve(&["--engine", "podman"])
        .await
        .fails(2, &["podman", "process or docker"]);
    let docker = ["--engine", "docker", "--engine-image"];
    let elsewhere = ["no-such-image:1", "--docker-host", "tcp://127.0.0.1:9"];
    serve(&[&docker[..], &elsewhere].concat())
        .await
        .fails(2, &["unix://", "tcp://127.0.0.1:9"]);
    if let Some(host) = needs::docker() {
        let missing = ["127.0.0.1:9/no-such-image:1", "--docker-host", &host];
        serve(&[&docker[..], &missing].concat())
            .await
            .fails(1, &["--engine docker", "127.0.0.1:9/no-such-image:1"]);
        let nonsense = ["No Image", "--docker-host", &host];
        serve(&[&docker[..], &nonsense].concat())
            .await
            .fails(1, &["No Image", "invalid reference"]);
    }
}

#[tokio::test]
async fn connectors_that_never_answer() {
    let broker = Broker::start_with(&["--start-timeout", "2"]).await;
    for how in ["silent", "wrong"] {
        let output = misbehaving(&broker, how, &[]).await;
        output.fails(6, &["2 s"]);
    }
    // What is no protocol needs no waiting.
    misbehaving(&broker, "junk", &[])
        .await
        .fails(6, &["Welcome to my connector!", "standard output"]);
    misbehaving(&broker, "deaf", &["--transport", "http"])
        .await
        .fails(6, &["2 s", "not listening today"]);
}

#[tokio::test]
async fn names_that_are_not_allowed() {
    let broker = Broker::start().await;
    for name in ["Upper", "a b", "-x", "a/b", "..", &"x".repeat(64), ""] {
        let output = broker
            .cli(&["deploy", "--name", name, "--yes", "--", "true"])
            .await;
        assert_eq!(output.status, Some(2), "{name:?}: {output:#?}");
    }
}

#[tokio::test]
async fn connectors_that_are_not_there() {
    let broker = Broker::start().await;
    for arguments in [
        &["show", "nothing"][..],
        &["logs", "nothing"],
        &["call", "nothing", "echo"],
        &["delete", "nothing", "--yes"],
        &["oauth", "show", "nothing"],
    ] {
        broker.cli(arguments).await.fails(5, &["nothing"]);
    }
}

#[tokio::test]
async fn packages_that_do_not_exist() {
    let broker = Broker::start().await;
    let package = "@modelcontextprotocol/there-is-no-such-package-9f2c";
    broker
        .cli(&["deploy", "--name", "bad", "--npx", package, "--yes"])
        .await
        .fails(6, &[package]);
    let version = "@modelcontextprotocol/server-everything@1900.1.1";
    broker
        .cli(&["deploy", "--name", "bad", "--npx", version, "--yes"])
        .await
        .fails(6, &["1900.1.1"]);
}

#[tokio::test]
async fn a_machine_without_node() {
    let empty = tempfile::tempdir().unwrap();
    let broker = Broker::start_in_path(empty.path()).await;
    let package = "@modelcontextprotocol/server-everything";
    broker
        .cli(&["deploy", "--name", "bad", "--npx", package, "--yes"])
        .await
        .fails(3, &["node"]);

    // With node, but without npm.
    let node = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("node"))
        .find(|node| node.exists())
        .unwrap();
    std::os::unix::fs::symlink(node, empty.path().join("node")).unwrap();
    broker
        .cli(&["deploy", "--name", "bad", "--npx", package, "--yes"])
        .await
        .fails(3, &["npm"]);
}

#[tokio::test]
async fn archives_that_would_do_harm() {
    let broker = Broker::start().await;
    let at = broker.scratch();
    let deploy = async |path: &str| {
        let arguments = [
            "deploy",
            "--name",
            "bad",
            "--bundle",
            path,
            "--start",
            "node x.mjs",
            "--yes",
        ];
        broker.cli(&arguments).await
    };
    for name in [
        "../outside",
        "/etc/outside",
        "a/../../outside",
        "a\\..\\..\\outside",
    ] {
        let path = zip(&at, &[("x.mjs", b""), (name, b"x")]);
        let output = deploy(path.to_str().unwrap()).await;
        assert_eq!(output.status, Some(3), "{name}: {output:#?}");
        assert!(output.stderr.contains("outside"), "{name}: {output:#?}");
    }

    let path = at.join("link.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    writer.add_symlink("passwd", "/etc/passwd", options).unwrap();
    writer.finish().unwrap();
    deploy(path.to_str().unwrap()).await.fails(3, &["passwd"]);

    // Compressed once, there four hundred times: 12 GiB in a file of a few megabytes.
    let zeros = zip(&at, &[("zeros", &vec![0; 32 << 20])]);
    let mut zeros = zip::ZipArchive::new(fs::File::open(zeros).unwrap()).unwrap();
    let path = at.join("bomb.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for copy in 0..400 {
        let zeros = zeros.by_index_raw(0).unwrap();
        writer
            .raw_copy_file_rename(zeros, format!("zeros-{copy}"))
            .unwrap();
    }
    writer.finish().unwrap();
    let output = deploy(path.to_str().unwrap()).await;
    assert_eq!(output.status, Some(3), "{output:#?}");

    let path = at.join("not.zip");
    fs::write(&path, "this is not a zip").unwrap();
    deploy(path.to_str().unwrap()).await.fails(3, &["not.zip"]);
    deploy(at.join("missing.zip").to_str().unwrap())
        .await
        .fails(2, &["missing.zip"]);
}

#[tokio::test]
async fn mappings_that_can_not_be() {
    let broker = Broker::start().await;
    broker.deploy("here", Transport::Http, &[]).await;
    let set = async |flag: &str, value: &str| {
        let base = "http://127.0.0.1:9";
        let (auth, token) = (format!("{base}/auth"), format!("{base}/token"));
        broker
            .cli(&[
                "oauth",
                "set",
                "here",
                "--auth-url",
                &auth,
                "--token-url",
                &token,
                "--client-id",
                "c",
                flag,
                value,
            ])
            .await
    };
    let check = async |flag: &str, value: &str, part: &str| {
        set(flag, value).await.fails(2, &[part]);
    };
    check("--header", "Authorization: Bearer {acces_token}", "acces_token").await;
    check(
        "--header",
        "Authorization: Bearer {refresh_token}",
        "never leaves",
    )
    .await;
    check("--header", "Authorization: Bearer", "names no field of the token").await;
    check("--header", "Host: {access_token}", "reserved").await;
    check("--header", "Content-Length: {access_token}", "reserved").await;
    check("--header", "Transfer-Encoding: {access_token}", "reserved").await;
    check("--header", "Authorization {access_token}", "':'").await;
    check("--env", "PATH={access_token}", "PATH").await;
    check("--env", "LD_PRELOAD={access_token}", "LD_PRELOAD").await;
    // A header for a process that reads standard input, and the other way round, reach nobody.
    check("--env", "ACCESS_TOKEN={access_token}", "--header").await;
    set("--header", "Authorization: Bearer {access_token}").await.ok();
    let script = fixture("connector.mjs");
    let arguments = [
        "deploy",
        "--name",
        "here",
        "--yes",
        "--",
        "node",
        script.to_str().unwrap(),
    ];
    broker.cli(&arguments).await;
}

#[tokio::test]
async fn manifests_with_mistakes() {
    let broker = Broker::start().await;
    let folder = broker.scratch().join("with-mistakes");
    fs::create_dir_all(&folder).unwrap();
    let check = async |manifest: &str, parts: &[&str]| {
        fs::write(folder.join("berth.toml"), manifest).unwrap();
        broker
            .cli(&["deploy", folder.to_str().unwrap(), "--yes"])
            .await
            .fails(2, parts);
    };
    check("nam = \"x\"\nstart = \"node x\"\n", &["nam", "name"]).await;
    check("name = \"X\"\nstart = \"node x\"\n", &["name"]).await;
    check(
        "name = \"x\"\ntransport = \"carrier pigeon\"\nstart = \"node x\"\n",
        &["berth.toml:2", "carrier pigeon", "stdio"],
    )
    .await;
    check("name = ", &["berth.toml"]).await;
}

#[tokio::test]
async fn a_question_needs_a_terminal() {
    let broker = Broker::start().await;
    broker.deploy("here", Transport::Stdio, &[]).await;
    broker.cli(&["delete", "here"]).await.fails(2, &["--yes"]);
    let output = broker.cli(&["oauth", "set", "here"]).await;
    let all = ["--auth-url", "--token-url", "--client-id"];
    output.fails(2, &all);
}

#[tokio::test]
async fn credentials_that_do_not_work() {
    let broker = Broker::start().await;
    broker
        .cli_with_token("berth_wrong", &["list"])
        .await
        .fails(4, &["BERTH_TOKEN"]);
    broker.add_user("alice").await;
    let token = broker.token("alice").await;
    let script = fixture("connector.mjs");
    let deploy = [
        "deploy",
        "--name",
        "x",
        "--yes",
        "--",
        "node",
        script.to_str().unwrap(),
    ];
    broker
        .cli_with_token(&token, &deploy)
        .await
        .fails(5, &["deployer"]);
    broker
        .cli_with_token(&token, &["users", "list"])
        .await
        .fails(5, &["admin"]);
    let mut nobody = broker.command();
    nobody
        .env("BERTH_CONFIG_DIR", broker.scratch().join("empty"))
        .args(["list"]);
    Program::start(&mut nobody)
        .finish()
        .await
        .fails(4, &["berth login"]);
    broker
        .cli(&["--url", "http://127.0.0.1:9", "list"])
        .await
        .fails(4, &["127.0.0.1:9"]);
}
