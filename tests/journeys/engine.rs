//! `berth serve --engine docker`: what is no image runs in containers as well.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{containers::said, images::containers, oauth::link_in};
use crate::support::{
    attacker::Account,
    auth_server::AuthServer,
    broker::{Broker, Surroundings, Transport},
    browser::Browser,
    images::{Engine, connector},
    needs,
    program::{eventually, fixture},
};

const EVERYTHING: &str = "@modelcontextprotocol/server-everything@2026.8.31";
const TIME: &str = "mcp-server-time==2026.10.19";

/// A broker that runs everything in containers of the image, and whose `PATH` has uv on it where there is one.
async fn broker_of(engine: &Engine, image: &str) -> Broker {
    broker_within(engine, image, Surroundings::default()).await
}

async fn broker_within(engine: &Engine, image: &str, surroundings: Surroundings) -> Broker {
    let arguments = [
        "--docker-host",
        &engine.host,
        "--engine",
        "docker",
        "--engine-image",
        image,
    ];
    let own = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&own).chain(needs::uv());
    let path: OsString = std::env::join_paths(folders).unwrap();
    let surroundings = Surroundings {
        path: Some(PathBuf::from(path)),
        ..surroundings
    };
    Broker::start_in(&arguments, surroundings).await
}

/// A folder with the tests' static connector.
fn bundle(broker: &Broker) -> String {
    let folder = broker.scratch().join("native");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(connector(), folder.join("connector")).unwrap();
    folder.to_str().unwrap().to_owned()
}

async fn deploy_bundle(broker: &Broker, name: &str, way: Transport, more: &[&str]) {
    let folder = bundle(broker);
    let start = match way {
        Transport::Stdio => "./connector",
        Transport::Http => "./connector --http",
    };
    let arguments = [
        "deploy",
        "--yes",
        "--name",
        name,
        "--transport",
        way.as_str(),
        "--bundle",
        &folder,
        "--start",
        start,
    ];
    broker.cli(&[&arguments[..], more].concat()).await.ok();
}

#[tokio::test]
async fn packages_run_in_containers() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let mut broker = broker_of(&engine, &engine.toolbox()).await;
    let token = broker.token("admin").await;
    for (way, word) in [(Transport::Stdio, "stdio"), (Transport::Http, "streamableHttp")] {
        let (name, transport) = (format!("npx-{}", way.as_str()), way.as_str());
        let deploy = ["deploy", "--yes", "--name", &name, "--transport", transport];
        let deploy = [&deploy[..], &["--npx", EVERYTHING, "--", word]].concat();
        broker.cli(&deploy).await.ok();
        let mcp = broker.mcp(&name, &token).await;
        let echoed = mcp.text("echo", json!({"message": "hello"})).await;
        assert_eq!(echoed, "Echo: hello");
    }
    if needs::uv().is_some() {
        let deploy = ["deploy", "--yes", "--name", "uvx", "--uvx", TIME];
        broker.cli(&deploy).await.ok();
        let mcp = broker.mcp("uvx", &token).await;
        let now = mcp.text("get_current_time", json!({"timezone": "UTC"})).await;
        assert!(now.contains("UTC"), "{now}");
    }
    let all = containers(&engine, &broker);
    assert!(all.len() >= 2, "{all:?}");
    let mut whose = Vec::new();
    for container in &all {
        assert_eq!(said(&engine, container, ".HostConfig.ReadonlyRootfs"), true);
        assert_eq!(said(&engine, container, ".HostConfig.CapDrop"), json!(["ALL"]));
        assert_eq!(
            said(&engine, container, ".HostConfig.SecurityOpt"),
            json!(["no-new-privileges"])
        );
        let labels = said(&engine, container, ".Config.Labels");
        assert_eq!(labels["dev.berth.release"], "1");
        whose.push(labels["dev.berth.connector"].as_str().unwrap().to_owned());
    }
    whose.sort();
    assert!(whose.contains(&"npx-http".into()) && whose.contains(&"npx-stdio".into()));

    // One that is killed leaves them; its next run takes them away, and serves again.
    broker.kill().await;
    assert_eq!(containers(&engine, &broker), all);
    broker.start_again().await;
    eventually("what was left is removed", async || {
        let now = containers(&engine, &broker);
        all.iter().all(|container| !now.contains(container))
    })
    .await;
    let mcp = broker.mcp("npx-stdio", &token).await;
    let echoed = mcp.text("echo", json!({"message": "again"})).await;
    assert_eq!(echoed, "Echo: again");
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(containers(&engine, &broker), [""; 0]);
    assert_eq!(engine.networks_of(&broker.data()), [""; 0]);
}

