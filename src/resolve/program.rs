//! Running package managers.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::Surroundings;
use crate::runtime::Spawner;

/// Most that is kept of each output, in bytes.
const OUTPUT: usize = 4 * 1024 * 1024;

/// A program to run, as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) name: String,
    pub(super) args: Vec<String>,
    pub(super) directory: PathBuf,
    /// In its environment, over what its surroundings say.
    pub(super) env: Vec<(&'static str, OsString)>,
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

/// Runs `program` to its end, in a process group of its own, which outlives neither the deadline, nor the caller's
/// interest, nor the broker. It is looked for on the `PATH` that it is given.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that runs package managers"
)]
pub(super) async fn run(
    program: &Program,
    spawner: &Spawner,
    surroundings: &Surroundings,
    deadline: Duration,
) -> Result<Ran, RunError> {
    let mut command = tokio::process::Command::new(&program.name);
    let is_set = |name: &OsStr| program.env.iter().any(|(set, _)| name.eq_ignore_ascii_case(set));
    command
        .args(&program.args)
        .current_dir(&program.directory)
        .env_clear()
        .envs(surroundings.all().filter(|(name, _)| !is_set(name)))
        .envs(program.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = spawner.spawn(command).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => RunError::Missing,
        _ => RunError::Io(error),
    })?;
    let _group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())), spawner);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let work = async { tokio::try_join!(child.wait(), capped(stdout), capped(stderr)) };
    match tokio::time::timeout(deadline, work).await {
        Ok(Ok((status, stdout, stderr))) => Ok(Ran {
            status,
            stdout,
            stderr,
        }),
        Ok(Err(error)) => Err(RunError::Io(error)),
        Err(_) => Err(RunError::TimedOut),
    }
}

/// A process group of which nobody is left when this is dropped.
struct Group<'a>(Option<Pid>, &'a Spawner);

impl Drop for Group<'_> {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Fails when all have ended by themselves.
            _ = kill_process_group(leader, Signal::KILL);
            self.1.ended(leader);
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

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Read as _};

    use super::*;

    fn spawner() -> Spawner {
        Spawner::new("/bin/true".into()).unwrap()
    }

    fn surroundings() -> Surroundings {
        let path = ("PATH".into(), "/usr/bin:/bin".into());
        Surroundings::chosen(std::iter::once(path))
    }

    fn shell(script: &str, directory: PathBuf) -> Program {
        Program {
            name: "sh".to_owned(),
            args: vec!["-c".to_owned(), script.to_owned()],
            directory,
            env: vec![("GREETING", "hello".into())],
        }
    }

    #[tokio::test]
    async fn output_and_status_are_kept_apart() {
        let program = shell("echo $GREETING; pwd >&2; exit 3", "/".into());
        let ran = run(&program, &spawner(), &surroundings(), Duration::from_secs(60))
            .await
            .unwrap();
        assert_eq!(
            (ran.stdout.as_slice(), ran.stderr.as_slice()),
            (&b"hello\n"[..], &b"/\n"[..])
        );
        assert_eq!(ran.status.code(), Some(3));
        let endless = shell("sleep 600", "/".into());
        let late = run(&endless, &spawner(), &surroundings(), Duration::from_millis(1)).await;
        assert!(matches!(late, Err(RunError::TimedOut)));
    }

    #[tokio::test]
    async fn what_a_program_started_ends_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        // Opening it waits for the grandchild that has it as its standard output.
        let opened = tokio::task::spawn_blocking(move || File::open(pipe).unwrap());
        let program = shell("sleep 600 > pipe & wait", dir.path().to_owned());
        let (spawner, surroundings) = (spawner(), surroundings());
        let mut reader = tokio::select! {
            reader = opened => reader.unwrap(),
            _ = run(&program, &spawner, &surroundings, Duration::from_secs(60)) => panic!("it ended by itself"),
        };
        // The end comes when nobody has it open any more.
        let read = move || reader.read_to_end(&mut Vec::new());
        assert_eq!(tokio::task::spawn_blocking(read).await.unwrap().unwrap(), 0);
    }
}
