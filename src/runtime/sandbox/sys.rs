//! The kernel's calls that no crate wraps: all of the sandbox's `unsafe` code.
//!
//! Every function here is safe to call from a process with one thread, which is what the helper is until its own
//! supervisor starts some; what matters beyond that is said at the function.
#![allow(
    unsafe_code,
    reason = "system calls that have no safe wrapper; each says why it is sound"
)]

use std::{
    io,
    mem::{self, MaybeUninit},
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
    ptr,
};

use libc::{c_int, c_long, c_uint, c_ulong};
use rustix::process::Pid;

/// One instruction of a system-call filter.
pub(super) use libc::sock_filter as Instruction;

/// Which of the two a process is after a fork.
pub(super) enum Forked {
    Parent(Pid),
    Child,
}

/// Where signals are read from.
pub(super) struct Signals(OwnedFd);

/// A call that waits for an answer of the supervisor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Notice {
    pub(super) id: u64,
    /// The thread that made it.
    pub(super) thread: i32,
    pub(super) call: c_long,
    pub(super) arguments: [u64; 6],
}

fn done(result: c_long) -> io::Result<c_long> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Splits the process in two. Only to be called while it has one thread.
pub(super) fn fork() -> io::Result<Forked> {
    // SAFETY: with one thread, the child's copy of memory is whole: no lock is held by a thread that is not there.
    let pid = done(unsafe { libc::fork() }.into())?;
    Ok(match i32::try_from(pid).ok().and_then(Pid::from_raw) {
        Some(pid) => Forked::Parent(pid),
        None => Forked::Child,
    })
}

/// Leaves the namespaces of `CLONE_…` flags for new ones; that of processes begins with the next child.
pub(super) fn unshare(flags: c_int) -> io::Result<()> {
    // SAFETY: no memory is touched. Descriptors stay as they are: CLONE_FILES is never among the flags.
    done(unsafe { libc::unshare(flags) }.into()).map(drop)
}

/// Closes every descriptor from `first` on.
pub(super) fn close_from(first: c_uint) -> io::Result<()> {
    // SAFETY: callers own nothing that lies there, or are about to become another program.
    done(unsafe { libc::syscall(libc::SYS_close_range, first, c_uint::MAX, 0) }).map(drop)
}

/// Lets every descriptor from `first` on end with the next program that this process becomes.
pub(super) fn close_from_at_exec(first: c_uint) -> io::Result<()> {
    // SAFETY: only a flag of each descriptor is set.
    let flag = libc::CLOSE_RANGE_CLOEXEC;
    done(unsafe { libc::syscall(libc::SYS_close_range, first, c_uint::MAX, flag) }).map(drop)
}

/// Makes `to` another name of `from`'s file, for this process and the program that it becomes.
pub(super) fn rename_descriptor(from: BorrowedFd<'_>, to: RawFd) -> io::Result<()> {
    // SAFETY: the standard streams are what is replaced, and nobody owns those as values here.
    done(unsafe { libc::dup2(from.as_raw_fd(), to) }.into()).map(drop)
}

/// Sets attributes, `MOUNT_ATTR_…`, of a mount and of all below it. `owners` is a user namespace whose map says as whom
/// its files' owners appear.
pub(super) fn set_tree(
    mount: BorrowedFd<'_>,
    attributes: u64,
    owners: Option<BorrowedFd<'_>>,
) -> io::Result<()> {
    let mut wanted = no_attributes();
    wanted.attr_set = attributes;
    wanted.propagation = libc::MS_PRIVATE;
    if let Some(owners) = owners {
        wanted.attr_set |= libc::MOUNT_ATTR_IDMAP;
        wanted.userns_fd = u64::from(owners.as_raw_fd().unsigned_abs());
    }
    mount_setattr(mount, libc::AT_EMPTY_PATH | libc::AT_RECURSIVE, &wanted)
}

/// The same of one mount alone.
pub(super) fn set_mount(mount: BorrowedFd<'_>, attributes: u64) -> io::Result<()> {
    let mut wanted = no_attributes();
    wanted.attr_set = attributes;
    mount_setattr(mount, libc::AT_EMPTY_PATH, &wanted)
}

fn no_attributes() -> libc::mount_attr {
    // SAFETY: all-zero is a value of this plain struct.
    unsafe { mem::zeroed() }
}

fn mount_setattr(mount: BorrowedFd<'_>, flags: c_int, wanted: &libc::mount_attr) -> io::Result<()> {
    // SAFETY: the path is an empty C string, and the struct is as long as is said.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            ptr::from_ref(wanted),
            mem::size_of::<libc::mount_attr>(),
        )
    };
    done(result).map(drop)
}

/// Reacts to every signal as a program does that never heard of any, and blocks none.
pub(super) fn forget_signals() {
    for number in 1..=libc::SIGRTMAX() {
        // SAFETY: the default action runs no code of ours. Fails for those that can't be caught, which have no other.
        unsafe { libc::signal(number, libc::SIG_DFL) };
    }
    // SAFETY: the set is initialised before it is used.
    unsafe {
        let mut none = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut());
    }
}

