//! `berth __exec`: what stands between the broker and a connector for a moment, and then becomes the connector.
//!
//! It asks the kernel to kill this process when the broker ends, however that happens. That has to be asked for by
//! the process itself, before it becomes another program. In its second role it is the guard: it outlives the
//! broker for the moment that it takes to kill what the connectors themselves have started.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    fs,
    io::{BufRead, stdin},
    os::{fd::BorrowedFd, unix::process::CommandExt},
    path::Path,
    process::{Command, ExitCode},
};

use crate::runtime::{NOT_RUNNABLE, ORPHANED, enter_sandbox, look_for_pieces};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, getppid, kill_process_group};

/// `[--] BROKER_PID PROGRAM ARGS…` runs the program in place of this process; `[--] sandbox BROKER_PID` runs what a plan
/// on standard input says in a sandbox. Both return only when that fails. `[--] guard` is the guard, and `[--] pieces
/// FOLDER` tells what of a sandbox this machine has.
pub(crate) fn run(args: Vec<OsString>) -> ExitCode {
    let mut args = args.into_iter().skip_while(|arg| arg == "--");
    let first = args.next().unwrap_or_default();
    close_on_exec();
    if first == "guard" {
        return guard(stdin().lock());
    }
    if first == "sandbox" {
        let broker = args.next().and_then(|broker| pid(broker.to_str()));
        let Some(broker) = broker else {
            return fail("__exec is for berth itself");
        };
        let refusal = enter_sandbox(broker);
        _ = fail(&refusal.said);
        return ExitCode::from(refusal.code);
    }
    if first == "pieces" {
        return tell_pieces(&args.next().unwrap_or_default());
    }
    match (pid(first.to_str()), args.next()) {
        (Some(broker), Some(program)) => become_connector(broker, program, args),
        _ => fail("__exec is for berth itself"),
    }
}

fn become_connector(broker: Pid, program: OsString, args: impl Iterator<Item = OsString>) -> ExitCode {
    #[cfg(target_os = "linux")]
    let bound = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    // Elsewhere the guard alone ends what the broker leaves behind.
    #[cfg(not(target_os = "linux"))]
    let bound: rustix::io::Result<()> = Ok(());
    if bound.is_err() || getppid() != Some(broker) {
        return ExitCode::from(ORPHANED);
    }
    #[allow(clippy::disallowed_methods, reason = "this process becomes the connector")]
    let error = Command::new(&program).args(args).exec();
    fail(&format!("cannot run {}: {error}", program.display()))
}

/// Hears of process groups, `+ID` and `-ID` a line, until the broker is gone; then kills those that are left.
fn guard(broker: impl BufRead) -> ExitCode {
    let mut groups = BTreeSet::new();
    for line in broker.lines().map_while(Result::ok) {
        match line.split_at_checked(1) {
            Some(("+", id)) => _ = groups.insert(id.to_owned()),
            Some(("-", id)) => _ = groups.remove(id),
            _ => {}
        }
    }
    for group in groups.iter().filter_map(|id| pid(Some(id))) {
        // Fails for a group that has just ended by itself.
        _ = kill_process_group(group, Signal::KILL);
    }
    ExitCode::SUCCESS
}

#[allow(clippy::print_stdout, reason = "the broker, which asked, reads it there")]
fn tell_pieces(folder: &OsStr) -> ExitCode {
    match serde_json::to_string(&look_for_pieces(Path::new(folder))) {
        Ok(pieces) => {
            println!("{pieces}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error.to_string()),
    }
}

/// Whatever the broker itself was given by its parent, beyond the three standard streams, ends here.
#[allow(
    unsafe_code,
    reason = "a descriptor that is listed but not owned here can't be named in any other way"
)]
fn close_on_exec() {
    let numbers = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    // Collected first: reading the folder takes a descriptor too, which is closed by then.
    let numbers: Vec<i32> = numbers
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // SAFETY: the number is not negative, and only a flag of whatever it names is set; a number that names
        // nothing any more makes the call fail with EBADF.
        _ = fcntl_setfd(unsafe { BorrowedFd::borrow_raw(number) }, FdFlags::CLOEXEC);
    }
}

fn pid(text: Option<&str>) -> Option<Pid> {
    text?.parse().ok().and_then(Pid::from_raw)
}

#[allow(
    clippy::print_stderr,
    reason = "standard error is the connector's log, which is where this belongs"
)]
fn fail(text: &str) -> ExitCode {
    eprintln!("berth: {text}");
    ExitCode::from(NOT_RUNNABLE)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn the_guard_kills_what_is_left_when_the_broker_is_gone() {
        let start = || {
            #[allow(clippy::disallowed_methods, reason = "a process to be killed")]
            let mut command = Command::new("sh");
            command
                .args(["-c", "sleep 60 & wait"])
                .process_group(0)
                .spawn()
                .unwrap()
        };
        let (mut left, mut ended) = (start(), start());
        let told = format!("+{}\n+{}\n-{}\nnonsense\n\n", left.id(), ended.id(), ended.id());
        guard(told.as_bytes());
        assert_eq!(left.wait().unwrap().signal(), Some(9));
        assert!(ended.try_wait().unwrap().is_none());
        kill_process_group(Pid::from_child(&ended), Signal::KILL).unwrap();
        ended.wait().unwrap();
    }

    #[test]
    fn it_is_for_the_broker_alone() {
        let run = |args: &[&str]| format!("{:?}", run(args.iter().map(Into::into).collect()));
        assert_eq!(run(&["x"]), format!("{:?}", ExitCode::from(NOT_RUNNABLE)));
        assert_eq!(run(&[]), format!("{:?}", ExitCode::from(NOT_RUNNABLE)));
    }
}
