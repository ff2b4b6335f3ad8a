//! Containers: made, attached to, started, watched, and removed whatever happens.

use std::{collections::HashMap, fs, net::IpAddr, sync::Arc, time::Duration};

use bollard::{
    container::{AttachContainerResults, LogOutput},
    errors::Error,
    models::ContainerInspectResponse,
    query_parameters::{
        AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, ListContainersOptionsBuilder,
        RemoveContainerOptionsBuilder, StopContainerOptionsBuilder, WaitContainerOptions,
    },
};
use futures_util::StreamExt as _;
use tokio::{
    io::{AsyncWriteExt as _, DuplexStream, duplex},
    sync::watch,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    BROKER, Docker, ENDING, EngineError, Plan, QUICK, RUN, SLOW, disk::Writable, plan::request, random,
};
use crate::{
    model::Bytes,
    runtime::{
        body::{Body, Kind, Pipes, listen},
        forbidden::Forbidden,
        limits::Limits,
        logs::Scribe,
    },
};

/// How much of a container's output waits for whoever reads it, in bytes.
const PIPE: usize = 64 * 1024;
/// How long an engine may take to see the end of a container that it has stopped.
const SEEN: Duration = Duration::from_secs(10);

/// A container that runs. It is removed when it ends, and ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Container {
    docker: Docker,
    id: String,
    pid: Option<i32>,
    /// Tells whoever watches it not to wait any more.
    end: CancellationToken,
    _end: DropGuard,
    /// Closed when it is removed.
    removed: watch::Receiver<()>,
}

/// Where a container is.
#[derive(Debug, Clone, Copy)]
pub(in crate::runtime) struct Place {
    /// Its own address in the engine's network.
    pub(crate) address: Option<IpAddr>,
    /// Its first process, where that is one of this machine, seen in its numbers.
    pub(crate) pid: Option<i32>,
}

impl Docker {
    /// Starts what `plan` says. Standard error, and standard output where it is not spoken over, go to `scribe`. As long
    /// as it runs, its address is among what is `forbidden` to the connectors that are processes.
    pub(in crate::runtime) async fn run(
        &self,
        plan: Plan,
        scribe: Arc<Scribe>,
        forbidden: Forbidden,
    ) -> Result<(Body, Pipes, Place), EngineError> {
        self.sweep_containers().await?;
        self.remove_leftovers().await;
        // Names are the engine's, not the broker's: those of another one must not be in the way.
        let unique = random().map_err(|error| EngineError::Broken {
            host: self.0.host.clone(),
            error: Box::new(error),
        })?;
        let name = format!("berth-{}-{}", plan.label, &unique[..8]);
        let network = self.network().await?;
        let (image, piped, limits) = (plan.image.clone(), plan.piped, plan.limits);
        let own = [(BROKER, self.0.broker.clone()), (RUN, self.0.run.clone())];
        let body = request(plan, own, network, self.link_local());
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        let created = self
            .ask(SLOW, |docker| async move {
                docker.create_container(Some(options), body).await
            })
            .await;
        let id = match created {
            Ok(created) => created.id,
            Err(error) if error.is_not_found() => return Err(EngineError::ImageGone { image }),
            Err(error) => {
                // It may have been made all the same.
                if !matches!(error, EngineError::Refused { .. }) {
                    self.0.leftovers.lock().push(name);
                }
                return Err(error);
            }
        };
        match self.start(&id, piped, limits, scribe, &forbidden).await {
            Ok(started) => Ok(started),
            Err(error) => {
                self.remove(&id).await;
                Err(error)
            }
        }
    }

