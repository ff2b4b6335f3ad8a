//! The demo: the main job, done by itself against real pieces on loopback, in a temporary folder.
//!
//! A [`provider`] that is as strict as real ones are, a [`broker`] (this same executable in a child process), two
//! [`connectors`] that contain no OAuth, and two people ([`person`]) with a [`browser`] and an MCP [`client`] each.
//! Everything that an operator would type is typed ([`shell`]) and shown ([`tell`]); the order of it all is in
//! [`story`]. The demo knows berth only from outside: by its commands, pages and endpoints.
//!
//! Errors are for a person to read: `anyhow`, with the step in front.

use std::{
    path::{Path, PathBuf},
    pin::pin,
};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::task::TaskTracker;

use broker::Broker;
use provider::Provider;
use shell::Shell;
pub(crate) use tell::Line;
use tell::Tell;

mod broker;
mod browser;
mod client;
mod connectors;
mod keep;
mod person;
mod provider;
mod shell;
mod story;
mod tell;

pub(crate) struct Options {
    /// The `berth` executable that the demo drives.
    pub(crate) program: PathBuf,
    /// Leaves the broker up after the last step, until Ctrl-C.
    pub(crate) keep: bool,
}

/// How a demo without errors ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Played,
    /// By Ctrl-C, before the last step was over.
    Interrupted,
}

/// What everything is played on. Its folder is deleted with it.
struct Stage {
    folder: TempDir,
    shell: Shell,
    provider: Provider,
    /// Set by the first step.
    broker: Option<Broker>,
    tasks: TaskTracker,
}

/// Plays the demo; every line that it has to say goes to `say`. The error of a failed step names the step.
pub(crate) async fn run(options: &Options, say: &mut (dyn FnMut(Line) + Send)) -> anyhow::Result<Ending> {
    use_ring();
    let mut tell = Tell::new(say);
    let mut interrupted = pin!(interruption()?);
    let mut stage = Stage::set(&options.program).await?;
    let played = tokio::select! {
        played = story::play(&mut stage, &mut tell) => Some(played),
        () = &mut interrupted => None,
    };
    let outcome = match played {
        None => Ok(Ending::Interrupted),
        Some(Ok(cast)) => {
            if let (true, Some(broker)) = (options.keep, &stage.broker) {
                tell.plain(&keep::instructions(broker, &cast, &stage.shell.config()));
                interrupted.await;
            }
            Ok(Ending::Played)
        }
        Some(Err(error)) => {
            if let Some(broker) = &stage.broker {
                tell.note("the broker's last lines:");
                tell.answered(&broker.last_words());
            }
            Err(error.context(tell.place()))
        }
    };
    // Whatever happened, the broker is stopped and the folder deleted; the first error is the one that is told.
    let cleared = stage.clear().await.context("the demo's end failed");
    outcome.and_then(|ending| cleared.map(|()| ending))
}

impl Stage {
    async fn set(program: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("berth-demo-")
            .tempdir()
            .context("could not make a temporary folder")?;
        let tasks = TaskTracker::new();
        Ok(Self {
            shell: Shell::new(program, folder.path()),
            provider: Provider::start(&tasks).await?,
            broker: None,
            folder,
            tasks,
        })
    }

    async fn clear(self) -> anyhow::Result<()> {
        let stopped = match self.broker {
            Some(broker) => broker.stop().await,
            None => Ok(()),
        };
        drop(self.provider);
        self.tasks.close();
        self.tasks.wait().await;
        self.folder
            .close()
            .context("could not delete the temporary folder")?;
        stopped
    }
}

/// Completes at the first Ctrl-C or SIGTERM. Both are caught from the moment of this call on.
fn interruption() -> anyhow::Result<impl Future<Output = ()>> {
    let catch = |kind| signal(kind).context("could not listen for signals");
    let (mut typed, mut asked) = (catch(SignalKind::interrupt())?, catch(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = typed.recv() => {}
            _ = asked.recv() => {}
        }
    })
}

/// The HTTP client wants to know whose TLS it would use, even where all it does is plain HTTP on loopback.
fn use_ring() {
    // An error only says that one was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
