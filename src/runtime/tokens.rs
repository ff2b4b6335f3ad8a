//! Files that carry a user's token: a process that reads them at each call lives on when the token changes.
//!
//! Each instance has a folder of its own. A file is replaced whole, by a rename, so that whoever reads it sees the old
//! token or the new one; the folder's path never changes. What is written is hidden in the instance's log before.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, chown, fchown},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use tokio_util::task::TaskTracker;

use crate::{connector::Hidden, model::EnvName, secret::Secret};

/// A user's token as files: the variables that name them, and what is in them.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenFiles {
    /// Grows with each new token of one grant.
    pub(crate) version: i64,
    pub(crate) files: Vec<(EnvName, Secret<String>)>,
}

/// Who reads the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// The broker's own account.
    Broker,
    /// The user and group that a connector runs as.
    Connector((u32, u32)),
    /// Whoever an image runs as. The folder above is the broker's alone, so that nobody else gets this far.
    Anyone,
}

/// The folder of one instance. It goes when the instance does.
#[derive(Debug)]
pub(super) struct TokenFolder {
    path: PathBuf,
    names: Vec<EnvName>,
    reader: Reader,
    hidden: Arc<Hidden>,
    /// Of the token that the files hold.
    version: AtomicI64,
    closed: AtomicBool,
    /// Held while the files are written.
    turn: Arc<tokio::sync::Mutex<()>>,
    tasks: TaskTracker,
}

impl TokenFolder {
    /// Makes the folder `label` in `parent`, which is the broker's alone, and writes the files.
    pub(super) fn make(
        parent: &Path,
        label: &str,
        given: &TokenFiles,
        reader: Reader,
        hidden: Arc<Hidden>,
        tasks: TaskTracker,
    ) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        let folder = Self {
            path: parent.join(label),
            names: given.files.iter().map(|(name, _)| name.clone()).collect(),
            reader,
            hidden,
            version: AtomicI64::new(given.version),
            closed: AtomicBool::new(false),
            turn: Arc::default(),
            tasks,
        };
        DirBuilder::new().mode(0o700).create(&folder.path)?;
        let mode = match reader {
            Reader::Anyone => 0o755,
            Reader::Broker => 0o700,
            Reader::Connector(_) => 0o750,
        };
        // Whatever the umask took away.
        fs::set_permissions(&folder.path, fs::Permissions::from_mode(mode))?;
        if let Reader::Connector((_, group)) = reader {
            // Not the user's: who writes to a folder decides where a file in it lies.
            chown(&folder.path, None, Some(group))?;
        }
        folder.write(&given.files)?;
        Ok(folder)
    }

    /// Where it is, for the broker and for the instance.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The variables that name the files.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&EnvName, PathBuf)> {
        self.names
            .iter()
            .map(|name| (name, self.path.join(name.as_str())))
    }

    /// Sees to it that the files hold the token of `version` or a later one. Costs one look where they do.
    pub(super) async fn deliver(
        self: &Arc<Self>,
        version: i64,
        files: &[(EnvName, Secret<String>)],
    ) -> io::Result<()> {
        if self.version.load(Ordering::Acquire) >= version {
            return Ok(());
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if self.version.load(Ordering::Acquire) >= version {
            return Ok(());
        }
        let (folder, files) = (Arc::clone(self), files.to_vec());
        // The turn goes along: a caller who leaves does not let another one write at the same time.
        let writing = self.tasks.spawn_blocking(move || {
            let _turn = turn;
            if folder.closed.load(Ordering::Acquire) {
                return Ok(());
            }
            folder.write(&files)?;
            folder.version.store(version, Ordering::Release);
            Ok(())
        });
        writing.await.map_err(io::Error::other)?
    }

    /// Removes it: the instance has ended.
    pub(super) fn close(&self) {
        if !self.closed.swap(true, Ordering::AcqRel) {
            super::logs::remove(&self.path);
        }
    }

    fn write(&self, files: &[(EnvName, Secret<String>)]) -> io::Result<()> {
        for (_, content) in files {
            self.hidden.deliver_text(content.expose());
        }
        for (name, content) in files {
            // No variable's name begins with a dot.
            let fresh = self.path.join(format!(".{name}"));
            let mut file = self.open(&fresh)?;
            file.write_all(content.expose().as_bytes())?;
            fs::rename(&fresh, self.path.join(name.as_str()))?;
        }
        Ok(())
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        match self.reader {
            Reader::Broker => {}
            Reader::Connector((user, group)) => fchown(&file, Some(user), Some(group))?,
            Reader::Anyone => file.set_permissions(fs::Permissions::from_mode(0o644))?,
        }
        Ok(file)
    }
}

