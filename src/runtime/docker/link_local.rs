//! Keeping containers from link-local addresses (RFC 3927).
//!
//! Clouds tell each machine its secrets at such an address, 169.254.169.254, and an engine passes a container's request
//! for them on as if it were the machine's own. A container that has a link-local address itself asks for all of them in
//! its own network, whatever device it names: nobody has them there.

use std::{fs, net::IpAddr};

use super::Docker;

/// The address that each container has: what they send each other does not arrive anyway.
const OWN: &str = "169.254.1.1";

impl Docker {
    /// The link-local address for a container. Where it can have none, that is said once.
    pub(super) fn link_local(&self) -> Option<String> {
        let Err(why) = self.may_keep_from() else {
            return Some(OWN.into());
        };
        let mut told = self.0.told.lock();
        if !*told {
            *told = true;
            tracing::warn!(
                why,
                "containers may reach link-local addresses, such as that of a cloud's metadata"
            );
        }
        None
    }

    /// Names are resolved at such an address on some clouds: then there must be a way to it.
    fn may_keep_from(&self) -> Result<(), &'static str> {
        if !self.sees_this_machine() {
            return Err("where an engine of another machine resolves names is not known");
        }
        let settings = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        match nameservers(&settings).any(is_link_local) {
            true => Err("this machine resolves names at one of them"),
            false => Ok(()),
        }
    }
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.is_link_local())
}

/// Those of a resolv.conf(5).
fn nameservers(settings: &str) -> impl Iterator<Item = IpAddr> {
    settings.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("nameserver")?;
        rest.split_whitespace().next()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nameservers_are_read() {
        let settings =
            "# nameserver 1.1.1.1\nsearch x\nnameserver 169.254.169.254\n nameserver\tfe80::1 \nnameserver\n";
        let read: Vec<String> = nameservers(settings).map(|host| host.to_string()).collect();
        assert_eq!(read, ["169.254.169.254", "fe80::1"]);
    }
}
