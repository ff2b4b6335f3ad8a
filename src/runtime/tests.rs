//! Real processes: small Node programs with habits good and bad.

mod support;

use std::{sync::Arc, time::Duration};

use http::HeaderMap;

use self::support::{Fixture, call, client, json, request, text};
use super::*;
use crate::connector::{ConnectorError, Reply};

#[tokio::test]
async fn a_call_goes_in_and_its_answer_comes_back() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    assert!(json(instance.initialize_result().unwrap().get())["serverInfo"]["name"] == "test");
    let link = instance.open(&client(), &HeaderMap::new()).await.unwrap();
    let answer = call(&link, "\"a\"", "echo", r#"{ "n" : 1.0000000000000000001}"#).await;
    assert_eq!(text(&answer), r#"{"jsonrpc":"2.0","id":"a","result":{"n":1}}"#);
    assert!(link.is_open() && instance.is_alive());
    fixture.runtime.shutdown().await;
    assert!(!link.is_open() && !instance.is_alive());
    let refused = link.call(request("1", "echo", "{}"), &HeaderMap::new()).await;
    assert!(
        matches!(
            refused,
            Err(ConnectorError::Stopped | ConnectorError::Gone { .. })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_process_gets_its_own_environment_and_nothing_else() {
    let fixture = Fixture::new();
    let instance = fixture.start("good").await.unwrap();
    let link = instance.open(&client(), &HeaderMap::new()).await.unwrap();
    let answer = call(&link, "1", "env", "{}").await;
    let result = &json(text(&answer))["result"];
    let env = result["env"].as_object().unwrap();
    let mut names: Vec<_> = env
        .keys()
        .map(String::as_str)
        .filter(|name| !matches!(*name, "PWD" | "OLDPWD" | "SHLVL" | "_"))
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
