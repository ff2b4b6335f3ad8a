//! What a sandbox is made of, and what of that this machine has.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

use serde::{Deserialize, Serialize};

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
