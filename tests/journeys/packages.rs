//! Packages and projects with what they depend on: from the registries of npm and Python, or from a folder that has
//! all of it.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{
    broker::Broker,
    needs, processes,
    program::{Program, eventually, fixture},
};

const EVERYTHING: &str = "@modelcontextprotocol/server-everything@2026.8.31";
const TIME: &str = "mcp-server-time==2026.10.19";

/// A folder for a `PATH` that has these programs and no others.
fn only(broker: &Broker, programs: &[(&str, &Path)]) -> PathBuf {
    let folder = broker.scratch().join("only");
    fs::create_dir(&folder).unwrap();
    for (name, program) in programs {
        symlink(program, folder.join(name)).unwrap();
    }
    folder
}

/// The test's own `PATH`, with `first` before it.
fn path_with(first: &Path) -> OsString {
    let own = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(first.to_owned()).chain(std::env::split_paths(&own));
    std::env::join_paths(folders).unwrap()
}

fn on_path(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(program));
    found
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("no {program} on the PATH"))
}

async fn answer(broker: &Broker, name: &str, tool: &str, arguments: serde_json::Value) -> String {
    let token = broker.token("admin").await;
    broker.mcp(name, &token).await.text(tool, arguments).await
}

/// Takes away all that is installed, and starts the broker where only `programs` are: the same has to serve again.
async fn restored(broker: &mut Broker, programs: &[(&str, &Path)], name: &str) {
    let before = broker.json(&["show", name]).await;
    let path = only(broker, programs);
    broker.stop().await;
    fs::remove_dir_all(broker.data().join("installs")).unwrap();
    broker.start_again_in_path(&path).await;
    let serves = async || !broker.json(&["show", name]).await["live"].is_null();
    eventually("it is unpacked and serves", serves).await;
    let shown = broker.json(&["show", name]).await;
    for same in ["number", "pinned", "integrity", "artifact"] {
        assert_eq!(shown["live"][same], before["live"][same], "{same}");
    }
}

#[tokio::test]
async fn an_npm_package_is_kept() {
    let mut broker = Broker::start().await;
    let deploy = ["deploy", "--name", "everything", "--npx", EVERYTHING, "--yes"];
    broker.cli(&deploy).await.ok();
    let shown = broker.json(&["show", "everything"]).await;
    assert_eq!(shown["live"]["pinned"], EVERYTHING);
    let integrity = shown["live"]["integrity"].as_str().unwrap();
    assert!(integrity.starts_with("sha512-"), "{shown}");
    broker.cli(&deploy).await.ok();
    let again = broker.json(&["show", "everything"]).await;
    assert_eq!(again["live"]["number"], 1);

    restored(&mut broker, &[("node", &on_path("node"))], "everything").await;
    let echoed = answer(&broker, "everything", "echo", json!({"message": "hello"})).await;
    assert_eq!(echoed, "Echo: hello");
    // What would need npm is refused before anything is recorded.
    broker
        .cli(&[
            "deploy",
            "--name",
            "everything",
            "--npx",
            "other-package",
            "--yes",
        ])
        .await
        .fails(3, &["npm was not found", "install Node.js"]);
    let after = broker.json(&["show", "everything"]).await;
    assert_eq!(after["latest"]["number"], 1);
}

#[tokio::test]
async fn a_registry_that_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let (npm, away) = (folder.path().join("npm"), folder.path().join("away"));
    let script = format!(
        "#!/bin/sh\n[ ! -e '{}' ] || {{ echo 'npm error code ECONNREFUSED' >&2; exit 1; }}\nexec '{}' \"$@\"\n",
        away.display(),
        on_path("npm").display()
    );
    fs::write(&npm, script).unwrap();
    fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
    // The npm beside the node that connectors get comes before any other.
    let node = on_path("node").canonicalize().unwrap();
    let beside = folder.path().join("node");
    if fs::hard_link(&node, &beside).is_err() {
        fs::copy(&node, &beside).unwrap();
    }
    let path = path_with(folder.path());
    let mut broker = Broker::start_in_path(Path::new(&path)).await;
    let range = EVERYTHING.replace("@2026", "@^2026");
    let deploy = ["deploy", "--name", "everything", "--npx", &range, "--yes"];
    broker.cli(&deploy).await.ok();
    broker.cli(&deploy).await.ok();

    // Whether the range means another version by now is not known: neither answer would be true.
    fs::write(&away, "").unwrap();
    for more in [&[][..], &["--dry-run"]] {
        let asked = broker.cli(&[&deploy, more].concat()).await;
        asked.fails(3, &["ECONNREFUSED"]);
    }
    let list = broker.json(&["releases", "everything"]).await;
    assert_eq!(list["releases"].as_array().unwrap().len(), 1, "{list}");

    // Nothing of the release is left, and it can't be had yet.
    broker.stop().await;
    fs::remove_dir_all(broker.data().join("installs")).unwrap();
    fs::remove_dir_all(broker.data().join("blobs/sha256")).unwrap();
    broker.start_again_in_path(Path::new(&path)).await;
    broker.logged("can't be started: tried again", |_| true).await;
    assert!(broker.json(&["show", "everything"]).await["live"].is_null());
    fs::remove_file(&away).unwrap();
    let serves = async || !broker.json(&["show", "everything"]).await["live"].is_null();
    eventually("it is installed and serves", serves).await;
    let echoed = answer(&broker, "everything", "echo", json!({"message": "hello"})).await;
    assert_eq!(echoed, "Echo: hello");
}

