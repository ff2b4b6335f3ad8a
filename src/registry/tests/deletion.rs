use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use super::*;
use crate::model::ConnectorId;

#[tokio::test]
async fn a_tag_goes_alone() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = fixture.image("team/app", "v1", "layer").await;
    fixture
        .send("DELETE", "/v2/team/app/manifests/v1", "")
        .await
        .is(202);
    fixture.send("GET", "/v2/team/app/manifests/v1", "").await.is(404);
    let path = format!("/v2/team/app/manifests/{digest}");
    fixture.send("GET", &path, "").await.is(200);
    let tags = fixture.send("GET", "/v2/team/app/tags/list", "").await.is(200);
    assert_eq!(tags.json()["tags"], json!([]));
}

#[tokio::test]
async fn a_manifest_goes_with_its_tags() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = fixture.image("team/app", "v1", "layer").await;
    fixture.image("other", "v1", "layer").await;
    let path = format!("/v2/team/app/manifests/{digest}");
    fixture.send("DELETE", &path, "").await.is(202);
    for gone in [path.as_str(), "/v2/team/app/manifests/v1"] {
        fixture
            .send("GET", gone, "")
            .await
            .refuses(404, "MANIFEST_UNKNOWN");
    }
    fixture.send("GET", "/v2/other/manifests/v1", "").await.is(200);
}

#[tokio::test]
async fn what_something_stands_on_stays() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = fixture.image("gong", "v1", "layer").await;
    let kind = "application/vnd.oci.image.index.v1+json";
    let entry = descriptor(bundle::MANIFEST_TYPE, image("layer").to_string().as_bytes());
    let index = json!({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]});
    fixture
        .put_manifest("/v2/gong/manifests/all", kind, &index)
        .await
        .is(201);
    let (manifest, layer) = (
        format!("/v2/gong/manifests/{digest}"),
        format!("/v2/gong/blobs/{}", Digest::of(b"layer")),
    );
    let delete = async |path: &str, named: &str| {
        let refused = fixture.send("DELETE", path, "").await;
        refused.refuses(409, "DENIED");
        let message = refused.json()["errors"][0]["message"].to_string();
        assert!(message.contains(named), "{message}");
    };
    let index = digest_of(&index);
    delete(&manifest, &format!("gong@{index}")).await;
    delete(&layer, &format!("gong@{digest}")).await;
    delete(&manifest.replace("manifests", "blobs"), "as a manifest").await;
    let path = format!("/v2/gong/manifests/{index}");
    fixture.send("DELETE", &path, "").await.is(202);
    // A release that could be gone back to.
    let connector = fixture
        .store
        .connector_or_new(&"gong".parse().unwrap())
        .await
        .unwrap();
    release(&fixture, &connector.id, "retired", &bundle_of(&digest), "{}").await;
    delete(&manifest, "release 7 of connector gong").await;
    fixture.store.execute("DELETE FROM releases").await;
    fixture.send("DELETE", &manifest, "").await.is(202);
    fixture.send("DELETE", &layer, "").await.is(202);
    fixture.send("HEAD", &layer, "").await.is(404);
    fixture
        .send("DELETE", &layer, "")
        .await
        .refuses(404, "BLOB_UNKNOWN");
}

fn bundle_of(artifact: &Digest) -> Value {
    json!({"kind": "bundle", "artifact": artifact, "start": ["x"]})
}

/// Release 7 of a connector.
async fn release(fixture: &Fixture, connector: &ConnectorId, state: &str, source: &Value, resolved: &str) {
    let spec = json!({"source": source, "transport": {"kind": "stdio"}});
    fixture
        .store
        .execute(&format!(
            "INSERT INTO releases (id, connector_id, number, state, spec, environment, resolved, created_by,
             created_at) VALUES ('r7', '{connector}', 7, '{state}', '{spec}', 1, '{resolved}', 'u', 0)"
        ))
        .await;
}

