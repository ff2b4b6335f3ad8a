//! A launch of an image: a container of the Docker Engine.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::net::TcpStream;

use super::{
    Inner, Launch, StartCause, StartError,
    docker::{Access, Bind, EngineError, Listening, Plan},
    limits::Limits,
    logs::Scribe,
    start::{Door, Started},
    tokens::TokenFolder,
    watch::Held,
};
use crate::{
    model::{Root, Transport},
    secret::Secret,
};

/// Where an http connector is expected that says neither by a flag nor by its image where it listens.
pub(super) const USUAL_PORT: u16 = 8080;
/// How long a connector may listen inside of its container alone before that is taken for its last word.
const HIDDEN_GRACE: Duration = Duration::from_secs(5);
/// Where the engine itself resolves names for a container, in the container's own network.
const ENGINES_OWN: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11));
/// How often the sockets of a container are looked at.
const LOOK: Duration = Duration::from_millis(500);

impl Inner {
    pub(super) async fn start_container(
        self: &Arc<Self>,
        launch: &Launch,
        image: &str,
        label: &str,
        tokens: Option<&TokenFolder>,
        scribe: Arc<Scribe>,
    ) -> Result<Started, StartError> {
        let engine = |error: EngineError| StartCause::Engine(error).silent();
        let port = match &launch.transport {
            Transport::Stdio => None,
            Transport::Http { port: Some(port), .. } => Some(*port),
            Transport::Http { port: None, .. } => Some(self.port_of(image).await.map_err(engine)?),
        };
        if tokens.is_some() && !self.docker.sees_this_machine() {
            let host = self.docker.host().to_owned();
            return Err(engine(EngineError::Elsewhere { host }));
        }
        self.run_container(plan(launch, image, label, port, tokens), port, scribe)
            .await
    }

    /// Starts a container, which is to listen at `port`, or is spoken to over its pipes.
    pub(super) async fn run_container(
        self: &Arc<Self>,
        plan: Plan,
        port: Option<u16>,
        scribe: Arc<Scribe>,
    ) -> Result<Started, StartError> {
        let (docker, forbidden) = (self.docker.clone(), self.forbidden.clone());
        // On a task of its own: a caller who leaves drops what comes of it, and that ends the container.
        let starting = self
            .tasks
            .spawn(async move { docker.run(plan, scribe, forbidden).await });
        let started = starting.await.map_err(|_| StartCause::Stopped.silent())?;
        let (body, pipes, place) = started.map_err(|error| StartCause::Engine(error).silent())?;
        let door = match (port, place.address) {
            (None, _) => None,
            (Some(port), Some(address)) => Some(Door::Container(ContainerDoor {
                address: SocketAddr::new(address, port),
                pid: place.pid,
            })),
            (Some(_), None) => return Err(self.without_address(body).await),
        };
        Ok(Started {
            body,
            pipes,
            door,
            held: Held::default(),
        })
    }

    /// The port that the image says it listens on, where it says one and no other.
    pub(super) async fn port_of(&self, image: &str) -> Result<u16, EngineError> {
        let found = self.docker.image(image).await?;
        let ports = found
            .ok_or_else(|| EngineError::ImageGone { image: image.into() })?
            .ports;
        Ok(match ports[..] {
            [port] => port,
            _ => USUAL_PORT,
        })
    }

    /// One that has ended already has no address; any other one has to have one.
    async fn without_address(&self, body: super::body::Body) -> StartError {
        let ended = tokio::time::timeout(Duration::from_secs(1), body.exited()).await;
        let cause = match ended {
            Ok(status) => StartCause::Exited { status, junk: None },
            Err(_) => StartCause::Unreachable,
        };
        let stderr = body.last_words().await;
        StartError { cause, stderr }
    }
}

