//! The helper's side: from a plan to the connector, in three processes.
//!
//! The first (A) was started by the broker and leads the process group that the broker ends. The second (B) is the
//! first in a namespace of processes: when it ends, everything in there does. It makes the view, answers for the
//! network, and waits for the third (C), which gives up what it had and becomes the connector. How C ends goes back
//! the same way, so that A ends as the connector did.
//!
//! Everything here may fail only before the connector starts; the message is the last thing on its standard error.

use std::{
    fs::File,
    io::{self, Read, Write as _},
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::{CommandExt, ExitStatusExt},
    },
    process::{Command, ExitStatus},
    time::Instant,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{CWD, Mode, OFlags, fchown, open, openat},
    io::Errno,
    pipe::{PipeFlags, pipe_with},
    process::{
        DumpableBehavior, Gid, Pid, Resource, Rlimit, Signal, Uid, WaitOptions, chdir, getppid, getrlimit,
        kill_process_group, set_dumpable_behavior, set_parent_process_death_signal, setrlimit, setsid, umask,
        wait, waitpid,
    },
    stdio::{stderr, stdin, stdout},
    thread::{
        CapabilitySet, CapabilitySets, clear_ambient_capability_set, remove_capability_from_bounding_set,
        set_capabilities, set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid,
    },
};

use super::{
    files, filters,
    plan::{Ceilings, Plan},
    supervisor::Supervisor,
    sys::{self, Forked, Signals},
    watch::Watch,
};

/// The broker was gone before this process could ask to go with it, or it could make no sandbox.
pub(crate) const ORPHANED: u8 = 125;
/// The program could not be run; what `sh` says, too.
pub(crate) const NOT_RUNNABLE: u8 = 126;
/// It used more memory than it may, and was killed for that.
pub(crate) const OUT_OF_MEMORY: u8 = 124;
/// A plan that is longer is none.
const LONGEST_PLAN: u32 = 4 << 20;

/// Why a connector was not started: what the helper exits with, and says.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: u8,
    pub(crate) said: String,
}

/// How open files are limited: what programs get, and what they may raise it to.
const FILES: Rlimit = Rlimit {
    current: Some(1024),
    maximum: Some(4096),
};

/// What all namespaces of a connector are, without that of users.
pub(super) const NAMESPACES: i32 =
    libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS | libc::CLONE_NEWCGROUP;

fn refuse(what: &str, error: impl Into<io::Error>) -> Refusal {
    let error = error.into();
    Refusal {
        code: ORPHANED,
        said: format!("the sandbox could not be made: {what}: {error}"),
    }
}

/// Runs what the plan on standard input says; returns only when that fails. `broker` is who has to be the parent.
pub(crate) fn enter(broker: Pid) -> Refusal {
    let Err(refusal) = outermost(broker);
    refusal
}

/// A.
fn outermost(broker: Pid) -> Result<std::convert::Infallible, Refusal> {
    sys::close_from(3).map_err(|error| refuse("its descriptors", error))?;
    let bound = set_parent_process_death_signal(Some(Signal::KILL));
    if bound.is_err() || getppid() != Some(broker) {
        sys::end(ORPHANED.into());
    }
    // The connector is asked to end, and ends this process by that.
    for number in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT] {
        sys::ignore_signal(number);
    }
    umask(Mode::from_raw_mode(0o022));
    let plan = read_plan().map_err(|error| refuse("its plan", error))?;
    if !plan.piped {
        empty(&[0]).map_err(|error| refuse("its standard input", error))?;
    }
    for file in &plan.cgroups {
        std::fs::write(file, "0").map_err(|error| refuse(&file.display().to_string(), error))?;
    }
    if let Some((uid, gid)) = plan.identity {
        // So that it may open what it has already by the names of `/dev` and `/proc`.
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        for stream in [stdin(), stdout(), stderr()] {
            _ = fchown(stream, Some(uid), Some(gid));
        }
    }
    if plan.view.is_none() {
        return Err(become_connector(&plan, None));
    }
    let supervisor = match &plan.network {
        Some(network) => Some(
            Supervisor::open(network, plan.identity).map_err(|error| refuse("the network's rules", error))?,
        ),
        None => None,
    };
    let owners = match plan.identity {
        Some(identity) => owners(identity).ok(),
        None => None,
    };
    apart(plan.identity.is_none()).map_err(|(what, error)| refuse(what, error))?;
    let pipe = || pipe_with(PipeFlags::CLOEXEC).map_err(|error| refuse("a pipe", error));
    let ((ended, end), (alive, living)) = (pipe()?, pipe()?);
    match sys::fork().map_err(|error| refuse("a process", error))? {
        Forked::Child => {
            drop((ended, living));
            first(&plan, supervisor, owners.as_ref(), &alive, end)
        }
        Forked::Parent(child) => {
            drop((end, alive, supervisor, owners));
            _ = empty(&[0, 1, 2]);
            let status = wait_for_end(ended, child);
            drop(living);
            end_as(status)
        }
    }
}

