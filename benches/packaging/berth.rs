//! Deploys with berth, to a broker of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::{
    measure::{Finished, Step, run},
    tree,
};

pub(crate) fn measure(
    program: &Path,
    folder: &Path,
    tree: &Path,
    whole: u64,
    rounds: usize,
) -> anyhow::Result<Vec<Step>> {
    let operator = Operator {
        program: program.canonicalize()?,
        folder: folder.to_owned(),
        tree: tree.to_owned(),
        whole,
    };
    let _broker = operator.serve()?;
    let mut steps = vec![
        // Nothing is remembered of it for the next: that has a home of its own.
        operator
            .step("packing alone (--dry-run)", "home-dry", &["--dry-run"])?
            .0,
        operator.step("first deploy", "home", &[])?.0,
    ];
    let mut unchanged = Vec::new();
    for _ in 0..rounds.max(1) {
        let (step, answer) = operator.step("unchanged", "home", &[])?;
        ensure!(
            answer["unchanged"] == true,
            "an unchanged folder was deployed: {answer}"
        );
        unchanged.push(step);
    }
    unchanged.sort_by_key(|step| step.time);
    steps.push(unchanged.swap_remove(unchanged.len() / 2));
    tree::change_a_line(tree)?;
    steps.push(operator.step("one line changed", "home", &[])?.0);
    tree::add_a_dependency(tree)?;
    steps.push(operator.step("one dependency added", "home", &[])?.0);
    Ok(steps)
}

struct Operator {
    program: PathBuf,
    folder: PathBuf,
    tree: PathBuf,
    whole: u64,
}

impl Operator {
    fn command(&self, home: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .current_dir(&self.folder)
            .env_remove("BERTH_URL")
            .env_remove("BERTH_TOKEN")
            .env_remove("BERTH_TOKEN_FILE")
            .env_remove("XDG_CACHE_HOME")
            .env("HOME", self.folder.join(home))
            .env("BERTH_CONFIG_DIR", self.folder.join("profile"));
        command
    }

    fn serve(&self) -> anyhow::Result<Broker> {
        let log = self.folder.join("serve.log");
        let mut command = self.command(
            "home",
            &["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"],
        );
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()?;
        let mut broker = Broker(child);
        for _ in 0..1000 {
            if self.folder.join("data/berth.addr").exists() {
                return Ok(broker);
            }
            if let Some(status) = broker.0.try_wait()? {
                bail!("the broker ended with {status}: {}", fs::read_to_string(&log)?);
            }
            sleep(Duration::from_millis(10));
        }
        bail!("the broker did not say where it listens within ten seconds")
    }

    /// One `berth deploy`, and its answer.
    fn step(&self, name: &'static str, home: &str, more: &[&str]) -> anyhow::Result<(Step, Value)> {
        fs::create_dir_all(self.folder.join(home))?;
        let mut command = self.command(home, &["--output", "json", "deploy", "--yes"]);
        let Finished { time, peak, stdout } = run(command.args(more).arg(&self.tree))?;
        let answer: Value =
            serde_json::from_str(&stdout).with_context(|| format!("no answer in {stdout:?}"))?;
        let is_dry = !more.is_empty();
        let step = Step {
            name,
            time,
            bytes: if is_dry {
                None
            } else {
                answer["sent"]["bytes"].as_u64()
            },
            whole: self.whole,
            peak: Some(peak),
        };
        Ok((step, answer))
    }
}

/// Asked to stop, and waited for, when it is dropped.
struct Broker(Child);

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.0.wait();
    }
}
