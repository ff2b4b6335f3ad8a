//! How connectors run, as it is said in a file or on the command line.

use std::time::Duration;

use super::{Settings, docker_host};
use crate::{
    model::duration,
    runtime::{EngineChoice, SandboxPolicy},
};

const DEFAULT_START_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_IDLE: Duration = Duration::from_secs(600);
/// A cap is there so that users can't start more than memory has room for; machines that can hold more say so.
const DEFAULT_MAX_INSTANCES: usize = 500;

/// How connectors run.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) start_timeout: Duration,
    pub(crate) idle: Duration,
    /// Of all connectors together.
    pub(crate) max_instances: usize,
    pub(crate) sandbox: SandboxPolicy,
    pub(crate) engine: EngineChoice,
    pub(crate) docker_host: String,
}

/// Checks what is said of it; `note` takes a sentence for each problem.
pub(super) fn check(said: &Settings, mut note: impl FnMut(String)) -> Running {
    if let Some(host) = &said.docker_host
        && let Err(problem) = docker_address(host)
    {
        note(problem);
    }
    let idle = match said.idle_timeout.as_deref().map(duration) {
        None => DEFAULT_IDLE,
        Some(Ok(idle)) => idle,
        Some(Err(problem)) => {
            note(format!("--idle-timeout {problem}"));
            DEFAULT_IDLE
        }
    };
    if said.max_instances == Some(0) {
        note("--max-instances 0 would let nothing start".into());
    }
    let sandbox = match said.sandbox.as_deref() {
        None | Some("required") => SandboxPolicy::Required,
        Some("best-effort") => SandboxPolicy::BestEffort,
        Some("off") => SandboxPolicy::Off,
        Some(other) => {
            note(format!("--sandbox {other:?} is not required, best-effort or off"));
            SandboxPolicy::Required
        }
    };
    let docker_host = said.docker_host.clone().unwrap_or_else(docker_host);
    let engine = engine(said, &docker_host).unwrap_or_else(|problem| {
        note(problem);
        EngineChoice::Process
    });
    Running {
        start_timeout: said
            .start_timeout
            .map_or(DEFAULT_START_TIMEOUT, Duration::from_secs),
        idle,
        max_instances: said.max_instances.unwrap_or(DEFAULT_MAX_INSTANCES),
        sandbox,
        engine,
        docker_host,
    }
}

fn engine(said: &Settings, docker_host: &str) -> Result<EngineChoice, String> {
    match (said.engine.as_deref(), &said.engine_image) {
        (None | Some("process"), None) => Ok(EngineChoice::Process),
        (Some("docker"), Some(image)) if docker_host.starts_with("unix://") => {
            Ok(EngineChoice::Docker { image: image.clone() })
        }
        (Some("docker"), Some(_)) => Err(format!(
            "--engine docker needs a Docker Engine of this machine, at a unix:// address, and {docker_host:?} is none: connectors' folders are shown to their containers"
        )),
        (Some("docker"), None) => Err(
            "--engine docker needs --engine-image: the image that packages, bundles and commands run in"
                .into(),
        ),
        (None | Some("process"), Some(_)) => Err("--engine-image is for --engine docker alone".into()),
        (Some(other), _) => Err(format!("--engine {other:?} is not process or docker")),
    }
}

fn docker_address(host: &str) -> Result<(), String> {
    match host.split_once("://") {
        Some(("unix", path)) if path.starts_with('/') => Ok(()),
        Some(("tcp" | "http", authority)) if !authority.is_empty() => Ok(()),
        _ => Err(format!(
            "--docker-host {host:?} is not unix:///PATH or tcp://HOST:PORT (TLS and ssh addresses are not supported)"
        )),
    }
}