    async fn start(
        &self,
        id: &str,
        piped: bool,
        limits: Limits,
        scribe: Arc<Scribe>,
        forbidden: &Forbidden,
    ) -> Result<(Body, Pipes, Place), EngineError> {
        // Before it starts, so that nothing it says is missed.
        let options = AttachContainerOptionsBuilder::new()
            .stream(true)
            .stdin(piped)
            .stdout(true)
            .stderr(true)
            .build();
        let attached = self
            .ask(QUICK, |docker| {
                let id = id.to_owned();
                async move { docker.attach_container(&id, Some(options)).await }
            })
            .await?;
        self.ask(SLOW, |docker| {
            let id = id.to_owned();
            async move { docker.start_container(&id, None).await }
        })
        .await?;
        let inspected = self.inspect(id).await?;
        let place = place(id, &inspected, &self.network_name());
        let writable = Writable::of(&inspected);
        let line = place.address.map(|address| forbidden.host(address));
        let line = line
            .transpose()
            .map_err(|error| EngineError::Unlisted { error })?;
        let (listening, heard) = watch::channel(());
        let over = CancellationToken::new();
        let pipes = self.connect(attached, piped, &scribe, listening, &over);
        let (tell, exited) = watch::channel(None);
        let (removing, removed) = watch::channel(());
        let end = CancellationToken::new();
        let container = Container {
            docker: self.clone(),
            id: id.to_owned(),
            pid: place.pid,
            end: end.clone(),
            _end: end.clone().drop_guard(),
            removed,
        };
        let (docker, id) = (self.clone(), id.to_owned());
        self.0.watching.spawn(async move {
            let status = tokio::select! {
                status = docker.end_of(&id, limits.memory) => status,
                () = docker.has_too_much(&id, &writable, limits.disk) => {
                    format!("ran out of room (it has written more than {}) and was stopped", limits.disk)
                }
                () = end.cancelled() => "was stopped".into(),
            };
            tell.send_replace(Some(status));
            docker.remove(&id).await;
            // What an engine that hangs has not sent by now does not come.
            over.cancel();
            // Its address may be another one's from now on.
            drop(line);
            drop(removing);
        });
        Ok((
            Body::new(Kind::Container(container), exited, scribe, heard),
            pipes,
            place,
        ))
    }

    /// Joins what the engine sends with those who read it.
    fn connect(
        &self,
        attached: AttachContainerResults,
        piped: bool,
        scribe: &Arc<Scribe>,
        listening: watch::Sender<()>,
        over: &CancellationToken,
    ) -> Pipes {
        let AttachContainerResults {
            mut output,
            mut input,
        } = attached;
        let tasks = &self.0.tasks;
        let (mut to_stdout, stdout) = duplex(PIPE);
        let (mut to_stderr, stderr) = duplex(PIPE);
        let demultiplex = async move {
            while let Some(Ok(piece)) = output.next().await {
                // One that nobody reads any more does not keep the other from being read.
                _ = match piece {
                    LogOutput::StdErr { message } => to_stderr.write_all(&message).await,
                    LogOutput::StdOut { message } | LogOutput::Console { message } => {
                        to_stdout.write_all(&message).await
                    }
                    LogOutput::StdIn { .. } => Ok(()),
                };
            }
        };
        tasks.spawn(over.clone().run_until_cancelled_owned(demultiplex));
        listen(Some(stderr), scribe, listening.clone(), tasks);
        if !piped {
            listen(Some(stdout), scribe, listening, tasks);
            return None;
        }
        let (stdin, mut from_stdin): (_, DuplexStream) = duplex(PIPE);
        let feed = async move {
            // Whoever writes drops its end to close the input; the engine has to be told in words.
            _ = tokio::io::copy(&mut from_stdin, &mut input).await;
            _ = input.shutdown().await;
        };
        tasks.spawn(over.clone().run_until_cancelled_owned(feed));
        Some((Box::new(stdin), Box::new(stdout)))
    }

    /// Waits for the end of a container, and says how it ended: to be read after "the connector".
    async fn end_of(&self, id: &str, memory: Bytes) -> String {
        let Ok(connection) = self.connection().await else {
            return LOST.into();
        };
        let mut ends = std::pin::pin!(connection.client.wait_container(id, None::<WaitContainerOptions>));
        let code = match ends.next().await {
            Some(Ok(ended)) => ended.status_code,
            Some(Err(Error::DockerContainerWaitError { code, .. })) => code,
            Some(Err(_)) | None => return LOST.into(),
        };
        let state = self.inspect(id).await.ok().and_then(|inspected| inspected.state);
        if state.and_then(|state| state.oom_killed) == Some(true) {
            return format!("ran out of memory (its limit is {memory}) and was killed");
        }
        describe(code)
    }

    async fn inspect(&self, id: &str) -> Result<ContainerInspectResponse, EngineError> {
        let id = id.to_owned();
        self.ask(QUICK, |docker| async move {
            docker.inspect_container(&id, None).await
        })
        .await
    }

