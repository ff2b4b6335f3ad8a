//! Ports of http connectors on this machine.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::Range,
    time::Duration,
};

use tokio::net::{TcpListener, TcpStream};

/// Where http connectors are told to listen: below what Linux hands out by itself (from 32768 on) and what clusters do
/// (from 30000 on).
const RANGE: Range<u16> = 20_000..30_000;

/// A port that was free a moment ago.
#[derive(Debug, Clone, Copy)]
pub(super) struct Port {
    pub(super) number: u16,
    /// Whether it was free on `[::1]`, too. Where it was not, somebody else listens there, who is not to get what is
    /// meant for the connector.
    v6: bool,
}

impl Port {
    /// The port with this number. `None` where it is in use.
    pub(super) async fn fixed(number: u16) -> Option<Self> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).await.ok()?;
        Some(Self::on_v4(number).await)
    }

    /// Any port. It is not one that the system gives to whoever asks for any: such a one may be somebody else's before
    /// the connector listens, who would then be taken for the connector, tokens and all.
    pub(super) async fn any() -> io::Result<Self> {
        for _ in 0..100 {
            let offset = getrandom::u32()? % u32::from(RANGE.end - RANGE.start);
            let number = RANGE.start + u16::try_from(offset).map_err(io::Error::other)?;
            if let Some(port) = Self::fixed(number).await {
                return Ok(port);
            }
        }
        Err(io::Error::from(io::ErrorKind::AddrInUse))
    }

    async fn on_v4(number: u16) -> Self {
        let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, number)).await.is_ok();
        Self { number, v6 }
    }

    /// Waits until something accepts connections on it, and returns where: programs that listen on "localhost" take
    /// whichever of the two loopback addresses their system names first.
    pub(super) async fn listening(self) -> SocketAddr {
        let v6 = self.v6.then_some(IpAddr::from(Ipv6Addr::LOCALHOST));
        let mut pause = Duration::from_millis(5);
        loop {
            for host in [IpAddr::from(Ipv4Addr::LOCALHOST)].into_iter().chain(v6) {
                let address = SocketAddr::from((host, self.number));
                if TcpStream::connect(address).await.is_ok() {
                    return address;
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }
}
