//! `berth serve`: the composition root.
//!
//! `start` reads from bottom to top: configuration that was checked whole, the store, what stands on it, the
//! doors, the listener. `run` serves until it is told to stop, and then drains: calls in flight finish, instances
//! stop, what was recorded is written.

mod config;
mod gauges;
mod health;
mod listener;
mod requests;
mod telemetry;

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use axum::{Router, middleware};
use prometheus_client::registry::Registry as Metered;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use config::{Config, Settings};

use config::Running;
pub(crate) use telemetry::{LogFormat, log_to_stderr};

use crate::{
    api::{self, Api},
    audit::Audit,
    authserver::{self, AuthServer},
    backups::Backups,
    blobs::Blobs,
    calls::Calls,
    console::{self, Console},
    environment::Environment,
    gateway::{self, Gateway, Limits, Metrics, Rates, Requests, Sessions, StepUps},
    identity::{Identity, Sso, Trusts},
    keys::{self, Keys, Ring},
    model::{Role, Roles, UserName},
    net,
    oauth::OAuth,
    registry::{self, Registry},
    releases::{Parts, Releases},
    resolve::Resolver,
    runtime::{Reach, Runtime, RuntimeConfig},
    secret::Secret,
    store::Store,
};

/// How long calls in flight may take after the broker was told to stop.
const DRAIN: Duration = Duration::from_secs(30);
/// How often what has expired is looked for.
const SWEEP: Duration = Duration::from_secs(60);
/// The first admin's name.
const ADMIN: &str = "admin";

/// A broker that listens.
pub(crate) struct Server {
    /// Where it listens, as a URL; without a slash at its end.
    pub(crate) address: String,
    /// Where it is reached; without a slash at its end.
    pub(crate) public_url: String,
    /// What the first start made.
    pub(crate) first: Option<FirstStart>,
    /// A one-time link that signs the first admin in.
    pub(crate) setup_link: Option<Secret<String>>,
    listener: listener::Listener,
    app: Router,
    health: health::Health,
    store: Arc<Store>,
    runtime: Runtime,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Where its address is left for programs on this machine, once it serves.
    address_file: PathBuf,
    /// Held until the end: no other broker uses the folder meanwhile.
    _lock: fs::File,
}

/// The first admin and a token of theirs.
pub(crate) struct FirstStart {
    pub(crate) user: UserName,
    pub(crate) token: Secret<String>,
}

impl Server {
    /// Opens the data folder, puts everything together and listens. Nothing is served before [`run`](Self::run).
    pub(crate) async fn start(config: Config) -> anyhow::Result<Self> {
        make_private(&config.data_dir)
            .with_context(|| format!("the data folder {} can't be used", config.data_dir.display()))?;
        let data = config.data_dir.clone();
        let lock = lock(&data)?;
        let database = data.join("berth.db");
        // A new key would open nothing of what is there.
        let ring = Ring::read(config.master_keys.clone(), !database.exists())
            .await
            .context("the master key can't be used")?;
        let store = Store::open_file(&database, ring.sealer())
            .await
            .with_context(|| format!("the store in {} can't be opened", data.display()))?;
        store
            .clear_leases()
            .await
            .context("the store can't be written to")?;
        let store = Arc::new(store);
        let socket = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("berth can't listen on {}", config.listen))?;
        let address = config.address(socket.local_addr()?);
        let public_url = config.public_url(&address)?;
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();

