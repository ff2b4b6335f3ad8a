//! Codes and refresh tokens in the right hands, and in others.

use serde_json::{Value, json};

use super::{Form, World};
use crate::model::UserId;

#[tokio::test]
async fn a_code_is_good_once_and_its_reuse_ends_what_it_gave() {
    let world = World::new().await;
    let client = world.register().await;
    let code = world.code(&world.right(&client)).await;
    let form = world.redeeming(&client, &code);
    let (_, tokens) = world.post("/token", &form).await;
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    let (status, again) = world.post("/token", &form).await;
    assert_eq!((status.as_u16(), &again["error"]), (400, &json!("invalid_grant")));
    assert!(
        world.calls(&tokens["access_token"], "crm").await.is_err(),
        "at once, from memory too"
    );
    let (status, _) = world.refresh(&client, &tokens["refresh_token"]).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_code_is_for_the_client_the_address_and_the_verifier_that_it_was_asked_with() {
    let world = World::new().await;
    let client = world.register().await;
    let other = world.register().await;
    for (name, value, error) in [
        (
            "code_verifier",
            "another-verifier-of-at-least-forty-three-characters",
            "invalid_grant",
        ),
        ("code_verifier", "", "invalid_grant"),
        ("redirect_uri", "https://client.example/other", "invalid_grant"),
        ("redirect_uri", "", "invalid_grant"),
        ("resource", "https://berth.example/mcp/mail", "invalid_target"),
        ("client_id", other.as_str(), "invalid_grant"),
        ("client_id", "cli_nobody", "invalid_client"),
        ("client_id", "", "invalid_client"),
        ("client_secret", "any", "invalid_client"),
        ("code", "berthc_guessed", "invalid_grant"),
        ("code", "", "invalid_request"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("grant_type", "", "invalid_request"),
    ] {
        let code = world.code(&world.right(&client)).await;
        let form = world.redeeming(&client, &code);
        let (status, answer) = world.post("/token", &form.with(name, value)).await;
        assert_eq!(answer["error"], error, "{name}={value}: {answer}");
        assert_eq!(
            status.as_u16(),
            if error == "invalid_client" { 401 } else { 400 },
            "{name}={value}"
        );
    }
    // Whoever guesses at a verifier has one guess.
    let code = world.code(&world.right(&client)).await;
    let form = world.redeeming(&client, &code);
    world.post("/token", &form.with("code_verifier", "wrong")).await;
    assert_eq!(world.post("/token", &form).await.0, 400);
    // One that another client brings is still its client's.
    let code = world.code(&world.right(&client)).await;
    let form = world.redeeming(&client, &code);
    world.post("/token", &form.with("client_id", &other)).await;
    assert_eq!(world.post("/token", &form).await.0, 200);
    // A late one is none.
    let code = world.code(&world.right(&client)).await;
    world
        .store
        .execute("UPDATE codes SET expires_at = 1 WHERE used_at IS NULL")
        .await;
    assert_eq!(
        world.post("/token", &world.redeeming(&client, &code)).await.0,
        400
    );
    let doubled = Form::new(&[
        ("grant_type", "authorization_code"),
        ("client_id", "a"),
        ("client_id", "b"),
    ]);
    assert_eq!(world.post("/token", &doubled).await.1["error"], "invalid_request");
}

#[tokio::test]
async fn a_refresh_token_rotates_and_its_late_reuse_ends_its_family() {
    let world = World::new().await;
    let (client, other) = (world.register().await, world.register().await);
    let first = world.tokens(&client).await;
    assert_eq!(
        world.refresh(&other, &first["refresh_token"]).await.1["error"],
        "invalid_grant"
    );
    // Clients refresh in parallel: each gets tokens.
    let (one, two) = tokio::join!(
        world.refresh(&client, &first["refresh_token"]),
        world.refresh(&client, &first["refresh_token"])
    );
    assert_eq!((one.0.as_u16(), two.0.as_u16()), (200, 200));
    assert_ne!(one.1["refresh_token"], two.1["refresh_token"]);
    for tokens in [&one.1, &two.1] {
        world.calls(&tokens["access_token"], "crm").await.unwrap();
    }
    let third = world.refresh(&client, &one.1["refresh_token"]).await.1;
    // Somebody else brings the first one, later.
    world
        .store
        .execute("UPDATE client_tokens SET used_at = used_at - 31000 WHERE used_at IS NOT NULL")
        .await;
    let (status, answer) = world.refresh(&client, &first["refresh_token"]).await;
    assert_eq!(
        (status.as_u16(), &answer["error"]),
        (400, &json!("invalid_grant"))
    );
    for tokens in [&first, &one.1, &two.1, &third] {
        assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
        assert_eq!(world.refresh(&client, &tokens["refresh_token"]).await.0, 400);
    }
    // A family does not grow without end while its grace lasts.
    let first = world.tokens(&client).await;
    for _ in 0..40 {
        assert_eq!(world.refresh(&client, &first["refresh_token"]).await.0, 200);
    }
    assert!(world.store.count("SELECT COUNT(*) FROM client_tokens").await <= 65);
}

#[tokio::test]
async fn what_is_given_back_is_over() {
    let world = World::new().await;
    let (client, other) = (world.register().await, world.register().await);
    let tokens = world.tokens(&client).await;
    let give_back = async |client: &str, token: &Value| {
        let form = Form::new(&[("client_id", client), ("token", token.as_str().unwrap())]);
        world.post("/revoke", &form).await.0.as_u16()
    };
    assert_eq!(give_back(&other, &tokens["access_token"]).await, 200);
    world.calls(&tokens["access_token"], "crm").await.unwrap();
    assert_eq!(give_back(&client, &tokens["access_token"]).await, 200);
    assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
    let refreshed = world.refresh(&client, &tokens["refresh_token"]).await.1;
    assert_eq!(give_back(&client, &refreshed["refresh_token"]).await, 200);
    assert!(world.calls(&refreshed["access_token"], "crm").await.is_err());
    assert_eq!(give_back(&client, &json!("berthr_nothing")).await, 200);
    assert_eq!(give_back("cli_nobody", &json!("x")).await, 401);

    let tokens = world.tokens(&client).await;
    let consents = world.server.clients(Some(&world.alice.user)).await.unwrap();
    assert_eq!(consents.len(), 1);
    let bob = UserId::from("usr_b".to_owned());
    assert!(
        !world
            .server
            .revoke(&world.alice, &consents[0].id, Some(&bob))
            .await
            .unwrap()
    );
    assert!(
        world
            .server
            .revoke(&world.alice, &consents[0].id, None)
            .await
            .unwrap()
    );
    assert!(world.calls(&tokens["access_token"], "crm").await.is_err());
    assert_eq!(world.refresh(&client, &tokens["refresh_token"]).await.0, 400);
}
