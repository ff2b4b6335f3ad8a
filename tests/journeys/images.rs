//! Images, on a real Docker Engine.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::oauth::{link_in, mapping};
use crate::support::{
    auth_server::AuthServer,
    broker::{Broker, Transport},
    browser::Browser,
    images::{Engine, Image},
    mcp::http,
    needs,
    program::eventually,
};

/// A broker that runs images on the engine of the tests.
pub(crate) async fn broker(engine: &Engine) -> Broker {
    Broker::start_with(&["--docker-host", &engine.host]).await
}

/// `docker push` to the broker; the digest of what lies there now.
pub(crate) async fn push(broker: &Broker, engine: &Engine, image: &Image) -> String {
    push_as(broker, engine, image, &image.reference).await
}

/// The same, under another name.
pub(crate) async fn push_as(broker: &Broker, engine: &Engine, image: &Image, name: &str) -> String {
    let host = broker.url.trim_start_matches("http://");
    let config = broker.scratch().join("docker");
    let docker = |arguments: &[&str]| {
        let mut command = tokio::process::Command::from(engine.command());
        command.env("DOCKER_CONFIG", &config).args(arguments);
        command
    };
    let mut login = docker(&["login", "--username", "admin", "--password-stdin", host])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let token = broker.token("admin").await;
    let mut stdin = login.stdin.take().unwrap();
    stdin.write_all(token.as_bytes()).await.unwrap();
    drop(stdin);
    assert!(login.wait().await.unwrap().success());
    let there = format!("{host}/{name}");
    engine.docker(&["tag", &image.reference, &there]);
    let pushed = docker(&["push", &there]).output().await.unwrap();
    engine.docker(&["rmi", &there]);
    let said = String::from_utf8_lossy(&pushed.stdout);
    let digest = said.split_whitespace().find(|word| word.starts_with("sha256:"));
    digest
        .unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&pushed.stderr)))
        .to_owned()
}

/// The body of a deploy of the tests' image.
pub(crate) fn spec(image: &Image, way: Transport, artifact: Option<&str>, more: &[&str]) -> Value {
    let (transport, mut args) = match way {
        Transport::Stdio => (json!({"kind": "stdio"}), vec![]),
        Transport::Http => (json!({"kind": "http", "path": "/mcp"}), vec!["--http"]),
    };
    args.extend(more);
    let mut source = json!({"kind": "image", "reference": image.reference, "args": args});
    if let Some(artifact) = artifact {
        source["artifact"] = json!(artifact);
    }
    json!({"spec": {"source": source, "transport": transport}})
}

