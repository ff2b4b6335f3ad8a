//! How the runtime runs.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use super::{Reach, StopGrace};

/// How the runtime runs.
#[derive(Debug, Clone)]
pub(crate) struct RuntimeConfig {
    /// Private homes and logs go under it.
    pub(crate) directory: PathBuf,
    /// The program that re-executes into a connector: berth itself.
    pub(crate) helper: PathBuf,
    /// The address of the Docker Engine, written as `DOCKER_HOST` is.
    pub(crate) docker_host: String,
    /// What runs everything that is no image.
    pub(crate) engine: EngineChoice,
    /// Whether processes run in a sandbox.
    pub(crate) sandbox: SandboxPolicy,
    /// What of this machine and its networks sandboxed processes may reach.
    pub(crate) reach: Reach,
    /// How many instances may run at a time.
    pub(crate) max_instances: usize,
    /// How long a start waits for a place when all are taken.
    pub(crate) turn: Duration,
    /// `PATH`, as connectors get it and as their programs are looked for.
    pub(crate) path: OsString,
    /// How long a start may take until it is initialised (stdio) or listens (http).
    pub(crate) start_deadline: Duration,
    /// How long an instance is kept that nobody uses.
    pub(crate) idle: Duration,
    /// How long calls in flight may take to finish when something waits for their instance to end.
    pub(crate) drain: Duration,
    /// The same where another release, or an instance of a newer generation, took over beside it. Long, since a
    /// deploy, or the renewal of a token that is part of an environment, is no reason to cut off a call.
    pub(crate) replaced: Duration,
    pub(crate) stop: StopGrace,
    pub(crate) health: Health,
    /// How long an http connector may take to begin its answer to a call; `None` for as long as it likes.
    pub(crate) first_byte: Option<Duration>,
}

impl RuntimeConfig {
    /// The usual durations: 60 s to start, 10 min idle, 10 s to wait for a place, 30 s to drain (1 h when
    /// replaced), 2 s and 3 s to stop.
    pub(crate) fn new(directory: PathBuf, helper: PathBuf, path: OsString) -> Self {
        Self {
            directory,
            helper,
            engine: EngineChoice::Process,
            sandbox: SandboxPolicy::Required,
            reach: Reach::default(),
            max_instances: 500,
            turn: Duration::from_secs(10),
            docker_host: DEFAULT_DOCKER_HOST.to_owned(),
            path,
            start_deadline: Duration::from_secs(60),
            idle: Duration::from_secs(600),
            drain: Duration::from_secs(30),
            replaced: Duration::from_secs(3600),
            stop: StopGrace {
                input: Duration::from_secs(2),
                term: Duration::from_secs(3),
            },
            health: Health {
                every: Duration::from_secs(15),
                patience: Duration::from_secs(10),
                misses: 3,
                misses_busy: 12,
            },
            first_byte: None,
        }
    }
}

/// When an http connector counts as dead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Health {
    /// How long after one sign of life the next is asked for.
    pub(crate) every: Duration,
    /// How long it may take to give one.
    pub(crate) patience: Duration,
    /// How many in a row it may miss.
    pub(crate) misses: u32,
    /// The same while calls are in flight: one that works with all its might may have no time for anything else.
    pub(crate) misses_busy: u32,
}

/// What runs packages, bundles and commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EngineChoice {
    Process,
    /// Containers of this image, on an engine of this machine.
    Docker {
        image: String,
    },
}

/// Whether connectors' processes run in a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SandboxPolicy {
    /// In one that lacks nothing, or not at all.
    Required,
    /// In what this machine has of one.
    BestEffort,
    /// As the broker's own account, reaching all that it reaches.
    Off,
}

/// Where Docker itself puts its engine's socket.
pub(crate) const DEFAULT_DOCKER_HOST: &str = "unix:///var/run/docker.sock";
