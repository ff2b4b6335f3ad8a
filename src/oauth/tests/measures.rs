//! What `cargo bench --bench oauth` measures: tokens from a full store, and many grants that end together.

#![allow(clippy::print_stdout, reason = "its tables are what it is for")]

use std::{
    fmt::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;

use super::{Access, World, refreshes::DEAD};
use crate::{
    model::UserId,
    net::Limits,
    oauth::{OAuth, refresh::Pace},
    seal::{Place, Sealer},
    store::TokenSet,
};

const GRANTS: usize = 100_000;
const TOGETHER: usize = 10_000;

fn user(n: usize) -> UserId {
    UserId::from(format!("usr_bulk{n}"))
}

/// Grants of as many users, whose tokens were asked for `age` seconds ago.
async fn fill(world: &World, count: usize, age: i64) {
    world.authorize(&world.alice).await.unwrap();
    let like = world.grant(&world.alice).await;
    let sealer = Sealer::new([7; 32]);
    for start in (0..count).step_by(1000) {
        let mut sql = "BEGIN;".to_owned();
        for n in start..(start + 1000).min(count) {
            let (user, id) = (user(n), format!("gra_bulk{n}"));
            let tokens = TokenSet {
                refresh_token: Some(crate::secret::Secret::new(format!("refresh-bulk{n}"))),
                asked_at: like.tokens.asked_at - age * 1000,
                ..like.tokens.clone()
            };
            let place = Place {
                row: &id,
                field: "tokens",
                version: 1,
            };
            let sealed = sealer.seal(place, &serde_json::to_vec(&tokens).unwrap());
            let sealed = sealed.iter().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            });
            write!(
                sql,
                "INSERT INTO users (id, name, roles, created_at) VALUES ('{user}', 'bulk{n}', 'member', 0);
                 INSERT INTO grants (id, connector_id, provider_id, user_id, state, bound_to, scope, used_at, created_at)
                 SELECT '{id}', connector_id, provider_id, '{user}', state, bound_to, scope, 1, created_at
                 FROM grants WHERE id = '{like}';
                 INSERT INTO grant_tokens (grant_id, version, sealed, expires_at) VALUES ('{id}', 1, x'{sealed}', 0);",
                like = like.id
            )
            .unwrap();
        }
        sql.push_str("COMMIT;");
        world.store.execute(&sql).await;
    }
}

fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

async fn timed(broker: &OAuth, world: &World, who: &UserId) -> Duration {
    let started = Instant::now();
    let access = broker.token_for(who, &world.connector).await;
    let took = started.elapsed();
    assert!(matches!(access, Ok(Access::Token(_))), "{access:?}");
    took
}

#[tokio::test]
#[ignore = "a measurement: cargo bench --bench oauth"]
async fn tokens_of_a_hundred_thousand_grants() {
    let world = World::new().await;
    fill(&world, GRANTS, 0).await;
    let broker = World::broker(&world.store, &world.tasks);
    let (mut stored, mut held) = (Vec::new(), Vec::new());
    for n in (0..GRANTS).step_by(7).take(10_000) {
        stored.push(timed(&broker, &world, &user(n * 31 % GRANTS)).await);
    }
    for n in (0..GRANTS).step_by(7).take(10_000) {
        held.push(timed(&broker, &world, &user(n * 31 % GRANTS)).await);
    }
    let (stored, held) = (p99(stored), p99(held));
    println!(
        "{GRANTS} grants: p99 from the store {stored:?} (under 2 ms), from memory {held:?} (under 20 µs)"
    );
    assert!(stored < Duration::from_millis(2) && held < Duration::from_micros(20));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: cargo bench --bench oauth"]
async fn ten_thousand_grants_that_end_together() {
    let world = World::new().await;
    fill(&world, TOGETHER, DEAD).await;
    for n in 0..TOGETHER {
        world.provider.knows(&format!("refresh-bulk{n}"));
    }
    let broker = Arc::new(World::broker_with(
        &world.store,
        &world.tasks,
        Limits::default(),
        Pace::default(),
    ));
    world.provider.books.lock().most = 0;
    world.provider.books.lock().pause = Duration::from_millis(20);
    let started = Instant::now();
    let (broker, world) = (&broker, &world);
    let took: Vec<Duration> = futures_util::stream::iter(0..TOGETHER)
        .map(|n| async move { timed(broker, world, &user(n)).await })
        .buffer_unordered(TOGETHER)
        .collect()
        .await;
    let books = world.provider.books.lock();
    println!(
        "{TOGETHER} grants that end together: {} refreshes in {:?}, at most {} at once, slowest {:?}",
        books.refreshed,
        started.elapsed(),
        books.most,
        took.iter().max().unwrap()
    );
    assert_eq!((books.refreshed, books.reused), (TOGETHER, 0));
    assert!(books.most <= crate::oauth::hosts::AT_ONCE);
}
