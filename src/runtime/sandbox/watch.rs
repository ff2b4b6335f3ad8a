//! How much memory a connector uses, all of its processes together, where no control group counts it.
//!
//! A limit of each process holds at once; what many processes have together is looked at every now and then. What
//! could be held without being seen there (files and segments in memory that no process maps) a filter denies.

use std::{fs, time::Duration};

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

    /// Looks once: when to look again, or `None` where it has more than it may.
    pub(super) fn look(&mut self) -> Option<Duration> {
        let used =
            scratch() + processes(|pid| field_sum(&format!("/proc/{pid}/status"), ["RssAnon:", "RssShmem:"]));
        // Pages that processes share are each one's in that sum; a share of them costs more to find out.
        if used > self.limit
            && scratch()
                + processes(|pid| {
                    field_sum(&format!("/proc/{pid}/smaps_rollup"), ["Pss_Anon:", "Pss_Shmem:"])
                })
                > self.limit
        {
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

/// The sum over all processes but the first, which is berth's own.
fn processes(used: impl Fn(u32) -> u64) -> u64 {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|pid| *pid != 1).map(used).sum()
}

/// The fields' sum in bytes; nothing of a process that is gone.
fn field_sum(file: &str, fields: [&str; 2]) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let kilobytes = text.lines().filter_map(|line| {
        let value = fields.iter().find_map(|field| line.strip_prefix(field))?;
        value.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()
    });
    kilobytes.sum::<u64>() << 10
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
        assert_eq!(sum(["RssAnon:", "RssShmem:"]), 16 << 10);
        assert_eq!(sum(["Pss_Anon:", "Pss_Shmem:"]), 0);
        assert_eq!(field_sum("/nonexistent", ["RssAnon:", "RssShmem:"]), 0);
    }
}
