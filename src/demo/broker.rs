//! The demo's broker: `berth serve` of this same executable, in a child process.

use std::{collections::VecDeque, process::Stdio, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::Child,
    sync::oneshot,
    time::timeout,
};
use tokio_util::task::TaskTracker;
use url::Url;

use super::{shell::Shell, tell::Tell};

const START_DEADLINE: Duration = Duration::from_secs(20);
/// The broker gives calls in flight 30 seconds; the demo has none left when it stops.
const STOP_DEADLINE: Duration = Duration::from_secs(20);
const LINES_KEPT: usize = 15;
const READY: &str = "listening on ";

pub(crate) struct Broker {
    child: Child,
    pub(crate) url: Url,
    last: Last,
}

/// The last lines that it wrote, for the moment when something fails.
type Last = Arc<Mutex<VecDeque<String>>>;

impl Broker {
    /// Starts it on a free port, and waits until it says where it listens.
    pub(crate) async fn start(
        shell: &Shell,
        tasks: &TaskTracker,
        tell: &mut Tell<'_>,
    ) -> anyhow::Result<Self> {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"];
        tell.typed(&format!("berth {}", serve.join(" ")));
        // Through the helper that lets no child outlive its parent, so that a killed demo leaves nothing behind. A
        // process group of its own keeps a terminal's Ctrl-C from reaching it: the demo stops it, in order.
        let program = shell
            .program()
            .to_str()
            .context("berth's own path is not UTF-8")?;
        let parent = std::process::id().to_string();
        let mut child = shell
            .command(&[&["__exec", "--", &parent, program], &serve[..]].concat())
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("could not start the broker")?;
        let stderr = child.stderr.take().context("the broker has no stderr")?;
        let (last, (said, ready)) = (Last::default(), oneshot::channel());
        tasks.spawn(listen(stderr, Arc::clone(&last), said));
        let url = match timeout(START_DEADLINE, ready).await {
            Ok(Ok(url)) => url,
            Ok(Err(_)) => bail!("the broker ended at once:\n{}", words(&last)),
            Err(_) => bail!("the broker did not start within 20 s:\n{}", words(&last)),
        };
        tell.answered(&format!("{READY}{}", url.as_str().trim_end_matches('/')));
        Ok(Self { child, url, last })
    }

    /// The address of `path` at this broker.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    /// The last lines of its log.
    pub(crate) fn last_words(&self) -> String {
        words(&self.last)
    }

    /// Stops it with SIGTERM and waits for its end; it must have drained and exited with 0.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
            .with_context(|| format!("the broker ended by itself:\n{}", words(&self.last)))?;
        kill_process(pid, Signal::TERM).context("could not stop the broker")?;
        let status = timeout(STOP_DEADLINE, self.child.wait())
            .await
            .context("the broker did not stop within 20 s of SIGTERM")?
            .context("could not wait for the broker")?;
        if !status.success() {
            bail!("the broker ended with {status}:\n{}", words(&self.last));
        }
        Ok(())
    }
}

/// Reads the broker's log to its end, says where it listens as soon as it is known, and keeps the last lines.
async fn listen(stderr: impl AsyncRead + Unpin, last: Last, said: oneshot::Sender<Url>) {
    let mut said = Some(said);
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(url) = address(&line)
            && let Some(said) = said.take()
        {
            // The demo may have given up waiting; the log is read on all the same.
            let _ = said.send(url);
        }
        let mut last = last.lock();
        if last.len() == LINES_KEPT {
            last.pop_front();
        }
        last.push_back(line);
    }
}

fn address(line: &str) -> Option<Url> {
    let (_, rest) = line.split_once(READY)?;
    let url = rest.split(|c: char| c.is_whitespace() || c == '"').next()?;
    Url::parse(url).ok()
}

fn words(last: &Last) -> String {
    let last = last.lock();
    let lines: Vec<&str> = last.iter().map(String::as_str).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_address_is_read_from_the_log() {
        let (said, ready) = oneshot::channel();
        let last = Last::default();
        let log = "made a master key\nINFO listening on http://127.0.0.1:4567\nmore\n";
        listen(log.as_bytes(), Arc::clone(&last), said).await;
        assert_eq!(ready.await.unwrap().as_str(), "http://127.0.0.1:4567/");
        assert_eq!(words(&last), log.trim_end());
    }
}
