//! Grants that serve everybody: a bot's, and the client's own.

use serde_json::json;

use super::{
    World, bearer,
    shapes::{Fake, JSON, set},
};
use crate::{
    model::{Owner, ProviderId, Values},
    oauth::{Access, Change, FlowError, OAuthError},
};

#[tokio::test]
async fn an_admin_authorizes_once_for_everybody() {
    let world = World::new().await;
    // Bob went away to authorize for himself before the admin decided otherwise.
    let late = world.depart(&world.bob).await;
    let for_all = Change {
        owner: Some(Owner::Connector),
        ..Change::default()
    };
    let settings = world.set(for_all).await.unwrap();
    assert_eq!(settings.owner, Owner::Connector);
    let query = world.provider.agree(&late.location);
    let cookie = Some(late.cookie.expose().as_str());
    world.finish(query, cookie, Some(&world.bob)).await.unwrap_err();
    // A member is told, and gets no link.
    assert!(matches!(
        world.access(&world.bob).await,
        Ok(Access::ConsentNeeded)
    ));
    let refused = world
        .oauth
        .start_consent(&world.bob.caller(), (&world.connector, &world.name), "c")
        .await;
    assert!(matches!(refused, Err(OAuthError::ForAdmins)), "{refused:?}");
    let handle = world.handle(&world.alice).await;
    assert!(
        world
            .oauth
            .consent(&handle, &world.alice.user)
            .await
            .unwrap()
            .for_all
    );
    world.authorize(&world.alice).await.unwrap();
    let (alice, bob) = (world.token(&world.alice).await, world.token(&world.bob).await);
    assert_eq!(bearer(&alice), bearer(&bob));
    assert_eq!(alice.generation, bob.generation);
    // A new token reaches everybody.
    world.age(&world.alice, 4000).await;
    let bob = world.token(&world.bob).await;
    assert_ne!(bearer(&alice), bearer(&bob));
    let alice = world.token(&world.alice).await;
    assert_eq!(bearer(&alice), bearer(&bob));
    assert_eq!(world.provider.books.lock().refreshed, 1);
    // Back to each their own, and nobody has the bot's any more.
    let each = Change {
        owner: Some(Owner::User),
        ..Change::default()
    };
    world.set(each).await.unwrap();
    for who in [&world.alice, &world.bob] {
        assert!(matches!(world.access(who).await, Ok(Access::ConsentNeeded)));
    }
    assert!(!world.provider.books.lock().revoked.is_empty());
}

#[tokio::test]
async fn who_is_no_admin_any_more_makes_nothing_for_everybody() {
    let world = World::new().await;
    let for_all = Change {
        owner: Some(Owner::Connector),
        ..Change::default()
    };
    world.set(for_all).await.unwrap();
    let departure = world.depart(&world.alice).await;
    world
        .store
        .execute("UPDATE users SET roles = 'member' WHERE id = 'usr_a'")
        .await;
    let query = world.provider.agree(&departure.location);
    let cookie = Some(departure.cookie.expose().as_str());
    let refused = world.finish(query, cookie, Some(&world.alice)).await;
    assert!(
        matches!(refused, Err(FlowError::Failed(OAuthError::ForAdmins))),
        "{refused:?}"
    );
    assert!(world.provider.books.lock().requests.is_empty());
}

#[tokio::test]
async fn what_serves_everybody_outlives_the_admin_who_made_it() {
    let world = World::new().await;
    world
        .store
        .execute("INSERT INTO users (id, name, roles, created_at) VALUES ('usr_c', 'carol', 'admin', 1)")
        .await;
    let for_all = Change {
        owner: Some(Owner::Connector),
        ..Change::default()
    };
    world.set(for_all).await.unwrap();
    world.authorize(&world.alice).await.unwrap();
    let before = world.token(&world.bob).await;
    assert_eq!(world.leave(&world.alice).await, 0);
    assert!(world.provider.books.lock().revoked.is_empty());
    world.oauth.0.cache.clear();
    let bob = world.token(&world.bob).await;
    assert_eq!(bearer(&bob), bearer(&before));
    // And who has it now is written down.
    world.audited("grant.passed", 1).await;
    let told = "SELECT COUNT(*) FROM audit WHERE action = 'grant.passed' AND actor = 'usr_b'
                AND detail LIKE '%\"from\":\"usr_a\"%' AND detail LIKE '%\"user\":\"usr_c\"%'";
    assert_eq!(world.store.count(told).await, 1);
}

