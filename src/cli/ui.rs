//! Everything that a command prints: answers on standard output, talk on standard error.
//!
//! An answer is text for people or one JSON document for scripts, as `--output` says and never depending on
//! whether standard output is a terminal.

mod fit;

pub(super) use fit::ascii;

use std::{
    borrow::Cow,
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use rustix::termios;
use serde::Serialize;

use super::{
    documents::{self, Document},
    error::{CmdError, Kind},
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Text,
    /// One JSON document, for scripts.
    Json,
    /// One JSON document a line, for `berth logs --follow`.
    Jsonl,
    /// A file to edit and give back; `berth oauth show` has one.
    Toml,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is "dumb".
    #[default]
    Auto,
    Always,
    Never,
}

/// What the terminal and the environment are like; decided once at the start.
#[derive(Debug, Clone)]
pub(crate) struct Ui {
    pub(crate) output: Output,
    quiet: bool,
    verbose: bool,
    color: bool,
    /// Whether standard error is a terminal.
    terminal: bool,
    /// Whether a line on standard error may move.
    animated: bool,
    /// Whether people see no more than ASCII.
    ascii: bool,
    /// How wide standard output is, where it is a terminal.
    columns: Option<usize>,
    /// Whether the one document is written already.
    answered: Arc<AtomicBool>,
    /// Whether GitHub Actions reads along.
    is_in_actions: bool,
    /// Whether a part of the story is open, which it folds.
    in_part: Arc<AtomicBool>,
}

/// The parts of the environment that decide how it looks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Looks {
    pub(crate) no_color: bool,
    pub(crate) force_color: bool,
    pub(crate) dumb_terminal: bool,
    pub(crate) is_in_actions: bool,
    /// Whether the locale says that the terminal has another encoding than UTF-8.
    pub(crate) ascii: bool,
}

/// What is said in words alone.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Words {
    pub(crate) text: String,
}

/// One document: `schema` and `ok` in front of the body's own fields.
#[derive(Serialize)]
struct Envelope<'a, T> {
    schema: String,
    ok: bool,
    #[serde(flatten)]
    body: &'a T,
}

