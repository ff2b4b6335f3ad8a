//! What the programs that this process started listen on, as Linux tells it in `/proc`.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// The state of a socket that listens, in `/proc/net/tcp` (proc_pid_net(5)).
const LISTEN: &str = "0A";

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
        .flat_map(|table| {
            let lines: Vec<(SocketAddr, u64)> = table.lines().skip(1).filter_map(read_line).collect();
            lines
        })
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

/// Address and inode of a listening socket in a line of the table.
fn read_line(line: &str) -> Option<(SocketAddr, u64)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    if fields.get(3) != Some(&LISTEN) {
        return None;
    }
    let (host, port) = fields.get(1)?.split_once(':')?;
    // Words of four bytes, each in the machine's own order.
    let words: Option<Vec<[u8; 4]>> = (0..host.len() / 8)
        .map(|at| {
            let word = host.get(at * 8..at * 8 + 8)?;
            Some(u32::from_str_radix(word, 16).ok()?.to_ne_bytes())
        })
        .collect();
    let bytes: Vec<u8> = words?.concat();
    let ip = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(four) => IpAddr::from(Ipv4Addr::from(four)),
        Err(_) => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?)),
    };
    let port = u16::from_str_radix(port, 16).ok()?;
    Some((SocketAddr::new(ip, port), fields.get(9)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_table_are_read() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000 100 0 0 10 0";
        assert_eq!(read_line(line), Some(("127.0.0.1:8080".parse().unwrap(), 12345)));
        let six = "   1: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 7 1 0000 100 0 0 10 0";
        assert_eq!(read_line(six), Some(("[::1]:3000".parse().unwrap(), 7)));
        assert_eq!(read_line(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(read_line("nothing"), None);
    }
}
