//! What a connector connects to and listens at, decided and done by the first process of its namespace.
//!
//! The kernel lets the calls wait that name an address. Each is done here, on a duplicate of the caller's socket and
//! with a copy of the address that was looked at: the caller can't change either between the look and the call, as it
//! could if the call just went on.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;
use rustix::{
    fs::{AtFlags, Mode, OFlags, StatxFlags, open, openat, statx},
    io::Errno,
    process::{Gid, Pid, PidfdFlags, PidfdGetfdFlags, Uid, pidfd_getfd, pidfd_open},
    thread::{
        CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_thread_groups, set_thread_res_gid,
        set_thread_res_uid,
    },
};

use super::{
    address::{self, Address},
    plan::Network,
    reach::{Forbidden, may_bind, may_connect, plain},
    request::{HEADER_WITH_LENGTH, Request, What},
    routes,
    sys::{self, Notice},
};

/// The most messages of one call (`UIO_MAXIOV`).
const MOST_MESSAGES: u64 = 1024;
/// Where in `struct mmsghdr` it says how much was sent.
const LENGTH_AT: u64 = 56;
/// How a file is held that is not read.
const BY_PATH: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

pub(super) struct Supervisor {
    rules: Arc<Rules>,
    listener: Option<Arc<OwnedFd>>,
}

struct Rules {
    network: Network,
    nameservers: Vec<IpAddr>,
    /// The folder with the list of forbidden places, which does not lie in the view.
    folder: OwnedFd,
    /// As whom the connector runs, where that is not who this is.
    identity: Option<(u32, u32)>,
    /// What was told already.
    told: Mutex<BTreeSet<IpAddr>>,
}

impl Supervisor {
    /// Opens what is out of reach later.
    pub(super) fn open(network: &Network, identity: Option<(u32, u32)>) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let configured = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        let nameservers = configured
            .lines()
            .filter_map(|line| line.trim().strip_prefix("nameserver")?.trim().parse().ok());
        Ok(Self {
            rules: Arc::new(Rules {
                network: network.clone(),
                nameservers: nameservers.collect(),
                folder: open(&network.forbidden, flags, Mode::empty())?,
                identity,
                told: Mutex::default(),
            }),
            listener: None,
        })
    }

    /// Takes from the connector's process, before it becomes the connector, what its calls are answered at.
    pub(super) fn take_listener(&mut self, connector: Pid, asked: OwnedFd, take: &OwnedFd) -> io::Result<()> {
        let mut number = [0; 4];
        File::from(asked).read_exact(&mut number)?;
        let process = pidfd_open(connector, PidfdFlags::empty())?;
        let number = i32::from_le_bytes(number);
        let listener = pidfd_getfd(&process, number, PidfdGetfdFlags::empty())?;
        self.listener = Some(Arc::new(listener));
        File::from(take.try_clone()?).write_all(b"1")
    }

    pub(super) fn listener(&self) -> Option<BorrowedFd<'_>> {
        self.listener.as_ref().map(|listener| listener.as_fd())
    }

    /// Answers one call. What it does may take its time, so it is done on a thread of its own.
    pub(super) fn serve(&mut self) {
        let Some(listener) = self.listener.clone() else {
            return;
        };
        // One that is gone before it is read needs no answer.
        let Ok(notice) = sys::receive(listener.as_fd()) else {
            return;
        };
        let rules = Arc::clone(&self.rules);
        let answering = {
            let listener = Arc::clone(&listener);
            move || {
                let outcome = rules.outcome(listener.as_fd(), &notice);
                sys::answer(listener.as_fd(), notice.id, outcome);
            }
        };
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(answering);
        if thread.is_err() {
            sys::answer(listener.as_fd(), notice.id, Err(libc::EAGAIN));
        }
    }

    /// Nobody is left whose calls could be answered.
    pub(super) fn close(&mut self) {
        self.listener = None;
    }
}

impl Rules {
    /// Does what the call asks for, if it may: what it returns, or a number of `errno`.
    fn outcome(&self, listener: BorrowedFd<'_>, notice: &Notice) -> Result<i64, i32> {
        let process = process_of(notice.thread).ok_or(libc::ESRCH)?;
        let once = |notice: &Notice| {
            let request = Request::read(notice, process)?;
            // Otherwise it was read of somebody else, who has the caller's number now.
            if !sys::still_waits(listener, notice.id) {
                return Err(libc::EINTR);
            }
            self.serve(&request)
        };
        if notice.call != libc::SYS_sendmmsg {
            return once(notice);
        }
        let [socket, first, messages, flags, ..] = notice.arguments;
        let messages = u64::from(messages as u32).min(MOST_MESSAGES);
        for number in 0..messages {
            let at = first.wrapping_add(number * HEADER_WITH_LENGTH);
            let sent = once(&Notice {
                arguments: [socket, at, 0, flags, 0, 0],
                ..*notice
            });
            match sent {
                Ok(sent) => sys::write_memory(
                    notice.thread,
                    at.wrapping_add(LENGTH_AT),
                    &(sent as u32).to_ne_bytes(),
                )
                .map_err(number_of)?,
                Err(error) if number == 0 => return Err(error),
                Err(_) => return Ok(number.cast_signed()),
            }
        }
        Ok(messages.cast_signed())
    }

