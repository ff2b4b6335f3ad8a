use std::fs;

use tempfile::TempDir;

use super::{Missing, Progress};
use crate::{
    bundle::{self, Artifact},
    client::ClientError,
    model::ConnectorName,
};

mod registry;

use registry::{Registry, State};

const MIB: usize = 1024 * 1024;

fn name() -> ConnectorName {
    "gong-crm".parse().unwrap()
}

/// A bundle of some small files and one of three mebibytes, and the folder that it stays in.
fn packed() -> (Artifact, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("node_modules")).unwrap();
    fs::write(folder.path().join("node_modules/x.js"), "1").unwrap();
    let large: Vec<u8> = (0..3 * MIB).map(|at| (at * at / 1000) as u8).collect();
    fs::write(folder.path().join("server.bin"), large).unwrap();
    (bundle::pack(folder.path()).unwrap(), folder)
}

fn size(artifact: &Artifact) -> u64 {
    artifact.blobs.iter().map(|blob| blob.size).sum()
}

/// The whole of what a deploy does.
async fn send(registry: &Registry, artifact: &Artifact, progress: &Progress) -> Result<(), ClientError> {
    let client = registry.client();
    if client.has_artifact(&name(), artifact).await? {
        return Ok(());
    }
    let missing = client.missing(&name(), artifact).await?;
    client.send_artifact(&name(), artifact, &missing, progress).await
}

/// That everything is there, each blob under its digest.
fn check(registry: &Registry, artifact: &Artifact) {
    let state = registry.state.lock();
    for blob in &artifact.blobs {
        let stored = &state.blobs[blob.digest.as_str()];
        assert_eq!(stored.len() as u64, blob.size);
    }
    assert_eq!(state.manifests[artifact.digest.as_str()], artifact.manifest);
    assert!(state.tokens.iter().all(|token| token == "Bearer berth_test"));
}

#[tokio::test]
async fn only_missing_blobs_are_sent_and_the_manifest_last() {
    let (artifact, _folder) = packed();
    let registry = Registry::start(State::default()).await;
    let present = artifact.blobs[0].digest.to_string();
    registry.state.lock().blobs.insert(present, b"{}".to_vec());
    let progress = Progress::default();
    send(&registry, &artifact, &progress).await.unwrap();
    check(&registry, &artifact);
    let missing = size(&artifact) - 2;
    assert_eq!(
        (progress.there(), progress.sent(), progress.resumed()),
        (missing, missing, 0)
    );
    assert_eq!(registry.state.lock().received, missing);
    let seen = registry.state.lock().seen.clone();
    assert!(seen[0].starts_with("HEAD manifests/"), "{seen:#?}");
    assert!(seen.last().unwrap().starts_with("PUT manifests/"), "{seen:#?}");
    assert!(
        seen.iter()
            .any(|line| line.starts_with("PUT blobs/uploads/") && line.contains("?a=b&digest=sha256:"))
    );

    send(&registry, &artifact, &progress).await.unwrap();
    let again = registry.state.lock().seen[seen.len()..].to_vec();
    assert_eq!(again.len(), 1, "one question is enough: {again:#?}");
}

#[tokio::test]
async fn a_cut_upload_goes_on_where_it_broke() {
    let (artifact, _folder) = packed();
    for says_zero in [false, true] {
        let cuts = vec![2_500_001, 1_000_000, 999_999, 70_000, 1];
        let registry = Registry::start(State {
            cuts,
            says_zero,
            ..State::default()
        })
        .await;
        let progress = Progress::default();
        send(&registry, &artifact, &progress).await.unwrap();
        check(&registry, &artifact);
        assert_eq!(registry.state.lock().cuts, [0; 0]);
        // What arrived before a cut is not sent again; a small blob is, as a whole.
        let received = registry.state.lock().received;
        assert!(received < size(&artifact) + 5 * 64 * 1024, "{received}");
        assert_eq!(progress.there(), size(&artifact));
        assert!(progress.take_setback().is_some());
    }
}

