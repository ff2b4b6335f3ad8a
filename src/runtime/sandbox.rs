//! The sandbox that connectors' processes run in, made of what the kernel has.
//!
//! The broker decides and writes down (this file, `shown`, `system`): a [`Plan`] is all that is to be done about one
//! process, as data. Its helper does it (`helper`, `files`, `filters`, `supervisor`), in processes of its own, since
//! little of it could be undone. All of its `unsafe` code is in `sys`. Only Linux has what the helper needs: on other
//! systems, where people use the command line, nothing is found (`elsewhere`).

#[cfg(target_os = "linux")]
mod address;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod filters;
#[cfg(target_os = "linux")]
mod helper;
mod identity;
#[cfg(target_os = "linux")]
mod look;
mod pieces;
mod plan;
#[cfg(target_os = "linux")]
mod reach;
#[cfg(target_os = "linux")]
mod request;
#[cfg(target_os = "linux")]
mod routes;
mod shown;
#[cfg(target_os = "linux")]
mod supervisor;
#[cfg(target_os = "linux")]
mod sys;
mod system;
#[cfg(target_os = "linux")]
mod watch;

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use rustix::process::{getgid, getuid};

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{enter, look};
#[cfg(target_os = "linux")]
pub(crate) use {helper::enter, look::look};

pub(crate) use pieces::{Part, Piece, pieces};
pub(super) use plan::{Ceilings, Plan, Variable};

use plan::{Network, View};
use shown::{Private, Wanted};

use super::{EngineChoice, Launch, RuntimeConfig, SandboxPolicy, StartCause};
use crate::model::ConnectorId;

/// The broker was gone before this process could ask to go with it, or it could make no sandbox.
pub(crate) const ORPHANED: u8 = 125;
/// The program could not be run; what `sh` says, too.
pub(crate) const NOT_RUNNABLE: u8 = 126;
/// It used more memory than it may, and was killed for that.
pub(crate) const OUT_OF_MEMORY: u8 = 124;

/// What a connector may keep in memory as files, at most.
const SCRATCH: u64 = 64 << 20;

/// What plans are made of; the same as long as the broker runs.
#[derive(Debug)]
pub(super) struct Sandbox {
    policy: SandboxPolicy,
    pieces: Vec<Piece>,
    /// Whether each connector and owner has an account of its own.
    accounts: bool,
    system: Vec<plan::Step>,
    private: Private,
    /// Where new roots are mounted, each where nobody else sees it.
    root: PathBuf,
    /// The folder with the list of what no connector reaches.
    forbidden: PathBuf,
    reach: Reach,
    path: Vec<PathBuf>,
}

/// What of this machine and its networks connectors may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Whether they may reach what listens on loopback, other than the broker and other connectors.
    pub(crate) loopback: bool,
    /// Addresses that would be denied, and are not.
    pub(crate) allowed: Vec<IpAddr>,
    /// Ports of this machine that they reach in no case: the broker's.
    pub(crate) never: Vec<u16>,
}

/// Why a connector was not started: what the helper exits with, and says.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: u8,
    pub(crate) said: String,
}

/// One process that is to be started.
pub(super) struct Process<'a> {
    pub(super) launch: &'a Launch,
    /// Who it is for, beside the connector: a user, or what is shared by all.
    pub(super) owner: &'a str,
    /// The program's absolute path and its arguments.
    pub(super) argv: Vec<String>,
    pub(super) directory: PathBuf,
    pub(super) env: Vec<Variable>,
    pub(super) home: &'a Path,
    /// The folder that its user's token is in.
    pub(super) tokens: Option<&'a Path>,
    /// Where it is to listen, of an http connector.
    pub(super) port: Option<u16>,
}

