//! Images that can't be had or don't run, and engines that are not there.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::images::{ask, broker, containers, deploy, deploy_live, push, push_as, spec};
use crate::support::{
    broker::{Broker, Transport},
    images::{Cable, Engine, Image},
    mcp::http,
    needs,
    program::{eventually, fixture},
};

fn by_reference(reference: &str) -> Value {
    json!({"spec": {
        "source": {"kind": "image", "reference": reference},
        "transport": {"kind": "stdio"},
    }})
}

/// A deploy that is refused before anything is stored.
async fn refused(broker: &Broker, body: &Value, parts: &[&str]) {
    let (status, answer) = ask(broker, "refused", body).await;
    assert!((400..500).contains(&status), "{status} {answer}");
    for part in parts {
        assert!(answer.to_string().contains(part), "{part:?} is not in {answer}");
    }
    let listed = broker.json(&["ls"]).await;
    assert!(!listed.to_string().contains("refused"), "{listed}");
}

#[tokio::test]
async fn without_an_engine_nothing_is_stored() {
    let nowhere = tempfile::tempdir().unwrap();
    let host = format!("unix://{}/docker.sock", nowhere.path().display());
    let broker = Broker::start_with(&["--docker-host", &host]).await;
    let parts = ["images need a Docker Engine", &host, "--docker-host"];
    refused(&broker, &by_reference("busybox"), &parts).await;
    // Something else is there, and is no engine.
    let stranger = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("tcp://{}", stranger.local_addr().unwrap());
    let broker = Broker::start_with(&["--docker-host", &host]).await;
    drop(stranger);
    refused(
        &broker,
        &by_reference("busybox"),
        &["images need a Docker Engine", &host],
    )
    .await;
}

#[tokio::test]
async fn an_image_that_cannot_be_had_is_refused() {
    let (Some(engine), Some(registry)) = (Engine::of_the_tests(), needs::registry()) else {
        return;
    };
    let broker = broker(&engine).await;
    let nothing = format!("{registry}/there/is/no:image");
    refused(&broker, &by_reference(&nothing), &["has no image", &nothing]).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("{}/some:image", closed.local_addr().unwrap());
    drop(closed);
    refused(
        &broker,
        &by_reference(&nobody),
        &["can't be reached", "connection refused"],
    )
    .await;
    for bad in ["", "UPPER", "a b", "a/../b?x=1", "a@sha256:12"] {
        refused(&broker, &by_reference(bad), &[]).await;
    }

    // A registry that lets nobody in.
    let guarded = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let private = format!("{}/some:image", guarded.local_addr().unwrap());
    let guard = tokio::spawn(async move {
        while let Ok((mut client, _)) = guarded.accept().await {
            _ = client.read(&mut [0; 4096]).await;
            let answer = "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=tests\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            _ = client.write_all(answer.as_bytes()).await;
        }
    });
    refused(
        &broker,
        &by_reference(&private),
        &["asks for a login", "docker push"],
    )
    .await;
    guard.abort();

    // An artifact that is not here.
    let missing = format!("sha256:{}", "0".repeat(64));
    let mut body = by_reference("n:1");
    body["spec"]["source"]["artifact"] = json!(missing);
    refused(&broker, &body, &[&missing]).await;
}

/// The operating system and architecture of an image.
fn platform(engine: &Engine, image: &Image) -> (String, String) {
    let said = engine.docker(&[
        "inspect",
        "--format",
        "{{.Os}}/{{.Architecture}}",
        &image.reference,
    ]);
    let (os, architecture) = said.split_once('/').unwrap();
    (os.to_owned(), architecture.to_owned())
}

/// An index's entry for a manifest of the repository `several`.
async fn child(broker: &Broker, digest: &str, os: &str, architecture: &str) -> Value {
    let manifest = http()
        .get(format!("{}/v2/several/manifests/{digest}", broker.url))
        .basic_auth("admin", Some(broker.token("admin").await))
        .header("accept", "*/*")
        .send()
        .await
        .unwrap();
    let media_type = manifest.headers()["content-type"].to_str().unwrap().to_owned();
    json!({
        "mediaType": media_type,
        "digest": digest,
        "size": manifest.bytes().await.unwrap().len(),
        "platform": {"os": os, "architecture": architecture},
    })
}

