//! A manifest told in words.

use std::path::PathBuf;

use super::{Manifest, TransportWord};

impl Manifest {
    /// Whether it says more than how its connector is deployed.
    pub(crate) fn has_sections(&self) -> bool {
        !self.oauth.is_empty() || self.access.is_some() || self.tools.is_some()
    }

    /// What it says, a key and its value each, for people.
    pub(crate) fn said(&self) -> Vec<(String, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let words = |words: &Option<Vec<String>>| words.as_ref().map(|words| words.join(" "));
        let transport = self.transport.map(|transport| match transport {
            TransportWord::Stdio => "stdio".to_owned(),
            TransportWord::Http => "http".to_owned(),
        });
        let list = |names: &[String]| (!names.is_empty()).then(|| names.join(", "));
        let secrets: Vec<String> = self.secrets.iter().map(|name| name.as_str().to_owned()).collect();
        let plain = [
            ("name", self.name.as_ref().map(ToString::to_string)),
            ("transport", transport),
            ("port", self.port.map(|port| port.to_string())),
            ("path", self.path.clone()),
            ("image", self.image.clone()),
            ("dockerfile", path(&self.dockerfile)),
            ("context", path(&self.context)),
            ("artifact", self.artifact.clone()),
            ("npx", self.npx.clone()),
            ("uvx", self.uvx.clone()),
            ("bundle", path(&self.bundle)),
            ("start", words(&self.start)),
            ("command", words(&self.command)),
            ("args", list(&self.args)),
            ("allow-scripts", self.allow_scripts.then(|| "true".to_owned())),
            ("secrets", list(&secrets)),
            ("memory", self.run.memory.map(|size| size.to_string())),
            ("cpus", self.run.cpus.map(|cpus| cpus.to_string())),
            ("pids", self.run.pids.map(|pids| pids.to_string())),
            ("disk", self.run.disk.map(|size| size.to_string())),
            (
                "min-instances",
                self.run.min_instances.map(|many| many.to_string()),
            ),
            (
                "max-instances",
                self.run.max_instances.map(|many| many.to_string()),
            ),
            ("idle-timeout", self.run.idle_timeout.map(|time| time.to_string())),
            ("readable", list(&self.run.readable)),
        ];
        let settings = self
            .env
            .iter()
            .map(|(name, value)| (format!("env.{name}"), value.clone()));
        let plain = plain
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)));
        plain.chain(settings).collect()
    }
}
