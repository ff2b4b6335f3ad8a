//! Several brokers on one store, answers that are lost, and clients that a provider no longer takes.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use serde_json::json;

use super::{
    Access, Change, World, bearer,
    provider::{Fault, SECRET},
    refreshes::DEAD,
};
use crate::{
    model::{ConnectionState, Operator, Role, Roles, UserId},
    net::Limits,
    oauth::{OAuth, refresh::Pace},
    secret::Secret,
    store::{GrantState, Sending},
};

pub(super) const CALLS: usize = 200;

/// Three brokers, each with a store of its own on the same file.
pub(super) async fn three(world: &World, limits: Limits, pace: Pace) -> [OAuth; 3] {
    let mut brokers = Vec::new();
    for _ in 0..3 {
        let store = world.another_store().await;
        brokers.push(World::broker_with(&store, &world.tasks, limits, pace));
    }
    brokers.try_into().ok().unwrap()
}

/// Calls on all of them at once; gives how many got a token.
pub(super) async fn calls(world: &World, brokers: &[OAuth]) -> usize {
    let calls = brokers
        .iter()
        .flat_map(|broker| (0..CALLS).map(|_| broker.token_for(&world.alice.user, &world.connector)));
    let answers = join_all(calls).await;
    answers
        .iter()
        .filter(|answer| matches!(answer, Ok(Access::Token(_))))
        .count()
}

#[tokio::test]
async fn an_answer_that_is_lost_twice_is_the_end() {
    let pace = Pace {
        late: Duration::ZERO,
        ..Pace::default()
    };
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    for _ in 0..2 {
        world.provider.fault(Fault::Answer(
            200,
            "application/json",
            r#"{"access_token":"a\nb"}"#,
        ));
    }
    for sending in [Sending::First, Sending::Late] {
        let broker = World::broker_with(&world.store, &world.tasks, Limits::default(), pace);
        broker
            .token_for(&world.alice.user, &world.connector)
            .await
            .unwrap_err();
        assert_eq!(world.grant(&world.alice).await.attempt.unwrap().sending, sending);
    }
    let sent = world.provider.books.lock().requests.len();
    for _ in 0..3 {
        let broker = World::broker_with(&world.store, &world.tasks, Limits::default(), pace);
        let access = broker.token_for(&world.alice.user, &world.connector).await;
        assert!(matches!(access, Ok(Access::ConsentNeeded)), "{access:?}");
    }
    assert_eq!(world.provider.books.lock().requests.len(), sent);
    assert_eq!(world.grant(&world.alice).await.state, GrantState::NeedsReauth);
    // Authorized again, all is well, and said so.
    world.authorize(&world.alice).await.unwrap();
    world.token(&world.alice).await;
    world.audited("grant.recovered", 1).await;
}

#[tokio::test]
async fn a_provider_that_minds_nothing_is_asked_again_at_once() {
    for rotation in ["none", "grace=10m"] {
        let world = World::new().await;
        let change = Change {
            settings: super::fields(json!({ "rotation": rotation })),
            ..Change::default()
        };
        world.set(change).await.unwrap();
        world.authorize(&world.alice).await.unwrap();
        world.age(&world.alice, DEAD).await;
        // Nothing was rotated: the same token comes twice.
        world.provider.fault(Fault::Silence);
        world.token(&world.alice).await;
        let books = world.provider.books.lock();
        assert_eq!((books.requests.len(), books.refreshed), (3, 1), "{rotation}");
    }
}

