//! What the programs that this process started listen on, as Linux tells it in `/proc`.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    net::SocketAddr,
};

use crate::runtime::listening;

/// The addresses that were seen last, while something was running.
#[derive(Debug, Default, Clone)]
pub(super) struct Listening(BTreeSet<SocketAddr>);

impl Listening {
    /// Looks again. What was seen stays when nothing is there any more.
    pub(super) async fn look(&mut self) {
        let seen = tokio::task::spawn_blocking(now).await.unwrap_or_default();
        if !seen.is_empty() {
            self.0 = seen;
        }
    }

    /// Adds what was seen elsewhere.
    pub(super) fn add(&mut self, addresses: impl IntoIterator<Item = SocketAddr>) {
        self.0.extend(addresses);
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = &SocketAddr> {
        self.0.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For people: `0.0.0.0:3000 and [::1]:9229`.
    pub(super) fn describe(&self) -> String {
        let all: Vec<String> = self.0.iter().map(SocketAddr::to_string).collect();
        all.join(" and ")
    }
}

fn now() -> BTreeSet<SocketAddr> {
    let sockets: HashSet<u64> = descendants().into_iter().flat_map(sockets_of).collect();
    if sockets.is_empty() {
        return BTreeSet::new();
    }
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    tables
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .flat_map(|table| listening(&table))
        .filter(|(_, inode)| sockets.contains(inode))
        .map(|(address, _)| address)
        .collect()
}

/// All processes below this one.
fn descendants() -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name of the program stands in parentheses, and may have spaces and parentheses of its own.
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        if let Some(parent) = rest
            .split_whitespace()
            .nth(1)
            .and_then(|parent| parent.parse().ok())
        {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![std::process::id()];
    while let Some(pid) = next.pop() {
        let below = children.remove(&pid).unwrap_or_default();
        found.extend(&below);
        next.extend(below);
    }
    found
}

fn sockets_of(pid: u32) -> Vec<u64> {
    let links = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    links
        .filter_map(|link| {
            let target = fs::read_link(link.path()).ok()?;
            target
                .to_str()?
                .strip_prefix("socket:[")?
                .strip_suffix(']')?
                .parse()
                .ok()
        })
        .collect()
}
