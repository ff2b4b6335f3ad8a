//! What happens to releases after their deploy: they are listed, gone back to, started anew, and they go.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, SystemTime},
};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    broker::{Broker, Transport},
    database,
    mcp::{Mcp, http},
    processes,
    program::{eventually, fixture},
};

/// What `berth releases` says: number and state, newest first.
async fn states(broker: &Broker, name: &str) -> Vec<(i64, String)> {
    let list = broker.json(&["releases", name]).await;
    let releases = list["releases"].as_array().unwrap();
    let state = |release: &Value| {
        (
            release["number"].as_i64().unwrap(),
            release["state"].as_str().unwrap().to_owned(),
        )
    };
    releases.iter().map(state).collect()
}

async fn variable(mcp: &Mcp, name: &str) -> Value {
    let seen: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
    seen[name].clone()
}

#[tokio::test]
async fn a_rollback_brings_back_settings_and_secrets() {
    for transport in Transport::BOTH {
        let broker = Broker::start().await;
        let secret = broker.scratch().join("secret");
        let given = format!("KEY=@{}", secret.display());
        let deploy = async |setting: &str, value: &str| {
            std::fs::write(&secret, value).unwrap();
            broker
                .deploy("undone", transport, &["-e", setting, "--secret", &given])
                .await;
        };
        deploy("A=first", "secret-one").await;
        deploy("A=second", "secret-two").await;
        let mcp = broker.mcp("undone", &broker.first_token()).await;
        assert_eq!(variable(&mcp, "KEY").await, "secret-two");

        let planned = broker.json(&["rollback", "undone", "--dry-run"]).await;
        assert_eq!((&planned["to"], &planned["dry_run"]), (&json!(1), &json!(true)));
        let what: Vec<_> = planned["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| change["what"].as_str().unwrap())
            .collect();
        assert_eq!(what, ["env.A", "secret.KEY"]);
        assert!(!planned.to_string().contains("secret-one"), "{planned}");
        assert_eq!(states(&broker, "undone").await.len(), 2);

        let back = broker.cli(&["rollback", "undone", "--yes"]).await.ok();
        assert!(back.stderr.contains("env.A: second → first"), "{back:#?}");
        assert!(back.stdout.contains(&broker.endpoint("undone")), "{back:#?}");
        // The session goes on.
        assert_eq!(variable(&mcp, "A").await, "first");
        assert_eq!(variable(&mcp, "KEY").await, "secret-one");
        let list = broker.json(&["releases", "undone"]).await;
        let newest = &list["releases"][0];
        assert_eq!((&newest["number"], &newest["repeats"]), (&json!(3), &json!(1)));
        // And once more: back to what was undone.
        broker.cli(&["rollback", "undone", "--yes"]).await.ok();
        assert_eq!(variable(&mcp, "KEY").await, "secret-two");
    }
}

#[tokio::test]
async fn what_can_not_be_gone_back_to_is_said() {
    let broker = Broker::start_with(&["--keep", "1"]).await;
    broker
        .cli(&["rollback", "nothing", "--yes"])
        .await
        .fails(5, &["no connector"]);
    broker.deploy("only", Transport::Stdio, &["-e", "A=1"]).await;
    let first = broker.cli(&["rollback", "only", "--yes"]).await;
    first.fails(9, &["no other release of only has served before"]);
    let misbehave = fixture("misbehave.mjs");
    let failed = [
        "deploy",
        "--name",
        "only",
        "--yes",
        "--",
        "node",
        misbehave.to_str().unwrap(),
        "exit",
    ];
    broker.cli(&failed).await.fails(6, &["release 1 keeps serving"]);
    broker
        .cli(&["rollback", "only", "2", "--yes"])
        .await
        .fails(9, &["it failed, and never served"]);
    broker
        .cli(&["rollback", "only", "1", "--yes"])
        .await
        .fails(9, &["it serves already", "berth restart"]);
    broker
        .cli(&["rollback", "only", "77", "--yes"])
        .await
        .fails(5, &["no release 77"]);
    broker.cli(&["rollback", "only", "0"]).await.fails(2, &[]);
    // The failure stays to be seen.
    let list = broker.json(&["releases", "only"]).await;
    let failure = list["releases"][0]["failure"]["message"].as_str().unwrap();
    assert!(!failure.is_empty(), "{list}");
    let shown = broker.cli(&["releases", "only"]).await.ok().stdout;
    assert!(
        shown.contains("failed") && shown.contains("serves calls"),
        "{shown}"
    );
    for version in ["A=2", "A=3", "A=4"] {
        broker.deploy("only", Transport::Stdio, &["-e", version]).await;
    }
    // Of those that served, and of those that failed, the newest stays.
    eventually("old releases go", async || {
        let states = states(&broker, "only").await;
        let numbers: Vec<i64> = states.iter().map(|(number, _)| *number).collect();
        numbers == [5, 4, 2]
    })
    .await;
    let pruned = broker.cli(&["rollback", "only", "1", "--yes"]).await;
    pruned.fails(5, &["only has no release 1", "release 4 can be"]);
}

#[tokio::test]
async fn a_restart_brings_new_instances() {
    for transport in Transport::BOTH {
        let broker = Broker::start().await;
        broker.deploy("anew", transport, &[]).await;
        let mcp = broker.mcp("anew", &broker.first_token()).await;
        let old = mcp.process().await;
        let restarted = broker.json(&["restart", "anew"]).await;
        assert_eq!(restarted["release"], 1, "{restarted}");
        let new = mcp.process().await;
        assert_ne!(old, new);
        eventually("the old process goes", async || !processes::is_alive(old)).await;
        assert_eq!(states(&broker, "anew").await, [(1, "live".to_owned())]);
    }
}

#[tokio::test]
async fn an_equal_deploy_does_nothing() {
    let broker = Broker::start().await;
    let token = broker.first_token();
    let script = fixture("connector.mjs");
    let address = format!("{}/api/v1/connectors/same/releases", broker.url);
    let body = |more: Value| {
        let mut body = json!({
            "spec": {
                "source": {"kind": "command", "command": ["node", script]},
                "transport": {"kind": "stdio"},
                "settings": {"A": "1"},
            },
            "secrets": {"KEY": "canary"},
        });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let post = async |body: Value| -> (u16, Value) {
        let answer = http()
            .post(&address)
            .bearer_auth(&token)
            .json(&body)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    };
    // A plan for what is not there makes nothing.
    let (status, planned) = post(body(json!({"dry_run": true}))).await;
    assert_eq!(
        (status, &planned["verdict"]),
        (200, &json!("planned")),
        "{planned}"
    );
    broker.cli(&["show", "same"]).await.fails(5, &[]);

    let (status, recorded) = post(body(json!({}))).await;
    assert_eq!(
        (status, &recorded["verdict"]),
        (202, &json!("recorded")),
        "{recorded}"
    );
    eventually("it is live", async || {
        states(&broker, "same").await[0].1 == "live"
    })
    .await;
    let (status, same) = post(body(json!({}))).await;
    assert_eq!((status, &same["verdict"]), (200, &json!("unchanged")), "{same}");
    assert_eq!(same["release"]["number"], 1);
    let (_, same) = post(body(json!({"secrets": {}}))).await;
    assert_eq!(
        same["verdict"], "unchanged",
        "secrets that are not given stay: {same}"
    );

    let (_, planned) = post(body(
        json!({"dry_run": true, "secrets": {"KEY": "other", "NEW": "canary"}}),
    ))
    .await;
    let secrets = json!([
        {"what": "secret.KEY", "from": null, "to": null},
        {"what": "secret.NEW", "from": null, "to": null},
    ]);
    assert_eq!(
        (&planned["verdict"], &planned["changes"]),
        (&json!("planned"), &secrets)
    );
    let (status, forced) = post(body(json!({"force": true}))).await;
    assert_eq!(
        (status, &forced["release"]["number"]),
        (202, &json!(2)),
        "{forced}"
    );
    // While that one is under way nobody knows what will serve.
    let (_, meanwhile) = post(body(json!({}))).await;
    if meanwhile["verdict"] == "unchanged" {
        assert_eq!(meanwhile["release"]["number"], 2, "{meanwhile}");
    }
    let unsent = json!({"spec": {
        "source": {"kind": "bundle", "artifact": format!("sha256:{}", "0".repeat(64)), "start": ["node", "x"]},
        "transport": {"kind": "stdio"},
    }});
    let elsewhere = format!("{}/api/v1/connectors/unsent/releases", broker.url);
    let refused = http()
        .post(&elsewhere)
        .bearer_auth(&token)
        .json(&unsent)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 400);
    let refused: Value = refused.json().await.unwrap();
    assert!(
        refused["hint"].as_str().unwrap().contains("send it first"),
        "{refused}"
    );
    broker.cli(&["show", "unsent"]).await.fails(5, &[]);
}

/// How often each of a transport's releases changes in [`no_call_fails_while_releases_change`].
const ROUNDS: usize = 2;

#[tokio::test]
async fn no_call_fails_while_releases_change() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let port = port.to_string();
    for (transport, more) in [
        (Transport::Stdio, &[][..]),
        (Transport::Http, &[]),
        (Transport::Http, &["--port", &port]),
    ] {
        let broker = Broker::start().await;
        let deploy = async |version: usize| {
            let setting = format!("CONNECTOR_VERSION={version}");
            let more = [more, &["-e", &setting]].concat();
            broker.deploy("busy", transport, &more).await;
        };
        deploy(0).await;
        let token = broker.first_token();
        let sessions = [broker.mcp("busy", &token).await, broker.mcp("busy", &token).await];
        let (done, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
        // Three callers share each session; each has calls of another length in flight.
        let callers = sessions.iter().flat_map(|mcp| [0, 30, 150].map(|ms| (mcp, ms)));
        let hammer = join_all(callers.map(async |(mcp, ms)| {
            while !done.load(Ordering::Relaxed) {
                let answer = match ms {
                    0 => mcp.call("echo", json!({"text": "done"})).await,
                    ms => mcp.call("slow", json!({ "ms": ms })).await,
                };
                assert_eq!(answer["result"]["content"][0]["text"], "done", "{answer}");
                calls.fetch_add(1, Ordering::Relaxed);
            }
        }));
        let changes = async {
            for round in 1..=ROUNDS {
                deploy(round).await;
                broker.cli(&["restart", "busy"]).await.ok();
                broker.cli(&["rollback", "busy", "--yes"]).await.ok();
            }
            done.store(true, Ordering::Relaxed);
        };
        tokio::join!(hammer, changes);
        assert!(calls.load(Ordering::Relaxed) > 20 * ROUNDS, "{calls:?}");
        let live = broker.json(&["show", "busy"]).await;
        assert_eq!(live["live"]["number"], 1 + 2 * ROUNDS as i64, "{live}");
    }
}

#[tokio::test]
async fn a_restart_that_fails_changes_nothing() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let port = port.to_string();
    for (transport, more) in [
        (Transport::Stdio, &[][..]),
        (Transport::Http, &[]),
        (Transport::Http, &["--port", &port]),
    ] {
        let broker = Broker::start().await;
        let folder = broker.scratch();
        let script = folder.join("connector.mjs");
        std::fs::copy(fixture("connector.mjs"), &script).unwrap();
        let mut arguments = vec![
            "deploy",
            "--name",
            "frail",
            "--yes",
            "--transport",
            transport.as_str(),
        ];
        arguments.extend(more);
        arguments.extend(["--", "node", script.to_str().unwrap()]);
        if transport == Transport::Http {
            arguments.push("--http");
        }
        broker.cli(&arguments).await.ok();
        let mcp = broker.mcp("frail", &broker.first_token()).await;
        let old = mcp.text("pid", json!({})).await;
        std::fs::write(&script, "console.error('broken by hand'); process.exit(3)").unwrap();
        let failed = broker.cli(&["restart", "frail"]).await;
        failed.fails(6, &["broken by hand", "what served keeps serving"]);
        if more.is_empty() {
            assert_eq!(mcp.text("pid", json!({})).await, old);
        }
        std::fs::copy(fixture("connector.mjs"), &script).unwrap();
        assert_eq!(mcp.text("echo", json!({"text": "still"})).await, "still");
        broker.cli(&["restart", "frail"]).await.ok();
        assert_ne!(mcp.text("pid", json!({})).await, old);
    }
}

