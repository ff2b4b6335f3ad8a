//! A folder that says nothing about berth is deployed all the same, and `berth init` pins how.

use std::fs;

use crate::{
    journeys::sources::zip,
    support::{broker::Broker, program::fixture},
};

/// A node package around the tests' connector.
fn package(broker: &Broker) -> std::path::PathBuf {
    let folder = broker.scratch().join("gong");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(fixture("connector.mjs"), folder.join("connector.mjs")).unwrap();
    let package = r#"{"name":"@acme/gong-crm","bin":{"gong-crm":"./connector.mjs"}}"#;
    fs::write(folder.join("package.json"), package).unwrap();
    folder
}

#[tokio::test]
async fn a_recognised_folder_is_deployed_pinned_and_then_unchanged() {
    let broker = Broker::start().await;
    let folder = package(&broker);
    let place = folder.to_str().unwrap();
    let plan = broker
        .cli(&["deploy", place, "--dry-run", "--output", "json"])
        .await
        .ok();
    let planned = plan.json();
    assert_eq!(
        (&planned["dry_run"], &planned["unchanged"]),
        (&true.into(), &false.into())
    );
    assert!(
        planned["would_send"]["bytes"].as_u64().unwrap() > 0,
        "{planned:#}"
    );
    let first = broker
        .cli(&["deploy", place, "--yes", "--output", "json"])
        .await
        .ok();
    for part in [
        "guessed from package.json `bin`",
        "guessed from package.json `name`",
    ] {
        assert!(first.stderr.contains(part), "no {part:?} in {first:#?}");
    }
    let deployed = first.json();
    assert_eq!(
        (&deployed["connector"], &deployed["release"]),
        (&"gong-crm".into(), &1.into())
    );
    assert_eq!(
        (&deployed["unchanged"], &deployed["tools"]),
        (&false.into(), &13.into())
    );
    assert_eq!(planned["artifact"], deployed["artifact"]);

    let init = broker.cli(&["init", place, "--output", "json"]).await.ok().json();
    assert_eq!(init["connector"], "gong-crm");
    broker
        .cli(&["init", place])
        .await
        .fails(9, &["is there already", "--force"]);
    // A manifest is a file of the folder, and is sent with it.
    let second = broker
        .cli(&["deploy", place, "--yes", "--output", "json"])
        .await
        .ok();
    assert!(second.stderr.contains("(berth.toml)"), "{second:#?}");
    let again = broker.cli(&["deploy", place, "--output", "json"]).await.ok();
    let document = again.json();
    assert_eq!(document["unchanged"], true, "{again:#?}");
    assert_eq!(document["release"], second.json()["release"]);
    assert_eq!(document["sent"]["bytes"], 0);
    assert!(
        again
            .stderr
            .contains("Nothing to do: release 2 already is this (sha256:"),
        "{again:#?}"
    );
    let forced = broker
        .cli(&["deploy", place, "--force", "--yes", "--output", "json"])
        .await
        .ok();
    assert_eq!(forced.json()["release"], 3);
    let changed = broker
        .cli(&[
            "deploy",
            place,
            "-e",
            "REGION=eu",
            "--dry-run",
            "--output",
            "json",
        ])
        .await
        .ok()
        .json();
    assert_eq!(changed["changes"][0]["what"], "env.REGION");
    assert_eq!(changed["would_send"]["bytes"], 0);
}

#[tokio::test]
async fn a_lone_zip_is_what_is_in_it() {
    let broker = Broker::start().await;
    let folder = package(&broker);
    let around = broker.scratch().join("around");
    fs::create_dir_all(&around).unwrap();
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let (package, script) = (read("package.json"), read("connector.mjs"));
    zip(&around, &[("package.json", &package), ("connector.mjs", &script)]);
    let deployed = broker
        .cli(&["deploy", around.to_str().unwrap(), "--yes", "--output", "json"])
        .await
        .ok()
        .json();
    assert_eq!(
        (&deployed["connector"], &deployed["state"]),
        (&"gong-crm".into(), &"live".into())
    );
}

#[tokio::test]
async fn what_can_not_be_recognised_is_asked_for() {
    let broker = Broker::start().await;
    let folder = broker.scratch().join("unknown");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("server.py"), "").unwrap();
    let place = folder.to_str().unwrap();
    broker
        .cli(&["deploy", place])
        .await
        .fails(2, &["does not say what to deploy", "--start 'python3 server.py'"]);
    fs::write(
        folder.join("package.json"),
        r#"{"name":"x","bin":"dist/x.js","scripts":{"build":"tsc"}}"#,
    )
    .unwrap();
    broker
        .cli(&["deploy", place])
        .await
        .fails(3, &["dist/x.js, which is not there", "npm run build"]);
    let problems = broker
        .cli(&[
            "deploy",
            "--npx",
            "x",
            "--uvx",
            "y",
            "--context",
            "z",
            "--secret",
            "NOPE",
            "--output",
            "json",
        ])
        .await;
    assert_eq!(problems.status, Some(2));
    assert_eq!(
        problems.json()["problems"].as_array().unwrap().len(),
        3,
        "{problems:#?}"
    );
}
