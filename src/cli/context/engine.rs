//! Where the operator's Docker Engine listens, as Docker's own client would find it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::Context;
use crate::{cli::error::CmdError, model::Digest};

/// Where Docker listens unless it is told otherwise.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// What is read of Docker's `config.json`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    current_context: String,
}

/// What is read of a context's `meta.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Endpoint,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    host: String,
}

impl Context {
    /// `DOCKER_HOST`, or else that of Docker's current context, or else of an engine of this user's own; `None` is
    /// where Docker listens by default.
    pub(crate) fn docker_host(&self) -> Result<Option<String>, CmdError> {
        if let Some(host) = self.environment.text("DOCKER_HOST")? {
            return Ok(Some(host.to_owned()));
        }
        let home = self.environment.get("HOME").map(PathBuf::from);
        let folder = match self.environment.get("DOCKER_CONFIG") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => home.as_ref().map(|home| home.join(".docker")),
        };
        if let Some(folder) = &folder {
            let name = match self.environment.text("DOCKER_CONTEXT")? {
                Some(name) => name.to_owned(),
                None => current_context(folder),
            };
            if !name.is_empty() && name != "default" {
                return host_of(folder, &name).map(Some);
            }
        }
        if Path::new(DEFAULT_SOCKET).exists() {
            return Ok(None);
        }
        // An engine without root's rights, and that of Docker Desktop.
        let runtime = self.environment.get("XDG_RUNTIME_DIR").map(PathBuf::from);
        let sockets = [
            runtime.map(|runtime| runtime.join("docker.sock")),
            home.map(|home| home.join(".docker/run/docker.sock")),
        ];
        let found = sockets.into_iter().flatten().find(|socket| socket.exists());
        Ok(found.map(|socket| format!("unix://{}", socket.display())))
    }
}

/// The name of the context that `docker context use` chose; a file that is not there or not Docker's chose none.
fn current_context(folder: &Path) -> String {
    let text = fs::read(folder.join("config.json")).unwrap_or_default();
    let config: Config = serde_json::from_slice(&text).unwrap_or_default();
    config.current_context
}

fn host_of(folder: &Path, name: &str) -> Result<String, CmdError> {
    let path = folder
        .join("contexts/meta")
        .join(Digest::of(name.as_bytes()).hex())
        .join("meta.json");
    let unusable = |error: &dyn std::error::Error| {
        CmdError::usage(format!("the Docker context {name:?} can't be read: {error}"))
            .with_hint("`docker context ls` lists them; DOCKER_HOST overrules")
    };
    let text = fs::read(&path).map_err(|error| unusable(&error))?;
    let meta: Meta = serde_json::from_slice(&text).map_err(|error| unusable(&error))?;
    Ok(meta.endpoints.docker.host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::context::{Environment, Global};

    #[test]
    fn the_engine_is_where_docker_s_client_would_look() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let check = |context: &str, host: &str| {
            let variables = [
                ("DOCKER_CONFIG", path),
                ("DOCKER_CONTEXT", context),
                ("DOCKER_HOST", host),
            ];
            Context::new(&Global::default(), Environment::of(variables)).docker_host()
        };
        let meta = folder
            .path()
            .join("contexts/meta")
            .join(Digest::of(b"colima").hex());
        fs::create_dir_all(&meta).unwrap();
        let text =
            r#"{"Name":"colima","Endpoints":{"docker":{"Host":"unix:///x.sock","SkipTLSVerify":false}}}"#;
        fs::write(meta.join("meta.json"), text).unwrap();
        assert_eq!(check("", "tcp://h:1").unwrap().unwrap(), "tcp://h:1");
        assert_eq!(check("colima", "").unwrap().unwrap(), "unix:///x.sock");
        assert_eq!(check("colima", "tcp://h:1").unwrap().unwrap(), "tcp://h:1");
        check("other", "").unwrap_err();
        let config = |text: &str| fs::write(folder.path().join("config.json"), text).unwrap();
        config(r#"{"auths":{},"currentContext":"colima"}"#);
        assert_eq!(check("", "").unwrap().unwrap(), "unix:///x.sock");
        assert_ne!(
            check("default", "").ok().flatten().as_deref(),
            Some("unix:///x.sock")
        );
        config("not JSON");
        assert_ne!(check("", "").ok().flatten().as_deref(), Some("unix:///x.sock"));
    }
}
