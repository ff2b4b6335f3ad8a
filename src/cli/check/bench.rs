//! Where a connector is run to be looked at: the broker's own parts over a temporary folder.

use std::{cell::Cell, collections::HashSet, io, sync::Arc, time::Duration};

use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::{listening::Listening, stdio::said, subject::Subject};
use crate::{
    blobs::Blobs,
    cli::{
        context::Context,
        error::{CmdError, Kind},
    },
    mcp::ClientSide,
    model::{Probe, ReleaseId, Transport, UserId},
    resolve::{Resolver, Surroundings},
    runtime::{
        EngineError, Instance, InstanceKey, Reach, Runtime, RuntimeConfig, SandboxPolicy, Share, StartError,
        StopGrace,
    },
};

/// How long a connector is watched after the end of its input. A broker waits 2 s before it sends SIGTERM.
pub(super) const INPUT_GRACE: Duration = Duration::from_secs(8);

/// How often it is seen what something that starts listens on.
const LOOK: Duration = Duration::from_millis(300);

/// How long what was begun may take to end when the bench is closed.
const LEAVING: Duration = Duration::from_secs(10);

pub(super) struct Bench {
    pub(super) runtime: Runtime,
    pub(super) timeout: Duration,
    pub(super) resolver: Resolver,
    pub(super) blobs: Blobs,
    tasks: TaskTracker,
    docker_host: Option<String>,
    /// Whether the engine may have got an image that it had not.
    pub(super) pulled: Cell<bool>,
    _folder: TempDir,
}

/// A start under way or done: the instance, or why there is none, with the sockets that were seen meanwhile.
pub(super) struct Started {
    pub(super) outcome: Result<Arc<Instance>, Arc<StartError>>,
    pub(super) key: InstanceKey,
    pub(super) listening: Listening,
}

impl Bench {
    /// Images run in the engine at `docker_host`, written as `DOCKER_HOST` is.
    pub(super) fn open(
        ctx: &Context,
        timeout: Duration,
        docker_host: Option<String>,
    ) -> Result<Self, CmdError> {
        let broken = |what: &str, error: io::Error| CmdError::new(Kind::Failed, what).with_source(error);
        let folder = tempfile::Builder::new()
            .prefix("berth-check-")
            .tempdir()
            .map_err(|error| broken("there is no temporary folder to run it in", error))?;
        let helper = std::env::current_exe()
            .map_err(|error| broken("berth's own executable can't be found", error))?;
        let usual = RuntimeConfig::new(folder.path().join("runtime"), helper, ctx.search_path());
        let config = RuntimeConfig {
            // What is missing is told by `berth doctor`; here it is the connector that is looked at.
            sandbox: SandboxPolicy::BestEffort,
            reach: Reach {
                loopback: true,
                ..Reach::default()
            },
            docker_host: docker_host.clone().unwrap_or(usual.docker_host),
            start_deadline: timeout,
            drain: Duration::ZERO,
            stop: StopGrace {
                input: INPUT_GRACE,
                ..usual.stop
            },
            ..usual
        };
        let tasks = TaskTracker::new();
        let runtime = Runtime::new(config, tasks.clone())
            .map_err(|error| broken("the connector can't be started here", error))?;
        let blobs = Blobs::open(&folder.path().join("blobs"))
            .map_err(|error| broken("the temporary folder can't be used", error))?;
        let resolver = Resolver::new(
            folder.path().join("installs"),
            blobs.clone(),
            runtime.spawner(),
            runtime.docker(),
            Surroundings::chosen(ctx.variables()),
        );
        Ok(Self {
            runtime,
            timeout,
            resolver,
            blobs,
            tasks,
            docker_host,
            pulled: Cell::new(false),
            _folder: folder,
        })
    }

    pub(super) fn docker_host(&self) -> Option<&str> {
        self.docker_host.as_deref()
    }

    /// Starts the subject for `client`, as a release of its own, so that it can be ended alone.
    pub(super) async fn start(
        &self,
        subject: &Subject,
        transport: &Transport,
        client: &ClientSide,
    ) -> Started {
        let release = ReleaseId::random();
        let key = InstanceKey {
            release: release.clone(),
            epoch: 0,
            share: match transport {
                Transport::Http { .. } => Share::Shared { generation: 0 },
                Transport::Stdio => Share::User {
                    user: UserId::random(),
                    generation: 0,
                    client: 0,
                },
            },
        };
        let launch = || subject.launch(release.clone(), transport, client);
        let mut listening = Listening::default();
        let outcome = {
            let ensure = self.runtime.ensure(&key, launch);
            tokio::pin!(ensure);
            loop {
                tokio::select! {
                    outcome = &mut ensure => break outcome,
                    () = tokio::time::sleep(LOOK) => listening.look().await,
                }
            }
        };
        Started {
            outcome,
            key,
            listening,
        }
    }

    /// Asks the instance under `key` for its lists, with no credentials, as a broker does before a release serves; one
    /// that is spoken to over standard input is ended then.
    pub(super) async fn probe(
        &self,
        subject: &Subject,
        key: &InstanceKey,
        transport: &Transport,
    ) -> Result<Probe, String> {
        let launch = subject.launch(key.release.clone(), transport, &ClientSide::berth());
        let probed = self.runtime.probe(key, launch).await;
        probed.map_err(|error| format!("{error}{}", said(&error)))
    }

    /// Ends everything that was started, and lets go of what was pulled.
    pub(super) async fn close(self) -> Result<(), EngineError> {
        self.runtime.shutdown().await;
        self.tasks.close();
        _ = tokio::time::timeout(LEAVING, self.tasks.wait()).await;
        // A container that was being made meanwhile ends here.
        self.runtime.shutdown().await;
        match self.pulled.get() {
            true => self.runtime.docker().sweep_images(&HashSet::new()).await,
            false => Ok(()),
        }
    }
}
