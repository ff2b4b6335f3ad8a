//! A refresh that goes on while calls have the token before, and what a new token changes.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::Notify;

use super::{Access, Change, World, bearer, provider::Fault, refreshes::DEAD};

/// Due for a refresh that no call waits for.
const DUE: i64 = 3520;

#[tokio::test]
async fn no_call_waits_for_a_refresh_while_the_token_lives() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    let before = world.token(&world.alice).await;
    world.age(&world.alice, DUE).await;
    let gate = Arc::new(Notify::new());
    world.provider.fault(Fault::Gate(Arc::clone(&gate)));
    // The provider does not answer before the gate opens, so each of these would wait for ever.
    let tokens = join_all((0..50).map(|_| world.token(&world.alice))).await;
    assert!(tokens.iter().all(|token| bearer(token) == bearer(&before)));
    // The memory is empty, as after a while: the one under way is enough.
    world.oauth.0.cache.clear();
    world.token(&world.alice).await;
    gate.notify_one();
    world.settled().await;
    let after = world.token(&world.alice).await;
    assert_ne!(bearer(&after), bearer(&before));
    assert!(after.version > before.version);
    assert_eq!(world.provider.books.lock().refreshed, 1);
    // What the refresh left in memory is served without the store.
    world.store.close().await;
    assert_eq!(bearer(world.token(&world.alice).await.as_ref()), bearer(&after));
}

#[tokio::test]
async fn a_grant_that_goes_while_it_is_refreshed_ahead_stays_gone() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DUE).await;
    let gate = Arc::new(Notify::new());
    world.provider.fault(Fault::Gate(Arc::clone(&gate)));
    world.token(&world.alice).await;
    while world.provider.books.lock().requests.len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        world
            .oauth
            .unset(&world.alice, &world.connector, None)
            .await
            .unwrap(),
        1
    );
    gate.notify_one();
    world.settled().await;
    assert!(matches!(
        world.access(&world.alice).await,
        Ok(Access::NotConfigured)
    ));
    assert!(
        world
            .provider
            .books
            .lock()
            .revoked
            .contains(&"refresh-3".to_owned())
    );
}

#[tokio::test]
async fn only_what_a_process_holds_fixed_starts_another_one() {
    let world = World::new().await;
    let mapped = |files: bool, env: bool| Change {
        files: files.then(|| vec!["FILE={access_token}".parse().unwrap()]),
        env: env.then(|| vec!["TOKEN={access_token}".parse().unwrap()]),
        ..Change::default()
    };
    world.authorize(&world.alice).await.unwrap();
    for (files, env) in [(true, false), (true, true)] {
        world.set(mapped(files, env)).await.unwrap();
        let before = world.token(&world.alice).await;
        assert_eq!(
            before.files[0].1.expose(),
            bearer(&before).trim_start_matches("Bearer ")
        );
        world.age(&world.alice, DEAD).await;
        let after = world.token(&world.alice).await;
        assert_ne!(before.generation, after.generation);
        assert_eq!(before.process == after.process, !env);
    }
}
