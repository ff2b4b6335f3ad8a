use std::{
    fs,
    sync::Arc,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
};

use super::{Client, ClientError, fake::Fake};
use crate::{bundle, model::ConnectorName, wire::ErrorCode};

fn name() -> ConnectorName {
    "gong-crm".parse().unwrap()
}

#[tokio::test]
async fn a_request_carries_the_token_and_its_answer_is_read() {
    let fake = Fake::start(|_| (200, String::new(), r#"{"connectors":[],"later":1}"#.to_owned())).await;
    assert!(fake.client().connectors().await.unwrap().connectors.is_empty());
    let seen = fake.seen();
    assert_eq!(
        (seen[0].line.as_str(), seen[0].authorization.as_str()),
        ("GET /api/v1/connectors", "Bearer berth_test")
    );
}

#[tokio::test]
async fn a_base_address_may_have_a_path_and_segments_are_escaped() {
    let fake = Fake::start(|_| (204, String::new(), String::new())).await;
    let base = fake.url.join("berth/").unwrap();
    let client = Client::new(base, None).unwrap();
    client.revoke_token("../users/alice").await.unwrap();
    assert_eq!(fake.lines(), ["DELETE /berth/api/v1/tokens/..%2Fusers%2Falice"]);
}

#[tokio::test]
async fn errors_keep_their_kind() {
    let fake = Fake::start(|seen| match seen.line.as_str() {
        "GET /api/v1/connectors/gong-crm" => {
            let body = r#"{"code":"not_found","message":"no connector gong-crm"}"#;
            (404, "x-request-id: r7\r\n".to_owned(), body.to_owned())
        }
        "GET /api/v1/users" => (
            401,
            String::new(),
            r#"{"code":"unauthenticated","message":"no"}"#.to_owned(),
        ),
        "GET /api/v1/whoami" => (302, "location: http://127.0.0.1:1/\r\n".to_owned(), String::new()),
        _ => (200, String::new(), "<html>".to_owned()),
    })
    .await;
    let client = fake.client();
    let missing = client.connector(&name()).await.unwrap_err();
    assert!(missing.is_not_found());
    assert!(
        matches!(missing, ClientError::Refused(body) if body.request_id == "r7" && body.code == ErrorCode::NotFound)
    );
    let unknown = client.users().await.unwrap_err();
    assert!(
        matches!(unknown, ClientError::Unauthenticated { origin: Some(origin), .. } if origin == "the test")
    );
    assert!(matches!(
        client.whoami().await.unwrap_err(),
        ClientError::NotBerth { status: 302, .. }
    ));
    assert!(matches!(
        client.connectors().await.unwrap_err(),
        ClientError::NotBerth { status: 200, .. }
    ));
}

#[tokio::test]
async fn reading_is_tried_again_and_changing_is_not() {
    let busy = r#"{"code":"unavailable","message":"starting"}"#;
    let times = AtomicUsize::new(0);
    let fake = Fake::start(move |seen| match times.fetch_add(1, Ordering::Relaxed) {
        1 if seen.line.starts_with("GET") => (200, String::new(), r#"{"users":[]}"#.to_owned()),
        _ => (503, String::new(), busy.to_owned()),
    })
    .await;
    let client = fake.client();
    client.users().await.unwrap();
    client.delete_connector(&name()).await.unwrap_err();
    assert_eq!(
        fake.lines(),
        [
            "GET /api/v1/users",
            "GET /api/v1/users",
            "DELETE /api/v1/connectors/gong-crm"
        ]
    );
}

#[tokio::test]
async fn nobody_there_is_told_by_address() {
    let fake = Fake::start(|_| unreachable!()).await;
    let url = fake.url.clone();
    drop(fake);
    let error = Client::new(url.clone(), None)
        .unwrap()
        .server()
        .await
        .unwrap_err();
    assert!(matches!(&error, ClientError::Unreachable { url: named, .. } if **named == url));
    assert!(error.is_transient());
}

#[tokio::test]
async fn only_missing_blobs_are_sent_and_the_manifest_last() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("node_modules")).unwrap();
    fs::write(directory.path().join("node_modules/x.js"), "1").unwrap();
    fs::write(directory.path().join("server.js"), "2").unwrap();
    let artifact = bundle::pack(directory.path()).unwrap();
    let present = artifact.blobs[0].digest.to_string();
    let fake = Fake::start(move |seen| match seen.line.split(' ').next().unwrap() {
        "HEAD" if seen.line.ends_with(&present) => (200, String::new(), String::new()),
        "HEAD" => (404, String::new(), String::new()),
        "POST" => {
            // Another spelling of the broker's own address: only the path counts.
            let place = "location: https://elsewhere.example/v2/gong-crm/blobs/uploads/u1?a=b\r\n";
            (202, place.to_owned(), String::new())
        }
        _ => (201, String::new(), String::new()),
    })
    .await;
    let client = fake.client();
    let missing = client.missing(&name(), &artifact).await.unwrap();
    assert_eq!(missing.blobs.len(), artifact.blobs.len() - 1);
    let sent = Arc::new(AtomicU64::new(0));
    for blob in &missing.blobs {
        let sent = Arc::clone(&sent);
        client
            .send_blob(&name(), blob, move |bytes| {
                sent.fetch_add(bytes, Ordering::Relaxed);
            })
            .await
            .unwrap();
    }
    client.send_manifest(&name(), &artifact).await.unwrap();
    assert_eq!(sent.load(Ordering::Relaxed), missing.size);
    let seen = fake.seen();
    let puts: Vec<_> = seen
        .iter()
        .filter(|request| request.line.starts_with("PUT"))
        .collect();
    assert_eq!(puts.len(), missing.blobs.len() + 1);
    for (put, blob) in puts.iter().zip(&missing.blobs) {
        let digest = blob.digest.as_str().replace(':', "%3A");
        assert_eq!(
            put.line,
            format!("PUT /v2/gong-crm/blobs/uploads/u1?a=b&digest={digest}")
        );
        assert_eq!(crate::model::Digest::of(&put.body), blob.digest);
    }
    let manifest = puts.last().unwrap();
    assert_eq!(
        manifest.line,
        format!("PUT /v2/gong-crm/manifests/{}", artifact.digest)
    );
    assert_eq!(manifest.body, artifact.manifest);
    assert!(
        seen.iter()
            .all(|request| request.authorization == "Bearer berth_test")
    );
}

#[tokio::test]
async fn a_refused_artifact_says_why() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("server.js"), "2").unwrap();
    let artifact = bundle::pack(directory.path()).unwrap();
    let body = r#"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"a blob is missing"}]}"#;
    let fake = Fake::start(move |_| (400, String::new(), body.to_owned())).await;
    let error = fake.client().send_manifest(&name(), &artifact).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the broker did not take the artifact (MANIFEST_BLOB_UNKNOWN): a blob is missing"
    );
}
