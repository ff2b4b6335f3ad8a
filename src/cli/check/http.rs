//! Checks of connectors that speak Streamable HTTP.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use http::HeaderMap;
use tokio::net::TcpListener;

use super::{
    BINDS, Check, INITIALIZES, LISTS, REVISIONS, STARTS,
    bench::{Bench, Started},
    own_oauth::{self, Met},
    stdio::{in_time, listed, revisions, said, version},
    subject::Subject,
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

/// `insisted` is the port that the connector insists on; without one it is given one, as a broker would do: a free one,
/// or for an image the one that it exposes.
pub(super) async fn check(
    bench: &Bench,
    subject: &Subject,
    insisted: Option<u16>,
    path: &str,
) -> Result<Vec<Check>, CmdError> {
    let port = match (insisted, &subject.resolved.image) {
        (Some(port), _) => port,
        (None, Some(image)) => bench.runtime.port_of(image).await.map_err(|error| {
            let hint = error.hint();
            CmdError::new(Kind::Failed, "the image can't be looked at")
                .with_source(error)
                .with_hint(hint)
        })?,
        (None, None) => free_port().await.map_err(|error| {
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
        Err(error) => {
            let wanted = match insisted {
                Some(port) => format!("port {port}, which --port names"),
                None => {
                    format!(
                        "port {port}, which it got in the variable PORT and for {{port}} in its arguments"
                    )
                }
            };
            return Ok(not_started(&started, error, port, &wanted, took));
        }
    };
    started.listening.look().await;
    started.listening.add(instance.listening_at());
    let mut checks = vec![Check::ok(STARTS, "it runs").took(took)];
    let asked = Instant::now();
    let opened = instance.open(&ClientSide::berth(), &HeaderMap::new()).await;
    let took = asked.elapsed();
    let address = instance
        .address()
        .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let host = address.to_string();
    let met = own_oauth::meet(&host, path).await;
    let place = match started.listening.is_empty() {
        true => format!("it answers at {host}{path}"),
        false => format!(
            "it listens on {} and answers at {path}",
            started.listening.describe()
        ),
    };
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

/// `wanted` is the port and why it is that, for people.
fn not_started(started: &Started, error: &StartError, port: u16, wanted: &str, took: Duration) -> Vec<Check> {
    let said = said(error);
    let (seen, inside): (Vec<SocketAddr>, bool) = match &error.cause {
        StartCause::TimedOut { .. } => (started.listening.addresses().copied().collect(), false),
        StartCause::NotListening { others, .. } => (others.clone(), true),
        StartCause::LoopbackOnly { port } => (vec![(Ipv4Addr::LOCALHOST, *port).into()], true),
        cause => {
            let hint = match cause {
                StartCause::PortInUse { .. } => "end the program that has the port, or let it listen at PORT",
                StartCause::NotFound { .. } => {
                    "the program has to be in the bundle, in the PATH, or given by its full path"
                }
                StartCause::Engine(error) => error.hint(),
                StartCause::Exited { .. } => {
                    "it has to start without the users' credentials; what it needs from its operator comes with \
                     -e KEY=VALUE or --secret KEY; if it speaks over standard input and output, say --transport stdio"
                }
                _ => {
                    "it has to start without the users' credentials; what it needs from its operator comes with \
                     -e KEY=VALUE or --secret KEY"
                }
            };
            return vec![Check::failed(STARTS, format!("{error}{said}"), hint).took(took)];
        }
    };
    let listed: Vec<String> = seen.iter().map(SocketAddr::to_string).collect();
    let listed = listed.join(" and ");
    let is_local = seen.iter().all(|address| address.ip().is_loopback());
    let (detail, hint) = match seen.first() {
        None => (
            format!("it listens on nothing; wanted is {wanted}"),
            "if it speaks over standard input and output, check it with --transport stdio".to_owned(),
        ),
        Some(_) if seen.iter().any(|address| address.port() == port) => match inside {
            true => (
                format!("it listens on {listed}, where nobody outside of its container gets through"),
                "let it listen on 0.0.0.0: often by HOST=0.0.0.0 or --host 0.0.0.0".to_owned(),
            ),
            false => (
                format!(
                    "it listens on {listed}, where nobody on this machine's loopback address gets through"
                ),
                "let it listen on 0.0.0.0, or on 127.0.0.1".to_owned(),
            ),
        },
        Some(other) => {
            let mut hint = format!(
                "let it read PORT, put {{port}} into its arguments, or say --port {}",
                other.port()
            );
            if inside && is_local {
                hint.push_str(
                    "; and let it listen on 0.0.0.0, or nobody outside of its container gets through",
                );
            }
            (format!("it listens on {listed}; wanted is {wanted}"), hint)
        }
    };
    vec![
        Check::ok(STARTS, "it runs"),
        Check::failed(BINDS, format!("{detail}{said}"), hint).took(took),
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