    /// Removes a container, running or not. One that can't be removed now is removed before the next one is made.
    pub(super) async fn remove(&self, id: &str) {
        if let Err(error) = self.try_remove(id).await {
            tracing::warn!(
                container = id,
                error = &error as &dyn std::error::Error,
                "a container stays for now"
            );
            self.0.leftovers.lock().push(id.to_owned());
        }
    }

    async fn try_remove(&self, id: &str) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let id = id.to_owned();
        let removed = self
            .ask(ENDING, |docker| async move {
                docker.remove_container(&id, Some(options)).await
            })
            .await;
        match removed {
            // Somebody else removes it, or has.
            Err(EngineError::Refused {
                status: 404 | 409, ..
            }) => Ok(()),
            removed => removed,
        }
    }

    async fn remove_leftovers(&self) {
        let leftovers = std::mem::take(&mut *self.0.leftovers.lock());
        for id in leftovers {
            self.remove(&id).await;
        }
    }

    /// Removes, once, what earlier runs of this broker left: containers outlive a broker that is killed.
    pub(crate) async fn sweep_containers(&self) -> Result<(), EngineError> {
        self.0.swept.get_or_try_init(|| self.sweep()).await.map(drop)
    }

    async fn sweep(&self) -> Result<(), EngineError> {
        // Theirs is the network of this run, too.
        _ = self.learn(&self.network_name()).await;
        let filters = HashMap::from([("label", vec![format!("{BROKER}={}", self.0.broker)])]);
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&filters)
            .build();
        let containers = self
            .ask(QUICK, |docker| async move {
                docker.list_containers(Some(options)).await
            })
            .await?;
        for container in containers {
            let run = container.labels.as_ref().and_then(|labels| labels.get(RUN));
            if let (Some(id), true) = (container.id, run != Some(&self.0.run)) {
                tracing::info!(container = id, "removing what an earlier run of the broker left");
                // One that can't be removed is tried again later: no image need wait for that.
                self.remove(&id).await;
            }
        }
        Ok(())
    }
}

/// How a container ended whose engine went away.
const LOST: &str = "was lost with its Docker Engine";

impl Container {
    /// Its first process, where that is one of this machine.
    pub(crate) fn pid(&self) -> Option<i32> {
        self.pid
    }

    /// Asks it to end, and ends it after `term`. Returns when it is gone, or the engine does not help.
    pub(crate) async fn stop(&self, term: Duration, exited: impl Future) {
        let seconds = i32::try_from(term.as_millis().div_ceil(1000)).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        let id = self.id.clone();
        let stopped = self
            .docker
            .ask(term + ENDING, |docker| async move {
                docker.stop_container(&id, Some(options)).await
            })
            .await;
        let gone = match stopped {
            Ok(()) => tokio::time::timeout(SEEN, exited).await.is_ok(),
            Err(error) => error.is_not_found(),
        };
        if !gone {
            self.end.cancel();
        }
    }

    /// Completes when nothing of it is left, or the engine does not help.
    pub(crate) async fn removed(&self) {
        let mut removed = self.removed.clone();
        while removed.changed().await.is_ok() {}
    }
}

fn place(id: &str, inspected: &ContainerInspectResponse, network: &str) -> Place {
    let networks = inspected
        .network_settings
        .as_ref()
        .and_then(|settings| settings.networks.as_ref());
    let address = networks
        .and_then(|networks| networks.get(network))
        .and_then(|network| network.ip_address.as_ref()?.parse().ok());
    let pid = inspected.state.as_ref().and_then(|state| state.pid);
    Place {
        address,
        pid: pid
            .and_then(|pid| i32::try_from(pid).ok())
            .filter(|pid| is_here(*pid, id)),
    }
}

/// Whether `pid` is a process of the container in the numbers that this process sees, which it is not where the engine
/// is on another machine, or the broker in a container of its own.
fn is_here(pid: i32, id: &str) -> bool {
    // Control groups of containers are named after them.
    fs::read_to_string(format!("/proc/{pid}/cgroup")).is_ok_and(|groups| groups.contains(id))
}

/// How a container's first process ended: above 128, a signal ended what it started.
fn describe(code: i64) -> String {
    match code {
        137 => "was killed (SIGKILL)".into(),
        143 => "was stopped (SIGTERM)".into(),
        139 => "crashed (SIGSEGV)".into(),
        134 => "aborted (SIGABRT)".into(),
        code => format!("exited with status {code}"),
    }
}
