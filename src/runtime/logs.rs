//! What connectors say: a ring in memory and a capped file for each.

use std::{
    collections::{HashMap, VecDeque},
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;

use crate::{
    connector::Hidden,
    model::{ConnectorId, Millis, now},
};

/// How many lines of a connector are kept at hand.
const RING: usize = 2000;
/// How large its file grows before it becomes the older one of two, in bytes.
const FILE: u64 = 1024 * 1024;
/// The longest line, in bytes; longer ones are cut into several.
pub(super) const LINE: usize = 8 * 1024;
/// How many last lines explain an end, and how much of each, in characters.
const TAIL: usize = 20;
const TAIL_LINE: usize = 500;
/// How much of what a connector said is put into an error, in characters.
const EXCERPT: usize = 300;

/// One line that an instance wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLine {
    pub(crate) at: Millis,
    /// The release's number.
    pub(crate) number: i64,
    /// Which of its instances.
    pub(crate) instance: String,
    pub(crate) text: String,
}

/// The logs of all connectors.
#[derive(Debug)]
pub(super) struct Logs {
    directory: PathBuf,
    open: Mutex<HashMap<ConnectorId, Arc<Mutex<Log>>>>,
}

#[derive(Debug)]
struct Log {
    directory: PathBuf,
    ring: VecDeque<LogLine>,
    file: Option<File>,
    written: u64,
}

/// Where one instance writes.
#[derive(Debug)]
pub(super) struct Scribe {
    log: Arc<Mutex<Log>>,
    number: i64,
    instance: String,
    hidden: Arc<Hidden>,
    tail: Mutex<VecDeque<String>>,
}

impl Logs {
    pub(super) fn new(directory: PathBuf) -> Self {
        let open = Mutex::new(HashMap::new());
        Self { directory, open }
    }

    /// A writer for one instance; `instance` is its name in the log.
    pub(super) fn scribe(
        &self,
        connector: &ConnectorId,
        number: i64,
        instance: String,
        hidden: Arc<Hidden>,
    ) -> Scribe {
        Scribe {
            log: self.of(connector),
            number,
            instance,
            hidden,
            tail: Mutex::default(),
        }
    }

    /// The last `count` lines, oldest first.
    pub(super) fn last(&self, connector: &ConnectorId, count: usize) -> Vec<LogLine> {
        let log = self.of(connector);
        let log = log.lock();
        log.ring
            .iter()
            .skip(log.ring.len().saturating_sub(count))
            .cloned()
            .collect()
    }

    pub(super) fn forget(&self, connector: &ConnectorId) {
        let log = self.open.lock().remove(connector);
        if let Some(log) = log {
            let mut log = log.lock();
            log.ring.clear();
            log.file = None;
        }
        remove(&self.directory.join(connector.as_str()));
    }

    fn of(&self, connector: &ConnectorId) -> Arc<Mutex<Log>> {
        let mut open = self.open.lock();
        let log = open
            .entry(connector.clone())
            .or_insert_with(|| Arc::new(Mutex::new(Log::load(self.directory.join(connector.as_str())))));
        Arc::clone(log)
    }
}

impl Scribe {
    pub(super) fn line(&self, raw: &[u8]) {
        let text = self.clean(raw);
        if text.is_empty() {
            return;
        }
        let mut tail = self.tail.lock();
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(text.chars().take(TAIL_LINE).collect());
        drop(tail);
        self.log.lock().push(LogLine {
            at: now(),
            number: self.number,
            instance: self.instance.clone(),
            text,
        });
    }

    /// The beginning of something that it said otherwise, fit to stand in an error.
    pub(super) fn excerpt(&self, raw: &[u8]) -> String {
        // Cut before it is cleaned, since it may be as long as a message.
        let text = self.clean(&raw[..raw.len().min(LINE)]);
        text.chars().take(EXCERPT).collect()
    }

    fn clean(&self, raw: &[u8]) -> String {
        let text = String::from_utf8_lossy(raw);
        let text = text
            .trim_end()
            .replace(|c: char| c.is_control() && c != '\t', " ");
        self.hidden.hide(text)
    }

    /// The last lines, oldest first: at most 20, of at most 500 characters.
    pub(super) fn tail(&self) -> Vec<String> {
        self.tail.lock().iter().cloned().collect()
    }
}

