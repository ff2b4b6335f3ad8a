//! Limits on how many instances run: who gives way, who waits, who is sent away.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;

use super::support::{Fixture, call, client, http_launch, request};
use crate::{
    connector::{Link, Reply},
    mcp::Kind,
    model::{ConnectorId, ReleaseId, Run, UserId},
    runtime::{Instance, InstanceKey, Launch, Limit, RuntimeConfig, Share, StartCause, StartError},
};

/// The instance of one more user, or of the same user at another connector.
fn one_more(fixture: &Fixture) -> InstanceKey {
    InstanceKey {
        share: Share::User {
            user: UserId::random(),
            generation: 1,
            client: 0,
        },
        ..fixture.key(1)
    }
}

fn limited(config: &mut RuntimeConfig) {
    config.max_instances = 1;
    config.turn = Duration::from_millis(300);
}

async fn start(fixture: &Fixture, key: &InstanceKey, run: &Run) -> Result<Arc<Instance>, Arc<StartError>> {
    let launch = || Launch {
        run: run.clone(),
        ..fixture.launch("good")
    };
    fixture.runtime.ensure(key, launch).await
}

async fn open(instance: &Arc<Instance>) -> Link {
    instance.open(&client(), &HeaderMap::new()).await.unwrap()
}

async fn slow(link: &Link, ms: u32) -> Reply {
    let request = request("1", "slow", &format!(r#"{{"ms":{ms}}}"#));
    link.call(request, &HeaderMap::new()).await.unwrap()
}

#[tokio::test]
async fn what_is_idle_gives_its_place_to_who_waits_and_comes_back() {
    let fixture = Fixture::with(|config| config.max_instances = 1);
    let (alice, bob) = (one_more(&fixture), one_more(&fixture));
    let run = Run::default();
    let first = start(&fixture, &alice, &run).await.unwrap();
    let link = open(&first).await;
    call(&link, "1", "echo", "{}").await;
    let second = start(&fixture, &bob, &run).await.unwrap();
    assert!(first.life().gone().is_some() && !link.is_open());
    assert_eq!(fixture.runtime.count(), 1);
    call(&open(&second).await, "1", "echo", "{}").await;
    let again = start(&fixture, &alice, &run).await.unwrap();
    assert!(again.is_alive() && second.life().gone().is_some());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn what_was_just_started_waits_for_its_first_call() {
    let fixture = Fixture::with(limited);
    let (alice, bob) = (one_more(&fixture), one_more(&fixture));
    let first = start(&fixture, &alice, &Run::default()).await.unwrap();
    let refused = start(&fixture, &bob, &Run::default()).await.unwrap_err();
    assert!(matches!(refused.cause, StartCause::Busy { .. }), "{refused}");
    assert_eq!(
        call(&open(&first).await, "1", "echo", "{}").await.kind(),
        Kind::Result
    );
    start(&fixture, &bob, &Run::default()).await.unwrap();
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn whoever_finds_all_busy_waits_and_is_then_told_to_come_back() {
    let fixture = Fixture::with(|config| {
        limited(config);
        config.turn = Duration::from_secs(1);
    });
    let (alice, bob) = (one_more(&fixture), one_more(&fixture));
    let first = start(&fixture, &alice, &Run::default()).await.unwrap();
    let link = open(&first).await;
    let held = slow(&link, 1500).await;
    let refused = start(&fixture, &bob, &Run::default()).await.unwrap_err();
    assert!(
        matches!(
            refused.cause,
            StartCause::Busy {
                limit: Limit::Broker(1),
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(
        refused.to_string(),
        "at most 1 instance on this broker may run, and all were in use for 1 s; try again in a moment"
    );
    // It comes back, and this time the call ends while it waits.
    start(&fixture, &bob, &Run::default()).await.unwrap();
    assert_eq!(held.response().await.unwrap().kind(), Kind::Result);
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_connectors_limit_is_its_own_matter() {
    let fixture = Fixture::with(|config| config.turn = Duration::from_millis(200));
    let run = Run {
        max_instances: Some(1),
        ..Run::default()
    };
    let other = Fixture {
        connector: ConnectorId::random(),
        release: ReleaseId::random(),
        ..Fixture::with(|_| {})
    };
    let elsewhere = fixture
        .runtime
        .ensure(&other.key(1), || other.launch("good"))
        .await
        .unwrap();
    call(&open(&elsewhere).await, "1", "echo", "{}").await;
    let first = start(&fixture, &one_more(&fixture), &run).await.unwrap();
    let held = slow(&open(&first).await, 400).await;
    let refused = start(&fixture, &one_more(&fixture), &run).await.unwrap_err();
    assert!(
        matches!(
            refused.cause,
            StartCause::Busy {
                limit: Limit::Connector(1),
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(held.response().await.unwrap().kind(), Kind::Result);
    start(&fixture, &one_more(&fixture), &run).await.unwrap();
    assert!(!first.is_alive() && elsewhere.is_alive());
    fixture.runtime.shutdown().await;
    other.runtime.shutdown().await;
}

#[tokio::test]
async fn a_new_generation_does_not_wait_for_the_old_ones_calls() {
    let fixture = Fixture::with(limited);
    let old = fixture.start("good").await.unwrap();
    let held = slow(&open(&old).await, 600).await;
    let new = start(&fixture, &fixture.key(2), &Run::default()).await.unwrap();
    assert!(new.is_alive() && old.life().gone().is_none());
    assert_eq!(held.response().await.unwrap().kind(), Kind::Result);
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_probe_finds_a_place_on_a_full_broker() {
    let fixture = Fixture::with(limited);
    let instance = start(&fixture, &one_more(&fixture), &Run::default())
        .await
        .unwrap();
    let held = slow(&open(&instance).await, 3000).await;
    let launch = fixture.launch("good");
    fixture.runtime.probe(&fixture.shared(0), launch).await.unwrap();
    drop(held);
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn what_is_held_makes_no_room_and_is_not_idle() {
    let fixture = Fixture::with(|config| {
        limited(config);
        config.idle = Duration::from_millis(50);
    });
    let launch = || http_launch(&fixture, "good");
    let warm = fixture.runtime.ensure(&fixture.shared(1), launch).await.unwrap();
    call(&open(&warm).await, "1", "echo", "{}").await;
    assert!(fixture.runtime.hold(&fixture.shared(1)));
    let refused = start(&fixture, &one_more(&fixture), &Run::default())
        .await
        .unwrap_err();
    assert!(matches!(refused.cause, StartCause::Busy { .. }), "{refused}");
    assert!(warm.is_alive() && !fixture.runtime.hold(&fixture.key(1)));
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_connector_may_be_kept_for_less_long() {
    let fixture = Fixture::new();
    let run: Run = serde_json::from_str(r#"{"idle-timeout":1}"#).unwrap();
    let instance = start(&fixture, &fixture.key(1), &run).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), instance.life().ended()).await;
    ended.expect("nobody used it for a second");
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_wait_that_nobody_waits_for_starts_nothing() {
    let fixture = Fixture::with(|config| {
        limited(config);
        config.turn = Duration::from_secs(5);
    });
    let (alice, bob) = (one_more(&fixture), one_more(&fixture));
    let run = Run::default();
    let first = start(&fixture, &alice, &run).await.unwrap();
    let held = slow(&open(&first).await, 500).await;
    let waiting = start(&fixture, &bob, &run);
    let left = tokio::time::timeout(Duration::from_millis(100), waiting).await;
    assert!(left.is_err());
    assert_eq!(held.response().await.unwrap().kind(), Kind::Result);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(first.is_alive() && fixture.runtime.running(&bob).is_none());
    fixture.runtime.shutdown().await;
}
