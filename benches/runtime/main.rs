//! What it costs that berth runs connectors, beside running them oneself.
//!
//! ```text
//! cargo bench --bench runtime
//! cargo bench --bench runtime -- --only first --rounds 20
//! cargo bench --bench runtime -- --only refresh --seconds 60
//! ```
//!
//! All ratios are of one run, on loopback, of the binary that was just built:
//!
//! * `first`: the first call of a new user to `@modelcontextprotocol/server-everything`, from the client's `initialize`
//!   to the tool's answer, beside spawning `node dist/index.js` and saying the same to it, and beside `npx -y` with its
//!   cache warm and cold. At most 1.15 × the plain node; at least 1.9 × faster than npx warm, 10 × than cold.
//! * `sandbox`: the same of a native connector of one file, in a broker with its sandbox and in one without. At most
//!   15 ms apart.
//! * `idle`: the broker's resident memory with idle instances of that connector, one a user. At most 60 MB with 200, and
//!   64 KB for each.
//! * `refresh`: calls at a fixed rate of one user whose tokens live 10 seconds, and of one whose token lives an hour,
//!   for tokens in headers and in files. No call may fail; p99 at most 3 × the other's. Latencies are counted from when a
//!   call was due.
//!
//! `first` needs npm's registry and, with `refresh`, the packages that `tests/run` installs (`BERTH_TEST_NODE_MODULES`).

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program of its own: it prints its table, starts what it measures, and a panic is how it fails"
)]
#![allow(
    dead_code,
    unused_imports,
    reason = "the stories use the rest of what is shared"
)]

#[path = "../../tests/support"]
mod support {
    pub(crate) mod auth_server;
    pub(crate) mod broker;
    pub(crate) mod browser;
    pub(crate) mod images;
    pub(crate) mod mcp;
    pub(crate) mod needs;
    pub(crate) mod processes;
    pub(crate) mod program;
}

mod first;
mod idle;
mod refresh;
mod sandbox;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum};
use serde_json::{Value, json};

use support::{broker::Broker, mcp::Mcp};

#[derive(Parser)]
struct Args {
    /// Measure only this; may be given several times
    #[arg(long)]
    only: Vec<Part>,
    /// How often each first call is made; the median counts
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// How many instances are idle
    #[arg(long, default_value_t = 200)]
    instances: usize,
    /// For how long calls are made while tokens change
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many calls are due in a second
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Part {
    First,
    Sandbox,
    Idle,
    Refresh,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let args = Args::parse();
    let only: BTreeSet<Part> = args.only.iter().copied().collect();
    let wanted = |part| only.is_empty() || only.contains(&part);
    if wanted(Part::First) {
        first::measure(args.rounds).await;
    }
    if wanted(Part::Sandbox) {
        sandbox::measure(args.rounds).await;
    }
    if wanted(Part::Idle) {
        idle::measure(args.instances).await;
    }
    if wanted(Part::Refresh) {
        refresh::measure(args.seconds, args.rate).await;
    }
}

/// A user who has not called anything yet, by their token.
async fn newcomer(broker: &Broker, name: &str) -> String {
    broker.add_user(name).await;
    broker.token(name).await
}

/// From the client's `initialize` to the answer of the tool `echo`, with the session that it was called in.
async fn first_call(broker: &Broker, connector: &str, token: &str, arguments: Value) -> (Duration, Mcp) {
    let started = Instant::now();
    let mcp = Mcp::connect(&broker.endpoint(connector), token, json!({})).await;
    let text = mcp.text("echo", arguments).await;
    assert!(text.contains("hello"), "{text}");
    (started.elapsed(), mcp)
}

/// The median of some times, in milliseconds.
fn median(times: &mut [Duration]) -> f64 {
    quantile(times, 0.5)
}

/// A quantile of some times, in milliseconds.
fn quantile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let index = (share * (times.len() - 1) as f64).round() as usize;
    times[index].as_secs_f64() * 1000.0
}

/// Whether a figure keeps to its limit, as the tables say it.
fn verdict(keeps: bool) -> &'static str {
    if keeps { "kept" } else { "MISSED" }
}
