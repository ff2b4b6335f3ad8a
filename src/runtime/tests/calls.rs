//! Calls to connectors on their standard input and output.

use serde_json::json;

use super::support::{Fixture, call, client, messages, parse, request, text, value};
use crate::{connector::ConnectorError, mcp::Kind, runtime::Launch};
use http::HeaderMap;

fn none() -> HeaderMap {
    HeaderMap::new()
}

#[tokio::test]
async fn a_call_goes_in_and_its_answer_comes_back() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    assert_eq!(
        value(instance.initialize_result().unwrap().get())["serverInfo"]["name"],
        "test"
    );
    let link = instance.open(&client(), &none()).await.unwrap();
    // Newlines between its tokens must not cut a message in two.
    let answer = call(&link, "\"a\"", "echo", "{ \"n\" :\n 7 }").await;
    assert_eq!(text(&answer), r#"{"jsonrpc":"2.0","id":"a","result":{"n":7}}"#);
    assert!(link.is_open() && instance.is_alive());
    fixture.runtime.shutdown().await;
    assert!(!link.is_open() && !instance.is_alive());
    let refused = link.call(request("1", "echo", "{}"), &none()).await;
    assert!(matches!(refused, Err(ConnectorError::Stopped)), "{refused:?}");
}

#[tokio::test]
async fn a_process_gets_its_own_environment_and_nothing_else() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &none()).await.unwrap();
    let answer = call(&link, "1", "env", "{}").await;
    let result = &value(text(&answer))["result"];
    let env = result["env"].as_object().unwrap();
    // The rest is what the shell that stands for the helper adds.
    let shells = ["PWD", "OLDPWD", "SHLVL", "_"];
    let mut names: Vec<_> = env
        .keys()
        .map(String::as_str)
        .filter(|name| !shells.contains(name))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["ACCESS_TOKEN", "HOME", "LANG", "PATH", "TMPDIR"]);
    assert_eq!(env["ACCESS_TOKEN"], "canary-token");
    let home = env["HOME"].as_str().unwrap();
    assert_eq!(result["cwd"], home);
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(home).unwrap());
    assert_eq!(mode & 0o777, 0o700);
    fixture.runtime.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_with_the_same_ids_never_see_each_others_answers() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let tasks = tokio_util::task::TaskTracker::new();
    let mut sessions = Vec::new();
    for session in 0..8 {
        let link = instance.open(&client(), &none()).await.unwrap();
        sessions.push(tasks.spawn(async move {
            let calls = (0..100).map(async |id| {
                let arguments = format!(
                    r#"{{"session":{session},"id":{id},"ms":{}}}"#,
                    (id * 7 + session * 3) % 5
                );
                let tool = if id % 2 == 0 { "slow" } else { "echo" };
                let answer = call(&link, &id.to_string(), tool, &arguments).await;
                assert_eq!(answer.id(), Some(id.to_string().as_str()));
                assert_eq!(answer.outcome(), Some(arguments.as_str()));
            });
            futures_util::future::join_all(calls).await;
        }));
    }
    for session in sessions {
        session.await.unwrap();
    }
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn progress_comes_back_under_the_callers_token() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let one = instance.open(&client(), &none()).await.unwrap();
    let other = instance.open(&client(), &none()).await.unwrap();
    let held = one.call(request("\"t\"", "hold", "{}"), &none()).await.unwrap();
    let got = messages(&other, request("\"t\"", "progress", "{}")).await;
    let tokens: Vec<_> = got
        .iter()
        .filter_map(|message| message.progress_token())
        .collect();
    assert_eq!(tokens, ["\"t\"", "\"t\"", "\"t\""]);
    assert_eq!(got.last().unwrap().id(), Some("\"t\""));
    drop(held);
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_request_of_the_connector_goes_to_the_latest_call_and_its_answer_back() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let one = instance.open(&client(), &none()).await.unwrap();
    let other = instance.open(&client(), &none()).await.unwrap();
    let reply = one.call(request("5", "elicit", "{}"), &none()).await.unwrap();
    let crate::connector::Reply::Messages(mut reply) = reply else {
        panic!("{reply:?}")
    };
    let asked = reply.next().await.unwrap();
    assert_eq!(
        (asked.kind(), asked.method()),
        (Kind::Request, Some("elicitation/create"))
    );
    let id = asked.id().unwrap();
    assert!(id.starts_with("\"srv-"), "{id}");
    let answer = parse(&format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"name":"alice"}}}}"#
    ));
    // A session that was not asked can't answer.
    let forged = parse(&format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"name":"mallory"}}}}"#
    ));
    other.post(forged, &none()).await.unwrap();
    one.post(answer, &none()).await.unwrap();
    let done = reply.next().await.unwrap();
    assert_eq!(done.id(), Some("5"));
    let told = &value(done.outcome().unwrap())["answer"];
    assert_eq!(
        *told,
        json!({"jsonrpc": "2.0", "id": 1, "result": {"name": "alice"}})
    );
    assert!(reply.next().await.is_none());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn berth_answers_pings_and_what_nobody_can_answer() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &none()).await.unwrap();
    let pinged = call(&link, "1", "ping", "{}").await;
    assert_eq!(value(pinged.outcome().unwrap())["answer"]["result"], json!({}));
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_caller_that_leaves_cancels_its_call() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &none()).await.unwrap();
    let held = link.call(request("1", "hold", "{}"), &none()).await.unwrap();
    drop(held);
    // By its own hand, too: the call is answered, the connector told.
    let held = link.call(request("\"x\"", "hold", "{}"), &none()).await.unwrap();
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"x","reason":"enough"}}"#;
    link.post(parse(cancel), &none()).await.unwrap();
    assert_eq!(held.response().await.unwrap().kind(), Kind::Error);
    let heard = call(&link, "2", "heard", "{}").await;
    let heard = value(heard.outcome().unwrap());
    // initialize was number 1.
    let expected = json!([
        {"method": "notifications/initialized", "params": {}},
        {"method": "notifications/cancelled", "params": {"requestId": 2}},
        {"method": "notifications/cancelled", "params": {"requestId": 3, "reason": "enough"}},
    ]);
    assert_eq!(heard["heard"], expected);
    // The answers that come all the same are for nobody.
    assert_eq!(call(&link, "1", "release", "{}").await.outcome(), Some("{}"));
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_connector_that_dies_answers_every_call_with_an_error() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &none()).await.unwrap();
    let held = link.call(request("1", "hold", "{}"), &none()).await.unwrap();
    let died = call(&link, "2", "die", "{}").await;
    let error = value(died.outcome().unwrap());
    assert_eq!((died.id(), &error["code"]), (Some("2"), &json!(1001)));
    assert_eq!(
        error["message"],
        "the connector exited with status 7 before it answered"
    );
    assert_eq!(held.response().await.unwrap().id(), Some("1"));
    assert!(!link.is_open());
    let refused = link.call(request("3", "echo", "{}"), &none()).await;
    assert!(matches!(refused, Err(ConnectorError::Stopped)), "{refused:?}");
    let gone = instance.life().gone().unwrap();
    assert_eq!(gone.status, "exited with status 7");
    assert_eq!(gone.stderr, ["about to die"]);
    // The next one to ask gets a new process.
    let again = fixture.start("good").await.unwrap();
    let link = again.open(&client(), &none()).await.unwrap();
    call(&link, "1", "echo", "{}").await;
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_large_answer_passes_and_an_endless_one_does_not() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &none()).await.unwrap();
    let large = call(&link, "1", "large", r#"{"size":3000000}"#).await;
    assert!(large.bytes().len() > 3_000_000);
    let endless = call(&link, "2", "endless", "{}").await;
    let error = value(endless.outcome().unwrap());
    assert!(
        error["message"].as_str().unwrap().contains("larger than 64 MiB"),
        "{error}"
    );
    // Who repeats the call at once gets another process.
    assert!(!link.is_open() && fixture.runtime.running(&fixture.key(1)).is_none());
    instance.life().ended().await;
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn what_is_no_message_goes_to_the_log_without_secrets() {
    let fixture = Fixture::new();
    let launch = Launch {
        env: vec![(
            "TOKEN".into(),
            crate::secret::Secret::new("Welcome to the".into()),
        )],
        ..fixture.launch("banner")
    };
    let instance = fixture.runtime.ensure(&fixture.key(1), || launch).await.unwrap();
    assert!(instance.is_alive());
    let lines = fixture.logged();
    assert_eq!(
        lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(),
        ["*** connector"]
    );
    fixture.runtime.shutdown().await;
}