#[tokio::test]
async fn what_a_release_leads_to_stays_though_no_name_does() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = fixture.image("gong", "v1", "layer").await;
    let kind = "application/vnd.oci.image.index.v1+json";
    let entry = descriptor(bundle::MANIFEST_TYPE, image("layer").to_string().as_bytes());
    let index = json!({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]});
    let put = fixture.put_manifest("/v2/gong/manifests/all", kind, &index).await;
    put.is(201);
    // As when their repository went with its connector, or never was.
    fixture.store.execute("DELETE FROM manifests").await;
    let connector = fixture
        .store
        .connector_or_new(&"other".parse().unwrap())
        .await
        .unwrap();
    let layer = format!("/v2/gong/blobs/{}", Digest::of(b"layer"));
    let package = json!({"kind": "command", "command": ["x"]});
    let resolved = format!(r#"{{"argv": [], "artifact": "{}"}}"#, digest_of(&index));
    for (source, resolved) in [(bundle_of(&digest), "{}"), (package, resolved.as_str())] {
        release(&fixture, &connector.id, "live", &source, resolved).await;
        let refused = fixture.send("DELETE", &layer, "").await;
        refused.refuses(409, "DENIED");
        let message = refused.json()["errors"][0]["message"].to_string();
        assert!(message.contains("release 7 of connector other"), "{message}");
        fixture.store.execute("DELETE FROM releases").await;
    }
    release(&fixture, &connector.id, "failed", &bundle_of(&digest), "{}").await;
    fixture.send("DELETE", &layer, "").await.is(202);
}

/// What a sweep that keeps nothing finds after two hours, one of which is grace.
async fn sweep(fixture: &Fixture, aged: &[&Digest]) {
    let past = SystemTime::now() - Duration::from_secs(7200);
    for digest in aged {
        let file = std::fs::File::open(fixture.blobs.path(digest)).unwrap();
        file.set_modified(past).unwrap();
    }
    let older_than = SystemTime::now() - Duration::from_secs(3600);
    fixture.blobs.sweep(&HashSet::new(), older_than).await.unwrap();
}

#[tokio::test]
async fn what_was_asked_for_is_not_swept() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    let digest = fixture.blob(b"hello").await;
    let path = format!("/v2/gong/blobs/{digest}");
    let past = SystemTime::now() - Duration::from_secs(7200);
    let old = |digest: &Digest| {
        let file = std::fs::File::open(fixture.blobs.path(digest)).unwrap();
        file.set_modified(past).unwrap();
    };
    for (method, path) in [
        ("HEAD", path.clone()),
        ("POST", format!("/v2/gong/blobs/uploads/?mount={digest}&from=x")),
        ("POST", format!("/v2/gong/blobs/uploads/?resume={digest}")),
        ("POST", format!("/v2/gong/blobs/uploads/?digest={digest}")),
    ] {
        old(&digest);
        fixture.send(method, &path, "hello").await;
        sweep(&fixture, &[]).await;
        assert!(fixture.blobs.has(&digest).await.unwrap(), "{method} {path}");
    }
    // An upload under way is no blob yet.
    let at = fixture
        .send("POST", "/v2/gong/blobs/uploads/", "")
        .await
        .header("location")
        .to_owned();
    fixture.send("PATCH", &at, "hel").await.is(202);
    sweep(&fixture, &[&digest]).await;
    fixture.send("HEAD", &path, "").await.is(404);
    let done = format!("{at}?digest={digest}");
    fixture.send("PUT", &done, "lo").await.is(201);
}

#[tokio::test]
async fn a_manifest_keeps_its_blobs_from_a_sweep_that_runs() {
    let fixture = fixture(UPLOAD_LIMIT).await;
    fixture.image("gong", "v1", "layer").await;
    let (config, layer) = (Digest::of(b"{}"), Digest::of(b"layer"));
    // A sweep whose names were gathered before the row was written, again and again beside the push.
    let (manifest, aged) = (image("layer"), [&config, &layer]);
    for _ in 0..20 {
        let put = fixture.put_manifest("/v2/gong/manifests/v1", bundle::MANIFEST_TYPE, &manifest);
        let (put, ()) = futures_util::join!(put, sweep(&fixture, &aged));
        let is_whole = fixture.blobs.has(&config).await.unwrap() && fixture.blobs.has(&layer).await.unwrap();
        match put.status.as_u16() {
            201 => assert!(is_whole),
            400 => {
                put.refuses(400, "MANIFEST_BLOB_UNKNOWN");
                fixture.image("gong", "v1", "layer").await;
            }
            other => panic!("{other}"),
        }
    }
}
