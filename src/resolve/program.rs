//! Running npm and node.

use std::{
    ffi::OsStr,
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Most that is kept of each output, in bytes.
const OUTPUT: usize = 4 * 1024 * 1024;

/// A program to run, as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) args: Vec<String>,
    pub(super) directory: PathBuf,
    /// Added to the broker's own environment.
    pub(super) env: Vec<(&'static str, &'static str)>,
}

/// What it left.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

#[derive(Debug)]
pub(super) enum RunError {
    /// There is no such program.
    Missing,
    TimedOut,
    Io(io::Error),
}

/// Runs `program` to its end, in a process group of its own, which does not outlive the deadline nor the caller's
/// interest. It is looked for on `path`, or else on the broker's `PATH`.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that runs package managers"
)]
pub(super) async fn run(
    program: &Program,
    path: Option<&OsStr>,
    deadline: Duration,
) -> Result<Ran, RunError> {
    let mut command = tokio::process::Command::new(program.name);
    command
        .args(&program.args)
        .current_dir(&program.directory)
        .envs(program.env.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => RunError::Missing,
        _ => RunError::Io(error),
    })?;
    let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let work = async { tokio::try_join!(child.wait(), capped(stdout), capped(stderr)) };
    match tokio::time::timeout(deadline, work).await {
        Ok(Ok((status, stdout, stderr))) => {
            group.0 = None;
            Ok(Ran {
                status,
                stdout,
                stderr,
            })
        }
        Ok(Err(error)) => Err(RunError::Io(error)),
        Err(_) => Err(RunError::TimedOut),
    }
}

/// A process group that is killed when it is dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Reads to the end and keeps the start: a program whose output nobody takes would wait for ever.
async fn capped(from: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Some(mut from) = from else {
        return Ok(kept);
    };
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(kept);
        }
        let room = OUTPUT - kept.len();
        kept.extend_from_slice(&buffer[..length.min(room)]);
    }
}
