//! A terminal with `berth` in it, and somebody who types.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use expectrl::{
    Expect as _, Needle,
    process::{Termios as _, unix::WaitStatus},
    session::OsSession,
};
use tokio::process::Command;

use super::program::PATIENCE;

pub(crate) const CTRL_C: &str = "\u{3}";
/// What shows the cursor again.
pub(crate) const CURSOR: &str = "\u{1b}[?25h";

/// What somebody sees and types. It blocks: tests have it through [`at`].
pub(crate) struct Terminal {
    session: OsSession,
    said: Vec<u8>,
}

/// What a command left in its terminal.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    /// All that was written to the terminal, echoes included.
    pub(crate) said: String,
    /// Standard output, where that was no terminal.
    pub(crate) stdout: String,
}

/// Standard output goes to `$0`, the lines are `$1` wide. expectrl's terminals begin without an echo.
const SHELL: &str = "trap : INT
stty echo cols $1 rows 24
shift
\"$@\" >$0
status=$?
stty -a | grep -q ' -echo ' && echo 'THE ECHO IS OFF'
exit $status";

/// Runs `command` in a terminal of 80 columns, in which `talk` is had, and waits for its end.
pub(crate) async fn at(command: &mut Command, talk: impl FnOnce(&mut Terminal) + Send + 'static) -> Ended {
    shown(command, 80, None, talk).await
}

/// The same in a terminal of so many columns. With `stdout`, standard output is that file; all else is the terminal.
pub(crate) async fn shown(
    command: &mut Command,
    columns: u16,
    stdout: Option<PathBuf>,
    talk: impl FnOnce(&mut Terminal) + Send + 'static,
) -> Ended {
    let given = command.as_std();
    let mut inner = std::process::Command::new("sh");
    inner.args(["-c", SHELL]);
    inner.arg(stdout.as_deref().unwrap_or(Path::new("/dev/tty")));
    inner.arg(columns.to_string());
    inner.arg(given.get_program()).args(given.get_args());
    inner.env_clear().env("TERM", "xterm");
    inner.envs(given.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = given.get_current_dir() {
        inner.current_dir(folder);
    }
    let ended = tokio::task::spawn_blocking(move || {
        let mut session = OsSession::spawn(inner).unwrap();
        session.set_expect_timeout(Some(PATIENCE));
        let mut terminal = Terminal {
            session,
            said: Vec::new(),
        };
        talk(&mut terminal);
        terminal.end()
    });
    let mut ended = ended.await.unwrap();
    if let Some(path) = stdout {
        ended.stdout = fs::read_to_string(path).unwrap();
    }
    ended
}

impl Terminal {
    /// Waits until `text` stands there.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) {
        self.wait_for(text, text);
    }

    #[track_caller]
    fn wait_for(&mut self, needle: impl Needle, what: &str) {
        match self.session.expect(needle) {
            Ok(found) => self.said.extend_from_slice(found.as_bytes()),
            Err(error) => {
                let mut said = String::from_utf8_lossy(&self.said).into_owned();
                let mut rest = [0; 4096];
                if let Ok(read) = self.session.try_read(&mut rest) {
                    said.push_str(&String::from_utf8_lossy(&rest[..read]));
                }
                panic!("{error}: no {what:?} in {said}");
            }
        }
    }

    /// Answers a question.
    #[track_caller]
    pub(crate) fn answer(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.session.send_line(answer).unwrap();
    }

    /// Answers a question whose answer is not shown.
    #[track_caller]
    pub(crate) fn answer_unseen(&mut self, question: &str, answer: &str) {
        self.expect(question);
        self.wait_until_unseen();
        self.session.send_line(answer).unwrap();
    }

    /// As it stops echoing, a terminal throws away what was typed before.
    #[track_caller]
    pub(crate) fn wait_until_unseen(&mut self) {
        let until = Instant::now() + PATIENCE;
        while self.session.is_echo().unwrap() {
            assert!(Instant::now() < until, "a secret is echoed");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.session.send(keys).unwrap();
    }

    #[track_caller]
    fn end(mut self) -> Ended {
        self.wait_for(expectrl::Eof, "end");
        let status = match self.session.get_process().wait().unwrap() {
            WaitStatus::Exited(_, code) => Some(code),
            _ => None,
        };
        Ended {
            status,
            said: String::from_utf8_lossy(&self.said).into_owned(),
            stdout: String::new(),
        }
    }
}

impl Ended {
    /// Panics unless it ended with `status`, each of `parts` was to be read, and the terminal is as it was before.
    #[track_caller]
    pub(crate) fn with(self, status: i32, parts: &[&str]) -> Self {
        assert_eq!(self.status, Some(status), "{self}");
        for part in parts {
            assert!(self.said.contains(part), "no {part:?} in {self}");
        }
        assert!(!self.said.contains("THE ECHO IS OFF"), "{self}");
        let (hidden, shown) = (self.said.rfind("\u{1b}[?25l"), self.said.rfind(CURSOR));
        assert!(hidden <= shown, "the cursor stays hidden: {self}");
        self
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = String::new();
        for c in self.said.chars() {
            match c {
                '\u{1b}' => shown.push_str("^["),
                '\n' => shown.push('\n'),
                c if c.is_control() => write!(shown, "^{}", u32::from(c))?,
                c => shown.push(c),
            }
        }
        write!(f, "ended with {:?}:\n{shown}\n{}", self.status, self.stdout)
    }
}
