//! The keyring of the person's desktop, through the program that comes with it.
//!
//! A library for it would bring a D-Bus stack into every broker. The programs are there where a keyring is, and none of
//! them may hold a command: what does not answer in time is ended, and counts as absent. What to run is data
//! ([`Call`]); secrets go through pipes.

use std::{
    io::{self, Read as _, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use zeroize::Zeroize as _;

use crate::secret::Secret;

/// How long a look into it may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a change may take: some ask their person first.
const CHANGE_PATIENCE: Duration = Duration::from_secs(20);
/// What its entries are filed under.
const SERVICE: &str = "berth";
/// The entry that is asked for to see whether anything answers.
const PROBE: &str = "berth-probe";

/// Which program speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyring {
    /// `secret-tool`, of libsecret: GNOME's, KDE's, KeePassXC's.
    SecretService,
    /// `security`, of macOS.
    Keychain,
}

/// Why it gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyringError {
    #[error("the keyring did not answer within {} s", .0.as_secs())]
    Hangs(Duration),
    #[error("{program} can't be run")]
    NoProgram {
        program: &'static str,
        source: io::Error,
    },
    #[error("the keyring refused ({program}: {status})")]
    Refused {
        program: &'static str,
        status: ExitStatus,
    },
    #[error("the keyring has no such entry")]
    Absent,
}

/// One run of its program.
#[derive(Debug)]
struct Call {
    program: &'static str,
    arguments: Vec<String>,
    input: Secret<String>,
}

impl Keyring {
    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SecretService => "the desktop's keyring",
            Self::Keychain => "the macOS keychain",
        }
    }

    /// Whether it answers at all, and soon.
    pub(crate) fn probe(self) -> Result<(), KeyringError> {
        match self.find(PROBE) {
            Ok(_) | Err(KeyringError::Absent) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn find(self, account: &str) -> Result<Secret<String>, KeyringError> {
        let call = self.finding(account);
        let (status, output) = run(&call, PATIENCE)?;
        let text = output.expose().trim_end_matches(['\r', '\n']);
        match status.success() && !text.is_empty() {
            true => Ok(Secret::new(text.to_owned())),
            // Both programs end with a failure for what is not there.
            false => Err(KeyringError::Absent),
        }
    }

    /// Keeps a secret and looks whether it is there.
    pub(crate) fn keep(self, account: &str, secret: &Secret<String>) -> Result<(), KeyringError> {
        let call = self.keeping(account, secret);
        let (status, _) = run(&call, CHANGE_PATIENCE)?;
        if !status.success() {
            let program = call.program;
            return Err(KeyringError::Refused { program, status });
        }
        let found = self.find(account)?;
        match found.expose() == secret.expose() {
            true => Ok(()),
            false => Err(KeyringError::Absent),
        }
    }

    /// Forgets a secret; one that is not there is forgotten.
    pub(crate) fn forget(self, account: &str) -> Result<(), KeyringError> {
        run(&self.forgetting(account), CHANGE_PATIENCE).map(drop)
    }

    fn finding(self, account: &str) -> Call {
        match self {
            Self::SecretService => call(
                "secret-tool",
                ["lookup", "service", SERVICE, "account", account],
                "",
            ),
            Self::Keychain => call(
                "security",
                ["find-generic-password", "-s", SERVICE, "-w", "-a", account],
                "",
            ),
        }
    }

    fn keeping(self, account: &str, secret: &Secret<String>) -> Call {
        let secret = secret.expose();
        match self {
            Self::SecretService => {
                let label = format!("--label=berth {account}");
                let words = ["store", &label, "service", SERVICE, "account", account];
                call("secret-tool", words, secret)
            }
            // Its flags would show the secret to every process: it reads the whole command instead. Neither an
            // address nor a token has a quote in it.
            Self::Keychain => {
                let line =
                    format!("add-generic-password -U -s \"{SERVICE}\" -a \"{account}\" -w \"{secret}\"\n");
                call("security", ["-i"], &line)
            }
        }
    }

    fn forgetting(self, account: &str) -> Call {
        match self {
            Self::SecretService => call(
                "secret-tool",
                ["clear", "service", SERVICE, "account", account],
                "",
            ),
            Self::Keychain => call(
                "security",
                ["delete-generic-password", "-s", SERVICE, "-a", account],
                "",
            ),
        }
    }
}

fn call<const N: usize>(program: &'static str, arguments: [&str; N], input: &str) -> Call {
    Call {
        program,
        arguments: arguments.map(str::to_owned).into(),
        input: Secret::new(input.to_owned()),
    }
}

/// Runs a program to its end, or ends it; gives what it wrote.
fn run(call: &Call, patience: Duration) -> Result<(ExitStatus, Secret<String>), KeyringError> {
    let program = call.program;
    let failed = |source| KeyringError::NoProgram { program, source };
    #[allow(
        clippy::disallowed_methods,
        reason = "the keyring's own program, of the person who typed the command"
    )]
    let mut child = Command::new(program)
        .args(&call.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take()
        // One that reads nothing has ended, and says why with its status.
        && let Err(error) = stdin.write_all(call.input.expose().as_bytes())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        end(&mut child);
        return Err(failed(error));
    }
    let (sender, output) = mpsc::channel();
    if let Some(mut stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.read_to_end(&mut bytes);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            bytes.zeroize();
            // Nobody waits any more when it took too long.
            let _ = sender.send(read.map(|_| Secret::new(text)));
        });
    }
    match output.recv_timeout(patience) {
        Ok(Ok(text)) => Ok((child.wait().map_err(failed)?, text)),
        Ok(Err(error)) => {
            end(&mut child);
            Err(failed(error))
        }
        Err(_) => {
            end(&mut child);
            Err(KeyringError::Hangs(patience))
        }
    }
}

fn end(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_among_the_arguments() {
        let secret = Secret::new("berth_canary".to_owned());
        for keyring in [Keyring::SecretService, Keyring::Keychain] {
            let keeping = keyring.keeping("https://b.example", &secret);
            assert!(!keeping.arguments.join(" ").contains("canary"), "{keeping:?}");
            assert!(keeping.input.expose().contains("canary"));
            assert!(!format!("{keeping:?}").contains("canary"));
        }
    }

    #[test]
    fn a_program_that_is_not_there_or_hangs_is_told_apart() {
        let absent = call("berth-has-no-such-program", [], "");
        let error = run(&absent, PATIENCE).unwrap_err();
        assert!(matches!(error, KeyringError::NoProgram { .. }), "{error}");
        let hangs = call("sleep", ["600"], "");
        let error = run(&hangs, Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, KeyringError::Hangs(_)), "{error}");
        let (status, text) = run(&call("cat", [], "kept"), PATIENCE).unwrap();
        assert!(status.success() && text.expose() == "kept");
    }
}