#[tokio::test]
async fn a_bundle_writes_to_its_home_and_to_nothing_else() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let mut broker = broker_of(&engine, &engine.toolbox()).await;
    let token = broker.token("admin").await;
    let shown = broker.scratch().join("shown");
    fs::create_dir_all(&shown).unwrap();
    fs::write(shown.join("file"), "to be read").unwrap();
    let shown = shown.to_str().unwrap();
    for way in Transport::BOTH {
        let name = way.as_str();
        let more = [
            "--memory",
            "64m",
            "--pids",
            "40",
            "--disk",
            "10m",
            "--readable",
            shown,
            "-e",
            "GREETING=hello there",
        ];
        deploy_bundle(&broker, name, way, &more).await;
        let mcp = broker.mcp(name, &token).await;
        let env: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
        assert_eq!(env["GREETING"], "hello there");
        assert!(
            env["PATH"].as_str().unwrap().starts_with("/opt/tools/bin"),
            "{env}"
        );
        let home = env["HOME"].as_str().unwrap().to_owned();
        assert!(Path::new(&home).starts_with(broker.data()), "{env}");
        let write = async |path: &str| mcp.text("write", json!({"path": path, "text": "x"})).await;
        assert_eq!(write(&format!("{home}/mine")).await, "written");
        assert_eq!(fs::read_to_string(format!("{home}/mine")).unwrap(), "x");
        assert_eq!(write("/tmp/mine").await, "written");

        // What it was started from is the same for all who share it.
        let cwd = mcp.text("read", json!({"path": "connector"})).await;
        assert!(!cwd.contains("No such file"), "it is in its folder: {cwd}");
        for closed in [
            "./connector",
            "./mine",
            "/mine",
            "/opt/tools/bin/node",
            &format!("{shown}/mine"),
        ] {
            let said = write(closed).await;
            assert!(
                ["Read-only file system", "Permission denied", "Text file busy"]
                    .iter()
                    .any(|refusal| said.contains(refusal)),
                "{closed}: {said}"
            );
        }
        let read = async |path: String| mcp.text("read", json!({"path": path})).await;
        assert_eq!(read(format!("{shown}/file")).await, "to be read");
        let data = broker.data();
        for hidden in ["master.key", "berth.db", "runtime/id"] {
            let said = read(data.join(hidden).to_str().unwrap().to_owned()).await;
            assert!(said.contains("No such file"), "{hidden}: {said}");
        }
        let status = read("/proc/self/status".into()).await;
        let of = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        assert_eq!(of("NoNewPrivs:"), "1");
        assert_eq!(of("CapEff:"), "0000000000000000");
        let owner = fs::metadata(&home).unwrap().uid();
        assert_eq!(of("Uid:"), owner.to_string());
        if rustix::process::geteuid().is_root() {
            assert_ne!(owner, 0);
        }
        let shown = broker.json(&["show", name]).await;
        let memory = shown["instances"][0]["memory"].as_u64();
        assert!(memory.is_some_and(|memory| memory > 100_000), "{shown}");

        let hog = mcp.call("hog", json!({"megabytes": "200"})).await;
        let told = hog["error"]["message"].to_string();
        assert!(told.contains("ran out of memory (its limit is 64m)"), "{hog}");
        assert_eq!(mcp.text("echo", json!({"text": "after"})).await, "after");

        // What it keeps is all that it may keep, whoever runs it.
        for number in 0..8 {
            let (path, text) = (format!("{home}/{number}"), "x".repeat(2 << 20));
            mcp.call("write", json!({"path": path, "text": text})).await;
        }
        eventually("its home is too full to start in", async || {
            let answer = mcp.call("echo", json!({"text": "x"})).await;
            answer["error"]["message"]
                .to_string()
                .contains("its home holds more than 10m")
        })
        .await;
        broker.cli(&["restart", name, "--clear-homes"]).await.ok();
        assert_eq!(mcp.text("echo", json!({"text": "empty"})).await, "empty");
        assert!(!Path::new(&format!("{home}/0")).exists());
    }
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(containers(&engine, &broker), [""; 0]);
}