#[tokio::test]
async fn the_next_run_goes_on_where_the_last_one_ended() {
    let (artifact, _folder) = packed();
    let large = artifact.blobs.iter().max_by_key(|blob| blob.size).unwrap();
    for has in [1_u64, 2, 1_234_567, large.size] {
        for says_zero in [false, true] {
            let registry = Registry::start(State {
                says_zero,
                ..State::default()
            })
            .await;
            let mut begun = vec![0; has as usize];
            std::io::Read::read_exact(&mut large.reader(0).unwrap(), &mut begun).unwrap();
            registry
                .state
                .lock()
                .unfinished
                .insert(large.digest.to_string(), begun);
            let progress = Progress::default();
            send(&registry, &artifact, &progress).await.unwrap();
            check(&registry, &artifact);
            assert_eq!(progress.there(), size(&artifact));
            // A single byte can't be told from none where none says `0-0`.
            if has > 1 {
                assert_eq!(progress.resumed(), has);
                assert_eq!(progress.sent() + has, size(&artifact));
            }
        }
    }
}

#[tokio::test]
async fn a_registry_that_forgets_gets_it_from_the_start() {
    let (artifact, _folder) = packed();
    let registry = Registry::start(State {
        forgets: true,
        cuts: vec![1_000_000],
        answers: vec![("GET blobs/uploads/", "404 Not Found".to_owned())],
        ..State::default()
    })
    .await;
    let progress = Progress::default();
    send(&registry, &artifact, &progress).await.unwrap();
    check(&registry, &artifact);
    assert_eq!(registry.count("POST blobs/uploads/?resume="), 2);
    assert!(progress.sent() >= size(&artifact) + 1_000_000);
    assert_eq!(progress.there(), size(&artifact));
}

#[tokio::test]
async fn an_answer_that_is_lost_is_found_out() {
    let (artifact, _folder) = packed();
    let last = artifact.blobs.iter().map(|blob| blob.size).max().unwrap();
    let registry = Registry::start(State::default()).await;
    // The broker stored the blob, and the connection broke before it could say so.
    registry
        .state
        .lock()
        .answers
        .push(("PUT blobs/uploads/", "502 Bad Gateway".to_owned()));
    let large = artifact.blobs.iter().find(|blob| blob.size == last).unwrap();
    let mut whole = Vec::new();
    std::io::Read::read_to_end(&mut large.reader(0).unwrap(), &mut whole).unwrap();
    let client = registry.client();
    let missing = client.missing(&name(), &artifact).await.unwrap();
    registry
        .state
        .lock()
        .blobs
        .insert(large.digest.to_string(), whole);
    registry
        .state
        .lock()
        .answers
        .insert(0, ("GET blobs/uploads/", "404 Not Found".to_owned()));
    client
        .send_artifact(&name(), &artifact, &missing, &Progress::default())
        .await
        .unwrap();
    assert_eq!(registry.count("PUT blobs/uploads/"), 1);
}

#[tokio::test]
async fn a_proxy_with_a_small_limit_gets_smaller_parts() {
    let (artifact, _folder) = packed();
    let registry = Registry::start(State {
        largest_body: Some(MIB),
        ..State::default()
    })
    .await;
    send(&registry, &artifact, &Progress::default()).await.unwrap();
    check(&registry, &artifact);
    assert!(registry.count("PATCH") >= 3);
}

#[tokio::test]
async fn a_busy_broker_is_left_alone_for_as_long_as_it_asks() {
    let (artifact, _folder) = packed();
    let busy = "429 Too Many Requests\r\nretry-after: 1".to_owned();
    let registry = Registry::start(State {
        answers: vec![("HEAD manifests/", busy)],
        ..State::default()
    })
    .await;
    let started = std::time::Instant::now();
    send(&registry, &artifact, &Progress::default()).await.unwrap();
    assert!(started.elapsed() >= std::time::Duration::from_secs(1));
    check(&registry, &artifact);
}

