//! How much memory a connector uses, all of its processes together, where no control group counts it.
//!
//! A limit of each process holds at once; what many processes have together is looked at every now and then. What
//! could be held without being seen there (files and segments in memory that no process maps) a filter denies.

use std::{fs, io, time::Duration};

use rustix::fs::statvfs;

/// Between two looks: at one that does nothing new, and at one that grows or shrinks.
const QUIET: Duration = Duration::from_millis(200);
const BUSY: Duration = Duration::from_millis(40);

/// What counts as doing something new, in bytes.
const NOTICEABLE: u64 = 4 << 20;

/// What is mounted in memory for it.
const SCRATCH: [&str; 2] = ["/tmp", "/dev/shm"];

pub(super) struct Watch {
    /// In bytes.
    limit: u64,
    last: u64,
}

impl Watch {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, last: 0 }
    }

    /// Looks once: when to look again, or `None` where it has more than it may, or leaves this process nothing to look with.
    pub(super) fn look(&mut self) -> Option<Duration> {
        let used = scratch() + processes(resident)?;
        // Pages that processes share are each one's in that sum; a share of them costs more to find out.
        if used > self.limit && scratch() + processes(proportional)? > self.limit {
            return None;
        }
        let pause = if used.abs_diff(self.last) > NOTICEABLE {
            BUSY
        } else {
            QUIET
        };
        self.last = used;
        Some(pause)
    }
}

/// The sum over all processes. The first is berth's own, which holds what is being sent for the others.
fn processes(used: impl Fn(u32) -> Option<u64>) -> Option<u64> {
    let mut sum = 0;
    for entry in fs::read_dir("/proc").ok()? {
        let name = entry.ok()?.file_name();
        if let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) {
            sum += used(pid)?;
        }
    }
    Some(sum)
}

fn resident(pid: u32) -> Option<u64> {
    field_sum(&format!("/proc/{pid}/status"), ["RssAnon:", "RssShmem:"])
}

/// One that is not to be looked into has all that is resident.
fn proportional(pid: u32) -> Option<u64> {
    field_sum(&format!("/proc/{pid}/smaps_rollup"), ["Pss_Anon:", "Pss_Shmem:"]).or_else(|| resident(pid))
}

/// The fields' sum in bytes; nothing of a process that is gone, and `None` where there is no telling.
fn field_sum(file: &str, fields: [&str; 2]) -> Option<u64> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Some(0),
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return Some(0),
        text => text.ok()?,
    };
    let kilobytes = text.lines().filter_map(|line| {
        let value = fields.iter().find_map(|field| line.strip_prefix(field))?;
        value.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()
    });
    Some(kilobytes.sum::<u64>() << 10)
}

fn scratch() -> u64 {
    let used = |place| statvfs(place).map_or(0, |space| (space.f_blocks - space.f_bfree) * space.f_frsize);
    SCRATCH.into_iter().map(used).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_added_up() {
        let folder = tempfile::tempdir().unwrap();
        let status = folder.path().join("status");
        fs::write(
            &status,
            "Name:\tx\nVmRSS:\t 999 kB\nRssAnon:\t     12 kB\nRssFile:\t 7 kB\nRssShmem:\t 4 kB\n",
        )
        .unwrap();
        let sum = |fields| field_sum(status.to_str().unwrap(), fields);
        assert_eq!(sum(["RssAnon:", "RssShmem:"]), Some(16 << 10));
        assert_eq!(sum(["Pss_Anon:", "Pss_Shmem:"]), Some(0));
        assert_eq!(field_sum("/nonexistent", ["RssAnon:", "RssShmem:"]), Some(0));
        // What is there and can't be read is not nothing.
        assert_eq!(field_sum("/proc/self", ["RssAnon:", "RssShmem:"]), None);
    }
}