        let audit = Audit::start(Arc::clone(&store), &tasks);
        // Refreshed tokens that the store would not take.
        let unstored = data.join("unstored");
        let keeping = keys::Parts {
            store: Arc::clone(&store),
            audit: audit.clone(),
            tasks: tasks.clone(),
            stop: stop.clone(),
            aside: unstored.clone(),
        };
        let keys = Keys::start(keeping, ring)
            .await
            .context("the master keys can't be counted")?;
        let backups = Backups::new(Arc::clone(&store), audit.clone(), &data)
            .context("the data folder can't be read")?;
        let identity = Identity::new(Arc::clone(&store), audit.clone());
        let policy = net::Policy {
            allow_loopback: config::is_loopback(&public_url),
            allow_private: config.allow_private.clone(),
        };
        let reach = Reach {
            loopback: policy.allow_loopback,
            allowed: config
                .allow_private
                .iter()
                .filter_map(|host| host.parse().ok())
                .collect(),
            never: vec![socket.local_addr()?.port()],
        };
        let http = net::Http::new(policy.clone()).context("the HTTP client can't be made")?;
        let trusts = Trusts::new(identity.clone(), http.clone(), &public_url);
        let authserver = AuthServer::new(
            Arc::clone(&store),
            identity.clone(),
            trusts.clone(),
            audit.clone(),
            policy,
            public_url.clone(),
        )
        .context("the HTTP client can't be made")?;
        let sso = Sso::new(identity.clone(), http.clone(), &public_url);
        let oauth = OAuth::new(
            Arc::clone(&store),
            http,
            audit.clone(),
            public_url.clone(),
            tasks.clone(),
            unstored,
        );
        oauth.recover().await;
        oauth.watch_issuers(stop.clone());
        oauth.take_care(stop.clone());
        let blobs = Blobs::open(&data.join("blobs")).context("the blobs can't be opened")?;
        let runtime = Runtime::new(
            runtime_config(&data, config.path, config.running, reach)?,
            tasks.clone(),
        )
        .context("the runtime can't use its folder")?;
        prepare(&runtime).await?;
        let resolver = Resolver::new(
            data.join("installs"),
            blobs.clone(),
            runtime.spawner(),
            runtime.docker(),
            config.surroundings,
        );
        let environment = Environment::new(Arc::clone(&store), audit.clone());
        let releases = Releases::open(Parts {
            store: Arc::clone(&store),
            environment: environment.clone(),
            blobs: blobs.clone(),
            resolver,
            runtime: runtime.clone(),
            audit: audit.clone(),
            tasks: tasks.clone(),
            stop: stop.clone(),
            keep: config.keep,
        })
        .await
        .context("the releases can't be read")?;
        let calls = Calls::new(
            releases.clone(),
            oauth.clone(),
            runtime.clone(),
            environment.clone(),
            public_url.clone(),
        );
        let sessions = Sessions::new(Limits::default());

        let mut metrics = Metered::default();
        let gateway_metrics = Metrics::default();
        gateway_metrics.register(&mut metrics);
        oauth.register_metrics(&mut metrics);
        let gauges = gauges::Gauges {
            sessions: sessions.clone(),
            runtime: runtime.clone(),
        };
        metrics.register_collector(Box::new(gauges));
        let health = health::Health::new(Arc::clone(&store), identity.clone(), metrics, &public_url);
        let people = identity.clone();
        let app = Router::new()
            .merge(gateway::router(Gateway {
                identity: identity.clone(),
                calls: calls.clone(),
                sessions: sessions.clone(),
                metrics: gateway_metrics,
                tasks: tasks.clone(),
                stopping: stop.clone(),
                public_url: public_url.clone(),
                largest_request: config.largest_request,
                hold: config.hold,
                requests: Requests::default(),
                rates: Rates::new(config.requests_per_minute),
                step_ups: StepUps::default(),
            }))
            .merge(api::router(Api {
                identity: identity.clone(),
                authserver: authserver.clone(),
                sso: sso.clone(),
                trusts,
                keys,
                backups,
                oauth: oauth.clone(),
                releases,
                environment: environment.clone(),
                calls,
                runtime: runtime.clone(),
                audit: audit.clone(),
                public_url: public_url.clone(),
                upload_limit: registry::UPLOAD_LIMIT,
            }))
            .merge(registry::router(Registry::new(
                identity.clone(),
                Arc::clone(&store),
                blobs,
                registry::Reached {
                    public_url: public_url.clone(),
                    scheme: if config.tls.is_some() { "https" } else { "http" },
                },
                registry::UPLOAD_LIMIT,
            )))
            .merge(authserver::router(authserver.clone()))
            .merge(console::router(Console {
                identity,
                authserver,
                sso,
                oauth,
                environment,
                runtime: runtime.clone(),
                // The configuration takes plain http on loopback alone.
                secure_cookies: public_url.scheme() == "https",
                public_url: public_url.clone(),
            }))
            .merge(health::router(health.clone()))
            .layer(middleware::from_fn(requests::identify));
        expire_sessions(sessions, &tasks, stop.clone());
        let listener = listener::Listener::new(socket, config.tls, config.trusted_proxy);
        let public_url = public_url.as_str().trim_end_matches('/').to_owned();
        // Last, when nothing can fail any more: what it makes is shown once.
        let first = first_start(&people)
            .await
            .context("the first admin can't be made")?;
        let setup_link = match (&first, config.setup_link) {
            (None, false) => None,
            _ => Some(
                setup_link(&people, &public_url)
                    .await
                    .context("the setup link can't be made")?,
            ),
        };
        Ok(Self {
            address,
            public_url,
            first,
            setup_link,
            listener,
            app,
            health,
            store,
            runtime,
            tasks,
            stop,
            address_file: data.join("berth.addr"),
            _lock: lock,
        })
    }

    /// Serves until `until` completes, then drains: no new connections, calls in flight up to 30 s, then the
    /// instances, then what is still to be written.
    pub(crate) async fn run(self, until: impl Future<Output = ()>) {
        // Not earlier: whoever reads it finds the first admin's credential stored.
        if let Err(error) = fs::write(&self.address_file, &self.public_url) {
            tracing::warn!(%error, "the broker's address could not be left in the data folder");
        }
        let draining = || {
            self.health.drain();
            self.stop.cancel();
        };
        let is_connector = |from| self.runtime.is_container(from);
        self.listener
            .serve(self.app, &self.tasks, is_connector, until, draining, DRAIN)
            .await;
        tracing::info!("stopping instances");
        self.runtime.shutdown().await;
        drop((self.health, self.runtime));
        self.tasks.close();
        if tokio::time::timeout(Duration::from_secs(10), self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(left = self.tasks.len(), "tasks did not end in time");
        }
        self.store.close().await;
    }
}

