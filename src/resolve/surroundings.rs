//! What package managers find in their environment.

use std::{
    ffi::{OsStr, OsString},
    fmt,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// The broker's own environment may hold its secrets, and what package managers run is not berth's: they get these
/// variables and no others. Registries are chosen by them, and by the files of the user that the broker runs as
/// (`~/.npmrc`, `~/.config/uv/uv.toml`, `~/.netrc`).
const PASSED_ON: [&str; 42] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "XDG_CONFIG_HOME",
    "NETRC",
    // The way out.
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "NODE_USE_SYSTEM_CA",
    // Credentials that an .npmrc refers to by these names.
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
    "UV_CACHE_DIR",
    "UV_CONFIG_FILE",
    "UV_CREDENTIALS_DIR",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_NATIVE_TLS",
    "UV_NO_INDEX",
    "UV_OFFLINE",
    "UV_REQUEST_TIMEOUT",
    "UV_SYSTEM_CERTS",
    // Where managers of versions keep the programs that their shims on the PATH stand for.
    "ASDF_DATA_DIR",
    "ASDF_DIR",
    "MISE_DATA_DIR",
    "NODENV_ROOT",
    "NVM_DIR",
    "PYENV_ROOT",
    "VOLTA_HOME",
];
/// The same for whole families of variables.
const FAMILIES: [&str; 4] = ["NPM_CONFIG_", "UV_CONCURRENT_", "UV_HTTP_", "UV_INDEX"];

/// The part of an environment that package managers get.
#[derive(Clone, Default)]
pub(crate) struct Surroundings(Vec<(OsString, OsString)>);

impl Surroundings {
    /// Chooses from a whole environment.
    pub(crate) fn chosen(environment: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let is_passed_on = |name: &OsStr| {
            // Proxies are written in small letters too, and npm reads its settings in any.
            let name = name.to_string_lossy().to_ascii_uppercase();
            PASSED_ON.contains(&name.as_str()) || FAMILIES.iter().any(|family| name.starts_with(family))
        };
        Self(environment.filter(|(name, _)| is_passed_on(name)).collect())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    pub(super) fn get(&self, wanted: &str) -> Option<&OsStr> {
        self.all()
            .find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
    }

    /// Where a program of this name is; nothing is run.
    pub(super) fn find(&self, program: &str) -> Option<PathBuf> {
        let is_program = |path: &PathBuf| {
            path.metadata()
                .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
        };
        std::env::split_paths(self.get("PATH")?)
            .map(|folder| folder.join(program))
            .find(is_program)
    }

    /// The `PATH` with the folder of `program` before all others. npm and uv are started by the very node and Python
    /// that connectors get, not by a manager of versions that finds another one.
    pub(super) fn path_from(&self, program: &Path) -> OsString {
        let path = self.get("PATH").unwrap_or_default();
        let folder = program.parent().map(Path::to_owned);
        std::env::join_paths(folder.into_iter().chain(std::env::split_paths(path)))
            .unwrap_or_else(|_| path.to_owned())
    }
}

impl fmt::Debug for Surroundings {
    /// Values may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_behind() {
        let environment = [
            ("BERTH_TOKEN", "canary"),
            ("AWS_SECRET_ACCESS_KEY", "canary"),
            ("UV_PUBLISH_TOKEN", "canary"),
            ("npm_config_registry", "https://registry.example.com"),
            ("https_proxy", "http://proxy"),
            ("UV_INDEX_URL", "https://index.example.com"),
            ("PATH", "/usr/bin:/bin"),
        ];
        let chosen = Surroundings::chosen(
            environment
                .map(|(name, value)| (name.into(), value.into()))
                .into_iter(),
        );
        let names: Vec<_> = chosen.all().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(
            names,
            ["npm_config_registry", "https_proxy", "UV_INDEX_URL", "PATH"]
        );
        assert!(!format!("{chosen:?}").contains("example.com"));
        assert_eq!(
            chosen.path_from("/opt/bin/node".as_ref()),
            "/opt/bin:/usr/bin:/bin"
        );
        assert!(chosen.find("sh").is_some() && chosen.find("no-such-program").is_none());
    }
}