/// The plan's length in four bytes, and the plan. What follows is for the connector: not a byte of it is read.
fn read_plan() -> io::Result<Plan> {
    let mut input = File::from(rustix::io::dup(stdin())?);
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST_PLAN {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = zeroize::Zeroizing::new(vec![0; length as usize]);
    input.read_exact(&mut text)?;
    serde_json::from_slice(&text).map_err(io::Error::from)
}

/// Replaces standard streams by nothing.
fn empty(streams: &[i32]) -> io::Result<()> {
    let nothing = open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
    for stream in streams {
        sys::rename_descriptor(nothing.as_fd(), *stream)?;
    }
    Ok(())
}

/// Leaves the namespaces of the broker. An ordinary account needs one of users for that, in which it is itself.
pub(super) fn apart(as_user: bool) -> Result<(), (&'static str, io::Error)> {
    if as_user {
        let (uid, gid) = (
            rustix::process::getuid().as_raw(),
            rustix::process::getgid().as_raw(),
        );
        let users = "a namespace of users";
        sys::unshare(libc::CLONE_NEWUSER).map_err(|error| (users, error))?;
        let maps = [
            ("/proc/self/setgroups", "deny".to_owned()),
            ("/proc/self/uid_map", format!("{uid} {uid} 1")),
            ("/proc/self/gid_map", format!("{gid} {gid} 1")),
        ];
        for (file, text) in maps {
            std::fs::write(file, text).map_err(|error| (users, error))?;
        }
    }
    sys::unshare(NAMESPACES).map_err(|error| ("namespaces of its own", error))
}

/// A namespace of users in which what is root's is `identity`'s, for mounts; held by a process that waits for nothing
/// else than to be looked at.
fn owners(identity: (u32, u32)) -> io::Result<OwnedFd> {
    let (ready, tell) = pipe_with(PipeFlags::CLOEXEC)?;
    let (stay, leave) = pipe_with(PipeFlags::CLOEXEC)?;
    match sys::fork()? {
        Forked::Child => {
            drop((ready, leave));
            if sys::unshare(libc::CLONE_NEWUSER).is_ok() {
                _ = rustix::io::write(&tell, b"1");
                _ = rustix::io::read(&stay, &mut [0; 1]);
            }
            sys::end(0)
        }
        Forked::Parent(child) => {
            drop((tell, stay));
            let there = rustix::io::read(&ready, &mut [0; 1])?;
            let made = (|| {
                if there == 0 {
                    return Err(io::ErrorKind::Unsupported.into());
                }
                let folder = format!("/proc/{}", child.as_raw_nonzero());
                let (uid, gid) = identity;
                std::fs::write(format!("{folder}/uid_map"), format!("0 {uid} 1"))?;
                std::fs::write(format!("{folder}/gid_map"), format!("0 {gid} 1"))?;
                let flags = OFlags::RDONLY | OFlags::CLOEXEC;
                Ok(openat(CWD, format!("{folder}/ns/user"), flags, Mode::empty())?)
            })();
            drop(leave);
            _ = waitpid(Some(child), WaitOptions::empty());
            made
        }
    }
}

/// Waits until the connector has ended, or what it ran in.
fn wait_for_end(ended: OwnedFd, first: Pid) -> ExitStatus {
    let mut status = [0; 4];
    let told = File::from(ended).read_exact(&mut status).is_ok();
    let own = loop {
        match waitpid(Some(first), WaitOptions::empty()) {
            Err(Errno::INTR) => {}
            Ok(Some((_, own))) => break Some(ExitStatus::from_raw(own.as_raw())),
            _ => break None,
        }
    };
    match (told, own) {
        (true, _) => ExitStatus::from_raw(i32::from_le_bytes(status)),
        (false, Some(own)) => own,
        (false, None) => ExitStatus::from_raw(libc::SIGKILL),
    }
}

fn end_as(status: ExitStatus) -> ! {
    if let Some(number) = status.signal() {
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        _ = setrlimit(Resource::Core, none);
        sys::end_by(number);
    }
    sys::end(status.code().unwrap_or(ORPHANED.into()))
}

/// B. Returns only in C, or when it fails.
fn first(
    plan: &Plan,
    supervisor: Option<Supervisor>,
    owners: Option<&OwnedFd>,
    alive: &OwnedFd,
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

/// C. Gives up everything that the plan does not leave it, and becomes the connector; returns when that fails.
/// `listener` are pipes over which B is given what it answers calls at.
fn become_connector(plan: &Plan, listener: Option<(OwnedFd, OwnedFd)>) -> Refusal {
    match give_up(plan, listener) {
        Ok(()) => {}
        Err((what, error)) => return refuse(what, error),
    }
    let Some((program, arguments)) = plan.argv.split_first() else {
        return refuse("its program", io::ErrorKind::NotFound);
    };
    #[allow(clippy::disallowed_methods, reason = "this process becomes the connector")]
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    command.envs(
        plan.env
            .iter()
            .map(|variable| (&variable.name, variable.value.expose())),
    );
    let error = command.exec();
    Refusal {
        code: NOT_RUNNABLE,
        said: format!("cannot run {program}: {error}"),
    }
}

fn give_up(plan: &Plan, listener: Option<(OwnedFd, OwnedFd)>) -> Result<(), (&'static str, io::Error)> {
    fn said<E: Into<io::Error>>(what: &'static str) -> impl Fn(E) -> (&'static str, io::Error) {
        move |error| (what, error.into())
    }
    sys::forget_signals();
    _ = setsid();
    limit(&plan.limits).map_err(said("its limits"))?;
    sys::close_from_at_exec(3).map_err(said("its descriptors"))?;
    if plan.identity.is_some() || plan.view.is_some() {
        drop_bounding_set();
        clear_ambient_capability_set().map_err(said("its capabilities"))?;
    }
    if let Some((uid, gid)) = plan.identity {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        set_thread_groups(&[])
            .and_then(|()| set_thread_res_gid(gid, gid, gid))
            .and_then(|()| set_thread_res_uid(uid, uid, uid))
            .map_err(said("its user"))?;
    }
    if plan.identity.is_some() || plan.view.is_some() {
        let none = CapabilitySets {
            effective: CapabilitySet::empty(),
            permitted: CapabilitySet::empty(),
            inheritable: CapabilitySet::empty(),
        };
        set_capabilities(None, none).map_err(said("its capabilities"))?;
    }
    chdir(&plan.directory).map_err(said("its folder"))?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(said("the end of its parent"))?;
    set_no_new_privs(true).map_err(said("new privileges"))?;
    if let (Some(_), Some((ask, taken))) = (&plan.network, listener) {
        // Otherwise B could not take what it answers at; the connector is not there yet.
        set_dumpable_behavior(DumpableBehavior::Dumpable).map_err(said("the network's rules"))?;
        let own = sys::filter_with_listener(&filters::addresses()).map_err(said("the network's rules"))?;
        let number = std::os::fd::AsRawFd::as_raw_fd(&own);
        File::from(ask)
            .write_all(&number.to_le_bytes())
            .map_err(said("the network's rules"))?;
        let mut answer = [0; 1];
        File::from(taken)
            .read_exact(&mut answer)
            .map_err(said("the network's rules"))?;
    }
    if plan.filtered {
        if plan.limits.memory.is_some() {
            sys::filter(&filters::unseen_memory()).map_err(said("the filter of system calls"))?;
        }
        sys::filter(&filters::calls()).map_err(said("the filter of system calls"))?;
    }
    Ok(())
}

/// Nothing that it may run gets a capability from its file.
fn drop_bounding_set() {
    for number in 0..63 {
        // Fails for numbers that this kernel does not know.
        let capability = CapabilitySet::from_bits_retain(1 << number);
        if remove_capability_from_bounding_set(capability) == Err(Errno::INVAL) {
            break;
        }
    }
}

fn limit(limits: &Ceilings) -> rustix::io::Result<()> {
    let both = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    lower(Resource::Core, both(0))?;
    lower(Resource::Nofile, FILES)?;
    lower(Resource::Fsize, both(limits.file))?;
    if let Some(bytes) = limits.memory {
        lower(Resource::Data, both(bytes))?;
    }
    if let Some(pids) = limits.pids {
        lower(Resource::Nproc, both(pids))?;
    }
    Ok(())
}

/// As much as is wanted, or as the broker's own limit leaves.
fn lower(resource: Resource, wanted: Rlimit) -> rustix::io::Result<()> {
    let least = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    let most = getrlimit(resource).maximum;
    let limit = Rlimit {
        current: least(wanted.current, most),
        maximum: least(wanted.maximum, most),
    };
    setrlimit(resource, limit)
}