/// Looks at the engine that is to run everything, where one is. One that is away for the moment keeps nobody from
/// signing in and giving consent; whatever else is wrong does not mend itself.
async fn prepare(runtime: &Runtime) -> anyhow::Result<()> {
    match runtime.prepare().await {
        Err(error) if error.is_absence() => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "no connector runs until the Docker Engine is there");
            Ok(())
        }
        prepared => prepared.context("connectors can't run as --engine docker says"),
    }
}

fn runtime_config(
    data: &Path,
    path: OsString,
    running: Running,
    reach: Reach,
) -> anyhow::Result<RuntimeConfig> {
    let helper = std::env::current_exe().context("berth's own executable can't be found")?;
    let config = RuntimeConfig::new(data.join("runtime"), helper, path);
    Ok(RuntimeConfig {
        start_deadline: running.start_timeout,
        idle: running.idle,
        max_instances: running.max_instances,
        engine: running.engine,
        sandbox: running.sandbox,
        reach,
        docker_host: running.docker_host,
        ..config
    })
}

/// Makes the folder, for its owner alone.
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// Takes the folder for this broker alone; the kernel gives it back however the broker ends. Two would stop each
/// other's connectors and redeem each other's refresh tokens.
fn lock(data: &Path) -> anyhow::Result<fs::File> {
    let path = data.join("berth.lock");
    let file = fs::File::create(&path).with_context(|| format!("{} can't be written", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            anyhow::bail!("another broker already uses the data folder {}", data.display())
        }
        Err(fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} can't be locked", path.display()))
        }
    }
}

/// Makes the first admin where there is nobody yet.
async fn first_start(identity: &Identity) -> anyhow::Result<Option<FirstStart>> {
    if !identity.users().await?.is_empty() {
        return Ok(None);
    }
    let name: UserName = ADMIN.parse()?;
    let admin = identity.add_user("berth", &name, &Roles::new(Role::ALL)).await?;
    let (_, token) = identity
        .create_token("berth", &admin.id, "first start", None)
        .await?;
    Ok(Some(FirstStart { user: name, token }))
}

async fn setup_link(identity: &Identity, public_url: &str) -> anyhow::Result<Secret<String>> {
    let users = identity.users().await?;
    let admin = users
        .iter()
        .find(|user| user.roles.allow(Role::Admin))
        .context("there is no admin")?;
    let link = identity.create_link("berth", &admin.id).await?;
    Ok(Secret::new(format!("{public_url}/login/{}", link.code.expose())))
}

fn expire_sessions(sessions: Sessions, tasks: &TaskTracker, stop: CancellationToken) {
    tasks.spawn(async move {
        let mut sweep = tokio::time::interval(SWEEP);
        loop {
            tokio::select! {
                _ = sweep.tick() => sessions.expire(),
                () = stop.cancelled() => return,
            }
        }
    });
}
