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
use tokio::{io::AsyncWriteExt as _, process::Command, sync::watch};
use tokio_util::task::TaskTracker;

use super::{
    StartCause,
    body::{Body, Kind, Pipes, listen, signal},
    cgroups::Group,
    logs::Scribe,
    sandbox::{OUT_OF_MEMORY, Plan, Variable},
    spawner::Spawner,
};
use crate::model::Bytes;

/// A process that is to be started.
pub(super) enum Start {
    /// In a sandbox.
    Inside {
        plan: Box<Plan>,
        /// The control groups that hold its limits, and the memory that they allow.
        groups: Group,
        memory: Bytes,
    },
    /// As the broker's own account, seeing all that it sees.
    Outside {
        /// The program's absolute path and its arguments.
        argv: Vec<String>,
        directory: PathBuf,
        env: Vec<Variable>,
        /// Whether it is spoken to over its standard input and output.
        piped: bool,
    },
}

/// Starts it by way of `helper`, which is berth itself. Standard error, and standard output where it is not spoken
/// over, go to `scribe`.
pub(super) async fn start(
    helper: &Path,
    start: Start,
    spawner: &Spawner,
    scribe: Arc<Scribe>,
    tasks: &TaskTracker,
) -> io::Result<(Body, Pipes)> {
    let (piped, told) = match &start {
        Start::Inside { plan, .. } => (plan.piped, Some(plan.to_wire()?)),
        Start::Outside { piped, .. } => (*piped, None),
    };
    let command = command(helper, &start);
    let groups = match start {
        Start::Inside { plan, groups, memory } => Some((groups, memory, plan.limits.memory.is_some())),
        Start::Outside { .. } => None,
    };
    let mut child = spawner.spawn(command).await?;
    if let (Some(told), Some(stdin)) = (told, &mut child.stdin) {
        // One that ended before it read all says why on standard error.
        _ = stdin.write_all(&told).await;
    }
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
    let log = Arc::clone(&scribe);
    tasks.spawn(async move {
        let status = child.wait().await;
        // What it started itself is in its group, and goes with it.
        signal(group, Signal::KILL);
        spawner.ended(group);
        let is_told = || code(&status) == Some(OUT_OF_MEMORY.into());
        let text = match &groups {
            Some((groups, memory, counted)) if groups.ran_out_of_memory() || *counted && is_told() => {
                let text = format!("ran out of memory (its limit is {memory}) and was killed");
                // It had no time to say so itself.
                log.line(format!("berth: it {text}").as_bytes());
                text
            }
            // It got no more, and had no other answer to that.
            Some((_, memory, true)) if was_aborted(&status) => {
                format!("aborted (SIGABRT), perhaps out of memory (its limit is {memory})")
            }
            _ => status.map_or_else(|_| "ended".into(), describe),
        };
        _ = tell.send(Some(text));
        if let Some((groups, ..)) = groups {
            groups.remove().await;
        }
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
fn command(helper: &Path, start: &Start) -> Command {
    let mut command = Command::new(helper);
    let broker = std::process::id().to_string();
    command.env_clear();
    match start {
        Start::Inside { .. } => {
            command
                .args(["__exec", "--", "sandbox", &broker])
                .stdin(Pipe::piped());
        }
        Start::Outside {
            argv,
            directory,
            env,
            piped,
        } => {
            command.args(["__exec", "--", &broker]).args(argv);
            command.envs(
                env.iter()
                    .map(|variable| (&variable.name, variable.value.expose())),
            );
            command.current_dir(directory);
            command.stdin(if *piped { Pipe::piped() } else { Pipe::null() });
        }
    }
    command.stdout(Pipe::piped()).stderr(Pipe::piped());
    command.process_group(0);
    // Only for the moment between the start and the task that waits for the end.
    command.kill_on_drop(true);
    command
}

fn code(status: &io::Result<ExitStatus>) -> Option<i32> {
    status.as_ref().ok()?.code()
}

fn was_aborted(status: &io::Result<ExitStatus>) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.as_ref().is_ok_and(|status| status.signal() == Some(6))
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
