//! Where something inside of a container listens, seen from outside of it.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// A listening TCP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listening {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
}

impl Listening {
    /// All in the network of the process `pid`. Empty where the broker may not look.
    pub(crate) fn beside(pid: i32) -> Vec<Self> {
        ["tcp", "tcp6"]
            .into_iter()
            .filter_map(|table| fs::read_to_string(format!("/proc/{pid}/net/{table}")).ok())
            .flat_map(|table| listening(&table))
            .map(|(at, _)| Self {
                address: at.ip(),
                port: at.port(),
            })
            .collect()
    }

    /// Whether nobody outside of the container can reach it.
    pub(crate) fn is_hidden(&self) -> bool {
        match self.address {
            IpAddr::V6(address) => address
                .to_ipv4_mapped()
                .map_or(address.is_loopback(), |v4| v4.is_loopback()),
            IpAddr::V4(address) => address.is_loopback(),
        }
    }
}

/// The sockets that listen, with their inodes, of a table such as `/proc/net/tcp`.
pub(crate) fn listening(table: &str) -> Vec<(SocketAddr, u64)> {
    table.lines().filter_map(parse).collect()
}

/// A line of `/proc/net/tcp` (proc_pid_net(5)): the second field is `ADDRESS:PORT` in hexadecimal, the address in
/// words of the machine's byte order; the fourth is the state, `0A` for listening; the tenth is the inode.
fn parse(line: &str) -> Option<(SocketAddr, u64)> {
    let mut fields = line.split_ascii_whitespace();
    let (local, state, inode) = (fields.nth(1)?, fields.nth(1)?, fields.nth(5)?);
    if state != "0A" {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::with_capacity(16);
    for word in address.as_bytes().chunks(8) {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    let address = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from)?),
        16 => IpAddr::from(<[u8; 16]>::try_from(bytes).ok().map(Ipv6Addr::from)?),
        _ => return None,
    };
    Some((SocketAddr::new(address, port), inode.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_socket_of_this_process_is_found() {
        for (host, hidden) in [("127.0.0.1", true), ("[::1]", true), ("0.0.0.0", false)] {
            let socket = TcpListener::bind(format!("{host}:0")).unwrap();
            let port = socket.local_addr().unwrap().port();
            let found = Listening::beside(std::process::id().cast_signed());
            let ours: Vec<_> = found
                .into_iter()
                .filter(|listening| listening.port == port)
                .collect();
            assert_eq!(ours.len(), 1, "{host}");
            assert_eq!(ours[0].is_hidden(), hidden, "{host}");
        }
        assert!(Listening::beside(i32::MAX).is_empty());
    }
    #[test]
    fn lines_of_the_table_are_read() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000 100 0 0 10 0";
        assert_eq!(parse(line), Some(("127.0.0.1:8080".parse().unwrap(), 12345)));
        let six = "   1: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 7 1 0000 100 0 0 10 0";
        assert_eq!(parse(six), Some(("[::1]:3000".parse().unwrap(), 7)));
        assert_eq!(parse(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(parse("nothing"), None);
    }
}
