//! The release that serves, with all that starting an instance of it takes.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

use tokio::sync::RwLock;

use crate::{
    environment::Environment,
    mcp::ClientSide,
    model::{ConnectorId, ConnectorName, EnvName, Probe, ReleaseId, Source, Spec, Transport, UserId},
    resolve::Resolved,
    runtime::{InstanceKey, Launch, Runtime, Share, TokenFiles},
    secret::Secret,
    store::{ConnectorRecord, ReleaseRecord, Values},
};

/// A release that serves calls.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) connector: ConnectorId,
    pub(crate) name: ConnectorName,
    pub(crate) release: ReleaseId,
    pub(crate) number: i64,
    /// How often it was restarted since the broker started.
    pub(crate) epoch: u64,
    pub(crate) spec: Spec,
    pub(crate) resolved: Resolved,
    pub(crate) probe: Probe,
    /// The version of the values below.
    pub(crate) environment: i64,
    pub(crate) values: Arc<Values>,
    /// Held for writing while another release takes over a port that both insist on; calls that have to start
    /// an instance wait at it.
    pub(crate) handover: Arc<RwLock<()>>,
}

impl Live {
    /// The release as the store knows it, in its first epoch.
    pub(super) fn new(
        connector: &ConnectorRecord,
        release: ReleaseRecord,
        resolved: Resolved,
        values: Arc<Values>,
    ) -> Self {
        Self {
            connector: connector.id.clone(),
            name: connector.name.clone(),
            release: release.id,
            number: release.number,
            epoch: 0,
            spec: release.spec,
            resolved,
            probe: release.probe.unwrap_or_else(nothing_seen),
            environment: release.environment,
            values,
            handover: Arc::default(),
        }
    }

    /// The instance that every user shares: an http connector's.
    pub(crate) fn shared_key(&self) -> InstanceKey {
        let generation = self.environment as u64;
        InstanceKey {
            release: self.release.clone(),
            epoch: self.epoch,
            share: Share::Shared { generation },
        }
    }

    /// The instance of one user, for clients with the same capabilities and one generation of the token.
    pub(crate) fn user_key(&self, user: &UserId, token: u64, client: u64) -> InstanceKey {
        let mut hasher = DefaultHasher::new();
        (self.environment, token).hash(&mut hasher);
        let share = Share::User {
            user: user.clone(),
            generation: hasher.finish(),
            client,
        };
        InstanceKey {
            release: self.release.clone(),
            epoch: self.epoch,
            share,
        }
    }

    /// What starting an instance takes; `delivered` are the variables that are one user's: what carries
    /// the token, and what the user gave.
    pub(crate) fn launch(&self, delivered: &[(EnvName, Secret<String>)], client: ClientSide) -> Launch {
        let own = Environment::variables(&self.spec, &self.values);
        let env = own
            .into_iter()
            .filter(|(name, _)| !delivered.iter().any(|(taken, _)| taken == name))
            .chain(delivered.iter().cloned())
            .map(|(name, value)| (name.as_str().to_owned(), value))
            .collect();
        self.fill_shared(Launch {
            connector: self.connector.clone(),
            name: self.name.clone(),
            release: self.release.clone(),
            number: self.number,
            argv: self.resolved.argv.clone(),
            image: self.resolved.image.clone(),
            artifact: self.resolved.artifact.clone(),
            root: self.resolved.root,
            directory: self.resolved.directory.clone(),
            env,
            transport: self.spec.transport.clone(),
            run: self.spec.run.clone(),
            tokens: TokenFiles::default(),
            client,
        })
    }

    /// Keeps what its probe found out of its image.
    pub(super) fn learn_root(&mut self, runtime: &Runtime) {
        self.resolved.root = runtime.take_root(&self.release).or(self.resolved.root);
    }

    /// Whether no other release can have its port while it runs.
    pub(super) fn insists_on_port(&self, runtime: &Runtime) -> bool {
        fixed_port(&self.spec, runtime).is_some()
    }

    /// Whether both insist on the same port, so that they can't run side by side.
    pub(super) fn contests(&self, other: &Self, runtime: &Runtime) -> bool {
        let port = fixed_port(&self.spec, runtime);
        port.is_some() && port == fixed_port(&other.spec, runtime)
    }
}

/// A probe before there is one: answers no list.
fn nothing_seen() -> Probe {
    Probe {
        initialize: Box::default(),
        tools: None,
        prompts: None,
        resources: None,
        resource_templates: None,
        placeholders: Vec::new(),
        modern: false,
    }
}

fn fixed_port(spec: &Spec, runtime: &Runtime) -> Option<u16> {
    match (&spec.source, &spec.transport) {
        // Each container has an address of its own.
        _ if runtime.contains_all() => None,
        (Source::Image { .. }, _) | (_, Transport::Stdio) => None,
        (_, Transport::Http { port, .. }) => *port,
    }
}
