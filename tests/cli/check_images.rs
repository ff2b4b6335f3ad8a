//! `berth check` runs images as a broker would, and leaves nothing of it behind.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::process::Command;

use super::check::is;
use crate::support::{
    images::{Engine, context},
    needs,
    program::{Program, eventually},
};

/// `berth check` on the tests' engine, signed in nowhere.
fn start(engine: &Engine, arguments: &[&str]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    command
        .arg("check")
        .args(arguments)
        .env("DOCKER_HOST", &engine.host)
        .env("BERTH_CONFIG_DIR", "/nonexistent")
        .env_remove("BERTH_URL");
    Program::start(&mut command)
}

async fn check(engine: &Engine, arguments: &[&str]) -> (Option<i32>, Value) {
    let arguments = [&["--output", "json"], arguments].concat();
    let output = start(engine, &arguments).finish().await;
    (output.status, output.json())
}

/// The containers that were made of the image.
fn containers(engine: &Engine, image: &str) -> String {
    let filter = format!("ancestor={image}");
    engine.docker(&["ps", "--all", "--quiet", "--filter", &filter])
}

#[tokio::test]
async fn a_good_image_passes_over_both_transports() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("");
    let reference = image.reference.as_str();
    let (code, stdio) = check(&engine, &["--image", reference]).await;
    assert_eq!((code, &stdio["ok"]), (Some(0), &true.into()), "{stdio:#}");
    assert_eq!(stdio["checks"].as_array().unwrap().len(), 10);
    is(&stdio, "starts-without-credentials", "ok", "", "");
    is(&stdio, "lists-tools-without-credentials", "ok", "11 tools", "");
    is(&stdio, "protocol-revisions", "ok", "2025-11-25", "");
    is(&stdio, "exits-on-stdin-close", "ok", "by itself", "");
    is(&stdio, "no-junk-on-stdout", "ok", "", "");
    is(&stdio, "image-platform", "ok", "no broker was asked", "");
    is(&stdio, "image-size", "ok", "MiB in 1 layer", "");
    is(&stdio, "brings-own-oauth", "skipped", "inside of the image", "");

    // By its id, at the port that it exposes.
    let id = engine.docker(&["image", "inspect", "--format", "{{.Id}}", reference]);
    let (code, http) = check(&engine, &["--image", &id, "--transport", "http", "--", "--http"]).await;
    assert_eq!(code, Some(0), "{http:#}");
    let listens = "it listens on 0.0.0.0:8080 and answers at /mcp";
    is(&http, "binds-address-and-port", "ok", listens, "");
    is(&http, "lists-tools-without-credentials", "ok", "11 tools", "");
    is(&http, "brings-own-oauth", "ok", "", "");
    assert_eq!(containers(&engine, reference), "");
}

#[tokio::test]
async fn an_image_that_cannot_be_reached_is_told_where_it_listens() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("");
    let reference = image.reference.as_str();
    let http = [
        "--image",
        reference,
        "--transport",
        "http",
        "--timeout",
        "6s",
        "--",
        "--http",
    ];
    let (code, local) = check(&engine, &[&http[..], &["--local"]].concat()).await;
    assert_eq!(code, Some(6));
    is(&local, "starts-without-credentials", "ok", "", "");
    let hidden = "it listens on 127.0.0.1:8080, where nobody outside of its container gets through";
    is(&local, "binds-address-and-port", "failed", hidden, "0.0.0.0");
    let (code, elsewhere) = check(&engine, &[&http[..], &["--at", "9000"]].concat()).await;
    assert_eq!(code, Some(6));
    let wrong = "it listens on 0.0.0.0:9000; wanted is port 8080";
    is(
        &elsewhere,
        "binds-address-and-port",
        "failed",
        wrong,
        "--port 9000",
    );
    let both = ["--at", "9000", "--local"];
    let (_, both) = check(&engine, &[&http[..], &both].concat()).await;
    is(
        &both,
        "binds-address-and-port",
        "failed",
        "127.0.0.1:9000",
        "listen on 0.0.0.0",
    );
    assert_eq!(containers(&engine, reference), "");
}

