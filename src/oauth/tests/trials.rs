//! Trying settings out: what is seen, what is told, and what is not.

use serde_json::json;

use super::{
    World, bearer, fields,
    provider::Fault,
    shapes::{Fake, JSON, set},
};
use crate::{
    model::{Step, StepVerdict},
    oauth::{Change, Progress},
    secret::Secret,
};

async fn tried(world: &World) -> Vec<Step> {
    let steps = world.oauth.try_out(&world.connector, None).await.unwrap();
    let text = serde_json::to_string(&steps).unwrap();
    assert!(!text.contains("s3cret") && !text.contains("czNjcmV0"), "{text}");
    steps
}

fn named<'s>(steps: &'s [Step], name: &str) -> &'s Step {
    steps.iter().find(|step| step.name == name).unwrap()
}

impl World {
    async fn change(&self, settings: serde_json::Value, secret: Option<&str>) {
        let change = Change {
            settings: fields(settings),
            client_secret: secret.map(|secret| Secret::new(secret.to_owned())),
            ..Change::default()
        };
        self.set(change).await.unwrap();
    }

    /// The steps of a trial whose person is back, or `None` as long as it waits.
    async fn trial(&self, handle: &str) -> Option<Vec<Step>> {
        let caller = self.alice.caller();
        match self
            .oauth
            .trial(&caller, &self.connector, handle)
            .await
            .unwrap()
            .unwrap()
        {
            Progress::Waiting => None,
            Progress::Done(steps) => Some(steps),
        }
    }

    async fn trial_departs(&self) -> (String, super::Departure) {
        let begun = self
            .oauth
            .begin_trial(&self.alice.caller(), &self.connector, None)
            .await
            .unwrap();
        let departure = self
            .oauth
            .continue_to_provider(&begun.handle, &self.alice.user, &crate::model::Values::new())
            .await
            .unwrap();
        (begun.handle, departure)
    }
}

#[tokio::test]
async fn a_client_is_proved_without_a_person() {
    let world = World::new().await;
    let steps = tried(&world).await;
    let client = named(&steps, "client");
    assert_eq!(client.verdict, StepVerdict::Ok, "{client:?}");
    assert!(
        client.detail.contains("`basic`") && !client.detail.contains("`post`"),
        "{client:?}"
    );
    assert!(
        client.sent.iter().any(|line| line == "authorization: Basic ***"),
        "{client:?}"
    );
    assert_eq!(
        named(&steps, "redirect-uri").detail,
        "http://127.0.0.1:8420/oauth/callback/crm"
    );
    assert_eq!(named(&steps, "authorize").verdict, StepVerdict::Ok);
    assert_eq!(named(&steps, "discovery").verdict, StepVerdict::Skipped);
    assert_eq!(named(&steps, "revoke").verdict, StepVerdict::Ok);

    // The wrong way, with the right one named.
    world.change(json!({"client_auth": "post"}), None).await;
    let steps = tried(&world).await;
    let client = named(&steps, "client");
    assert_eq!(
        client.detail,
        "invalid_client: the provider refuses this client with `post`; it accepts `basic`"
    );
    assert!(client.hint.contains("--client-auth basic"), "{client:?}");
    world.provider.books.lock().post_only = true;
    assert_eq!(named(&tried(&world).await, "client").verdict, StepVerdict::Ok);
    world.provider.books.lock().post_only = false;

    // The wrong secret.
    world
        .change(json!({"client_auth": null}), Some("czNjcmV0 wrong"))
        .await;
    let client = tried_with_wrong_secret(&world).await;
    assert_eq!(client.verdict, StepVerdict::Failed);
    assert!(client.detail.contains("invalid_client"), "{client:?}");
    assert!(client.hint.contains("--client-secret-file"), "{client:?}");
}

async fn tried_with_wrong_secret(world: &World) -> Step {
    named(&tried(world).await, "client").clone()
}

#[tokio::test]
async fn a_provider_that_looks_at_the_code_first_proves_nothing() {
    let world = World::new().await;
    for _ in 0..3 {
        world.provider.fault(Fault::Answer(
            400,
            "application/json",
            r#"{"error":"invalid_grant"}"#,
        ));
    }
    let steps = tried(&world).await;
    let client = named(&steps, "client");
    assert_eq!(client.verdict, StepVerdict::Warning);
    assert!(client.detail.starts_with("not proved"), "{client:?}");
    world
        .provider
        .fault(Fault::Answer(200, "text/html", "<h1>welcome</h1>"));
    world
        .provider
        .fault(Fault::Answer(200, "text/html", "<h1>welcome</h1>"));
    let steps = tried(&world).await;
    let client = named(&steps, "client");
    assert_eq!(client.verdict, StepVerdict::Failed);
    assert!(client.hint.contains("token URL"), "{client:?}");
}

