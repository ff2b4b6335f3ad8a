//! Running connectors: processes, when they start, and when they end.
//!
//! An instance runs under an [`InstanceKey`]. Whoever needs it asks for it with [`Runtime::ensure`]; the first to ask
//! starts it, the others wait for the same start. It ends when its release is retired, when its user goes, when an
//! instance of a newer generation has taken over, when nobody used it for a while, or by itself.

mod body;
mod cgroups;
mod config;
mod contained;
mod crashes;
mod docker;
mod endings;
mod forbidden;
mod from_command;
mod from_image;
mod health;
mod homes;
mod instance;
mod launch;
mod limits;
mod logs;
mod pool;
mod ports;
mod probe;
mod process;
mod roots;
mod sandbox;
mod spawner;
mod start;
mod start_error;
mod survey;
mod table;
mod tokens;
mod upkeep;
mod view;
mod watch;

use std::{
    collections::HashMap,
    fmt, io,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    cgroups::Cgroups,
    crashes::Crashes,
    forbidden::Forbidden,
    homes::Homes,
    logs::Logs,
    pool::{Pool, Rank},
    sandbox::Sandbox,
    start_error::stopped,
    table::{Begun, Found, Table},
};
use crate::{
    connector::Idleness,
    model::{self, ConnectorId, Probe, ReleaseId, Root},
};

pub(crate) use body::StopGrace;
pub(crate) use config::{DEFAULT_DOCKER_HOST, EngineChoice, RuntimeConfig, SandboxPolicy};
pub(crate) use crashes::CrashLoop;
pub(crate) use docker::{Archive, Docker, EngineError, Layer, listening};
pub(crate) use instance::Instance;
pub(crate) use launch::{InstanceKey, Launch, Share};
pub(crate) use limits::Limits;
pub(crate) use logs::{LogLine, LogPart, LogQuery};
pub(crate) use pool::Limit;
pub(crate) use sandbox::{
    NOT_RUNNABLE, ORPHANED, Part, Piece, Reach, enter as enter_sandbox, look as look_for_pieces,
};
pub(crate) use spawner::Spawner;
pub(crate) use start_error::{StartCause, StartError};
pub(crate) use survey::{Keeper, Kept, Survey};
pub(crate) use tokens::TokenFiles;
pub(crate) use view::{Seen, Stage};

/// The folder of the list of what no connector reaches, below the runtime's own.
const FORBIDDEN: &str = "forbidden";

/// The folder of the token files, below the runtime's own.
const TOKEN_FILES: &str = "files";

/// How long an instance is held at a time: longer than whoever holds it takes to come back.
const HOLD: Duration = Duration::from_secs(15);

/// Runs instances. Clones are the same runtime.
#[derive(Clone)]
pub(crate) struct Runtime(Arc<Inner>);

struct Inner {
    config: RuntimeConfig,
    tasks: TaskTracker,
    /// The stops in progress, and what watches containers; a shutdown waits for them.
    leaving: TaskTracker,
    /// Instances that are out of the table, but still let calls finish.
    draining: Mutex<Vec<Weak<Instance>>>,
    spawner: Spawner,
    sandbox: Sandbox,
    cgroups: Cgroups,
    forbidden: Forbidden,
    /// The broker's own ports, on the list as long as it runs.
    _own: Vec<forbidden::Line>,
    docker: Docker,
    table: Table,
    pool: Pool,
    idleness: Arc<Idleness>,
    /// Told when an instance is there that is not to be kept as long as the others.
    hasty: Notify,
    crashes: Mutex<Crashes>,
    /// What probes have found out, until somebody asks.
    roots: Mutex<HashMap<ReleaseId, Root>>,
    logs: Logs,
    homes: Arc<Homes>,
    /// How many were started: a number for the name of the next one.
    numbers: AtomicU64,
    /// Set once, when the broker goes.
    shutdown: CancellationToken,
}

