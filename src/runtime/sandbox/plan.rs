//! What the broker tells its helper about one process: everything that is to be done, as data.

use std::{
    io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// One process: the program, and the walls around it. It reaches the helper on its standard input, ahead of what is
/// meant for the connector: an argument or a variable would be read by others, or by the helper's own loader.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Plan {
    /// The program's absolute path and its arguments.
    pub(in crate::runtime) argv: Vec<String>,
    pub(in crate::runtime) directory: PathBuf,
    pub(in crate::runtime) env: Vec<Variable>,
    /// Whether standard input is the connector's, once the plan was read; else it gets none.
    pub(in crate::runtime) piped: bool,
    /// The files of its control groups by which a process joins them.
    pub(in crate::runtime) cgroups: Vec<PathBuf>,
    /// As whom it runs: the broker is root. Else it runs as the broker's own account.
    pub(in crate::runtime) identity: Option<(u32, u32)>,
    pub(in crate::runtime) limits: Ceilings,
    /// Namespaces of its own, with these files in them.
    pub(in crate::runtime) view: Option<View>,
    /// Whether its system calls are filtered.
    pub(in crate::runtime) filtered: bool,
    /// What it reaches, where its connections are supervised.
    pub(in crate::runtime) network: Option<Network>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Variable {
    pub(in crate::runtime) name: String,
    #[serde(serialize_with = "crate::secret::expose")]
    pub(in crate::runtime) value: Secret<String>,
}

/// What one process, or all of an instance together, may use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::runtime) struct Ceilings {
    /// Bytes; `None` where a cgroup holds it.
    pub(in crate::runtime) memory: Option<u64>,
    /// Processes and threads; `None` where a cgroup holds it.
    pub(in crate::runtime) pids: Option<u64>,
    /// The size of one file, in bytes.
    pub(in crate::runtime) file: u64,
}

/// The files that it sees.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::runtime) struct View {
    /// An empty folder on the machine, which the new root is mounted at for a moment.
    pub(in crate::runtime) root: PathBuf,
    /// In this order: a later one may lie inside of an earlier one.
    pub(in crate::runtime) steps: Vec<Step>,
    /// Whether it gets a `/proc` of its own; else it has none.
    pub(in crate::runtime) proc: bool,
    /// How much `/tmp` and `/dev/shm` hold each, in bytes.
    pub(in crate::runtime) scratch: u64,
}

impl View {
    /// Whether something in it appears as the connector's own.
    #[cfg(target_os = "linux")]
    pub(super) fn has_own(&self) -> bool {
        let is_own = |step: &Step| {
            matches!(
                step,
                Step::Show {
                    access: Access::ReadAsOwn,
                    ..
                }
            )
        };
        self.steps.iter().any(is_own)
    }
}

/// One thing in the view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime) enum Step {
    /// A file or folder of the machine.
    Show {
        from: PathBuf,
        at: PathBuf,
        access: Access,
    },
    /// A symbolic link.
    Link { at: PathBuf, to: PathBuf },
    /// A file with this text.
    Write { at: PathBuf, text: String },
    /// Nothing, where there would be something.
    Cover { at: PathBuf },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime) enum Access {
    Read,
    /// For reading, with what is root's appearing as the connector's own: a broker that is root was told to run it.
    ReadAsOwn,
    Write,
    /// A device.
    Device,
}

/// What it reaches over the network, beyond what everybody may.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::runtime) struct Network {
    /// The folder with the file of forbidden ports and hosts.
    pub(in crate::runtime) forbidden: PathBuf,
    /// Whether it may reach this machine's loopback.
    pub(in crate::runtime) loopback: bool,
    /// Addresses that would be denied, and are not.
    pub(in crate::runtime) allowed: Vec<IpAddr>,
    /// Where it listens, of an http connector.
    pub(in crate::runtime) port: Option<u16>,
    /// Where it may make sockets in the file system, besides `/tmp` and `/dev/shm`.
    pub(in crate::runtime) home: PathBuf,
}

impl Plan {
    /// As the helper reads it: the length in four bytes, and the plan.
    pub(in crate::runtime) fn to_wire(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        // Large enough that secrets are not left behind by a buffer that grows.
        let mut wire = Zeroizing::new(Vec::with_capacity(64 << 10));
        wire.extend([0; 4]);
        serde_json::to_writer(&mut *wire, self)?;
        let length = u32::try_from(wire.len() - 4).map_err(io::Error::other)?;
        wire[..4].copy_from_slice(&length.to_le_bytes());
        Ok(wire)
    }
}

impl Step {
    pub(in crate::runtime) fn show(path: &Path, access: Access) -> Self {
        Self::Show {
            from: path.to_owned(),
            at: path.to_owned(),
            access,
        }
    }
}
