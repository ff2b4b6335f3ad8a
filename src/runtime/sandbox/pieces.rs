//! What this machine has of what a sandbox is made of, found out by trying each.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use rustix::{
    pipe::{PipeFlags, pipe_with},
    process::{Gid, Uid, WaitOptions, getuid, waitpid},
    thread::{set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid},
};
use serde::{Deserialize, Serialize};

use super::{
    files, filters, helper, identity,
    plan::{Access, Step, View},
    supervisor,
    sys::{self, Forked},
};

/// One part of the sandbox, and whether it holds here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) part: Part,
    /// Why it can't be had.
    pub(crate) missing: Option<Missing>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    pub(crate) why: String,
    /// What has to be there first, by which this one may come.
    pub(crate) first: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// An account of its own for each connector and user; where the broker is root.
    Identities,
    /// Namespaces: of processes, files, shared memory; and of users, where the broker is not root.
    Namespaces,
    /// A `/proc` that shows its own processes alone.
    Proc,
    /// The filter of system calls.
    Calls,
    /// The supervision of what it connects to.
    Network,
}

impl Missing {
    /// What to do so that `part`, which is missing, is there.
    pub(crate) fn hint(&self, part: Part) -> &'static str {
        self.first.unwrap_or(part).hint()
    }
}

impl Part {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Identities => "accounts of their own",
            Self::Namespaces => "namespaces",
            Self::Proc => "a private /proc",
            Self::Calls => "the filter of system calls",
            Self::Network => "the network filter",
        }
    }

    /// What goes without it, to be read after "without it, a connector".
    pub(crate) fn cost(self) -> &'static str {
        match self {
            Self::Identities => "runs as root",
            Self::Namespaces => {
                "reads what the broker's account reads, other connectors' files among it, and leaves processes behind"
            }
            Self::Proc => "finds no /proc, which some programs insist on",
            Self::Calls => "makes every system call, and may look for holes in the kernel",
            Self::Network => "reaches other connectors, the broker and this machine's own services",
        }
    }

    /// What to do so that it is there.
    fn hint(self) -> &'static str {
        match self {
            Self::Identities => {
                "give the broker the capabilities SETUID, SETGID, CHOWN and KILL, or run it as an ordinary user"
            }
            Self::Namespaces => {
                "allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1, \
                 kernel.apparmor_restrict_unprivileged_userns=0), or run the broker as root; in a container, give it \
                 SYS_ADMIN and a seccomp profile that allows mounts"
            }
            Self::Proc => {
                "in a container, start it with an unmasked /proc (--security-opt systempaths=unconfined)"
            }
            Self::Calls => "use a kernel with CONFIG_SECCOMP_FILTER on x86-64 or arm64",
            Self::Network => "use Linux 5.6 or newer, with CONFIG_SECCOMP_FILTER",
        }
    }
}

/// What there is, as `helper`, which is berth itself, finds it. `folder` is an empty one.
pub(crate) fn pieces(helper: &Path, folder: &Path) -> io::Result<Vec<Piece>> {
    #[allow(
        clippy::disallowed_methods,
        reason = "berth itself: what is tried can't be undone in this process"
    )]
    let mut command = Command::new(helper);
    command.args(["__exec", "--", "pieces"]).arg(folder).env_clear();
    let told = command.stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    if !told.status.success() {
        let ended = told.status;
        return Err(io::Error::other(format!(
            "berth itself, as {} __exec, could not be asked: {ended}",
            helper.display()
        )));
    }
    serde_json::from_slice(&told.stdout).map_err(io::Error::from)
}

/// Tries everything, each in a process of its own; `folder` is an empty one. Only for a process with one thread.
pub(crate) fn look(folder: &Path) -> Vec<Piece> {
    let is_root = getuid().is_root();
    let mut found = Vec::new();
    let mut note = |part, tried: Result<(), String>, first: Option<Part>| {
        let missing = tried.err().map(|why| Missing { why, first });
        found.push(Piece { part, missing });
    };
    let mut view = View {
        root: folder.to_owned(),
        steps: vec![Step::show(Path::new("/usr"), Access::Read)],
        proc: false,
        scratch: 1 << 20,
    };
    let namespaces = attempt(|| enter(&view, is_root));
    // The first process of a namespace is who watches over the others.
    let (inside, first) = match &namespaces {
        Ok(()) => (Ok(()), None),
        Err(_) => (Err("it takes namespaces".to_owned()), Some(Part::Namespaces)),
    };
    view.proc = true;
    let proc = inside.clone().and_then(|()| attempt(|| enter(&view, is_root)));
    let network = inside.clone().and_then(|()| attempt(supervise));
    note(Part::Namespaces, namespaces, None);
    note(Part::Proc, proc, first);
    note(Part::Network, network, first);
    if is_root {
        // What it may read lies below the data folder, which is shut to every other account: it has to be shown.
        let identities = inside.and_then(|()| attempt(become_another));
        note(Part::Identities, identities, first);
    }
    note(Part::Calls, attempt(filter), None);
    found
}

fn become_another() -> Result<(), String> {
    let (uid, gid) = identity::of("a connector", "a user");
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid))
        .map_err(|error| said("another user", &error.into()))
}

fn enter(view: &View, is_root: bool) -> Result<(), String> {
    helper::apart(!is_root).map_err(|(what, error)| said(what, &error))?;
    // The namespace of processes begins with a child.
    attempt(|| files::enter(view, None).map_err(|(what, error)| said(&what, &error)))
}

fn filter() -> Result<(), String> {
    let said = |error: io::Error| said("a filter", &error);
    if filters::ARCHITECTURE.is_none() {
        return Err(said(io::ErrorKind::Unsupported.into()));
    }
    set_no_new_privs(true).map_err(|error| said(error.into()))?;
    sys::filter(&filters::calls()).map_err(said)
}

fn supervise() -> Result<(), String> {
    supervisor::rehearse().map_err(|(what, error)| said(&what, &error))
}

fn said(what: &str, error: &io::Error) -> String {
    match error.raw_os_error() {
        // unshare(2): the kernel's word for it speaks of devices.
        Some(libc::ENOSPC) => format!("{what}: this machine's limit of them is reached"),
        _ => format!("{what}: {error}"),
    }
}

/// What fails of what is done in a process of its own.
fn attempt(what: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let tried = (|| {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC)?;
        match sys::fork()? {
            Forked::Child => {
                drop(read);
                let said = what().err().unwrap_or_default();
                _ = File::from(write).write_all(format!("{said}\n").as_bytes());
                sys::end(0)
            }
            Forked::Parent(child) => {
                drop(write);
                let mut said = String::new();
                File::from(read).read_to_string(&mut said)?;
                _ = waitpid(Some(child), WaitOptions::empty());
                io::Result::Ok(said)
            }
        }
    })();
    match tried {
        Ok(said) if said == "\n" => Ok(()),
        Ok(said) if said.is_empty() => Err("it was killed".into()),
        Ok(said) => Err(said.trim_end().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