#[tokio::test]
async fn a_client_that_asks_for_itself_gets_a_token_to_prove_it() {
    let world = World::bare().await;
    let fake = Fake::start(&world.tasks).await;
    let settings = |auth: Option<&str>| json!({"token_url": "BASE/token", "grant": "client-credentials", "client_auth": auth});
    let headers = &["Authorization: Bearer {access_token}"];
    set(&world, &fake, &settings(None), "a b", headers).await;
    fake.will_say((200, JSON, r#"{"access_token":"t1","expires_in":3600}"#));
    let steps = world.oauth.try_out(&world.connector, None).await.unwrap();
    let client = named(&steps, "client");
    assert_eq!(client.verdict, StepVerdict::Ok, "{client:?}");
    assert_eq!(
        client.detail,
        "the provider accepts the client's secret with `basic`; a token came"
    );
    assert!(!format!("{client:?}").contains("t1"), "{client:?}");
    assert_eq!(
        fake.asked(),
        ["POST /token form basic grant_type=client_credentials&scope=a b"]
    );
    // It served nobody.
    assert!(world.oauth.listed(None, None).await.unwrap().is_empty());

    // The wrong way, with the right one named.
    set(&world, &fake, &settings(Some("post")), "a b", headers).await;
    let no = r#"{"error":"invalid_client"}"#;
    fake.will_say((401, JSON, no));
    fake.will_say((200, JSON, r#"{"access_token":"t2"}"#));
    let steps = world.oauth.try_out(&world.connector, None).await.unwrap();
    let client = named(&steps, "client");
    assert_eq!(
        client.detail,
        "invalid_client: the provider refuses this client with `post`; it accepts `basic`"
    );
    for (requests, status, body, detail) in [
        // Perhaps the other way: both are tried.
        (
            2,
            400,
            r#"{"error":"unauthorized_client"}"#,
            "unauthorized_client",
        ),
        (1, 400, r#"{"error":"invalid_scope"}"#, "invalid_scope"),
        (1, 200, "<h1>", "not a token"),
    ] {
        for _ in 0..requests {
            fake.will_say((status, JSON, body));
        }
        let steps = world.oauth.try_out(&world.connector, None).await.unwrap();
        let client = named(&steps, "client");
        assert_eq!(client.verdict, StepVerdict::Failed, "{client:?}");
        assert!(
            client.detail.contains(detail) && !client.hint.is_empty(),
            "{client:?}"
        );
    }
}

#[tokio::test]
async fn an_admin_signs_in_once_and_sees_all_the_rest() {
    let world = World::new().await;
    world.person("anna").await;
    let (handle, departure) = world.trial_departs().await;
    assert!(world.trial(&handle).await.is_none());
    // It is nobody else's.
    let bob = world.bob.caller();
    assert!(
        world
            .oauth
            .trial(&bob, &world.connector, &handle)
            .await
            .unwrap()
            .is_none()
    );
    let other = "con_2".to_owned().into();
    let caller = world.alice.caller();
    assert!(
        world
            .oauth
            .trial(&caller, &other, &handle)
            .await
            .unwrap()
            .is_none()
    );
    let query = world.provider.agree(&departure.location);
    world
        .finish(query, Some(departure.cookie.expose()), Some(&world.alice))
        .await
        .unwrap();
    let before = world.token(&world.alice).await;
    let steps = world.trial(&handle).await.unwrap();
    for (name, verdict) in [
        ("exchange", StepVerdict::Ok),
        ("scopes", StepVerdict::Ok),
        ("refresh", StepVerdict::Ok),
        ("account", StepVerdict::Ok),
    ] {
        assert_eq!(named(&steps, name).verdict, verdict, "{steps:?}");
    }
    assert_eq!(named(&steps, "account").detail, "anna anna@x.example");
    assert!(
        named(&steps, "refresh")
            .detail
            .contains("a new refresh token came")
    );
    let text = serde_json::to_string(&steps).unwrap();
    for secret in ["access-", "refresh-", "code-", "s3cret"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    // The connector gets the refreshed one.
    assert_ne!(bearer(&before), bearer(world.token(&world.alice).await.as_ref()));
    assert_eq!(world.provider.books.lock().refreshed, 1);
}

#[tokio::test]
async fn a_failed_exchange_is_told_to_who_tries() {
    let world = World::new().await;
    let (handle, departure) = world.trial_departs().await;
    for _ in 0..2 {
        world.provider.fault(Fault::Answer(
            400,
            "application/json",
            r#"{"error":"invalid_client","error_description":"s3cret: with+signs% is wrong"}"#,
        ));
    }
    let query = world.provider.agree(&departure.location);
    world
        .finish(query, Some(departure.cookie.expose()), Some(&world.alice))
        .await
        .unwrap_err();
    let steps = world.trial(&handle).await.unwrap();
    let exchange = named(&steps, "exchange");
    assert_eq!(exchange.verdict, StepVerdict::Failed);
    assert!(
        exchange.detail.contains("invalid_client") && !exchange.detail.contains("s3cret"),
        "{exchange:?}"
    );
    assert!(exchange.hint.contains("client id and secret"), "{exchange:?}");
}