impl World {
    /// The provider's client, as it is known to those who leave it alone.
    async fn client(&self) -> (ProviderId, i64) {
        let used = self.store.connections_of(&self.connector).await.unwrap();
        (used[0].provider.id.clone(), used[0].provider.version)
    }
}

#[tokio::test]
async fn a_client_gets_its_own_token_without_anybodys_consent() {
    let world = World::bare().await;
    let fake = Fake::start(&world.tasks).await;
    let settings = json!({
        "token_url": "BASE/token",
        "grant": "client-credentials",
        "client_auth": "basic",
        "token_params": {"audience": "https://api.example"},
        "resource": "https://api.example/",
    });
    set(
        &world,
        &fake,
        &settings,
        "a b",
        &["Authorization: Bearer {access_token}"],
    )
    .await;
    let request = "POST /token form basic audience=https://api.example&grant_type=client_credentials\
                   &resource=https://api.example/&scope=a b";
    fake.will_say((
        200,
        JSON,
        r#"{"access_token":"t1","token_type":"Bearer","expires_in":3600}"#,
    ));
    // However many ask at once.
    let (alice, bob) = tokio::join!(world.token(&world.alice), world.token(&world.bob));
    assert_eq!((bearer(&alice), bearer(&bob)), ("Bearer t1", "Bearer t1"));
    assert_eq!(fake.asked(), [request]);
    // There is no refresh token: the client asks again.
    let connection = world
        .store
        .connections_of(&world.connector)
        .await
        .unwrap()
        .remove(0);
    let place = (&connection.provider.id, Owner::Connector);
    let grant = world
        .store
        .grant_for(&world.alice.user, &world.connector, place)
        .await;
    let grant = grant.unwrap().unwrap();
    let mut tokens = grant.tokens.clone();
    tokens.asked_at -= 4_000_000;
    assert!(world.store.save_tokens(&grant, &tokens).await.unwrap());
    world.oauth.0.cache.clear();
    fake.will_say((
        200,
        JSON,
        r#"{"access_token":"t2","token_type":"Bearer","expires_in":3600}"#,
    ));
    let bob = world.token(&world.bob).await;
    assert_eq!(bearer(&bob), "Bearer t2");
    assert_eq!(fake.asked(), [request]);
    // With other scopes it is another token.
    let more = Change {
        scopes: Some(vec!["c".to_owned()]),
        ..Change::default()
    };
    world.set(more).await.unwrap();
    fake.will_say((401, JSON, r#"{"error":"invalid_client"}"#));
    let refused = world.access(&world.bob).await;
    assert!(matches!(refused, Err(OAuthError::Token { .. })), "{refused:?}");
    assert_eq!(fake.asked().len(), 1);
    // It is left alone for a moment, and an admin is told once, whoever calls.
    world.access(&world.alice).await.unwrap_err();
    assert!(fake.asked().is_empty());
    world.oauth.0.clients.succeeded(&world.client().await);
    fake.will_say((401, JSON, r#"{"error":"invalid_client"}"#));
    world.access(&world.alice).await.unwrap_err();
    assert_eq!(fake.asked().len(), 1);
    world.audited("provider.broken", 1).await;
    let trouble = || async {
        let used = world.store.connections_of(&world.connector).await.unwrap();
        used[0].provider.trouble.clone()
    };
    assert!(trouble().await.unwrap().what.contains("invalid_client"));
    // The provider takes it again, without anybody's doing here.
    world.oauth.0.clients.succeeded(&world.client().await);
    fake.will_say((200, JSON, r#"{"access_token":"t3","token_type":"Bearer"}"#));
    let bob = world.token(&world.bob).await;
    assert_eq!(bearer(&bob), "Bearer t3");
    assert!(trouble().await.is_none());
    world.audited("provider.recovered", 1).await;
    let nobodys = world
        .oauth
        .continue_to_provider("guess", &world.alice.user, &Values::new())
        .await;
    assert!(matches!(nobodys, Err(FlowError::Unknown)));
}
