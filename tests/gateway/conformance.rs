//! The conformance suites through berth: whatever a connector gets right by itself, it gets right behind berth.

use std::{collections::BTreeSet, path::Path};

use tokio::process::Command;

use crate::support::{
    broker::{Broker, Transport},
    conformance::{Suite, Verdict},
    forwarder::Forwarder,
    needs,
    program::{Program, fixture},
};

/// Checks that a connector passes by itself and not through berth. Meant to be empty.
const EXPECTED_FAILURES: [&str; 1] = [
    // There is no GET yet, where a client could take up a stream that the connector closed before its answer.
    "Required(\"2025-11-25\") http server-sse-polling/server-sse-disconnect-resume",
];

const LEGACY: &str = "conformance/legacy.mjs";

/// A connector of `tests/fixtures/conformance`, on its own.
struct Alone {
    _program: Program,
    url: String,
}

impl Alone {
    async fn start(script: &str, packages: &Path) -> Self {
        let mut command = Command::new("node");
        command
            .arg(fixture(script))
            .arg("--http")
            .env("PORT", "0")
            .env("BERTH_TEST_NODE_MODULES", packages)
            .stdin(std::process::Stdio::null());
        let program = Program::start(&mut command);
        let port = program
            .stderr
            .wait_for("its port", |line| {
                line.strip_prefix("listening on ").map(str::to_owned)
            })
            .await;
        Self {
            _program: program,
            url: format!("http://127.0.0.1:{port}/mcp"),
        }
    }
}

async fn deploy(broker: &Broker, name: &str, transport: Transport, script: &str, packages: &Path) {
    let script = fixture(script);
    let readable = packages.to_str().unwrap();
    let modules = format!("MODULES={readable}");
    let mut arguments = vec![
        "deploy",
        "--name",
        name,
        "--transport",
        transport.as_str(),
        "--yes",
    ];
    arguments.extend([
        "--readable",
        readable,
        "-e",
        &modules,
        "--",
        "node",
        script.to_str().unwrap(),
    ]);
    if transport == Transport::Http {
        arguments.push("--http");
    }
    broker.cli(&arguments).await.ok();
}

/// Runs `suites` against `connector` through berth, and against `model` by itself: what is worse through berth.
async fn compare(connector: &str, model: &str, suites: &[Suite]) -> Option<BTreeSet<String>> {
    let packages = needs::npm()?;
    let (broker, alone) = tokio::join!(Broker::start(), Alone::start(model, &packages));
    broker.add_user("alice").await;
    let token = broker.token("alice").await;
    let forwarder = Forwarder::adding_token(&broker.url, &token).await;
    for transport in Transport::BOTH {
        deploy(&broker, transport.as_str(), transport, connector, &packages).await;
    }
    let mut behind = BTreeSet::new();
    for (at, suite) in suites.iter().enumerate() {
        let run = |place: &str, url: String| {
            let folder = broker.scratch().join(format!("{place}-{at}"));
            let packages = packages.clone();
            async move { suite.run(&packages, &url, folder).await }
        };
        let through = |transport: Transport| {
            let name = transport.as_str();
            run(name, format!("{}/mcp/{name}", forwarder.url))
        };
        let (direct, [stdio, http]): (Verdict, [Verdict; 2]) =
            tokio::join!(run("direct", alone.url.clone()), async {
                [through(Transport::Stdio).await, through(Transport::Http).await]
            });
        assert!(direct.passed() >= 30, "{suite:?} directly: {direct:#?}");
        for (place, verdict) in [("stdio", stdio), ("http", http)] {
            let worse = verdict.behind(&direct);
            behind.extend(
                worse
                    .into_iter()
                    .map(|check| format!("{suite:?} {place} {check}")),
            );
        }
    }
    Some(behind)
}

fn is(found: Option<BTreeSet<String>>, expected: &[&str]) {
    let expected = expected.iter().map(|check| (*check).to_owned()).collect();
    assert_eq!(found.unwrap_or_else(|| BTreeSet::clone(&expected)), expected);
}

#[tokio::test]
async fn what_passes_in_the_revisions_with_a_handshake_passes_through_berth() {
    let suites = [Suite::Active, Suite::Required("2025-11-25")];
    let found = compare(LEGACY, LEGACY, &suites).await;
    is(found, &EXPECTED_FAILURES);
}
