//! Which system calls a connector may make: programs for the kernel, written down as data.
//!
//! What is denied is what no connector needs and what attacks on a kernel, or on the walls of the sandbox, begin
//! with. A call that is denied fails with EPERM, as it would for want of privilege, so that programs go on.

use libc::{
    BPF_ABS, BPF_ALU, BPF_AND, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, ENOMEM,
    ENOSYS, EPERM, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_USER_NOTIF,
    c_long,
};

use super::sys::Instruction;

/// The machine's own calling convention, as the kernel names it (`AUDIT_ARCH_…`); there is no filter for others.
pub(super) const ARCHITECTURE: Option<u32> = if cfg!(target_arch = "x86_64") {
    Some(0xC000_003E)
} else if cfg!(target_arch = "aarch64") {
    Some(0xC000_00B7)
} else {
    None
};

/// The first number of the x32 calls, which share x86-64's convention and would pass by every rule.
const X32: u32 = 0x4000_0000;

/// `struct seccomp_data`: where the call's number, the convention and the arguments are.
const NUMBER: u32 = 0;
const CONVENTION: u32 = 4;
const ARGUMENTS: u32 = 16;

/// Flags of `clone` and `unshare` for namespaces, `CLONE_NEWTIME` included.
const NAMESPACES: u32 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP
    | 0x80) as u32;

/// Calls that libc has no name for, the same on every architecture.
const OPEN_TREE_ATTR: c_long = 467;
const MEMFD_SECRET: c_long = 447;

/// The first process of the namespace.
const BERTH: u32 = 1;

/// Options of sockets, by their level, with which packets or ports would be others than those that are looked at: routes
/// written into packets, and the range that port 0 is taken from. Numbers are of those that libc has no name for,
/// `IP_LOCAL_PORT_RANGE` and `IPV6_2292RTHDR`.
const DETOURS: &[(i32, &[i32])] = &[
    (libc::SOL_IP, &[libc::IP_OPTIONS, 51]),
    (libc::SOL_IPV6, &[libc::IPV6_RTHDR, libc::IPV6_2292PKTOPTIONS, 5]),
];

const DENIED: &[c_long] = &[
    // Other namespaces, other roots, other mounts.
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    OPEN_TREE_ATTR,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    // Other processes' memory and files.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Files by number instead of by path.
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // Large parts of the kernel that connectors have no use for. What goes through a ring passes by every filter.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_vmsplice,
    libc::SYS_lookup_dcookie,
    libc::SYS_fanotify_init,
    // The machine itself.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_nfsservctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
    #[cfg(target_arch = "x86_64")]
    libc::SYS__sysctl,
];

