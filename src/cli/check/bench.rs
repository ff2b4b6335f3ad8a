//! Where a connector is run to be looked at: the broker's own parts over a temporary folder.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use super::{listening::Listening, stdio::said};
use crate::{
    blobs::Blobs,
    cli::{
        context::Context,
        deploy::Plan,
        error::{CmdError, Kind},
        source::Wanted,
    },
    mcp::ClientSide,
    model::{ConnectorId, EnvName, Probe, ReleaseId, Source, Transport, UserId, with_causes},
    package::Artifact,
    resolve::{ResolveError, Resolved, Resolver, Surroundings},
    runtime::{Instance, InstanceKey, Launch, Runtime, RuntimeConfig, Share, StartError, StopGrace},
    secret::Secret,
};

/// How long a connector is watched after the end of its input. A broker waits 2 s before it sends SIGTERM.
pub(super) const INPUT_GRACE: Duration = Duration::from_secs(8);

/// How often it is seen what something that starts listens on.
const LOOK: Duration = Duration::from_millis(300);

pub(super) struct Bench {
    pub(super) runtime: Runtime,
    pub(super) timeout: Duration,
    resolver: Resolver,
    blobs: Blobs,
    tasks: TaskTracker,
    _folder: TempDir,
}

/// What is looked at.
pub(super) struct Subject {
    pub(super) resolved: Resolved,
    env: Vec<(String, Secret<String>)>,
    connector: ConnectorId,
    /// What an http connector answered to somebody without credentials.
    pub(super) met: RefCell<Option<super::own_oauth::Met>>,
}

/// A start under way or done: the instance, or why there is none, with the sockets that were seen meanwhile.
pub(super) struct Started {
    pub(super) outcome: Result<Arc<Instance>, Arc<StartError>>,
    pub(super) key: InstanceKey,
    pub(super) listening: Listening,
}

impl Bench {
    pub(super) fn open(ctx: &Context, timeout: Duration) -> Result<Self, CmdError> {
        let broken = |what: &str, error: io::Error| CmdError::new(Kind::Failed, what).with_source(error);
        let folder = tempfile::Builder::new()
            .prefix("berth-check-")
            .tempdir()
            .map_err(|error| broken("there is no temporary folder to run it in", error))?;
        let helper = std::env::current_exe()
            .map_err(|error| broken("berth's own executable can't be found", error))?;
        let usual = RuntimeConfig::new(folder.path().join("runtime"), helper, ctx.search_path());
        let config = RuntimeConfig {
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
            _folder: folder,
        })
    }

    /// Installs or unpacks what the plan names, as a broker would.
    pub(super) async fn prepare(&self, ctx: &Context, plan: &mut Plan) -> Result<Subject, CmdError> {
        let source = match &mut plan.source.value {
            Wanted::Bundle { package, start, .. } => {
                let (package, remembered) = (package.take(), ctx.cache());
                let started_by = start.clone();
                let packing = tokio::task::spawn_blocking(move || {
                    package.map(|package| package.pack_started_by(remembered.as_deref(), &started_by))
                });
                let packed = packing.await.ok().flatten();
                let packed = packed.ok_or_else(|| CmdError::new(Kind::Build, "packing broke off"))??;
                self.keep(&packed).await?;
                Source::Bundle {
                    artifact: packed.digest,
                    start: start.clone(),
                }
            }
            Wanted::Npx {
                package,
                args,
                allow_scripts,
            } => Source::Npx {
                package: package.clone(),
                args: args.clone(),
                allow_scripts: *allow_scripts,
            },
            Wanted::Uvx {
                package,
                args,
                allow_scripts,
            } => Source::Uvx {
                package: package.clone(),
                args: args.clone(),
                allow_scripts: *allow_scripts,
            },
            Wanted::Command { command } => Source::Command {
                command: command.clone(),
            },
            other @ (Wanted::Image { .. } | Wanted::Dockerfile { .. } | Wanted::Artifact { .. }) => {
                return Err(CmdError::new(
                    Kind::Build,
                    format!("{} can't be checked from here yet", other.describe()),
                )
                .with_hint("deploy it: the broker probes it before it serves"));
            }
        };
        self.resolver
            .preflight(&source)
            .await
            .map_err(|error| unresolved(&error))?;
        let resolved = self
            .resolver
            .resolve(&source)
            .await
            .map_err(|error| unresolved(&error))?;
        let mut variables: BTreeMap<EnvName, Secret<String>> = plan
            .settings
            .iter()
            .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
            .collect();
        variables.extend(
            plan.secrets
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        Ok(Subject {
            resolved,
            env: variables
                .into_iter()
                .map(|(name, value)| (name.as_str().to_owned(), value))
                .collect(),
            connector: ConnectorId::random(),
            met: RefCell::default(),
        })
    }

    /// Puts an artifact where a broker would have it.
    async fn keep(&self, artifact: &Artifact) -> Result<(), CmdError> {
        let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
            CmdError::new(Kind::Failed, "the bundle can't be unpacked here").with_source(error)
        };
        for blob in &artifact.blobs {
            let reader = blob.reader(0).map_err(|error| broken(error.into()))?;
            let stream = futures_util::stream::iter(chunks(reader));
            self.blobs
                .put(Some(&blob.digest), u64::MAX, stream)
                .await
                .map_err(|error| broken(error.into()))?;
        }
        let manifest = Bytes::from(artifact.manifest.clone());
        self.blobs
            .put_bytes(manifest)
            .await
            .map_err(|error| broken(error.into()))?;
        Ok(())
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

    pub(super) async fn close(self) {
        self.runtime.shutdown().await;
        self.tasks.close();
        // The clock of idle instances goes with the runtime; what else there is ends with the processes.
        drop(self.runtime);
        _ = tokio::time::timeout(Duration::from_secs(5), self.tasks.wait()).await;
    }
}

