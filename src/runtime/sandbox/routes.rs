//! Where packets to an address would go, asked of the kernel (rtnetlink(7)): it knows whose an address is.

use std::net::IpAddr;

use rustix::{
    io::Errno,
    net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with},
};

/// `struct nlmsghdr` and `struct rtmsg`.
const HEADER: usize = 16;
const ROUTE: usize = 12;
/// Where a route's kind is in the latter.
const KIND: usize = 7;

/// Whether what is sent to `host` stays on this machine: to one of its addresses, or to all hosts of a network of which
/// this is one. Where that can't be found out it is as if it did.
pub(super) fn stays_here(host: IpAddr) -> bool {
    match kind(host) {
        Ok(kind) => kind != libc::RTN_UNICAST,
        // It leads nowhere at all, which is found out when it is tried.
        Err(Errno::NETUNREACH | Errno::HOSTUNREACH) => false,
        Err(_) => true,
    }
}

/// The kind of the route to a host, `RTN_…`.
pub(super) fn kind(host: IpAddr) -> Result<u8, Errno> {
    // Protocol 0 is that of routes.
    let (family, kind) = (AddressFamily::NETLINK, SocketType::RAW);
    let kernel = socket_with(family, kind, SocketFlags::CLOEXEC, None)?;
    send(&kernel, &question(host), SendFlags::empty())?;
    let mut answer = [0; 4096];
    let (_, length) = recv(&kernel, &mut answer, RecvFlags::empty())?;
    read(answer.get(..length).unwrap_or_default())
}

fn question(host: IpAddr) -> Vec<u8> {
    let (family, address) = match host {
        IpAddr::V4(host) => (libc::AF_INET, host.octets().to_vec()),
        IpAddr::V6(host) => (libc::AF_INET6, host.octets().to_vec()),
    };
    let bytes = address.len() as u8;
    let attribute = 4 + u16::from(bytes);
    let length = (HEADER + ROUTE) as u32 + u32::from(attribute);
    let mut asked = length.to_ne_bytes().to_vec();
    asked.extend(libc::RTM_GETROUTE.to_ne_bytes());
    asked.extend((libc::NLM_F_REQUEST as u16).to_ne_bytes());
    // Neither a number nor a sender: there is one question and one answer.
    asked.extend([0; 8]);
    asked.extend([family as u8, bytes * 8]);
    asked.extend([0; ROUTE - 2]);
    asked.extend(attribute.to_ne_bytes());
    asked.extend(libc::RTA_DST.to_ne_bytes());
    asked.extend(address);
    asked
}

fn read(answer: &[u8]) -> Result<u8, Errno> {
    let word = |at: usize| {
        answer
            .get(at..at + 4)
            .and_then(|word| word.first_chunk().copied())
    };
    let half = |[low, high, _, _]: [u8; 4]| u16::from_ne_bytes([low, high]);
    match word(4).map(half) {
        Some(libc::RTM_NEWROUTE) => answer.get(HEADER + KIND).copied().ok_or(Errno::PROTO),
        Some(kind) if i32::from(kind) == libc::NLMSG_ERROR => {
            let number = word(HEADER).map_or(0, i32::from_ne_bytes).saturating_neg();
            Err(Errno::from_raw_os_error(number.clamp(1, 4095)))
        }
        _ => Err(Errno::PROTO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_addresses_are_told_from_others() {
        for own in ["127.0.0.1", "127.9.9.9", "::1", "127.255.255.255", "224.0.0.1"] {
            assert!(stays_here(own.parse().unwrap()), "{own}");
        }
        // Documentation's addresses: where there is no way to them they are not this machine's, either.
        for other in ["198.51.100.7", "2001:db8::7"] {
            assert!(!stays_here(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn every_address_of_a_network_that_is_the_machines_is() {
        // In a network namespace of its own, on a thread of its own.
        let looked = std::thread::spawn(|| {
            if let Err(error) = super::super::sys::unshare(libc::CLONE_NEWNET) {
                let is_root = rustix::process::getuid().is_root();
                assert!(!is_root, "{error}");
                eprintln!("skipped: an ordinary account makes no network of its own ({error})");
                return;
            }
            for words in [
                "link set lo up",
                "link add v0 type veth peer name v1",
                "addr add 192.0.2.2/24 dev v0",
                "addr add 192.0.2.3/24 dev v0",
                // A new device takes its time for those.
                "addr add 2001:db8::2/128 dev lo nodad",
                "link set v0 up",
                "link set v1 up",
            ] {
                #[allow(clippy::disallowed_methods, reason = "what sets up networks")]
                let mut ip = std::process::Command::new("ip");
                let done = ip.args(words.split(' ')).status().unwrap();
                assert!(done.success(), "ip {words}");
            }
            // The second address of a network is answered from the first.
            for own in ["192.0.2.2", "192.0.2.3", "192.0.2.255", "2001:db8::2"] {
                assert!(stays_here(own.parse().unwrap()), "{own}");
            }
            for other in ["192.0.2.9", "198.51.100.7", "2001:db8::9"] {
                assert!(!stays_here(other.parse().unwrap()), "{other}");
            }
        });
        looked.join().unwrap();
    }

    #[test]
    fn an_answer_that_is_none_says_nothing() {
        for answer in [&[][..], &[0; 15], &[7; 40]] {
            assert_eq!(read(answer), Err(Errno::PROTO), "{answer:?}");
        }
    }
}
