//! Images, on a real Docker Engine.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::support::{
    broker::{Broker, Transport},
    images::{Engine, Image},
    mcp::http,
};

/// A broker that runs images on the engine of the tests.
async fn broker(engine: &Engine) -> Broker {
    Broker::start_with(&["--docker-host", &engine.host]).await
}

/// `docker push` to the broker; the digest of what lies there now.
async fn push(broker: &Broker, engine: &Engine, image: &Image) -> String {
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
    let there = format!("{host}/{}", image.reference);
    engine.docker(&["tag", &image.reference, &there]);
    let pushed = docker(&["push", &there]).output().await.unwrap();
    engine.docker(&["rmi", &there]);
    let said = String::from_utf8_lossy(&pushed.stdout);
    let digest = said.split_whitespace().find(|word| word.starts_with("sha256:"));
    digest
        .unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&pushed.stderr)))
        .to_owned()
}

/// What a transport takes besides the image.
fn transport(transport: Transport) -> (Value, Value) {
    match transport {
        Transport::Stdio => (json!({"kind": "stdio"}), json!([])),
        Transport::Http => (json!({"kind": "http", "path": "/mcp"}), json!(["--http"])),
    }
}

/// Deploys by the control API; the status and the body of its answer.
async fn ask(broker: &Broker, name: &str, body: &Value) -> (u16, Value) {
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
async fn deploy(broker: &Broker, name: &str, body: Value) -> Value {
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

async fn deploy_live(broker: &Broker, name: &str, body: Value) -> Value {
    let release = deploy(broker, name, body).await;
    assert_eq!(release["state"], "live", "{release}");
    release
}

/// The containers of one broker, running or not.
fn containers(engine: &Engine, broker: &Broker) -> Vec<String> {
    let id = std::fs::read_to_string(broker.data().join("runtime/id")).unwrap();
    let filter = format!("label=dev.berth.broker={id}");
    let listed = engine.docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]);
    listed.lines().map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn an_image_that_was_pushed_here() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=pushed");
    let mut broker = broker(&engine).await;
    let artifact = push(&broker, &engine, &image).await;
    for way in Transport::BOTH {
        let (transport, args) = transport(way);
        let source =
            json!({"kind": "image", "reference": image.reference, "artifact": artifact, "args": args});
        let name = way.as_str();
        let spec = json!({"source": source, "transport": transport, "settings": {"GREETING": "hello there"}});
        let body = json!({"spec": spec, "secrets": {"KEY": "canary-secret"}});
        deploy_live(&broker, name, body).await;
        let mcp = broker.mcp(name, &broker.token("admin").await).await;
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
    assert!(!broker.log().contains("canary-secret"));
    assert_eq!(containers(&engine, &broker).len(), 2);
    assert_eq!(broker.stop().await, Some(0));
    assert_eq!(containers(&engine, &broker).len(), 0);
}
