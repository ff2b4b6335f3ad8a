//! A launch of a command: a process on this machine.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Inner, InstanceKey, Launch, Share, StartCause, StartError,
    logs::Scribe,
    ports::Port,
    process::{self, Plan},
    start::{Door, Started},
    tokens::TokenFolder,
};
use crate::{model::Transport, secret::Secret};

impl Inner {
    pub(super) async fn start_process(
        self: &Arc<Self>,
        key: &InstanceKey,
        launch: &Launch,
        tokens: Option<&TokenFolder>,
        scribe: Arc<Scribe>,
    ) -> Result<Started, StartError> {
        let home = self
            .make_home(key, launch)
            .map_err(|error| StartCause::NotRunnable(error).silent())?;
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
            Some(port) => argument.replace("{port}", &port.number.to_string()).into(),
            None => argument.into(),
        });
        let plan = Plan {
            helper: self.config.helper.clone(),
            argv: std::iter::once(program.into_os_string())
                .chain(arguments)
                .collect(),
            directory,
            env: self.environment(&home, port, launch, tokens),
            piped: port.is_none(),
        };
        let started = process::start(plan, &self.spawner, scribe, &self.tasks).await;
        let (body, pipes) = started.map_err(|error| StartCause::NotRunnable(error).silent())?;
        Ok(Started {
            body,
            pipes,
            door: port.map(Door::Here),
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

    /// A folder that only this connector and, for stdio, this user's instances of it write to.
    fn make_home(&self, key: &InstanceKey, launch: &Launch) -> io::Result<PathBuf> {
        let owner = match &key.share {
            Share::Shared { .. } => "shared",
            Share::User { user, .. } => user.as_str(),
        };
        let home = self.homes().join(launch.connector.as_str()).join(owner);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(home.join("tmp"))?;
        Ok(home)
    }

    fn environment(
        &self,
        home: &Path,
        port: Option<Port>,
        launch: &Launch,
        tokens: Option<&TokenFolder>,
    ) -> Vec<(OsString, Secret<String>)> {
        let text = |path: &Path| Secret::new(path.to_string_lossy().into_owned());
        let mut env: Vec<(OsString, Secret<String>)> = vec![
            ("PATH".into(), text(Path::new(&self.config.path))),
            ("LANG".into(), Secret::new("C.UTF-8".into())),
            ("HOME".into(), text(home)),
            ("TMPDIR".into(), text(&home.join("tmp"))),
        ];
        if let Some(port) = port {
            env.push(("PORT".into(), Secret::new(port.number.to_string())));
        }
        env.extend(
            launch
                .env
                .iter()
                .map(|(name, value)| (name.into(), value.clone())),
        );
        let files = tokens.into_iter().flat_map(TokenFolder::variables);
        // After the rest, since the last of two values counts.
        env.extend(files.map(|(name, path)| (name.as_str().into(), text(&path))));
        env
    }
}