/// Does nothing when the signal comes.
pub(super) fn ignore_signal(number: c_int) {
    // SAFETY: no code of ours runs.
    unsafe { libc::signal(number, libc::SIG_IGN) };
}

/// Ends this process by the signal, as another one was ended by it.
pub(super) fn end_by(number: c_int) -> ! {
    // SAFETY: the default action of a signal that ends a process; what does not end it is followed by an exit.
    unsafe {
        libc::signal(number, libc::SIG_DFL);
        libc::raise(number);
        libc::_exit(128 + number)
    }
}

/// Ends this process at once, running nothing of what usually runs at an exit.
pub(super) fn end(code: c_int) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

impl Signals {
    /// Blocks the signals, and gives what they are read from instead. Threads that start later block them, too.
    pub(super) fn of(numbers: &[c_int]) -> io::Result<Self> {
        // SAFETY: the set is initialised before it is used, and the descriptor is a new one.
        unsafe {
            let mut set = MaybeUninit::<libc::sigset_t>::uninit();
            libc::sigemptyset(set.as_mut_ptr());
            for number in numbers {
                libc::sigaddset(set.as_mut_ptr(), *number);
            }
            libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), ptr::null_mut());
            let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
            let file = done(libc::signalfd(-1, set.as_ptr(), flags).into())?;
            Ok(Self(OwnedFd::from_raw_fd(file as RawFd)))
        }
    }

    /// The next signal that has come.
    pub(super) fn next(&self) -> Option<c_int> {
        let mut info = MaybeUninit::<libc::signalfd_siginfo>::zeroed();
        let length = mem::size_of::<libc::signalfd_siginfo>();
        // SAFETY: as many bytes are read as the struct has, and every bit pattern is a value of it.
        unsafe {
            let read = libc::read(self.0.as_raw_fd(), info.as_mut_ptr().cast(), length);
            (usize::try_from(read) == Ok(length)).then(|| info.assume_init().ssi_signo as c_int)
        }
    }

    pub(super) fn descriptor(&self) -> &OwnedFd {
        &self.0
    }
}

/// Has the filter decide over every system call of this process and its children, for good. Privileges must have been
/// given up for new ones before.
pub(super) fn filter(program: &[Instruction]) -> io::Result<()> {
    install(program, 0).map(drop)
}

/// The same; answers the descriptor at which the calls are answered that the filter lets wait.
pub(super) fn filter_with_listener(program: &[Instruction]) -> io::Result<OwnedFd> {
    let plain = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // A caller that is interrupted while it is being answered would ask twice; kernels before 5.19 have no means.
    let listener = install(program, plain | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
        .or_else(|_| install(program, plain))?;
    // SAFETY: a new descriptor, which nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(listener as RawFd) })
}

fn install(program: &[Instruction], flags: c_ulong) -> io::Result<c_long> {
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(io::Error::other)?,
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: the kernel copies the program, and does not write to it.
    done(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            flags,
            &raw const program,
        )
    })
}

/// The next call that waits at `listener`. An error of a caller that is gone already is `NotFound`.
pub(super) fn receive(listener: BorrowedFd<'_>) -> io::Result<Notice> {
    let mut notice = MaybeUninit::<libc::seccomp_notif>::zeroed();
    // SAFETY: the kernel wants the struct zeroed, and fills it.
    let notice = unsafe {
        done(
            libc::ioctl(
                listener.as_raw_fd(),
                libc::SECCOMP_IOCTL_NOTIF_RECV,
                notice.as_mut_ptr(),
            )
            .into(),
        )?;
        notice.assume_init()
    };
    Ok(Notice {
        id: notice.id,
        thread: notice.pid.cast_signed(),
        call: notice.data.nr.into(),
        arguments: notice.data.args,
    })
}

/// Whether the caller still waits: what was read of it before was its own.
pub(super) fn still_waits(listener: BorrowedFd<'_>, id: u64) -> bool {
    // SAFETY: the kernel reads eight bytes.
    unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_ID_VALID,
            &raw const id,
        ) == 0
    }
}

/// Answers a call: with what it returns, or a number of `errno`. A caller that is gone needs no answer.
pub(super) fn answer(listener: BorrowedFd<'_>, id: u64, outcome: Result<i64, i32>) {
    let response = libc::seccomp_notif_resp {
        id,
        val: outcome.unwrap_or(0),
        error: outcome.err().map_or(0, |number| -number),
        flags: 0,
    };
    // SAFETY: the kernel reads the struct.
    unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_SEND,
            &raw const response,
        )
    };
}

