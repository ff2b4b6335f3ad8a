//! Instances as operators are shown them.

use std::{
    collections::HashMap,
    fs,
    sync::{Arc, Weak},
    time::Duration,
};

use super::{CrashLoop, Instance, InstanceKey, Runtime, Share};
use crate::model::{ConnectorId, Millis, UserId};

/// An instance at a moment.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Its name in the logs.
    pub(crate) label: String,
    /// The release's number.
    pub(crate) number: i64,
    /// Whose it is; `None` for one that all share.
    pub(crate) user: Option<UserId>,
    pub(crate) stage: Stage,
    /// How many calls are in flight.
    pub(crate) calls: usize,
    /// How long there has been none; `None` while there is one, or where it is not ready.
    pub(crate) idle: Option<Duration>,
    /// When its start began.
    pub(crate) started_at: Millis,
    /// What its processes have in memory, in bytes; `None` where they are on another machine.
    pub(crate) memory: Option<u64>,
}

/// How far an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Starting,
    Ready,
    /// Another one has its place; it lets calls finish.
    Draining,
}

impl Runtime {
    /// The connector's instances, the oldest first. Looks through the machine's processes for the memory that they use.
    pub(crate) async fn instances(&self, connector: &ConnectorId) -> Vec<Seen> {
        let inner = &self.0;
        let mut ready = inner.table.all_ready();
        ready.retain(|instance| instance.connector() == connector);
        let mut draining: Vec<_> = inner.draining.lock().iter().filter_map(Weak::upgrade).collect();
        draining.retain(|instance| instance.connector() == connector && instance.life().gone().is_none());
        let starting = inner.table.all_starting(connector);
        let leaders = |instances: &[Arc<Instance>]| -> Vec<_> {
            instances
                .iter()
                .filter_map(|instance| instance.leader())
                .collect()
        };
        let roots = [leaders(&ready), leaders(&draining)].concat();
        let weighed = inner.tasks.spawn_blocking(move || memory_below(&roots)).await;
        let weighed = weighed.unwrap_or_default();
        let seen = |(instance, stage): (&Arc<Instance>, Stage)| {
            let now = instance.life().use_now();
            Seen {
                label: instance.label().to_owned(),
                number: instance.number(),
                user: user(instance.key()),
                stage,
                calls: now.calls,
                idle: (now.calls == 0).then(|| now.since.elapsed()),
                started_at: instance.started_at(),
                memory: instance.leader().and_then(|leader| weighed.get(&leader).copied()),
            }
        };
        let ready = ready.iter().map(|instance| (instance, Stage::Ready));
        let draining = draining.iter().map(|instance| (instance, Stage::Draining));
        let starting = starting.into_iter().map(|start| Seen {
            label: start.label,
            number: start.number,
            user: user(&start.key),
            stage: Stage::Starting,
            calls: 0,
            idle: None,
            started_at: start.at,
            memory: None,
        });
        let mut all: Vec<_> = ready.chain(draining).map(seen).chain(starting).collect();
        all.sort_by(|one, other| (one.started_at, &one.label).cmp(&(other.started_at, &other.label)));
        all
    }

    /// The connector's instances that ended again and again, and are left alone for a while; the last to end first.
    pub(crate) fn crash_loops(&self, connector: &ConnectorId) -> Vec<CrashLoop> {
        self.0.crashes.lock().loops(connector)
    }
}

fn user(key: &InstanceKey) -> Option<UserId> {
    match &key.share {
        Share::Shared { .. } => None,
        Share::User { user, .. } => Some(user.clone()),
    }
}

/// What each of `roots` and all that descends from it has in memory, in bytes.
fn memory_below(roots: &[i32]) -> HashMap<i32, u64> {
    if roots.is_empty() {
        return HashMap::new();
    }
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let processes: HashMap<i32, (i32, u64)> = pids
        .filter_map(|pid| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            Some((pid, read_status(&status)?))
        })
        .collect();
    let mut found: HashMap<i32, u64> = roots.iter().map(|root| (*root, 0)).collect();
    for (pid, (_, memory)) in &processes {
        // The parents of a process make a short chain; one that changes while it is read may be longer than it is.
        let mut at = *pid;
        for _ in 0..64 {
            if let Some(sum) = found.get_mut(&at) {
                *sum += memory;
                break;
            }
            match processes.get(&at) {
                Some((parent, _)) => at = *parent,
                None => break,
            }
        }
    }
    found
}

/// The parent and the resident memory in bytes, from `/proc/PID/status` (proc_pid_status(5)).
fn read_status(status: &str) -> Option<(i32, u64)> {
    let field = |name: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        value.split_whitespace().next()
    };
    // A process that has ended and waits for its parent has no memory.
    let kibibytes: u64 = field("VmRSS:").map_or(Some(0), |text| text.parse().ok())?;
    Some((field("PPid:")?.parse().ok()?, kibibytes * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_and_its_children_are_weighed() {
        let own = i32::try_from(std::process::id()).unwrap();
        let weighed = memory_below(&[own]);
        assert!(weighed[&own] > 1 << 20, "{weighed:?}");
        let status = "Name:\ta\nPid:\t7\nPPid:\t3\nVmRSS:\t    2048 kB\n";
        assert_eq!(read_status(status), Some((3, 2 << 20)));
        assert_eq!(read_status("Name:\ta\nPPid:\t3\n"), Some((3, 0)));
        assert_eq!(read_status("garbage"), None);
    }
}
