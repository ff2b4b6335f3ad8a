//! Starts that succeed, fail, and fail again.

use std::{sync::Arc, time::Duration};

use super::support::{Fixture, call, client, http_launch, quiet_port, script};
use crate::{
    model::Transport,
    runtime::{Launch, StartCause, StartError},
    secret::Secret,
};

#[tokio::test]
async fn a_bad_start_says_why() {
    let fixture = Fixture::with(|config| config.start_deadline = Duration::from_secs(2));
    let error = fixture.start("exits").await.unwrap_err();
    assert!(
        matches!(&error.cause, StartCause::Exited { status, junk: None } if status == "exited with status 3"),
        "{error:?}"
    );
    assert_eq!(error.stderr, ["ACCESS_TOKEN is missing"]);
    assert_eq!(error.to_string(), "it exited with status 3 before it was ready");
    let error = fixture.start("junk").await.unwrap_err();
    assert!(
        matches!(&error.cause, StartCause::Junk { line } if line == "Listening on port 3000"),
        "{error:?}"
    );
    let error = fixture.start("silent").await.unwrap_err();
    assert!(matches!(error.cause, StartCause::TimedOut { .. }), "{error:?}");
    let error = fixture.start("refuses").await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("it answered initialize with an error: no such version"),
        "{error}"
    );
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn what_it_said_instead_stands_in_the_error_short_and_clean() {
    let fixture = Fixture::new();
    let error = fixture.start("prints").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"it wrote no MCP message to its standard output but "no token but ***", and exited with status 2 before it was ready"#
    );
    let launch = Launch {
        env: vec![("ACCESS_TOKEN".into(), Secret::new("Bearer canary-token".into()))],
        ..fixture.launch("lists-nothing")
    };
    let error = fixture.runtime.probe(&fixture.key(2), launch).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("tools/list") && text.contains("no tools for *** xx"),
        "{text}"
    );
    assert_eq!(text.chars().count(), 300);
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let fixture = Fixture::new();
    let start = async |argv: &[&str]| -> Arc<StartError> {
        let argv = argv.iter().map(|&argument| argument.into()).collect();
        let launch = Launch {
            argv,
            ..fixture.launch("good")
        };
        fixture
            .runtime
            .ensure(&fixture.key(1), || launch)
            .await
            .unwrap_err()
    };
    let error = start(&["no-such-program", "x"]).await;
    assert!(matches!(&error.cause, StartCause::NotFound { program } if program == "no-such-program"));
    assert!(matches!(
        start(&["./nothing"]).await.cause,
        StartCause::NotFound { .. }
    ));
    assert!(matches!(start(&[]).await.cause, StartCause::NotFound { .. }));
    let error = start(&[&script("stdio.cjs")]).await;
    assert!(matches!(error.cause, StartCause::NotRunnable(_)), "{error:?}");
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn one_start_serves_all_who_wait_and_outlives_the_first() {
    let fixture = Fixture::new();
    let key = fixture.key(1);
    // The first one leaves at once.
    let first = fixture.runtime.ensure(&key, || fixture.launch("good"));
    _ = tokio::time::timeout(Duration::from_millis(1), first).await;
    let waiting = (0..10).map(|_| fixture.runtime.ensure(&key, || panic!("it starts already")));
    let instances = futures_util::future::join_all(waiting).await;
    let one = instances[0].as_ref().unwrap();
    assert!(
        instances
            .iter()
            .all(|other| Arc::ptr_eq(one, other.as_ref().unwrap()))
    );
    assert!(Arc::ptr_eq(one, &fixture.runtime.running(&key).unwrap()));
    fixture.runtime.shutdown().await;
    assert!(fixture.runtime.running(&key).is_none());
    let after = fixture
        .runtime
        .ensure(&key, || fixture.launch("good"))
        .await
        .unwrap_err();
    assert!(matches!(after.cause, StartCause::Stopped));
}

#[tokio::test]
async fn one_that_ends_again_and_again_is_left_alone_for_a_while() {
    let fixture = Fixture::new();
    for _ in 0..3 {
        assert!(matches!(
            fixture.start("exits").await.unwrap_err().cause,
            StartCause::Exited { .. }
        ));
    }
    let error = fixture.start("exits").await.unwrap_err();
    assert!(
        matches!(error.cause, StartCause::Crashing { times: 3, .. }),
        "{error:?}"
    );
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_probe_sees_all_pages_and_leaves_no_process() {
    let fixture = Fixture::new();
    let probe = fixture
        .runtime
        .probe(&fixture.key(0), fixture.launch("good"))
        .await
        .unwrap();
    let tools = probe.tools.unwrap();
    assert_eq!(tools.len(), 3);
    assert_eq!(
        tools[2].get(),
        r#"{"name":"tool2","inputSchema":{"type":"object"}}"#
    );
    assert_eq!(
        (
            probe.resources.unwrap().len(),
            probe.resource_templates.unwrap().len()
        ),
        (0, 0)
    );
    assert!(probe.prompts.is_none());
    assert!(probe.initialize.get().contains("serverInfo"));
    assert!(fixture.runtime.running(&fixture.key(0)).is_none());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_probe_of_http_leaves_it_running() {
    let fixture = Fixture::new();
    let probe = fixture
        .runtime
        .probe(&fixture.shared(1), http_launch(&fixture, "good"))
        .await
        .unwrap();
    assert_eq!(probe.tools.unwrap().len(), 1);
    assert!(fixture.runtime.running(&fixture.shared(1)).is_some());
    let error = fixture
        .runtime
        .probe(&fixture.shared(2), http_launch(&fixture, "guarded"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("status 401"), "{error}");
    assert!(fixture.runtime.running(&fixture.shared(2)).is_none());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_fixed_port_must_be_free_or_held_by_the_same_connector() {
    let fixture = Fixture::new();
    let taken = quiet_port("127.0.0.1").unwrap();
    let port = taken.local_addr().unwrap().port();
    let launch = || Launch {
        transport: Transport::Http {
            port: Some(port),
            path: "/mcp".into(),
        },
        ..http_launch(&fixture, "good")
    };
    let error = fixture
        .runtime
        .ensure(&fixture.shared(1), launch)
        .await
        .unwrap_err();
    assert!(matches!(error.cause, StartCause::PortInUse { port: p } if p == port));
    drop(taken);
    // A child that another test is forking holds the port for a moment more, until it becomes its program.
    let one = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            match fixture.runtime.ensure(&fixture.shared(1), launch).await {
                Err(error) if matches!(error.cause, StartCause::PortInUse { .. }) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                started => return started.unwrap(),
            }
        }
    });
    let one = one.await.unwrap();
    let two = fixture.runtime.ensure(&fixture.shared(2), launch).await.unwrap();
    assert!(!one.is_alive() && two.is_alive());
    fixture.runtime.shutdown().await;
}

#[tokio::test]
async fn a_stranger_on_the_other_loopback_address_hears_nothing() {
    let Some(stranger) = quiet_port("::1") else {
        return; // This machine has no IPv6.
    };
    stranger.set_nonblocking(true).unwrap();
    let fixture = Fixture::new();
    let transport = Transport::Http {
        port: Some(stranger.local_addr().unwrap().port()),
        path: "/mcp".into(),
    };
    let launch = || Launch {
        transport,
        ..http_launch(&fixture, "good")
    };
    let instance = fixture.runtime.ensure(&fixture.shared(1), launch).await.unwrap();
    let link = instance.open(&client(), &http::HeaderMap::new()).await.unwrap();
    call(&link, "1", "echo", "{}").await;
    assert_eq!(
        stranger.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
    fixture.runtime.shutdown().await;
}
