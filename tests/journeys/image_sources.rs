//! The ways to an image: built here, in the engine here, in a registry, in the broker's own registry.

use std::fs;

use serde_json::{Value, json};

use super::images::push;
use crate::support::{
    broker::Broker,
    images::{self, Engine},
    needs, processes,
    program::{Output, Program, eventually},
};

async fn broker(engine: &Engine) -> Broker {
    Broker::start_with(&["--docker-host", &engine.host]).await
}

/// `berth deploy ARGUMENTS` where Docker is `host`.
fn start(broker: &Broker, host: &str, arguments: &[&str]) -> Program {
    let mut command = broker.command();
    command
        .env("DOCKER_HOST", host)
        .args(["--output", "json", "deploy", "--yes"])
        .args(arguments);
    Program::start(&mut command)
}

async fn deploy(broker: &Broker, engine: &Engine, arguments: &[&str]) -> Output {
    start(broker, &engine.host, arguments).finish().await
}

async fn echoes(broker: &Broker, name: &str) {
    let mcp = broker.mcp(name, &broker.token("admin").await).await;
    assert_eq!(mcp.text("echo", json!({"text": name})).await, name);
}

/// An archive for `docker load` with an image for `platform`, of one empty layer.
fn image_for(platform: &str, reference: &str) -> Vec<u8> {
    /// Of 1024 bytes of zeros: a tar archive without entries.
    const EMPTY: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
    let (os, architecture) = platform.split_once('/').unwrap();
    let config = json!({"os": os, "architecture": architecture, "config": {"Cmd": ["/x"]},
        "rootfs": {"type": "layers", "diff_ids": [EMPTY]}});
    let manifest = json!([{"Config": "c.json", "RepoTags": [reference], "Layers": ["l.tar"]}]);
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in [
        ("l.tar", vec![0; 1024]),
        ("c.json", config.to_string().into_bytes()),
        ("manifest.json", manifest.to_string().into_bytes()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        archive
            .append_data(&mut header, name, content.as_slice())
            .unwrap();
    }
    archive.into_inner().unwrap()
}

#[tokio::test]
async fn a_dockerfile_is_built_sent_once_and_then_nothing_to_do() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let broker = broker(&engine).await;
    let context = images::context(&broker.scratch());
    fs::write(context.join(".dockerignore"), "Dockerfile\n*.md\n").unwrap();
    fs::write(context.join("notes.md"), "not for the image").unwrap();
    let dockerfile = context.join("Dockerfile");
    let dockerfile = dockerfile.to_str().unwrap();
    let first = deploy(
        &broker,
        &engine,
        &[
            "--dockerfile",
            dockerfile,
            "--name",
            "built",
            "--transport",
            "stdio",
        ],
    )
    .await
    .ok();
    assert!(
        first.stderr.contains("Step 2/4 : COPY connector /connector"),
        "{first:#?}"
    );
    let first = first.json();
    assert_eq!(
        (&first["state"], &first["unchanged"]),
        (&json!("live"), &json!(false))
    );
    assert!(first["sent"]["bytes"].as_u64().unwrap() > 100_000, "{first}");
    echoes(&broker, "built").await;

    let again = deploy(
        &broker,
        &engine,
        &[
            "--dockerfile",
            dockerfile,
            "--name",
            "built",
            "--transport",
            "stdio",
        ],
    )
    .await
    .ok()
    .json();
    assert_eq!(
        (&again["unchanged"], &again["release"]),
        (&json!(true), &json!(1)),
        "{again}"
    );
    assert_eq!(again["sent"]["bytes"], 0, "{again}");

    // A change above the program sends what is above it, and not the program again.
    let text = fs::read_to_string(dockerfile).unwrap();
    fs::write(dockerfile, format!("{text}ENV GREETING=changed\n")).unwrap();
    let changed = deploy(
        &broker,
        &engine,
        &[
            "--dockerfile",
            dockerfile,
            "--name",
            "built",
            "--transport",
            "stdio",
        ],
    )
    .await
    .ok()
    .json();
    assert_eq!(changed["release"], 2, "{changed}");
    assert!(changed["sent"]["bytes"].as_u64().unwrap() < 20_000, "{changed}");
}

