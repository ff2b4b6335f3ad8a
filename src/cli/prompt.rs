//! Questions on a terminal. Whoever asks has checked `Context::cannot_ask` first.
//!
//! Prompts block, so they run beside the command: Ctrl-C then ends the command at once, and [`restore`] puts the
//! terminal back as it was, which the interrupted prompt can't do any more.

mod plain;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rustix::termios::{self, OptionalActions, Termios};

use super::{
    error::{CmdError, Kind},
    ui::{self, Looks},
};

/// How long a prompt may take from its question to its own settings of the terminal.
const SETUP: Duration = Duration::from_millis(250);

/// The prompt that is open, if one is.
static OPEN: Mutex<Option<Open>> = Mutex::new(None);

/// Whether the terminal can only take lines, one below the other.
static IS_PLAIN: AtomicBool = AtomicBool::new(false);

/// Whether it shows no more than ASCII.
static IS_ASCII: AtomicBool = AtomicBool::new(false);

struct Open {
    /// How the terminal was set.
    before: Termios,
    has_ended: Arc<AtomicBool>,
}

/// From now on nothing moves where the terminal has no such means, and nothing but ASCII is shown where it has no more.
pub(crate) fn suit(looks: Looks) {
    IS_PLAIN.store(looks.dumb_terminal, Ordering::Relaxed);
    IS_ASCII.store(looks.ascii, Ordering::Relaxed);
}

fn lettered(text: String) -> String {
    match IS_ASCII.load(Ordering::Relaxed) {
        true => ui::ascii(&text),
        false => text,
    }
}

fn is_plain() -> bool {
    IS_PLAIN.load(Ordering::Relaxed)
}

/// Yes or no.
pub(crate) async fn confirm(question: String, default: bool) -> Result<bool, CmdError> {
    let question = lettered(question);
    ask(move || {
        if is_plain() {
            return plain::confirm(&question, default);
        }
        dialoguer::Confirm::new()
            .with_prompt(question)
            .default(default)
            .interact()
    })
    .await
}

/// A line that `accept` finds nothing wrong with; `initial` stands there already.
pub(crate) async fn line(
    question: String,
    initial: String,
    accept: impl Fn(&str) -> Result<(), String> + Send + 'static,
) -> Result<String, CmdError> {
    let question = lettered(question);
    ask(move || {
        if is_plain() {
            return plain::line(&question, initial, accept);
        }
        dialoguer::Input::<String>::new()
            .with_prompt(question)
            .with_initial_text(initial)
            .allow_empty(true)
            .validate_with(move |text: &String| accept(text.trim()))
            .interact_text()
    })
    .await
    .map(|text| text.trim().to_owned())
}

/// A line that is not shown while it is typed; may be empty.
pub(crate) async fn hidden(question: String) -> Result<crate::secret::Secret<String>, CmdError> {
    let question = lettered(question);
    ask(move || {
        if is_plain() {
            return plain::hidden(&question);
        }
        dialoguer::Password::new()
            .with_prompt(question)
            .allow_empty_password(true)
            .interact()
    })
    .await
    .map(crate::secret::Secret::new)
}

/// One of several.
pub(crate) async fn choose(question: String, choices: Vec<String>) -> Result<usize, CmdError> {
    let choices: Vec<String> = choices.into_iter().map(lettered).collect();
    let question = lettered(question);
    ask(move || {
        if is_plain() {
            return plain::choose(&question, &choices);
        }
        dialoguer::Select::new()
            .with_prompt(question)
            .items(choices)
            .default(0)
            .interact()
    })
    .await
}

/// Puts the terminal back after a prompt that was interrupted, cursor and echo; whether there was one.
pub(crate) fn restore() -> bool {
    let Some(Open { before, has_ended }) = OPEN.lock().take() else {
        return false;
    };
    // One that has only just asked is still about to hide the cursor and change the settings: after that it only waits.
    let asked = Instant::now();
    let is_set_up = || {
        let modes = termios::tcgetattr(io::stdin()).map(|now| now.local_modes);
        modes.is_ok_and(|now| now != before.local_modes)
    };
    while !is_plain() && !has_ended.load(Ordering::Acquire) && !is_set_up() && asked.elapsed() < SETUP {
        thread::sleep(Duration::from_millis(1));
    }
    // A terminal that is gone needs nothing.
    let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &before);
    let terminal = dialoguer::console::Term::stderr();
    if !is_plain() {
        let _ = terminal.show_cursor();
    }
    let _ = terminal.write_line("");
    true
}

async fn ask<T: Send + 'static>(
    prompt: impl FnOnce() -> dialoguer::Result<T> + Send + 'static,
) -> Result<T, CmdError> {
    let has_ended = Arc::new(AtomicBool::new(false));
    *OPEN.lock() = termios::tcgetattr(io::stdin()).ok().map(|before| Open {
        before,
        has_ended: Arc::clone(&has_ended),
    });
    let asked = tokio::task::spawn_blocking(move || {
        let answer = prompt();
        has_ended.store(true, Ordering::Release);
        answer
    });
    let answer = asked.await;
    if let Ok(Err(dialoguer::Error::IO(error))) = &answer
        && error.kind() == io::ErrorKind::Interrupted
    {
        // It has sent itself the signal that a Ctrl-C is: whoever waits for that ends the command.
        return std::future::pending().await;
    }
    OPEN.lock().take();
    match answer {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(CmdError::usage("the question could not be asked")
            .with_hint("--no-input tells which flags to give instead")
            .with_source(error)),
        Err(error) => Err(CmdError::new(Kind::Failed, "the prompt broke").with_source(error)),
    }
}
