//! The helper's side: from a plan to the connector, in three processes.
//!
//! The first (A) was started by the broker and leads the process group that the broker ends. The second (B) is the
//! first in a namespace of processes: when it ends, everything in there does. It makes the view, answers for the
//! network, and waits for the third (C), which gives up what it had and becomes the connector. How C ends goes back
//! the same way, so that A ends as the connector did.
//!
//! Everything here may fail only before the connector starts; the message is the last thing on its standard error.

mod connector;
mod init;

use std::{
    fs::File,
    io::{self, Read, Write as _},
    os::{
        fd::{AsFd, OwnedFd},
        unix::process::ExitStatusExt,
    },
    process::ExitStatus,
};

use rustix::{
    fs::{CWD, Mode, OFlags, fchown, open, openat},
    io::Errno,
    pipe::{PipeFlags, pipe_with},
    process::{
        Gid, Pid, Resource, Rlimit, Signal, Uid, WaitOptions, getppid, set_parent_process_death_signal,
        setrlimit, umask, waitpid,
    },
    stdio::{stderr, stdin, stdout},
};

use self::{connector::become_connector, init::first};
use super::{
    ORPHANED, Refusal,
    plan::Plan,
    supervisor::Supervisor,
    sys::{self, Forked},
};
use crate::runtime::cgroups::OF_THREADS;

/// A plan that is longer is none.
const LONGEST_PLAN: u32 = 4 << 20;

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
    let (own, groups) = open_groups(&plan).map_err(|error| refuse("its control groups", error))?;
    if let Some((uid, gid)) = plan.identity {
        // So that it may open what it has already by the names of `/dev` and `/proc`.
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
        for stream in [stdin(), stdout(), stderr()] {
            _ = fchown(stream, Some(uid), Some(gid));
        }
    }
    if plan.view.is_none() {
        join(&own, "0")?;
        join(&groups, "0")?;
        return Err(become_connector(&plan, None));
    }
    let supervisor = match &plan.network {
        Some(network) => Some(
            Supervisor::open(network, plan.identity).map_err(|error| refuse("the network's rules", error))?,
        ),
        None => None,
    };
    let owners = match (plan.identity, &plan.view) {
        (Some(identity), Some(view)) if view.has_own() => owners(identity).ok(),
        _ => None,
    };
    apart(plan.identity.is_none()).map_err(|(what, error)| refuse(what, error))?;
    let pipe = || pipe_with(PipeFlags::CLOEXEC).map_err(|error| refuse("a pipe", error));
    let ((ended, end), (alive, living), (joined, join_in)) = (pipe()?, pipe()?, pipe()?);
    match sys::fork().map_err(|error| refuse("a process", error))? {
        Forked::Child => {
            drop((ended, living, join_in, groups));
            join(&own, "0")?;
            drop(own);
            first(&plan, supervisor, owners.as_ref(), &alive, &joined, end)
        }
        Forked::Parent(child) => {
            drop((end, alive, supervisor, owners, joined, own));
            // The kernel may take longer for this than the view takes, which is made meanwhile.
            join(&groups, &child.as_raw_nonzero().to_string())?;
            _ = rustix::io::write(&join_in, b"1");
            drop((groups, join_in));
            _ = empty(&[0, 1, 2]);
            let status = wait_for_end(ended, child);
            drop(living);
            end_as(status)
        }
    }
}

/// The files by which a process joins its control groups: those that it joins at once if it does that itself, and the
/// others.
fn open_groups(plan: &Plan) -> io::Result<(Vec<File>, Vec<File>)> {
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for path in &plan.cgroups {
        let file = File::options().write(true).open(path)?;
        match path.ends_with(OF_THREADS) {
            true => own.push(file),
            false => others.push(file),
        }
    }
    Ok((own, others))
}

/// Puts a process in control groups.
fn join(groups: &[File], process: &str) -> Result<(), Refusal> {
    for mut group in groups {
        let joined = group.write_all(process.as_bytes());
        joined.map_err(|error| refuse("its control groups", error))?;
    }
    Ok(())
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