#[tokio::test]
async fn an_image_is_taken_from_the_engine_here_or_else_pulled() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let broker = broker(&engine).await;
    let image = engine.build("LABEL story=sources");
    let id = engine.docker(&["image", "inspect", "--format", "{{.Id}}", &image.reference]);
    let by_name = ["--image", &image.reference, "--name", "here"];
    let told = deploy(&broker, &engine, &by_name).await.ok();
    assert!(told.stderr.contains("from the Docker Engine here"), "{told:#?}");
    echoes(&broker, "here").await;
    let again = deploy(&broker, &engine, &by_name).await.ok().json();
    assert_eq!(again["unchanged"], true, "{again}");
    // By its id it is the same image, of which the broker has every part.
    let by_id = deploy(&broker, &engine, &["--image", &id, "--name", "by-id"])
        .await
        .ok()
        .json();
    assert_eq!(by_id["sent"]["bytes"], 0, "{by_id}");

    let Some(registry) = needs::registry() else { return };
    let there = format!("{registry}/{}", image.reference);
    engine.docker(&["tag", &image.reference, &there]);
    engine.docker(&["push", &there]);
    engine.docker(&["rmi", &there]);
    let pulled = deploy(
        &broker,
        &engine,
        &[
            "--image",
            &there,
            "--name",
            "pulled",
            "--transport",
            "http",
            "--",
            "--http",
        ],
    )
    .await
    .ok();
    assert!(pulled.stderr.contains("the broker pulls"), "{pulled:#?}");
    let pinned = pulled.json()["pinned"].as_str().unwrap().to_owned();
    assert!(pinned.contains("@sha256:"), "{pinned}");
    echoes(&broker, "pulled").await;
}

#[tokio::test]
async fn what_other_tools_pushed_is_deployed_by_its_name() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let broker = broker(&engine).await;
    let image = engine.build("LABEL story=artifacts");
    let digest = push(&broker, &engine, &image).await;
    let (repository, tag) = image.reference.rsplit_once(':').unwrap();
    let host = broker.url.trim_start_matches("http://");
    for reference in [
        image.reference.clone(),
        format!("{repository}@{digest}"),
        format!("{host}/{}", image.reference),
    ] {
        let deployed = deploy(&broker, &engine, &["--artifact", &reference, "--name", "pushed"])
            .await
            .ok()
            .json();
        assert_eq!(deployed["release"], 1, "{reference}: {deployed}");
    }
    echoes(&broker, "pushed").await;

    // Another tool, another manifest, another repository; the same layers.
    let token = broker.token("admin").await;
    let copied = tokio::process::Command::new("skopeo")
        .args(["--insecure-policy", "copy", "--dest-tls-verify=false"])
        .args([
            "--src-daemon-host",
            &engine.host,
            "--dest-creds",
            &format!("admin:{token}"),
        ])
        .arg(format!("docker-daemon:{}", image.reference))
        .arg(format!("docker://{host}/team/copied:v1"))
        .output()
        .await
        .unwrap();
    assert!(
        copied.status.success(),
        "{}",
        String::from_utf8_lossy(&copied.stderr)
    );
    let deployed = deploy(&broker, &engine, &["--artifact", "team/copied:v1"])
        .await
        .ok()
        .json();
    assert_eq!(deployed["connector"], "copied");
    echoes(&broker, "copied").await;

    let missing = format!("{repository}:v9");
    let error = deploy(&broker, &engine, &["--artifact", &missing, "--name", "pushed"]).await;
    assert_eq!(error.status, Some(5), "{error:#?}");
    assert_eq!(error.json()["hint"], format!("{repository} has the tags {tag}"));
    let error = deploy(&broker, &engine, &["--artifact", "nothing:v1"]).await;
    assert_eq!(error.status, Some(5), "{error:#?}");
    let error = deploy(
        &broker,
        &engine,
        &["--artifact", &image.reference, "--start", "x"],
    )
    .await;
    assert_eq!(error.status, Some(2), "{error:#?}");
}

