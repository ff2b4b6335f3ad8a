//! What a call through berth costs, beside nginx doing the bare pass-through, in one run.
//!
//! ```text
//! cargo bench --bench gateway
//! cargo bench --bench gateway -- --seconds 10 --rounds 3
//! cargo bench --bench gateway -- --berth old/berth --berth new/berth     two builds beside each other
//! cargo bench --bench gateway -- --only streams                          or calls, or sessions
//! ```
//!
//! Needs nginx and Node (Debian's will do; `--nginx PATH` and `--node PATH` name others). Everything is on loopback, in a
//! temporary folder:
//!
//! - a tiny MCP server, this same program with `--upstream`, that answers each `tools/call` with as many bytes as came;
//! - `direct`: the load goes straight to it;
//! - `nginx`: through `proxy_pass` with pooled upstream connections, and nothing else;
//! - `berth`: the server deployed as a connector whose OAuth is set, so that each call has its bearer token checked and
//!   the user's third-party token put into the header that the connector reads. That it arrives is checked first.
//!
//! The load is closed-loop: each session has one connection and one call in flight. The targets take turns within each
//! round, so that a machine that is busy with something else hurts all of them; a figure is over all rounds. CPU is user
//! and system time of the proxy's own processes from `/proc`, without the connector's. Machines differ, so what is worth
//! quoting are the ratios. The limits that berth holds itself to: at 64 sessions at most 3 × nginx's CPU per call; at
//! one session less than 250 µs added to the median.
//!
//! Then long answers (`streams`): the first byte within 5 ms of the connector's own, and memory that grows by less than
//! 16 MB while 1 GB passes. Then sessions that are begun and left (`sessions`): 24,000 of them, less than 60 MB, and the
//! next client gets in.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program of its own: it prints its table, starts its servers and spawns its load"
)]

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::Parser;

use load::{Measured, Target};

mod berth;
mod flood;
mod load;
mod nginx;
mod process;
mod provider;
mod streams;
mod upstream;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Calls,
    Streams,
    Sessions,
}

#[derive(Parser)]
struct Args {
    /// Measure this alone [default: everything]
    #[arg(long)]
    only: Option<Part>,
    /// A berth executable to measure; may be given several times [default: the one just built]
    #[arg(long)]
    berth: Vec<PathBuf>,
    #[arg(long, default_value = "nginx")]
    nginx: PathBuf,
    #[arg(long, default_value = "node")]
    node: PathBuf,
    /// How long each target is loaded in each round
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    #[arg(long, default_value_t = 2)]
    rounds: u32,
    #[arg(long, default_value_t = 64)]
    sessions: usize,
    /// Length of the text in each call and in its result
    #[arg(long, default_value_t = 100)]
    bytes: usize,
    /// Events of 64 KiB in the one long answer
    #[arg(long, default_value_t = 16_000)]
    events: usize,
    /// How many sessions are begun and left
    #[arg(long, default_value_t = 24_000)]
    begun: usize,
    /// Be the tiny MCP server, on the port in PORT
    #[arg(long, hide = true)]
    upstream: bool,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // One thread for the load: it must not fight the servers for every core.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if args.upstream {
        return runtime.block_on(upstream::serve());
    }
    // The HTTP client wants to know whose TLS it would use; an error only says that one was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    runtime.block_on(measure(&args))
}

async fn measure(args: &Args) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("could not make a temporary folder")?;
    let upstream = upstream::start(folder.path()).await?;
    let nginx = nginx::start(&args.nginx, folder.path(), upstream.port).await?;
    let provider = provider::start().await?;
    let own = [PathBuf::from(env!("CARGO_BIN_EXE_berth"))];
    let programs = if args.berth.is_empty() {
        &own[..]
    } else {
        &args.berth
    };
    let mut brokers = Vec::new();
    for (number, program) in programs.iter().enumerate() {
        let folder = folder.path().join(format!("berth-{number}"));
        let started = berth::start(program, &folder, &provider).await;
        brokers.push(started.with_context(|| format!("could not set up {}", program.display()))?);
    }
    let mut targets = vec![
        Target {
            name: "direct".into(),
            address: upstream.address(),
            path: "/mcp".into(),
            token: String::new(),
            pid: None,
        },
        nginx.target(),
    ];
    for (broker, program) in brokers.iter().zip(programs) {
        let name = match programs.len() {
            1 => "berth".into(),
            _ => program.display().to_string(),
        };
        targets.push(broker.target(name));
    }
    let wanted = |part| args.only.is_none_or(|only| only == part);
    if wanted(Part::Calls) {
        println!(
            "{} B each way, {} rounds of {} s each",
            args.bytes, args.rounds, args.seconds
        );
        for sessions in [args.sessions, 1] {
            let rows = run(args, &targets, sessions).await?;
            print_table(&targets, &rows, sessions);
        }
    }
    if wanted(Part::Streams) {
        streams::measure(&targets, args.events).await?;
    }
    if wanted(Part::Sessions) {
        // The server behind them and nginx know no sessions.
        flood::measure(&args.node, &targets[2..], args.begun).await?;
    }
    Ok(())
}

async fn run(args: &Args, targets: &[Target], sessions: usize) -> anyhow::Result<Vec<Measured>> {
    let mut rows: Vec<Measured> = targets.iter().map(|_| Measured::default()).collect();
    let time = Duration::from_secs(args.seconds);
    for _ in 0..args.rounds {
        for (target, row) in targets.iter().zip(&mut rows) {
            let more = load::run(target, sessions, args.bytes, time)
                .await
                .with_context(|| format!("the load on {} failed", target.name))?;
            row.add(more);
        }
    }
    for row in &mut rows {
        row.latencies.sort_unstable();
    }
    Ok(rows)
}

/// Everything beside nginx, which is the second row; what is added to the median is beside `direct`, the first.
fn print_table(targets: &[Target], rows: &[Measured], sessions: usize) {
    println!("\n{sessions} sessions");
    println!(
        "{:<24} {:>9} {:>9} {:>9} {:>10} {:>11} {:>11} {:>10}",
        "target", "calls/s", "p50 µs", "p99 µs", "added p50", "CPU s/1000", "CPU/nginx", "rate/nginx"
    );
    let (direct, nginx) = (&rows[0], &rows[1]);
    for (target, row) in targets.iter().zip(rows) {
        let cpu = row.cpu_per_thousand();
        let show = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.4}"));
        let ratio = cpu.zip(nginx.cpu_per_thousand()).map(|(own, nginx)| own / nginx);
        println!(
            "{:<24} {:>9.0} {:>9.0} {:>9.0} {:>10.0} {:>11} {:>11} {:>10.2}",
            target.name,
            row.rate(),
            row.quantile(0.50),
            row.quantile(0.99),
            row.quantile(0.50) - direct.quantile(0.50),
            show(cpu),
            ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}")),
            row.rate() / nginx.rate(),
        );
    }
}