#[tokio::test]
async fn a_rotated_client_secret_costs_nobody_a_grant() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.authorize(&world.bob).await.unwrap();
    for who in [&world.alice, &world.bob] {
        world.age(who, DEAD).await;
    }
    world.provider.books.lock().secret = Some("another secret");
    let brokers = three(&world, Limits::default(), Pace::default()).await;
    for broker in &brokers {
        for who in [&world.alice, &world.bob] {
            let error = broker.token_for(&who.user, &world.connector).await.unwrap_err();
            assert!(error.hint().contains("berth oauth set"), "{}", error.hint());
        }
    }
    for connection in world.oauth.listed(None, None).await.unwrap() {
        assert_eq!(connection.state, ConnectionState::Misconfigured);
    }
    world.audited("provider.broken", 1).await;
    let secret = |text: &str| Change {
        client_secret: Some(Secret::new(text.to_owned())),
        ..Change::default()
    };
    world.set(secret("another secret")).await.unwrap();
    // Those that failed with the one before hear of it with the next call.
    for broker in &brokers {
        world.age(&world.alice, DEAD).await;
        let access = broker.token_for(&world.alice.user, &world.connector).await;
        assert!(matches!(access, Ok(Access::Token(_))), "{access:?}");
    }
    for who in [&world.alice, &world.bob] {
        world.token(who).await;
    }
    for connection in world.oauth.listed(None, None).await.unwrap() {
        assert_eq!(connection.state, ConnectionState::Healthy);
    }
    world.audited("provider.recovered", 1).await;
    world.audited("grant.broken", 0).await;
    // A provider that changes its mind by itself is believed too.
    world.provider.books.lock().secret = Some(SECRET);
    world.age(&world.alice, DEAD).await;
    world.access(&world.alice).await.unwrap_err();
    world.audited("provider.broken", 2).await;
    world.provider.books.lock().secret = Some("another secret");
    let restarted = World::broker(&world.store, &world.tasks);
    let access = restarted.token_for(&world.alice.user, &world.connector).await;
    assert!(matches!(access, Ok(Access::Token(_))), "{access:?}");
    world.audited("provider.recovered", 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_that_end_together_are_refreshed_a_few_at_a_time() {
    const GRANTS: usize = 60;
    let world = World::new().await;
    let mut people = Vec::new();
    for n in 0..GRANTS {
        let id = format!("usr_many{n}");
        world
            .store
            .execute(&format!(
                "INSERT INTO users (id, name, roles, created_at) VALUES ('{id}', 'many{n}', 'member', 0)"
            ))
            .await;
        let person = Operator {
            user: UserId::from(id),
            name: format!("many{n}").parse().unwrap(),
            roles: Roles::new([Role::Member]),
            scope: crate::model::TokenScope::Everything,
        };
        world.authorize(&person).await.unwrap();
        world.age(&person, DEAD).await;
        people.push(person);
    }
    {
        let mut books = world.provider.books.lock();
        books.pause = Duration::from_millis(50);
        books.most = 0;
    }
    let broker = World::broker_with(&world.store, &world.tasks, Limits::default(), Pace::default());
    let calls = people
        .iter()
        .map(|person| broker.token_for(&person.user, &world.connector));
    for access in join_all(calls).await {
        assert!(matches!(access, Ok(Access::Token(_))), "{access:?}");
    }
    let books = world.provider.books.lock();
    assert_eq!(books.refreshed, GRANTS);
    assert!(
        books.most <= crate::oauth::hosts::AT_ONCE,
        "{} at once",
        books.most
    );
}

#[tokio::test]
async fn tokens_that_the_store_does_not_take_are_kept_beside_it() {
    let world = World::new().await;
    world.authorize(&world.alice).await.unwrap();
    world.age(&world.alice, DEAD).await;
    let folder = world.dir.path().join("unstored");
    let mut broker = World::broker(&world.store, &world.tasks);
    Arc::get_mut(&mut broker.0).unwrap().spill = crate::oauth::spill::Spill::at(folder.clone());
    world
        .store
        .execute(
            "CREATE TRIGGER full BEFORE UPDATE OF sealed ON grant_tokens BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        )
        .await;
    let Ok(Access::Token(token)) = broker.token_for(&world.alice.user, &world.connector).await else {
        panic!("whoever waits gets the token that is not stored yet");
    };
    let kept = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
    while kept() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = std::fs::read(file).unwrap();
    let access = bearer(&token).trim_start_matches("Bearer ");
    assert!(
        !bytes
            .windows(access.len())
            .any(|window| window == access.as_bytes())
    );
    // The broker is gone; the next one takes the tokens up.
    world.store.execute("DROP TRIGGER full").await;
    let mut next = World::broker(&world.store, &world.tasks);
    Arc::get_mut(&mut next.0).unwrap().spill = crate::oauth::spill::Spill::at(folder.clone());
    next.recover().await;
    assert_eq!(kept(), 0);
    match next.token_for(&world.alice.user, &world.connector).await {
        Ok(Access::Token(again)) => assert_eq!(bearer(&again), bearer(&token)),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.provider.books.lock().refreshed, 1);
}
