//! `berth __exec`: what stands between the broker and a connector for a moment, and then becomes the connector.
//!
//! It asks the kernel to kill this process when the broker ends, however that happens. That has to be asked for by
//! the process itself, before it becomes another program.

use std::{
    ffi::OsString,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

/// The program could not be run; what `sh` says, too.
const NOT_RUNNABLE: u8 = 126;
/// The broker was gone before this process could ask to go with it.
const ORPHANED: u8 = 125;

/// Runs `[--] BROKER_PID PROGRAM ARGS…` in place of this process. Returns only when that fails.
#[allow(
    clippy::print_stderr,
    reason = "standard error is the connector's log, which is where this belongs"
)]
pub(crate) fn run(args: Vec<OsString>) -> ExitCode {
    let mut args = args.into_iter().skip_while(|arg| arg == "--");
    let broker = args
        .next()
        .and_then(|pid| pid.to_str()?.parse().ok())
        .and_then(Pid::from_raw);
    let (Some(broker), Some(program)) = (broker, args.next()) else {
        eprintln!("berth: __exec is for berth itself");
        return ExitCode::from(NOT_RUNNABLE);
    };
    let bound = set_parent_process_death_signal(Some(Signal::KILL));
    if bound.is_err() || getppid() != Some(broker) {
        return ExitCode::from(ORPHANED);
    }
    #[allow(clippy::disallowed_methods, reason = "this process becomes the connector")]
    let error = Command::new(&program).args(args).exec();
    eprintln!("berth: cannot run {}: {error}", program.display());
    ExitCode::from(NOT_RUNNABLE)
}