fn plan(launch: &Launch, image: &str, label: &str, port: Option<u16>, tokens: Option<&TokenFolder>) -> Plan {
    let number = port.map(|port| port.to_string());
    let arguments = launch.argv.iter().map(|argument| match &number {
        Some(number) => argument.replace("{port}", number),
        None => argument.clone(),
    });
    Plan {
        label: label.to_owned(),
        image: image.to_owned(),
        program: None,
        arguments: arguments.collect(),
        directory: None,
        account: None,
        env: environment(launch, port, tokens),
        labels: labels(launch),
        piped: port.is_none(),
        limits: Limits::of(&launch.run),
        root: launch.root.unwrap_or(Root::Writable),
        binds: tokens.map(bind).into_iter().collect(),
    }
}

/// What a container has in its environment, besides what its image says.
pub(super) fn environment(
    launch: &Launch,
    port: Option<u16>,
    tokens: Option<&TokenFolder>,
) -> Vec<(String, Secret<String>)> {
    let port = port.map(|port| ("PORT".to_owned(), Secret::new(port.to_string())));
    let files = tokens.into_iter().flat_map(TokenFolder::variables);
    let files = files.map(|(name, path)| {
        let path = path.to_string_lossy().into_owned();
        (name.as_str().to_owned(), Secret::new(path))
    });
    // The last of two values counts.
    port.into_iter()
        .chain(launch.env.iter().cloned())
        .chain(files)
        .collect()
}

pub(super) fn labels(launch: &Launch) -> Vec<(&'static str, String)> {
    vec![
        ("dev.berth.connector", launch.name.to_string()),
        ("dev.berth.release", launch.number.to_string()),
    ]
}

/// The folder, not the files: they are replaced by renames, which a mount of a file would not show.
pub(super) fn bind(tokens: &TokenFolder) -> Bind {
    Bind {
        path: tokens.path().to_owned(),
        access: Access::Read,
    }
}

/// Where a connector is to listen in its container's own network.
pub(super) struct ContainerDoor {
    address: SocketAddr,
    /// A process in that network.
    pid: Option<i32>,
}

impl ContainerDoor {
    /// Waits until something accepts connections there. Fails when it turns out that it listens where nobody can
    /// reach it; `after` is the time that it has.
    pub(super) async fn listening(&self, after: Duration) -> Result<SocketAddr, StartCause> {
        let mut hidden_since = None;
        let open = async {
            let mut pause = Duration::from_millis(5);
            while TcpStream::connect(self.address).await.is_err() {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(100));
            }
        };
        let hidden = async {
            loop {
                tokio::time::sleep(LOOK).await;
                let since = match (self.is_hidden(), hidden_since) {
                    (false, _) => None,
                    (true, since) => since.or(Some(Instant::now())),
                };
                hidden_since = since;
                if since.is_some_and(|since| since.elapsed() >= HIDDEN_GRACE.min(after / 2)) {
                    return;
                }
            }
        };
        tokio::select! {
            () = open => Ok(self.address),
            () = hidden => Err(StartCause::LoopbackOnly { port: self.address.port() }),
        }
    }

    /// Why nothing answered within `after`.
    pub(super) fn closed(&self, after: Duration) -> StartCause {
        let port = self.address.port();
        let others = self.listening_at();
        StartCause::NotListening { port, others, after }
    }

    /// All addresses at which something listens in the container, as far as the broker may look.
    pub(super) fn listening_at(&self) -> Vec<SocketAddr> {
        let mut all: Vec<SocketAddr> = self
            .sockets()
            .map(|socket| SocketAddr::new(socket.address, socket.port))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn is_hidden(&self) -> bool {
        let mut at_port = self
            .sockets()
            .filter(|socket| socket.port == self.address.port())
            .peekable();
        at_port.peek().is_some() && at_port.all(|socket| socket.is_hidden())
    }

    /// What listens in the container, as far as the broker may look.
    fn sockets(&self) -> impl Iterator<Item = Listening> {
        let all = self.pid.into_iter().flat_map(Listening::beside);
        all.filter(|socket| socket.address != ENGINES_OWN)
    }
}
