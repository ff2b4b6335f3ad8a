//! A broker that is killed at any moment of its refreshes.
//!
//! The broker is this very program, started again for the one test that refreshes grants on the file that it is given.

use std::{
    path::Path,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio_util::task::TaskTracker;

use super::{Access, World, provider::Fault, refreshes::DUE};
use crate::{
    model::{ConnectorId, Operator, Role, Roles, UserId},
    net::Limits,
    oauth::refresh::Pace,
    store::{GrantState, Sending},
};

/// Where the other program finds the store, and how often it is killed.
const FOLDER: &str = "BERTH_TEST_KILLED_BROKER";
const KILLS: &str = "BERTH_TEST_KILLS";
const PACE: Pace = Pace {
    lease: Duration::from_secs(1),
    renewal: Duration::from_millis(300),
    late: Duration::from_secs(2),
};

fn person(n: usize) -> Operator {
    Operator {
        user: UserId::from(format!("usr_kill{n}")),
        name: format!("kill{n}").parse().unwrap(),
        roles: Roles::new([Role::Member]),
    }
}

/// What is killed: refreshes everybody's grant.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the tests below"]
async fn the_killed_broker() {
    #[allow(clippy::disallowed_methods, reason = "a test that was started by another one")]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let store = Arc::new(World::open(Path::new(&folder)).await);
    let tasks = TaskTracker::new();
    let broker = World::broker_with(&store, &tasks, Limits::default(), PACE);
    let connector = ConnectorId::from("con_1".to_owned());
    std::fs::write(Path::new(&folder).join("ready"), "").unwrap();
    let people: Vec<Operator> = (0..8).map(person).collect();
    loop {
        join_all(
            people
                .iter()
                .map(|person| broker.token_for(&person.user, &connector)),
        )
        .await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        broker.0.cache.clear();
    }
}

async fn survive(kills: usize) {
    let world = World::new().await;
    let people: Vec<Operator> = (0..8).map(person).collect();
    for person in &people {
        let (id, name) = (person.user.as_str(), person.name.as_str());
        world
            .store
            .execute(&format!(
                "INSERT INTO users (id, name, roles, created_at) VALUES ('{id}', '{name}', 'member', 0)"
            ))
            .await;
    }
    world.provider.books.lock().pause = Duration::from_millis(10);
    let (mut caught, mut lost) = (0, 0);
    for kill in 0..kills {
        for person in &people {
            let usable = world
                .store
                .grant_of(&person.user, &world.connector)
                .await
                .unwrap();
            if usable.is_none_or(|grant| grant.state != GrantState::Active || grant.attempt.is_some()) {
                world.authorize(person).await.unwrap();
            }
            world.age(person, DUE).await;
        }
        let ready = world.dir.path().join("ready");
        let _ = std::fs::remove_file(&ready);
        let before = world.provider.books.lock().refreshed;
        #[allow(clippy::disallowed_methods, reason = "a test starts itself")]
        let mut broker = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "oauth::tests::kills::the_killed_broker"])
            .env(FOLDER, world.dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while !ready.exists() {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "the broker does not start"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut random = [0; 1];
        crate::secret::fill_random(&mut random);
        tokio::time::sleep(Duration::from_micros(u64::from(random[0]) * 300)).await;
        broker.kill().unwrap();
        broker.wait().unwrap();
        // What the provider still does, it does now.
        while world.provider.books.lock().open > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        caught += world.provider.books.lock().refreshed - before;
        lost += check(&world, &people, kill).await;
    }
    let books = world.provider.books.lock();
    assert_eq!(
        books.reused, lost,
        "a refresh token is sent twice once, and only after its token had ended"
    );
    assert!(caught > 0, "no kill came during a refresh");
}

/// What the next broker makes of it. Gives how many grants were lost with their answer.
async fn check(world: &World, people: &[Operator], kill: usize) -> usize {
    let next = World::broker_with(&world.store, &world.tasks, Limits::default(), PACE);
    world.store.clear_leases().await.unwrap();
    let mut lost = 0;
    for person in people {
        let sent = world.provider.books.lock().requests.len();
        let grant = world.grant(person).await;
        let rotated = world
            .provider
            .is_spent(grant.tokens.refresh_token.as_ref().unwrap());
        assert!(
            !rotated || grant.attempt.is_some(),
            "kill {kill}: a refresh token was used without a note of it"
        );
        // The token in hand is served, whatever became of the refresh.
        let access = next.token_for(&person.user, &world.connector).await;
        assert!(matches!(access, Ok(Access::Token(_))), "kill {kill}: {access:?}");
        let Some(attempt) = grant.attempt else { continue };
        assert_eq!(attempt.sending, Sending::First, "kill {kill}");
        assert_eq!(
            world.provider.books.lock().requests.len(),
            sent,
            "kill {kill}: nothing is sent"
        );
        // At its end the refresh token is tried once, which costs the grant only where it had been used.
        let mut tokens = grant.tokens.clone();
        tokens.asked_at -= 60_000;
        world.replace(&grant, &tokens).await;
        world
            .store
            .execute("UPDATE grant_tokens SET attempted_at = 1 WHERE attempted_at IS NOT NULL")
            .await;
        next.0.cache.clear();
        for _ in 0..3 {
            let access = next.token_for(&person.user, &world.connector).await;
            match (rotated, &access) {
                (false, Ok(Access::Token(_))) | (true, Ok(Access::ConsentNeeded)) => {}
                _ => panic!("kill {kill}: rotated {rotated}: {access:?}"),
            }
        }
        assert_eq!(
            world.provider.books.lock().requests.len(),
            sent + 1,
            "kill {kill}: once"
        );
        lost += usize::from(rotated);
    }
    lost
}

#[tokio::test(flavor = "multi_thread")]
async fn no_kill_costs_a_grant_that_was_not_rotated() {
    survive(20).await;
}

/// `cargo bench --bench soak` runs it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "for the soak: takes minutes"]
async fn no_kill_of_many_does() {
    #[allow(clippy::disallowed_methods, reason = "how often is the soak's to say")]
    let kills = std::env::var(KILLS).ok().and_then(|kills| kills.parse().ok());
    survive(kills.unwrap_or(200)).await;
}

#[tokio::test]
async fn short_tokens_are_refreshed_in_time_and_not_too_often() {
    let world = World::new().await;
    world.provider.books.lock().lifetime = Some(10);
    world.authorize(&world.alice).await.unwrap();
    // Those of ten seconds, twenty times a second; the same for a minute stands in the measurements.
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(13) {
        let token = world.token(&world.alice).await;
        let ends = world.ends(&world.alice).await.unwrap();
        assert!(crate::model::now() < ends, "{}", token.version);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let refreshed = world.provider.books.lock().refreshed;
    assert!((1..=3).contains(&refreshed), "{refreshed} refreshes");
    // An outage that begins in the margin is bridged.
    world.provider.fault(Fault::Answer(503, "text/plain", ""));
    world.token(&world.alice).await;
}
