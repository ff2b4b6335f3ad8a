//! The programs of this machine that connectors and their packages need.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::future::join_all;

use super::{
    ResolveError, Surroundings,
    program::{self, Program, RunError},
};
use crate::runtime::Spawner;

/// How long one may take to say its version: a wrapper may have a lot to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that something needs, and whether it is here.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// What goes without it, to be read after "without it,".
    pub(crate) cost: &'static str,
    /// Where it is, and its version.
    pub(crate) found: Result<(PathBuf, String), Lack>,
}

/// Why it can't be used.
#[derive(Debug)]
pub(crate) struct Lack {
    pub(crate) why: String,
    /// It is not there at all, rather than broken.
    pub(crate) is_absent: bool,
    pub(crate) hint: &'static str,
}

/// Looks for all of them where a broker would, and asks each for its version. What they may write goes to `folder`.
pub(crate) async fn tools(spawner: &Spawner, surroundings: &Surroundings, folder: &Path) -> Vec<Tool> {
    let all = [
        (
            "node",
            "connectors on Node.js do not run",
            ResolveError::NodeMissing,
        ),
        ("npm", "`berth deploy --npx` fails", ResolveError::NpmMissing),
        (
            "python3",
            "connectors on Python do not run",
            ResolveError::PythonMissing,
        ),
        ("uv", "`berth deploy --uvx` fails", ResolveError::UvMissing),
    ];
    let looks = all.into_iter().map(async |(name, cost, missing)| Tool {
        name,
        cost,
        found: look(name, spawner, surroundings, folder)
            .await
            .map_err(|why| Lack {
                is_absent: why.is_none(),
                why: why.unwrap_or_else(|| missing.to_string()),
                hint: missing.hint(),
            }),
    });
    join_all(looks).await
}

/// An error says what is wrong with one that is there.
async fn look(
    name: &str,
    spawner: &Spawner,
    surroundings: &Surroundings,
    folder: &Path,
) -> Result<(PathBuf, String), Option<String>> {
    let path = surroundings.find(name).ok_or(None)?;
    let ask = Program {
        name: name.to_owned(),
        args: vec!["--version".to_owned()],
        directory: "/".into(),
        env: vec![
            ("NPM_CONFIG_CACHE", folder.into()),
            ("NPM_CONFIG_UPDATE_NOTIFIER", OsString::from("false")),
        ],
    };
    let unusable = |why: &str| Some(format!("{} {why}", path.display()));
    let ran = match program::run(&ask, spawner, surroundings, PATIENCE).await {
        Ok(ran) => ran,
        Err(RunError::Missing) => return Err(unusable("needs a program that is not there")),
        Err(RunError::TimedOut) => return Err(unusable("did not say its version")),
        Err(RunError::Io(error)) => return Err(unusable(&format!("can't be run: {error}"))),
    };
    let first = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        text.lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .map(str::to_owned)
    };
    if !ran.status.success() {
        let said = first(&ran.stderr).map_or_else(|| ran.status.to_string(), |said| format!("{:?}", said));
        return Err(unusable(&format!("does not work: {said}")));
    }
    // `v20.1.0`, `10.2.3`, `Python 3.11.2`, `uv 0.9.1 (…)`.
    let said = first(&ran.stdout).unwrap_or_default();
    let mut words = said.split_whitespace().map(|word| word.trim_start_matches('v'));
    let version = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let version = version.unwrap_or_default().to_owned();
    Ok((path, version))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[tokio::test]
    async fn each_is_found_with_its_version_or_says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let script = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let node = script("node", "echo v20.1.0");
        let python = script("python3", "echo Python 3.11.2");
        script("npm", "echo '  no such node' >&2; exit 3");
        let path = ("PATH".into(), folder.path().into());
        let surroundings = Surroundings::chosen(std::iter::once(path));
        let spawner = Spawner::new("/bin/true".into()).unwrap();
        let found = tools(&spawner, &surroundings, folder.path()).await;
        let seen = |at: usize| found[at].found.as_ref();
        assert_eq!(seen(0).unwrap(), &(node, "20.1.0".to_owned()));
        assert_eq!(seen(2).unwrap(), &(python, "3.11.2".to_owned()));
        let npm = seen(1).unwrap_err();
        assert!(
            npm.why.ends_with("npm does not work: \"no such node\""),
            "{npm:?}"
        );
        assert_eq!(seen(3).unwrap_err().why, ResolveError::UvMissing.to_string());
    }
}
