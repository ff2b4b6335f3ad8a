//! What `berth serve` is told, by flags and by a file, checked whole before anything is opened.

mod runtime;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use etcetera::BaseStrategy as _;
use serde::Deserialize;
use tokio_rustls::TlsAcceptor;
use url::{Host, Url};

use super::listener;
use crate::{
    keys::Source, model::duration, releases::Keep, resolve::Surroundings, runtime::DEFAULT_DOCKER_HOST,
    secret::Secret,
};

pub(crate) use runtime::Running;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8420);
const DEFAULT_LARGEST_REQUEST: usize = 4 << 20;
/// Far more than people and their agents need, and less than keeps a broker from everybody else.
const DEFAULT_REQUESTS_PER_MINUTE: u32 = 60_000;
/// How long a call is held for its person, at most. Clients give up after 60 s: the answer has to be there before.
const LONGEST_HOLD: u64 = 45;
const DEFAULT_KEEP: usize = 10;
const DEFAULT_GC_GRACE: Duration = Duration::from_secs(24 * 60 * 60);
/// Nothing names the layers of an artifact before its manifest has come, which is sent last.
const LEAST_GC_GRACE: Duration = Duration::from_secs(10 * 60);
/// Keeping more releases than this of one connector serves nobody, and its lists are sent whole.
const MOST_KEPT: usize = 1000;

/// What was said, in a file or on the command line; nothing is checked yet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub(crate) listen: Option<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    /// Where master keys are, the one that seals first: `file:PATH`, `env:NAME` or `command:…`.
    #[serde(default)]
    pub(crate) master_key: Vec<String>,
    #[serde(default)]
    pub(crate) trusted_proxy: Vec<String>,
    #[serde(default)]
    pub(crate) allow_private: Vec<String>,
    /// Largest MCP message from a client, in bytes.
    pub(crate) largest_request: Option<usize>,
    /// How many MCP requests a user may make in a minute; 0 for any number.
    pub(crate) requests_per_minute: Option<u32>,
    /// How many seconds a call is held for its person.
    pub(crate) hold: Option<u64>,
    /// How many seconds a connector may take to start.
    pub(crate) start_timeout: Option<u64>,
    /// How many releases of a connector are kept besides the one that serves.
    pub(crate) keep: Option<usize>,
    /// How long what nothing names is kept, as [`duration`] reads it.
    pub(crate) gc_grace: Option<String>,
    /// The address of the Docker Engine that runs images.
    pub(crate) docker_host: Option<String>,
    /// What runs everything that is no image: `process` or `docker`.
    pub(crate) engine: Option<String>,
    /// With `docker`, the image that it runs in.
    pub(crate) engine_image: Option<String>,
    /// Whether connectors must run in a sandbox: `required`, `best-effort` or `off`.
    pub(crate) sandbox: Option<String>,
    /// How many instances may run at a time.
    pub(crate) max_instances: Option<usize>,
    /// After how long without a call an instance stops, as [`duration`] reads it.
    pub(crate) idle_timeout: Option<String>,
    #[serde(skip)]
    pub(crate) setup_link: bool,
}

/// A configuration that can be served with.
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    public_url: Option<Url>,
    pub(crate) data_dir: PathBuf,
    pub(crate) tls: Option<TlsAcceptor>,
    /// At least one.
    pub(crate) master_keys: Vec<Source>,
    pub(crate) trusted_proxy: Vec<IpAddr>,
    pub(crate) allow_private: Vec<String>,
    pub(crate) largest_request: usize,
    pub(crate) requests_per_minute: u32,
    pub(crate) hold: Duration,
    pub(crate) running: Running,
    pub(crate) keep: Keep,
    pub(crate) setup_link: bool,
    /// Where connectors' programs are looked for.
    pub(crate) path: OsString,
    /// What package managers find in their environment.
    pub(crate) surroundings: Surroundings,
}