/// The digests of the blobs that the broker has.
fn blobs(broker: &Broker) -> BTreeSet<String> {
    let folders = std::fs::read_dir(broker.data().join("blobs/sha256")).unwrap();
    folders
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|blob| blob.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Makes all that was sent so far older than any grace.
async fn age(broker: &Broker) {
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    for digest in blobs(broker) {
        let path = broker
            .data()
            .join("blobs/sha256")
            .join(&digest[..2])
            .join(&digest);
        let file = std::fs::File::open(path).unwrap();
        file.set_modified(hour_ago).unwrap();
    }
    database::change(broker, "UPDATE manifests SET pushed_at = 0").await;
}

#[tokio::test]
async fn what_no_release_needs_is_removed() {
    let mut broker = Broker::start_with(&["--keep", "1", "--gc-grace", "10m"]).await;
    let folder = broker.scratch().join("files");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(fixture("connector.mjs"), folder.join("connector.mjs")).unwrap();
    let deploy = async |broker: &Broker, version: &str| {
        std::fs::write(folder.join("version"), version).unwrap();
        let folder = folder.to_str().unwrap();
        let start = ["--start", "node connector.mjs", "--yes"];
        let arguments = [&["deploy", "--name", "kept", "--bundle", folder], &start[..]].concat();
        broker.cli(&arguments).await.ok();
        blobs(broker)
    };
    let first = deploy(&broker, "1").await;
    let second = deploy(&broker, "2").await;
    assert!(first.is_subset(&second));
    // Older than the grace, but what serves and the one before it are needed.
    age(&broker).await;
    let third = deploy(&broker, "3").await;
    eventually("the first release goes", async || {
        states(&broker, "kept").await.len() == 2
    })
    .await;
    age(&broker).await;
    deploy(&broker, "4").await;
    let only_of_first = |digest: &String| first.contains(digest);
    eventually("what only the first had goes", async || {
        blobs(&broker)
            .iter()
            .filter(|digest| only_of_first(digest))
            .count()
            < first.len()
    })
    .await;
    // What is left can be run, and gone back to, by a broker that has unpacked none of it.
    broker.stop().await;
    std::fs::remove_dir_all(broker.data().join("installs")).unwrap();
    broker.start_again().await;
    let mcp = async |broker: &Broker| broker.mcp("kept", &broker.first_token()).await;
    eventually("it serves", async || {
        broker.json(&["show", "kept"]).await["live"].is_object()
    })
    .await;
    let session = mcp(&broker).await;
    assert_eq!(session.text("echo", json!({"text": "here"})).await, "here");
    broker.cli(&["rollback", "kept", "--yes"]).await.ok();
    assert_eq!(session.text("echo", json!({"text": "back"})).await, "back");
    assert!(third.iter().any(|digest| blobs(&broker).contains(digest)));
    age(&broker).await;
    broker.cli(&["delete", "kept", "--yes"]).await.ok();
    eventually("everything goes", async || blobs(&broker).is_empty()).await;
}
