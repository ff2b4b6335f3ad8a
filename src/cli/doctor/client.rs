//! What this account has of what berth's other commands need: a place for sign-ins, and a broker. Nothing is made.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::fs::{Access, access};

use super::{Finding, Group, fix::Remedy};
use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
    },
    client::Credentials,
};

/// How long a broker may take to say its version.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is older than this, and of a write, was left by one that was cut short.
const STALE: Duration = Duration::from_secs(3600);

pub(super) async fn findings(ctx: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    match ctx.credentials() {
        Ok(credentials) => {
            let path = credentials.path();
            let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
            findings.extend([folder_of(&folder), file(&path, &credentials)]);
            findings.extend(leftovers(&folder, SystemTime::now()));
            findings.push(keyring(credentials).await);
        }
        Err(error) => findings.push(finding("sign-ins").lacks(
            &error.message,
            "nothing can be kept of a sign-in".to_owned(),
            &error.hint,
        )),
    }
    findings.push(broker(ctx).await);
    findings
}

fn finding(name: &'static str) -> Finding {
    Finding::new(Group::Client, name)
}

impl Finding {
    /// The same with what would mend it, where `path` is this account's own: root follows nobody's links, and changes
    /// nobody's modes.
    fn by_own(self, path: &Path, remedy: Remedy) -> Self {
        match fs::symlink_metadata(path) {
            Ok(about) if is_own(&about) => self.by(remedy),
            _ => self,
        }
    }
}

pub(super) fn is_own(about: &fs::Metadata) -> bool {
    !about.is_symlink() && about.uid() == rustix::process::geteuid().as_raw()
}

fn folder_of(folder: &Path) -> Finding {
    let found = finding("configuration");
    let shown = folder.display();
    let mode = match fs::metadata(folder) {
        Ok(about) if about.is_dir() => about.permissions().mode() & 0o7777,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return found.seen(format!("{shown} is made at the first sign-in"));
        }
        Ok(_) => {
            let why = format!("{shown} is no folder");
            return found.lacks(
                &why,
                no_sign_in(),
                "move it out of the way, or set BERTH_CONFIG_DIR",
            );
        }
        Err(error) => {
            let why = format!("{shown}: {error}");
            return found.lacks(&why, no_sign_in(), "set BERTH_CONFIG_DIR to a folder of your own");
        }
    };
    if access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let why = format!("{shown} can't be written to");
        return found.lacks(
            &why,
            no_sign_in(),
            "make it this account's own, or set BERTH_CONFIG_DIR to a folder that is",
        );
    }
    match mode & 0o077 {
        0 => found.seen(shown.to_string()),
        _ => found
            .lacks(
                &format!("{shown} is open to other accounts (mode {mode:o})"),
                "others may see which brokers are used, or put sign-ins of theirs there".to_owned(),
                "close it: chmod 700, or berth doctor --fix",
            )
            .by_own(folder, Remedy::Mode(folder.to_owned(), 0o700)),
    }
}

fn no_sign_in() -> String {
    "berth login can't keep a sign-in".to_owned()
}

fn file(path: &Path, credentials: &Credentials) -> Finding {
    let found = finding("sign-ins");
    let shown = path.display();
    let mode = match fs::metadata(path) {
        Ok(about) => about.permissions().mode() & 0o7777,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return found.seen("none so far".to_owned());
        }
        Err(error) => {
            let why = format!("{shown}: {error}");
            return found.lacks(
                &why,
                "sign-ins are not found".to_owned(),
                "let this account read it",
            );
        }
    };
    if mode & 0o077 != 0 {
        return found
            .lacks(
                &format!("{shown} is open to other accounts (mode {mode:o})"),
                "others may use the tokens in it".to_owned(),
                "close it: chmod 600, or berth doctor --fix; and if others saw it, end its tokens with berth token revoke",
            )
            .by_own(path, Remedy::Mode(path.to_owned(), 0o600));
    }
    match credentials.current() {
        Ok(_) => found.seen(shown.to_string()),
        Err(error) => found.lacks(
            &error.to_string(),
            "sign-ins are not found".to_owned(),
            "move it out of the way, and sign in again with berth login",
        ),
    }
}

