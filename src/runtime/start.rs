//! From a launch to an instance that is ready.

use std::{io, sync::Arc, time::Duration};

use http::Uri;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
};

use super::{
    EngineChoice, Inner, Instance, InstanceKey, Launch, Limits, StartCause, StartError, TOKEN_FILES,
    body::{Body, Pipes},
    from_command::owner,
    from_image::ContainerDoor,
    health,
    instance::{Terms, Way},
    pool::{Place, Rank, Wish},
    ports::Port,
    table::{Begun, Entry, Unwanted},
    tokens::{Reader, TokenFolder},
    watch::{Held, watch_http, watch_stdio},
};
use crate::{
    connector::{ConnectorError, Gone, Hidden, Http, Life, Stdio},
    mcp::ClientSide,
    model::Transport,
};

/// How long a stdio connector may take to begin speaking MCP after it wrote something else.
const JUNK_GRACE: Duration = Duration::from_secs(10);

/// How often a start that waits for a place looks whether anybody waits for it.
const LOOK_BACK: Duration = Duration::from_millis(50);

impl Inner {
    /// Starts what `launch` says and settles its entry in the table, one way or the other.
    pub(super) async fn start(self: &Arc<Self>, entry: Entry, launch: Launch, rank: Rank) {
        let starting = async {
            let place = self.place(&entry, &launch, rank).await?;
            self.launch(&entry.begun, &launch, place).await
        };
        let started = tokio::select! {
            started = Box::pin(starting) => started,
            () = entry.unwanted.cancelled() => Err(StartCause::Stopped.silent()),
        };
        match started {
            Ok(instance) => match self.table.settle(entry, Arc::clone(&instance)) {
                Ok(older) => {
                    if instance.kept() < self.config.idle {
                        self.hasty.notify_one();
                    }
                    for old in older {
                        drop(self.retire(old, self.config.replaced));
                    }
                    self.watch(instance);
                }
                Err(unwanted) => {
                    let Unwanted { entry, instance } = *unwanted;
                    instance.stop(self.config.stop).await;
                    instance.forget_tokens();
                    self.table.fail(entry, Arc::new(StartCause::Stopped.silent()));
                }
            },
            Err(error) => {
                tracing::info!(connector = %launch.name, release = %launch.release, number = launch.number, %error, "an instance did not start");
                if let StartCause::Exited { status, .. } = &error.cause {
                    let key = &entry.begun.key;
                    let end = Gone {
                        status: status.clone(),
                        stderr: error.stderr.clone(),
                    };
                    self.crashes
                        .lock()
                        .record(key, &launch.connector, launch.number, end);
                }
                self.table.fail(entry, Arc::new(error));
            }
        }
    }

    /// Frees the instance's slot when it ends by itself.
    fn watch(self: &Arc<Self>, instance: Arc<Instance>) {
        let inner = Arc::clone(self);
        self.tasks.spawn(async move {
            let health = async {
                health::watch(&instance, inner.config.health).await;
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = instance.life().ended() => {}
                () = health => {}
            }
            instance.forget_tokens();
            inner.table.forget(&instance);
            // Its own home is what keeps one from being started again that had to leave it.
            if !instance.was_stopped() && !instance.was_evicted() {
                let Some(gone) = instance.life().gone() else {
                    return;
                };
                tracing::warn!(
                    instance = instance.label(),
                    status = gone.status,
                    "a connector ended by itself"
                );
                let (key, connector, number) = (instance.key(), instance.connector(), instance.number());
                inner.crashes.lock().record(key, connector, number, gone);
            }
        });
    }

    /// A place for what `entry` starts, when it is its turn.
    async fn place(&self, entry: &Entry, launch: &Launch, rank: Rank) -> Result<Place, StartError> {
        let wish = Wish::new(
            &launch.connector,
            &entry.begun.key,
            launch.run.max_instances,
            rank,
        );
        let mut turn = match self.pool.claim(wish) {
            Ok(place) => return Ok(place),
            Err(turn) => turn,
        };
        self.idleness.want();
        let (limit, waited) = (turn.limit, self.config.turn);
        let abandoned = async {
            while entry.is_awaited() {
                tokio::time::sleep(LOOK_BACK).await;
            }
        };
        let cause = tokio::select! {
            place = turn.place() => match place {
                Some(place) => return Ok(place),
                None => StartCause::Stopped,
            },
            // Nothing gives way to a caller who has left.
            () = abandoned => StartCause::Stopped,
            () = tokio::time::sleep(waited) => StartCause::Busy { limit, waited },
        };
        Err(cause.silent())
    }