#[tokio::test]
async fn a_line_that_stands_still_is_given_up() {
    let (artifact, _folder) = packed();
    let registry = Registry::start(State {
        stalls: 1,
        ..State::default()
    })
    .await;
    let mut client = registry.client();
    client.stall = std::time::Duration::from_secs(2);
    let missing = client.missing(&name(), &artifact).await.unwrap();
    let progress = Progress::default();
    client
        .send_artifact(&name(), &artifact, &missing, &progress)
        .await
        .unwrap();
    check(&registry, &artifact);
    assert!(
        progress
            .take_setback()
            .unwrap()
            .contains("did not answer in time")
    );
    assert_eq!(progress.there(), size(&artifact));
}

#[tokio::test]
async fn it_gives_up_and_tells_how_often_it_tried() {
    let (artifact, _folder) = packed();
    let busy = ("HEAD manifests/", "503 Unavailable\r\nretry-after: 0".to_owned());
    let registry = Registry::start(State {
        answers: vec![busy; 20],
        ..State::default()
    })
    .await;
    let error = registry
        .client()
        .has_artifact(&name(), &artifact)
        .await
        .unwrap_err();
    assert!(
        matches!(error, ClientError::GaveUp { attempts: 9, .. }),
        "{error:?}"
    );
    assert_eq!(error.to_string(), "gave up after 9 attempts");
    assert_eq!(registry.count("HEAD"), 9);
}

#[tokio::test]
async fn files_that_changed_are_told_from_another_run_s_bytes() {
    let (artifact, _folder) = packed();
    let large = artifact.blobs.iter().max_by_key(|blob| blob.size).unwrap();
    // What an earlier run left is wrong: it is thrown away, and sent whole.
    let registry = Registry::start(State::default()).await;
    registry
        .state
        .lock()
        .unfinished
        .insert(large.digest.to_string(), vec![7; 1000]);
    send(&registry, &artifact, &Progress::default()).await.unwrap();
    check(&registry, &artifact);
    // What this run sent is wrong: there is no point in sending it again.
    let body = r#"{"errors":[{"code":"DIGEST_INVALID","message":"another"}]}"#;
    let answer = format!("400 Bad Request\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let registry = Registry::start(State {
        answers: vec![("PUT blobs/uploads/", answer)],
        ..State::default()
    })
    .await;
    let error = send(&registry, &artifact, &Progress::default())
        .await
        .unwrap_err();
    assert!(matches!(error, ClientError::Changed), "{error:?}");
    assert_eq!(registry.count("PUT manifests/"), 0);
}

#[tokio::test]
async fn blobs_that_were_collected_meanwhile_are_sent_after_all() {
    let (artifact, _folder) = packed();
    let body = r#"{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"a blob is missing"}]}"#;
    let answer = format!("404 Not Found\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let registry = Registry::start(State {
        answers: vec![("PUT manifests/", answer)],
        ..State::default()
    })
    .await;
    let nothing = Missing::default();
    let client = registry.client();
    let progress = Progress::default();
    client
        .send_artifact(&name(), &artifact, &nothing, &progress)
        .await
        .unwrap();
    check(&registry, &artifact);
}

#[tokio::test]
async fn a_refusal_says_why_and_is_not_repeated() {
    let (artifact, _folder) = packed();
    let body = r#"{"errors":[{"code":"MANIFEST_INVALID","message":"it is no manifest"}]}"#;
    let answer = format!("400 Bad Request\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    for (status, start) in [
        (403, "HEAD manifests/"),
        (507, "PUT blobs/uploads/"),
        (413, "POST"),
    ] {
        let registry = Registry::start(State {
            answers: vec![(start, format!("{status} No"))],
            ..State::default()
        })
        .await;
        let error = send(&registry, &artifact, &Progress::default())
            .await
            .unwrap_err();
        assert!(
            matches!(error, ClientError::Artifact { status: said, .. } if said == status),
            "{error:?}"
        );
        assert!(registry.count(start) <= 3);
    }
    let registry = Registry::start(State {
        answers: vec![("PUT manifests/", answer)],
        ..State::default()
    })
    .await;
    let error = send(&registry, &artifact, &Progress::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the broker did not take the artifact (MANIFEST_INVALID): it is no manifest"
    );
}
