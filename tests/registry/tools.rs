//! The broker's registry, used with the programs that people use registries with.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use sha2::Digest as _;

use crate::support::{broker::Broker, images::Engine, mcp::http, needs};

/// What `program ARGUMENTS` prints; it must succeed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// skopeo, signed in to a broker.
struct Skopeo<'a> {
    broker: &'a Broker,
    auth: String,
}

impl<'a> Skopeo<'a> {
    async fn signed_in(broker: &'a Broker) -> Self {
        let auth = broker.scratch().join("auth.json").display().to_string();
        let token = broker.token("admin").await;
        let login = [
            "login",
            "--tls-verify=false",
            "--authfile",
            &auth,
            "-u",
            "ci",
            "-p",
            &token,
        ];
        run("skopeo", &[login.as_slice(), &[registry(broker)]].concat());
        Self { broker, auth }
    }

    fn run(&self, arguments: &[&str]) -> String {
        let (command, rest) = arguments.split_first().unwrap();
        let mut all = vec!["--insecure-policy", command, "--authfile", &self.auth];
        match *command {
            "copy" => all.extend([
                "--preserve-digests",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
            ]),
            _ => all.push("--tls-verify=false"),
        }
        all.extend(rest);
        run("skopeo", &all)
    }

    /// `docker://…` of a name in the broker's registry.
    fn at(&self, name: &str) -> String {
        format!("docker://{}/{name}", registry(self.broker))
    }

    fn digest(&self, name: &str) -> String {
        sha256(self.run(&["inspect", "--raw", &self.at(name)]).as_bytes())
    }
}

fn sha256(bytes: &[u8]) -> String {
    let hex: String = sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{hex}")
}

fn registry(broker: &Broker) -> &str {
    broker.url.trim_start_matches("http://")
}

