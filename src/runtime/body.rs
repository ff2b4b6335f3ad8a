//! What an instance runs in: watched until it ends, and ended step by step.

use std::{sync::Arc, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
};
use tokio_util::task::TaskTracker;

use super::{
    docker::Container,
    logs::{LINE, Scribe},
};
use crate::connector::{Lines, Overlong};

/// Something that was started. It is watched until it ends, whoever drops this.
#[derive(Debug)]
pub(super) struct Body {
    kind: Kind,
    exited: watch::Receiver<Option<String>>,
    pub(super) scribe: Arc<Scribe>,
    /// Closed when all that it wrote on standard error was read.
    heard: watch::Receiver<()>,
}

/// How it is ended.
#[derive(Debug)]
pub(super) enum Kind {
    /// A process that leads this group.
    Process(Pid),
    Container(Container),
}

/// How long a stop waits between its steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StopGrace {
    /// From the end of its input to SIGTERM.
    pub(crate) input: Duration,
    /// From SIGTERM to SIGKILL.
    pub(crate) term: Duration,
}

/// Its standard input and output, where it is spoken to over them.
pub(super) type Pipes = Option<(
    Box<dyn AsyncWrite + Send + Unpin>,
    Box<dyn AsyncRead + Send + Unpin>,
)>;

impl Body {
    /// `exited` is told how it ended, to be read after "the connector"; `heard` closes with the last line.
    pub(super) fn new(
        kind: Kind,
        exited: watch::Receiver<Option<String>>,
        scribe: Arc<Scribe>,
        heard: watch::Receiver<()>,
    ) -> Self {
        Self {
            kind,
            exited,
            scribe,
            heard,
        }
    }

    /// Waits for the end, and says how it ended: to be read after "the connector".
    pub(super) async fn exited(&self) -> String {
        let mut exited = self.exited.clone();
        let ended = exited.wait_for(Option::is_some).await;
        ended
            .ok()
            .and_then(|status| status.clone())
            .unwrap_or_else(|| "ended".into())
    }

    /// The process that all of its others descend from, where it is one of this machine.
    pub(super) fn leader(&self) -> Option<i32> {
        match &self.kind {
            Kind::Process(group) => Some(group.as_raw_nonzero().get()),
            Kind::Container(container) => container.pid(),
        }
    }

    /// Whether it has not ended yet.
    pub(super) fn is_running(&self) -> bool {
        self.exited.borrow().is_none()
    }

    /// Its last lines on standard error, once all was read that there is; waits a moment for that at most.
    pub(super) async fn last_words(&self) -> Vec<String> {
        let mut heard = self.heard.clone();
        let all = async { while heard.changed().await.is_ok() {} };
        _ = tokio::time::timeout(Duration::from_millis(250), all).await;
        self.scribe.tail()
    }

    /// Ends it, step by step: its input was closed already where it has one, and it gets `grace.input` to leave by
    /// itself; then SIGTERM; then SIGKILL, each to all that belongs to it. Returns when it is gone.
    pub(super) async fn stop(&self, grace: StopGrace, had_input: bool) {
        if !self.is_running() {
            return self.gone().await;
        }
        let wait = async |time| tokio::time::timeout(time, self.exited()).await.is_ok();
        if !had_input || !wait(grace.input).await {
            match &self.kind {
                Kind::Process(group) => {
                    signal(*group, Signal::TERM);
                    if !wait(grace.term).await {
                        signal(*group, Signal::KILL);
                    }
                }
                Kind::Container(container) => container.stop(grace.term, self.exited()).await,
            }
        }
        self.gone().await;
    }

    /// Waits until nothing of it is left.
    async fn gone(&self) {
        self.exited().await;
        if let Kind::Container(container) = &self.kind {
            container.removed().await;
        }
    }
}

/// Signals everything in a group.
pub(super) fn signal(group: Pid, signal: Signal) {
    // Fails when nobody is left in the group, which is what was wanted.
    _ = kill_process_group(group, signal);
}

/// Gives each line of `stream` to `scribe`; lets go of `listening` after the last.
pub(super) fn listen(
    stream: Option<impl AsyncRead + Send + Unpin + 'static>,
    scribe: &Arc<Scribe>,
    listening: watch::Sender<()>,
    tasks: &TaskTracker,
) {
    let Some(stream) = stream else { return };
    let scribe = Arc::clone(scribe);
    tasks.spawn(async move {
        let mut lines = Lines::new(stream, LINE, Overlong::Split);
        let mut begun = Vec::new();
        while let Ok(Some(piece)) = lines.next().await {
            match lines.is_cut() {
                // Where a long line is cut, a secret must not be: what may be the beginning of one waits for the rest.
                true => {
                    begun.extend_from_slice(&piece);
                    let rest = begun.split_off(scribe.safe_length(&begun));
                    scribe.line(&begun);
                    begun = rest;
                }
                false if begun.is_empty() => scribe.line(&piece),
                false => {
                    begun.extend_from_slice(&piece);
                    scribe.line(&begun);
                    begun.clear();
                }
            }
        }
        scribe.line(&begun);
        drop(listening);
    });
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::{
        connector::Hidden,
        model::ConnectorId,
        runtime::logs::{LogQuery, Logs},
    };

    #[tokio::test]
    async fn a_secret_is_hidden_also_where_a_long_line_is_cut() {
        let directory = tempfile::tempdir().unwrap();
        let (logs, connector) = (Logs::new(directory.path().into()), ConnectorId::random());
        let hidden = Arc::new(Hidden::new(["canary-1234"].into_iter()));
        let scribe = Arc::new(logs.scribe(&connector, 1, None, "i".into(), hidden));
        let (mut said, stream) = tokio::io::duplex(64);
        let (listening, mut heard) = watch::channel(());
        listen(Some(stream), &scribe, listening, &TaskTracker::new());
        for before in LINE - 12..=LINE {
            let line = format!("{}canary-1234{}\n", "x".repeat(before), "y".repeat(2 * LINE));
            said.write_all(line.as_bytes()).await.unwrap();
        }
        said.write_all(format!("{}canary", "z".repeat(LINE - 3)).as_bytes())
            .await
            .unwrap();
        drop(said);
        heard.changed().await.unwrap_err();
        let lines = logs.read(&connector, &LogQuery::default()).lines;
        let text: String = lines.into_iter().map(|line| line.text).collect();
        assert_eq!(text.matches("***").count(), 13);
        assert!(text.ends_with("zcanary") && text.matches("canary").count() == 1);
        assert_eq!(text.matches('y').count(), 13 * 2 * LINE + 1);
    }
}