impl Drop for TokenFolder {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    fn files(text: &str) -> Vec<(EnvName, Secret<String>)> {
        vec![("TOKEN_FILE".parse().unwrap(), Secret::new(text.to_owned()))]
    }

    fn make(parent: &Path) -> (Arc<TokenFolder>, Arc<Hidden>) {
        let hidden = Arc::new(Hidden::new(std::iter::empty()));
        let given = TokenFiles {
            version: 1,
            files: files("canary-1"),
        };
        let (told, tasks) = (Arc::clone(&hidden), TaskTracker::new());
        let folder = TokenFolder::make(parent, "one", &given, Reader::Broker, told, tasks).unwrap();
        (Arc::new(folder), hidden)
    }

    #[tokio::test]
    async fn the_newest_token_stays_however_deliveries_meet() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, hidden) = make(parent.path());
        let (name, path) = folder.variables().next().unwrap();
        assert_eq!(name.as_str(), "TOKEN_FILE");
        let open_before = File::open(&path).unwrap();
        let deliveries = (1..=20).rev().map(|version| {
            let folder = &folder;
            async move {
                let given = files(&format!("canary-{version}"));
                folder.deliver(version, &given).await.unwrap();
            }
        });
        join_all(deliveries).await;
        assert_eq!(fs::read_to_string(&path).unwrap(), "canary-20");
        // Whoever reads while it is replaced reads a whole token.
        assert_eq!(io::read_to_string(open_before).unwrap(), "canary-1");
        assert_eq!(hidden.hide("canary-1 canary-20".into()), "*** ***");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn who_reads_a_token_has_no_say_in_where_it_lies() {
        use std::os::unix::fs::MetadataExt as _;
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root gives files away");
            return;
        }
        let parent = tempfile::tempdir().unwrap();
        let given = TokenFiles {
            version: 1,
            files: files("canary-1"),
        };
        let reader = Reader::Connector((61_997, 61_996));
        let (hidden, tasks) = (Arc::new(Hidden::new(std::iter::empty())), TaskTracker::new());
        let folder = TokenFolder::make(parent.path(), "one", &given, reader, hidden, tasks).unwrap();
        let (_, file) = folder.variables().next().unwrap();
        let of = |path: &Path| {
            let meta = fs::metadata(path).unwrap();
            (meta.uid(), meta.gid(), meta.mode() & 0o777)
        };
        assert_eq!(of(folder.path()), (0, 61_996, 0o750));
        assert_eq!(of(&file), (61_997, 61_996, 0o600));
    }

    #[tokio::test]
    async fn nothing_is_written_once_it_has_ended() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, _) = make(parent.path());
        folder.close();
        folder.deliver(2, &files("canary-2")).await.unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_token_that_cannot_be_written_is_told_and_tried_again() {
        let parent = tempfile::tempdir().unwrap();
        let (folder, _) = make(parent.path());
        let away = parent.path().join("away");
        fs::rename(folder.path(), &away).unwrap();
        folder.deliver(2, &files("canary-2")).await.unwrap_err();
        fs::rename(&away, folder.path()).unwrap();
        folder.deliver(2, &files("canary-2")).await.unwrap();
        let (_, path) = folder.variables().next().unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "canary-2");
    }
}