    async fn launch(
        self: &Arc<Self>,
        begun: &Begun,
        launch: &Launch,
        place: Place,
    ) -> Result<Arc<Instance>, StartError> {
        let (key, label) = (&begun.key, begun.label.clone());
        let given = launch.env.iter().map(|(_, value)| value.expose().as_str());
        let hidden = Arc::new(Hidden::new(given));
        let scribe = Arc::new(self.logs.scribe(
            &launch.connector,
            launch.number,
            key.share.user().cloned(),
            label.clone(),
            Arc::clone(&hidden),
        ));
        let tokens = self
            .token_folder(key, launch, &label, &hidden)
            .map_err(|error| StartCause::NotRunnable(error).silent())?;
        let given = tokens.as_deref();
        let started = match (&launch.image, &self.config.engine) {
            (Some(image), _) => self.start_container(launch, image, &label, given, scribe).await?,
            (None, EngineChoice::Docker { image }) => {
                self.start_contained(key, launch, image, &label, given, scribe)
                    .await?
            }
            (None, EngineChoice::Process) => self.start_process(key, launch, &label, given, scribe).await?,
        };
        let terms = Terms {
            place: place.id(),
            kept: match launch.run.idle_timeout {
                Some(said) => Duration::from_secs(said.0),
                None => self.config.idle,
            },
            number: launch.number,
            started_at: begun.at,
            evicted: started.held.eviction(),
        };
        let mut starting = Starting {
            inner: Arc::clone(self),
            body: Arc::new(started.body),
            life: Life::new(Arc::clone(&self.idleness)),
            held: started.held.at(place),
            hidden,
            stdio: None,
            tokens,
            ready: false,
        };
        match starting.way(launch, started.pipes, started.door).await {
            Ok(way) => {
                starting.ready = true;
                starting.life.ready();
                let (life, body) = (Arc::clone(&starting.life), Arc::clone(&starting.body));
                let connector = launch.connector.clone();
                let instance = Instance::new(key.clone(), connector, label, life, body, way, terms);
                Ok(Arc::new(instance.with_tokens(starting.tokens.take())))
            }
            Err(cause) => Err(StartError {
                cause: match terms.evicted.is_cancelled() {
                    true => StartCause::HomeFull {
                        limit: Limits::of(&launch.run).disk,
                    },
                    false => self.explain(launch, cause).await,
                },
                // Read before it is stopped: what it says while it is being killed explains nothing.
                stderr: starting.stderr().await,
            }),
        }
    }

    /// The folder of the user's token, where it is in files.
    fn token_folder(
        &self,
        key: &InstanceKey,
        launch: &Launch,
        label: &str,
        hidden: &Arc<Hidden>,
    ) -> io::Result<Option<Arc<TokenFolder>>> {
        if launch.tokens.files.is_empty() {
            return Ok(None);
        }
        let identity = self.sandbox.identity(&launch.connector, owner(key));
        let reader = match (&launch.image, identity) {
            (Some(_), _) => Reader::Anyone,
            (None, Some(identity)) => Reader::Connector(identity),
            (None, None) => Reader::Broker,
        };
        let parent = self.config.directory.join(TOKEN_FILES);
        let (hidden, tasks) = (Arc::clone(hidden), self.tasks.clone());
        let folder = TokenFolder::make(&parent, label, &launch.tokens, reader, hidden, tasks)?;
        Ok(Some(Arc::new(folder)))
    }
}

/// What runs, and how it is to be reached.
pub(super) struct Started {
    pub(super) body: Body,
    pub(super) pipes: Pipes,
    /// Of an http connector.
    pub(super) door: Option<Door>,
    pub(super) held: Held,
}

/// Where an http connector is to listen.
pub(super) enum Door {
    /// On this machine.
    Here(Port),
    Container(ContainerDoor),
}

/// A connector on its way to being ready. Dropped before that, it takes what was started with it.
struct Starting {
    inner: Arc<Inner>,
    body: Arc<Body>,
    life: Arc<Life>,
    held: Held,
    hidden: Arc<Hidden>,
    stdio: Option<Stdio>,
    tokens: Option<Arc<TokenFolder>>,
    ready: bool,
}

