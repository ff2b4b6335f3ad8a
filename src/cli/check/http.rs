//! Checks of connectors that speak Streamable HTTP.

use std::time::{Duration, Instant};

use http::HeaderMap;
use tokio::net::TcpListener;

use super::{
    BINDS, Check, INITIALIZES, LISTS, REVISIONS, STARTS,
    bench::{Bench, Started, Subject},
    own_oauth::{self, Met},
    stdio::{in_time, listed, revisions, said, version},
};
use crate::{
    cli::error::{CmdError, Kind},
    connector::{ConnectorError, Link},
    mcp::{ClientSide, Revision},
    model::Transport,
    runtime::{Instance, StartCause, StartError},
};

/// Where endpoints of connectors usually are, to be tried when the path is wrong.
const USUAL_PATHS: [&str; 4] = ["/mcp", "/", "/mcp/", "/sse"];

/// `insisted` is the port that the connector insists on; without one it is given one, as a broker would do.
pub(super) async fn check(
    bench: &Bench,
    subject: &Subject,
    insisted: Option<u16>,
    path: &str,
) -> Result<Vec<Check>, CmdError> {
    let port = match insisted {
        Some(port) => port,
        None => free_port().await.map_err(|error| {
            CmdError::new(Kind::Failed, "there is no free port to give it").with_source(error)
        })?,
    };
    let transport = Transport::Http {
        port: Some(port),
        path: path.to_owned(),
    };
    let began = Instant::now();
    let mut started = bench.start(subject, &transport, &ClientSide::berth()).await;
    let took = began.elapsed();
    let instance = match &started.outcome {
        Ok(instance) => instance.clone(),
        Err(error) => return Ok(not_started(&started, error, port, insisted.is_some(), took)),
    };
    started.listening.look().await;
    let mut checks = vec![Check::ok(STARTS, "it runs").took(took)];
    let asked = Instant::now();
    let opened = instance.open(&ClientSide::berth(), &HeaderMap::new()).await;
    let took = asked.elapsed();
    let host = address(&started, port);
    let met = own_oauth::meet(&host, path).await;
    let place = format!(
        "it listens on {} and answers at {path}",
        started.listening.describe()
    );
    match opened {
        Ok(_) => {
            checks.push(in_time(bench, "initialize", took));
            checks.push(Check::ok(BINDS, place));
            let asked = Instant::now();
            let probe = bench.probe(subject, &started.key, &transport).await;
            checks.push(listed(probe, asked.elapsed()));
            let mut answered = Vec::new();
            for revision in Revision::ALL {
                answered.push((revision, answer(&instance, revision).await));
            }
            checks.push(revisions(&answered));
        }
        Err(error) => checks.extend(refused(&error, &met, &host, path, &place, took).await),
    }
    subject.met.replace(Some(met));
    bench.runtime.retire_release(&started.key.release).await;
    Ok(checks)
}

async fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}

/// Host and port where it was found.
fn address(started: &Started, port: u16) -> String {
    let six = started
        .listening
        .addresses()
        .any(|address| address.port() == port && address.is_ipv6() && address.ip().is_loopback());
    let four = started
        .listening
        .addresses()
        .any(|address| address.port() == port && address.is_ipv4());
    match six && !four {
        true => format!("[::1]:{port}"),
        false => format!("127.0.0.1:{port}"),
    }
}

/// The version that it answers when it is asked for `revision`, in a session of its own.
async fn answer(instance: &std::sync::Arc<Instance>, revision: Revision) -> Option<String> {
    let client = ClientSide {
        revision,
        ..ClientSide::berth()
    };
    match instance.open(&client, &HeaderMap::new()).await.ok()? {
        Link::Http(session) => version(&session.initialize_result()),
        Link::Stdio(_) => None,
    }
}

fn not_started(
    started: &Started,
    error: &StartError,
    port: u16,
    insisted: bool,
    took: Duration,
) -> Vec<Check> {
    let said = said(error);
    if !matches!(error.cause, StartCause::TimedOut { .. }) {
        let hint = match error.cause {
            StartCause::PortInUse { .. } => "end the program that has the port, or let it listen at PORT",
            StartCause::NotFound { .. } => {
                "the program has to be in the bundle, in the PATH, or given by its full path"
            }
            _ => {
                "it has to start without the users' credentials; what it needs from its operator comes with \
                 -e KEY=VALUE or --secret KEY"
            }
        };
        return vec![Check::failed(STARTS, format!("{error}{said}"), hint).took(took)];
    }
    let listening = &started.listening;
    let wanted = match insisted {
        true => format!("port {port}, which --port names"),
        false => format!("port {port}, which it got in the variable PORT and for {{port}} in its arguments"),
    };
    let (seen, hint) = if listening.is_empty() {
        (
            format!("it listens on nothing; wanted is {wanted}"),
            "if it speaks over standard input and output, check it with --transport stdio".to_owned(),
        )
    } else if listening.addresses().any(|address| address.port() == port) {
        (
            format!(
                "it listens on {}, where nobody on this machine's loopback address gets through",
                listening.describe()
            ),
            "let it listen on 0.0.0.0, or on 127.0.0.1".to_owned(),
        )
    } else {
        let other = listening.addresses().next().map_or(0, |address| address.port());
        (
            format!("it listens on {}; wanted is {wanted}", listening.describe()),
            format!("let it read PORT, put {{port}} into its arguments, or say --port {other}"),
        )
    };
    vec![
        Check::ok(STARTS, "it runs"),
        Check::failed(BINDS, format!("{seen}{said}"), hint).took(took),
    ]
}

/// What it means that it listens, and does not answer `initialize` as it should.
async fn refused(
    error: &ConnectorError,
    met: &Met,
    host: &str,
    path: &str,
    place: &str,
    took: Duration,
) -> Vec<Check> {
    if met.asks_for_credentials() {
        let hint = "it asks whoever connects for a token: see brings-own-oauth";
        return vec![
            Check::failed(INITIALIZES, error.to_string(), hint).took(took),
            Check::ok(BINDS, place),
            Check::failed(LISTS, "it lists nothing without a credential", hint),
        ];
    }
    let mut checks = vec![Check::failed(INITIALIZES, error.to_string(), "").took(took)];
    if !matches!(met.status, Some(404 | 405)) {
        checks.push(Check::ok(BINDS, place));
        return checks;
    }
    let mut answers = Vec::new();
    for other in USUAL_PATHS.into_iter().filter(|other| *other != path) {
        if own_oauth::meet(host, other).await.is_mcp() {
            answers.push(other);
        }
    }
    let seen = format!(
        "{path} is answered with status {}",
        met.status.unwrap_or_default()
    );
    checks.push(Check::failed(
        BINDS,
        seen,
        match answers.first() {
            Some(other) => format!("{other} answers: --path {other}"),
            None => "say where its endpoint is: --path".to_owned(),
        },
    ));
    checks.push(Check::skipped(REVISIONS, "it does not answer initialize"));
    checks
}
