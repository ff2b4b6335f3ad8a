//! A copy of the store that is made while the broker works, and a broker that goes on from it elsewhere.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::json;

use super::oauth::{NAME, Setting};
use crate::support::{
    broker::Transport,
    program::{Program, eventually},
};

#[tokio::test]
async fn a_restored_broker_goes_on_where_the_copy_was_made() {
    let Some(mut setting) = Setting::new(Transport::Http, 3600).await else {
        return;
    };
    let bundle = setting.broker.scratch().join("bundle");
    fs::create_dir(&bundle).unwrap();
    fs::copy(
        crate::support::program::fixture("connector.mjs"),
        bundle.join("connector.mjs"),
    )
    .unwrap();
    let deploy = ["deploy", "--name", "bundled", "--yes", "--bundle"];
    let more = ["--start", "node connector.mjs", "-e", "K=in-the-copy"];
    let deploy = [&deploy[..], &[bundle.to_str().unwrap()], &more].concat();
    setting.broker.cli(&deploy).await.ok();
    let alice = setting.connected("alice").await;
    assert_eq!(alice.whoami().await, "alice");

    // While calls go on.
    let copy = setting.broker.scratch().join("copy.db");
    let calls = futures_util::future::join_all((0..20).map(|_| alice.whoami()));
    let backup = ["server", "backup", copy.to_str().unwrap()];
    let (output, names) = tokio::join!(setting.broker.cli(&backup), calls);
    output.ok();
    assert!(names.iter().all(|name| name == "alice"));
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let again = setting.broker.cli(&backup).await;
    assert_eq!(again.status, Some(9), "{again:#?}");
    let data = setting.broker.data();
    let left = |folder: &Path| {
        let names = fs::read_dir(folder).unwrap().flatten();
        names
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .any(|name| name.starts_with("backup-") || name.ends_with(".part"))
    };
    assert!(!left(&data) && !left(&setting.broker.scratch()));
    let token = alice.mcp.text("headers", json!({})).await;
    let token: serde_json::Value = serde_json::from_str(&token).unwrap();
    let token = token["authorization"].as_str().unwrap().replace("Bearer ", "");
    let bytes = fs::read(&copy).unwrap();
    for secret in [&token, &setting.provider.client_secret] {
        let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "{secret} stands in the copy");
    }

    // What came after the copy is not there afterwards.
    setting.broker.add_user("late").await;
    let aside = setting.broker.scratch().join("lost");
    assert_eq!(setting.broker.stop().await, Some(0));
    fs::rename(&data, &aside).unwrap();
    fs::create_dir(&data).unwrap();
    fs::copy(&copy, data.join("berth.db")).unwrap();
    let tree = Program::start(
        tokio::process::Command::new("cp")
            .arg("-a")
            .arg(aside.join("blobs"))
            .arg(&data),
    );
    tree.finish().await.ok();

    let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir"];
    let mut command = setting.broker.command();
    let refused = Program::start(command.args(serve).arg(&data)).finish().await;
    assert_ne!(refused.status, Some(0));
    assert!(refused.stderr.contains("there is no master key"), "{refused:#?}");

    fs::copy(aside.join("master.key"), data.join("master.key")).unwrap();
    setting.broker.start_again().await;
    let users = setting.broker.json(&["users", "list"]).await.to_string();
    assert!(users.contains("alice") && !users.contains("late"), "{users}");
    let mcp = setting.broker.mcp(NAME, &alice.token).await;
    assert_eq!(mcp.text("whoami", json!({})).await, "alice");
    // It is installed again from the blobs.
    eventually("the bundle runs", async || {
        let mcp = setting.broker.mcp("bundled", &alice.token).await;
        mcp.text("env", json!({})).await.contains("in-the-copy")
    })
    .await;
}
