//! One process: started in a group of its own, ended with its whole group.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio as Pipe},
    sync::Arc,
    time::Duration,
};

use rustix::{
    fs::{Access, access},
    process::{Pid, Signal, kill_process_group},
};
use tokio::{
    io::AsyncRead,
    process::{ChildStdin, ChildStdout, Command},
    sync::watch,
};
use tokio_util::task::TaskTracker;

use super::{
    StartCause,
    logs::{LINE, Scribe},
    spawner::Spawner,
};
use crate::{
    connector::{Lines, Overlong},
    secret::Secret,
};

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

/// A process that was started. It is watched until it ends, whoever drops this.
#[derive(Debug)]
pub(super) struct Process {
    group: Pid,
    exited: watch::Receiver<Option<String>>,
    pub(super) scribe: Arc<Scribe>,
    /// Closed when all that it wrote on standard error was read.
    heard: watch::Receiver<()>,
}

/// How long a stop waits between its steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StopGrace {
    /// From the end of its input to SIGTERM.
    pub(crate) input: Duration,
    /// From SIGTERM to SIGKILL.
    pub(crate) term: Duration,
}

/// The parts of a process that talk.
pub(super) type Pipes = Option<(ChildStdin, ChildStdout)>;

impl Process {
    /// Starts what `plan` says. Standard error, and standard output where it is not spoken over, go to `scribe`.
    pub(super) async fn start(
        plan: Plan,
        spawner: &Spawner,
        scribe: Arc<Scribe>,
        tasks: &TaskTracker,
    ) -> io::Result<(Self, Pipes)> {
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
        let pipes = if piped {
            stdin.zip(stdout)
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
        let process = Self {
            group,
            exited,
            scribe,
            heard,
        };
        Ok((process, pipes))
    }

    /// Waits for the end, and says how it ended: to be read after "the connector".
    pub(super) async fn exited(&self) -> String {
        let mut exited = self.exited.clone();
        let ended = exited.wait_for(Option::is_some).await;
        ended
            .ok()
            .and_then(|status| status.clone())
            .unwrap_or_else(|| "ended".into())
    }

    /// Whether it has not ended yet.
    pub(super) fn is_running(&self) -> bool {
        self.exited.borrow().is_none()
    }

    /// Its last lines on standard error, once all was read that there is; waits a moment for that at most.
    pub(super) async fn last_words(&self) -> Vec<String> {
        let mut heard = self.heard.clone();
        let all = async { while heard.changed().await.is_ok() {} };
        _ = tokio::time::timeout(Duration::from_millis(250), all).await;
        self.scribe.tail()
    }

    /// Ends it, step by step: its input was closed already where it has one, and it gets `grace.input` to leave by
    /// itself; then SIGTERM; then SIGKILL, each to the whole group.
    pub(super) async fn stop(&self, grace: StopGrace, had_input: bool) {
        let wait = async |time| tokio::time::timeout(time, self.exited()).await.is_ok();
        if had_input && wait(grace.input).await {
            return;
        }
        signal(self.group, Signal::TERM);
        if wait(grace.term).await {
            return;
        }
        signal(self.group, Signal::KILL);
        self.exited().await;
    }
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

fn listen(
    stream: Option<impl AsyncRead + Send + Unpin + 'static>,
    scribe: &Arc<Scribe>,
    listening: watch::Sender<()>,
    tasks: &TaskTracker,
) {
    let Some(stream) = stream else { return };
    let scribe = Arc::clone(scribe);
    tasks.spawn(async move {
        let mut lines = Lines::new(stream, LINE, Overlong::Split);
        while let Ok(Some(line)) = lines.next().await {
            scribe.line(&line);
        }
        drop(listening);
    });
}

fn signal(group: Pid, signal: Signal) {
    // Fails when nobody is left in the group, which is what was wanted.
    _ = kill_process_group(group, signal);
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