/// Deploys by the control API; the status and the body of its answer.
pub(crate) async fn ask(broker: &Broker, name: &str, body: &Value) -> (u16, Value) {
    let answer = http()
        .post(format!("{}/api/v1/connectors/{name}/releases", broker.url))
        .bearer_auth(broker.token("admin").await)
        .json(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Deploys a spec, and waits until the release is settled.
pub(crate) async fn deploy(broker: &Broker, name: &str, body: Value) -> Value {
    let (status, answer) = ask(broker, name, &body).await;
    assert!(status < 300, "{answer}");
    let number = answer["release"]["number"].as_i64().or(answer["number"].as_i64());
    let url = format!(
        "{}/api/v1/connectors/{name}/releases/{}",
        broker.url,
        number.unwrap()
    );
    let token = broker.token("admin").await;
    loop {
        let answer = http().get(&url).bearer_auth(&token).send().await.unwrap();
        let release: Value = answer.json().await.unwrap();
        if ["live", "failed"].contains(&release["state"].as_str().unwrap()) {
            return release;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

pub(crate) async fn deploy_live(broker: &Broker, name: &str, body: Value) -> Value {
    let release = deploy(broker, name, body).await;
    assert_eq!(release["state"], "live", "{release}");
    release
}

/// The containers of one broker, running or not.
pub(crate) fn containers(engine: &Engine, broker: &Broker) -> Vec<String> {
    engine.containers_of(&broker.data())
}

#[tokio::test]
async fn an_image_that_was_pushed_here() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=pushed");
    // With all that the engine's client would say.
    let arguments = ["--docker-host", &engine.host, "--log", "debug,bollard=trace"];
    let mut broker = Broker::start_with(&arguments).await;
    let artifact = push(&broker, &engine, &image).await;
    for way in Transport::BOTH {
        let mut body = spec(&image, way, Some(&artifact), &[]);
        body["spec"]["settings"] = json!({"GREETING": "hello there"});
        body["secrets"] = json!({"KEY": "canary-secret"});
        deploy_live(&broker, way.as_str(), body).await;
        let mcp = broker.mcp(way.as_str(), &broker.token("admin").await).await;
        assert_eq!(
            mcp.text("echo", json!({"text": "through an image"})).await,
            "through an image"
        );
        let env: Value = serde_json::from_str(&mcp.text("env", json!({})).await).unwrap();
        assert_eq!(env["GREETING"], "hello there");
        assert_eq!(env["KEY"], "canary-secret");
        // What is this machine's stays here.
        assert_eq!(env["TMPDIR"], Value::Null, "{env}");
        assert_eq!(env["LANG"], Value::Null, "{env}");
    }
    // The old release serves on while the new one is probed, at the same port.
    let mcp = broker.mcp("http", &broker.token("admin").await).await;
    let mut again = spec(&image, Transport::Http, Some(&artifact), &[]);
    again["spec"]["transport"]["port"] = json!(7777);
    again["spec"]["settings"] = json!({"GREETING": "and again"});
    for _ in 0..2 {
        again["force"] = json!(true);
        deploy_live(&broker, "http", again.clone()).await;
        assert!(mcp.text("env", json!({})).await.contains("and again"));
    }
    let logs = broker.cli(&["logs", "http"]).await.ok().stdout;
    assert!(logs.contains("the tests' connector starts"), "{logs}");
    assert!(!broker.log().contains("canary-secret"));
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(containers(&engine, &broker), [""; 0]);
}

#[tokio::test]
async fn each_user_has_their_own_token_in_an_image() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=users");
    for way in Transport::BOTH {
        let broker = broker(&engine).await;
        let Some(provider) = AuthServer::start(&broker, &["notes"], 3600).await else {
            return;
        };
        let artifact = push(&broker, &engine, &image).await;
        deploy_live(&broker, "notes", spec(&image, way, Some(&artifact), &[])).await;
        provider.set(&broker, "notes", &mapping(way)).await;
        let mut tokens = Vec::new();
        for name in ["alice", "bob"] {
            let mut browser = Browser::signed_in(&broker.add_user(name).await).await;
            let mcp = broker.mcp("notes", &broker.token(name).await).await;
            let link = link_in(&mcp.call("echo", json!({"text": "x"})).await);
            assert_eq!(browser.connect(&link, name).await.status, 200);
            let (tool, field, prefix) = match way {
                Transport::Stdio => ("env", "ACCESS_TOKEN", ""),
                Transport::Http => ("headers", "authorization", "Bearer "),
            };
            let seen: Value = serde_json::from_str(&mcp.text(tool, json!({})).await).unwrap();
            let token = seen[field].as_str().unwrap_or_else(|| panic!("{seen}"));
            tokens.push(token.strip_prefix(prefix).unwrap().to_owned());
        }
        assert!(!tokens[0].is_empty() && tokens[0] != tokens[1]);
        assert!(!tokens.iter().any(|token| broker.log().contains(token)));
    }
}

#[tokio::test]
async fn a_container_that_is_gone_is_followed_by_another() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=killed");
    let mut broker = broker(&engine).await;
    let artifact = push(&broker, &engine, &image).await;
    let token = broker.token("admin").await;
    for way in Transport::BOTH {
        deploy_live(&broker, way.as_str(), spec(&image, way, Some(&artifact), &[])).await;
        let mcp = broker.mcp(way.as_str(), &token).await;
        mcp.text("echo", json!({"text": "before"})).await;
        for killed in containers(&engine, &broker) {
            engine.docker(&["kill", &killed]);
        }
        eventually("its end is seen", async || {
            containers(&engine, &broker).is_empty()
        })
        .await;
        assert_eq!(mcp.text("echo", json!({"text": "after"})).await, "after");
    }
    // Somebody tidies up: what is idle has no container that its image is needed for.
    for container in containers(&engine, &broker) {
        engine.docker(&["kill", &container]);
    }
    eventually("no container is left", async || {
        containers(&engine, &broker).is_empty()
    })
    .await;
    engine.forget(&broker.data());
    engine.docker(&["rmi", "--force", &image.reference]);
    let mcp = broker.mcp("http", &token).await;
    assert_eq!(mcp.text("echo", json!({"text": "put back"})).await, "put back");

    // Whoever is killed can't clean up behind itself; the next one does.
    let left = containers(&engine, &broker);
    assert!(!left.is_empty());
    broker.kill().await;
    assert_eq!(containers(&engine, &broker), left);
    broker.start_again().await;
    eventually("what was left is removed", async || {
        !containers(&engine, &broker).iter().any(|id| left.contains(id))
    })
    .await;
    let mcp = broker.mcp("stdio", &token).await;
    assert_eq!(mcp.text("echo", json!({"text": "again"})).await, "again");
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(containers(&engine, &broker), [""; 0]);
}

#[tokio::test]
async fn images_go_with_the_releases_that_need_them() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let broker = Broker::start_with(&["--docker-host", &engine.host, "--keep", "1"]).await;
    for number in 1..=3 {
        let image = engine.build(&format!("LABEL story=kept-{number}"));
        let artifact = push(&broker, &engine, &image).await;
        deploy_live(
            &broker,
            "kept",
            spec(&image, Transport::Http, Some(&artifact), &[]),
        )
        .await;
    }
    eventually("the first one is gone", async || {
        engine.images_of(&broker.data()).len() == 2
    })
    .await;
    broker.cli(&["rollback", "kept", "--yes"]).await.ok();
    let mcp = broker.mcp("kept", &broker.token("admin").await).await;
    assert_eq!(mcp.text("echo", json!({"text": "back"})).await, "back");
}

#[tokio::test]
async fn an_image_by_reference_is_pinned() {
    let (Some(engine), Some(registry)) = (Engine::of_the_tests(), needs::registry()) else {
        return;
    };
    let broker = broker(&engine).await;
    let (first, second) = (
        engine.build("LABEL story=first"),
        engine.build("LABEL story=second"),
    );
    let repository = format!("{registry}/{}", first.reference.trim_end_matches(":1"));
    let there = format!("{repository}:newest");
    let publish = |image: &Image| {
        engine.docker(&["tag", &image.reference, &there]);
        engine.docker(&["push", "--quiet", &there]);
        let digest = engine.docker(&["inspect", "--format", "{{index .RepoDigests 0}}", &there]);
        engine.docker(&["rmi", &there]);
        digest
    };
    let by_reference = json!({"spec": {
        "source": {"kind": "image", "reference": there},
        "transport": {"kind": "stdio"},
    }});
    let published = publish(&first);
    drop(first);
    let live = deploy_live(&broker, "pulled", by_reference.clone()).await;
    assert_eq!(live["pinned"], published);
    // The tag stands for the same image still, and then for another.
    let (status, answer) = ask(&broker, "pulled", &by_reference).await;
    assert_eq!(
        (status, &answer["verdict"]),
        (200, &json!("unchanged")),
        "{answer}"
    );
    let published = publish(&second);
    let live = deploy_live(&broker, "pulled", by_reference).await;
    assert_eq!(live["pinned"], published);
    assert_eq!(live["number"], 2);
    let mcp = broker.mcp("pulled", &broker.token("admin").await).await;
    assert_eq!(mcp.text("echo", json!({"text": "pulled"})).await, "pulled");
}
