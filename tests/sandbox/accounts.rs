//! What the account that the broker runs as may do, and what its kernel lets it do.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
};

use serde_json::json;
use tokio::net::{UnixListener, UnixStream};

use crate::support::{
    attacker::{Account, Attacker, texts},
    broker::{Broker, Surroundings},
    images::Engine,
    program::Program,
};

/// Makes a door of `group`'s to the engine at `host`: a socket as Docker makes its own.
fn door(host: &str, at: &Path, group: u32) {
    let engine = host
        .strip_prefix("unix://")
        .expect("an engine of this machine")
        .to_owned();
    let listener = UnixListener::bind(at).unwrap();
    chown(at, None, Some(group)).unwrap();
    fs::set_permissions(at, fs::Permissions::from_mode(0o660)).unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let engine = engine.clone();
            tokio::spawn(async move {
                let mut engine = UnixStream::connect(engine).await.unwrap();
                // Either side may go when it likes.
                _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
            });
        }
    });
}

#[tokio::test]
async fn who_may_use_the_engine_keeps_it_from_connectors() {
    let (Some(engine), true) = (Engine::of_the_tests(), Account::all().contains(&Account::Root)) else {
        return;
    };
    let user = Account::Ordinary.user().expect("a user of the test's own");
    let group = user + 1_000_000;
    let shared = tempfile::tempdir().unwrap();
    let folder = shared.path().join("run");
    fs::create_dir(&folder).unwrap();
    for path in [shared.path(), &folder] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let socket = folder.join("docker.sock");
    door(&engine.host, &socket, group);
    let host = format!("unix://{}", socket.display());
    let within = Surroundings {
        user: Some(user),
        groups: vec![group],
        ..Surroundings::default()
    };
    // A process, and even one that a careless deploy shows the socket to.
    let shown = folder.to_str().unwrap();
    let attacker = Attacker::start_in(within, &["--docker-host", &host], &["--readable", shown]).await;
    let broker = &attacker.broker;
    let image = engine.build("LABEL story=group");
    let mut deploy = broker.command();
    deploy.env("DOCKER_HOST", &host).args([
        "deploy",
        "--name",
        "boxed",
        "--image",
        &image.reference,
        "--transport",
        "stdio",
        "--yes",
    ]);
    Program::start(&mut deploy).finish().await.ok();
    let listed = broker.json(&["show", "boxed"]).await;
    assert_eq!(listed["live"]["number"], 1, "{listed}");
    let doctor = broker.json(&["doctor", "--docker-host", &host]).await;
    let engine = finding(&doctor, "Docker Engine");
    assert_eq!(engine["state"], "holds", "{engine}");

    let targets = [
        socket.to_str().unwrap(),
        "/var/run/docker.sock",
        "/run/docker.sock",
    ];
    let reached = texts(&attacker.tries("connect", json!({ "targets": targets })).await);
    assert_eq!(reached.len(), targets.len());
    assert!(
        reached.values().all(|outcome| outcome != "connected"),
        "{reached:?}"
    );
    let me = attacker.tries("whoami", json!({})).await;
    assert_eq!(me["uid"], user, "{me}");

    // Whoever is not in the group is told so, and has all else.
    let mut doctor = Surroundings {
        user: Some(user),
        ..Surroundings::default()
    }
    .berth();
    doctor.args(["doctor", "--output", "json", "--docker-host", &host]);
    let told = Program::start(&mut doctor).finish().await.ok().json();
    let engine = finding(&told, "Docker Engine");
    assert_eq!(engine["state"], "lacks", "{engine}");
    assert!(
        engine["hint"].as_str().unwrap().contains("group docker"),
        "{engine}"
    );
}

/// Where the kernel has no namespaces for whom the broker runs as.
fn confined(account: Account) -> Surroundings {
    Surroundings {
        user: account.user(),
        confined: true,
        ..Surroundings::default()
    }
}

#[tokio::test]
async fn without_namespaces_no_process_is_started_and_the_broker_says_why() {
    for account in Account::all() {
        let broker = Broker::start_in(&[], confined(account)).await;
        let log = broker.log();
        for piece in [
            "piece=\"namespaces\"",
            "piece=\"a private /proc\"",
            "piece=\"the network filter\"",
        ] {
            assert!(log.contains(piece), "no {piece} in {log}");
        }
        assert!(log.contains("user.max_user_namespaces"), "{log}");
        assert!(log.contains("no process of a connector is started"), "{log}");
        // Nothing of a program is run, whatever it is.
        let refused = broker
            .cli(&[
                "deploy",
                "--name",
                "refused",
                "--transport",
                "stdio",
                "--yes",
                "--",
                "touch",
                "ran",
            ])
            .await
            .fails(6, &["namespaces", "berth doctor", "--sandbox best-effort"]);
        assert!(!refused.stderr.contains("touch:"), "{refused:?}");

        let doctor = broker.cli(&["doctor", "--output", "json"]).await;
        assert_eq!(doctor.status, Some(1), "{doctor:?}");
        let told = doctor.json();
        assert_eq!(
            (&told["ok"], &told["sandboxed"]),
            (&json!(false), &json!(false)),
            "{told}"
        );
        let own = (account == Account::Root).then_some(("accounts of their own", "lacks"));
        let all = [
            ("namespaces", "lacks"),
            ("a private /proc", "lacks"),
            ("the network filter", "lacks"),
            ("the filter of system calls", "holds"),
        ];
        for (name, state) in all.into_iter().chain(own) {
            let finding = finding(&told, name);
            assert_eq!(finding["state"], state, "{finding}");
            assert_eq!(finding["needed"], true, "{finding}");
            let hint = finding["hint"].as_str().unwrap();
            assert_eq!(
                hint.contains("user.max_user_namespaces"),
                state == "lacks",
                "{finding}"
            );
        }
        // It depends on the machine whether there are control groups; both say the same of them.
        let cpu = finding(&told, "CPU time");
        let is_told = log.contains("CPU time by nothing");
        assert_eq!(cpu["state"] == "lacks", is_told, "{cpu}: {log}");
        broker
            .cli(&["doctor"])
            .await
            .fails(1, &["namespaces", "--sandbox best-effort"]);
    }
}

#[tokio::test]
async fn best_effort_starts_connectors_in_what_there_is() {
    for account in Account::all() {
        let attacker = Attacker::start_in(confined(account), &["--sandbox", "best-effort"], &[]).await;
        let log = attacker.broker.log();
        assert!(log.contains("piece=\"namespaces\""), "{log}");
        assert!(log.contains("--sandbox best-effort says"), "{log}");
        let me = attacker.tries("whoami", json!({})).await;
        let status = me["status"].as_str().unwrap();
        for held in ["NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000"] {
            assert!(status.contains(held), "no {held} in {status}");
        }
        // What it has is no worse than that of any process.
        let env = texts(&attacker.tries("env", json!({})).await);
        assert!(!env.contains_key("BERTH_CANARY"), "{env:?}");
    }
}

fn finding<'a>(doctor: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let all = doctor["findings"].as_array().unwrap();
    let found = all.iter().find(|finding| finding["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {doctor:#}"))
}
