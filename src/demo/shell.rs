//! Runs `berth` as a person would type it: this same executable, in a child process, with its profile in the demo's
//! folder.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::process::Command;

use super::tell::{Tell, mask};

const DEADLINE: Duration = Duration::from_secs(60);
/// What the person who runs the demo may have set for a broker of their own.
const OWN_SETTINGS: [&str; 3] = ["BERTH_URL", "BERTH_TOKEN", "BERTH_TOKEN_FILE"];

pub(crate) struct Shell {
    /// The `berth` executable.
    program: PathBuf,
    /// Where relative paths start and the profile lives.
    folder: PathBuf,
}

/// What a command wrote.
pub(crate) struct Answer {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shell {
    pub(crate) fn new(program: &Path, folder: &Path) -> Self {
        Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
        }
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// `BERTH_CONFIG_DIR` of every command.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("profile")
    }

    /// A `berth` command that is ready to be started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        #[allow(
            clippy::disallowed_methods,
            reason = "the demo runs this same executable, nothing else"
        )]
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(&self.folder).stdin(Stdio::null());
        for name in OWN_SETTINGS {
            command.env_remove(name);
        }
        command
            .env("BERTH_CONFIG_DIR", self.config())
            .env("NO_COLOR", "1")
            // A proxy of the machine's must not be asked for what is on loopback.
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1");
        command
    }

    /// Types a command, and shows what it answers. A command that fails is an error.
    pub(crate) async fn run(&self, tell: &mut Tell<'_>, args: &[&str]) -> anyhow::Result<Answer> {
        self.show(tell, typed(args), self.command(args)).await
    }

    /// [`Shell::run`] in a folder below the demo's.
    pub(crate) async fn run_in(
        &self,
        tell: &mut Tell<'_>,
        folder: &str,
        args: &[&str],
    ) -> anyhow::Result<Answer> {
        let mut command = self.command(args);
        command.current_dir(self.folder.join(folder));
        self.show(tell, format!("cd {folder} && {}", typed(args)), command)
            .await
    }

    async fn show(&self, tell: &mut Tell<'_>, line: String, command: Command) -> anyhow::Result<Answer> {
        tell.typed(&line);
        let (status, answer) = self.finish(command).await?;
        tell.answered(&answer.stderr);
        tell.answered(&answer.stdout);
        if !status.success() {
            bail!("`{}` ended with {status}", mask(&line));
        }
        Ok(answer)
    }

    async fn finish(&self, mut command: Command) -> anyhow::Result<(ExitStatus, Answer)> {
        command.kill_on_drop(true);
        let output = tokio::time::timeout(DEADLINE, command.output())
            .await
            .context("the command took more than a minute")?
            .with_context(|| format!("could not run {}", self.program.display()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Ok((output.status, Answer { stdout, stderr }))
    }
}

impl Answer {
    /// The first word, on either stream, that starts with `start`.
    pub(crate) fn word(&self, start: &str) -> anyhow::Result<&str> {
        self.stdout
            .split_whitespace()
            .chain(self.stderr.split_whitespace())
            .find(|word| word.starts_with(start) && word.len() > start.len())
            .with_context(|| format!("the command's answer has no word that starts with {start:?}"))
    }
}

/// The command line as a person would type it.
fn typed(args: &[&str]) -> String {
    let mut line = "berth".to_owned();
    for arg in args {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,".contains(c);
        line.push(' ');
        if !arg.is_empty() && arg.chars().all(plain) {
            line.push_str(arg);
        } else {
            line.push_str(&format!("'{}'", arg.replace('\'', "'\\''")));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let line = typed(&["oauth", "set", "--env", "ACCESS_TOKEN={access_token}", "it's"]);
        assert_eq!(
            line,
            "berth oauth set --env 'ACCESS_TOKEN={access_token}' 'it'\\''s'"
        );
    }

    #[test]
    fn words_are_found_on_both_streams() {
        let answer = Answer {
            stdout: "berth_abc\n".into(),
            stderr: "open http://127.0.0.1:1/login/x now".into(),
        };
        assert_eq!(answer.word("berth_").unwrap(), "berth_abc");
        assert_eq!(answer.word("http://").unwrap(), "http://127.0.0.1:1/login/x");
        assert!(answer.word("https://").is_err());
    }
}
