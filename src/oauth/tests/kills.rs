//! A broker that is killed at any moment of its refreshes, opposite real authorization servers.
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

use super::{
    Access, World,
    refreshes::DUE,
    stage::{Kind, Stage},
};
use crate::{
    model::{ConnectorId, Operator, Role, Roles, UserId},
    net::Limits,
    oauth::{OAuth, refresh::Pace},
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

const PEOPLE: usize = 4;

fn person(n: usize) -> Operator {
    Operator {
        user: UserId::from(format!("usr_kill{n}")),
        name: format!("kill{n}").parse().unwrap(),
        roles: Roles::new([Role::Member]),
        scope: crate::model::TokenScope::Everything,
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
    let people: Vec<Operator> = (0..PEOPLE).map(person).collect();
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

async fn survive(kind: Kind, kills: usize) {
    let Some(stage) = Stage::new(kind, 3600).await else {
        return;
    };
    let world = &stage.world;
    let people: Vec<Operator> = (0..PEOPLE).map(person).collect();
    for person in &people {
        let (id, name) = (person.user.as_str(), person.name.as_str());
        world
            .store
            .execute(&format!(
                "INSERT INTO users (id, name, roles, created_at) VALUES ('{id}', '{name}', 'member', 0)"
            ))
            .await;
    }
    stage.line.pause(Duration::from_millis(10));
    let (mut lost, mut made) = (0, 0);
    for kill in 0..kills {
        for person in &people {
            let usable = world
                .store
                .grant_of(&person.user, &world.connector)
                .await
                .unwrap();
            if usable.is_none_or(|grant| grant.state != GrantState::Active || grant.attempt.is_some()) {
                stage.authorize(person).await;
                made += 1;
            }
            world.age(person, DUE).await;
        }
        let ready = world.dir.path().join("ready");
        let _ = std::fs::remove_file(&ready);
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
        tokio::time::sleep(Duration::from_micros(u64::from(random[0]) * 400)).await;
        broker.kill().unwrap();
        broker.wait().unwrap();
        // What the server still does, it does now.
        stage.line.quiet().await;
        lost += check(&stage, &people, kill).await;
    }
    let counted = stage.counted().await;
    let errors = counted["grantErrors"].as_array().unwrap().len();
    match kind {
        Kind::Strict => assert_eq!(
            errors, lost,
            "a refresh token is sent twice once, and only after its token had ended: {counted}"
        ),
        Kind::Grace => {
            assert_eq!((errors, &counted["grantsRevoked"]), (0, &0.into()), "{counted}");
            assert_eq!(made, people.len(), "nobody had to authorize again");
        }
    }
    let sent = stage.line.refreshes();
    let again = &counted["replays"];
    println!(
        "{kind:?}: {kills} kills, {sent} refreshes sent, {lost} grants lost with their answer, answered again {again}"
    );
    assert!(sent > 0, "no kill came during a refresh");
}

/// What the next broker makes of it. Gives how many grants were lost with their answer.
async fn check(stage: &Stage, people: &[Operator], kill: usize) -> usize {
    let world = &stage.world;
    let next = World::broker_with(&world.store, &world.tasks, Limits::default(), PACE);
    world.store.clear_leases().await.unwrap();
    let mut lost = 0;
    for person in people {
        let sent = stage.line.refreshes();
        let grant = world.grant(person).await;
        let rotated = stage
            .line
            .is_spent(grant.tokens.refresh_token.as_ref().unwrap().expose());
        assert!(
            !rotated || grant.attempt.is_some(),
            "kill {kill}: a refresh token was used without a note of it"
        );
        // The token in hand is served, whatever became of the refresh.
        let access = next.token_for(&person.user, &world.connector).await;
        assert!(matches!(access, Ok(Access::Token(_))), "kill {kill}: {access:?}");
        // What it begins behind the call ends before the next one is looked at.
        while !next.0.refreshes.is_idle() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let Some(attempt) = grant.attempt else { continue };
        assert_eq!(attempt.sending, Sending::First, "kill {kill}");
        if stage.kind == Kind::Strict {
            let Ok(Access::Token(token)) = access else {
                unreachable!()
            };
            assert!(stage.takes(&token).await, "kill {kill}: it is alive");
            assert_eq!(stage.line.refreshes(), sent, "kill {kill}: nothing is sent");
            lost += usize::from(rotated);
            at_its_end(stage, (&next, person), rotated, kill).await;
        } else {
            // What was lost has been asked for again.
            let Ok(Access::Token(token)) = next.token_for(&person.user, &world.connector).await else {
                panic!("kill {kill}: a grant is lost");
            };
            assert!(stage.takes(&token).await, "kill {kill}");
            let grant = world.grant(person).await;
            assert_eq!((grant.state, grant.attempt.is_none()), (GrantState::Active, true));
        }
    }
    lost
}

/// When its access token ends, the refresh token is tried once, which costs the grant only where it had been used.
async fn at_its_end(stage: &Stage, (next, person): (&OAuth, &Operator), rotated: bool, kill: usize) {
    let world = &stage.world;
    let sent = stage.line.refreshes();
    let grant = world.grant(person).await;
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
    assert_eq!(stage.line.refreshes(), sent + 1, "kill {kill}: once");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_kill_costs_a_grant_that_a_strict_server_had_not_rotated() {
    survive(Kind::Strict, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_kill_costs_a_grant_within_a_grace_window() {
    survive(Kind::Grace, 20).await;
}

/// `cargo bench --bench soak` runs it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "for the soak: takes minutes"]
async fn no_kill_of_many_does() {
    #[allow(clippy::disallowed_methods, reason = "how often is the soak's to say")]
    let kills = std::env::var(KILLS).ok().and_then(|kills| kills.parse().ok());
    for kind in [Kind::Strict, Kind::Grace] {
        survive(kind, kills.unwrap_or(200)).await;
    }
}
