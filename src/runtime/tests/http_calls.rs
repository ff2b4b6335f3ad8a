//! Calls to connectors that speak Streamable HTTP.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use http_body_util::BodyExt;
use hyper::body::Body;
use serde_json::{Value, json};

use super::support::{Fixture, call, call_with, client, http_launch, parse, request, text, value};
use crate::{
    connector::{BodyKind, ConnectorError, Link, Reply},
    mcp::Kind,
};

fn none() -> HeaderMap {
    HeaderMap::new()
}

async fn open(fixture: &Fixture, habit: &str) -> Link {
    let launch = || http_launch(fixture, habit);
    let instance = fixture.runtime.ensure(&fixture.shared(1), launch).await.unwrap();
    instance.open(&client(), &none()).await.unwrap()
}

async fn seen(link: &Link) -> Vec<Value> {
    let answer = call(link, "\"s\"", "seen", "{}").await;
    value(answer.outcome().unwrap())["seen"]
        .as_array()
        .unwrap()
        .clone()
}

async fn body(
    link: &Link,
    id: &str,
    tool: &str,
) -> (
    BodyKind,
    impl Body<Data = Bytes, Error = ConnectorError> + Unpin + use<>,
) {
    match link.call(request(id, tool, "{}"), &none()).await.unwrap() {
        Reply::Body { kind, body } => (kind, body),
        reply @ Reply::Messages(_) => panic!("{reply:?}"),
    }
}