#[tokio::test]
async fn an_image_for_another_platform_fails_by_name() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let other = match std::env::consts::ARCH {
        "aarch64" => "linux/amd64",
        _ => "linux/arm64",
    };
    let image = engine.build_for(other, "");
    let (code, found) = check(&engine, &["--image", &image.reference, "--", "--exit", "3"]).await;
    assert_eq!(code, Some(6));
    is(
        &found,
        "image-platform",
        "failed",
        other,
        "docker build --platform",
    );
    // It may be that alone which keeps it from starting.
    is(&found, "starts-without-credentials", "skipped", "status 3", "");
}

#[tokio::test]
async fn a_dockerfile_is_built_and_its_context_looked_at() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let context = context(folder.path());
    std::fs::write(context.join("server.ts"), "app.use(mcpAuthRouter({}))").unwrap();
    let mark = format!("LABEL check={}\n", std::process::id());
    let dockerfile = context.join("Dockerfile");
    let text = std::fs::read_to_string(&dockerfile).unwrap();
    std::fs::write(&dockerfile, text.clone() + &mark).unwrap();
    let place = dockerfile.to_str().unwrap();
    let (code, found) = check(&engine, &["--dockerfile", place, "--transport", "stdio"]).await;
    assert_eq!(code, Some(0), "{found:#}");
    is(&found, "brings-own-oauth", "warning", "mcpAuthRouter", "");
    is(&found, "image-size", "ok", "1 layer", "");
    let made = engine.docker(&[
        "images",
        "--quiet",
        "--filter",
        &format!("label=check={}", std::process::id()),
    ]);
    assert_eq!(containers(&engine, &made), "");
    engine.docker(&["rmi", &made]);
}

#[tokio::test]
async fn an_image_that_is_pulled_does_not_stay() {
    let (Some(engine), Some(registry)) = (Engine::of_the_tests(), needs::registry()) else {
        return;
    };
    let image = engine.build("LABEL story=check-pull");
    let remote = format!("{registry}/checked/by-reference:1");
    engine.docker(&["tag", &image.reference, &remote]);
    engine.docker(&["push", &remote]);
    engine.docker(&["rmi", &remote]);
    let id = engine.docker(&["image", "inspect", "--format", "{{.Id}}", &image.reference]);
    drop(image);
    let (code, found) = check(&engine, &["--image", &remote]).await;
    assert_eq!(code, Some(0), "{found:#}");
    is(&found, "lists-tools-without-credentials", "ok", "11 tools", "");
    let gone = engine.command().args(["image", "inspect", &id]).output().unwrap();
    assert!(!gone.status.success(), "the image stays");
    let missing = format!("{registry}/checked/no-such:1");
    start(&engine, &["--image", &missing])
        .finish()
        .await
        .fails(3, &["has no image"]);
}

#[tokio::test]
async fn whoever_ends_a_check_leaves_no_container() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("");
    let reference = image.reference.as_str();
    for signal in [Signal::INT, Signal::TERM] {
        let program = start(&engine, &["--image", reference, "--", "--mute"]);
        eventually("a container", async || !containers(&engine, reference).is_empty()).await;
        let pid = Pid::from_raw(program.pid().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        let output = program.finish().await;
        assert_eq!(output.status, Some(130), "{output:#?}");
        assert_eq!(containers(&engine, reference), "");
    }
}

#[tokio::test]
async fn what_cannot_be_checked_here_says_what_can() {
    let nowhere = tempfile::tempdir().unwrap();
    let engine = Engine {
        host: format!("unix://{}/docker.sock", nowhere.path().display()),
    };
    let absent = start(&engine, &["--image", "n:1"]).finish().await;
    absent.fails(3, &["there is no Docker Engine", "by running it here"]);
    let artifact = start(&engine, &["--artifact", "n:1"]).finish().await;
    artifact.fails(2, &["n:1", "--bundle", "--image"]);
}
