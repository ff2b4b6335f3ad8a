//! The same questions for a terminal on which nothing moves: a line is asked and a line is read.

use std::io::{self, BufRead as _, Write as _};

use dialoguer::Result;
use rustix::termios::{self, LocalModes, OptionalActions};

pub(super) fn confirm(question: &str, default: bool) -> Result<bool> {
    let choices = if default { "[Y/n]" } else { "[y/N]" };
    loop {
        match read(&format!("{question} {choices} "))?
            .trim()
            .to_ascii_lowercase()
            .as_str()
        {
            "" => return Ok(default),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => say("y or n?\n")?,
        }
    }
}

/// An empty answer is `initial`.
pub(super) fn line(
    question: &str,
    initial: String,
    accept: impl Fn(&str) -> std::result::Result<(), String>,
) -> Result<String> {
    let shown = match initial.as_str() {
        "" => format!("{question}: "),
        initial => format!("{question} [{initial}]: "),
    };
    loop {
        let typed = read(&shown)?;
        let answer = if typed.is_empty() { initial.clone() } else { typed };
        match accept(answer.trim()) {
            Ok(()) => return Ok(answer),
            Err(wrong) => say(&format!("{wrong}\n"))?,
        }
    }
}

pub(super) fn hidden(question: &str) -> Result<String> {
    let before = termios::tcgetattr(io::stdin()).map_err(io::Error::from)?;
    let mut unseen = before.clone();
    unseen.local_modes.remove(LocalModes::ECHO);
    // Before the question is seen: an answer may follow it at once.
    termios::tcsetattr(io::stdin(), OptionalActions::Flush, &unseen).map_err(io::Error::from)?;
    let typed = read(&format!("{question}: "));
    termios::tcsetattr(io::stdin(), OptionalActions::Now, &before).map_err(io::Error::from)?;
    say("\n")?;
    typed
}

pub(super) fn choose(question: &str, choices: &[String]) -> Result<usize> {
    say(&format!("{question}\n"))?;
    for (at, choice) in choices.iter().enumerate() {
        say(&format!("  {}) {choice}\n", at + 1))?;
    }
    loop {
        match read("Which? [1]: ")?.trim() {
            "" => return Ok(0),
            number => match number.parse::<usize>() {
                Ok(number) if (1..=choices.len()).contains(&number) => return Ok(number - 1),
                _ => say(&format!("a number from 1 to {}\n", choices.len()))?,
            },
        }
    }
}

fn read(question: &str) -> Result<String> {
    say(question)?;
    let mut typed = String::new();
    match io::stdin().lock().read_line(&mut typed)? {
        0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
        _ => Ok(typed.trim_end_matches(['\n', '\r']).to_owned()),
    }
}

fn say(text: &str) -> Result<()> {
    let mut out = io::stderr().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
