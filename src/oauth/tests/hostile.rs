//! Values that people, browsers and providers give to lead a secret elsewhere, or more than a token to a connector.

use serde_json::json;

use super::{
    World,
    shapes::{Fake, JSON, go, set},
};
use crate::{
    model::Values,
    oauth::{Access, Change, FlowError, OAuthError},
};

const HEADERS: &[&str] = &["Authorization: Bearer {access_token}"];

fn shop(value: &str) -> Values {
    [("shop".parse().unwrap(), value.to_owned())].into()
}

#[tokio::test]
async fn a_users_value_does_not_leave_its_place() {
    let world = World::bare().await;
    let fake = Fake::start(&world.tasks).await;
    // Even where the admin's pattern lets anything pass.
    let settings = json!({
        "auth_url": "BASE/{shop}/authorize",
        "token_url": "BASE/{shop}/token",
        "user_vars": ["shop:(?s).*"],
    });
    set(&world, &fake, &settings, "", HEADERS).await;
    let handle = world.handle(&world.alice).await;
    for hostile in [
        "",
        "evil.com/",
        "evil.com#",
        "evil.com?x",
        "a@evil.com",
        "evil.com%2f",
        "..",
        "a/../b",
        "evil\u{3002}com",
        "evil.com:80",
        "a\\b",
        "a\r\nb",
    ] {
        let gone = world
            .oauth
            .continue_to_provider(&handle, &world.alice.user, &shop(hostile))
            .await;
        assert!(matches!(gone, Err(FlowError::Value(_))), "{hostile:?}: {gone:?}");
    }
    let none = world
        .oauth
        .continue_to_provider(&handle, &world.alice.user, &Values::new())
        .await;
    assert!(matches!(none, Err(FlowError::Value(_))));
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn a_callbacks_value_does_not_lead_the_secret_elsewhere() {
    let world = World::bare().await;
    let fake = Fake::start(&world.tasks).await;
    let elsewhere = Fake::start(&world.tasks).await;
    let settings = json!({
        "auth_url": "BASE/authorize",
        "token_url": "{accounts-server}/token",
        "callback_captures": ["accounts-server:BASE"],
    });
    set(&world, &fake, &settings, "", HEADERS).await;
    for hostile in [
        elsewhere.base.as_str(),
        "BASE.evil.example",
        "BASE@evil.example",
        "BASE%0D%0A",
        "",
    ] {
        let (_, came) = go(
            &world,
            &fake,
            Values::new(),
            &format!("code=c0de&accounts-server={hostile}"),
        )
        .await;
        assert!(matches!(came, Err(FlowError::Value(_))), "{hostile}: {came:?}");
    }
    // Nothing is not a place either.
    let (_, came) = go(&world, &fake, Values::new(), "code=c0de").await;
    assert!(matches!(came, Err(FlowError::Failed(OAuthError::Token { .. }))));
    assert!(fake.asked().is_empty() && elsewhere.asked().is_empty());
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
}

#[tokio::test]
async fn an_address_that_no_value_reaches_in_time_is_refused_at_once() {
    let world = World::bare().await;
    for settings in [
        json!({"auth_url": "https://{a}.example/", "token_url": "https://b.example/", "client_id": "c", "callback_captures": ["a"]}),
        json!({"auth_url": "https://b.example/", "token_url": "https://{a}.example/", "client_id": "c", "captures": {"a": "/a"}}),
        json!({"auth_url": "https://b.example/", "token_url": "https://{a}.example/", "client_id": "c"}),
    ] {
        let change = Change {
            settings: super::fields(settings.clone()),
            headers: Some(vec![HEADERS[0].parse().unwrap()]),
            ..Change::default()
        };
        let refused = world.set(change).await;
        assert!(matches!(refused, Err(OAuthError::Invalid(_))), "{settings}");
    }
}

#[tokio::test]
async fn a_token_brings_no_lines_of_its_own() {
    let world = World::bare().await;
    let fake = Fake::start(&world.tasks).await;
    let settings = json!({
        "auth_url": "BASE/authorize",
        "token_url": "BASE/token",
        "client_auth": "post",
        "captures": {"team": "/team"},
    });
    set(
        &world,
        &fake,
        &settings,
        "",
        &["Authorization: Bearer {access_token}", "X-Team: {team}"],
    )
    .await;
    for body in [
        r#"{"access_token":"a\r\nX-Evil: 1"}"#,
        r#"{"access_token":"a\u0000"}"#,
        r#"{"access_token":"a","refresh_token":"b\n"}"#,
        r#"{"access_token":"a","scope":"b\nc"}"#,
        r#"{"access_token":"a","token_type":"b\r\nX-Evil: 1"}"#,
        r#"{"access_token":"a","team":"b\r\nX-Evil: 1"}"#,
        "access_token=a%0d%0aX-Evil:%201",
    ] {
        fake.will_say((200, JSON, body));
        let (_, came) = go(&world, &fake, Values::new(), "code=c0de").await;
        assert!(
            matches!(came, Err(FlowError::Failed(OAuthError::Token { .. }))),
            "{body}: {came:?}"
        );
    }
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
}