/// An OCI layout that umoci made: images `one` and `two`, and the index `all` of both.
fn layout(folder: &Path) -> String {
    let layout = folder.join("layout");
    let path = layout.to_str().unwrap();
    run("umoci", &["init", "--layout", path]);
    for name in ["one", "two"] {
        let image = format!("{path}:{name}");
        run("umoci", &["new", "--image", &image]);
        let file = folder.join(name);
        fs::write(&file, name).unwrap();
        let insert = [
            "insert",
            "--rootless",
            "--image",
            &image,
            file.to_str().unwrap(),
            "/file",
        ];
        run("umoci", &insert);
    }
    let mut index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let kind = "application/vnd.oci.image.index.v1+json";
    // Written as skopeo writes it, which would otherwise write it anew.
    let entries = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["amd64", "arm64"]);
    let children: Vec<String> = entries
        .map(|(child, architecture)| {
            let (media_type, digest, size) = (&child["mediaType"], &child["digest"], &child["size"]);
            let platform = format!(r#"{{"architecture":"{architecture}","os":"linux"}}"#);
            format!(r#"{{"mediaType":{media_type},"digest":{digest},"size":{size},"platform":{platform}}}"#)
        })
        .collect();
    let children = children.join(",");
    let both = format!(r#"{{"schemaVersion":2,"mediaType":"{kind}","manifests":[{children}]}}"#);
    let digest = sha256(both.as_bytes());
    fs::write(
        layout.join("blobs/sha256").join(&digest["sha256:".len()..]),
        &both,
    )
    .unwrap();
    let entry = json!({"mediaType": kind, "digest": digest, "size": both.len(),
        "annotations": {"org.opencontainers.image.ref.name": "all"}});
    index["manifests"].as_array_mut().unwrap().push(entry);
    fs::write(layout.join("index.json"), index.to_string()).unwrap();
    path.to_owned()
}

/// The digest of the manifest that an OCI layout has under `name`.
fn digest_in(layout: &str, name: &str) -> String {
    let index = fs::read(Path::new(layout).join("index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    let entries = index["manifests"].as_array().unwrap();
    let named = |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == name;
    entries.iter().find(named).unwrap()["digest"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn skopeo_copies_both_ways_and_every_digest_stays() {
    if needs::installed("skopeo")
        .and(needs::installed("umoci"))
        .is_none()
    {
        return;
    }
    let broker = Broker::start().await;
    let skopeo = Skopeo::signed_in(&broker).await;
    let scratch = broker.scratch();
    let from = layout(&scratch);
    let (one, all) = (digest_in(&from, "one"), digest_in(&from, "all"));
    skopeo.run(&["copy", &format!("oci:{from}:one"), &skopeo.at("team/app:one")]);
    assert_eq!(skopeo.digest("team/app:one"), one);
    // By way of another format of skopeo's own, and back under another name.
    let dir = format!("dir:{}", scratch.join("dir").display());
    skopeo.run(&["copy", &skopeo.at("team/app:one"), &dir]);
    skopeo.run(&["copy", &dir, &skopeo.at("gong:from-dir")]);
    assert_eq!(skopeo.digest("gong:from-dir"), one);
    // An index with everything that it names.
    skopeo.run(&[
        "copy",
        "--all",
        &format!("oci:{from}:all"),
        &skopeo.at("team/app:all"),
    ]);
    skopeo.run(&[
        "copy",
        "--all",
        &skopeo.at("team/app:all"),
        &skopeo.at("other/copy:all"),
    ]);
    let back = scratch.join("back").display().to_string();
    skopeo.run(&[
        "copy",
        "--all",
        &skopeo.at("other/copy:all"),
        &format!("oci:{back}:all"),
    ]);
    assert_eq!(skopeo.digest("other/copy:all"), all);
    assert_eq!(digest_in(&back, "all"), all);
    let tags: Value = serde_json::from_str(&skopeo.run(&["list-tags", &skopeo.at("team/app")])).unwrap();
    assert_eq!(tags["Tags"], json!(["all", "one"]));
    // By the tag it deletes the manifest itself; the index needs that one, and says so.
    let refused = Command::new("skopeo")
        .args([
            "delete",
            "--tls-verify=false",
            "--authfile",
            &skopeo.auth,
            &skopeo.at("team/app:one"),
        ])
        .output()
        .unwrap();
    assert!(!refused.status.success());
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains(&all),
        "{refused:?}"
    );
    skopeo.run(&["delete", &skopeo.at("team/app:all")]);
    skopeo.run(&["delete", &skopeo.at("team/app:one")]);
    assert_eq!(skopeo.digest("gong:from-dir"), one);
}

#[tokio::test]
async fn docker_signs_in_pushes_and_pulls() {
    let broker = Broker::start().await;
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let config = broker.scratch().join("docker").display().to_string();
    let docker = |arguments: &[&str]| {
        let output = engine
            .command()
            .args(["--config", &config])
            .args(arguments)
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        )
    };
    let password = broker.scratch().join("password");
    let login = |token: &str| {
        fs::write(&password, token).unwrap();
        let output = engine
            .command()
            .args([
                "--config",
                &config,
                "login",
                "-u",
                "dora",
                "--password-stdin",
                registry(&broker),
            ])
            .stdin(fs::File::open(&password).unwrap())
            .output()
            .unwrap();
        output.status.success()
    };
    let image = engine.build("LABEL of=the-registry-s-tests");
    let name = format!("{}/team/docker-app:v1", registry(&broker));
    engine.docker(&["tag", &image.reference, &name]);
    let (pushed, said) = docker(&["push", &name]);
    assert!(
        !pushed && said.contains("the password is a berth token"),
        "{said}"
    );
    assert!(!login("berth_wrong"));
    let token = broker.token("admin").await;
    assert!(login(&token));
    let (pushed, said) = docker(&["push", &name]);
    assert!(pushed, "{said}");
    let digest = said
        .split("digest: ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    // The second time nothing is sent.
    let (_, said) = docker(&["push", &name]);
    assert!(
        said.contains("Layer already exists") && !said.contains("Pushed"),
        "{said}"
    );
    let id = engine.docker(&["image", "inspect", "--format", "{{.Id}}", &name]);
    engine.docker(&["rmi", "--force", &name, &image.reference]);
    let (pulled, said) = docker(&["pull", &name]);
    assert!(pulled && said.contains(&digest), "{said}");
    assert_eq!(
        engine.docker(&["image", "inspect", "--format", "{{.Id}}", &name]),
        id
    );
    engine.docker(&["rmi", "--force", &name]);
    // What docker was given ends with the token that it signed in with.
    let tokens = broker.json(&["token", "list"]).await;
    let newest = tokens["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .max_by_key(|token| token["created_at"].as_i64());
    let id = newest.unwrap()["id"].as_str().unwrap();
    broker.cli(&["token", "revoke", id]).await.ok();
    let (pulled, said) = docker(&["pull", &name]);
    assert!(!pulled, "{said}");
    let direct = http()
        .get(format!("{}/v2/", broker.url))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(direct.status(), 401);
}
