//! Child processes: their life, their CPU time and their memory.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command},
    time::Duration,
};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{net::TcpStream, time::sleep};

/// Linux counts a process's time in hundredths of a second (`USER_HZ`) on every machine that berth runs on.
const TICKS: f64 = 100.0;

/// A child that is asked to stop, and waited for, when this is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn start(mut command: Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.0.wait();
    }
}

/// User and system time of a process and of its children that run the same program (nginx's workers), in seconds.
pub(crate) fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let own = stat(pid).with_context(|| format!("process {pid} is gone"))?;
    let mut ticks = own.ticks;
    for entry in fs::read_dir("/proc")? {
        let child = entry?.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some(child) = child.and_then(stat)
            && child.parent == pid
            && child.program == own.program
        {
            ticks += child.ticks;
        }
    }
    Ok(ticks as f64 / TICKS)
}

/// The memory that a process has in use, in bytes.
pub(crate) fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: u64 = line.context("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes << 10)
}

struct Stat {
    program: String,
    parent: u32,
    ticks: u64,
}

/// proc_pid_stat(5). The program's name stands in parentheses and may contain anything.
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (before, after) = text.rsplit_once(')')?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    // Counted from the third field, the state: the parent is the 4th, utime and stime are the 14th and 15th.
    Some(Stat {
        program: before.split_once('(')?.1.to_owned(),
        parent: fields.get(1)?.parse().ok()?,
        ticks: fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?,
    })
}

pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until something listens there, for at most ten seconds.
pub(crate) async fn wait_for_port(port: u16) -> anyhow::Result<()> {
    for _ in 0..1000 {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(10)).await;
    }
    bail!("nothing listens on port {port} after ten seconds")
}