#[tokio::test]
async fn a_python_package() {
    let (Some(uv), Some(python)) = (needs::uv(), needs::python()) else {
        return;
    };
    let mut broker = Broker::start_in_path(Path::new(&path_with(&uv))).await;
    let deploy = ["deploy", "--name", "time", "--uvx", TIME, "--yes"];
    broker.cli(&deploy).await.ok();
    let token = broker.token("admin").await;
    let mcp = broker.mcp("time", &token).await;
    assert_eq!(mcp.tools().await, ["get_current_time", "convert_time"]);
    let shown = broker.json(&["show", "time"]).await;
    assert_eq!(shown["live"]["pinned"], TIME);
    let integrity = shown["live"]["integrity"].as_str().unwrap();
    assert!(integrity.starts_with("sha256:"), "{shown}");
    broker.cli(&deploy).await.ok();
    let again = broker.json(&["show", "time"]).await;
    assert_eq!(again["live"]["number"], 1);
    let now = mcp.text("get_current_time", json!({"timezone": "UTC"})).await;
    assert!(now.contains("UTC"), "{now}");
    // Nothing of it is started through uv.
    let started = processes::descendants(broker.pid());
    let lines = started.iter().map(|pid| processes::command_line(*pid));
    let lines: Vec<String> = lines.filter(|line| line.contains("mcp-server-time")).collect();
    assert!(
        !lines.is_empty() && lines.iter().all(|line| !line.contains("uv ")),
        "{lines:?}"
    );

    restored(&mut broker, &[("python3", &python)], "time").await;
    let now = answer(&broker, "time", "get_current_time", json!({"timezone": "UTC"})).await;
    assert!(now.contains("UTC"), "{now}");
    broker
        .cli(&["deploy", "--name", "time", "--uvx", "mcp-server-fetch", "--yes"])
        .await
        .fails(3, &["uv was not found", "pip install uv"]);
}

#[tokio::test]
async fn a_python_package_that_is_not_there() {
    let Some(uv) = needs::uv() else {
        return;
    };
    let broker = Broker::start_in_path(Path::new(&path_with(&uv))).await;
    broker
        .cli(&[
            "deploy",
            "--name",
            "time",
            "--uvx",
            "mcp-server-time==0.0.0.1",
            "--yes",
        ])
        .await
        .fails(
            6,
            &[
                "uv finds no version",
                "there is no version of mcp-server-time==0.0.0.1",
            ],
        );
    broker
        .cli(&[
            "deploy",
            "--name",
            "time",
            "--uvx",
            "git+https://example.com/x",
            "--yes",
        ])
        .await
        .fails(2, &["not a package in the Python package index"]);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&from, &to);
        } else if kind.is_symlink() {
            symlink(fs::read_link(&from).unwrap(), to).unwrap();
        } else {
            fs::copy(&from, to).unwrap();
        }
    }
}

#[tokio::test]
async fn a_python_project_with_its_environment() {
    let (Some(uv), Some(python)) = (needs::uv(), needs::python()) else {
        return;
    };
    let mut broker = Broker::start().await;
    let project = broker.scratch().join("greeter");
    copy(&fixture("python-project"), &project);
    let run = async |arguments: &[&str]| {
        let mut command = Command::new(uv.join("uv"));
        Program::start(command.args(arguments).current_dir(&project))
            .finish()
            .await
            .ok()
    };
    run(&["venv", "--python", python.to_str().unwrap(), ".venv"]).await;
    run(&["pip", "install", "--python", ".venv", "mcp==2.3.0"]).await;
    // What `pip install --editable .` makes of it.
    let packages = fs::read_dir(project.join(".venv/lib"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let source = project.join("src");
    fs::write(
        packages.join("site-packages/__editable__.greeter-0.1.0.pth"),
        source.to_str().unwrap(),
    )
    .unwrap();
    let script = format!(
        "#!{}/.venv/bin/python\nfrom greeter import main\nmain()\n",
        project.display()
    );
    fs::write(project.join(".venv/bin/greeter"), script).unwrap();
    let folder = project.to_str().unwrap();
    for start in [".venv/bin/python -m greeter", ".venv/bin/greeter"] {
        let arguments = [
            "deploy", "--name", "greeter", "--bundle", folder, "--start", start, "--yes",
        ];
        broker.cli(&arguments).await.ok();
        let echoed = answer(&broker, "greeter", "echo", json!({"text": start})).await;
        assert_eq!(echoed, start);
    }
    // Nothing depends on where it was made.
    fs::remove_dir_all(&project).unwrap();
    broker.stop().await;
    broker.start_again().await;
    let prefix = answer(&broker, "greeter", "python", json!({})).await;
    assert!(Path::new(&prefix).starts_with(broker.data()), "{prefix}");
}

/// What a package names that it depends on.
fn dependencies(package: &Path) -> Vec<String> {
    let manifest = fs::read_to_string(package.join("package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let named = manifest["dependencies"].as_object();
    named.map_or_else(Vec::new, |named| named.keys().cloned().collect())
}

#[tokio::test]
async fn a_node_project_with_its_packages() {
    let Some(packages) = needs::npm() else {
        return;
    };
    let broker = Broker::start().await;
    let project = broker.scratch().join("greeter");
    copy(&fixture("node-project"), &project);
    // What the project depends on, and what that depends on.
    let mut wanted = dependencies(&project);
    while let Some(name) = wanted.pop() {
        let (from, to) = (packages.join(&name), project.join("node_modules").join(&name));
        if from.is_dir() && !to.exists() {
            wanted.extend(dependencies(&from));
            copy(&from, &to);
        }
    }
    let folder = project.to_str().unwrap();
    broker
        .cli(&[
            "deploy",
            "--name",
            "greeter",
            "--bundle",
            folder,
            "--start",
            "node server.mjs",
            "--transport",
            "http",
            "--yes",
        ])
        .await
        .ok();
    let echoed = answer(&broker, "greeter", "echo", json!({"text": "hello"})).await;
    assert_eq!(echoed, "hello");
}
