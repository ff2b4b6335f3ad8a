//! What holds a container in, on a real Docker Engine.

use serde_json::{Value, json};

use super::{
    images::{broker, containers, deploy, deploy_live, push, spec},
    oauth::link_in,
};
use crate::support::{
    auth_server::AuthServer, broker::Transport, browser::Browser, images::Engine, program::eventually,
};

/// What the engine says of a container, under a path such as `.HostConfig.Memory`.
pub(crate) fn said(engine: &Engine, container: &str, path: &str) -> Value {
    let format = format!("{{{{json {path}}}}}");
    let text = engine.docker(&["inspect", "--format", &format, container]);
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn a_container_has_no_rights_and_its_limits() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=held");
    let mut broker = broker(&engine).await;
    let artifact = push(&broker, &engine, &image).await;
    let token = broker.token("admin").await;
    let mut body = spec(&image, Transport::Stdio, Some(&artifact), &[]);
    body["spec"]["run"] = json!({"memory": "64m", "cpus": "0.5", "pids": 40, "disk": "10m"});
    deploy_live(&broker, "held", body).await;
    let mcp = broker.mcp("held", &token).await;
    let status = mcp.text("read", json!({"path": "/proc/self/status"})).await;
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("{status}"))
            .split_whitespace()
            .nth(1)
            .unwrap()
            .to_owned()
    };
    assert_eq!(of("NoNewPrivs:"), "1");
    assert_eq!(of("Seccomp:"), "2");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(of(set), "0000000000000000", "{set}");
    }
    let limits = mcp.text("read", json!({"path": "/proc/self/limits"})).await;
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name));
        line.unwrap_or_else(|| panic!("{limits}"))[name.len()..]
            .split_whitespace()
            .take(2)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(limit("Max open files"), "1024 4096");
    assert_eq!(limit("Max core file size"), "0 0");
    assert_eq!(limit("Max file size"), "10485760 10485760");

    let [container] = &containers(&engine, &broker)[..] else {
        panic!("one container runs");
    };
    assert_eq!(said(&engine, container, ".HostConfig.Memory"), 64 << 20);
    assert_eq!(said(&engine, container, ".HostConfig.PidsLimit"), 40);
    assert_eq!(said(&engine, container, ".HostConfig.CpuQuota"), 50_000);

    // More than its share of memory ends it, and the caller is told so.
    let hog = mcp.call("hog", json!({"megabytes": "200"})).await;
    let told = hog["error"]["message"].to_string();
    assert!(told.contains("ran out of memory (its limit is 64m)"), "{hog}");
    assert_eq!(mcp.text("echo", json!({"text": "after"})).await, "after");
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(engine.networks_of(&broker.data()), [""; 0]);
}

#[tokio::test]
async fn containers_do_not_reach_each_other() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=apart");
    let mut broker = broker(&engine).await;
    let artifact = push(&broker, &engine, &image).await;
    let token = broker.token("admin").await;
    for name in ["one", "two"] {
        deploy_live(&broker, name, spec(&image, Transport::Http, Some(&artifact), &[])).await;
    }
    let networks = engine.networks_of(&broker.data());
    assert_eq!(networks.len(), 1);
    let mut addresses = Vec::new();
    for container in containers(&engine, &broker) {
        let found = said(&engine, &container, ".NetworkSettings.Networks");
        let found = found.as_object().unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        let network = found.values().next().unwrap();
        assert_eq!(network["NetworkID"], networks[0].as_str());
        addresses.push(network["IPAddress"].as_str().unwrap().to_owned());
    }
    let one = broker.mcp("one", &token).await;
    let mut answers = Vec::new();
    for address in &addresses {
        let address = format!("{address}:8080");
        answers.push(one.text("connect", json!({"address": address})).await);
    }
    answers.sort();
    // Itself, and not the other one.
    assert_eq!(answers[0], "connected");
    assert_ne!(answers[1], "connected");

    // Somebody tidies up while nothing runs: the network comes back with the next container.
    for container in containers(&engine, &broker) {
        engine.docker(&["kill", &container]);
    }
    eventually("no container is left", async || {
        containers(&engine, &broker).is_empty()
    })
    .await;
    engine.docker(&["network", "rm", &networks[0]]);
    assert_eq!(one.text("echo", json!({"text": "again"})).await, "again");
    assert_eq!(engine.networks_of(&broker.data()).len(), 1);

    // One that is killed leaves both; its next run takes both away, needed or not.
    broker.kill().await;
    assert_eq!(engine.networks_of(&broker.data()).len(), 1);
    broker.start_again().await;
    eventually("what was left is removed", async || {
        containers(&engine, &broker).is_empty()
    })
    .await;
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(engine.networks_of(&broker.data()), [""; 0]);
}

