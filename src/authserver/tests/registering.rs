//! Clients that make themselves known.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::Engine as _;
use serde_json::json;

use super::{CALLBACK, World};

#[tokio::test]
async fn registrations_are_checked_few_and_forgotten() {
    let world = World::new().await;
    for (body, error) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": ["https://a.example/#x"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["https://u:p@a.example/"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["http://a.example/"]}),
            "invalid_redirect_uri",
        ),
        (json!({"redirect_uris": ["evil:x"]}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": vec![CALLBACK; 33]}),
            "invalid_redirect_uri",
        ),
        (json!({"redirect_uris": 1}), "invalid_client_metadata"),
        (
            json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "grant_types": ["implicit"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "response_types": ["token"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [CALLBACK], "client_name": "x".repeat(70_000)}),
            "invalid_client_metadata",
        ),
    ] {
        let (status, answer) = world.registering(&body).await;
        assert_eq!((status.as_u16(), answer["error"].as_str().unwrap()), (400, error));
    }
    let mut last = StatusCode::CREATED;
    for _ in 0..30 {
        last = world.registering(&json!({"redirect_uris": [CALLBACK]})).await.0;
    }
    assert_eq!(last, 429, "one address has had its turn");
    // From many addresses: the oldest that nobody let in make room.
    let known = world.store.count("SELECT COUNT(*) FROM clients").await;
    assert!(known < 30, "{known}");
    let record = |n: i32| crate::store::ClientRecord {
        id: format!("cli_{n}"),
        name: String::new(),
        metadata: crate::store::ClientMetadata::default(),
        secret_hash: None,
    };
    for n in 0..50 {
        world.store.add_client(&record(n), 0, 20).await.unwrap();
    }
    assert_eq!(world.store.count("SELECT COUNT(*) FROM clients").await, 20);
    world.store.add_client(&record(99), i64::MAX, 20).await.unwrap();
    assert_eq!(
        world.store.count("SELECT COUNT(*) FROM clients").await,
        1,
        "those that are old went"
    );
}

#[tokio::test]
async fn a_client_with_a_secret_shows_it() {
    let world = World::new().await;
    for (method, basic) in [("client_secret_basic", true), ("client_secret_post", false)] {
        let body = json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": method});
        let registered = world.registering(&body).await.1;
        let (client, secret) = (
            registered["client_id"].as_str().unwrap(),
            registered["client_secret"].as_str().unwrap(),
        );
        assert_eq!(registered["client_secret_expires_at"], 0);
        let code = world.code(&world.right(client)).await;
        let form = world.redeeming(client, &code);
        let (status, answer) = world.post("/token", &form).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]),
            (401, &json!("invalid_client"))
        );
        assert_eq!(
            world.post("/token", &form.with("client_secret", "wrong")).await.0,
            401
        );
        if !basic {
            assert_eq!(
                world.post("/token", &form.with("client_secret", secret)).await.0,
                200
            );
            continue;
        }
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        for (credential, expected) in [
            (format!("{client}:wrong"), 401),
            (format!("{client}:{secret}"), 200),
        ] {
            let request = Request::post("/token")
                .header(header::AUTHORIZATION, format!("Basic {}", encode(&credential)))
                .body(Body::from(form.with("client_id", "").text()))
                .unwrap();
            let (status, headers, _) = world.send(request).await;
            assert_eq!(status, expected);
            assert_eq!(headers.contains_key(header::WWW_AUTHENTICATE), expected == 401);
        }
    }
}
