use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Client, ClientError, fake::Fake};
use crate::{model::ConnectorName, wire::ErrorCode};

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
        matches!(unknown, ClientError::Unauthenticated { origin: Some(origin), .. } if origin.place == "the test")
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
