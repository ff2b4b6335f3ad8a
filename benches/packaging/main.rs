//! What a deploy of a large folder costs the first time, and what it costs after a change, beside the two ways in which
//! folders travel without berth: `zip -r` and an upload, `docker build` and `docker push`.
//!
//! ```text
//! cargo bench --bench packaging
//! cargo bench --bench packaging -- --berth old/berth --berth new/berth     two builds beside each other
//! cargo bench --bench packaging -- --tree DIR                              only makes the tree, and leaves it there
//! BERTH_BENCH_DOCKER=unix:///var/run/docker.sock BERTH_BENCH_REGISTRY=127.0.0.1:5000 cargo bench --bench packaging
//! ```
//!
//! The folder is made from `--seed`, the same bytes on every machine: 15,000 files in 200 MB, nine tenths of the files in
//! `node_modules` of four hundred packages, some application code, a few large assets, and a connector that answers.
//! Each candidate deploys it, deploys it again unchanged, after one more line in one file of the application, and after
//! one more dependency (a package of some forty files, and the lock files that name it).
//!
//! Everything is on loopback, so the times are what packing, hashing and storing cost; what a real line adds is in the
//! bytes. Peak memory is the command's own (VmHWM), without the broker's. `zip` needs Debian's zip and curl. Docker needs
//! an engine (`BERTH_BENCH_DOCKER`) and a registry that it may push to (`BERTH_BENCH_REGISTRY`); the image is `FROM
//! scratch` with the dependencies in a layer of their own, as one would write it by hand, and its bytes are the layers
//! that the registry did not have.
//!
//! The limits that berth holds itself to, on two cores: the first bundle in 12 s; unchanged in 300 ms besides the look at
//! the files; after one line less than 1 % of the bytes; after one dependency less than 10 %; 150 MB of memory.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program of its own: it prints its table and starts what it measures"
)]

use std::{path::PathBuf, thread::sleep, time::Duration};

use anyhow::Context as _;
use clap::Parser;

use measure::Step;

mod berth;
mod docker;
mod measure;
mod tree;
mod zipped;

#[derive(Parser)]
struct Args {
    /// A berth executable to measure; may be given several times [default: the one just built]
    #[arg(long)]
    berth: Vec<PathBuf>,
    #[arg(long, default_value_t = 20_261_123)]
    seed: u64,
    #[arg(long, default_value_t = 15_000)]
    files: usize,
    #[arg(long, default_value_t = 200)]
    megabytes: usize,
    /// How often an unchanged folder is deployed; the median counts
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Make the tree there, and measure nothing
    #[arg(long)]
    tree: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// berth does not trust a time that a file got less than two seconds ago to tell a later change.
const SETTLING: Duration = Duration::from_secs(3);

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(folder) = &args.tree {
        let made = tree::make(folder, args.seed, args.files, args.megabytes)?;
        println!(
            "{} files, {} bytes in {}",
            made.files,
            made.bytes,
            folder.display()
        );
        return Ok(());
    }
    let folder = tempfile::tempdir().context("could not make a temporary folder")?;
    let own = [PathBuf::from(env!("CARGO_BIN_EXE_berth"))];
    let programs = if args.berth.is_empty() {
        &own[..]
    } else {
        &args.berth
    };
    println!(
        "{:<34} {:>8} {:>14} {:>8} {:>8}",
        "", "seconds", "bytes sent", "share", "peak MB"
    );
    for (number, program) in programs.iter().enumerate() {
        let folder = folder.path().join(format!("berth-{number}"));
        let measured = with_tree(&args, &folder.join("tree"), |tree, size| {
            berth::measure(program, &folder, tree, size, args.rounds)
        });
        let title = match programs.len() {
            1 => "berth deploy".to_owned(),
            _ => format!("berth deploy ({})", program.display()),
        };
        print(
            &title,
            &measured.with_context(|| format!("could not measure {}", program.display()))?,
        );
    }
    let tree = folder.path().join("zip");
    print("zip -r -q and curl", &with_tree(&args, &tree, zipped::measure)?);
    match docker::Engine::of_environment() {
        Some(engine) => {
            let tree = folder.path().join("docker");
            let measured = with_tree(&args, &tree, |tree, size| engine.measure(tree, size));
            print("docker build and push", &measured?);
        }
        None => println!("docker: not measured (BERTH_BENCH_DOCKER and BERTH_BENCH_REGISTRY are not set)"),
    }
    Ok(())
}

/// Makes the tree anew, because the measurement changes it. The second argument is its size in bytes.
fn with_tree(
    args: &Args,
    tree: &std::path::Path,
    measure: impl FnOnce(&std::path::Path, u64) -> anyhow::Result<Vec<Step>>,
) -> anyhow::Result<Vec<Step>> {
    let made = tree::make(tree, args.seed, args.files, args.megabytes)?;
    sleep(SETTLING);
    let steps = measure(tree, made.bytes)?;
    std::fs::remove_dir_all(tree)?;
    Ok(steps)
}

fn print(title: &str, steps: &[Step]) {
    println!("{title}");
    for step in steps {
        let bytes = step.bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
        let share = step
            .share()
            .map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0));
        let peak = step
            .peak
            .map_or("-".to_owned(), |peak| format!("{:.0}", peak as f64 / 1e6));
        println!(
            "  {:<32} {:>8.2} {bytes:>14} {share:>8} {peak:>8}",
            step.name,
            step.time.as_secs_f64()
        );
    }
}
