//! What one instance may use.

use crate::model::{Bytes, Cpus, Run};

/// What one instance may use at most, all of its processes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Memory, with what it writes to its private /tmp; it gets no swap.
    pub(crate) memory: Bytes,
    pub(crate) cpus: Cpus,
    /// Processes and threads.
    pub(crate) pids: u32,
    /// What it may keep in its home, which is also the size of its largest file.
    pub(crate) disk: Bytes,
    /// Open files of each process, which it may raise to four times as many.
    pub(crate) open_files: u32,
}

impl Limits {
    /// What a deploy said, and the defaults for what it did not.
    pub(crate) fn of(run: &Run) -> Self {
        let usual = Self::default();
        Self {
            memory: run.memory.unwrap_or(usual.memory),
            cpus: run.cpus.unwrap_or(usual.cpus),
            pids: run.pids.unwrap_or(usual.pids),
            disk: run.disk.unwrap_or(usual.disk),
            open_files: usual.open_files,
        }
    }
}

impl Default for Limits {
    /// Room for a usual connector on Node or Python several times over, and none for one that runs wild.
    fn default() -> Self {
        Self {
            memory: Bytes(512 << 20),
            cpus: Cpus(1000),
            pids: 256,
            disk: Bytes(1 << 30),
            open_files: 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_what_the_readme_says() {
        let readme = include_str!("../../README.md");
        let usual = Limits::default();
        for (flag, value) in [
            ("--memory", usual.memory.to_string()),
            ("--cpus", usual.cpus.to_string()),
            ("--pids", usual.pids.to_string()),
            ("--disk", usual.disk.to_string()),
        ] {
            let row = format!("| `{flag}` | {value} |");
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn what_was_said_wins_and_the_rest_is_usual() {
        assert_eq!(Limits::of(&Run::default()), Limits::default());
        let run = Run {
            memory: Some(Bytes(64 << 20)),
            pids: Some(32),
            ..Run::default()
        };
        let limits = Limits::of(&run);
        assert_eq!((limits.memory, limits.pids), (Bytes(64 << 20), 32));
        assert_eq!((limits.cpus, limits.disk), (Cpus(1000), Bytes(1 << 30)));
    }
}