impl Ui {
    pub(crate) fn new(output: Output, color: Color, quiet: bool, verbose: bool, looks: Looks) -> Self {
        let terminal = io::stderr().is_terminal();
        Self {
            output,
            quiet,
            verbose,
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => looks.force_color || (terminal && !looks.no_color && !looks.dumb_terminal),
            },
            terminal,
            animated: terminal && !quiet && !looks.dumb_terminal && output == Output::Text,
            ascii: looks.ascii,
            columns: columns(),
            answered: Arc::default(),
            is_in_actions: looks.is_in_actions,
            in_part: Arc::default(),
        }
    }

    /// A line of the story, on standard error.
    pub(crate) fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            self.talk(line.as_ref());
        }
    }

    /// Begins a part of the story, which GitHub Actions folds away; elsewhere it has no sign.
    pub(crate) fn part(&self, title: &str) {
        if self.is_in_actions && !self.quiet {
            self.end_part();
            self.in_part.store(true, Ordering::Relaxed);
            write_line(&format!("::group::{}", command_text(title)));
        }
    }

    pub(crate) fn end_part(&self) {
        if self.in_part.swap(false, Ordering::Relaxed) {
            write_line("::endgroup::");
        }
    }

    /// What the person has to do before the command goes on; `--quiet` does not hide it.
    pub(crate) fn prompt(&self, line: impl AsRef<str>) {
        self.talk(line.as_ref());
    }

    /// A line that only `-v` shows.
    pub(crate) fn detail(&self, line: impl AsRef<str>) {
        if self.verbose {
            self.talk(line.as_ref());
        }
    }

    /// Something that went well but should be known; `--quiet` does not hide it.
    pub(crate) fn warn(&self, line: impl AsRef<str>) {
        self.talk(&format!("{} {}", self.paint("33", "warning:"), line.as_ref()));
    }

    /// The command's answer: `body` as the document that `name` names, or `text` for people.
    pub(crate) fn answer<T: Serialize>(
        &self,
        name: Document<T>,
        body: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), CmdError> {
        match self.output {
            Output::Text => self.show(text()),
            Output::Json => self.document(name, true, body),
            Output::Jsonl | Output::Toml => Err(no_such_form()),
        }
    }

    /// As [`answer`](Self::answer), with a text that is somebody else's, or to be copied: not a letter of it is changed.
    pub(crate) fn answer_verbatim<T: Serialize>(
        &self,
        name: Document<T>,
        body: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), CmdError> {
        match self.output {
            Output::Text => self.print(text()),
            _ => self.answer(name, body, text),
        }
    }

    /// The JSON document on standard output: under `--output json` there is one, never more.
    pub(crate) fn document<T: Serialize>(
        &self,
        name: Document<T>,
        ok: bool,
        body: &T,
    ) -> Result<(), CmdError> {
        let schema = format!("berth.{}/v1", name.name());
        let mut text = serde_json::to_string(&Envelope { schema, ok, body })
            .map_err(|e| CmdError::new(Kind::Failed, "the answer can't be written as JSON").with_source(e))?;
        text.push('\n');
        if self.answered.swap(true, Ordering::Relaxed) && self.output == Output::Json {
            let message = format!("a second document, {}, was about to be written", name.name());
            return Err(CmdError::new(Kind::Failed, message));
        }
        self.print(&text)
    }

    /// Text for people on standard output: in a terminal it fits the terminal.
    pub(crate) fn show(&self, text: impl AsRef<str>) -> Result<(), CmdError> {
        match self.columns {
            Some(columns) => self.print(self.lettered(&fit::wrapped(text.as_ref(), columns)).as_ref()),
            None => self.print(text.as_ref()),
        }
    }

    /// `text` as the locale's encoding has it.
    fn lettered<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.ascii {
            true => Cow::Owned(ascii(text)),
            false => Cow::Borrowed(text),
        }
    }

    /// Bytes on standard output, just as they are.
    pub(crate) fn print(&self, text: impl AsRef<[u8]>) -> Result<(), CmdError> {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_ref()).and_then(|()| out.flush());
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => CmdError::told(Kind::ClosedPipe),
            _ => CmdError::new(Kind::Failed, "standard output can't be written").with_source(error),
        })
    }

    /// Tells why the command ends: on standard error for people, and as a document for scripts.
    pub(crate) fn fail(&self, error: &CmdError) {
        self.end_part();
        if self.is_in_actions && error.kind != Kind::ClosedPipe && error.kind != Kind::Changes {
            self.annotate(error);
        }
        let is_due = match self.output {
            Output::Json => !self.answered.load(Ordering::Relaxed),
            Output::Jsonl => true,
            Output::Text | Output::Toml => false,
        };
        if is_due {
            // Standard output may be what failed: then the exit code has to do.
            let _ = self.document(documents::ERROR, false, &error.body());
            return;
        }
        if error.told {
            return;
        }
        let mut text = format!("{} {}", self.paint("1;31", "error:"), plain(&error.chain()));
        if !error.hint.is_empty() {
            let _ = write!(text, "\n{} {}", self.paint("36", "hint:"), plain(&error.hint));
        }
        if !error.request_id.is_empty() {
            let _ = write!(text, "\n(request {})", plain(&error.request_id));
        }
        self.talk(&text);
    }

    /// What GitHub shows beside the step and on the pull request.
    fn annotate(&self, error: &CmdError) {
        let mut text = plain(&error.chain());
        if !error.hint.is_empty() {
            let _ = write!(text, "\n{}", plain(&error.hint));
        }
        write_line(&format!("::error title=berth::{}", command_text(&text)));
    }

    /// Writes to standard error. What others wrote must not be taken for a command to GitHub's runner.
    fn talk(&self, text: &str) {
        let text = &*self.lettered(text);
        if !self.is_in_actions {
            return write_line(text);
        }
        for line in text.lines() {
            let is_command = ["::", "##["]
                .iter()
                .any(|sign| line.trim_start().starts_with(sign));
            write_line(&if is_command {
                format!("| {line}")
            } else {
                line.to_owned()
            });
        }
    }

    /// A counter of bytes that moves on a terminal and is invisible elsewhere.
    pub(crate) fn bytes(&self, total: u64) -> ProgressBar {
        let bar = self.bar(Some(total));
        let width = termios::tcgetwinsize(io::stderr()).map_or(0, |size| size.ws_col);
        let template = match width {
            // The bar goes before the figures do.
            1..70 => "  {percent}% of {total_bytes}, {bytes_per_sec}, {eta}",
            _ => "  {bar:24} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left",
        };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.with_style(match self.ascii {
            true => style.progress_chars("=> "),
            false => style,
        })
    }

    /// A sign that something is going on, with a text; invisible where lines can't move.
    pub(crate) fn spinner(&self, text: String) -> ProgressBar {
        let bar = self.bar(None).with_message(self.lettered(&text).into_owned());
        let style = ProgressStyle::with_template("  {spinner} {msg} ({elapsed})");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = bar.with_style(match self.ascii {
            true => style.tick_chars("|/-\\ "),
            false => style,
        });
        if self.animated {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        bar
    }

    /// Whether a spinner would be seen: if not, time passing has to be told in lines.
    pub(crate) fn is_animated(&self) -> bool {
        self.animated
    }

    /// Takes away what a terminal shows of a Ctrl-C, or ends its line, and makes sure that there is a cursor.
    pub(crate) fn clear_key(&self) {
        let sequence = match (self.terminal, self.animated) {
            (true, true) => "\r\x1b[2K\x1b[?25h",
            (true, false) => "\n",
            (false, _) => return,
        };
        // As in `write_line`.
        let _ = io::stderr().lock().write_all(sequence.as_bytes());
    }

    fn bar(&self, length: Option<u64>) -> ProgressBar {
        let target = match self.animated {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        // Cleared also when a command that is interrupted drops it.
        ProgressBar::with_draw_target(length, target).with_finish(ProgressFinish::AndClear)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        match self.color {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// How wide standard output is, where it is a terminal.
fn columns() -> Option<usize> {
    let size = termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then(|| size.ws_col.into())
}

/// Why a command has no answer in this form.
pub(super) fn no_such_form() -> CmdError {
    CmdError::usage(
        "--output toml is for `berth oauth show` and `berth oauth discover`, and --output jsonl for `berth logs --follow`",
    )
    .with_hint("--output json is for every command")
}

/// Writes a line to standard error. A closed standard error must not stop a command that otherwise works.
fn write_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// `text` as the text of a command to GitHub's runner, which is one line.
fn command_text(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// `text` without control characters: what others wrote must not move the cursor or recolour the terminal.
pub(crate) fn plain(text: &str) -> String {
    let keep = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars().filter(keep).collect()
}

/// Lines whose columns stand under each other.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let cell = |text: &str| plain(text).replace(['\n', '\t'], " ");
    let mut lines = vec![heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>()];
    lines.extend(rows.iter().map(|row| row.iter().map(|text| cell(text)).collect()));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| width(column).unwrap_or_default())
        .collect();
    let mut text = String::new();
    for line in lines {
        let mut shown = String::new();
        for (cell, width) in line.iter().zip(&widths) {
            let _ = write!(shown, "{cell:<width$}  ");
        }
        text.push_str(shown.trim_end());
        text.push('\n');
    }
    text
}

/// Lines of a name and a value each; those with an empty value are left out.
pub(crate) fn fields<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let rows: Vec<_> = rows.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let width = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or_default();
    let line = |(name, value): &(&str, String)| {
        let indented = plain(value).replace('\n', &format!("\n{:width$}  ", ""));
        format!("{name:<width$}  {indented}\n")
    };
    rows.iter().map(line).collect()
}

/// An instant, for people: UTC, to the second.
pub(crate) fn instant(at: crate::model::Millis) -> String {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(instant) => instant.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => String::new(),
    }
}

/// A number of bytes, for people.
pub(crate) fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

/// A length of time, for people: `8s`, `3m`.
pub(crate) fn duration(time: Duration) -> String {
    format!("{:#}", indicatif::HumanDuration(time))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [
            vec!["a".to_owned(), "x\ny".to_owned()],
            vec!["long".to_owned(), "\x1b[31mz".to_owned()],
        ];
        assert_eq!(table(&["NAME", "B"], &rows), "NAME  B\na     x y\nlong  [31mz\n");
    }

    #[test]
    fn empty_fields_are_left_out() {
        let shown = fields([
            ("A", "1".to_owned()),
            ("Long", "x\ny".to_owned()),
            ("None", String::new()),
        ]);
        assert_eq!(shown, "A     1\nLong  x\n      y\n");
    }

    #[test]
    fn a_document_starts_with_its_schema() {
        let document = Envelope {
            schema: "berth.x/v1".to_owned(),
            ok: true,
            body: &json!({"a": 1}),
        };
        assert_eq!(
            serde_json::to_string(&document).unwrap(),
            r#"{"schema":"berth.x/v1","ok":true,"a":1}"#
        );
    }
}
