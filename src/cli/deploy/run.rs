//! How a release is to run, as it is typed.

use crate::{
    cli::{error::CmdError, values},
    model::{Bytes, Cpus, HeaderPrefix, Run, Seconds},
};

/// How it runs.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "How it runs")]
pub(crate) struct RunArgs {
    /// The most memory that an instance may use [default: 512m]
    #[arg(long, value_name = "SIZE")]
    memory: Option<Bytes>,

    /// How many CPUs an instance may use, such as 0.5 [default: 1]
    #[arg(long, value_name = "N")]
    cpus: Option<Cpus>,

    /// How many processes and threads an instance may have [default: 256]
    #[arg(long, value_name = "N")]
    pids: Option<u32>,

    /// How much an instance may keep in its home folder [default: 1g]
    #[arg(long, value_name = "SIZE")]
    disk: Option<Bytes>,

    /// For http: 1 keeps the instance running when nobody calls it [default: 0]
    #[arg(long, value_name = "N")]
    min_instances: Option<u32>,

    /// How many instances of it may run at a time [default: as many as the broker runs]
    #[arg(long, value_name = "N")]
    max_instances: Option<u32>,

    /// After how long without a call an instance stops [default: 10m, or what the broker says]
    #[arg(long, value_name = "DURATION")]
    idle_timeout: Option<Seconds>,

    /// A file or folder on the broker's machine that it may read besides its own; repeatable
    #[arg(long, value_name = "PATH")]
    readable: Vec<String>,

    /// A placeholder to start it with where it refuses to start without a value that comes later; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    probe_env: Vec<String>,

    /// For http: what the headers are called that carry its values [default: X-Berth-Env-]
    #[arg(long, value_name = "PREFIX")]
    env_header_prefix: Option<HeaderPrefix>,
}

impl RunArgs {
    /// What is typed, and where that is silent, what `base` says.
    pub(super) fn over(&self, base: Run) -> Result<Run, CmdError> {
        let mut probe_env = base.probe_env;
        probe_env.extend(values::assignments("--probe-env", &self.probe_env)?);
        Ok(Run {
            memory: self.memory.or(base.memory),
            cpus: self.cpus.or(base.cpus),
            pids: self.pids.or(base.pids),
            disk: self.disk.or(base.disk),
            min_instances: self.min_instances.or(base.min_instances),
            max_instances: self.max_instances.or(base.max_instances),
            idle_timeout: self.idle_timeout.or(base.idle_timeout),
            readable: if self.readable.is_empty() {
                base.readable
            } else {
                self.readable.clone()
            },
            probe_env,
            env_header_prefix: self.env_header_prefix.clone().or(base.env_header_prefix),
        })
    }
}