#[tokio::test]
async fn an_image_is_read_only_where_it_works_so() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=roots\nVOLUME /volume");
    let mut broker = broker(&engine).await;
    let artifact = push(&broker, &engine, &image).await;
    let token = broker.token("admin").await;
    for way in Transport::BOTH {
        let name = way.as_str();
        let release = deploy_live(&broker, name, spec(&image, way, Some(&artifact), &[])).await;
        assert_eq!(release["root"], "read-only");
        let mcp = broker.mcp(name, &token).await;
        let write = async |path: &str| mcp.text("write", json!({"path": path, "text": "x"})).await;
        assert!(write("/mine").await.contains("Read-only file system"));
        for folder in ["/tmp", "/var/tmp", "/run", "/dev/shm", "/volume"] {
            assert_eq!(write(&format!("{folder}/mine")).await, "written", "{folder}");
        }
    }
    // What insists on more, or says that it could do with more, gets it, and keeps it.
    for (more, name) in [("--writes", "insists"), ("--complains", "complains")] {
        for way in Transport::BOTH {
            let name = format!("{name}-{}", way.as_str());
            let release = deploy_live(&broker, &name, spec(&image, way, Some(&artifact), &[more])).await;
            assert_eq!(release["root"], "writable", "{name}");
        }
    }
    let shown = broker.cli(&["show", "insists-http"]).await.ok().stdout;
    assert!(shown.contains("writable root"), "{shown}");
    broker.kill().await;
    broker.start_again().await;
    for name in ["insists-stdio", "insists-http", "complains-stdio"] {
        let mcp = broker.mcp(name, &token).await;
        let written = mcp.text("write", json!({"path": "/mine", "text": "x"})).await;
        assert_eq!(written, "written", "{name}");
    }
    // Found again to be so by whatever probes it.
    broker.cli(&["restart", "insists-http"]).await.ok();
    let shown = broker.json(&["show", "insists-http"]).await;
    assert_eq!(shown["live"]["root"], "writable", "{shown}");

    // One that fails either way says why it does.
    let release = deploy(
        &broker,
        "faulty",
        spec(&image, Transport::Stdio, Some(&artifact), &["--exit", "3"]),
    )
    .await;
    assert!(
        release["failure"].to_string().contains("exited with status 3"),
        "{release}"
    );
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(containers(&engine, &broker), [""; 0]);
}

#[tokio::test]
async fn a_container_that_fills_the_disk_is_stopped() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=full\nVOLUME /volume");
    let broker = broker(&engine).await;
    let artifact = push(&broker, &engine, &image).await;
    let token = broker.token("admin").await;
    let mut places = vec![("root", "--writes", "")];
    // The engine's own files are root's.
    if rustix::process::geteuid().is_root() {
        places.push(("volume", "--quiet", "/volume"));
    }
    for (name, how, place) in places {
        let mut body = spec(&image, Transport::Stdio, Some(&artifact), &[how]);
        body["spec"]["run"] = json!({"disk": "10m"});
        deploy_live(&broker, name, body).await;
        let mcp = broker.mcp(name, &token).await;
        assert_eq!(mcp.text("echo", json!({"text": "before"})).await, "before");
        let [container] = &containers(&engine, &broker)[..] else {
            panic!("one container runs");
        };
        // Each is smaller than the largest file that it may have.
        for number in 0..8 {
            let (path, text) = (format!("{place}/{number}"), "x".repeat(2 << 20));
            assert_eq!(
                mcp.text("write", json!({"path": path, "text": text})).await,
                "written"
            );
        }
        eventually("it is stopped", async || {
            !containers(&engine, &broker).contains(container)
        })
        .await;
        assert_eq!(mcp.text("echo", json!({"text": "after"})).await, "after");
        let logged = broker.log();
        let told = "ran out of room (it has written more than 10m) and was stopped";
        assert!(logged.contains(told), "{logged}");
        broker.cli(&["delete", name, "--yes"]).await.ok();
        eventually("nothing of it is left", async || {
            containers(&engine, &broker).is_empty()
        })
        .await;
    }
}

#[tokio::test]
async fn a_token_in_a_file_changes_under_a_living_container() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=token-file\nUSER 12345:12345");
    let broker = broker(&engine).await;
    let Some(provider) = AuthServer::start(&broker, &["notes"], 4).await else {
        return;
    };
    let artifact = push(&broker, &engine, &image).await;
    deploy_live(
        &broker,
        "notes",
        spec(&image, Transport::Stdio, Some(&artifact), &[]),
    )
    .await;
    provider
        .set(&broker, "notes", &["--file", "TOKEN_FILE={access_token}"])
        .await;
    let mut browser = Browser::signed_in(&broker.add_user("alice").await).await;
    let mcp = broker.mcp("notes", &broker.token("alice").await).await;
    let link = link_in(&mcp.call("echo", json!({"text": "x"})).await);
    assert_eq!(browser.connect(&link, "alice").await.status, 200);
    let env: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
    let file = env["TOKEN_FILE"]
        .as_str()
        .unwrap_or_else(|| panic!("{env}"))
        .to_owned();
    let token = async || mcp.text("read", json!({"path": file})).await;
    let first = token().await;
    assert!(!first.is_empty() && !env.to_string().contains(&first));
    let running = containers(&engine, &broker);
    eventually("a newer token is in the file", async || token().await != first).await;
    assert_eq!(containers(&engine, &broker), running, "the container lives on");
    let write = mcp.text("write", json!({"path": file, "text": "x"})).await;
    assert!(
        write.contains("ermission denied") || write.contains("Read-only"),
        "{write}"
    );

    let folder = std::path::Path::new(&file).parent().unwrap().to_owned();
    broker.cli(&["delete", "notes", "--yes"]).await.ok();
    eventually("nothing of it is left", async || {
        !folder.exists() && containers(&engine, &broker).is_empty()
    })
    .await;
}