#[tokio::test]
async fn an_image_for_another_platform_is_refused() {
    let (Some(engine), Some(registry)) = (Engine::of_the_tests(), needs::registry()) else {
        return;
    };
    let broker = broker(&engine).await;
    let other = engine.build_for("linux/s390x", "LABEL story=platform");
    let both = ["linux/s390x", "runs linux/"];
    let artifact = push_as(&broker, &engine, &other, "several:other").await;
    refused(
        &broker,
        &spec(&other, Transport::Stdio, Some(&artifact), &[]),
        &both,
    )
    .await;

    // Of an image for several platforms, the one for this engine is taken.
    let own = engine.build("LABEL story=platforms");
    let own_artifact = push_as(&broker, &engine, &own, "several:own").await;
    let (os, architecture) = platform(&engine, &own);
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            child(&broker, &artifact, "linux", "s390x").await,
            child(&broker, &own_artifact, &os, &architecture).await,
        ],
    });
    let put = http()
        .put(format!("{}/v2/several/manifests/all", broker.url))
        .basic_auth("admin", Some(broker.token("admin").await))
        .header("content-type", "application/vnd.oci.image.index.v1+json")
        .body(index.to_string())
        .send()
        .await
        .unwrap();
    let digest = put.headers()["docker-content-digest"]
        .to_str()
        .unwrap()
        .to_owned();
    deploy_live(
        &broker,
        "several",
        spec(&own, Transport::Stdio, Some(&digest), &[]),
    )
    .await;

    let there = format!("{registry}/{}", other.reference);
    engine.docker(&["tag", &other.reference, &there]);
    engine.docker(&["push", "--quiet", &there]);
    engine.docker(&["rmi", &there]);
    refused(&broker, &by_reference(&there), &both).await;

    // What is of another kind says so.
    let folder = broker.scratch().join("bundle");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(fixture("connector.mjs"), folder.join("connector.mjs")).unwrap();
    let arguments = [
        "deploy",
        folder.to_str().unwrap(),
        "--name",
        "bundled",
        "--start",
        "node connector.mjs",
        "--yes",
    ];
    broker.cli(&arguments).await.ok();
    let shown = broker.json(&["show", "bundled"]).await;
    let bundle = shown["live"]["artifact"]
        .as_str()
        .unwrap_or_else(|| panic!("{shown}"));
    refused(
        &broker,
        &spec(&own, Transport::Stdio, Some(bundle), &[]),
        &["is not an image"],
    )
    .await;
    let body = json!({"spec": {
        "source": {"kind": "bundle", "artifact": own_artifact, "start": ["node", "x.mjs"]},
        "transport": {"kind": "stdio"},
    }});
    refused(&broker, &body, &["is an image, not a bundle"]).await;
}

#[tokio::test]
async fn an_image_that_does_not_serve_says_why() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let image = engine.build("LABEL story=faults");
    let broker = Broker::start_with(&["--docker-host", &engine.host, "--start-timeout", "4"]).await;
    let artifact = push(&broker, &engine, &image).await;
    let check = async |way: Transport, more: &[&str], port: Option<u16>, parts: &[&str]| {
        let mut body = spec(&image, way, Some(&artifact), more);
        if let Some(port) = port {
            body["spec"]["transport"]["port"] = json!(port);
        }
        let release = deploy(&broker, "faulty", body).await;
        assert_eq!(release["state"], "failed", "{release}");
        for part in parts {
            assert!(
                release["failure"].to_string().contains(part),
                "{part:?} is not in {release}"
            );
        }
    };
    let exits = ["exited with status 3", "cannot open the database: no such file"];
    check(Transport::Stdio, &["--exit", "3"], None, &exits).await;
    check(Transport::Http, &["--exit", "3"], None, &exits).await;
    check(Transport::Stdio, &["--mute"], None, &["was not ready after 4 s"]).await;
    check(Transport::Stdio, &["--http"], None, &["was not ready after 4 s"]).await;
    check(
        Transport::Http,
        &["--mute"],
        None,
        &["nothing listened at port 8080"],
    )
    .await;
    check(Transport::Http, &["--local"], None, &["127.0.0.1", "0.0.0.0"]).await;
    check(
        Transport::Http,
        &["--at", "9999"],
        Some(8081),
        &["port 8081", ":9999", "--port"],
    )
    .await;
    eventually("no container is left", async || {
        containers(&engine, &broker).is_empty()
    })
    .await;
}

#[tokio::test]
async fn an_engine_that_goes_and_comes_back() {
    let Some(engine) = Engine::of_the_tests() else {
        return;
    };
    let Some(mut cable) = Cable::to(&engine) else {
        return;
    };
    let image = engine.build("LABEL story=cut");
    let mut broker = Broker::start_with(&["--docker-host", &cable.host]).await;
    let artifact = push(&broker, &engine, &image).await;
    let token = broker.token("admin").await;
    for way in Transport::BOTH {
        deploy_live(&broker, way.as_str(), spec(&image, way, Some(&artifact), &[])).await;
    }
    let stdio = broker.mcp("stdio", &token).await;
    let shared = broker.mcp("http", &token).await;
    stdio.text("echo", json!({"text": "before"})).await;
    shared.text("echo", json!({"text": "before"})).await;

    let slow = stdio.call("slow", json!({"ms": 30_000}));
    let cut = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cable.cut().await;
    };
    let (in_flight, ()) = tokio::join!(slow, cut);
    assert!(in_flight["error"]["message"].is_string(), "{in_flight}");
    for mcp in [&stdio, &shared] {
        eventually("calls fail", async || {
            mcp.call("pid", json!({})).await["error"].is_object()
        })
        .await;
    }
    // What serves without an engine does.
    assert_eq!(stdio.tools().await.len(), 11);

    cable.plug();
    for mcp in [&stdio, &shared] {
        eventually("calls pass again", async || {
            mcp.call("pid", json!({})).await["result"].is_object()
        })
        .await;
    }
    // Those that ran on while nobody could reach them are gone.
    eventually("two containers run", async || {
        containers(&engine, &broker).len() == 2
    })
    .await;

    // An engine that hangs does not keep the broker from stopping.
    let left = containers(&engine, &broker);
    cable.cut().await;
    cable.plug_into_nothing();
    assert_eq!(broker.stop().await, Some(0));
    cable.cut().await;
    cable.plug();
    assert_eq!(containers(&engine, &broker), left);
    broker.start_again().await;
    eventually("what was left is removed", async || {
        containers(&engine, &broker).is_empty()
    })
    .await;
}
