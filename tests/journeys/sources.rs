//! Each source, over each transport, from `berth deploy` to a tool's answer.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::support::{
    broker::{Broker, Transport},
    program::{Output, fixture},
};

/// Lists and calls `echo` through the endpoint that the deploy printed.
async fn answers(broker: &Broker, deployed: &Output, name: &str) {
    assert!(deployed.stdout.contains(&broker.endpoint(name)), "{deployed:#?}");
    let token = broker.token("admin").await;
    let mcp = broker.mcp(name, &token).await;
    assert!(mcp.tools().await.contains(&"echo".to_owned()));
    let (argument, expected) = if name.contains("everything") {
        ("message", "Echo: hello")
    } else {
        ("text", "hello")
    };
    assert_eq!(mcp.text("echo", json!({argument: "hello"})).await, expected);
}

/// A folder with the tests' connector and, where given, a manifest.
fn folder(at: &Path, manifest: Option<&str>) -> PathBuf {
    let folder = at.join("connector-folder");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(fixture("connector.mjs"), folder.join("connector.mjs")).unwrap();
    fs::write(folder.join(".env"), "SECRET=canary-in-dot-env").unwrap();
    if let Some(manifest) = manifest {
        fs::write(folder.join("berth.toml"), manifest).unwrap();
    }
    folder
}

pub(crate) fn zip(at: &Path, files: &[(&str, &[u8])]) -> PathBuf {
    let path = at.join("connector.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, content) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn start(transport: Transport) -> &'static str {
    match transport {
        Transport::Stdio => "node connector.mjs",
        Transport::Http => "node connector.mjs --http",
    }
}

#[tokio::test]
async fn a_plain_command() {
    let broker = Broker::start().await;
    let script = fixture("connector.mjs");
    for transport in Transport::BOTH {
        let mut arguments = vec![
            "deploy",
            "--name",
            "plain",
            "--transport",
            transport.as_str(),
            "--yes",
        ];
        arguments.extend([
            "-e",
            "GREETING=hello there",
            "--",
            "node",
            script.to_str().unwrap(),
        ]);
        if transport == Transport::Http {
            arguments.push("--http");
        }
        let deployed = broker.cli(&arguments).await.ok();
        answers(&broker, &deployed, "plain").await;
        let token = broker.token("admin").await;
        let seen = broker.mcp("plain", &token).await.text("env", json!({})).await;
        assert!(seen.contains(r#""GREETING":"hello there""#), "{seen}");
    }
}

#[tokio::test]
async fn a_folder_with_a_manifest_needs_no_flags() {
    let broker = Broker::start().await;
    for transport in Transport::BOTH {
        let manifest = format!(
            "name = \"from-folder\"\ntransport = \"{}\"\nstart = \"{}\"\n",
            transport.as_str(),
            start(transport)
        );
        let folder = folder(&broker.scratch(), Some(&manifest));
        let deployed = broker
            .cli(&["deploy", folder.to_str().unwrap(), "--yes"])
            .await
            .ok();
        answers(&broker, &deployed, "from-folder").await;
    }
    let unpacked = files_below(&broker.data());
    assert!(unpacked.iter().any(|file| file.ends_with("connector.mjs")));
    assert!(
        !unpacked.iter().any(|file| file.ends_with(".env")),
        "{unpacked:?}"
    );
}

#[tokio::test]
async fn a_zip_with_a_start_command() {
    let broker = Broker::start().await;
    let script = fs::read(fixture("connector.mjs")).unwrap();
    let zip = zip(&broker.scratch(), &[("connector.mjs", &script)]);
    for transport in Transport::BOTH {
        let arguments = [
            "deploy",
            "--name",
            "zipped",
            "--bundle",
            zip.to_str().unwrap(),
            "--start",
            start(transport),
            "--transport",
            transport.as_str(),
            "--yes",
        ];
        let deployed = broker.cli(&arguments).await.ok();
        answers(&broker, &deployed, "zipped").await;
    }
}

#[tokio::test]
async fn an_npm_package() {
    let broker = Broker::start().await;
    let package = "@modelcontextprotocol/server-everything@2026.8.31";
    let stdio = broker
        .cli(&["deploy", "--name", "everything", "--npx", package, "--yes"])
        .await
        .ok();
    answers(&broker, &stdio, "everything").await;
    let arguments = [
        "deploy",
        "--name",
        "everything",
        "--npx",
        package,
        "--transport",
        "http",
        "--yes",
        "--",
        "streamableHttp",
    ];
    let http = broker.cli(&arguments).await.ok();
    answers(&broker, &http, "everything").await;
    let shown = broker.json(&["show", "everything"]).await;
    assert_eq!(shown["live"]["pinned"], package, "{shown}");
}

#[tokio::test]
async fn a_release_that_fails_leaves_the_old_one_serving() {
    let broker = Broker::start().await;
    broker
        .deploy("steady", Transport::Stdio, &["-e", "CONNECTOR_VERSION=first"])
        .await;
    let token = broker.token("admin").await;
    let mcp = broker.mcp("steady", &token).await;
    let misbehave = fixture("misbehave.mjs");
    let failed = broker
        .cli(&[
            "deploy",
            "--name",
            "steady",
            "--yes",
            "--",
            "node",
            misbehave.to_str().unwrap(),
            "exit",
        ])
        .await
        .fails(6, &["cannot open the database: no such file"]);
    assert_eq!(failed.stdout, "");
    assert_eq!(
        mcp.text("echo", json!({"text": "still here"})).await,
        "still here"
    );
    let shown = broker.json(&["show", "steady"]).await;
    assert_eq!(shown["live"]["number"], 1);
    assert_eq!(shown["latest"]["state"], "failed");

    // A new one that works takes over; sessions that are open go on.
    broker
        .deploy("steady", Transport::Stdio, &["-e", "CONNECTOR_VERSION=third"])
        .await;
    let seen = mcp.text("env", json!({})).await;
    assert!(seen.contains(r#""CONNECTOR_VERSION":"third""#), "{seen}");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(files_below(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}
