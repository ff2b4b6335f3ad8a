//! Kills a broker at random moments of its deploys, and checks each time what its next start makes of that.
//!
//! ```text
//! cargo bench --bench soak
//! cargo bench --bench soak -- --kills 200 --seed 7
//! ```
//!
//! Two connectors are deployed or rolled back at once when `kill -9` comes: files over stdio and a command over http.
//! After the restart on the same folder no release may be lost, doubled or half done, the old or the new one answers a
//! call, a deploy that was reported as live is live, and no process and no temporary file of the killed broker is left.
//! The kills are spread over what a deploy takes. The same story runs with the tests, ten times; a failure says its
//! seed.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a program of its own: it starts brokers, and a panic is how it fails"
)]
#![allow(dead_code, reason = "the stories use the rest of what is shared")]

#[path = "../../tests/support"]
mod support {
    pub(crate) mod broker;
    pub(crate) mod crashes;
    pub(crate) mod images;
    pub(crate) mod mcp;
    pub(crate) mod needs;
    pub(crate) mod processes;
    pub(crate) mod program;
}

use std::time::Instant;

use clap::Parser;

#[derive(Parser)]
struct Args {
    /// How often the broker is killed
    #[arg(long, default_value_t = 50)]
    kills: usize,
    /// Decides the moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// `cargo bench` adds it
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args = Args::parse();
    let started = Instant::now();
    let tally = support::crashes::survive(args.kills, args.seed).await;
    let (kills, seconds) = (args.kills, started.elapsed().as_secs());
    println!("{kills} kills in {seconds} s: nothing was lost, doubled or left behind");
    println!("the deploys and rollbacks were then: {tally:?}");
}
