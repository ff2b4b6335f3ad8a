//! Questions on a terminal. Whoever asks has checked `Context::cannot_ask` first.
//!
//! Prompts block, so they run beside the command: Ctrl-C then ends the command at once, and [`restore`] puts the
//! terminal back as it was, which the interrupted prompt can't do any more.

use std::io;

use parking_lot::Mutex;
use rustix::termios::{self, OptionalActions, Termios};

use super::error::{CmdError, Kind};

/// How the terminal was set before the prompt that is open, if one is.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Yes or no.
pub(crate) async fn confirm(question: String, default: bool) -> Result<bool, CmdError> {
    ask(move || {
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
    ask(move || {
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
    ask(move || {
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
    ask(move || {
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
    let Some(before) = BEFORE.lock().take() else {
        return false;
    };
    // A terminal that is gone needs nothing.
    let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &before);
    let _ = dialoguer::console::Term::stderr().show_cursor();
    let _ = dialoguer::console::Term::stderr().write_line("");
    true
}

async fn ask<T: Send + 'static>(
    prompt: impl FnOnce() -> dialoguer::Result<T> + Send + 'static,
) -> Result<T, CmdError> {
    *BEFORE.lock() = termios::tcgetattr(io::stdin()).ok();
    let answer = tokio::task::spawn_blocking(prompt).await;
    BEFORE.lock().take();
    match answer {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(dialoguer::Error::IO(error))) if error.kind() == io::ErrorKind::Interrupted => {
            Err(CmdError::told(Kind::Interrupted))
        }
        Ok(Err(error)) => Err(CmdError::usage("the question could not be asked")
            .with_hint("--no-input tells which flags to give instead")
            .with_source(error)),
        Err(error) => Err(CmdError::new(Kind::Failed, "the prompt broke").with_source(error)),
    }
}
