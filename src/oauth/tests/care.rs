//! What the broker does by itself, and how connections are shown and ended.

use serde_json::json;

use super::{Access, Change, World, fields, refreshes::DUE};
use crate::{
    model::{ConnectionState, UserId},
    oauth::Revoked,
};

#[tokio::test]
async fn what_lies_unused_is_kept_alive() {
    let world = World::new().await;
    let change = Change {
        settings: fields(json!({ "keep_warm": 600 })),
        ..Change::default()
    };
    world.set(change).await.unwrap();
    world.authorize(&world.alice).await.unwrap();
    world.authorize(&world.bob).await.unwrap();
    world.oauth.round().await;
    world.settled().await;
    assert_eq!(world.provider.books.lock().refreshed, 0);
    let idle = "UPDATE grants SET created_at = created_at - 601000 WHERE user_id = 'usr_a'";
    world.store.execute(idle).await;
    let before = world.grant(&world.alice).await;
    // As after a restart; and another broker that goes round at the same time adds nothing.
    let (one, other) = (
        World::broker(&world.store, &world.tasks),
        World::broker(&world.store, &world.tasks),
    );
    tokio::join!(one.round(), other.round());
    for broker in [&one, &other] {
        while !broker.0.refreshes.is_idle() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
    assert_eq!(world.provider.books.lock().refreshed, 1);
    assert_eq!(world.grant(&world.alice).await.version, before.version + 1);
    assert_eq!(world.grant(&world.bob).await.version, 1);
    one.round().await;
    assert_eq!(world.provider.books.lock().refreshed, 1);
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_to_revoke_later() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.token(&world.alice).await;
    world.provider.books.lock().revokes_nothing = true;
    let user = &world.alice.user;
    let ended = world.disconnect(user).await;
    assert_eq!(ended, [Revoked::Queued]);
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::ConsentNeeded)
    ));
    assert!(world.provider.books.lock().revoked.is_empty());
    // Its settings go, berth is restarted, and the provider is back.
    world
        .oauth
        .unset(&world.alice, &world.connector, None)
        .await
        .unwrap();
    world.provider.books.lock().revokes_nothing = false;
    let restarted = World::broker(&world.store, &world.tasks);
    restarted.round().await;
    assert!(world.provider.books.lock().revoked.is_empty(), "not yet due");
    world.store.execute("UPDATE revocations SET next_at = 0").await;
    restarted.round().await;
    assert_eq!(world.provider.books.lock().revoked.len(), 2);
    assert!(world.store.due_revocations(9).await.unwrap().is_empty());
    world.audited("grant.revoked", 1).await;
    let again = world.disconnect(user).await;
    assert_eq!(again, []);
}

#[tokio::test]
async fn a_provider_without_a_way_is_said_to_have_none() {
    let world = World::new().await;
    let change = Change {
        settings: fields(json!({ "revoke_url": null })),
        ..Change::default()
    };
    world.set(change).await.unwrap();
    world.authorize(&world.alice).await.unwrap();
    assert!(!world.oauth.listed(None, None).await.unwrap()[0].revocable);
    let user = &world.alice.user;
    let ended = world.disconnect(user).await;
    assert_eq!(ended, [Revoked::Unsupported]);
}

#[tokio::test]
async fn a_connection_is_shown_as_it_stands() {
    let world = World::new().await;
    world.provider.books.lock().grants = Some("read");
    world.authorize(&world.alice).await.unwrap();
    world.authorize(&world.bob).await.unwrap();
    world.token(&world.alice).await;
    world.token(&world.alice).await;
    let shown = world
        .oauth
        .listed(Some(&world.connector), Some(&world.alice.user))
        .await
        .unwrap();
    let [alice] = shown.as_slice() else {
        panic!("{shown:?}")
    };
    assert_eq!(alice.state, ConnectionState::Healthy);
    assert_eq!(
        (alice.granted.join(" "), alice.missing.join(" ")),
        ("read".into(), "write".into())
    );
    assert!(alice.next_refresh < alice.expires_at && alice.refreshed_at.is_none());
    assert_eq!(world.oauth.listed(None, None).await.unwrap().len(), 2);
    let nobody = UserId::random();
    assert!(world.oauth.listed(None, Some(&nobody)).await.unwrap().is_empty());

    world.age(&world.alice, DUE).await;
    let fault = super::provider::Fault::Answer(503, "text/plain", "");
    world.provider.fault(fault);
    world.token(&world.alice).await;
    world.settled().await;
    let shown = world.oauth.listed(None, Some(&world.alice.user)).await.unwrap();
    assert_eq!(shown[0].state, ConnectionState::Degraded);
    let trouble = shown[0].trouble.clone().unwrap();
    assert!(
        trouble.what.contains("503") && trouble.failures == 1,
        "{trouble:?}"
    );
    for (action, count) in [
        ("grant.created", 2),
        ("grant.delivered", 1),
        ("grant.refreshed", 0),
        ("grant.broken", 0),
    ] {
        world.audited(action, count).await;
    }
}
