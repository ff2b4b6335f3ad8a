//! What is started, and for whom.

use std::path::{Path, PathBuf};

use super::TokenFiles;
use crate::{
    mcp::ClientSide,
    model::{ConnectorId, ConnectorName, Digest, ReleaseId, Root, Run, Transport, UserId},
    secret::Secret,
};

/// Everything that starting an instance takes.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    pub(crate) connector: ConnectorId,
    pub(crate) name: ConnectorName,
    pub(crate) release: ReleaseId,
    /// The release's number.
    pub(crate) number: i64,
    /// The program and its arguments; `{port}` in an argument stands for the port of an http connector.
    pub(crate) argv: Vec<String>,
    /// The image to run, by its id in the container engine; `argv` are then its arguments.
    pub(crate) image: Option<String>,
    /// What was installed or unpacked for it: a folder of this name, which it may read.
    pub(crate) artifact: Option<Digest>,
    /// The kind of root that the image is known to work with. Where none is, a probe finds out, and everything else
    /// gets one that works with any image.
    pub(crate) root: Option<Root>,
    /// Where it runs; its private home when there is none.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) env: Vec<(String, Secret<String>)>,
    /// The user's token, where it is in files.
    pub(crate) tokens: TokenFiles,
    pub(crate) transport: Transport,
    /// Its limits, and what else a deploy says of how it runs.
    pub(crate) run: Run,
    /// For whom a stdio connector is initialised.
    pub(crate) client: ClientSide,
}

impl Launch {
    /// The folder of what was installed or unpacked for it.
    pub(super) fn artifact_folder(&self) -> Option<&Path> {
        let name = self.artifact.as_ref()?.hex();
        let words = self.argv.iter().map(Path::new);
        let mut words = words.chain(self.directory.as_deref());
        words.find_map(|word| word.ancestors().find(|folder| folder.ends_with(name)))
    }
}

/// What an instance is for. Two callers with the same key share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct InstanceKey {
    pub(crate) release: ReleaseId,
    /// How often the release was restarted; instances of two epochs run side by side while one takes over.
    pub(crate) epoch: u64,
    pub(crate) share: Share,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Share {
    /// For everybody: an http connector. `generation` is that of the environment.
    Shared { generation: u64 },
    /// For one user: a stdio connector. `client` is a hash of the [`ClientSide`] that it was initialised for.
    User {
        user: UserId,
        generation: u64,
        client: u64,
    },
}

impl Share {
    /// Whom alone the instance is for.
    pub(crate) fn user(&self) -> Option<&UserId> {
        match self {
            Self::Shared { .. } => None,
            Self::User { user, .. } => Some(user),
        }
    }
}

impl InstanceKey {
    pub(super) fn is_of(&self, whom: &UserId) -> bool {
        matches!(&self.share, Share::User { user, .. } if user == whom)
    }

    /// Whether both differ in nothing but the generation.
    pub(super) fn same_but_generation(&self, other: &Self) -> bool {
        let without = |share: &Share| match share {
            Share::Shared { .. } => Share::Shared { generation: 0 },
            Share::User { user, client, .. } => Share::User {
                user: user.clone(),
                generation: 0,
                client: *client,
            },
        };
        self.release == other.release
            && self.epoch == other.epoch
            && without(&self.share) == without(&other.share)
    }
}
