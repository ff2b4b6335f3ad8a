//! What names one request in answers and in the log.

use std::sync::Arc;

/// A request's id: the caller's, where it sent a plain one, else berth's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(Arc<str>);

impl RequestId {
    /// The id that the caller sent, if it may stand in a header and a log line; else a new one.
    pub(crate) fn from_caller(sent: Option<&str>) -> Self {
        let plain = |text: &&str| {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        };
        match sent.filter(plain) {
            Some(sent) => Self(sent.into()),
            None => Self(super::ids::random("req_").into()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who sent a request, as far as that is known: beyond a trusted proxy, whom the proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) std::net::IpAddr);

impl Peer {
    /// Whom attempts are counted for: whoever has one IPv6 address has the whole /64.
    pub(crate) fn network(self) -> std::net::IpAddr {
        match self.0.to_canonical() {
            std::net::IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            address => address,
        }
    }
}
