//! A call that names an address, copied out of the memory of who made it: what is looked at is what is done.

use std::os::fd::{AsRawFd as _, OwnedFd};

use rustix::{
    io::Errno,
    process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open},
};

use super::sys::{self, Notice};

/// The longest address that the kernel takes, in bytes.
const LONGEST_ADDRESS: usize = 128;
/// The most that is taken of one message: a stream's caller sends the rest with its next call.
const LONGEST_MESSAGE: usize = 4 << 20;
/// The most pieces that a message comes in (`UIO_MAXIOV`).
const MOST_PIECES: usize = 1024;
/// The longest ancillary data that the kernel takes by default.
const LONGEST_CONTROL: usize = 20 << 10;
/// The most descriptors of one message (`SCM_MAX_FD`).
const MOST_PASSED: usize = 253;

/// `struct msghdr`, `struct iovec`, `struct mmsghdr` and the start of `struct cmsghdr` where pointers have eight bytes.
const HEADER: usize = 56;
const PIECE: usize = 16;
const CONTROL_HEADER: usize = 16;
pub(super) const HEADER_WITH_LENGTH: u64 = 64;

/// What is to be done with a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Connect,
    Bind,
    Send,
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) what: What,
    pub(super) process: Pid,
    /// The caller's own, taken from it.
    pub(super) socket: OwnedFd,
    pub(super) address: Option<Vec<u8>>,
    data: Vec<u8>,
    control: Vec<u8>,
    /// What the control data passes on; its numbers there are these.
    _passed: Vec<OwnedFd>,
    flags: i32,
}

impl Request {
    /// The `connect`, `bind`, `sendto` or `sendmsg` that waits, with its message's header at `message` for the last.
    /// Fails with a number of `errno`.
    pub(super) fn read(notice: &Notice, process: Pid) -> Result<Self, i32> {
        let [_, first, second, third, fourth, fifth] = notice.arguments;
        let caller = Caller {
            thread: notice.thread,
            process: pidfd_open(process, PidfdFlags::empty()).map_err(Errno::raw_os_error)?,
        };
        let what = match notice.call {
            libc::SYS_connect => What::Connect,
            libc::SYS_bind => What::Bind,
            _ => What::Send,
        };
        let mut request = Self {
            what,
            process,
            socket: caller.descriptor(notice.arguments[0] as i32)?,
            address: None,
            data: Vec::new(),
            control: Vec::new(),
            _passed: Vec::new(),
            flags: third as i32,
        };
        match notice.call {
            libc::SYS_sendto => {
                request.address = caller.address(fourth, fifth as u32)?;
                request.data = caller.some(first, second, LONGEST_MESSAGE)?;
            }
            libc::SYS_sendmsg | libc::SYS_sendmmsg => request.read_message(&caller, first)?,
            _ => request.address = caller.address(first, second as u32)?,
        }
        if matches!(notice.call, libc::SYS_sendmsg) {
            request.flags = second as i32;
        }
        Ok(request)
    }

    fn read_message(&mut self, caller: &Caller, at: u64) -> Result<(), i32> {
        let header = caller.all(at, HEADER)?;
        let word = |at: usize| u64::from_ne_bytes(array(&header[at..]));
        self.address = caller.address(word(0), word(8) as u32)?;
        let pieces = usize::try_from(word(24)).unwrap_or(usize::MAX);
        if pieces > MOST_PIECES {
            return Err(libc::EMSGSIZE);
        }
        for piece in caller.all(word(16), pieces * PIECE)?.chunks_exact(PIECE) {
            let (start, length) = (
                u64::from_ne_bytes(array(piece)),
                u64::from_ne_bytes(array(&piece[8..])),
            );
            let room = LONGEST_MESSAGE - self.data.len();
            let read = caller.some(start, length, room)?;
            self.data.extend_from_slice(&read);
        }
        let (start, length) = (word(32), usize::try_from(word(40)).unwrap_or(usize::MAX));
        if length > LONGEST_CONTROL {
            return Err(libc::ENOBUFS);
        }
        if length > 0 {
            self.control = caller.all(start, length)?;
            self._passed = take_passed(&mut self.control, caller)?;
        }
        Ok(())
    }

