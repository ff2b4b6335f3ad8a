//! The one thread that starts processes, and the guard that ends them if the broker is killed.
//!
//! The kernel kills a child when the *thread* that started it ends (`PR_SET_PDEATHSIG`), and the threads of an async
//! runtime may come and go; this one stays as long as the runtime does. That covers the connector itself, but not
//! what it started in turn. So a small second process, the guard, holds a pipe from the broker, is told each process
//! group, and kills those that are left when the pipe ends, however that came about.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{self as plain, ChildStdin, Stdio},
    sync::mpsc,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, Command},
    runtime::Handle,
    sync::oneshot,
};

/// Starts processes. Clones use the same thread.
#[derive(Debug, Clone)]
pub(crate) struct Spawner(mpsc::Sender<Job>);

#[derive(Debug)]
enum Job {
    Start {
        command: Box<Command>,
        answer: oneshot::Sender<io::Result<Child>>,
    },
    /// The process group is gone.
    Ended(i32),
}

impl Spawner {
    /// `helper` is berth itself, which also plays the guard. Must be called inside of the async runtime.
    pub(crate) fn new(helper: PathBuf) -> io::Result<Self> {
        let (jobs, work) = mpsc::channel::<Job>();
        let handle = Handle::current();
        let mut guard = Guard {
            helper,
            running: None,
            groups: BTreeSet::new(),
        };
        std::thread::Builder::new()
            .name("berth-spawn".into())
            .spawn(move || {
                let _inside = handle.enter();
                while let Ok(job) = work.recv() {
                    match job {
                        Job::Start { mut command, answer } => {
                            let child = command.spawn();
                            let group = child.as_ref().ok().and_then(Child::id).map(u32::cast_signed);
                            if let Some(group) = group {
                                guard.tell('+', group);
                            }
                            if let (Err(unwanted), Some(group)) = (answer.send(child), group) {
                                // Nobody waits for it any more.
                                _ = unwanted.is_ok_and(kill_group);
                                guard.tell('-', group);
                            }
                        }
                        Job::Ended(group) => guard.tell('-', group),
                    }
                }
            })?;
        Ok(Self(jobs))
    }

    /// Starts a process that leads a group of its own.
    pub(crate) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (answer, child) = oneshot::channel();
        let mut pending = Pending { child, spawner: self };
        let gone = || io::Error::other("the thread that starts processes has ended");
        self.0
            .send(Job::Start {
                command: Box::new(command),
                answer,
            })
            .map_err(|_| gone())?;
        (&mut pending.child).await.map_err(|_| gone())?
    }

    /// Tells that nobody is left in the group of a process that was started here.
    pub(crate) fn ended(&self, group: Pid) {
        // Without the thread there is no guard to tell.
        _ = self.0.send(Job::Ended(group.as_raw_nonzero().get()));
    }
}

/// A start whose caller waits. A caller who leaves leaves no process behind, nor what that one has started already.
struct Pending<'a> {
    child: oneshot::Receiver<io::Result<Child>>,
    spawner: &'a Spawner,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        // What comes later is refused, and ended by the thread; what came before is still here.
        self.child.close();
        if let Ok(Ok(child)) = self.child.try_recv()
            && let Some(group) = child.id().and_then(|id| Pid::from_raw(id.cast_signed()))
        {
            kill_group(child);
            self.spawner.ended(group);
        }
    }
}

/// Kills a process that leads a group of its own, with all of the group. Returns whether there was one.
#[allow(
    clippy::needless_pass_by_value,
    reason = "nobody may use the process afterwards"
)]
fn kill_group(child: Child) -> bool {
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    group.is_some_and(|group| kill_process_group(group, Signal::KILL).is_ok())
}

/// The broker's end of the guard's pipe, and what the guard knows.
struct Guard {
    helper: PathBuf,
    running: Option<(plain::Child, ChildStdin)>,
    groups: BTreeSet<i32>,
}

impl Guard {
    /// Tells the guard of a group that is there (`+`) or gone (`-`); starts the guard when it is not there.
    fn tell(&mut self, what: char, group: i32) {
        let new = if what == '+' {
            self.groups.insert(group)
        } else {
            self.groups.remove(&group)
        };
        if !new {
            return;
        }
        if let Some((_, pipe)) = &mut self.running
            && writeln!(pipe, "{what}{group}").is_ok()
        {
            return;
        }
        if let Err(error) = self.start() {
            tracing::warn!(%error, "processes of connectors may outlive a broker that is killed");
        }
    }

    fn start(&mut self) -> io::Result<()> {
        if let Some((mut broken, pipe)) = self.running.take() {
            drop(pipe);
            _ = broken.kill();
            broken.wait()?;
        }
        #[allow(
            clippy::disallowed_methods,
            reason = "berth itself, in its hidden second role"
        )]
        let mut command = plain::Command::new(&self.helper);
        command.args(["__exec", "--", "guard"]).env_clear();
        // A group of its own: what is meant for the broker's terminal is not meant for the guard.
        command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut guard = command.spawn()?;
        let mut pipe = guard.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        for group in &self.groups {
            writeln!(pipe, "+{group}")?;
        }
        self.running = Some((guard, pipe));
        Ok(())
    }
}