impl Subject {
    fn launch(&self, release: ReleaseId, transport: &Transport, client: &ClientSide) -> Launch {
        Launch {
            connector: self.connector.clone(),
            #[allow(clippy::expect_used, reason = "a constant that is a name")]
            name: "checked".parse().expect("it is a name"),
            release,
            number: 1,
            argv: self.resolved.argv.clone(),
            image: self.resolved.image.clone(),
            directory: self.resolved.directory.clone(),
            env: self.env.clone(),
            transport: transport.clone(),
            client: client.clone(),
        }
    }

    /// Folders with the connector's files: where it is started, and where the program lies that is started.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self.resolved.directory.iter().cloned().collect();
        for word in self
            .resolved
            .argv
            .iter()
            .map(Path::new)
            .filter(|word| word.is_absolute())
        {
            let installed = |folder: &&Path| {
                ["node_modules", "site-packages"]
                    .iter()
                    .any(|name| folder.ends_with(name))
            };
            if let Some(parent) = word.ancestors().filter(installed).last().and_then(Path::parent) {
                folders.push(parent.to_owned());
            }
        }
        folders.dedup();
        folders
    }
}

/// The bytes of a reader of a local file, a piece at a time.
fn chunks(mut reader: impl Read) -> impl Iterator<Item = io::Result<Bytes>> {
    std::iter::from_fn(move || {
        let mut chunk = vec![0; 256 * 1024];
        match reader.read(&mut chunk) {
            Ok(0) => None,
            Ok(length) => {
                chunk.truncate(length);
                Some(Ok(chunk.into()))
            }
            Err(error) => Some(Err(error)),
        }
    })
}

fn unresolved(error: &ResolveError) -> CmdError {
    CmdError::new(Kind::Build, with_causes(error))
        .with_hint(error.hint())
        .with_detail("stderr", error.stderr().to_vec())
}