    /// Does it, at `address` instead of its own. Fails with a number of `errno`.
    pub(super) fn perform(&self, address: Option<&[u8]>) -> Result<i64, i32> {
        let (socket, named) = (&self.socket, address.unwrap_or_default());
        let done = match self.what {
            What::Connect => sys::connect(socket, named),
            What::Bind => sys::bind(socket, named),
            What::Send => sys::send_message(socket, address, &self.data, &self.control, self.flags),
        };
        done.map_err(|error| error.raw_os_error().unwrap_or(libc::EACCES))
    }
}

/// Goes through ancillary data: what this process is allowed and the caller may not be is refused, and descriptors are
/// replaced by duplicates of the caller's.
fn take_passed(control: &mut [u8], caller: &Caller) -> Result<Vec<OwnedFd>, i32> {
    let mut passed = Vec::new();
    let mut at = 0;
    while at + CONTROL_HEADER <= control.len() {
        let header = &control[at..at + CONTROL_HEADER];
        let length = usize::try_from(u64::from_ne_bytes(array(header))).unwrap_or(usize::MAX);
        let (level, kind) = (
            i32::from_ne_bytes(array(&header[8..])),
            i32::from_ne_bytes(array(&header[12..])),
        );
        let end = at
            .checked_add(length)
            .filter(|end| length >= CONTROL_HEADER && *end <= control.len());
        let Some(end) = end else { return Err(libc::EINVAL) };
        match (level, kind) {
            (libc::SOL_SOCKET, libc::SCM_RIGHTS) => {
                for number in control[at + CONTROL_HEADER..end].chunks_exact_mut(4) {
                    if passed.len() == MOST_PASSED {
                        return Err(libc::EINVAL);
                    }
                    let own = caller.descriptor(i32::from_ne_bytes(array(number)))?;
                    number.copy_from_slice(&own.as_raw_fd().to_ne_bytes());
                    passed.push(own);
                }
            }
            (libc::SOL_IP, libc::IP_PKTINFO | libc::IP_TOS | libc::IP_TTL)
            | (
                libc::SOL_IPV6,
                libc::IPV6_PKTINFO | libc::IPV6_TCLASS | libc::IPV6_HOPLIMIT | libc::IPV6_DONTFRAG,
            )
            | (libc::SOL_UDP, libc::UDP_SEGMENT) => {}
            _ => return Err(libc::EPERM),
        }
        at = end.next_multiple_of(8);
    }
    Ok(passed)
}

/// The first bytes; zeros where there are fewer.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

/// Who made the call.
struct Caller {
    thread: i32,
    process: OwnedFd,
}

impl Caller {
    fn descriptor(&self, number: i32) -> Result<OwnedFd, i32> {
        pidfd_getfd(&self.process, number, PidfdGetfdFlags::empty()).map_err(Errno::raw_os_error)
    }

    fn address(&self, at: u64, length: u32) -> Result<Option<Vec<u8>>, i32> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        match (at, length) {
            (0, _) | (_, 0) => Ok(None),
            (_, length) if length > LONGEST_ADDRESS => Err(libc::EINVAL),
            _ => self.all(at, length).map(Some),
        }
    }

    fn all(&self, at: u64, length: usize) -> Result<Vec<u8>, i32> {
        let read = self.some(at, length as u64, length)?;
        if read.len() < length {
            Err(libc::EFAULT)
        } else {
            Ok(read)
        }
    }

    /// As many bytes as there are, at most `most`.
    fn some(&self, at: u64, length: u64, most: usize) -> Result<Vec<u8>, i32> {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(most)];
        if !bytes.is_empty() {
            let read = sys::read_memory(self.thread, at, &mut bytes).map_err(|_| libc::EFAULT)?;
            bytes.truncate(read);
        }
        Ok(bytes)
    }
}