impl Log {
    /// Starts with what an earlier broker wrote.
    fn load(directory: PathBuf) -> Self {
        let mut ring = VecDeque::new();
        for name in ["log.1", "log"] {
            let text = fs::read(directory.join(name)).unwrap_or_default();
            for line in String::from_utf8_lossy(&text).lines().filter_map(parse) {
                if ring.len() == RING {
                    ring.pop_front();
                }
                ring.push_back(line);
            }
        }
        let written = fs::metadata(directory.join("log")).map_or(0, |meta| meta.len());
        Self {
            directory,
            ring,
            file: None,
            written,
        }
    }

    fn push(&mut self, line: LogLine) {
        if let Err(error) = self.write(&line) {
            // The ring still has it; a full disk must not stop a connector.
            tracing::debug!(%error, "a connector's log could not be written");
            self.file = None;
        }
        if self.ring.len() == RING {
            self.ring.pop_front();
        }
        self.ring.push_back(line);
    }

    fn write(&mut self, line: &LogLine) -> io::Result<()> {
        if self.written >= FILE {
            self.file = None;
            fs::rename(self.directory.join("log"), self.directory.join("log.1"))?;
            self.written = 0;
        }
        if self.file.is_none() {
            fs::create_dir_all(&self.directory)?;
            let mut options = OpenOptions::new();
            options.create(true).append(true).mode(0o600);
            self.file = Some(options.open(self.directory.join("log"))?);
        }
        let text = format!("{}\t{}\t{}\t{}\n", line.at, line.number, line.instance, line.text);
        self.written += text.len() as u64;
        self.file
            .as_mut()
            .map_or(Ok(()), |file| file.write_all(text.as_bytes()))
    }
}

fn parse(line: &str) -> Option<LogLine> {
    let mut parts = line.splitn(4, '\t');
    Some(LogLine {
        at: parts.next()?.parse().ok()?,
        number: parts.next()?.parse().ok()?,
        instance: parts.next()?.to_owned(),
        text: parts.next()?.to_owned(),
    })
}

/// Removes a folder that may not be there.
pub(super) fn remove(directory: &Path) {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(directory = %directory.display(), %error, "could not be removed");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scribe(logs: &Logs, connector: &ConnectorId, secrets: &[&str]) -> Scribe {
        let hidden = Arc::new(Hidden::new(secrets.iter().copied()));
        logs.scribe(connector, 3, "i1".into(), hidden)
    }

    #[test]
    fn lines_survive_a_restart_and_secrets_do_not_get_in() {
        let directory = tempfile::tempdir().unwrap();
        let connector = ConnectorId::random();
        let logs = Logs::new(directory.path().into());
        let one = scribe(&logs, &connector, &["canary-1234"]);
        one.line(b"token is canary-1234!\x1b[0m\r");
        one.line(b"two\twith tab");
        let junk = format!("canary-1234\x07{}", "x".repeat(100_000));
        assert_eq!(one.excerpt(junk.as_bytes()), format!("*** {}", "x".repeat(296)));
        let logs = Logs::new(directory.path().into());
        let lines = logs.last(&connector, 10);
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["token is ***! [0m", "two\twith tab"]);
        assert_eq!((lines[0].number, lines[0].instance.as_str()), (3, "i1"));
        logs.forget(&connector);
        assert_eq!(logs.last(&connector, 10), []);
        assert!(!directory.path().join(connector.as_str()).exists());
    }

    #[test]
    fn files_and_tails_are_capped() {
        let directory = tempfile::tempdir().unwrap();
        let connector = ConnectorId::random();
        let logs = Logs::new(directory.path().into());
        let one = scribe(&logs, &connector, &[]);
        let long = "x".repeat(LINE);
        for _ in 0..400 {
            one.line(long.as_bytes());
        }
        assert_eq!((one.tail().len(), one.tail()[0].len()), (TAIL, TAIL_LINE));
        let folder = directory.path().join(connector.as_str());
        let sizes: u64 = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().metadata().unwrap().len())
            .sum();
        assert!(sizes < 2 * FILE + 2 * LINE as u64, "{sizes}");
    }
}
