//! What a refresh has to bear, opposite real authorization servers.

use std::time::{Duration, Instant};

use super::{
    Access, bearer,
    brokers::{CALLS, calls, three},
    line::Fault,
    refreshes::{DEAD, DUE},
    stage::{Kind, Stage},
};
use crate::{
    model::ConnectionState,
    net::Limits,
    oauth::{OAuth, refresh::Pace},
    store::GrantState,
};

async fn three_wait_for_one(kind: Kind) {
    let Some(stage) = Stage::new(kind, 3600).await else {
        return;
    };
    let world = &stage.world;
    stage.authorize(&world.alice).await;
    world.age(&world.alice, DEAD).await;
    let pace = Pace::default();
    assert_eq!(pace.lease, Duration::from_secs(5));
    stage.line.fault(Fault::Late(Duration::from_secs(15)));
    let brokers = three(world, Limits::default(), pace).await;
    assert_eq!(calls(world, &brokers).await, 3 * CALLS);
    assert_eq!(stage.line.refreshes(), 1);
    let counted = stage.counted().await;
    assert_eq!(
        (&counted["refreshes"], &counted["grantsRevoked"]),
        (&1.into(), &0.into())
    );
    assert_eq!(counted["grantErrors"].as_array().unwrap().len(), 0, "{counted}");
    assert!(stage.takes(world.token(&world.alice).await.as_ref()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_brokers_wait_for_one_refresh_of_a_strict_server() {
    three_wait_for_one(Kind::Strict).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_brokers_wait_for_one_refresh_of_a_server_with_a_grace_window() {
    three_wait_for_one(Kind::Grace).await;
}

/// Less time than a server takes.
fn hasty() -> Limits {
    Limits {
        total: Duration::from_secs(2),
        ..Limits::default()
    }
}

const TOO_LATE: Duration = Duration::from_secs(3);
const PACE: Pace = Pace {
    lease: Duration::from_secs(5),
    renewal: Duration::from_millis(1500),
    late: Duration::from_secs(4),
};

async fn settled(brokers: &[OAuth]) {
    for broker in brokers {
        while !broker.0.refreshes.is_idle() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_servers_answer_after_the_deadline_leaves_doubt_and_the_token() {
    let Some(stage) = Stage::new(Kind::Strict, 3600).await else {
        return;
    };
    let world = &stage.world;
    stage.authorize(&world.alice).await;
    let before = world.token(&world.alice).await;
    world.age(&world.alice, DUE).await;
    stage.line.fault(Fault::Late(TOO_LATE));
    let brokers = three(world, hasty(), PACE).await;
    for _ in 0..2 {
        assert_eq!(calls(world, &brokers).await, 3 * CALLS);
        settled(&brokers).await;
        stage.line.quiet().await;
    }
    assert_eq!(stage.line.refreshes(), 1);
    let shown = world.oauth.listed(None, None).await.unwrap();
    assert_eq!(shown[0].state, ConnectionState::Ambiguous);
    let Ok(Access::Token(served)) = brokers[0].token_for(&world.alice.user, &world.connector).await else {
        panic!("the token in hand is served");
    };
    assert_eq!(bearer(&served), bearer(&before));
    assert!(stage.takes(&served).await, "and it is alive");
    let counted = stage.counted().await;
    assert_eq!(
        (&counted["refreshes"], &counted["grantsRevoked"]),
        (&1.into(), &0.into())
    );

    // Its end comes, and the refresh token is sent once more, late. That is the end here.
    let grant = world.grant(&world.alice).await;
    let mut tokens = grant.tokens.clone();
    tokens.asked_at -= 60_000;
    world.replace(&grant, &tokens).await;
    tokio::time::sleep(PACE.late).await;
    let late = three(world, hasty(), PACE).await;
    for _ in 0..2 {
        assert_eq!(calls(world, &late).await, 0);
    }
    assert_eq!(stage.line.refreshes(), 2);
    assert_eq!(world.grant(&world.alice).await.state, GrantState::NeedsReauth);
}

#[tokio::test(flavor = "multi_thread")]
async fn within_a_grace_window_a_late_answer_costs_nothing() {
    let Some(stage) = Stage::new(Kind::Grace, 3600).await else {
        return;
    };
    let world = &stage.world;
    stage.authorize(&world.alice).await;
    for fault in [Fault::Late(TOO_LATE), Fault::Lost, Fault::Unheard] {
        world.age(&world.alice, DEAD).await;
        let sent = stage.line.refreshes();
        stage.line.fault(fault);
        let brokers = three(world, hasty(), PACE).await;
        assert_eq!(calls(world, &brokers).await, 3 * CALLS, "{fault:?}");
        assert_eq!(stage.line.refreshes(), sent + 2, "{fault:?}: once more at once");
        stage.line.quiet().await;
        world.oauth.0.cache.clear();
        assert!(
            stage.takes(world.token(&world.alice).await.as_ref()).await,
            "{fault:?}"
        );
        let shown = world.oauth.listed(None, None).await.unwrap();
        assert_eq!(shown[0].state, ConnectionState::Healthy, "{fault:?}");
    }
    let counted = stage.counted().await;
    assert_eq!(
        (&counted["refreshes"], &counted["replays"]),
        (&3.into(), &2.into())
    );
    assert_eq!(counted["grantsRevoked"], 0, "{counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_no_server_heard_costs_a_wait_at_most() {
    let Some(stage) = Stage::new(Kind::Strict, 3600).await else {
        return;
    };
    let world = &stage.world;
    stage.authorize(&world.alice).await;
    world.age(&world.alice, DEAD).await;
    stage.line.fault(Fault::Unheard);
    let brokers = three(world, hasty(), PACE).await;
    assert_eq!(calls(world, &brokers).await, 0);
    assert_eq!(stage.line.refreshes(), 1);
    tokio::time::sleep(PACE.late).await;
    let late = three(world, hasty(), PACE).await;
    assert_eq!(calls(world, &late).await, 3 * CALLS);
    assert_eq!(stage.line.refreshes(), 2);
    let counted = stage.counted().await;
    assert_eq!(
        (&counted["refreshes"], &counted["grantsRevoked"]),
        (&1.into(), &0.into())
    );
    assert!(stage.takes(world.token(&world.alice).await.as_ref()).await);
}

/// Twenty calls a second with tokens of ten seconds, each shown to the server that made it.
async fn short_tokens(how_long: Duration) -> (usize, usize) {
    let Some(stage) = Stage::new(Kind::Strict, 10).await else {
        return (0, 1);
    };
    let world = &stage.world;
    stage.authorize(&world.alice).await;
    let started = Instant::now();
    let mut beat = tokio::time::interval(Duration::from_millis(50));
    let mut calls = 0;
    while started.elapsed() < how_long {
        beat.tick().await;
        let token = world.token(&world.alice).await;
        assert!(stage.takes(&token).await, "call {calls}: an expired token");
        calls += 1;
    }
    let counted = stage.counted().await;
    assert_eq!(counted["grantsRevoked"], 0, "{counted}");
    (calls, stage.line.refreshes())
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_ten_seconds_never_end_in_a_call() {
    let (_, refreshes) = short_tokens(Duration::from_secs(13)).await;
    assert!((1..=3).contains(&refreshes), "{refreshes} refreshes");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: cargo bench --bench oauth"]
async fn tokens_of_ten_seconds_for_a_minute() {
    let (calls, refreshes) = short_tokens(Duration::from_secs(60)).await;
    println!(
        "tokens of 10 s for a minute: {calls} calls, none with an expired token, {refreshes} refreshes (11 at most)"
    );
    assert!((1..=11).contains(&refreshes), "{refreshes} refreshes");
}
