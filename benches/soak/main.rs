//! Kills a broker at random moments of its deploys, and checks each time what its next start makes of that; starts,
//! stops and crashes connectors, and counts what stays of them.
//!
//! ```text
//! cargo bench --bench soak
//! cargo bench --bench soak -- --kills 200 --seed 7
//! cargo bench --bench soak -- --kills 0 --containers 50
//! cargo bench --bench soak -- --kills 0 --cycles 0 --refreshes 500
//! ```
//!
//! Two connectors are deployed or rolled back at once when `kill -9` comes: files over stdio and a command over http.
//! After the restart on the same folder no release may be lost, doubled or half done, the old or the new one answers a
//! call, a deploy that was reported as live is live, and no process and no temporary file of the killed broker is left.
//! The kills are spread over what a deploy takes. The same story runs with the tests, ten times; a failure says its
//! seed.
//!
//! Then a broker is killed at random moments of its refreshes (a test of the library's own, which the tests run twenty
//! times), opposite a strict authorization server and one with a grace window, where `BERTH_TEST_NODE_MODULES` and
//! `BERTH_TEST_PYTHON` say where they are: no grant may be lost that the strict one had not rotated, a token in hand is
//! served on, a refresh token whose answer was lost is sent once more at most, and the other one costs no grant at all.
//!
//! Then processes, descriptors, mounts, control groups and token folders are counted before and after restarts of a
//! connector, kills of its processes at random moments, and a kill of the broker with instances running; and, with an
//! engine in `BERTH_TEST_DOCKER`, containers and networks.

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
    pub(crate) mod leaks;
    pub(crate) mod mcp;
    pub(crate) mod needs;
    pub(crate) mod processes;
    pub(crate) mod program;
}

use std::time::Instant;

use clap::Parser;

use support::{
    crashes,
    images::Engine,
    leaks::{self, Amount},
};

#[derive(Parser)]
struct Args {
    /// How often the broker is killed
    #[arg(long, default_value_t = 50)]
    kills: usize,
    /// How often a broker is killed that refreshes
    #[arg(long, default_value_t = 200)]
    refreshes: usize,
    /// How often a connector is stopped and started
    #[arg(long, default_value_t = 1000)]
    cycles: usize,
    /// How many processes of connectors are killed
    #[arg(long, default_value_t = 100)]
    crashes: usize,
    /// How many instances run when the broker is killed
    #[arg(long, default_value_t = 50)]
    orphans: usize,
    /// How often a container is stopped and started, and as often killed
    #[arg(long, default_value_t = 20)]
    containers: usize,
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
    if args.kills > 0 {
        let started = Instant::now();
        let tally = crashes::survive(args.kills, args.seed).await;
        let (kills, seconds) = (args.kills, started.elapsed().as_secs());
        println!("{kills} kills in {seconds} s: nothing was lost, doubled or left behind");
        println!("the deploys and rollbacks were then: {tally:?}");
    }
    if args.refreshes > 0 {
        let started = Instant::now();
        let status = std::process::Command::new(env!("CARGO"))
            .args(["test", "--lib", "--", "--ignored", "--exact"])
            .arg("oauth::tests::kills::no_kill_of_many_does")
            .env("BERTH_TEST_KILLS", args.refreshes.to_string())
            .status();
        assert!(
            status.unwrap().success(),
            "a grant was lost: the lines above say how"
        );
        let (kills, seconds) = (args.refreshes, started.elapsed().as_secs());
        println!("{kills} kills of refreshes in {seconds} s: no grant was lost");
    }
    let amount = Amount {
        cycles: args.cycles,
        crashes: args.crashes,
        orphans: args.orphans,
        seed: args.seed,
    };
    let started = Instant::now();
    leaks::survive(amount).await;
    told(amount, "instances", started);
    if let (true, Some(engine)) = (args.containers > 0, Engine::of_the_tests()) {
        let amount = Amount {
            cycles: args.containers,
            crashes: args.containers,
            orphans: args.orphans.min(10),
            ..amount
        };
        let started = Instant::now();
        leaks::survive_in(&engine, amount).await;
        told(amount, "containers", started);
    }
}

fn told(amount: Amount, what: &str, started: Instant) {
    let Amount {
        cycles,
        crashes,
        orphans,
        ..
    } = amount;
    let seconds = started.elapsed().as_secs();
    println!(
        "{cycles} restarts, {crashes} crashes and a kill with {orphans} {what} in {seconds} s: nothing was left behind"
    );
}
