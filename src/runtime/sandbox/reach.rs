//! What a connector may connect to and listen at: the rules alone, without any input or output.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::Range,
};

use super::plan::Network;

/// Where the broker lets http connectors listen.
const CONNECTORS: Range<u16> = 20_000..30_000;
const DNS: u16 = 53;
/// Below, a listener is a service of the machine.
const PRIVILEGED: u16 = 1024;

/// Where clouds tell a machine its secrets, beyond the link-local addresses.
const METADATA: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Ports of this machine, and hosts, that no connector reaches: the broker and other connectors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Forbidden {
    pub(super) ports: BTreeSet<u16>,
    pub(super) hosts: BTreeSet<IpAddr>,
}

impl Forbidden {
    /// As where nothing is known.
    pub(super) fn all_ports() -> Self {
        Self {
            ports: (0..=u16::MAX).collect(),
            hosts: BTreeSet::new(),
        }
    }

    /// What the broker wrote: a port or an address a line. A line that is neither says nothing.
    pub(super) fn parse(text: &str) -> Self {
        let mut forbidden = Self::default();
        for line in text.lines() {
            if let Ok(port) = line.parse() {
                forbidden.ports.insert(port);
            } else if let Ok(host) = line.parse() {
                forbidden.hosts.insert(host);
            }
        }
        forbidden
    }
}

/// Whether a connector may send to `to`. `is_own` says whether an address is one of this machine's.
pub(super) fn may_connect(
    rules: &Network,
    nameservers: &[IpAddr],
    forbidden: &Forbidden,
    to: SocketAddr,
    is_own: impl Fn(IpAddr) -> bool,
) -> bool {
    let (host, port) = (plain(to.ip()), to.port());
    if port == DNS && nameservers.contains(&host) {
        return true;
    }
    if forbidden.hosts.contains(&host) {
        return false;
    }
    let is_allowed = rules.allowed.contains(&host);
    // Linux takes the unspecified address for loopback.
    let is_loopback = host.is_loopback() || host.is_unspecified();
    if !is_loopback && !is_allowed && is_private_to_link(host) {
        return false;
    }
    if is_loopback || is_own(host) {
        return rules.port == Some(port)
            || (!forbidden.ports.contains(&port) && (rules.loopback || is_allowed));
    }
    true
}

/// Whether a connector may listen at `at`.
pub(super) fn may_bind(rules: &Network, forbidden: &Forbidden, at: SocketAddr) -> bool {
    let port = at.port();
    port == 0
        || rules.port == Some(port)
        || (port >= PRIVILEGED && !CONNECTORS.contains(&port) && !forbidden.ports.contains(&port))
}

/// What stands for the same host, written in another way.
pub(super) fn plain(host: IpAddr) -> IpAddr {
    let IpAddr::V6(address) = host.to_canonical() else {
        return host.to_canonical();
    };
    let octets = address.octets();
    match (address.segments(), octets) {
        // 6to4 (RFC 3056 §2).
        ([0x2002, ..], [_, _, a, b, c, d, ..])
        // What a network's translator sends on (RFC 6052 §2.1, RFC 8215 §3).
        | ([0x64, 0xff9b, 0 | 1, ..], [.., a, b, c, d]) => Ipv4Addr::new(a, b, c, d).into(),
        // `::a.b.c.d`, which is obsolete (RFC 4291 §2.5.5.1), but for `::` and `::1`.
        ([0, 0, 0, 0, 0, 0, ..], [.., a, b, c, d]) if [a, b, c, d] > [0, 0, 0, 1] => {
            Ipv4Addr::new(a, b, c, d).into()
        }
        _ => host,
    }
}

fn is_private_to_link(host: IpAddr) -> bool {
    METADATA.contains(&host)
        || host.is_multicast()
        || match host {
            IpAddr::V4(host) => host.is_link_local() || host.is_broadcast() || host.octets()[0] == 0,
            // fe80::/10 (RFC 4291 §2.5.6).
            IpAddr::V6(host) => host.segments()[0] & 0xffc0 == 0xfe80,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(loopback: bool, allowed: &[&str]) -> Network {
        Network {
            forbidden: "/".into(),
            loopback,
            allowed: allowed.iter().map(|host| host.parse().unwrap()).collect(),
            port: Some(20_001),
            home: "/".into(),
        }
    }

    fn connects(rules: &Network, to: &str) -> bool {
        let forbidden = Forbidden::parse("8420\n20007\n172.18.0.5\nnonsense\n");
        let nameservers = ["127.0.0.53".parse().unwrap()];
        let own: IpAddr = "192.0.2.7".parse().unwrap();
        may_connect(rules, &nameservers, &forbidden, to.parse().unwrap(), |host| {
            host == own || host.is_multicast()
        })
    }

    #[test]
    fn the_world_is_open_and_the_machine_is_not() {
        let public = rules(false, &[]);
        for open in [
            "93.184.216.34:443",
            "[2606:4700::1]:443",
            "10.1.2.3:8080",
            "[64:ff9b::5db8:d822]:443",
            "127.0.0.53:53",
            "127.0.0.1:20001",
        ] {
            assert!(connects(&public, open), "{open}");
        }
        for closed in [
            "127.0.0.1:5432",
            "127.0.0.53:54",
            "127.9.9.9:80",
            "0.0.0.0:8420",
            "[::]:8420",
            "[::1]:8420",
            "[::ffff:127.0.0.1]:8420",
            "[::127.0.0.1]:8420",
            "192.0.2.7:22",
            "[::ffff:192.0.2.7]:22",
            "172.18.0.5:8080",
            "169.254.169.254:80",
            "[::ffff:169.254.169.254]:80",
            "[64:ff9b::a9fe:a9fe]:80",
            "[64:ff9b:1::7f00:1]:80",
            "[2002:a9fe:a9fe::1]:80",
            "[fe80::1]:80",
            "[fd00:ec2::254]:80",
            "100.100.100.200:80",
            "224.0.0.251:5353",
            "255.255.255.255:9",
            "[ff02::1]:9",
        ] {
            assert!(!connects(&public, closed), "{closed}");
        }
    }

    #[test]
    fn what_is_allowed_does_not_open_the_broker() {
        for open in [
            rules(true, &[]),
            rules(false, &["127.0.0.1", "192.0.2.7", "169.254.1.1"]),
        ] {
            assert!(connects(&open, "127.0.0.1:5432"));
            assert!(connects(&open, "192.0.2.7:22"));
            for closed in [
                "127.0.0.1:8420",
                "127.0.0.1:20007",
                "192.0.2.7:8420",
                "0.0.0.0:8420",
            ] {
                assert!(!connects(&open, closed), "{closed}");
            }
        }
        // What is sent to all of a network stays on the machine, too.
        for closed in ["169.254.169.254:80", "224.0.0.1:80", "255.255.255.255:80"] {
            assert!(!connects(&rules(true, &[]), closed), "{closed}");
        }
        assert!(connects(&rules(false, &["169.254.1.1"]), "169.254.1.1:80"));
    }

    #[test]
    fn nobody_takes_a_place_that_is_anothers() {
        let rules = rules(true, &[]);
        let forbidden = Forbidden::parse("8420\n");
        let binds = |at: &str| may_bind(&rules, &forbidden, at.parse().unwrap());
        for open in ["127.0.0.1:0", "0.0.0.0:20001", "[::1]:40000"] {
            assert!(binds(open), "{open}");
        }
        for closed in ["127.0.0.1:20002", "0.0.0.0:8420", "127.0.0.1:80", "[::]:29999"] {
            assert!(!binds(closed), "{closed}");
        }
    }
}
