//! The groups of one instance.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use super::{Controller, Folder, Limits, Version, at, make_folder, write};

/// Berth's own processes around a connector, and their threads: they are counted in its group, not against its limit.
const OWN_PIDS: u32 = 8;
/// Over how long CPU time is counted, in microseconds. Longer than the usual 0.1 s: a connector may use several
/// processors at once while it starts, and is not held up for that.
const PERIOD: u64 = 500_000;
/// Where single threads join a group of version 1. One that joins by itself waits for nothing, where the kernel stops
/// every fork and exec of the machine to move a process: that takes milliseconds.
pub(in crate::runtime) const OF_THREADS: &str = "tasks";
/// How long a group is given until the last process that was in it has left.
const PATIENCE: Duration = Duration::from_secs(10);

/// The groups of one instance, a folder a hierarchy. They are removed with this, if nobody is left in them by then.
#[derive(Debug, Default)]
pub(crate) struct Group {
    folders: Vec<(PathBuf, Version)>,
    memory: Option<usize>,
}

impl Group {
    /// Makes its folder in the broker's, and sets what is limited there.
    pub(super) fn add(&mut self, folder: &Folder, label: &str, limits: &Limits) -> io::Result<()> {
        let path = folder.path.join(label);
        make_folder(&path)?;
        if folder.controllers.contains(&Controller::Memory) {
            self.memory = Some(self.folders.len());
        }
        // From here on it is removed if something fails.
        self.folders.push((path.clone(), folder.version));
        for controller in &folder.controllers {
            match (controller, folder.version) {
                (Controller::Memory, Version::One) => memory_one(&path, limits)?,
                (Controller::Memory, Version::Two) => memory_two(&path, limits)?,
                (Controller::Pids, _) => {
                    let pids = limits.pids.saturating_add(OWN_PIDS);
                    write(&path.join("pids.max"), &pids.to_string())?;
                }
                (Controller::Cpu, version) => cpu(&path, version, limits)?,
            }
        }
        Ok(())
    }

    /// What an earlier run left.
    pub(super) fn left(path: PathBuf, version: Version) -> Self {
        Self {
            folders: vec![(path, version)],
            memory: None,
        }
    }

    /// The files that a process of one thread writes its id to (or 0) to be in the instance's groups from then on.
    pub(crate) fn procs(&self) -> Vec<PathBuf> {
        let file = |(folder, version): &(PathBuf, Version)| match version {
            Version::One => folder.join(OF_THREADS),
            Version::Two => folder.join("cgroup.procs"),
        };
        self.folders.iter().map(file).collect()
    }

    /// Whether a process in it was killed because its memory had run out; to be asked before it is removed.
    pub(crate) fn ran_out_of_memory(&self) -> bool {
        let Some((folder, version)) = self.memory() else {
            return false;
        };
        let file = match version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
        let killed = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        killed.and_then(|n| n.trim().parse().ok()).unwrap_or(0_u64) > 0
    }

    /// Ends whoever is still in it, waits until they are gone, and removes it. One that stays after 10 s is left to the
    /// broker's next start.
    pub(crate) async fn remove(mut self) {
        let tries = async {
            let mut pause = Duration::from_millis(5);
            while !self.try_remove() {
                self.kill();
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(500));
            }
        };
        if tokio::time::timeout(PATIENCE, tries).await.is_err() {
            let folders = &self.folders;
            tracing::warn!(?folders, "a control group could not be removed");
        }
    }

    fn memory(&self) -> Option<(&Path, Version)> {
        let (folder, version) = self.folders.get(self.memory?)?;
        Some((folder, *version))
    }

    /// Removes what can be removed; returns whether that was all.
    fn try_remove(&mut self) -> bool {
        self.memory = None;
        self.folders.retain(|(folder, _)| match fs::remove_dir(folder) {
            Err(error) => error.kind() != io::ErrorKind::NotFound,
            Ok(()) => false,
        });
        self.folders.is_empty()
    }

    fn kill(&self) {
        for (folder, version) in &self.folders {
            // Linux 5.14 and newer; it misses nobody who is being forked right now.
            if *version == Version::Two && write_existing(&folder.join("cgroup.kill"), "1").is_ok() {
                continue;
            }
            let inside = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
            // 0 is written for those of another pid namespace.
            let pids = inside.lines().filter_map(|pid| pid.parse().ok());
            for pid in pids.filter_map(Pid::from_raw) {
                // Fails for one that has just ended.
                _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.try_remove();
    }
}

fn memory_one(path: &Path, limits: &Limits) -> io::Result<()> {
    let limit = limits.memory.0.to_string();
    write(&path.join("memory.limit_in_bytes"), &limit)?;
    // Memory and swap together; there where swap is counted at all.
    write_optional(&path.join("memory.memsw.limit_in_bytes"), &limit)
}

fn memory_two(path: &Path, limits: &Limits) -> io::Result<()> {
    write(&path.join("memory.max"), &limits.memory.0.to_string())?;
    write_optional(&path.join("memory.swap.max"), "0")?;
    // All of an instance is ended, rather than a child that it waits for until somebody gives up.
    write_optional(&path.join("memory.oom.group"), "1")
}

fn cpu(path: &Path, version: Version, limits: &Limits) -> io::Result<()> {
    let quota = PERIOD * u64::from(limits.cpus.0) / 1000;
    let set = match version {
        Version::One => write(&path.join("cpu.cfs_period_us"), &PERIOD.to_string())
            .and_then(|()| write(&path.join("cpu.cfs_quota_us"), &quota.to_string())),
        Version::Two => write(&path.join("cpu.max"), &format!("{quota} {PERIOD}")),
    };
    match set {
        // Version 1 refuses a larger share than the broker's own, which holds anyway.
        Err(error) if version == Version::One && error.kind() == io::ErrorKind::InvalidInput => return Ok(()),
        set => set?,
    }
    // One that was idle may be quick for a moment. A quota may not be larger than what it can grow to.
    let burst = match version {
        Version::One => "cpu.cfs_burst_us",
        Version::Two => "cpu.max.burst",
    };
    write_optional(&path.join(burst), &quota.to_string())
}

/// Writes to a file that not every kernel has.
fn write_optional(path: &Path, value: &str) -> io::Result<()> {
    match write_existing(path, value) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path, &error)),
        _ => Ok(()),
    }
}

fn write_existing(path: &Path, value: &str) -> io::Result<()> {
    use io::Write as _;
    fs::OpenOptions::new()
        .write(true)
        .open(path)?
        .write_all(value.as_bytes())
}
