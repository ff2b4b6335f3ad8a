//! How grants end: at which provider, by whose word, and what never ends them.

use super::{Access, World, provider::Provider};
use crate::{oauth::Change, secret::Secret};

#[tokio::test]
async fn a_new_revocation_url_gets_neither_old_tokens_nor_the_secret() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let other = Provider::start(&world.tasks).await;
    let elsewhere = |secret: Option<&str>| Change {
        revoke_url: Some(other.at("revoke")),
        client_secret: secret.map(|secret| Secret::new(secret.to_owned())),
        ..Change::default()
    };
    let error = world.set(elsewhere(None)).await.unwrap_err();
    assert!(error.to_string().contains("client secret"), "{error}");
    world.set(elsewhere(Some(super::provider::SECRET))).await.unwrap();
    // The grant goes on, also over a refresh, and goes without a word to the new place.
    world.age(&world.alice, 3601).await;
    world.token(&world.alice).await;
    world.authorize(&world.bob).await.unwrap();
    for (who, revoked) in [(&world.alice, 0), (&world.bob, 2)] {
        assert_eq!(world.oauth.forget_user(&who.user).await.unwrap(), 1);
        assert_eq!(other.books.lock().revoked.len(), revoked);
    }
    assert!(world.provider.books.lock().revoked.is_empty());
}

#[tokio::test]
async fn a_lost_answer_does_not_freeze_a_token_without_end() {
    let world = World::new().await;
    world.provider.books.lock().lifetime = None;
    world.authorize(&world.alice).await.unwrap();
    for (seconds, sent) in [(3590, 0), (20, 1)] {
        world.age(&world.alice, seconds).await;
        world.store.execute("UPDATE grant_tokens SET intent = 'x'").await;
        let oauth = World::broker(&world.store, &world.tasks);
        let access = oauth.token_for(&world.alice.user, &world.connector).await;
        assert!(matches!(access, Ok(Access::Token(_))), "{access:?}");
        assert_eq!(
            world.provider.books.lock().refreshed,
            sent,
            "after {seconds} s more"
        );
    }
}
