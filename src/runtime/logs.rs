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
    model::{ConnectorId, Millis, now},
    secret::Secret,
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
/// A value shorter than this is no secret worth hiding, and hiding it would make lines unreadable.
const SHORTEST_SECRET: usize = 8;

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
    /// Values that were given to it in its environment: they are not to appear in what it says.
    secrets: Vec<Secret<String>>,
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
        mut secrets: Vec<Secret<String>>,
    ) -> Scribe {
        secrets.retain(|secret| secret.expose().len() >= SHORTEST_SECRET);
        // The longest first: a value may be part of another one.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Scribe {
            log: self.of(connector),
            number,
            instance,
            secrets,
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
        let mut text = String::from_utf8_lossy(raw)
            .trim_end()
            .replace(|c: char| c.is_control() && c != '\t', " ");
        for secret in &self.secrets {
            if text.contains(secret.expose().as_str()) {
                text = text.replace(secret.expose().as_str(), "***");
            }
        }
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
        let secrets = secrets.iter().map(|s| Secret::new((*s).to_owned())).collect();
        logs.scribe(connector, 3, "i1".into(), secrets)
    }

    #[test]
    fn lines_survive_a_restart_and_secrets_do_not_get_in() {
        let directory = tempfile::tempdir().unwrap();
        let connector = ConnectorId::random();
        let logs = Logs::new(directory.path().into());
        let one = scribe(&logs, &connector, &["canary-1234"]);
        one.line(b"token is canary-1234!\x1b[0m\r");
        one.line(b"two\twith tab");
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
