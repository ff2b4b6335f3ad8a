//! How instances end.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;

use super::support::{Fixture, call, client, parse, request, text, value};
use crate::{
    connector::{Link, Reply},
    mcp::Kind,
};

fn is_running(pid: i64) -> bool {
    std::path::Path::new(&format!("/proc/{pid}/stat")).exists()
        && !std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .unwrap_or_default()
            .contains(") Z ")
}

#[tokio::test]
async fn a_stubborn_process_goes_with_its_children() {
    let fixture = Fixture::new();
    let instance = fixture.start("stubborn").await.unwrap();
    let link = instance.open(&client(), &HeaderMap::new()).await.unwrap();
    let answer = call(&link, "1", "env", "{}").await;
    let leader = value(text(&answer))["result"]["pid"].as_i64().unwrap();
    let said = fixture.logged();
    let child: i64 = said
        .last()
        .unwrap()
        .text
        .strip_prefix("child ")
        .unwrap()
        .parse()
        .unwrap();
    assert!(is_running(leader) && is_running(child));
    fixture.runtime.stop_user(&fixture.user).await;
    assert!(!is_running(leader));
    // The child is init's to reap; being killed is all that can be asked of it here.
    for _ in 0..100 {
        if !is_running(child) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!is_running(child));
    let homes = fixture
        .directory
        .path()
        .join("run/homes")
        .join(fixture.connector.as_str());
    assert!(!homes.join(fixture.user.as_str()).exists());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_newer_generation_drains_the_older_one() {
    // The drain of a retired release is not for it.
    let fixture = Fixture::with(|config| config.drain = Duration::from_millis(1));
    let old = fixture.start("good").await.unwrap();
    let link = old.open(&client(), &HeaderMap::new()).await.unwrap();
    let held = link
        .call(request("1", "slow", r#"{"ms":300}"#), &HeaderMap::new())
        .await
        .unwrap();
    // The number is not what counts: a generation may be a hash.
    let new = fixture
        .runtime
        .ensure(&fixture.key(0), || fixture.launch("good"))
        .await
        .unwrap();
    assert!(!Arc::ptr_eq(&old, &new));
    assert!(fixture.runtime.running(&fixture.key(1)).is_none());
    assert_eq!(held.response().await.unwrap().kind(), Kind::Result);
    old.life().ended().await;
    assert!(!link.is_open() && new.is_alive());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn what_drains_still_hears_what_belongs_to_its_calls() {
    let fixture = Fixture::new();
    let none = HeaderMap::new();
    let asked = async |link: &Link| {
        let Reply::Messages(mut reply) = link.call(request("1", "elicit", "{}"), &none).await.unwrap() else {
            panic!("it speaks stdio")
        };
        let id = reply.next().await.unwrap().id().unwrap().to_owned();
        (reply, id)
    };
    let old = fixture.start("good").await.unwrap();
    let old_link = old.open(&client(), &none).await.unwrap();
    let (mut old_reply, old_id) = asked(&old_link).await;
    let held = old_link.call(request("2", "hold", "{}"), &none).await.unwrap();
    let launch = || fixture.launch("good");
    let new = fixture.runtime.ensure(&fixture.key(2), launch).await.unwrap();
    let new_link = new.open(&client(), &none).await.unwrap();
    let (mut new_reply, new_id) = asked(&new_link).await;
    assert!(!old_link.is_open() && old_link.is_busy() && new_link.is_busy());
    // The process asked under the same id both times; the client must be able to tell.
    assert_ne!(old_id, new_id);
    let answer = |id: &str, name: &str| {
        parse(&format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"name":"{name}"}}}}"#
        ))
    };
    // What is meant for the one is nothing to the other.
    new_link.post(answer(&old_id, "mallory"), &none).await.unwrap();
    old_link.post(answer(&new_id, "mallory"), &none).await.unwrap();
    old_link.post(answer(&old_id, "alice"), &none).await.unwrap();
    new_link.post(answer(&new_id, "bob"), &none).await.unwrap();
    for (reply, name) in [(&mut old_reply, "alice"), (&mut new_reply, "bob")] {
        let done = reply.next().await.unwrap();
        assert_eq!(value(done.outcome().unwrap())["answer"]["result"]["name"], name);
    }
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#;
    old_link.post(parse(cancel), &none).await.unwrap();
    assert_eq!(held.response().await.unwrap().kind(), Kind::Error);
    assert!(!old_link.is_busy() && !new_link.is_busy());
    old.life().ended().await;
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_user_who_goes_cuts_short_what_drains() {
    let fixture = Fixture::new();
    let old = fixture.start("good").await.unwrap();
    let link = old.open(&client(), &HeaderMap::new()).await.unwrap();
    let held = link
        .call(request("1", "hold", "{}"), &HeaderMap::new())
        .await
        .unwrap();
    let launch = || fixture.launch("good");
    let new = fixture.runtime.ensure(&fixture.key(2), launch).await.unwrap();
    assert!(
        link.call(request("2", "echo", "{}"), &HeaderMap::new())
            .await
            .is_ok()
    );
    fixture.runtime.stop_user(&fixture.user).await;
    let cut = held.response().await.unwrap();
    assert_eq!(cut.kind(), Kind::Error);
    assert!(
        text(&cut).contains("was stopped by berth before it answered"),
        "{}",
        text(&cut)
    );
    assert!(old.life().gone().is_some() && !new.is_alive());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_retired_release_lets_calls_finish() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &HeaderMap::new()).await.unwrap();
    let held = link
        .call(request("1", "slow", r#"{"ms":200}"#), &HeaderMap::new())
        .await
        .unwrap();
    let (answer, ()) = tokio::join!(held.response(), fixture.runtime.retire_release(&fixture.release));
    assert_eq!(answer.unwrap().kind(), Kind::Result);
    instance.life().ended().await;
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_relieved_release_has_longer_than_the_drain() {
    let fixture = Fixture::with(|config| config.drain = Duration::from_millis(1));
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &HeaderMap::new()).await.unwrap();
    let call = async |id: &str, tool: &str, arguments: &str| {
        let none = HeaderMap::new();
        link.call(request(id, tool, arguments), &none).await.unwrap()
    };
    let slow = call("1", "slow", r#"{"ms":300}"#).await;
    let held = call("2", "hold", "{}").await;
    let relieved = async {
        tokio::join!(
            fixture.runtime.relieve_release(&fixture.release),
            fixture.runtime.relieve_epochs_before(&fixture.release, 1)
        )
    };
    let ((), _) = tokio::join!(
        async {
            assert_eq!(slow.response().await.unwrap().kind(), Kind::Result);
            assert!(instance.life().gone().is_none());
            // But the broker's end is the end.
            fixture.runtime.shutdown().await;
        },
        relieved
    );
    assert_eq!(held.response().await.unwrap().kind(), Kind::Error);
}

#[tokio::test]
async fn a_retired_release_takes_its_replaced_instances_along() {
    let fixture = Fixture::with(|config| config.drain = Duration::from_millis(50));
    let old = fixture.start("good").await.unwrap();
    let link = old.open(&client(), &HeaderMap::new()).await.unwrap();
    let held = link
        .call(request("1", "hold", "{}"), &HeaderMap::new())
        .await
        .unwrap();
    let launch = || fixture.launch("good");
    let new = fixture.runtime.ensure(&fixture.key(2), launch).await.unwrap();
    fixture.runtime.retire_release(&fixture.release).await;
    assert_eq!(held.response().await.unwrap().kind(), Kind::Error);
    assert!(old.life().gone().is_some() && new.life().gone().is_some());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_start_that_is_not_wanted_any_more_stops() {
    let fixture = Fixture::new();
    let key = fixture.key(1);
    let start = fixture.runtime.ensure(&key, || fixture.launch("silent"));
    let (started, ()) = tokio::join!(start, async {
        tokio::task::yield_now().await;
        fixture.runtime.stop_connector(&fixture.connector).await;
    });
    assert!(matches!(
        started.unwrap_err().cause,
        super::super::StartCause::Stopped
    ));
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn an_instance_that_nobody_uses_is_stopped() {
    let fixture = Fixture::with(|config| config.idle = Duration::from_millis(200));
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &HeaderMap::new()).await.unwrap();
    let held = link
        .call(request("1", "slow", r#"{"ms":500}"#), &HeaderMap::new())
        .await
        .unwrap();
    assert_eq!(held.response().await.unwrap().kind(), Kind::Result);
    instance.life().ended().await;
    assert!(fixture.runtime.running(&fixture.key(1)).is_none());
    fixture.runtime.shutdown().await;
}
