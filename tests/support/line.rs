//! The line between a command and its broker: it counts what goes up, and breaks when it is told to.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use super::program::PATIENCE;

/// A TCP proxy in front of a broker. It ends with the test.
pub(crate) struct Line {
    /// The broker's address through this line.
    pub(crate) url: String,
    state: Arc<State>,
    _proxy: JoinSet<()>,
}

struct State {
    /// Bytes that went up so far.
    passed: AtomicU64,
    /// Where it breaks, in bytes that went up; the next is the last.
    breaks: Mutex<Vec<u64>>,
    /// How many breaks there were: a connection of an earlier era carries nothing more, whatever it has noticed.
    cuts: AtomicU32,
    /// Whether every break is for good, until somebody mends it.
    stays_broken: bool,
    /// Which connections may live: those of this number. A break makes it another.
    era: watch::Sender<Era>,
    /// How many connections the broker still has of those that were let through.
    held: watch::Sender<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Era {
    number: u32,
    is_broken: bool,
}

impl Line {
    /// One that breaks when so many bytes have gone up in all; at each break the connection that carried the last
    /// byte is cut behind it, and the others at once.
    pub(crate) async fn breaking(broker: &str, breaks: &[u64]) -> Self {
        Self::start(broker, breaks, false).await
    }

    /// One whose breaks last until they are [mended](Self::mend): nobody is let through meanwhile.
    pub(crate) async fn breaking_for_good(broker: &str, breaks: &[u64]) -> Self {
        Self::start(broker, breaks, true).await
    }

    async fn start(broker: &str, breaks: &[u64], stays_broken: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let target = broker.trim_start_matches("http://").to_owned();
        let mut breaks = breaks.to_vec();
        breaks.sort_unstable_by(|one, other| other.cmp(one));
        let state = Arc::new(State {
            passed: AtomicU64::new(0),
            breaks: Mutex::new(breaks),
            cuts: AtomicU32::new(0),
            stays_broken,
            era: watch::Sender::new(Era {
                number: 0,
                is_broken: false,
            }),
            held: watch::Sender::new(0),
        });
        let shared = Arc::clone(&state);
        let mut proxy = JoinSet::new();
        proxy.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (shared, target) = (Arc::clone(&shared), target.clone());
                connections.spawn(async move {
                    // However it ends, both sides see it end.
                    let _ = shared.carry(stream, &target).await;
                });
            }
        });
        Self {
            url,
            state,
            _proxy: proxy,
        }
    }

    /// Bytes that went up so far, with those of the protocol itself.
    pub(crate) fn passed(&self) -> u64 {
        self.state.passed.load(Ordering::SeqCst)
    }

    /// Waits until it is broken, and the broker has taken in what went through.
    pub(crate) async fn broken(&self) {
        let broken = async {
            let mut era = self.state.era.subscribe();
            era.wait_for(|era| era.is_broken).await.unwrap();
            let mut held = self.state.held.subscribe();
            held.wait_for(|held| *held == 0).await.unwrap();
        };
        timeout(PATIENCE, broken).await.expect("the line never broke");
    }

    pub(crate) fn mend(&self) {
        self.state.era.send_modify(|era| era.is_broken = false);
    }
}

impl State {
    async fn carry(&self, below: TcpStream, target: &str) -> io::Result<()> {
        let mut era = self.era.subscribe();
        let born = *era.borrow_and_update();
        if born.is_broken {
            return Ok(());
        }
        let above = TcpStream::connect(target).await?;
        self.held.send_modify(|held| *held += 1);
        let (from_below, mut to_below) = below.into_split();
        let (mut from_above, mut to_above) = above.into_split();
        let ended = tokio::select! {
            ended = self.carry_up(from_below, &mut to_above, born.number) => ended,
            ended = tokio::io::copy(&mut from_above, &mut to_below) => ended.map(drop),
            _ = era.wait_for(|era| era.number != born.number) => Ok(()),
        };
        drop(to_below);
        // The broker may be behind: it has read everything when it closes its side, too.
        if to_above.shutdown().await.is_ok() {
            let _ = tokio::io::copy(&mut from_above, &mut tokio::io::sink()).await;
        }
        self.held.send_modify(|held| *held -= 1);
        ended
    }

    async fn carry_up(&self, mut from: OwnedReadHalf, to: &mut OwnedWriteHalf, era: u32) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return to.shutdown().await;
            }
            let Some((kept, is_cut)) = self.count(read as u64, era) else {
                return Ok(());
            };
            // What went through arrives; only then does the rest of the line go.
            let _cut = is_cut.then(|| Cut(self));
            to.write_all(&buffer[..usize::try_from(kept).unwrap()]).await?;
            if is_cut {
                return to.shutdown().await;
            }
        }
    }

    /// How many of the next `bytes` of a connection go through, and whether it breaks behind them; `None` where it is
    /// broken already.
    fn count(&self, bytes: u64, era: u32) -> Option<(u64, bool)> {
        let mut breaks = self.breaks.lock();
        if self.cuts.load(Ordering::SeqCst) != era {
            return None;
        }
        let before = self.passed.load(Ordering::SeqCst);
        let room = breaks.last().map(|at| at.saturating_sub(before));
        let kept = room.map_or(bytes, |room| room.min(bytes));
        self.passed.fetch_add(kept, Ordering::SeqCst);
        let is_cut = room.is_some_and(|room| room <= bytes);
        if is_cut {
            breaks.pop();
            self.cuts.fetch_add(1, Ordering::SeqCst);
        }
        Some((kept, is_cut))
    }
}

/// The rest of the line breaks with the end of this, whatever ends it.
struct Cut<'a>(&'a State);

impl Drop for Cut<'_> {
    fn drop(&mut self) {
        self.0.era.send_modify(|era| {
            era.number += 1;
            era.is_broken = self.0.stays_broken;
        });
    }
}