impl Sandbox {
    /// Finds out what there is.
    pub(super) fn open(config: &RuntimeConfig) -> io::Result<Self> {
        let root = config.directory.join("root");
        fs::create_dir_all(&root)?;
        let is_elsewhere = config.engine != EngineChoice::Process;
        let pieces = match config.sandbox {
            _ if is_elsewhere => Vec::new(),
            SandboxPolicy::Off => Vec::new(),
            _ => pieces(&config.helper, &root)?,
        };
        let are_there = |piece: &Piece| piece.part == Part::Identities && piece.missing.is_none();
        let accounts = match is_elsewhere {
            // A container may be anybody's whose folders its engine may show to it.
            true => getuid().is_root(),
            false => pieces.iter().any(are_there),
        };
        let data = config.directory.parent().unwrap_or(&config.directory);
        Ok(Self {
            policy: config.sandbox,
            pieces,
            accounts,
            system: system::steps(),
            private: Private {
                data: fs::canonicalize(data)?,
                account: std::env::home_dir().and_then(|home| fs::canonicalize(home).ok()),
                root: getuid().is_root(),
            },
            root: fs::canonicalize(root)?,
            forbidden: config.directory.join(super::FORBIDDEN),
            reach: config.reach.clone(),
            path: std::env::split_paths(&config.path).collect(),
        })
    }

    /// What was found, part by part; nothing where nothing was looked for.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(super) fn has(&self, part: Part) -> bool {
        let holds = |piece: &Piece| piece.part == part && piece.missing.is_none();
        self.pieces.iter().any(holds)
    }

    /// Whether processes run in it at all.
    pub(super) fn is_on(&self) -> bool {
        self.policy != SandboxPolicy::Off
    }

    /// Whether what it starts is the machine's root.
    pub(super) fn runs_as_root(&self) -> bool {
        getuid().is_root() && !self.has(Part::Identities)
    }

    /// As whom `owner`'s instances of the connector run; `None` where they run as the broker's own account.
    pub(super) fn identity(&self, connector: &ConnectorId, owner: &str) -> Option<(u32, u32)> {
        self.accounts.then(|| identity::of(connector.as_str(), owner))
    }

    /// What a deploy says that a connector may read, for whoever shows it whole: no path has anything private in it.
    pub(super) fn admitted(&self, readable: &[String]) -> Result<Vec<PathBuf>, StartCause> {
        shown::admitted(readable, &self.private)
    }

    /// What is to be done to start a process, or why it is not started.
    pub(super) fn plan(
        &self,
        process: Process<'_>,
        ceilings: Ceilings,
        cgroups: Vec<PathBuf>,
    ) -> Result<Plan, StartCause> {
        let missing = |piece: &Piece| Some((piece.part, piece.missing.clone()?));
        if self.policy == SandboxPolicy::Required
            && let Some((part, missing)) = self.pieces.iter().find_map(missing)
        {
            let why = missing.why;
            return Err(StartCause::NoSandbox { part, why });
        }
        let launch = process.launch;
        let identity = self.identity(&launch.connector, process.owner);
        let view = match self.has(Part::Namespaces) {
            true => Some(self.view(&process, identity, ceilings.memory.is_some())?),
            false => None,
        };
        let network = (view.is_some() && self.has(Part::Network)).then(|| Network {
            forbidden: self.forbidden.clone(),
            loopback: self.reach.loopback,
            allowed: self.reach.allowed.clone(),
            port: process.port,
            home: process.home.to_owned(),
        });
        Ok(Plan {
            argv: process.argv,
            directory: process.directory,
            env: process.env,
            piped: process.port.is_none(),
            cgroups,
            identity,
            limits: ceilings,
            view,
            filtered: self.has(Part::Calls),
            network,
        })
    }

    /// `is_watched`: whether its memory is looked at by berth, and not counted by the kernel.
    fn view(
        &self,
        process: &Process<'_>,
        identity: Option<(u32, u32)>,
        is_watched: bool,
    ) -> Result<View, StartCause> {
        let launch = process.launch;
        let wanted = Wanted {
            argv: &process.argv,
            directory: &process.directory,
            artifact: launch.artifact_folder(),
            home: process.home,
            readable: &launch.run.readable,
            path: &self.path,
        };
        let user = identity.unwrap_or_else(|| (getuid().as_raw(), getgid().as_raw()));
        let mut steps = self.system.clone();
        if is_watched {
            steps.retain(|step| !system::is_memory(step));
        }
        steps.extend(system::own(user, process.home));
        steps.extend(shown::steps(&wanted, &self.private)?);
        steps.extend(
            process
                .tokens
                .map(|folder| plan::Step::show(folder, plan::Access::Read)),
        );
        Ok(View {
            root: self.root.clone(),
            steps,
            proc: self.has(Part::Proc),
            scratch: SCRATCH,
        })
    }
}
