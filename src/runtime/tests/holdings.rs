//! What an instance has as long as it runs: its home, and its port.

use std::{fs, sync::Arc};

use http::HeaderMap;
use http_body_util::BodyExt;

use super::support::{Fixture, call, client, http_launch, messages, request, text};
use crate::{
    connector::{Link, Reply},
    model::{Bytes, Run},
    runtime::{Instance, Launch, StartCause, StartError},
};

/// With a home of 1 MiB.
async fn start(fixture: &Fixture) -> Result<Arc<Instance>, Arc<StartError>> {
    let launch = || small(fixture.launch("good"));
    fixture.runtime.ensure(&fixture.key(1), launch).await
}

fn small(launch: Launch) -> Launch {
    let run = Run {
        disk: Some(Bytes(1 << 20)),
        ..Run::default()
    };
    Launch { run, ..launch }
}

const TOLD: &str = "the connector ran out of room (its home holds more than 1m) and was stopped";

async fn open(instance: &Arc<Instance>) -> Link {
    instance.open(&client(), &HeaderMap::new()).await.unwrap()
}

#[tokio::test]
async fn whoever_fills_its_home_is_told_and_comes_back_when_that_is_empty() {
    let fixture = Fixture::new();
    // More often than an instance may end by itself before it is left alone: this is no crash.
    for _ in 0..4 {
        let instance = start(&fixture).await.unwrap();
        let link = open(&instance).await;
        call(&link, "1", "keep", r#"{"name":"one","size":700000}"#).await;
        call(&link, "2", "keep", r#"{"name":"two","size":700000}"#).await;
        let cut_off = messages(&link, request("3", "hold", "{}")).await;
        let told = text(cut_off.last().unwrap()).to_owned();
        assert!(told.contains(&format!("{TOLD} before it answered")), "{told}");

        let refused = start(&fixture).await.unwrap_err();
        assert!(
            matches!(refused.cause, StartCause::HomeFull { limit } if limit == Bytes(1 << 20)),
            "{refused:?}"
        );
        assert!(refused.cause.hint().contains("--clear-homes"));
        let logged = fixture.logged();
        assert!(
            logged.iter().any(|line| line.text.contains("more than 1m")),
            "{logged:?}"
        );
        let cleared = fixture.runtime.clear_homes(&fixture.connector).await;
        assert_eq!(cleared.unwrap(), 1);
    }
    start(&fixture).await.unwrap();
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn the_streams_of_an_http_connector_say_that_its_home_was_full() {
    let fixture = Fixture::new();
    let launch = || small(http_launch(&fixture, "good"));
    let instance = fixture.runtime.ensure(&fixture.shared(1), launch).await.unwrap();
    let link = open(&instance).await;
    let held = link.call(request("1", "hold", "{}"), &HeaderMap::new()).await;
    let Reply::Body { body, .. } = held.unwrap() else {
        panic!("it speaks http")
    };
    call(&link, "2", "keep", r#"{"name":"one","size":1500000}"#).await;
    let streamed = body.collect().await.unwrap().to_bytes();
    let streamed = std::str::from_utf8(&streamed).unwrap();
    assert!(streamed.contains(&format!(r#""message":"{TOLD}""#)), "{streamed}");
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn its_port_is_nobodys_else_as_long_as_it_lives() {
    let fixture = Fixture::new();
    let key = fixture.shared(1);
    let list = || fs::read_to_string(fixture.directory.path().join("run/forbidden/list")).unwrap();
    assert_eq!(list(), "");
    let instance = fixture
        .runtime
        .ensure(&key, || http_launch(&fixture, "good"))
        .await
        .unwrap();
    let port = instance.address().unwrap().port();
    assert_eq!(list(), format!("{port}\n"));
    fixture.runtime.stop_connector(&fixture.connector).await;
    instance.life().ended().await;
    // Whoever still knows the instance holds nothing for it.
    for _ in 0..100 {
        if list().is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(list(), "");
    let mut dies = http_launch(&fixture, "good");
    dies.argv = ["sh", "-c", "exit 3"].map(ToOwned::to_owned).to_vec();
    let refused = fixture.runtime.ensure(&key, || dies).await;
    assert!(refused.is_err());
    assert_eq!(list(), "");
    fixture.runtime.shutdown().await;
}
