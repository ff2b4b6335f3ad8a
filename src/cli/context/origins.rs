//! What holds for every command here, and where that was said.

use serde::Serialize;

use super::Context;
use crate::cli::error::CmdError;

/// One value, and its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Origin {
    pub(crate) key: String,
    /// Absent where there is none.
    pub(crate) value: Option<String>,
    /// Who said so: a flag, a variable, a file, or `default`.
    pub(crate) origin: String,
}

impl Origin {
    pub(crate) fn new(key: &str, value: impl Into<String>, origin: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            value: Some(value.into()),
            origin: origin.into(),
        }
    }

    fn none(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: None,
            origin: "nothing says so".to_owned(),
        }
    }
}

const DEFAULT: &str = "default";

impl Context {
    /// Which broker, as whom, and where things are kept. A token is never among it, only where it comes from.
    pub(crate) fn origins(&self) -> Result<Vec<Origin>, CmdError> {
        let mut all = Vec::new();
        match self.target() {
            Ok(target) => {
                all.push(Origin::new("url", target.url.as_str(), target.origin));
                all.push(match target.credential {
                    Some(credential) => Origin::new("token", "***", credential.origin.place),
                    None => Origin::none("token"),
                });
            }
            Err(_) => all.extend([Origin::none("url"), Origin::none("token")]),
        }
        all.push(match self.profile() {
            Some(name) => Origin::new("profile", name, "--profile"),
            None => Origin::none("profile"),
        });
        let from = |variable: &str| match self.environment.get(variable) {
            Some(_) => variable.to_owned(),
            None => DEFAULT.to_owned(),
        };
        let file = self.credentials()?.path();
        let folder = file.parent().unwrap_or(&file).display().to_string();
        all.push(Origin::new("config-dir", folder, from("BERTH_CONFIG_DIR")));
        all.push(match self.cache() {
            Some(path) => Origin::new("cache-dir", path.display().to_string(), from("BERTH_CACHE_DIR")),
            None => Origin::none("cache-dir"),
        });
        all.push(match self.environment.text("DOCKER_HOST")? {
            Some(host) => Origin::new("docker-host", host, "DOCKER_HOST"),
            None => match self.docker_host() {
                Ok(Some(host)) => Origin::new("docker-host", host, "Docker's own settings"),
                _ => Origin::new("docker-host", "unix:///var/run/docker.sock", DEFAULT),
            },
        });
        all.push(match self.cannot_ask() {
            Some(why) => Origin::new("asks", "no", why),
            None => Origin::new("asks", "yes", "a terminal"),
        });
        let looks = self.environment.looks();
        all.push(match (looks.no_color, looks.force_color, looks.dumb_terminal) {
            (_, true, _) => Origin::new("color", "always", "CLICOLOR_FORCE"),
            (true, ..) => Origin::new("color", "never", "NO_COLOR"),
            (.., true) => Origin::new("color", "never", "TERM"),
            _ => Origin::new("color", "auto", DEFAULT),
        });
        Ok(all)
    }
}