/// The family of a socket.
pub(super) fn family(socket: &OwnedFd) -> io::Result<c_int> {
    let (mut family, mut length) = (0 as c_int, mem::size_of::<c_int>() as libc::socklen_t);
    // SAFETY: the kernel writes at most as many bytes as an int has.
    let asked = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_DOMAIN,
            (&raw mut family).cast(),
            &raw mut length,
        )
    };
    done(asked.into()).map(|_| family)
}

/// `connect(2)` with an address as bytes.
pub(super) fn connect(socket: &OwnedFd, address: &[u8]) -> io::Result<i64> {
    // SAFETY: the kernel reads as many bytes as there are.
    let result = unsafe {
        libc::connect(
            socket.as_raw_fd(),
            address.as_ptr().cast(),
            address.len() as libc::socklen_t,
        )
    };
    done(result.into())
}

/// `bind(2)` with an address as bytes.
pub(super) fn bind(socket: &OwnedFd, address: &[u8]) -> io::Result<i64> {
    // SAFETY: the kernel reads as many bytes as there are.
    let result = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            address.as_ptr().cast(),
            address.len() as libc::socklen_t,
        )
    };
    done(result.into())
}

/// `sendmsg(2)` with an address and ancillary data as bytes; a socket whose other end is closed sends no signal here.
pub(super) fn send_message(
    socket: &OwnedFd,
    address: Option<&[u8]>,
    data: &[u8],
    control: &[u8],
    flags: c_int,
) -> io::Result<i64> {
    let mut piece = libc::iovec {
        iov_base: data.as_ptr().cast_mut().cast(),
        iov_len: data.len(),
    };
    // SAFETY: zeros are an empty message.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    if let Some(address) = address {
        message.msg_name = address.as_ptr().cast_mut().cast();
        message.msg_namelen = address.len() as libc::socklen_t;
    }
    message.msg_iov = &raw mut piece;
    message.msg_iovlen = 1;
    if !control.is_empty() {
        message.msg_control = control.as_ptr().cast_mut().cast();
        message.msg_controllen = control.len() as _;
    }
    // SAFETY: the kernel reads as many bytes as there are of all three, and writes none.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, flags | libc::MSG_NOSIGNAL) };
    done(sent as c_long)
}

/// Tries whether a filter's calls can be answered here, and a descriptor be taken from a child.
pub(super) fn rehearse_listener() -> io::Result<()> {
    match fork()? {
        Forked::Child => {
            // SAFETY: no memory is touched.
            unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
            let pass = [Instruction {
                code: (libc::BPF_RET | libc::BPF_K) as u16,
                jt: 0,
                jf: 0,
                k: libc::SECCOMP_RET_ALLOW,
            }];
            let Ok(listener) = filter_with_listener(&pass) else {
                end(2)
            };
            drop(listener);
            // Waits to be looked into, and to be killed.
            loop {
                std::thread::sleep(std::time::Duration::from_secs(1));
            }
        }
        Forked::Parent(child) => {
            use rustix::process::{
                PidfdFlags, PidfdGetfdFlags, Signal, WaitOptions, kill_process, pidfd_getfd, pidfd_open,
                waitpid,
            };
            let taken = pidfd_open(child, PidfdFlags::empty())
                .and_then(|process| pidfd_getfd(&process, 2, PidfdGetfdFlags::empty()));
            // It ends by itself, at once, where it has no filter.
            let mut ended = None;
            for _ in 0..10 {
                ended = waitpid(Some(child), WaitOptions::NOHANG).ok().flatten();
                if ended.is_some() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            if ended.is_some() {
                return Err(io::Error::other("no filter whose calls are answered"));
            }
            _ = kill_process(child, Signal::KILL);
            _ = waitpid(Some(child), WaitOptions::empty());
            taken.map(drop).map_err(io::Error::from)
        }
    }
}

/// Copies memory of another process; short where it ends.
pub(super) fn read_memory(of: i32, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let here = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let there = libc::iovec {
        iov_base: ptr::with_exposed_provenance_mut(address as usize),
        iov_len: buffer.len(),
    };
    // SAFETY: at most as many bytes are written as the buffer has; the other address is not this process's.
    let read = unsafe { libc::process_vm_readv(of, &raw const here, 1, &raw const there, 1, 0) };
    done(read as c_long).map(|read| read.unsigned_abs() as usize)
}

/// Writes into memory of another process, all of it.
pub(super) fn write_memory(of: i32, address: u64, bytes: &[u8]) -> io::Result<()> {
    let here = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    let there = libc::iovec {
        iov_base: ptr::with_exposed_provenance_mut(address as usize),
        iov_len: bytes.len(),
    };
    // SAFETY: the kernel reads as many bytes as there are; the other address is not this process's.
    let written = unsafe { libc::process_vm_writev(of, &raw const here, 1, &raw const there, 1, 0) };
    match done(written as c_long)?.unsigned_abs() as usize == bytes.len() {
        true => Ok(()),
        false => Err(io::Error::from_raw_os_error(libc::EFAULT)),
    }
}