/// What a write left that was cut short; it may hold a token.
fn leftovers(folder: &Path, now: SystemTime) -> Option<Finding> {
    let mut stale: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let of_write = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(".tmp"));
        let about = entry.metadata().ok().filter(|about| of_write && about.is_file());
        let written = about.and_then(|about| about.modified().ok());
        if written.is_some_and(|at| now.duration_since(at).is_ok_and(|age| age > STALE)) {
            stale.push(entry.path());
        }
    }
    stale.sort();
    let count = stale.len();
    (count > 0).then(|| {
        finding("leftovers")
            .lacks(
                &format!("{count} in {}, of writes that were cut short", folder.display()),
                "a token may be in one, and nobody needs it".to_owned(),
                "remove them: berth doctor --fix",
            )
            .by_own(folder, Remedy::Remove(stale))
    })
}

async fn keyring(credentials: Credentials) -> Finding {
    let found = finding("keyring");
    // It runs a program and waits for it.
    let probed = tokio::task::spawn_blocking(move || credentials.probe_keyring()).await;
    match probed {
        Ok(Some((keyring, Ok(())))) => found.seen(format!("{} answers", keyring.name())),
        Ok(Some((keyring, Err(error)))) => found.lacks(
            &format!("{}: {error}", keyring.name()),
            "tokens are kept in a file that only this account reads".to_owned(),
            "unlock it, or set BERTH_KEYRING=off to stop asking it",
        ),
        Ok(None) | Err(_) => found.skipped("none in this session: tokens are kept in the file".to_owned()),
    }
}

async fn broker(ctx: &Context) -> Finding {
    let found = finding("broker");
    let lacks = |found: Finding, error: &CmdError| {
        let cost = "commands that need a broker fail".to_owned();
        let hint = match error.hint.as_str() {
            "" => "see that it runs, and that its address is right: berth config list --show-origin",
            hint => hint,
        };
        found.lacks(&error.message, cost, hint)
    };
    let url = match ctx.broker() {
        Ok(url) => url,
        Err(error) if error.kind == Kind::Authentication => {
            return found.skipped("not signed in to any (berth login URL)".to_owned());
        }
        Err(error) => return lacks(found, &error),
    };
    let asked = async {
        let client = ctx.connect(url.clone(), None)?;
        Ok::<_, CmdError>(client.server().await?)
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(server)) if server.version == env!("CARGO_PKG_VERSION") => {
            found.seen(format!("berth {} at {url}", server.version))
        }
        Ok(Ok(server)) => found.seen(format!(
            "berth {} at {url}; this is berth {}",
            server.version,
            env!("CARGO_PKG_VERSION")
        )),
        Ok(Err(error)) => lacks(found, &error),
        Err(_) => {
            let why = format!("{url} did not answer within {} s", PATIENCE.as_secs());
            lacks(found, &CmdError::new(Kind::Unavailable, why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_left_long_ago_is_a_leftover() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".tmpAbC", ".tmpXyZ", "credentials.toml", ".tmp-folder"] {
            match name {
                ".tmp-folder" => fs::create_dir(folder.path().join(name)).unwrap(),
                name => fs::write(folder.path().join(name), "x").unwrap(),
            }
        }
        let now = SystemTime::now();
        assert!(leftovers(folder.path(), now).is_none());
        let later = now + 2 * STALE;
        let Some(Remedy::Remove(paths)) = leftovers(folder.path(), later).unwrap().remedy else {
            panic!("no remedy");
        };
        assert_eq!(paths, [".tmpAbC", ".tmpXyZ"].map(|name| folder.path().join(name)));
        assert!(leftovers(&folder.path().join("nowhere"), later).is_none());
    }

    #[test]
    fn what_others_may_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let credentials = Credentials::new(folder.path().to_owned());
        let path = credentials.path();
        assert!(file(&path, &credentials).remedy.is_none());
        fs::write(&path, "").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        set(&path, 0o640);
        let found = file(&path, &credentials);
        assert_eq!(found.remedy, Some(Remedy::Mode(path.clone(), 0o600)));
        assert!(found.detail.contains("mode 640"), "{}", found.detail);
        set(&path, 0o600);
        assert!(file(&path, &credentials).remedy.is_none());
        set(folder.path(), 0o700);
        assert!(folder_of(folder.path()).remedy.is_none());
        set(folder.path(), 0o755);
        let found = folder_of(folder.path());
        assert_eq!(found.remedy, Some(Remedy::Mode(folder.path().to_owned(), 0o700)));
        // A link may lead to what is somebody else's.
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        let found = folder_of(&link);
        assert!(found.detail.contains("mode 755") && found.remedy.is_none());
        let found = folder_of(&path);
        assert!(found.detail.contains("is no folder") && found.remedy.is_none());
    }
}