impl Settings {
    /// Reads a file of settings.
    pub(crate) fn from_file(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|e| format!("{} can't be read: {e}", path.display()))?;
        let mut settings: Self =
            toml::from_str(&text).map_err(|e| format!("{} is not right:\n{e}", path.display()))?;
        // Paths in a file are relative to it.
        let folder = path.parent().unwrap_or(Path::new(""));
        for own in [
            &mut settings.data_dir,
            &mut settings.tls_cert,
            &mut settings.tls_key,
        ]
        .into_iter()
        .flatten()
        {
            *own = folder.join(&own);
        }
        for key in &mut settings.master_key {
            if let Some(path) = key.strip_prefix("file:") {
                *key = format!("file:{}", folder.join(path).display());
            }
        }
        Ok(settings)
    }

    /// These settings, and where they are silent, `base`.
    pub(crate) fn or(self, base: Self) -> Self {
        let either = |own: Vec<String>, base: Vec<String>| if own.is_empty() { base } else { own };
        Self {
            listen: self.listen.or(base.listen),
            public_url: self.public_url.or(base.public_url),
            data_dir: self.data_dir.or(base.data_dir),
            tls_cert: self.tls_cert.or(base.tls_cert),
            tls_key: self.tls_key.or(base.tls_key),
            master_key: either(self.master_key, base.master_key),
            trusted_proxy: either(self.trusted_proxy, base.trusted_proxy),
            allow_private: either(self.allow_private, base.allow_private),
            largest_request: self.largest_request.or(base.largest_request),
            requests_per_minute: self.requests_per_minute.or(base.requests_per_minute),
            hold: self.hold.or(base.hold),
            start_timeout: self.start_timeout.or(base.start_timeout),
            keep: self.keep.or(base.keep),
            gc_grace: self.gc_grace.or(base.gc_grace),
            docker_host: self.docker_host.or(base.docker_host),
            engine: self.engine.or(base.engine),
            engine_image: self.engine_image.or(base.engine_image),
            sandbox: self.sandbox.or(base.sandbox),
            max_instances: self.max_instances.or(base.max_instances),
            idle_timeout: self.idle_timeout.or(base.idle_timeout),
            setup_link: self.setup_link || base.setup_link,
        }
    }

    /// Checks everything and says all that is wrong, a sentence each.
    pub(crate) fn check(self) -> Result<Config, Vec<String>> {
        let mut wrong = Vec::new();
        let mut note = |problem: Result<(), String>| wrong.extend(problem.err());
        let listen = match self.listen.as_deref().map(str::parse::<SocketAddr>) {
            None => DEFAULT_LISTEN,
            Some(Ok(address)) => address,
            Some(Err(_)) => {
                let given = self.listen.as_deref().unwrap_or_default();
                note(Err(format!(
                    "--listen {given:?} is not ADDRESS:PORT, such as 127.0.0.1:8420"
                )));
                DEFAULT_LISTEN
            }
        };
        let public_url = match self.public_url.as_deref().map(base_url) {
            None => None,
            Some(Ok(url)) => Some(url),
            Some(Err(problem)) => {
                note(Err(problem));
                None
            }
        };
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => {
                let read = |flag: &str, path: &Path| {
                    fs::read(path).map_err(|e| format!("{flag} {} can't be read: {e}", path.display()))
                };
                match (read("--tls-cert", cert), read("--tls-key", key)) {
                    (Ok(cert), Ok(key)) => match listener::acceptor(&cert, &key) {
                        Ok(acceptor) => Some(acceptor),
                        Err(error) => {
                            note(Err(format!("--tls-cert and --tls-key can't be used: {error:#}")));
                            None
                        }
                    },
                    (cert, key) => {
                        note(cert.map(drop));
                        note(key.map(drop));
                        None
                    }
                }
            }
            (None, None) => None,
            _ => {
                note(Err("--tls-cert and --tls-key go together".into()));
                None
            }
        };
        let mut trusted_proxy = Vec::new();
        for text in &self.trusted_proxy {
            match text.parse() {
                Ok(address) => trusted_proxy.push(address),
                Err(_) => note(Err(format!("--trusted-proxy {text:?} is not an IP address"))),
            }
        }
        let data_dir = match self.data_dir.clone().map_or_else(default_data_dir, Ok) {
            Ok(path) => std::path::absolute(&path).unwrap_or(path),
            Err(problem) => {
                note(Err(problem));
                PathBuf::new()
            }
        };
        let mut master_keys = Vec::new();
        for text in &self.master_key {
            match master_key(text) {
                Ok(source) => master_keys.push(source),
                Err(problem) => note(Err(problem)),
            }
        }
        if self.master_key.is_empty() {
            master_keys.push(Source::File(data_dir.join("master.key")));
        }
        let exposed = !listen.ip().is_loopback();
        if exposed && self.public_url.is_none() {
            note(Err(format!(
                "--listen {listen} is not loopback: say with --public-url how users reach it"
            )));
        }
        if exposed && self.tls_cert.is_none() && self.tls_key.is_none() && self.trusted_proxy.is_empty() {
            note(Err(format!(
                "--listen {listen} is not loopback: serve HTTPS with --tls-cert and --tls-key, or name the proxy in front with --trusted-proxy"
            )));
        }
        if let Some(url) = &public_url
            && url.scheme() == "http"
            && !is_loopback(url)
        {
            note(Err(format!(
                "--public-url {url} must be https: tokens travel over it"
            )));
        }
        let running = runtime::check(&self, |problem| note(Err(problem)));
        if self.largest_request == Some(0) {
            note(Err("largest-request must be at least 1 byte".into()));
        }
        let hold = self.hold.unwrap_or(LONGEST_HOLD);
        if !(1..=LONGEST_HOLD).contains(&hold) {
            note(Err(format!(
                "--hold {hold} is not from 1 to {LONGEST_HOLD} seconds"
            )));
        }
        let releases = self.keep.unwrap_or(DEFAULT_KEEP);
        if !(1..=MOST_KEPT).contains(&releases) {
            note(Err(format!("--keep {releases} is not from 1 to {MOST_KEPT}")));
        }
        let grace = match self.gc_grace.as_deref().map(duration) {
            None => DEFAULT_GC_GRACE,
            Some(Ok(grace)) if grace >= LEAST_GC_GRACE => grace,
            Some(Ok(_)) => {
                note(Err(
                    "--gc-grace must be at least 10m: parts of an upload have to stay until its last one comes".into(),
                ));
                DEFAULT_GC_GRACE
            }
            Some(Err(problem)) => {
                note(Err(format!("--gc-grace {problem}")));
                DEFAULT_GC_GRACE
            }
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Config {
            listen,
            public_url,
            data_dir,
            tls,
            master_keys,
            trusted_proxy,
            allow_private: self.allow_private,
            largest_request: self.largest_request.unwrap_or(DEFAULT_LARGEST_REQUEST),
            requests_per_minute: self.requests_per_minute.unwrap_or(DEFAULT_REQUESTS_PER_MINUTE),
            hold: Duration::from_secs(hold),
            running,
            keep: Keep { releases, grace },
            setup_link: self.setup_link,
            path: search_path(),
            surroundings: surroundings(),
        })
    }
}

