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
        if self.ring.len() == RING {
            self.left = self.ring.pop_front().map_or(self.left, |line| line.position);
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
mod tests {
    use super::*;

    fn scribe(logs: &Logs, connector: &ConnectorId, secrets: &[&str]) -> Scribe {
        let hidden = Arc::new(Hidden::new(secrets.iter().copied()));
        logs.scribe(connector, 3, None, "i1".into(), hidden)
    }

    fn all(logs: &Logs, connector: &ConnectorId) -> Vec<LogLine> {
        logs.read(connector, &LogQuery::default()).lines
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
        let lines = all(&logs, &connector);
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["token is ***! [0m", "two\twith tab"]);
        assert_eq!((lines[0].number, lines[0].instance.as_str()), (3, "i1"));
        logs.forget(&connector);
        assert_eq!(all(&logs, &connector), []);
        assert!(!directory.path().join(connector.as_str()).exists());
    }

    #[test]
    fn lines_are_found_by_what_they_tell() {
        let directory = tempfile::tempdir().unwrap();
        let connector = ConnectorId::random();
        let folder = directory.path().join(connector.as_str());
        fs::create_dir_all(&folder).unwrap();
        fs::write(
            folder.join("log"),
            "1000\t1\told\tsaid\tbefore\nno line\n#x\t1\t1\t-\ti\tt\n",
        )
        .unwrap();
        let logs = Logs::new(directory.path().into());
        let (ada, bob) = (UserId::random(), UserId::random());
        for (number, user, text) in [
            (2, Some(&ada), "a2"),
            (2, Some(&bob), "b2"),
            (3, Some(&ada), "a3"),
            (3, None, "all"),
        ] {
            let scribe = logs.scribe(
                &connector,
                number,
                user.cloned(),
                "i".into(),
                Arc::new(Hidden::new(std::iter::empty::<&str>())),
            );
            scribe.line(text.as_bytes());
        }
        let logs = Logs::new(directory.path().into());
        let found = |query: LogQuery| {
            let part = logs.read(&connector, &query);
            assert!(!part.gap);
            part.lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
        };
        let any = LogQuery::default;
        assert_eq!(found(any()), ["said\tbefore", "a2", "b2", "a3", "all"]);
        assert_eq!(
            found(LogQuery {
                user: Some(ada.clone()),
                ..any()
            }),
            ["a2", "a3"]
        );
        assert_eq!(
            found(LogQuery {
                user: Some(ada),
                number: Some(3),
                ..any()
            }),
            ["a3"]
        );
        assert_eq!(
            found(LogQuery {
                number: Some(2),
                last: Some(1),
                ..any()
            }),
            ["b2"]
        );
        assert_eq!(
            found(LogQuery {
                since: Some(1001),
                last: Some(9),
                ..any()
            })
            .len(),
            4
        );
        let lines = all(&logs, &connector);
        assert_eq!(
            found(LogQuery {
                after: Some(lines[2].position),
                ..any()
            }),
            ["a3", "all"]
        );
        assert_eq!(lines[0].user, None);
    }

    #[test]
    fn positions_grow_over_restarts_and_tell_what_was_missed() {
        let directory = tempfile::tempdir().unwrap();
        let connector = ConnectorId::random();
        let logs = Logs::new(directory.path().into());
        let one = scribe(&logs, &connector, &[]);
        one.line(b"first");
        let after = Some(logs.read(&connector, &LogQuery::default()).position);
        let logs = Logs::new(directory.path().into());
        let one = scribe(&logs, &connector, &[]);
        for n in 0..RING {
            one.line(n.to_string().as_bytes());
        }
        let query = LogQuery {
            after,
            ..LogQuery::default()
        };
        let part = logs.read(&connector, &query);
        assert_eq!((part.lines.len(), part.gap), (RING, false));
        assert!(part.lines.is_sorted_by(|one, next| one.position < next.position));
        one.line(b"one more");
        let part = logs.read(&connector, &query);
        assert_eq!((part.lines.len(), part.gap), (RING, true));
        let end = LogQuery {
            after: Some(part.position),
            ..query
        };
        assert_eq!(
            logs.read(&connector, &end),
            LogPart {
                position: part.position,
                ..LogPart::default()
            }
        );
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