impl Runtime {
    /// Must be called inside of the async runtime. `tasks` owns what runs in the background.
    pub(crate) fn new(config: RuntimeConfig, tasks: TaskTracker) -> io::Result<Self> {
        std::fs::create_dir_all(&config.directory)?;
        // What a broker left that was killed: its instances went with it.
        logs::remove(&config.directory.join(TOKEN_FILES));
        let leaving = TaskTracker::new();
        let docker = Docker::new(
            config.docker_host.clone(),
            &config.directory,
            tasks.clone(),
            leaving.clone(),
        )?;
        let cgroups = match (config.sandbox, &config.engine) {
            (SandboxPolicy::Off, _) | (_, EngineChoice::Docker { .. }) => Cgroups::none(),
            _ => Cgroups::open(&cgroups::Surroundings::of_this_process(), &config.directory),
        };
        let sandbox = Sandbox::open(&config)?;
        if config.engine == EngineChoice::Process {
            Survey::of(&sandbox, &cgroups).warn(config.sandbox);
        }
        let left = cgroups.leftovers();
        let forbidden = Forbidden::new(&config.directory.join(FORBIDDEN))?;
        let own = config
            .reach
            .never
            .iter()
            .map(|port| forbidden.port(*port))
            .collect::<io::Result<_>>()?;
        tasks.spawn(async move { _ = join_all(left.into_iter().map(cgroups::Group::remove)).await });
        let inner = Arc::new(Inner {
            docker: docker.clone(),
            logs: Logs::new(config.directory.join("logs")),
            homes: Arc::new(Homes::new(config.directory.join("homes"))),
            spawner: Spawner::new(config.helper.clone())?,
            sandbox,
            cgroups,
            _own: own,
            forbidden,
            table: Table::default(),
            pool: Pool::new(config.max_instances),
            idleness: Arc::default(),
            hasty: Notify::new(),
            crashes: Mutex::default(),
            roots: Mutex::default(),
            leaving,
            draining: Mutex::default(),
            numbers: AtomicU64::new(1),
            shutdown: CancellationToken::new(),
            tasks,
            config,
        });
        let homes = Arc::clone(&inner.homes);
        inner.tasks.spawn(homes.watch(inner.shutdown.clone()));
        inner.tasks.spawn(upkeep::stop_idle(Arc::downgrade(&inner)));
        inner.tasks.spawn(upkeep::make_room(Arc::downgrade(&inner)));
        let swept = inner.shutdown.clone().run_until_cancelled_owned(async move {
            if let Err(error) = docker.sweep_containers().await {
                // Most brokers have no engine; one that needs it is told so when it does.
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "what an earlier run left was not looked for"
                );
            }
        });
        inner.tasks.spawn(swept);
        Ok(Self(inner))
    }

    /// The instance under `key`, started with `launch` if it does not run. Waits until it is initialised (stdio) or
    /// listens (http). A start goes on when its first caller leaves: others may wait for it. Where all places are taken
    /// it waits for one a while, and fails with [`StartCause::Busy`].
    pub(crate) async fn ensure(
        &self,
        key: &InstanceKey,
        launch: impl FnOnce() -> Launch,
    ) -> Result<Arc<Instance>, Arc<StartError>> {
        self.ensure_for(Rank::Caller, key, launch).await
    }

    async fn ensure_for(
        &self,
        rank: Rank,
        key: &InstanceKey,
        launch: impl FnOnce() -> Launch,
    ) -> Result<Arc<Instance>, Arc<StartError>> {
        let mut outcome = match self.0.table.find(key) {
            Found::Ready(instance) => return Ok(instance),
            Found::Starting(outcome) => outcome,
            Found::Nothing => {
                self.0.crashes.lock().check(key)?;
                let launch = launch();
                match self.0.table.enter(self.0.begin(key, &launch), &launch.connector) {
                    Ok(entry) => {
                        let outcome = entry.outcome();
                        let inner = Arc::clone(&self.0);
                        self.0
                            .tasks
                            .spawn(async move { inner.start(entry, launch, rank).await });
                        outcome
                    }
                    Err(Found::Ready(instance)) => return Ok(instance),
                    Err(Found::Starting(outcome)) => outcome,
                    Err(Found::Nothing) => return Err(stopped()),
                }
            }
        };
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(stopped())),
            Err(_) => Err(stopped()),
        }
    }

    /// Whether the broker is going: nothing starts any more.
    pub(crate) fn is_stopping(&self) -> bool {
        self.0.shutdown.is_cancelled()
    }

    /// What starts processes so that they do not outlive the broker, for others who start some.
    pub(crate) fn spawner(&self) -> Spawner {
        self.0.spawner.clone()
    }

    /// The engine that runs images.
    pub(crate) fn docker(&self) -> Docker {
        self.0.docker.clone()
    }

    /// The port at which the image, an id in the engine, is expected to listen when no other one is named.
    pub(crate) async fn port_of(&self, image: &str) -> Result<u16, EngineError> {
        self.0.port_of(image).await
    }

    /// How many instances run.
    pub(crate) fn count(&self) -> usize {
        self.0.table.count()
    }

    /// The instance under `key`, if it runs.
    pub(crate) fn running(&self, key: &InstanceKey) -> Option<Arc<Instance>> {
        self.0.table.ready(key)
    }

    /// Keeps the instance under `key` for a while, whether it is used or not; whether there is one.
    pub(crate) fn hold(&self, key: &InstanceKey) -> bool {
        let instance = self.0.table.ready(key);
        if let Some(instance) = &instance {
            instance.life().hold(HOLD);
        }
        instance.is_some()
    }

    /// Starts an instance under `key` and asks it, with no credentials, what it is and has. One that fails is stopped.
    /// An http instance stays under the key; a stdio instance was initialised for berth itself and is stopped.
    pub(crate) async fn probe(&self, key: &InstanceKey, launch: Launch) -> Result<Probe, Arc<StartError>> {
        let (runtime, key) = (self.clone(), key.clone());
        // On a task of its own, so that a caller who leaves does not leave a half-probed process behind.
        let probing = self.0.tasks.spawn(Box::pin(
            async move { roots::probe(&runtime, &key, launch).await },
        ));
        probing.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// The kind of root that the last probe of the release found its image to work with, told once; `None` for what is
    /// no image.
    pub(crate) fn take_root(&self, release: &ReleaseId) -> Option<Root> {
        self.0.roots.lock().remove(release)
    }

    /// What the connector's instances said.
    pub(crate) fn logs(&self, connector: &ConnectorId, query: &LogQuery) -> LogPart {
        self.0.logs.read(connector, query)
    }

    /// Erases what a connector that is deleted wrote: its log and its private homes.
    pub(crate) async fn forget(&self, connector: &ConnectorId) {
        self.0.logs.forget(connector);
        // What could not be erased was told in the broker's log.
        _ = self.0.clear_homes(connector).await;
    }
}

impl Inner {
    fn begin(&self, key: &InstanceKey, launch: &Launch) -> Begun {
        let order = self.numbers.fetch_add(1, Ordering::Relaxed);
        Begun {
            key: key.clone(),
            label: format!("{}-{}-{order}", launch.name, launch.number),
            number: launch.number,
            at: model::now(),
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runtime")
    }
}

#[cfg(test)]
mod tests;