/// The filter of every connector.
pub(super) fn calls() -> Vec<Instruction> {
    let mut program = Program::new();
    for call in DENIED {
        program.when(*call, |then| then.refuse(EPERM));
    }
    // Its flags lie in memory, where no filter looks; libraries fall back to clone.
    program.when(libc::SYS_clone3, |then| then.refuse(ENOSYS));
    for call in [libc::SYS_clone, libc::SYS_unshare] {
        program.when(call, |then| {
            then.load(0);
            then.refuse_with_any(NAMESPACES, EPERM);
        });
    }
    program.when(libc::SYS_ioctl, |then| {
        then.load(1);
        then.refuse_if(libc::TIOCSTI as u32, EPERM);
        then.refuse_if(libc::TIOCLINUX as u32, EPERM);
    });
    // Its own limits are 0's. Berth's process in there may run as the same account, and has to be able to look after it.
    program.when(libc::SYS_prlimit64, |then| {
        then.load(0);
        then.refuse_unless(&[0], EPERM);
    });
    for (call, whose) in [
        (libc::SYS_sched_setscheduler, 0),
        (libc::SYS_sched_setparam, 0),
        (libc::SYS_sched_setattr, 0),
        (libc::SYS_sched_setaffinity, 0),
        (libc::SYS_setpriority, 1),
        (libc::SYS_ioprio_set, 1),
    ] {
        program.when(call, |then| {
            then.load(whose);
            then.refuse_if(BERTH, EPERM);
        });
    }
    program.when(libc::SYS_setsockopt, |then| {
        for (level, options) in DETOURS {
            then.load(1);
            then.only_if(*level as u32, |then| {
                then.load(2);
                for option in *options {
                    then.refuse_if(*option as u32, EPERM);
                }
            });
        }
    });
    program.when(libc::SYS_personality, |then| {
        then.load(0);
        // 0 is the usual one, and all ones asks which it is.
        then.refuse_unless(&[0, u32::MAX], EPERM);
    });
    program.when(libc::SYS_socketpair, |then| {
        then.load(0);
        then.refuse_unless(&[libc::AF_UNIX as u32], EPERM);
    });
    program.when(libc::SYS_socket, socket);
    // Data with the first packet opens a connection without connect.
    for (call, flags) in [
        (libc::SYS_sendto, 3),
        (libc::SYS_sendmsg, 2),
        (libc::SYS_sendmmsg, 3),
    ] {
        program.when(call, |then| {
            then.load(flags);
            then.refuse_with_any(libc::MSG_FASTOPEN as u32, EPERM);
        });
    }
    program.end()
}

/// Local sockets, TCP and UDP over both versions of IP, and the netlink family that lists network interfaces.
fn socket(then: &mut Block) {
    const KINDS: u32 = 0xF;
    const MPTCP: u32 = 262;
    let [unix, v4, v6, netlink] =
        [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK].map(|family| family as u32);
    then.load(0);
    then.refuse_unless(&[unix, v4, v6, netlink], EPERM);
    then.pass_if(unix);
    then.only_if(netlink, |then| {
        then.load(2);
        then.refuse_unless(&[libc::NETLINK_ROUTE as u32], EPERM);
        then.pass();
    });
    then.load_masked(1, KINDS);
    then.refuse_unless(&[libc::SOCK_STREAM as u32, libc::SOCK_DGRAM as u32], EPERM);
    then.load(2);
    let protocols = [
        libc::IPPROTO_IP,
        libc::IPPROTO_TCP,
        libc::IPPROTO_UDP,
        libc::IPPROTO_ICMP,
        libc::IPPROTO_ICMPV6,
    ];
    let mut protocols = protocols.map(|protocol| protocol as u32).to_vec();
    protocols.push(MPTCP);
    then.refuse_unless(&protocols, EPERM);
}

/// The filter that lets the supervisor answer whatever names an address.
pub(super) fn addresses() -> Vec<Instruction> {
    let mut program = Program::new();
    // The last two name one in memory, where a filter does not look.
    for call in [
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_sendmsg,
        libc::SYS_sendmmsg,
    ] {
        program.when(call, Block::ask);
    }
    program.when(libc::SYS_sendto, |then| {
        // Only where there is an address: both halves of the pointer.
        then.load_upper(4);
        then.only_if(0, |then| {
            then.load(4);
            then.pass_if(0);
        });
        then.ask();
    });
    program.end()
}

/// The filter of those whose memory no control group counts: what no process maps would be seen by nobody.
pub(super) fn unseen_memory() -> Vec<Instruction> {
    let mut program = Program::new();
    for call in [
        libc::SYS_memfd_create,
        MEMFD_SECRET,
        libc::SYS_shmget,
        libc::SYS_msgget,
    ] {
        program.when(call, |then| then.refuse(ENOSYS));
    }
    // Its pages stay when the process that has it maps them no more, or not again.
    program.when(libc::SYS_mmap, |then| {
        let nameless = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u32;
        then.load_masked(3, nameless);
        then.refuse_if(nameless, ENOMEM);
    });
    program.end()
}

/// A filter under construction.
struct Program(Vec<Instruction>);