impl Starting {
    async fn way(&mut self, launch: &Launch, pipes: Pipes, door: Option<Door>) -> Result<Way, StartCause> {
        match (&launch.transport, pipes, door) {
            (Transport::Http { path, .. }, _, Some(door)) => self.http(path, door).await,
            (_, Some(pipes), _) => self.stdio(pipes, &launch.client).await,
            _ => Err(StartCause::NotRunnable(io::Error::other("its pipes are missing"))),
        }
    }

    async fn stdio(
        &mut self,
        (stdin, stdout): (
            impl AsyncWrite + Send + Unpin + 'static,
            impl AsyncRead + Send + Unpin + 'static,
        ),
        client: &ClientSide,
    ) -> Result<Way, StartCause> {
        let (first_junk, mut junk) = watch::channel(None::<String>);
        let seen_junk = junk.clone();
        let scribe = Arc::clone(&self.body.scribe);
        let noise = move |line: &[u8]| {
            scribe.long_line(line);
            first_junk.send_if_modified(|first| {
                let is_first = first.is_none();
                if is_first {
                    *first = Some(scribe.excerpt(line));
                }
                is_first
            });
        };
        let stdio = Stdio::connect(stdin, stdout, Arc::clone(&self.life), noise, &self.inner.tasks);
        self.stdio = Some(stdio.clone());
        self.inner.tasks.spawn(watch_stdio(
            stdio.clone(),
            Arc::clone(&self.body),
            Arc::clone(&self.life),
            self.inner.config.stop,
            std::mem::take(&mut self.held),
        ));
        let after = self.inner.config.start_deadline;
        let junk_for_long = async {
            match junk
                .wait_for(Option::is_some)
                .await
                .ok()
                .and_then(|line| line.clone())
            {
                Some(line) => {
                    tokio::time::sleep(JUNK_GRACE.min(after / 2)).await;
                    line
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            initialized = stdio.initialize(client) => match initialized {
                Ok(initialized) => Ok(Way::Stdio { stdio, initialized, junk: seen_junk }),
                Err(ConnectorError::Gone { status, .. }) => {
                    let junk = seen_junk.borrow().clone();
                    Err(StartCause::Exited { status, junk })
                }
                Err(error) => {
                    let text = error.to_string();
                    Err(StartCause::Protocol(self.body.scribe.excerpt(text.as_bytes())))
                }
            },
            line = junk_for_long => Err(StartCause::Junk { line }),
            () = tokio::time::sleep(after) => Err(StartCause::TimedOut { after }),
        }
    }

    async fn http(&mut self, path: &str, door: Door) -> Result<Way, StartCause> {
        self.inner.tasks.spawn(watch_http(
            Arc::clone(&self.body),
            Arc::clone(&self.life),
            self.inner.config.drain,
            self.inner.config.stop,
            std::mem::take(&mut self.held),
        ));
        let after = self.inner.config.start_deadline;
        let address = tokio::select! {
            address = async { match &door {
                Door::Here(port) => Ok(port.listening().await),
                Door::Container(door) => door.listening(after).await,
            }} => address?,
            status = self.body.exited() => return Err(StartCause::Exited { status, junk: None }),
            () = tokio::time::sleep(after) => return Err(match door {
                Door::Here(_) => StartCause::TimedOut { after },
                Door::Container(door) => door.closed(after),
            }),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        let uri: Uri = format!("http://{address}{slash}{path}")
            .parse()
            .map_err(|_| StartCause::Protocol(format!("its path {path:?} can't stand in a URL")))?;
        let (life, tasks) = (Arc::clone(&self.life), self.inner.tasks.clone());
        let http = Http::new(
            uri,
            life,
            Arc::clone(&self.hidden),
            tasks,
            self.inner.config.first_byte,
        );
        Ok(Way::Http { http, address, door })
    }

    /// What it said, for the one who has to find out why it did not start.
    async fn stderr(&self) -> Vec<String> {
        if self.body.is_running() {
            self.body.scribe.tail()
        } else {
            self.body.last_words().await
        }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if self.ready {
            return;
        }
        self.life.close();
        if let Some(stdio) = &self.stdio {
            stdio.close_input();
        }
        let (body, grace, has_input) = (
            Arc::clone(&self.body),
            self.inner.config.stop,
            self.stdio.is_some(),
        );
        self.inner
            .leaving
            .spawn(async move { body.stop(grace, has_input).await });
    }
}
