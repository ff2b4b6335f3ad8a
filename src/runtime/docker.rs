//! The Docker Engine: images in, containers up and down.
//!
//! Nothing is asked of it before something needs it, so a broker without an engine serves everything but images.
//! Every request has a deadline: an engine that hangs fails a start, and never holds up a shutdown. Whoever calls
//! branches on [`EngineError`].

mod archive;
mod containers;
mod disk;
mod errors;
mod images;
mod link_local;
mod networks;
mod plan;
mod programs;
mod sockets;

pub(crate) use archive::{Archive, Layer};
pub(super) use containers::Container;
pub(crate) use errors::EngineError;
use images::Image;
pub(super) use plan::{Access, Bind, Plan};
pub(super) use sockets::Listening;
pub(crate) use sockets::listening;

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::Path,
    sync::Arc,
    time::Duration,
};

use bollard::errors::Error;
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use crate::model::Platform;

/// How long the engine may take to answer what costs it nothing.
const QUICK: Duration = Duration::from_secs(15);
/// How long it may take to make or start something.
const SLOW: Duration = Duration::from_secs(60);
/// How long it may take to end something: a shutdown waits for that.
const ENDING: Duration = Duration::from_secs(15);
/// bollard's own deadline covers uploads as well as their answers; those that matter are set a call.
const BOLLARD: Duration = Duration::from_secs(24 * 3600);

/// The label that says which broker's something is.
const BROKER: &str = "dev.berth.broker";
/// The label that says which run of the broker made it.
const RUN: &str = "dev.berth.run";

/// The engine at one address. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Docker(Arc<Inner>);

struct Inner {
    host: String,
    /// By this its containers are known as those of one data folder.
    broker: String,
    /// By this, as those of one run of the broker.
    run: String,
    connection: Mutex<Option<Connection>>,
    /// Set when the containers of earlier runs are gone.
    swept: OnceCell<()>,
    /// Where containers' connections come from.
    subnets: Mutex<Vec<networks::Subnet>>,
    /// Whether it was said that containers reach link-local addresses.
    told: Mutex<bool>,
    /// Held while the containers' network is looked for and made.
    networking: tokio::sync::Mutex<()>,
    /// Containers that could not be removed, by name or id.
    leftovers: Mutex<Vec<String>>,
    tasks: TaskTracker,
    /// What sees to it that no container stays.
    watching: TaskTracker,
}

#[derive(Clone)]
struct Connection {
    client: bollard::Docker,
    platform: Platform,
    version: String,
}

impl Docker {
    /// The engine at `host`, written as `DOCKER_HOST` is. `directory` belongs to the broker's data folder, and keeps
    /// the id that its containers are known by. A shutdown waits for `watching`, which ends with the last container;
    /// `tasks` owns the rest.
    pub(crate) fn new(
        host: String,
        directory: &Path,
        tasks: TaskTracker,
        watching: TaskTracker,
    ) -> io::Result<Self> {
        Ok(Self(Arc::new(Inner {
            host,
            broker: broker_id(&directory.join("id"))?,
            run: random()?,
            connection: Mutex::default(),
            swept: OnceCell::new(),
            subnets: Mutex::default(),
            told: Mutex::default(),
            networking: tokio::sync::Mutex::default(),
            leftovers: Mutex::default(),
            tasks,
            watching,
        })))
    }

    /// What it runs: its own operating system and architecture.
    pub(crate) async fn platform(&self) -> Result<Platform, EngineError> {
        Ok(self.connection().await?.platform)
    }

    /// Its version, such as `20.10.24`.
    pub(crate) async fn version(&self) -> Result<String, EngineError> {
        Ok(self.connection().await?.version)
    }

    /// Whether it shows folders of this machine to its containers. What answers at a socket is taken to be here.
    pub(super) fn sees_this_machine(&self) -> bool {
        self.0.host.starts_with("unix://")
    }

    /// Its address.
    pub(super) fn host(&self) -> &str {
        &self.0.host
    }

    async fn connection(&self) -> Result<Connection, EngineError> {
        if let Some(connection) = self.0.connection.lock().clone() {
            return Ok(connection);
        }
        let client = self.client()?;
        let version = self.within(QUICK, client.version()).await?;
        let connection = Connection {
            client,
            platform: Platform {
                os: version.os.unwrap_or_else(|| "linux".into()),
                architecture: version.arch.unwrap_or_default(),
            },
            version: version.version.unwrap_or_default(),
        };
        *self.0.connection.lock() = Some(connection.clone());
        Ok(connection)
    }

    fn client(&self) -> Result<bollard::Docker, EngineError> {
        let host = &self.0.host;
        let version = bollard::API_DEFAULT_VERSION;
        let client = match host.split_once("://") {
            Some(("unix", _)) => bollard::Docker::connect_with_unix(host, BOLLARD.as_secs(), version),
            Some(("tcp" | "http", _)) => bollard::Docker::connect_with_http(host, BOLLARD.as_secs(), version),
            _ => return Err(EngineError::BadHost { host: host.clone() }),
        };
        client.map_err(|error| EngineError::of(host, error))
    }

    /// Asks the engine something. An engine that is gone is looked for anew the next time.
    async fn ask<T, F: Future<Output = Result<T, Error>>>(
        &self,
        deadline: Duration,
        ask: impl FnOnce(bollard::Docker) -> F,
    ) -> Result<T, EngineError> {
        let client = self.connection().await?.client;
        let answer = self.within(deadline, ask(client)).await;
        if answer.as_ref().is_err_and(EngineError::is_absence) {
            *self.0.connection.lock() = None;
        }
        answer
    }

    async fn within<T>(
        &self,
        deadline: Duration,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, EngineError> {
        match tokio::time::timeout(deadline, asked).await {
            Ok(answer) => answer.map_err(|error| EngineError::of(&self.0.host, error)),
            Err(_) => Err(self.slow(deadline)),
        }
    }

    fn slow(&self, after: Duration) -> EngineError {
        EngineError::Slow {
            host: self.0.host.clone(),
            after,
        }
    }
}

impl fmt::Debug for Docker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Docker({})", self.0.host)
    }
}

/// The id in the file at `path`, made where there is none. An empty file is none: a power cut may leave one.
fn broker_id(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Ok(id) if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(id),
        Ok(id) if !id.is_empty() => Err(io::Error::other(format!("{} is damaged", path.display()))),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            let id = random()?;
            write_whole(path, id.as_bytes())?;
            Ok(id)
        }
    }
}

/// Writes the file so that it is there in whole or not at all, whatever happens meanwhile.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    fs::File::open(folder)?.sync_all()
}

/// 32 hexadecimal digits.
fn random() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brokers_id_stays_and_is_made_again_where_its_file_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("id");
        let made = broker_id(&path).unwrap();
        assert_eq!(made.len(), 32);
        assert_eq!(broker_id(&path).unwrap(), made);
        fs::write(&path, "").unwrap();
        let anew = broker_id(&path).unwrap();
        assert_ne!(anew, made);
        assert_eq!(broker_id(&path).unwrap(), anew);
        fs::write(&path, &made[..5]).unwrap();
        assert!(broker_id(&path).unwrap_err().to_string().ends_with("is damaged"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
