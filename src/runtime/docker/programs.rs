//! What an image has in it, and whether the engine can show it this machine's folders.

use std::collections::HashMap;

use bollard::{
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{ContainerArchiveInfoOptionsBuilder, CreateImageOptionsBuilder},
};

use super::{BROKER, Docker, EngineError, Image, QUICK, RUN, SLOW};
use crate::model::ImageReference;

/// Where programs are looked for in an image that does not say, as the engine has it.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Docker {
    /// The image that `reference` names: a name, an id, or what its registry has under it, which is pulled.
    pub(in crate::runtime) async fn fetch(&self, reference: &str) -> Result<Image, EngineError> {
        let bad = || EngineError::BadReference {
            reference: reference.to_owned(),
        };
        let image = match self.image(reference).await? {
            Some(image) => image,
            None => {
                let named: ImageReference = reference.parse().map_err(|_| bad())?;
                tracing::info!(image = reference, "pulling the image that connectors run in");
                self.pull_named(&named).await?;
                let pulled = self.image(reference).await?;
                pulled.ok_or_else(|| EngineError::ImageNotFound {
                    reference: reference.to_owned(),
                })?
            }
        };
        let engine = self.platform().await?;
        match engine.runs(&image.platform) {
            true => Ok(image),
            false => Err(EngineError::OtherPlatform {
                reference: reference.to_owned(),
                image: image.platform.to_string(),
                engine,
            }),
        }
    }

    async fn pull_named(&self, reference: &ImageReference) -> Result<(), EngineError> {
        let name = reference.to_string();
        let options = CreateImageOptionsBuilder::new().from_image(&name).build();
        self.pull_with(options)
            .await
            .map_err(|error| error.of_registry(&name))
    }

    /// Fails where the users in its containers are not the same as outside of them: what is a connector's on this
    /// machine would be somebody else's in there.
    pub(in crate::runtime) async fn check_accounts(&self) -> Result<(), EngineError> {
        let info = self
            .ask(QUICK, |docker| async move { docker.info().await })
            .await?;
        let options = info.security_options.unwrap_or_default();
        let maps = |option: &String| {
            ["name=rootless", "name=userns"]
                .iter()
                .any(|name| option.contains(name))
        };
        match options.iter().any(maps) {
            true => Err(EngineError::OtherAccounts {
                host: self.host().to_owned(),
            }),
            false => Ok(()),
        }
    }

    /// Whether an image has a program, which is a path, or a name to be looked for where the image says. Nothing is run.
    pub(in crate::runtime) async fn has_program(
        &self,
        image: &str,
        program: &str,
    ) -> Result<bool, EngineError> {
        let candidates: Vec<String> = if program.contains('/') {
            vec![program.to_owned()]
        } else {
            let path = self.path_of(image).await?;
            path.split(':')
                .map(|folder| format!("{folder}/{program}"))
                .collect()
        };
        let labels = [(BROKER, &self.0.broker), (RUN, &self.0.run)];
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            entrypoint: Some(vec![program.to_owned()]),
            labels: Some(HashMap::from(
                labels.map(|(name, value)| (name.to_owned(), value.clone())),
            )),
            host_config: Some(HostConfig {
                network_mode: Some("none".into()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let made = self
            .ask(
                SLOW,
                |docker| async move { docker.create_container(None, body).await },
            )
            .await?;
        let found = self.has_any(&made.id, &candidates).await;
        self.remove(&made.id).await;
        found
    }

    async fn has_any(&self, container: &str, paths: &[String]) -> Result<bool, EngineError> {
        for path in paths {
            let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
            let found = self
                .ask(QUICK, |docker| async move {
                    docker.get_container_archive_info(container, Some(options)).await
                })
                .await;
            match found {
                Ok(_) => return Ok(true),
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    async fn path_of(&self, image: &str) -> Result<String, EngineError> {
        let inspected = self
            .ask(QUICK, |docker| async move { docker.inspect_image(image).await })
            .await?;
        let env = inspected.config.and_then(|config| config.env).unwrap_or_default();
        let path = env.iter().find_map(|variable| variable.strip_prefix("PATH="));
        Ok(path.unwrap_or(PATH).to_owned())
    }
}
