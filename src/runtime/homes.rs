//! The private homes of connectors: each is measured while an instance has it, and has a size that ends the instance
//! when it is passed.
//!
//! No limit of the kernel's covers a folder on every file system. So what is there is counted, every few seconds and only
//! while something runs; files that were removed and are still held open count, too.

mod tree;

pub(super) use tree::measure;

use std::{
    collections::{BTreeSet, HashSet},
    fs, io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rustix::process::Pid;
use tokio_util::sync::CancellationToken;

pub(super) use tree::give;

use super::StartCause;
use crate::model::{Bytes, ConnectorId, UserId};

/// How long to wait from one look to the next.
const PAUSE: Duration = Duration::from_secs(5);
/// The same while some home is more than half full.
const SHORT_PAUSE: Duration = Duration::from_secs(1);
/// Looking takes at most one in so many parts of the time.
const SHARE: u32 = 20;

/// All homes of one broker.
#[derive(Debug)]
pub(super) struct Homes {
    directory: PathBuf,
    tenants: Mutex<Vec<Weak<Tenant>>>,
    /// Those that were too large when somebody last looked.
    full: Mutex<HashSet<PathBuf>>,
}

/// An instance that has a home.
#[derive(Debug)]
pub(super) struct Tenant {
    home: PathBuf,
    limit: Bytes,
    /// The process that all of the instance's come from.
    process: Option<Pid>,
    evicted: CancellationToken,
}

impl Homes {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            tenants: Mutex::default(),
            full: Mutex::default(),
        }
    }

    /// The home of what the connector runs for `owner`: a user, or `shared`. It is made if it is not there.
    pub(super) fn make(&self, connector: &ConnectorId, owner: &str) -> io::Result<PathBuf> {
        let home = self.directory.join(connector.as_str()).join(owner);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&home)?;
        Ok(home)
    }

    /// Refuses a home that was found full and has no room yet. Looks at the disk only in that case.
    pub(super) async fn admit(&self, home: &Path, limit: Bytes) -> Result<(), StartCause> {
        if !self.full.lock().contains(home) {
            return Ok(());
        }
        let folder = home.to_owned();
        let looked = tokio::task::spawn_blocking(move || tree::measure(&folder, limit.0)).await;
        if looked.is_ok_and(|held| held.is_ok_and(|held| held.is_more)) {
            return Err(StartCause::HomeFull { limit });
        }
        self.full.lock().remove(home);
        Ok(())
    }

    /// Has `home` looked after until the answer is dropped. `process` is the one that all of the instance's processes
    /// come from, where they are this machine's.
    pub(super) fn let_to(&self, home: PathBuf, limit: Bytes, process: Option<Pid>) -> Arc<Tenant> {
        let tenant = Arc::new(Tenant {
            home,
            limit,
            process,
            evicted: CancellationToken::new(),
        });
        let mut tenants = self.tenants.lock();
        tenants.retain(|tenant| tenant.strong_count() > 0);
        tenants.push(Arc::downgrade(&tenant));
        tenant
    }

    /// Looks at the homes of what runs, and evicts whoever holds too much, until `stop`.
    pub(super) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut pause = PAUSE;
        while stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_some()
        {
            let homes = Arc::clone(&self);
            let started = Instant::now();
            // Fails when the runtime goes, and this with it.
            let is_tight = tokio::task::spawn_blocking(move || homes.look())
                .await
                .unwrap_or(false);
            let usual = if is_tight { SHORT_PAUSE } else { PAUSE };
            pause = usual.max(started.elapsed() * SHARE);
        }
    }

    /// Looks at every home that somebody has; returns whether one of them is more than half full.
    fn look(&self) -> bool {
        let tenants: Vec<Arc<Tenant>> = self.tenants.lock().iter().filter_map(Weak::upgrade).collect();
        let mut is_tight = false;
        for tenant in tenants.iter().filter(|tenant| !tenant.evicted.is_cancelled()) {
            let Ok(held) = tree::measure(&tenant.home, tenant.limit.0) else {
                continue;
            };
            let bytes = held.bytes + tenant.held_open(held.device);
            if held.is_more || bytes > tenant.limit.0 {
                if held.is_more {
                    self.full.lock().insert(tenant.home.clone());
                }
                tenant.evicted.cancel();
            }
            is_tight |= bytes > tenant.limit.0 / 2;
        }
        is_tight
    }

    /// Erases the connector's homes: how many there were. Nothing of it may run any more.
    pub(super) fn clear(&self, connector: &ConnectorId) -> io::Result<usize> {
        self.clear_all(|of, _| of == connector.as_str())
    }

    /// Erases the user's homes at every connector, where nothing may run for that user any more.
    pub(super) fn clear_of(&self, user: &UserId) -> io::Result<usize> {
        self.clear_all(|_, owner| owner == user.as_str())
    }

    /// Erases all that it can; the first error, where something stayed.
    fn clear_all(&self, which: impl Fn(&str, &str) -> bool) -> io::Result<usize> {
        let mut done = Ok(0);
        for connector in names_in(&self.directory) {
            let folder = self.directory.join(&connector);
            for owner in names_in(&folder)
                .into_iter()
                .filter(|owner| which(&connector, owner))
            {
                let home = folder.join(owner);
                self.full.lock().remove(&home);
                let cleared = tree::clear(&home).and_then(|()| fs::remove_dir(&home));
                if let Err(error) = &cleared {
                    tracing::warn!(%error, home = %home.display(), "a home could not be emptied");
                }
                done = done.and_then(|homes| cleared.map(|()| homes + 1));
            }
            // Only one that nobody has a home in any more.
            _ = fs::remove_dir(folder);
        }
        done
    }
}

