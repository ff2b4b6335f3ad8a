//! One process: started in a group of its own, ended with its whole group.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio as Pipe},
    sync::Arc,
};

use rustix::{
    fs::{Access, access},
    process::{Pid, Signal},
};
use tokio::{process::Command, sync::watch};
use tokio_util::task::TaskTracker;

use super::{
    StartCause,
    body::{Body, Kind, Pipes, listen, signal},
    logs::Scribe,
    spawner::Spawner,
};
use crate::secret::Secret;

/// Everything that starting a process takes.
#[derive(Debug)]
pub(super) struct Plan {
    /// The hidden re-exec helper: berth itself.
    pub(super) helper: PathBuf,
    /// The program's absolute path and its arguments.
    pub(super) argv: Vec<OsString>,
    pub(super) directory: PathBuf,
    pub(super) env: Vec<(OsString, Secret<String>)>,
    /// Whether it is spoken to over its standard input and output.
    pub(super) piped: bool,
}

/// Starts what `plan` says. Standard error, and standard output where it is not spoken over, go to `scribe`.
pub(super) async fn start(
    plan: Plan,
    spawner: &Spawner,
    scribe: Arc<Scribe>,
    tasks: &TaskTracker,
) -> io::Result<(Body, Pipes)> {
    let piped = plan.piped;
    let mut child = spawner.spawn(command(plan)).await?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let id = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    let group = id.ok_or_else(|| io::Error::other("the process has no id"))?;
    let (listening, heard) = watch::channel(());
    listen(stderr, &scribe, listening.clone(), tasks);
    let pipes: Pipes = if piped {
        stdin
            .zip(stdout)
            .map(|(stdin, stdout)| (Box::new(stdin) as _, Box::new(stdout) as _))
    } else {
        listen(stdout, &scribe, listening, tasks);
        None
    };
    let (tell, exited) = watch::channel(None);
    let spawner = spawner.clone();
    tasks.spawn(async move {
        let status = child.wait().await;
        // What it started itself is in its group, and goes with it.
        signal(group, Signal::KILL);
        spawner.ended(group);
        let text = status.map_or_else(|_| "ended".into(), describe);
        _ = tell.send(Some(text));
    });
    let body = Body::new(Kind::Process(group), exited, scribe, heard);
    Ok((body, pipes))
}

/// Where a program is, looked for as the process itself would: in `path`, or from `directory` when it is a path.
pub(super) fn find(program: &str, directory: &Path, path: &OsString) -> Result<PathBuf, StartCause> {
    let candidates: Vec<PathBuf> = if program.contains('/') {
        vec![directory.join(program)]
    } else {
        std::env::split_paths(path)
            .map(|folder| folder.join(program))
            .collect()
    };
    let mut denied = None;
    for candidate in candidates {
        match (candidate.is_file(), access(&candidate, Access::EXEC_OK)) {
            (true, Ok(())) => return Ok(candidate),
            (true, Err(error)) => denied = denied.or(Some(error)),
            (false, _) => {}
        }
    }
    Err(match denied {
        Some(error) => StartCause::NotRunnable(error.into()),
        None => StartCause::NotFound {
            program: program.to_owned(),
        },
    })
}

#[allow(clippy::disallowed_methods, reason = "this is where connectors are started")]
fn command(plan: Plan) -> Command {
    let mut command = Command::new(plan.helper);
    command.args(["__exec", "--"]);
    command.arg(std::process::id().to_string());
    command.args(plan.argv);
    command.env_clear();
    for (name, value) in &plan.env {
        command.env(name, value.expose());
    }
    command.current_dir(plan.directory);
    command.stdin(if plan.piped { Pipe::piped() } else { Pipe::null() });
    command.stdout(Pipe::piped()).stderr(Pipe::piped());
    command.process_group(0);
    // Only for the moment between the start and the task that waits for the end.
    command.kill_on_drop(true);
    command
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with status {code}"),
        (None, Some(9)) => "was killed (SIGKILL)".into(),
        (None, Some(15)) => "was stopped (SIGTERM)".into(),
        (None, Some(11)) => "crashed (SIGSEGV)".into(),
        (None, Some(6)) => "aborted (SIGABRT)".into(),
        (None, Some(number)) => format!("was ended by signal {number}"),
        (None, None) => "ended".into(),
    }
}