impl Config {
    /// The URL of a broker that listens on `socket`.
    pub(crate) fn address(&self, socket: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{socket}")
    }

    /// Where the broker is reached when it listens at the URL `address`.
    pub(crate) fn public_url(&self, address: &str) -> Result<Url, url::ParseError> {
        self.public_url.clone().map_or_else(|| address.parse(), Ok)
    }
}

/// Whether the broker is only reached from its own machine. Only then are private and plain-http providers, and
/// cookies without `Secure`, taken without being asked for.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn base_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|e| {
        format!("--public-url {text:?} is not a URL ({e}): write it as https://berth.example.com")
    })?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain {
        Ok(url)
    } else {
        Err(format!(
            "--public-url {text:?} must be a scheme and a host, such as https://berth.example.com"
        ))
    }
}

/// Where `--master-key` says that master keys are.
fn master_key(text: &str) -> Result<Source, String> {
    match text.split_once(':') {
        Some(("file", path)) if !path.is_empty() => std::path::absolute(path)
            .map(Source::File)
            .map_err(|e| format!("--master-key {text:?} is no path: {e}")),
        Some(("env", name)) if !name.is_empty() =>
        {
            #[allow(
                clippy::disallowed_methods,
                reason = "one of the two places that read the environment"
            )]
            match std::env::var(name) {
                Ok(text) => Ok(Source::Variable {
                    name: name.to_owned(),
                    text: Secret::new(text),
                }),
                Err(_) => Err(format!("--master-key {text}: there is no such variable")),
            }
        }
        Some(("command", command)) if !command.trim().is_empty() => Ok(Source::Command(command.to_owned())),
        // Not repeated: somebody may have put the key itself there.
        _ => Err("--master-key must be file:PATH, env:NAME or command:COMMAND".into()),
    }
}

/// The broker's own `PATH`, which its connectors get too.
fn search_path() -> OsString {
    #[allow(
        clippy::disallowed_methods,
        reason = "one of the two places that read the environment"
    )]
    let path = std::env::var_os("PATH");
    path.unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

#[allow(
    clippy::disallowed_methods,
    reason = "one of the two places that read the environment"
)]
fn surroundings() -> Surroundings {
    Surroundings::chosen(std::env::vars_os())
}

/// Where the Docker Engine is that nobody named. What `DOCKER_HOST` says is checked when an image needs it: a broker
/// without images starts all the same.
fn docker_host() -> String {
    #[allow(
        clippy::disallowed_methods,
        reason = "one of the two places that read the environment"
    )]
    let host = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    host.unwrap_or_else(|| DEFAULT_DOCKER_HOST.to_owned())
}

fn default_data_dir() -> Result<PathBuf, String> {
    etcetera::choose_base_strategy()
        .map(|base| base.data_dir().join("berth"))
        .map_err(|_| "there is no home folder to keep data in: name one with --data-dir".into())
}