#[tokio::test]
async fn an_account_in_the_engines_group_is_enough() {
    let (Some(engine), true) = (Engine::of_the_tests(), Account::all().contains(&Account::Root)) else {
        return;
    };
    let user = Account::Ordinary.user().unwrap();
    let socket = fs::metadata(engine.host.trim_start_matches("unix://")).unwrap();
    let surroundings = Surroundings {
        user: Some(user),
        groups: vec![socket.gid()],
        ..Surroundings::default()
    };
    let broker = broker_within(&engine, &engine.toolbox(), surroundings).await;
    let token = broker.token("admin").await;
    deploy_bundle(&broker, "ordinary", Transport::Stdio, &[]).await;
    let mcp = broker.mcp("ordinary", &token).await;
    let env: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
    for folder in [env["HOME"].as_str().unwrap(), "/tmp"] {
        let write = json!({"path": format!("{folder}/mine"), "text": "x"});
        assert_eq!(mcp.text("write", write).await, "written", "{folder}");
    }
    let status = mcp.text("read", json!({"path": "/proc/self/status"})).await;
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    let user = user.to_string();
    assert_eq!(of("Uid:"), [&user[..]; 4].join(" "));
    assert!(!of("Groups:").contains(&socket.gid().to_string()) || socket.gid().to_string() == user);
}

#[tokio::test]
async fn each_container_has_all_ports() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let broker = broker_of(&engine, &engine.toolbox()).await;
    let token = broker.token("admin").await;
    // Somebody on this machine has it already.
    let taken = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for greeting in ["GREETING=one", "GREETING=two"] {
        let more = ["--port", &port, "-e", greeting];
        deploy_bundle(&broker, "fixed", Transport::Http, &more).await;
        let mcp = broker.mcp("fixed", &token).await;
        let env: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
        assert_eq!(
            format!("GREETING={}", env["GREETING"].as_str().unwrap()),
            greeting
        );
        assert_eq!(env["PORT"], port.as_str());
    }
}

#[tokio::test]
async fn tokens_reach_contained_connectors() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let broker = broker_of(&engine, &engine.toolbox()).await;
    let names = ["by-env", "by-file"];
    let Some(provider) = AuthServer::start(&broker, &names, 4).await else {
        return;
    };
    let mut browser = Browser::signed_in(&broker.add_user("alice").await).await;
    let token = broker.token("alice").await;
    for (name, flag) in [("by-env", "--env"), ("by-file", "--file")] {
        deploy_bundle(&broker, name, Transport::Stdio, &[]).await;
        provider.set(&broker, name, &[flag, "TOKEN={access_token}"]).await;
        let mcp = broker.mcp(name, &token).await;
        let link = link_in(&mcp.call("env", json!({})).await);
        assert_eq!(browser.connect(&link, "alice").await.status, 200);
        let given = async || {
            let env: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
            let token = env["TOKEN"].as_str().unwrap().to_owned();
            match flag {
                "--env" => token,
                _ => mcp.text("read", json!({"path": token})).await,
            }
        };
        let first = given().await;
        assert!(first.len() > 10, "{name}: {first}");
        let running = containers(&engine, &broker);
        eventually("a newer token is there", async || given().await != first).await;
        if flag == "--file" {
            assert_eq!(containers(&engine, &broker), running, "the container lives on");
            let env: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
            let write = json!({"path": env["TOKEN"], "text": "x"});
            let said = mcp.text("write", write).await;
            assert!(said.contains("Read-only"), "{said}");
        }
        broker.cli(&["delete", name, "--yes"]).await.ok();
    }
}

#[tokio::test]
async fn what_the_image_lacks_is_said() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    // Nothing but one program that nobody asks for.
    let image = engine.build("LABEL story=bare");
    let mut broker = broker_of(&engine, &image.reference).await;
    let deploy = ["deploy", "--yes", "--name", "bare"];
    let ask = async |more: &[&str]| broker.cli(&[&deploy[..], more].concat()).await;
    let lacks = ["which connectors run in here, has no program", "--engine-image"];
    let script = fixture("connector.mjs");
    ask(&["--npx", EVERYTHING])
        .await
        .fails(6, &[&lacks[..], &[r#""node""#, &image.reference]].concat());
    // On this machine there is one.
    ask(&["--", "node", script.to_str().unwrap()])
        .await
        .fails(6, &[&lacks[..], &[r#""node""#]].concat());
    if needs::uv().is_some() {
        ask(&["--uvx", TIME])
            .await
            .fails(6, &[&lacks[..], &[r#""python3."#]].concat());
    }
    // A command's program is the image's own.
    let deployed = ask(&["--", "/connector"]).await;
    deployed.ok();
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(containers(&engine, &broker), [""; 0]);
}
