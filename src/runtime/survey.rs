//! What this machine has of what holds connectors: told when a broker starts, and by `berth doctor`.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use super::{
    RuntimeConfig, SandboxPolicy,
    cgroups::{Cgroups, Controller, Surroundings, Version},
    sandbox::{Part, Piece, Sandbox},
};

/// What there is, and what is missing.
#[derive(Debug)]
pub(crate) struct Survey {
    /// What a sandbox is made of. A connector's process is started where all of it is there, unless the broker was told
    /// otherwise.
    pub(crate) pieces: Vec<Piece>,
    /// What keeps an instance's limits. Where nothing does, connectors run all the same.
    pub(crate) limits: Vec<Kept>,
}

/// One of an instance's limits, and what keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) what: Limited,
    pub(crate) keeper: Keeper,
    /// Why no control group keeps it, where it looked as if one could.
    pub(crate) refused: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limited {
    Memory,
    Processes,
    Cpu,
    Disk,
}

/// What keeps a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// A control group of the whole instance, made below this folder.
    Group {
        version: Version,
        folder: PathBuf,
    },
    /// A resource limit of each process, and a look at all of them every now and then.
    Watch,
    /// A resource limit of each process, or of all that its account runs.
    Process,
    /// A look at its home every now and then, and a limit of the size of each file.
    Measure,
    Nothing,
}

impl Limited {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Processes => "processes",
            Self::Cpu => "CPU time",
            Self::Disk => "disk",
        }
    }
}

impl Keeper {
    /// Whether it holds for an instance as a whole, at any moment.
    fn is_exact(&self) -> bool {
        matches!(self, Self::Group { .. })
    }
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group { version, folder } => {
                let version = match version {
                    Version::One => 1,
                    Version::Two => 2,
                };
                write!(
                    f,
                    "by control groups (version {version}) below {}",
                    folder.display()
                )
            }
            Self::Watch => {
                f.write_str("by a limit of each process, and a look at all of them five times a second")
            }
            Self::Process => f.write_str("by a limit of each process, not of the instance as a whole"),
            Self::Measure => {
                f.write_str("by the size of each file, and a look at its home every few seconds")
            }
            Self::Nothing => f.write_str("by nothing"),
        }
    }
}

impl Kept {
    /// What to do so that a control group keeps it.
    pub(crate) const HINT: &str = "let the broker make control groups: as a systemd service with Delegate=yes, as root, \
                                   or in a container whose /sys/fs/cgroup it may write to";
}

impl Survey {
    /// Of a broker that would run so; `config.directory` is an empty folder, in which nothing stays.
    pub(crate) fn rehearse(config: &RuntimeConfig) -> io::Result<Self> {
        let sandbox = Sandbox::open(config)?;
        let cgroups = Cgroups::rehearse(&Surroundings::of_this_process(), &config.directory);
        Ok(Self::of(&sandbox, &cgroups))
    }

    pub(super) fn of(sandbox: &Sandbox, cgroups: &Cgroups) -> Self {
        let limit = |what: Limited| {
            let controller = what.controller();
            let place = controller.and_then(|controller| cgroups.place(controller));
            Kept {
                what,
                keeper: place.map_or_else(|| without_groups(what, sandbox), group),
                refused: controller
                    .and_then(|controller| cgroups.refusal(controller))
                    .map(str::to_owned),
            }
        };
        let all = [Limited::Memory, Limited::Processes, Limited::Cpu, Limited::Disk];
        Self {
            pieces: sandbox.pieces().to_vec(),
            limits: all.map(limit).into(),
        }
    }

    /// Says in the log what is missing.
    pub(super) fn warn(&self, policy: SandboxPolicy) {
        let then = match policy {
            SandboxPolicy::Required => "no process of a connector is started",
            SandboxPolicy::BestEffort => "connectors are started without it, as --sandbox best-effort says",
            SandboxPolicy::Off => {
                tracing::warn!(
                    "connectors run without a sandbox, with all the rights of the broker's account: --sandbox off"
                );
                return;
            }
        };
        let missing = |piece: &Piece| Some((piece.part, piece.missing.clone()?));
        for (part, missing) in self.pieces.iter().filter_map(missing) {
            tracing::warn!(
                piece = part.name(),
                why = missing.why,
                then,
                "the sandbox lacks a piece: without it, a connector {}; {}",
                part.cost(),
                missing.hint(part)
            );
        }
        let inexact = |limit: &&Kept| limit.what.controller().is_some() && !limit.keeper.is_exact();
        let inexact: Vec<&Kept> = self.limits.iter().filter(inexact).collect();
        if inexact.is_empty() {
            return;
        }
        let kept: Vec<String> = inexact
            .iter()
            .map(|limit| format!("{} {}", limit.what.name(), limit.keeper))
            .collect();
        let why = inexact.iter().find_map(|limit| limit.refused.as_deref());
        tracing::warn!(
            why,
            "no control groups for some limits, which are kept less well: {}; {}",
            kept.join("; "),
            Kept::HINT
        );
    }
}

impl Limited {
    fn controller(self) -> Option<Controller> {
        match self {
            Self::Memory => Some(Controller::Memory),
            Self::Processes => Some(Controller::Pids),
            Self::Cpu => Some(Controller::Cpu),
            Self::Disk => None,
        }
    }
}

fn group((version, folder): (Version, &Path)) -> Keeper {
    Keeper::Group {
        version,
        folder: folder.to_owned(),
    }
}

fn without_groups(what: Limited, sandbox: &Sandbox) -> Keeper {
    let has = |part| sandbox.has(part);
    match what {
        // Whoever watches sees the processes in a /proc of their own.
        Limited::Memory if has(Part::Namespaces) && has(Part::Proc) => Keeper::Watch,
        Limited::Memory => Keeper::Process,
        // The kernel lets root start as many as it likes.
        Limited::Processes if sandbox.runs_as_root() => Keeper::Nothing,
        Limited::Processes => Keeper::Process,
        Limited::Cpu => Keeper::Nothing,
        Limited::Disk => Keeper::Measure,
    }
}