    fn serve(&self, request: &Request) -> Result<i64, i32> {
        let Some(address) = &request.address else {
            // It is sent to whoever the socket is connected with already.
            return match request.what {
                What::Send => as_connector(self.identity, || request.perform(None)),
                _ => Err(libc::EINVAL),
            };
        };
        match sys::family(&request.socket).map_err(number_of)? {
            libc::AF_INET | libc::AF_INET6 => {
                self.internet(request.what, address)?;
                match request.what {
                    // The port that a deploy names may be one that only root gives away.
                    What::Bind => self.bind(request, address),
                    _ => as_connector(self.identity, || request.perform(Some(address))),
                }
            }
            libc::AF_UNIX => self.local(request, address),
            // The list of network interfaces. The first filter lets no other of its protocols through, and only
            // privileges change what is listed.
            libc::AF_NETLINK => as_connector(self.identity, || request.perform(Some(address))),
            _ => Err(libc::EACCES),
        }
    }

    /// Fails where a connector may not go.
    fn internet(&self, what: What, bytes: &[u8]) -> Result<(), i32> {
        let address = match address::read_address(bytes) {
            Some(Address::Internet(address)) => address,
            // It ends a connection of datagrams.
            Some(Address::None) if what == What::Connect => return Ok(()),
            _ => return Err(libc::EAFNOSUPPORT),
        };
        let forbidden = self.forbidden();
        let may = match what {
            What::Bind => may_bind(&self.network, &forbidden, address),
            What::Connect | What::Send => may_connect(
                &self.network,
                &self.nameservers,
                &forbidden,
                address,
                routes::stays_here,
            ),
        };
        if may {
            return Ok(());
        }
        if what != What::Bind {
            self.tell(address);
        }
        Err(libc::EACCES)
    }

    /// A listener of everybody that is meant for the broker becomes one of this machine's loopback: containers and
    /// other machines have no business there.
    fn bind(&self, request: &Request, bytes: &[u8]) -> Result<i64, i32> {
        let port = match address::read_address(bytes) {
            Some(Address::Internet(address))
                if address.ip().is_unspecified() && self.network.port == Some(address.port()) =>
            {
                address.port()
            }
            _ => return request.perform(Some(bytes)),
        };
        let loopback =
            |host: IpAddr| request.perform(Some(&address::write_address(SocketAddr::new(host, port))));
        match sys::family(&request.socket).map_err(number_of)? {
            libc::AF_INET => loopback(Ipv4Addr::LOCALHOST.into()),
            // One of both families, where the connector did not choose the newer alone.
            _ => loopback(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into())
                .or_else(|_| loopback(Ipv6Addr::LOCALHOST.into())),
        }
    }

    /// Sockets in the file system, where the connector may write.
    fn local(&self, request: &Request, address: &[u8]) -> Result<i64, i32> {
        let path = match address::read_address(address) {
            Some(Address::Path(path)) => PathBuf::from(path),
            // A name that the kernel chooses, which nobody knows.
            Some(Address::None) => return request.perform(Some(address)),
            // A name without a file is everybody's on this machine.
            _ => return Err(libc::EACCES),
        };
        // Only now: where it is, it is also when it hides its things from its own account.
        let here = Path::new("/proc").join(request.process.as_raw_nonzero().to_string());
        let here = open(here.join("cwd"), BY_PATH, Mode::empty()).map_err(Errno::raw_os_error)?;
        as_connector(self.identity, || self.local_at(request, &here, &path))
    }

