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
    model::{ConnectorId, Millis, UserId, now},
};

/// How many lines of a connector are kept at hand.
const RING: usize = 2000;
/// How large its file grows before it becomes the older one of two, in bytes.
const FILE: u64 = 1024 * 1024;
/// How many bytes these have at most: as much as the files.
const RING_BYTES: usize = 2 * FILE as usize;
/// The longest line, in bytes; longer ones are cut into several.
pub(super) const LINE: usize = 8 * 1024;
/// How many last lines explain an end, and how much of each, in characters.
const TAIL: usize = 20;
const TAIL_LINE: usize = 500;
/// How much of what a connector said is put into an error, in characters.
const EXCERPT: usize = 300;

/// What a line of the file begins with, since it tells its user; none before that did.
const MARK: char = '#';
/// Stands in the file for no user.
const NOBODY: &str = "-";

/// One line that an instance wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLine {
    /// Grows from line to line of a connector, also over restarts of the broker and over connectors of one name.
    pub(crate) position: u64,
    pub(crate) at: Millis,
    /// The release's number.
    pub(crate) number: i64,
    /// Whose instance it was; `None` for one that users share, and for a probe.
    pub(crate) user: Option<UserId>,
    /// Which of its instances.
    pub(crate) instance: String,
    pub(crate) text: String,
}

/// Which lines are wanted: those that fit each part that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogQuery {
    /// How many of the last that fit; `None`: all that are at hand.
    pub(crate) last: Option<usize>,
    /// Only lines behind this position.
    pub(crate) after: Option<u64>,
    /// Only lines that were written then or later.
    pub(crate) since: Option<Millis>,
    pub(crate) user: Option<UserId>,
    /// The release's number.
    pub(crate) number: Option<i64>,
}

/// What a [`LogQuery`] finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogPart {
    /// Oldest first.
    pub(crate) lines: Vec<LogLine>,
    /// The end of the log, whether or not its last line fits: go on `after` it.
    pub(crate) position: u64,
    /// Whether lines behind `after` are not at hand any more.
    pub(crate) gap: bool,
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
    /// The position of the last line, and of the last that left the ring.
    last: u64,
    left: u64,
    /// How many bytes the ring's lines have.
    held: usize,
    file: Option<File>,
    written: u64,
}

/// Where one instance writes.
#[derive(Debug)]
pub(super) struct Scribe {
    log: Arc<Mutex<Log>>,
    number: i64,
    user: Option<UserId>,
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
        user: Option<UserId>,
        instance: String,
        hidden: Arc<Hidden>,
    ) -> Scribe {
        Scribe {
            log: self.of(connector),
            number,
            user,
            instance,
            hidden,
            tail: Mutex::default(),
        }
    }

    pub(super) fn read(&self, connector: &ConnectorId, query: &LogQuery) -> LogPart {
        let log = self.of(connector);
        let log = log.lock();
        let fits = log.ring.iter().rev().filter(|line| query.fits(line));
        let mut lines: Vec<_> = fits.take(query.last.unwrap_or(RING)).cloned().collect();
        lines.reverse();
        LogPart {
            lines,
            position: log.last,
            gap: query.after.is_some_and(|after| after < log.left),
        }
    }

    pub(super) fn forget(&self, connector: &ConnectorId) {
        let log = self.open.lock().remove(connector);
        if let Some(log) = log {
            let mut log = log.lock();
            log.ring.clear();
            log.held = 0;
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

impl LogQuery {
    fn fits(&self, line: &LogLine) -> bool {
        self.after.is_none_or(|after| line.position > after)
            && self.since.is_none_or(|since| line.at >= since)
            && self.number.is_none_or(|number| line.number == number)
            && (self.user.is_none() || self.user == line.user)
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
            position: 0,
            at: now(),
            number: self.number,
            user: self.user.clone(),
            instance: self.instance.clone(),
            text,
        });
    }

    /// The beginning of a line that may be as long as a message.
    pub(super) fn long_line(&self, raw: &[u8]) {
        let Some(start) = raw.get(..LINE).filter(|start| start.len() < raw.len()) else {
            return self.line(raw);
        };
        let (start, rest) = raw.split_at(self.safe_length(start));
        let more = format!(" … and {} bytes more", rest.len());
        self.line(&[start, more.as_bytes()].concat());
    }

    /// How much of a line that goes on can be written before the rest is there.
    pub(super) fn safe_length(&self, raw: &[u8]) -> usize {
        self.hidden.safe_length(raw)
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
        let written = fs::metadata(directory.join("log")).map_or(0, |meta| meta.len());
        let mut log = Self {
            directory,
            ring: VecDeque::new(),
            last: 0,
            left: 0,
            held: 0,
            file: None,
            written,
        };
        for name in ["log.1", "log"] {
            let text = fs::read(log.directory.join(name)).unwrap_or_default();
            for line in String::from_utf8_lossy(&text).lines().filter_map(parse) {
                log.keep(line);
            }
        }
        log
    }

    fn push(&mut self, line: LogLine) {
        let line = self.keep(line).clone();
        if let Err(error) = self.write(&line) {
            // The ring still has it; a full disk must not stop a connector.
            tracing::debug!(%error, "a connector's log could not be written");
            self.file = None;
        }
    }

    /// Puts a line into the ring, behind all that are there.
    fn keep(&mut self, mut line: LogLine) -> &LogLine {
        // Made from the time, so that it grows also where an earlier log of the name is gone; a clock that is put
        // back does not turn it around.
        let by_clock = u64::try_from(line.at).unwrap_or(0).saturating_mul(1000);
        line.position = line.position.max(by_clock).max(self.last + 1);
        self.last = line.position;
        self.held += line.text.len();
        while self.ring.len() == RING || self.held > RING_BYTES {
            let Some(line) = self.ring.pop_front() else { break };
            self.left = line.position;
            self.held -= line.text.len();
        }
        self.ring.push_back(line);
        &self.ring[self.ring.len() - 1]
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
        let user = line.user.as_ref().map_or(NOBODY, UserId::as_str);
        let text = format!(
            "{MARK}{}\t{}\t{}\t{user}\t{}\t{}\n",
            line.position, line.at, line.number, line.instance, line.text
        );
        self.written += text.len() as u64;
        self.file
            .as_mut()
            .map_or(Ok(()), |file| file.write_all(text.as_bytes()))
    }
}

/// Reads a line of the file: with the mark `position at number user instance text`, without it the older
/// `at number instance text`, tabs between them.
fn parse(line: &str) -> Option<LogLine> {
    let (mut parts, position, marked) = match line.strip_prefix(MARK) {
        Some(rest) => {
            let (position, rest) = rest.split_once('\t')?;
            (rest.splitn(5, '\t'), position.parse().ok()?, true)
        }
        None => (line.splitn(4, '\t'), 0, false),
    };
    let (at, number) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let user = if marked { Some(parts.next()?) } else { None };
    Some(LogLine {
        position,
        at,
        number,
        user: user
            .filter(|user| *user != NOBODY)
            .map(|user| user.to_owned().into()),
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
mod tests;
