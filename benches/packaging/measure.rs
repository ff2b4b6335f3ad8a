//! Running one command and seeing what it takes.

use std::{
    fs,
    io::Read as _,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

/// One row of the table.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) time: Duration,
    /// What went over the line, where that can be told.
    pub(crate) bytes: Option<u64>,
    /// The size of the whole folder.
    pub(crate) whole: u64,
    /// Most memory that the command had at once, in bytes.
    pub(crate) peak: Option<u64>,
}

impl Step {
    /// What went over the line, of the whole folder.
    pub(crate) fn share(&self) -> Option<f64> {
        Some(self.bytes? as f64 / self.whole as f64)
    }
}

pub(crate) struct Finished {
    pub(crate) time: Duration,
    pub(crate) peak: u64,
    pub(crate) stdout: String,
}

/// Runs a command to its end, which has to be a success.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<Finished> {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {}", command.get_program().display()))?;
    let mut stdout = child.stdout.take().context("no standard output")?;
    let mut stderr = child.stderr.take().context("no standard error")?;
    let said = thread::spawn(move || {
        let mut text = Vec::new();
        stdout.read_to_end(&mut text).map(|_| text)
    });
    let talk = thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).map(|_| text)
    });
    let mut peak = 0;
    let status = loop {
        // It only ever grows, so the last look before the end is the whole truth but for the last milliseconds.
        peak = peak.max(high_water(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let time = started.elapsed();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let stdout = text(said.join().map_err(|_| anyhow::anyhow!("reading failed"))??);
    let stderr = text(talk.join().map_err(|_| anyhow::anyhow!("reading failed"))??);
    ensure!(
        status.success(),
        "{command:?} ended with {status}: {stdout}{stderr}"
    );
    Ok(Finished { time, peak, stdout })
}

/// proc_pid_status(5): the peak resident set, in bytes.
fn high_water(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
