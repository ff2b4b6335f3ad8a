//! What connectors wrote, asked for and followed.

use serde_json::json;

use crate::support::{
    broker::{Broker, Transport},
    program::{Lines, Program},
};

#[tokio::test]
async fn lines_tell_whose_they_are_and_are_found_by_it() {
    let broker = Broker::start().await;
    broker.deploy("talker", Transport::Stdio, &[]).await;
    broker.add_user("ada").await;
    let ada = broker.token("ada").await;
    let mcp = broker.mcp("talker", &ada).await;
    mcp.text("echo", json!({"text": "x"})).await;
    let mcp = broker.mcp("talker", &broker.first_token()).await;
    mcp.text("echo", json!({"text": "x"})).await;
    let lines = async |more: &[&str]| {
        let log = broker.json(&[&["logs", "talker"], more].concat()).await;
        log["lines"].as_array().unwrap().clone()
    };
    let all = lines(&[]).await;
    // The probe's, Ada's and the admin's.
    assert_eq!(all.len(), 3, "{all:#?}");
    let of_ada = lines(&["--user", "ada"]).await;
    let id = of_ada[0]["user"].as_str().unwrap().to_owned();
    assert!(of_ada.len() == 1 && id.starts_with("usr_"), "{of_ada:#?}");
    assert_eq!(
        lines(&["--user", &id, "--release", "1", "--since", "1h"]).await,
        of_ada
    );
    assert_eq!(lines(&["--release", "2"]).await.len(), 0);
    assert_eq!(lines(&["--since", "2100-01-01T00:00:00Z"]).await.len(), 0);
    assert_eq!(lines(&["-n", "1"]).await, all[2..]);
    broker.cli(&["users", "remove", "ada", "--yes"]).await.ok();
    assert_eq!(lines(&["--user", &id]).await, of_ada);
    let failed = broker.cli(&["logs", "talker", "--user", "ada"]).await;
    assert!(
        failed.status == Some(5) && failed.stderr.contains("no user ada"),
        "{failed:#?}"
    );
    let failed = broker.cli(&["logs", "talker", "--since", "yesterday"]).await;
    assert!(
        failed.status == Some(2) && failed.stderr.contains("10m"),
        "{failed:#?}"
    );
}

#[tokio::test]
async fn followers_miss_nothing_over_a_restart_and_print_nothing_twice() {
    let mut broker = Broker::start().await;
    broker.deploy("frail", Transport::Stdio, &[]).await;
    let token = broker.first_token();
    let mcp = broker.mcp("frail", &token).await;
    mcp.call("die", json!({})).await;
    let mut command = broker.command();
    let following =
        Program::start(command.args(["--output", "jsonl", "logs", "frail", "-f", "--lines", "1"]));
    dying(&following.stdout, 1).await;
    broker.kill().await;
    following
        .stderr
        .wait_for("the outage is told", |line| {
            line.contains("trying again").then_some(())
        })
        .await;
    broker.start_again().await;
    let mcp = broker.mcp("frail", &token).await;
    mcp.call("die", json!({})).await;
    dying(&following.stdout, 2).await;
    let printed = following.stdout.text();
    let lines: Vec<serde_json::Value> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said: Vec<_> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(said, ["dying as asked", "connector is up", "dying as asked"]);
    broker.cli(&["delete", "frail", "--yes"]).await.ok();
    assert_eq!(following.finish().await.status, Some(5));
}

/// Waits until `count` lines tell that the connector dies.
async fn dying(lines: &Lines, count: usize) {
    let seen = std::cell::Cell::new(0);
    let found = |line: &str| {
        seen.set(seen.get() + usize::from(line.contains("dying as asked")));
        (seen.get() == count).then_some(())
    };
    lines.wait_for("the last words", found).await;
}