    fn local_at(&self, request: &Request, here: &OwnedFd, path: &Path) -> Result<i64, i32> {
        let open = |path: &Path| openat(here, path, BY_PATH, Mode::empty()).map_err(Errno::raw_os_error);
        // The file is held, so that what was looked at is what is used.
        let is_new = request.what == What::Bind;
        let held = match path.parent() {
            Some(folder) if is_new && folder.as_os_str().is_empty() => open(Path::new("."))?,
            Some(folder) if is_new => open(folder)?,
            _ => open(path)?,
        };
        // By the mounts, not by the names: what a deploy has shown may lie below `/tmp`, and is somebody else's.
        let at = mount_of(&held)?;
        let own = ["/tmp", "/dev/shm"].map(Path::new);
        let mut own = own.into_iter().chain([self.network.home.as_path()]);
        if !own.any(|folder| open(folder).and_then(|folder| mount_of(&folder)) == Ok(at)) {
            return Err(libc::EACCES);
        }
        let by_number = PathBuf::from(format!("/proc/self/fd/{}", held.as_raw_fd()));
        let target = match path.file_name() {
            Some(name) if is_new => by_number.join(name),
            _ => by_number,
        };
        let address = address::write_path(target.as_os_str().as_bytes()).ok_or(libc::ENAMETOOLONG)?;
        request.perform(Some(&address))
    }

    /// What the broker says now.
    fn forbidden(&self) -> Forbidden {
        let opened = openat(
            &self.folder,
            "list",
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        let mut text = String::new();
        let read = opened.is_ok_and(|file| File::from(file).read_to_string(&mut text).is_ok());
        // Without it nothing is known to be nobody's.
        if read {
            Forbidden::parse(&text)
        } else {
            Forbidden::all_ports()
        }
    }

    /// Says once of each address that it was not reached: a program may keep the reason to itself.
    fn tell(&self, address: SocketAddr) {
        let mut told = self.told.lock();
        // As it is asked for, too.
        let host = plain(address.ip());
        if told.len() < 100 && told.insert(host) {
            let address = SocketAddr::new(host, address.port());
            let line = format!(
                "berth: the sandbox let no connection to {address} pass (`berth serve --allow-private {host}` \
                 opens what is neither the broker's nor another connector's)\n"
            );
            _ = rustix::io::write(rustix::stdio::stderr(), line.as_bytes());
        }
    }
}

/// Does it with no more rights than a connector has: the kernel takes what is done for another by who does it. `identity`
/// is as whom the connector runs, where that is not who this is. The threads of this process are changed each by itself.
fn as_connector<T>(identity: Option<(u32, u32)>, what: impl FnOnce() -> Result<T, i32>) -> Result<T, i32> {
    let number_of = Errno::raw_os_error;
    let own = capabilities(None).map_err(number_of)?;
    let act_as = |uid, gid| {
        set_thread_res_gid(gid, gid, Gid::ROOT)?;
        set_thread_res_uid(uid, uid, Uid::ROOT)
    };
    if let Some((uid, gid)) = identity {
        // Never taken back: it is what capabilities are for.
        set_thread_groups(&[])
            .and_then(|()| act_as(Uid::from_raw(uid), Gid::from_raw(gid)))
            .map_err(number_of)?;
    }
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        ..own
    };
    let outcome = set_capabilities(None, none)
        .map_err(number_of)
        .and_then(|()| what());
    set_capabilities(None, own)
        .and_then(|()| match identity {
            Some(_) => act_as(Uid::ROOT, Gid::ROOT),
            None => Ok(()),
        })
        .map_err(number_of)?;
    outcome
}

/// Which mount a file was found at. Fails with a number of `errno`; where the kernel can't tell, before Linux 5.8, too.
fn mount_of(file: &OwnedFd) -> Result<u64, i32> {
    let wanted = StatxFlags::MNT_ID;
    let found = statx(file, "", AtFlags::EMPTY_PATH, wanted).map_err(Errno::raw_os_error)?;
    match found.stx_mask & wanted.bits() {
        0 => Err(libc::EACCES),
        _ => Ok(found.stx_mnt_id),
    }
}

fn number_of(error: io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EACCES)
}

/// The process that a thread belongs to.
fn process_of(thread: i32) -> Option<Pid> {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).ok();
    let leader = status
        .as_deref()
        .and_then(|status| status.lines().find_map(|line| line.strip_prefix("Tgid:")))
        .and_then(|leader| leader.trim().parse().ok());
    // Without `/proc` the first thread is still found.
    Pid::from_raw(leader.unwrap_or(thread))
}

/// Whether all that it takes is there: a call of a child waits, and this process answers it.
pub(super) fn rehearse() -> Result<(), (String, io::Error)> {
    sys::rehearse_listener().map_err(|error| ("answering for another process".to_owned(), error))?;
    let asked = routes::kind(Ipv4Addr::LOCALHOST.into());
    asked
        .map(drop)
        .map_err(|error| ("asking whose an address is".to_owned(), error.into()))
}
