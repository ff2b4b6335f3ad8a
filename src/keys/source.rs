//! Where master keys are: in a file, in a variable of the broker's environment, or in what a command prints.

use std::{
    fmt, fs,
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use crate::{
    seal::{KEY, MasterKey, NotAKey},
    secret::Secret,
};

/// How long a command may take: a key service somewhere else is asked, perhaps with a hardware token.
const PATIENCE: Duration = Duration::from_secs(60);

/// One place that gives master keys, the newest first.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A file: 32 bytes, or a key a line. The only place that the broker itself can put a key in.
    File(PathBuf),
    /// An environment variable, as it was when the broker started.
    Variable { name: String, text: Secret<String> },
    /// What this command of the shell writes to standard output.
    Command(String),
}

/// Why a place gives no master key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    #[error(
        "there is no master key {0}: restore it from a backup, or name where it is now with --master-key; without it nothing of what is stored can be opened"
    )]
    Gone(PathBuf),
    #[error("the master key {0} can't be read")]
    Read(PathBuf, #[source] io::Error),
    #[error("the master key {0} can't be written")]
    Write(PathBuf, #[source] io::Error),
    #[error("the master key {path} may be read by others (mode {mode:03o}): chmod 600 it")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("what {from} gives is not right: restore it from a backup")]
    NotAKey {
        from: String,
        #[source]
        source: NotAKey,
    },
    #[error("the command for the master key can't be run")]
    Run(#[source] io::Error),
    /// What it wrote to standard error stands above, in the broker's own.
    #[error("the command for the master key failed ({0}); what it said of it is above")]
    Failed(std::process::ExitStatus),
    #[error("the command for the master key did not end within {} s", PATIENCE.as_secs())]
    Slow,
}

impl fmt::Display for Source {
    /// Without the command's own words, which may hold more than they should.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Variable { name, .. } => write!(f, "env:{name}"),
            Self::Command(_) => f.write_str("command"),
        }
    }
}

impl Source {
    /// Its keys; never none.
    pub(crate) async fn read(&self) -> Result<Vec<MasterKey>, SourceError> {
        match self {
            Self::File(path) => read_file(path),
            Self::Variable { text, .. } => self.parse(text.expose()),
            Self::Command(command) => self.parse(run(command).await?.expose()),
        }
    }

    fn parse(&self, text: &str) -> Result<Vec<MasterKey>, SourceError> {
        MasterKey::parse_all(text).map_err(|source| SourceError::NotAKey {
            from: self.to_string(),
            source,
        })
    }
}

fn read_file(path: &Path) -> Result<Vec<MasterKey>, SourceError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => SourceError::Gone(path.to_owned()),
        _ => SourceError::Read(path.to_owned(), error),
    };
    let bytes = Secret::new(fs::read(path).map_err(failed)?);
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SourceError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    // No text of a key is as short as the key itself, so these can't be mistaken for each other.
    if let Ok(bytes) = <[u8; KEY]>::try_from(bytes.expose().as_slice()) {
        return Ok(vec![MasterKey::new(bytes)]);
    }
    std::str::from_utf8(bytes.expose())
        .map_err(|_| NotAKey)
        .and_then(MasterKey::parse_all)
        .map_err(|source| SourceError::NotAKey {
            from: format!("file:{}", path.display()),
            source,
        })
}

/// Writes a file of keys. It has its name when all of it is on the disk, and stays through a power cut: what is sealed
/// next is lost without it.
pub(super) fn write_file(path: &Path, keys: &[&MasterKey]) -> Result<(), SourceError> {
    let write = || {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        match fs::remove_file(&new) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)?;
        for key in keys {
            file.write_all(key.text().expose().as_bytes())?;
            file.write_all(b"\n")?;
        }
        file.sync_all()?;
        fs::rename(&new, path)?;
        match path.parent() {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(|error| SourceError::Write(path.to_owned(), error))
}

/// What `command` prints. It has the broker's environment, where such programs find who they are.
async fn run(command: &str) -> Result<Secret<String>, SourceError> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the operator's own program, before there is anything else"
    )]
    let mut shell = tokio::process::Command::new("/bin/sh");
    shell
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, shell.output())
        .await
        .map_err(|_| SourceError::Slow)?
        .map_err(SourceError::Run)?;
    let text = Secret::new(output.stdout);
    if !output.status.success() {
        return Err(SourceError::Failed(output.status));
    }
    std::str::from_utf8(text.expose())
        .map(|text| Secret::new(text.to_owned()))
        .map_err(|_| SourceError::NotAKey {
            from: "command".to_owned(),
            source: NotAKey,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(keys: &[MasterKey]) -> Vec<String> {
        keys.iter().map(|key| key.id.to_string()).collect()
    }

    #[tokio::test]
    async fn a_file_is_kept_private_and_read_in_both_forms() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let source = Source::File(path.clone());
        let refused = async || source.read().await.unwrap_err();
        assert!(matches!(refused().await, SourceError::Gone(_)));
        // What a broker left that was stopped halfway.
        fs::write(dir.path().join("master.key.new"), b"half").unwrap();
        let (old, new) = (MasterKey::new([1; KEY]), MasterKey::random());
        write_file(&path, &[&new, &old]).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            ids(&source.read().await.unwrap()),
            ids(&[new.clone(), old.clone()])
        );
        fs::write(&path, [1; KEY]).unwrap();
        assert_eq!(ids(&source.read().await.unwrap()), ids(&[old]));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(refused().await.to_string().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for wrong in ["canary", "", "canary\0"] {
            fs::write(&path, wrong).unwrap();
            assert!(matches!(refused().await, SourceError::NotAKey { .. }));
        }
    }

    #[tokio::test]
    async fn variables_and_commands_give_keys_as_well() {
        let key = MasterKey::random();
        let variable = Source::Variable {
            name: "BERTH_KEY".to_owned(),
            text: key.text(),
        };
        assert_eq!(
            ids(&variable.read().await.unwrap()),
            ids(std::slice::from_ref(&key))
        );
        assert_eq!(variable.to_string(), "env:BERTH_KEY");
        let command = Source::Command(format!("echo '{}'", key.text().expose()));
        assert_eq!(ids(&command.read().await.unwrap()), ids(&[key]));
        assert!(!format!("{command}").contains("echo"));
        let failing = Source::Command("echo canary; exit 3".to_owned());
        let error = failing.read().await.unwrap_err();
        assert!(matches!(error, SourceError::Failed(_)), "{error}");
        assert!(!error.to_string().contains("canary"));
        let silent = Source::Command("true".to_owned());
        assert!(matches!(silent.read().await, Err(SourceError::NotAKey { .. })));
    }
}
