//! A launch of a command: a process on this machine.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::process::Pid;

use super::{
    Inner, InstanceKey, Launch, Limits, Share, StartCause, StartError,
    cgroups::Controller,
    homes::give,
    logs::Scribe,
    ports::Port,
    process::{self, Start},
    sandbox::{Ceilings, Process, Variable},
    start::{Door, Started},
    tokens::TokenFolder,
    watch::Held,
};
use crate::{model::Transport, secret::Secret};

impl Inner {
    pub(super) async fn start_process(
        self: &Arc<Self>,
        key: &InstanceKey,
        launch: &Launch,
        label: &str,
        tokens: Option<&TokenFolder>,
        scribe: Arc<Scribe>,
    ) -> Result<Started, StartError> {
        let limits = Limits::of(&launch.run);
        let home = self
            .make_home(key, launch)
            .map_err(|error| StartCause::NotRunnable(error).silent())?;
        let admitted = self.homes.admit(&home, limits.disk).await;
        admitted.map_err(StartCause::silent)?;
        let directory = launch.directory.clone().unwrap_or_else(|| home.clone());
        let Some((program, arguments)) = launch.argv.split_first() else {
            let program = String::new();
            return Err(StartCause::NotFound { program }.silent());
        };
        let program = process::find(program, &directory, &self.config.path).map_err(StartCause::silent)?;
        let port = match &launch.transport {
            Transport::Stdio => None,
            Transport::Http { port: Some(port), .. } => Some(self.free_port(*port, launch).await?),
            Transport::Http { port: None, .. } => Some(
                Port::any()
                    .await
                    .map_err(|e| StartCause::NotRunnable(e).silent())?,
            ),
        };
        let arguments = arguments.iter().map(|argument| match port {
            Some(port) => argument.replace("{port}", &port.number.to_string()),
            None => argument.clone(),
        });
        let program = program.to_string_lossy().into_owned();
        let argv = std::iter::once(program).chain(arguments).collect();
        let env = self.environment(&home, port, launch, tokens);
        let start = if self.sandbox.is_on() {
            let process = Process {
                launch,
                owner: owner(key),
                argv,
                directory,
                env,
                home: &home,
                tokens: tokens.map(TokenFolder::path),
                port: port.map(|port| port.number),
            };
            let groups = self.cgroups.make(&self.group_name(label), &limits);
            let groups = groups.map_err(|error| StartCause::NotRunnable(error).silent())?;
            let ceilings = Ceilings {
                memory: (!self.cgroups.limits(Controller::Memory)).then_some(limits.memory.0),
                pids: (!self.cgroups.limits(Controller::Pids)).then_some(limits.pids.into()),
                file: limits.disk.0,
            };
            let plan = self.sandbox.plan(process, ceilings, groups.procs());
            let plan = plan.map_err(StartCause::silent)?;
            Start::Inside {
                plan: Box::new(plan),
                groups,
                memory: limits.memory,
            }
        } else {
            Start::Outside {
                argv,
                directory,
                env,
                piped: port.is_none(),
            }
        };
        // Before anything can listen there.
        let line = port.map(|port| self.forbidden.port(port.number)).transpose();
        let line = line.map_err(|error| StartCause::NotRunnable(error).silent())?;
        let helper = &self.config.helper;
        let started = process::start(helper, start, &self.spawner, scribe, &self.tasks).await;
        let (body, pipes) = started.map_err(|error| StartCause::NotRunnable(error).silent())?;
        let leader = body.leader().and_then(Pid::from_raw);
        let tenant = self.homes.let_to(home, limits.disk, leader);
        Ok(Started {
            body,
            pipes,
            door: port.map(Door::Here),
            held: Held {
                tenant: Some(tenant),
                line,
                ..Held::default()
            },
        })
    }

    /// A fixed port can't be shared: an older instance of the same connector has to give it up first.
    async fn free_port(self: &Arc<Self>, port: u16, launch: &Launch) -> Result<Port, StartError> {
        if let Some(port) = Port::fixed(port).await {
            return Ok(port);
        }
        for holder in self.table.take_http_of(&launch.connector) {
            self.retire(holder, self.config.drain).await;
        }
        let free = Port::fixed(port).await;
        free.ok_or_else(|| StartCause::PortInUse { port }.silent())
    }

    /// Another one than any of a broker before: its groups may still be there.
    fn group_name(&self, label: &str) -> String {
        format!("{label}-{}", std::process::id())
    }

    /// A folder that only this connector and, for stdio, this user's instances of it write to.
    pub(super) fn make_home(&self, key: &InstanceKey, launch: &Launch) -> io::Result<PathBuf> {
        let owner = owner(key);
        let home = self.homes.make(&launch.connector, owner)?;
        // In a sandbox it has a place of its own for what it needs for a moment.
        if !self.sandbox.is_on() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(home.join("tmp"))?;
        }
        if let Some(identity) = self.sandbox.identity(&launch.connector, owner)
            && fs::symlink_metadata(&home)?.uid() != identity.0
        {
            give(&home, identity)?;
        }
        Ok(home)
    }

    fn environment(
        &self,
        home: &Path,
        port: Option<Port>,
        launch: &Launch,
        tokens: Option<&TokenFolder>,
    ) -> Vec<Variable> {
        let variable = |name: &str, value: String| Variable {
            name: name.to_owned(),
            value: Secret::new(value),
        };
        let scratch = match self.sandbox.is_on() {
            true => "/tmp".into(),
            false => home.join("tmp").to_string_lossy().into_owned(),
        };
        let mut env = vec![
            variable("PATH", self.config.path.to_string_lossy().into_owned()),
            variable("LANG", "C.UTF-8".into()),
            variable("HOME", home.to_string_lossy().into_owned()),
            variable("TMPDIR", scratch),
        ];
        if let Some(port) = port {
            env.push(variable("PORT", port.number.to_string()));
        }
        env.extend(launch.env.iter().map(|(name, value)| Variable {
            name: name.clone(),
            value: value.clone(),
        }));
        let files = tokens.into_iter().flat_map(TokenFolder::variables);
        // After the rest, since the last of two values counts.
        env.extend(files.map(|(name, path)| variable(name.as_str(), path.to_string_lossy().into_owned())));
        env
    }
}

/// Whose instances these are, beside the connector: they share a home.
pub(super) fn owner(key: &InstanceKey) -> &str {
    match &key.share {
        Share::Shared { .. } => "shared",
        Share::User { user, .. } => user.as_str(),
    }
}