impl Tenant {
    /// Set when it holds more than it may.
    pub(super) fn eviction(&self) -> CancellationToken {
        self.evicted.clone()
    }

    pub(super) fn limit(&self) -> Bytes {
        self.limit
    }

    /// What its processes hold open that has no name any more, on the file system of the home.
    fn held_open(&self, device: u64) -> u64 {
        let mut seen = BTreeSet::new();
        let mut bytes = 0;
        for process in self
            .process
            .iter()
            .flat_map(|root| family(root.as_raw_nonzero().get()))
        {
            // What it has mapped only root may look at.
            let folders = ["fd", "map_files"].map(|folder| format!("/proc/{process}/{folder}"));
            let files = folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok());
            let files = files.flatten().flatten().map(|file| file.path());
            for file in files.chain([format!("/proc/{process}/exe").into()]) {
                // Follows to what is open, whatever has its name now.
                let Ok(meta) = fs::metadata(file) else {
                    continue;
                };
                let is_hidden = meta.is_file() && meta.nlink() == 0 && meta.dev() == device;
                if is_hidden && seen.insert(meta.ino()) {
                    bytes += meta.blocks() * 512;
                }
            }
        }
        bytes
    }
}

/// A process and all that come from it.
fn family(root: i32) -> Vec<i32> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        next += 1;
        // Each thread has children of its own; where the kernel has no such list, only the first process is looked at.
        for thread in fs::read_dir(format!("/proc/{process}/task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            found.extend(
                children
                    .split_whitespace()
                    .filter_map(|pid| pid.parse::<i32>().ok()),
            );
        }
    }
    found
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    fn homes() -> (tempfile::TempDir, Homes, ConnectorId) {
        let folder = tempfile::tempdir().unwrap();
        let homes = Homes::new(folder.path().join("homes"));
        (folder, homes, ConnectorId::random())
    }

    #[tokio::test]
    async fn whoever_holds_too_much_has_to_go_until_there_is_room() {
        let (_folder, homes, connector) = homes();
        let limit = Bytes(1 << 20);
        let home = homes.make(&connector, "user").unwrap();
        let tenant = homes.let_to(home.clone(), limit, None);
        let other = homes.let_to(homes.make(&connector, "other").unwrap(), limit, None);
        assert!(!homes.look());
        fs::write(home.join("half"), vec![1; 600 << 10]).unwrap();
        assert!(homes.look());
        assert!(!tenant.evicted.is_cancelled());
        fs::write(home.join("more"), vec![1; 600 << 10]).unwrap();
        homes.look();
        assert!(tenant.evicted.is_cancelled());
        assert!(!other.evicted.is_cancelled());
        let refused = homes.admit(&home, limit).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "its home holds more than 1m, which is all that it may keep there"
        );
        homes.admit(&home, Bytes(2 << 20)).await.unwrap();
        fs::write(home.join("most"), vec![1; 1 << 20]).unwrap();
        let tenant = homes.let_to(home.clone(), limit, None);
        homes.look();
        assert!(tenant.evicted.is_cancelled());
        homes.admit(&home, limit).await.unwrap_err();
        assert_eq!(homes.clear(&connector).unwrap(), 2);
        assert!(!home.exists());
        homes.admit(&home, limit).await.unwrap();
    }

    #[tokio::test]
    async fn files_without_a_name_count() {
        let (_folder, homes, connector) = homes();
        let home = homes.make(&connector, "user").unwrap();
        #[allow(clippy::disallowed_methods, reason = "a process that holds a file")]
        let mut child = std::process::Command::new("sh")
            .args([
                "-c",
                "(exec 3>hidden; rm hidden; head -c 3000000 /dev/zero >&3; echo done; read x); exit 0",
            ])
            .current_dir(&home)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = [0; 4];
        child.stdout.take().unwrap().read_exact(&mut said).unwrap();
        let tenant = homes.let_to(home.clone(), Bytes(1 << 20), Some(Pid::from_child(&child)));
        homes.look();
        assert!(tenant.evicted.is_cancelled());
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        child.wait().unwrap();
        // Nothing is left of it, so there is room for the next one.
        homes.admit(&home, Bytes(1 << 20)).await.unwrap();
    }

    #[test]
    fn what_runs_counts_when_its_name_is_gone() {
        let (_folder, homes, connector) = homes();
        let home = homes.make(&connector, "user").unwrap();
        // Made by the child: nobody else has the file open when it becomes the program.
        #[allow(clippy::disallowed_methods, reason = "a process that is its file")]
        let mut child = std::process::Command::new("sh")
            .args([
                "-c",
                "cp /bin/cat program && head -c 3000000 /dev/zero >>program && exec ./program",
            ])
            .current_dir(&home)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.as_mut().unwrap().write_all(b"here").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 4]).unwrap();
        fs::remove_file(home.join("program")).unwrap();
        let tenant = homes.let_to(home, Bytes(1 << 20), Some(Pid::from_child(&child)));
        homes.look();
        assert!(tenant.evicted.is_cancelled());
        drop(child.stdin.take());
        child.wait().unwrap();
    }

    #[test]
    fn a_user_who_goes_leaves_no_home() {
        let (_folder, homes, connector) = homes();
        let user = UserId::random();
        let mine = homes.make(&connector, user.as_str()).unwrap();
        let others = homes.make(&ConnectorId::random(), "shared").unwrap();
        fs::write(mine.join("file"), "x").unwrap();
        assert_eq!(homes.clear_of(&user).unwrap(), 1);
        assert!(!mine.exists() && !mine.parent().unwrap().exists());
        assert!(others.exists());
    }
}