#[tokio::test]
async fn bad_images_are_refused_before_anything_is_sent() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let broker = broker(&engine).await;
    let check = async |host: &str, arguments: &[&str], status: i32, message: &str, hint: &str| {
        let error = start(&broker, host, arguments).finish().await;
        assert_eq!(error.status, Some(status), "{error:#?}");
        let body: Value = error.json();
        let said = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
        assert!(said("message").contains(message), "{body:#}");
        assert!(said("hint").contains(hint), "{body:#}");
    };
    let here = engine.host.as_str();
    let context = images::context(&broker.scratch());
    let dockerfile = context.join("Dockerfile");
    let path = dockerfile.to_str().unwrap();

    let other = engine.name();
    let foreign = match cfg!(target_arch = "aarch64") {
        true => "linux/amd64",
        false => "linux/arm64",
    };
    let archive = broker.scratch().join("foreign.tar");
    fs::write(&archive, image_for(foreign, &other.reference)).unwrap();
    engine.docker(&["load", "--quiet", "--input", archive.to_str().unwrap()]);
    let message = format!("the image is for {foreign}, and the broker runs on linux/");
    check(
        here,
        &["--image", &other.reference, "--name", "x"],
        3,
        &message,
        "docker build --platform",
    )
    .await;

    check(
        here,
        &["--image", "Not An Image", "--name", "x"],
        2,
        "has the character ' '",
        "",
    )
    .await;
    let id = format!("sha256:{}", "0".repeat(64));
    check(
        here,
        &["--image", &id, "--name", "x"],
        2,
        "has no image sha256:",
        "docker images",
    )
    .await;
    let nowhere = format!("unix://{}/docker.sock", broker.scratch().display());
    check(
        &nowhere,
        &["--dockerfile", path, "--name", "x"],
        3,
        "there is no Docker Engine at",
        "DOCKER_HOST",
    )
    .await;
    check(
        "ssh://host",
        &["--dockerfile", path, "--name", "x"],
        2,
        "DOCKER_HOST is",
        "ssh -L",
    )
    .await;

    fs::write(
        &dockerfile,
        "FROM scratch\nRUN --mount=type=cache,target=/x [\"/connector\"]\n",
    )
    .unwrap();
    check(
        here,
        &["--dockerfile", path, "--name", "x"],
        3,
        "line 2 of",
        "deploy it with --image",
    )
    .await;
    fs::write(&dockerfile, "FROM scratch\nCOPY gone /\n").unwrap();
    check(
        here,
        &["--dockerfile", path, "--name", "x"],
        3,
        "the build failed at step 2/2 : COPY gone /",
        "",
    )
    .await;
    fs::write(&dockerfile, "FROM scratch\nCOPY connector /\n").unwrap();
    check(
        here,
        &["--dockerfile", path, "--name", "x"],
        3,
        "nothing says what starts",
        "ENTRYPOINT",
    )
    .await;
    fs::write(context.join(".dockerignore"), "[a\n").unwrap();
    check(
        here,
        &["--dockerfile", path, "--name", "x"],
        3,
        "line 1, \"[a\", is not a pattern",
        "as Docker reads it",
    )
    .await;
    // Nothing came of all this.
    let listed = broker.json(&["list"]).await;
    assert_eq!(listed["connectors"], json!([]), "{listed}");
}

#[tokio::test]
async fn a_build_that_is_interrupted_leaves_no_container() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let broker = broker(&engine).await;
    let context = images::context(&broker.scratch());
    // A number that tells this container from all others.
    let seconds = (600_000 + std::process::id() % 300_000).to_string();
    fs::copy("/bin/busybox", context.join("busybox")).unwrap();
    let dockerfile = context.join("Dockerfile");
    fs::write(
        &dockerfile,
        format!("FROM scratch\nCOPY busybox /busybox\nRUN [\"/busybox\", \"sleep\", \"{seconds}\"]\n"),
    )
    .unwrap();
    let program = start(
        &broker,
        &engine.host,
        &["--dockerfile", dockerfile.to_str().unwrap(), "--name", "x"],
    );
    let listed = || engine.docker(&["ps", "--all", "--no-trunc", "--format", "{{.Command}}"]);
    let runs = async || listed().contains(&seconds);
    eventually("the step runs", runs).await;
    processes::interrupt(program.pid());
    let output = program.finish().await;
    assert_ne!(output.status, Some(0), "{output:#?}");
    eventually("the step's container is gone", async || {
        !listed().contains(&seconds)
    })
    .await;
}
