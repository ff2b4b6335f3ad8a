//! The demo is the first thing that people run: it must work, say where it did not, and leave nothing behind.

use std::{fs, path::Path};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{
    processes::{descendants, is_alive},
    program::Program,
};

#[tokio::test]
async fn it_plays_to_the_end() {
    let place = TempDir::new().unwrap();
    let played = Program::start(&mut demo(&place)).finish().await.ok();
    for part in [
        "arrived in the header; it belongs to Alice Archer",
        "arrived in the environment; it belongs to Alice Archer",
        "arrived in the header; it belongs to Bob Baker",
        "3 authorizations, 2 refreshes, 0 tokens used twice",
    ] {
        assert!(played.stdout.contains(part), "no {part:?} in {}", played.stdout);
    }
    let tokens = played.stdout.split("berth_").skip(1);
    let shown = tokens.filter(|token| !token.chars().take(4).any(|c| c == '…'));
    assert_eq!(shown.count(), 0, "a whole token in {}", played.stdout);
    assert!(is_empty(place.path()));
}

#[tokio::test]
async fn a_step_that_fails_is_named() {
    let (place, empty) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let output = Program::start(demo(&place).env("PATH", empty.path()))
        .finish()
        .await;
    let output = output.fails(1, &["step 2 failed"]);
    assert!(
        output.stdout.contains("\"node\" was not found"),
        "{}",
        output.stdout
    );
    assert!(is_empty(place.path()));
}

#[tokio::test]
async fn what_is_kept_goes_with_ctrl_c() {
    let place = TempDir::new().unwrap();
    let kept = Program::start(demo(&place).arg("--keep"));
    let line = |line: &str| line.contains("claude mcp add --transport http").then_some(());
    kept.stdout.wait_for("how to connect", line).await;
    let below = descendants(kept.pid());
    assert!(!below.is_empty() && !is_empty(place.path()));
    let pid = Pid::from_raw(kept.pid().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    kept.finish().await.ok();
    assert!(is_empty(place.path()));
    assert!(!below.into_iter().any(is_alive));
}

/// `berth demo` with its temporary folder in `place`.
fn demo(place: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    command.arg("demo").env("TMPDIR", place.path());
    command
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}
