//! The conformance suites through berth: whatever a connector gets right by itself, it gets right behind berth.

use std::{collections::BTreeSet, path::Path};

use serde_json::json;
use tokio::process::Command;

use crate::support::{
    broker::{Broker, Transport},
    conformance::{Suite, Verdict},
    forwarder::Forwarder,
    mcp::http,
    needs,
    program::{Program, fixture},
};

const LEGACY: &str = "conformance/legacy.mjs";
const MODERN: &str = "conformance/modern.mjs";

/// What a connector with a handshake can't do by the rules: it has no way to ask in the middle of a call and end it, nor
/// to say what a client must be capable of.
const NOT_OF_LEGACY: [&str; 3] = [
    "input-required-result-",
    "server-stateless/sep-2575-server-rejects-undeclared-capability",
    "server-stateless/sep-2575-missing-capability-http-400",
];

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

/// A client that can be asked calls a tool. A suite waits for the first answer to such a one for 600 ms, and a process
/// of its own is started for it.
async fn warm(forwarder: &Forwarder, name: &str) {
    let tool = "test_simple_text";
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
    }}});
    let answer = http()
        .post(format!("{}/mcp/{name}", forwarder.url))
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool)
        .json(&call)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
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
    for transport in Transport::BOTH {
        warm(&forwarder, transport.as_str()).await;
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

fn nothing_is_worse(found: Option<BTreeSet<String>>) {
    assert_eq!(found.unwrap_or_default(), BTreeSet::new());
}

#[tokio::test]
async fn what_passes_in_the_revisions_with_a_handshake_passes_through_berth() {
    let suites = [Suite::Active, Suite::Required("2025-11-25")];
    nothing_is_worse(compare(LEGACY, LEGACY, &suites).await);
}

#[tokio::test]
async fn what_passes_in_2026_07_28_passes_through_berth() {
    nothing_is_worse(compare(MODERN, MODERN, &[Suite::Required("2026-07-28")]).await);
}

#[tokio::test]
async fn clients_with_a_handshake_use_a_connector_without_one() {
    let suites = [Suite::Active, Suite::Required("2025-11-25")];
    nothing_is_worse(compare(MODERN, LEGACY, &suites).await);
}

#[tokio::test]
async fn clients_without_a_handshake_use_a_connector_with_one() {
    let found = compare(LEGACY, MODERN, &[Suite::Required("2026-07-28")]).await;
    let possible = |check: &String| !NOT_OF_LEGACY.iter().any(|other| check.contains(other));
    nothing_is_worse(found.map(|found| found.into_iter().filter(possible).collect()));
}