impl Program {
    /// One that ends whoever calls the kernel in another way than the machine's own.
    fn new() -> Self {
        let mut start = Block(Vec::new());
        start.fetch(CONVENTION);
        start
            .0
            .push(jump(BPF_JEQ, ARCHITECTURE.unwrap_or_default(), 1, 0));
        start.give(SECCOMP_RET_KILL_PROCESS);
        start.fetch(NUMBER);
        if cfg!(target_arch = "x86_64") {
            start.0.push(jump(BPF_JGE, X32, 0, 1));
            start.give(SECCOMP_RET_KILL_PROCESS);
        }
        Self(start.0)
    }

    /// What applies to one call; it may go on where the block says nothing.
    fn when(&mut self, call: c_long, fill: impl FnOnce(&mut Block)) {
        let mut then = Block(Vec::new());
        fill(&mut then);
        then.fetch(NUMBER);
        self.0.push(jump(BPF_JEQ, call as u32, 0, then.length()));
        self.0.extend(then.0);
    }

    fn end(self) -> Vec<Instruction> {
        let mut end = Block(self.0);
        end.pass();
        end.0
    }
}

/// What is done about one call; the accumulator has what was loaded last.
struct Block(Vec<Instruction>);

impl Block {
    fn length(&self) -> u8 {
        // A block that is too long would be one that jumps anywhere: the kernel refuses the program then.
        u8::try_from(self.0.len()).unwrap_or(u8::MAX)
    }

    fn fetch(&mut self, offset: u32) {
        self.0.push(plain(BPF_LD | BPF_W | BPF_ABS, offset));
    }

    /// The lower half of an argument, which is all that the kernel takes of an `int`.
    fn load(&mut self, argument: u32) {
        self.fetch(ARGUMENTS + argument * 8);
    }

    fn load_upper(&mut self, argument: u32) {
        self.fetch(ARGUMENTS + argument * 8 + 4);
    }

    fn load_masked(&mut self, argument: u32, mask: u32) {
        self.load(argument);
        self.0.push(plain(BPF_ALU | BPF_AND | BPF_K, mask));
    }

    fn give(&mut self, action: u32) {
        self.0.push(plain(BPF_RET | BPF_K, action));
    }

    fn pass(&mut self) {
        self.give(SECCOMP_RET_ALLOW);
    }

    fn ask(&mut self) {
        self.give(SECCOMP_RET_USER_NOTIF);
    }

    fn refuse(&mut self, number: i32) {
        self.give(SECCOMP_RET_ERRNO | number.unsigned_abs());
    }

    fn pass_if(&mut self, value: u32) {
        self.0.push(jump(BPF_JEQ, value, 0, 1));
        self.pass();
    }

    fn refuse_if(&mut self, value: u32, number: i32) {
        self.0.push(jump(BPF_JEQ, value, 0, 1));
        self.refuse(number);
    }

    fn refuse_with_any(&mut self, bits: u32, number: i32) {
        self.0.push(jump(BPF_JSET, bits, 0, 1));
        self.refuse(number);
    }

    fn refuse_unless(&mut self, values: &[u32], number: i32) {
        for (at, value) in values.iter().enumerate() {
            let rest = u8::try_from(values.len() - at).unwrap_or(u8::MAX);
            self.0.push(jump(BPF_JEQ, *value, rest, 0));
        }
        self.refuse(number);
    }

    fn only_if(&mut self, value: u32, fill: impl FnOnce(&mut Self)) {
        let mut then = Self(Vec::new());
        fill(&mut then);
        self.0.push(jump(BPF_JEQ, value, 0, then.length()));
        self.0.extend(then.0);
    }
}

fn plain(code: u32, k: u32) -> Instruction {
    Instruction {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    }
}

fn jump(condition: u32, k: u32, when_true: u8, when_false: u8) -> Instruction {
    Instruction {
        code: (BPF_JMP | condition | BPF_K) as u16,
        jt: when_true,
        jf: when_false,
        k,
    }
}