#[tokio::test]
async fn json_and_events_are_relayed_as_they_are() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    let (kind, json) = body(&link, "1", "echo").await;
    assert_eq!(kind, BodyKind::Json);
    assert_eq!(json.size_hint().exact(), Some(36));
    let bytes = json.collect().await.unwrap().to_bytes();
    assert_eq!(bytes, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
    let (kind, events) = body(&link, "2", "events").await;
    assert_eq!(kind, BodyKind::EventStream);
    let bytes = events.collect().await.unwrap().to_bytes();
    assert!(
        bytes
            .starts_with(b"event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"")
    );
    assert_eq!(
        text(&call(&link, "3", "events", r#"{"a":1}"#).await),
        r#"{"jsonrpc":"2.0","id":3,"result":{"a":1}}"#
    );
    // A response that was read whole cancels nothing.
    assert!(
        !seen(&link)
            .await
            .iter()
            .any(|seen| seen["method"] == "notifications/cancelled")
    );
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn each_call_carries_the_headers_of_its_caller() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    for user in ["alice", "bob"] {
        let mut headers = none();
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_str(&format!("Bearer {user}")).unwrap(),
        );
        let answer = call_with(&link, request("1", "whoami", "{}"), &headers).await;
        assert_eq!(
            value(answer.outcome().unwrap())["authorization"],
            format!("Bearer {user}")
        );
    }
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn what_is_delivered_does_not_get_into_the_log() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    let token = HeaderValue::from_static("Bearer canary-alice");
    let headers = HeaderMap::from_iter([(AUTHORIZATION, token)]);
    call_with(&link, request("1", "log", "{}"), &headers).await;
    let last = async || loop {
        let lines = fixture.logged();
        match lines.into_iter().next_back() {
            Some(line) if line.text.starts_with("called") => return line.text,
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    let text = tokio::time::timeout(Duration::from_secs(5), last())
        .await
        .unwrap();
    assert_eq!(text, "called with ***");
    fixture.runtime.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_sessions_in_parallel_get_their_own_answers() {
    let fixture = Fixture::new();
    let mut sessions = Vec::new();
    let tasks = tokio_util::task::TaskTracker::new();
    for session in 0..16 {
        let link = open(&fixture, "good").await;
        sessions.push(tasks.spawn(async move {
            for id in 0..40 {
                let arguments = format!(r#"{{"session":{session},"id":{id}}}"#);
                let tool = if id % 2 == 0 { "echo" } else { "events" };
                let answer = call(&link, &id.to_string(), tool, &arguments).await;
                assert_eq!(
                    (answer.id(), answer.outcome()),
                    (Some(id.to_string().as_str()), Some(arguments.as_str()))
                );
            }
        }));
    }
    for session in sessions {
        session.await.unwrap();
    }
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_lost_session_is_opened_anew_once() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    call(&link, "1", "forget", "{}").await;
    let calls = (2..6).map(async |id: i32| call(&link, &id.to_string(), "echo", "{}").await);
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.kind(), Kind::Result);
    }
    let opened = seen(&link)
        .await
        .iter()
        .filter(|seen| seen["method"] == "initialize")
        .count();
    assert_eq!(opened, 2);
    assert!(link.is_open());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_session_of_an_older_token_is_opened_anew_once() {
    let fixture = Fixture::new();
    let bearer = |token| HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(token))]);
    let (old, new) = (bearer("Bearer old"), bearer("Bearer new"));
    let launch = || http_launch(&fixture, "bound");
    let instance = fixture.runtime.ensure(&fixture.shared(1), launch).await.unwrap();
    let link = instance.open(&client(), &old).await.unwrap();
    call_with(&link, request("1", "echo", "{}"), &old).await;
    let calls = (2..6).map(async |id: i32| {
        let sent = request(&id.to_string(), "whoami", "{}");
        call_with(&link, sent, &new).await
    });
    for answer in futures_util::future::join_all(calls).await {
        assert!(text(&answer).contains("Bearer new"), "{}", text(&answer));
    }
    let answer = call_with(&link, request("\"s\"", "seen", "{}"), &new).await;
    let seen = value(answer.outcome().unwrap());
    let opened = seen["seen"].as_array().unwrap().iter();
    assert_eq!(opened.filter(|seen| seen["method"] == "initialize").count(), 2);
    // Where the session knows no other token, there is nothing to open anew.
    let denied = link.call(request("7", "deny", "{}"), &new).await;
    assert!(matches!(
        denied,
        Err(ConnectorError::Unauthorized { status: 401, .. })
    ));
    assert!(link.is_open());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn leaving_cancels_and_ends() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    let (_, mut held) = body(&link, "\"h\"", "hold").await;
    assert!(held.frame().await.unwrap().is_ok());
    drop(held);
    let other = open(&fixture, "good").await;
    drop(link);
    // Both are told in the background.
    let is_told = |seen: &[Value]| {
        let cancelled = seen
            .iter()
            .find(|seen| seen["method"] == "notifications/cancelled");
        cancelled.is_some_and(|seen| seen["params"] == json!({"requestId": "h"}))
            && seen.iter().any(|seen| seen["closed"] == "h")
            && seen
                .iter()
                .any(|seen| seen["http"] == "DELETE" && seen["session"] == "s1")
    };
    let mut all = seen(&other).await;
    for _ in 0..100 {
        if is_told(&all) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        all = seen(&other).await;
    }
    assert!(is_told(&all), "{all:?}");
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_session_lasts_as_long_as_its_last_call() {
    let fixture = Fixture::new();
    let (link, other) = (open(&fixture, "good").await, open(&fixture, "good").await);
    let (_, mut waiting) = body(&link, "1", "wait").await;
    assert!(waiting.frame().await.unwrap().is_ok());
    assert!(link.is_busy() && !other.is_busy());
    drop(link);
    // Long enough for an end that is sent too early to arrive.
    tokio::time::sleep(Duration::from_millis(100)).await;
    call(&other, "2", "go", "{}").await;
    let rest = waiting.collect().await.unwrap().to_bytes();
    assert!(
        std::str::from_utf8(&rest).unwrap().contains(r#""result":{}"#),
        "{rest:?}"
    );
    let ended = async || seen(&other).await.iter().any(|seen| seen["http"] == "DELETE");
    for _ in 0..100 {
        if ended().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(ended().await);
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_request_of_the_connector_is_answered_through_the_link() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    let (_, mut events) = body(&link, "1", "elicit").await;
    let asked = events.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(
        std::str::from_utf8(&asked)
            .unwrap()
            .contains("elicitation/create")
    );
    link.post(
        parse(r#"{"jsonrpc":"2.0","id":"q","result":{"name":"alice"}}"#),
        &none(),
    )
    .await
    .unwrap();
    let rest = events.collect().await.unwrap().to_bytes();
    assert!(std::str::from_utf8(&rest).unwrap().contains("alice"));
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn failures_are_told_apart() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    let instance = fixture.runtime.running(&fixture.shared(1)).unwrap();
    let refused = call(&link, "9", "refuse", "{}").await;
    assert_eq!(
        text(&refused),
        r#"{"jsonrpc":"2.0","id":9,"error":{"code":-32000,"message":"no"}}"#
    );
    let denied = link.call(request("1", "deny", "{}"), &none()).await;
    assert!(matches!(
        denied,
        Err(ConnectorError::Unauthorized { status: 401, .. })
    ));
    let html = link.call(request("1", "html", "{}"), &none()).await.unwrap_err();
    assert!(matches!(html, ConnectorError::Protocol(_)), "{html:?}");
    let (_, late) = body(&link, "4", "die-late").await;
    let told = late.collect().await.unwrap().to_bytes();
    let told = std::str::from_utf8(&told).unwrap();
    let error = r#"data: {"jsonrpc":"2.0","id":4,"error":{"code":1001,"message":"the connector exited with status 7"}}"#;
    assert!(told.contains(error), "{told}");
    instance.life().ended().await;
    assert!(!link.is_open());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_stream_that_ends_without_the_response_ends_in_an_error() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    let error = r#"data: {"jsonrpc":"2.0","id":"m","error":{"code":1001,"message":"the connector does not speak MCP as it should: its event stream ended without the response"}}"#;
    for text in ["", "id: 1\ndata:\n\n", "data: {\"jsonrpc\":\"2.0\",\"meth"] {
        let arguments = json!({ "text": text }).to_string();
        let sent = request("\"m\"", "mute", &arguments);
        let Reply::Body { body, .. } = link.call(sent, &none()).await.unwrap() else {
            panic!("it speaks http")
        };
        assert!(!body.is_end_stream());
        let whole = body.collect().await.unwrap().to_bytes();
        let whole = std::str::from_utf8(&whole).unwrap();
        // An event with an id says from where it goes on: whoever reads may ask for the rest.
        match text.starts_with("id:") {
            true => assert_eq!(whole, text),
            false => assert_eq!(whole, format!("{text}\n\nevent: message\n{error}\n\n")),
        }
        // Where berth reads it itself, half an event is an error of its own.
        let reply = link.call(request("7", "mute", &arguments), &none()).await;
        let answer = reply.unwrap().response().await;
        assert!(!answer.is_ok_and(|answer| answer.kind() == Kind::Result));
    }
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_connector_that_dies_before_it_answers_is_gone() {
    let fixture = Fixture::new();
    let link = open(&fixture, "stateless").await;
    let died = link.call(request("1", "die", "{}"), &none()).await.unwrap_err();
    let ConnectorError::Gone { status, stderr } = died else {
        panic!("{died:?}")
    };
    assert_eq!(status, "exited with status 7");
    assert!(stderr[0].starts_with("listening on "), "{stderr:?}");
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn one_that_listens_no_more_makes_room_for_another() {
    let fixture = Fixture::new();
    let link = open(&fixture, "good").await;
    let deaf = fixture.runtime.running(&fixture.shared(1)).unwrap();
    call(&link, "1", "deaf", "{}").await;
    let mut refused = link.call(request("2", "echo", "{}"), &none()).await;
    // The last connection may still have been open.
    while refused.is_ok() {
        refused = link.call(request("2", "echo", "{}"), &none()).await;
    }
    assert!(matches!(refused, Err(ConnectorError::Refused(_))), "{refused:?}");
    assert!(!link.is_open() && fixture.runtime.running(&fixture.shared(1)).is_none());
    let next = open(&fixture, "good").await;
    call(&next, "3", "echo", "{}").await;
    deaf.life().ended().await;
    assert!(next.is_open());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn one_that_gives_no_sign_of_life_makes_room_for_another() {
    let fixture = Fixture::with(|config| {
        config.health.every = Duration::from_millis(20);
        config.health.patience = Duration::from_millis(300);
        config.health.misses = 2;
    });
    let link = open(&fixture, "good").await;
    let stuck = fixture.runtime.running(&fixture.shared(1)).unwrap();
    call(&link, "1", "stick", "{}").await;
    stuck.life().ended().await;
    assert!(!link.is_open() && fixture.runtime.running(&fixture.shared(1)).is_none());
    let next = open(&fixture, "good").await;
    call(&next, "2", "echo", "{}").await;
    assert!(next.is_open());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn one_that_knows_no_ping_is_alive() {
    let fixture = Fixture::with(|config| {
        config.health.every = Duration::from_millis(5);
        config.health.misses = 1;
    });
    let link = open(&fixture, "good").await;
    // It answers 404 to what belongs to no session.
    while seen(&link)
        .await
        .iter()
        .filter(|seen| seen["method"] == "ping")
        .count()
        < 5
    {}
    assert!(link.is_open());
    fixture.runtime.shutdown().await;
}
