//! B: the first in its namespace of processes, which looks after the connector and goes with it.

use std::{fs::File, io::Write as _, os::fd::OwnedFd, time::Instant};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    pipe::{PipeFlags, pipe_with},
    process::{
        DumpableBehavior, Pid, Resource, Rlimit, Signal, WaitOptions, getrlimit, kill_process_group,
        set_dumpable_behavior, set_parent_process_death_signal, setrlimit, wait,
    },
};

use super::{
    super::{
        ORPHANED, OUT_OF_MEMORY, Refusal, files,
        plan::Plan,
        supervisor::Supervisor,
        sys::{self, Forked, Signals},
        watch::Watch,
    },
    become_connector, empty, refuse,
};

/// How many files it may have open. Each call that it answers takes some, and of those that pass files on, many.
const FILES: u64 = 16_384;

/// Starts C and attends to it. Returns only in C, or when it fails.
pub(super) fn first(
    plan: &Plan,
    supervisor: Option<Supervisor>,
    owners: Option<&OwnedFd>,
    alive: &OwnedFd,
    joined: &OwnedFd,
    end: OwnedFd,
) -> Result<std::convert::Infallible, Refusal> {
    let bound = set_parent_process_death_signal(Some(Signal::KILL));
    // Asked for too late if A has gone already, which closes its end of the pipe.
    if bound.is_err() || is_readable(alive) {
        sys::end(ORPHANED.into());
    }
    let signals = Signals::of(&[
        libc::SIGCHLD,
        libc::SIGTERM,
        libc::SIGINT,
        libc::SIGHUP,
        libc::SIGQUIT,
    ])
    .map_err(|error| refuse("its signals", error))?;
    if let Some(view) = &plan.view {
        files::enter(view, owners).map_err(|(what, error)| refuse(&what, error))?;
    }
    _ = rustix::system::sethostname(b"connector");
    // Nothing of the connector runs outside of its control groups, whose names are nothing to it.
    if rustix::io::read(joined, &mut [0; 1]) != Ok(1) {
        sys::end(ORPHANED.into());
    }
    if !plan.cgroups.is_empty() {
        let apart = sys::unshare(libc::CLONE_NEWCGROUP);
        apart.map_err(|error| refuse("a namespace of control groups", error))?;
    }
    let pipe = || pipe_with(PipeFlags::CLOEXEC).map_err(|error| refuse("a pipe", error));
    let ((asked, ask), (taken, take)) = (pipe()?, pipe()?);
    match sys::fork().map_err(|error| refuse("a process", error))? {
        Forked::Child => {
            drop((end, asked, take, supervisor));
            Err(become_connector(plan, Some((ask, taken))))
        }
        Forked::Parent(connector) => {
            drop((ask, taken));
            // Nothing in here, whoever it runs as, looks into it or takes what it holds.
            _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
            _ = empty(&[0, 1]);
            // What it holds for callers that wait is not to be all that it can hold.
            let most = getrlimit(Resource::Nofile).maximum.unwrap_or(FILES).min(FILES);
            let both = Rlimit {
                current: Some(most),
                maximum: Some(most),
            };
            _ = setrlimit(Resource::Nofile, both);
            let mut supervisor = supervisor.and_then(|mut supervisor| {
                supervisor
                    .take_listener(connector, asked, &take)
                    .ok()
                    .map(|()| supervisor)
            });
            drop(take);
            let sees = plan.view.as_ref().is_some_and(|view| view.proc);
            let watch = plan.limits.memory.filter(|_| sees).map(Watch::new);
            attend(connector, &signals, alive, supervisor.as_mut(), watch, end)
        }
    }
}

/// What B does as long as the connector runs.
fn attend(
    connector: Pid,
    signals: &Signals,
    alive: &OwnedFd,
    mut supervisor: Option<&mut Supervisor>,
    mut watch: Option<Watch>,
    end: OwnedFd,
) -> ! {
    let mut end = File::from(end);
    let mut look = Instant::now();
    loop {
        let pause = match &mut watch {
            Some(watch) if look <= Instant::now() => {
                let Some(pause) = watch.look() else {
                    out_of_memory(&mut end)
                };
                look = Instant::now() + pause;
                Some(pause)
            }
            Some(_) => Some(look.saturating_duration_since(Instant::now())),
            None => None,
        };
        let pause = pause.and_then(|pause| Timespec::try_from(pause).ok());
        let listener = supervisor.as_ref().and_then(|supervisor| supervisor.listener());
        let mut watched = vec![
            PollFd::new(signals.descriptor(), PollFlags::IN),
            PollFd::new(alive, PollFlags::IN),
        ];
        watched.extend(listener.map(|listener| PollFd::from_borrowed_fd(listener, PollFlags::IN)));
        if poll(&mut watched, pause.as_ref()).is_err() {
            continue;
        }
        let happened: Vec<PollFlags> = watched.iter().map(PollFd::revents).collect();
        drop(watched);
        if !happened[1].is_empty() {
            sys::end(ORPHANED.into());
        }
        while let Some(number) = signals.next() {
            match number {
                libc::SIGCHLD => reap(connector, &mut end),
                // Meant for the connector, and those that it started in its group.
                number => {
                    if let Some(signal) = Signal::from_named_raw(number) {
                        _ = kill_process_group(connector, signal);
                    }
                }
            }
        }
        if let (Some(supervisor), Some(happened)) = (&mut supervisor, happened.get(2)) {
            if happened.contains(PollFlags::IN) {
                supervisor.serve();
            } else if !happened.is_empty() {
                supervisor.close();
            }
        }
    }
}

/// Ends everything in here, as the kernel would.
fn out_of_memory(end: &mut File) -> ! {
    const SHIFT: i32 = 8;
    _ = end.write_all(&(i32::from(OUT_OF_MEMORY) << SHIFT).to_le_bytes());
    sys::end(0)
}

/// Takes leave of those that have ended; goes with the connector.
fn reap(connector: Pid, end: &mut File) {
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        if pid == connector {
            _ = end.write_all(&status.as_raw().to_le_bytes());
            sys::end(0);
        }
    }
}

fn is_readable(pipe: &OwnedFd) -> bool {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut watched = [PollFd::new(pipe, PollFlags::IN)];
    poll(&mut watched, Some(&now)).is_ok_and(|ready| ready > 0)
}
