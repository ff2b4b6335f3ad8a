//! Processes as `/proc` shows them.

use std::{collections::BTreeMap, fs};

/// The processes below `pid`, children's children included.
pub(crate) fn descendants(pid: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = all()
        .into_iter()
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(
            parents
                .iter()
                .filter(|(_, above)| *above == parent)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    found.split_off(1)
}

/// Every process of the machine.
pub(crate) fn all() -> Vec<u32> {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

/// The id on this machine of a process that names itself by its namespace of processes and its id in there:
/// `pid:[4026532201] 2`.
pub(crate) fn outside(named: &str) -> Option<u32> {
    let mut words = named.split(' ');
    let (namespace, inner) = (words.next()?, words.next()?);
    all().into_iter().find(|pid| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let mut ids = status.lines().filter_map(|line| line.strip_prefix("NSpid:"));
        fs::read_link(format!("/proc/{pid}/ns/pid")).is_ok_and(|own| own.as_os_str() == namespace)
            && ids.next().and_then(|ids| ids.split_whitespace().last()) == Some(inner)
    })
}

/// Whether the process still runs; a zombie does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| !stat.starts_with(['Z', 'X']))
}

pub(crate) fn environment(pid: u32) -> BTreeMap<String, String> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .split('\0')
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The command line, its arguments joined by spaces.
pub(crate) fn command_line(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .replace('\0', " ")
        .trim_end()
        .to_owned()
}

/// proc_pid_status(5): what it holds of memory, in bytes.
pub(crate) fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes.unwrap().parse::<u64>().unwrap() << 10
}

pub(crate) fn kill_hard(pid: u32) {
    signal(pid, rustix::process::Signal::KILL);
}

/// As [`kill_hard`], of one that may have ended by itself.
pub(crate) fn kill_if_there(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

/// SIGSTOP: it keeps what it has, and does nothing.
pub(crate) fn freeze(pid: u32) {
    signal(pid, rustix::process::Signal::STOP);
}

/// SIGCONT, after [`freeze`].
pub(crate) fn thaw(pid: u32) {
    signal(pid, rustix::process::Signal::CONT);
}

pub(crate) fn terminate(pid: u32) {
    signal(pid, rustix::process::Signal::TERM);
}

/// Ctrl-C.
pub(crate) fn interrupt(pid: u32) {
    signal(pid, rustix::process::Signal::INT);
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.split(' ').nth(1)?.parse().ok()
}

/// `/proc/PID/stat` from the state on: what comes before, the program's name, may hold anything.
fn stat(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(") ")?.1.to_owned())
}
