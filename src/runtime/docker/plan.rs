//! What a container is made of, as data.

use std::{collections::HashMap, path::PathBuf};

use bollard::models::{
    ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HostConfig, HostConfigLogConfig, Mount,
    MountType, NetworkingConfig, ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum,
};

use crate::{model::Root, runtime::limits::Limits, secret::Secret};

/// Folders that any program may expect to write to, whatever its image is like. What is in them is memory, and counts
/// as the container's.
const SCRATCH: [&str; 3] = ["/tmp", "/var/tmp", "/run"];
/// How they are mounted. Some programs unpack libraries there and load them.
const SCRATCH_OPTIONS: &str = "rw,nosuid,nodev,exec,mode=1777,size=67108864";

/// In microseconds; a container gets its share of processors anew in each.
const CPU_PERIOD: i64 = 100_000;

/// Everything that starting a container takes.
#[derive(Debug)]
pub(in crate::runtime) struct Plan {
    /// What its name begins with.
    pub(crate) label: String,
    /// The image's id.
    pub(crate) image: String,
    /// In place of the image's own entry point, which then gets nothing of its own command either.
    pub(crate) program: Option<String>,
    /// In place of the image's own command; the image's own when empty.
    pub(crate) arguments: Vec<String>,
    /// In place of the image's own.
    pub(crate) directory: Option<PathBuf>,
    /// The user and group that it runs as, in place of the image's own.
    pub(crate) account: Option<(u32, u32)>,
    pub(crate) env: Vec<(String, Secret<String>)>,
    /// For people who look at the engine.
    pub(crate) labels: Vec<(&'static str, String)>,
    /// Whether it is spoken to over its standard input and output.
    pub(crate) piped: bool,
    pub(crate) limits: Limits,
    pub(crate) root: Root,
    /// What of this machine it sees; of no use to an engine on another one.
    pub(crate) binds: Vec<Bind>,
}

/// A folder or a file of this machine, seen in a container at its own path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::runtime) struct Bind {
    pub(crate) path: PathBuf,
    pub(crate) access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::runtime) enum Access {
    Read,
    Write,
}

/// The engine's request for the container, with `own` among its labels, in `network`, where it has the address
/// `link_local` besides its own.
pub(super) fn request(
    plan: Plan,
    own: impl IntoIterator<Item = (&'static str, String)>,
    network: String,
    link_local: Option<String>,
) -> ContainerCreateBody {
    let labels: HashMap<String, String> = plan
        .labels
        .into_iter()
        .chain(own)
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let env = plan
        .env
        .iter()
        .map(|(name, value)| format!("{name}={}", value.expose()))
        .collect();
    let memory = signed(plan.limits.memory.0);
    let (files, disk) = (i64::from(plan.limits.open_files), signed(plan.limits.disk.0));
    ContainerCreateBody {
        image: Some(plan.image),
        entrypoint: plan.program.map(|program| vec![program]),
        cmd: Some(plan.arguments).filter(|arguments| !arguments.is_empty()),
        working_dir: plan.directory.map(|path| path.to_string_lossy().into_owned()),
        user: plan.account.map(|(user, group)| format!("{user}:{group}")),
        env: Some(env),
        labels: Some(labels),
        attach_stdin: Some(plan.piped),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        open_stdin: Some(plan.piped),
        // The end of our connection is the end of its input.
        stdin_once: Some(plan.piped),
        tty: Some(false),
        networking_config: link_local.map(|address| endpoint(network.clone(), address)),
        host_config: Some(HostConfig {
            // A first process that passes signals on and buries children: few connectors do.
            init: Some(true),
            cap_drop: Some(vec!["ALL".into()]),
            security_opt: Some(vec!["no-new-privileges".into()]),
            ipc_mode: Some("private".into()),
            network_mode: Some(network),
            readonly_rootfs: Some(plan.root == Root::ReadOnly),
            tmpfs: (plan.root == Root::ReadOnly).then(|| scratch(plan.account)),
            mounts: Some(plan.binds.into_iter().map(mount).collect()),
            memory: Some(memory),
            // Memory and swap together: nothing is swapped out, and a limit is a limit.
            memory_swap: Some(memory),
            // A share in `nano_cpus` would be refused where it is more than the machine has.
            cpu_period: Some(CPU_PERIOD),
            cpu_quota: Some(i64::from(plan.limits.cpus.0) * CPU_PERIOD / 1000),
            pids_limit: Some(plan.limits.pids.into()),
            ulimits: Some(vec![
                ulimit("nofile", files, files * 4),
                ulimit("fsize", disk, disk),
                ulimit("core", 0, 0),
            ]),
            restart_policy: Some(RestartPolicy {
                name: Some(RestartPolicyNameEnum::NO),
                maximum_retry_count: None,
            }),
            // The broker reads along; what is secret in it does not pile up in the engine's files.
            log_config: Some(HostConfigLogConfig {
                typ: Some("none".into()),
                config: None,
            }),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

/// `account` owns them, too: where a folder of the image is below, some engines give them its mode.
fn scratch(account: Option<(u32, u32)>) -> HashMap<String, String> {
    let owner = account.map(|(user, group)| format!(",uid={user},gid={group}"));
    let options = format!("{SCRATCH_OPTIONS}{}", owner.unwrap_or_default());
    SCRATCH
        .into_iter()
        .map(|folder| (folder.to_owned(), options.clone()))
        .collect()
}

/// Unlike a volume, a mount of something that is not there is an error, and makes no folder on this machine.
fn mount(bind: Bind) -> Mount {
    let path = bind.path.to_string_lossy().into_owned();
    Mount {
        target: Some(path.clone()),
        source: Some(path),
        typ: Some(MountType::BIND),
        read_only: Some(bind.access == Access::Read),
        ..Mount::default()
    }
}

fn endpoint(network: String, link_local: String) -> NetworkingConfig {
    let endpoint = EndpointSettings {
        ipam_config: Some(EndpointIpamConfig {
            link_local_ips: Some(vec![link_local]),
            ..EndpointIpamConfig::default()
        }),
        ..EndpointSettings::default()
    };
    NetworkingConfig {
        endpoints_config: Some(HashMap::from([(network, endpoint)])),
    }
}

fn ulimit(name: &str, soft: i64, hard: i64) -> ResourcesUlimits {
    ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(soft),
        hard: Some(hard),
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
