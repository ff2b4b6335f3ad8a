//! What a command works with: the flags that every command takes, the environment, the broker and the person.
//!
//! The operator's half reads environment variables here and nowhere else.

mod credential;
mod engine;
mod origins;
mod pipeline;

pub(crate) use origins::Origin;

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fs,
    io::{self, IsTerminal as _},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use etcetera::BaseStrategy as _;
use url::Url;

use super::{
    actions::Wishes,
    error::{CmdError, Kind},
    input::broker_url,
    leaving::Leaving,
    ui::{Color, Looks, Output, Ui},
};
use crate::{
    client::{self, Client, Credential, Credentials, Keyring, Profile},
    secret::Secret,
};

/// Flags that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// How the answer is written to standard output
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true
    )]
    pub(crate) output: Output,

    /// The broker's address [env: BERTH_URL; default: the one signed in to last]
    #[arg(long, global = true)]
    pub(crate) url: Option<String>,

    /// The sign-in to use, by its name or the broker's host
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "url")]
    pub(crate) profile: Option<String>,

    /// Read the access token from this file; `-` is standard input [env: BERTH_TOKEN, BERTH_TOKEN_FILE]
    #[arg(long, global = true, value_name = "FILE|-")]
    pub(crate) token_file: Option<String>,

    /// Trust this authority's certificates (PEM) for the broker, too
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Never ask; what is missing is an error that names the flag
    #[arg(long, global = true)]
    pub(crate) no_input: bool,

    /// Print only the answer, warnings and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Print more of what happens
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,

    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    pub(crate) color: Color,
}

/// The environment variables, read once.
#[derive(Clone, Default)]
pub(crate) struct Environment(HashMap<OsString, OsString>);

/// What every command is given.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) ui: Ui,
    pub(crate) leaving: Leaving,
    url: Option<String>,
    profile: Option<String>,
    token_file: Option<String>,
    ca_file: Option<PathBuf>,
    no_input: bool,
    environment: Environment,
    /// Found once: standard input can be read once, and a pipeline's token need not be traded twice.
    found: Arc<OnceLock<Option<Credential>>>,
}

/// A broker, and how it was chosen.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) origin: &'static str,
    pub(crate) credential: Option<Credential>,
}

impl Environment {
    pub(crate) fn of_this_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// Just these variables.
    #[cfg(test)]
    pub(crate) fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .map(|(name, value)| (name.into(), value.into()))
                .into_iter()
                .collect(),
        )
    }

    /// The variable's value; one that is empty counts as unset.
    fn get(&self, name: &str) -> Option<&OsStr> {
        let value = self.0.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    fn text(&self, name: &str) -> Result<Option<&str>, CmdError> {
        let not_text = || CmdError::usage(format!("the environment variable {name} is not UTF-8 text"));
        self.get(name)
            .map(|value| value.to_str().ok_or_else(not_text))
            .transpose()
    }

    fn is_in_actions(&self) -> bool {
        self.get("GITHUB_ACTIONS").is_some_and(|value| value == "true")
    }

    pub(crate) fn looks(&self) -> Looks {
        Looks {
            no_color: self.get("NO_COLOR").is_some(),
            force_color: self.get("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb_terminal: self.get("TERM").is_some_and(|value| value == "dumb"),
            is_in_actions: self.is_in_actions(),
            ascii: self.is_ascii(),
        }
    }

    /// Whether the locale has another encoding than UTF-8, where there is a locale: POSIX, 8.2 has their order.
    fn is_ascii(&self) -> bool {
        let set = [self.get("LC_ALL"), self.get("LC_CTYPE"), self.get("LANG")];
        let locale = set.into_iter().flatten().next();
        locale.is_some_and(|locale| {
            let locale = locale.to_string_lossy().to_ascii_lowercase();
            !locale.contains("utf-8") && !locale.contains("utf8")
        })
    }
}

impl Context {
    pub(crate) fn new(global: &Global, environment: Environment) -> Self {
        let looks = environment.looks();
        Self {
            ui: Ui::new(global.output, global.color, global.quiet, global.verbose, looks),
            leaving: Leaving::default(),
            url: global.url.clone(),
            profile: global.profile.clone(),
            token_file: global.token_file.clone(),
            ca_file: global.ca_file.clone(),
            no_input: global.no_input,
            environment,
            found: Arc::default(),
        }
    }

    /// The broker that is meant, and the credential for it. A stored token goes to the broker that it was stored for
    /// and to no other.
    pub(crate) fn target(&self) -> Result<Target, CmdError> {
        let credentials = self.credentials()?;
        let (url, origin, profile) = self.place(&credentials)?;
        let credential = self.credential(&credentials, &url, origin, profile)?;
        Ok(Target {
            url,
            origin,
            credential,
        })
    }

    /// The broker that is meant, whatever the credential for it may be.
    pub(crate) fn broker(&self) -> Result<Url, CmdError> {
        Ok(self.place(&self.credentials()?)?.0)
    }

    /// The broker, who named it, and the sign-in that named it.
    fn place(&self, credentials: &Credentials) -> Result<(Url, &'static str, Option<Profile>), CmdError> {
        Ok(if let Some(text) = &self.url {
            (broker_url(text)?, "--url", None)
        } else if let Some(name) = &self.profile {
            let (url, profile) = credentials.named(name)?;
            (url, "--profile", Some(profile))
        } else if let Some(text) = self.environment.text("BERTH_URL")? {
            (broker_url(text)?, "BERTH_URL", None)
        } else if let Some((url, profile)) = credentials.current()? {
            (url, "the last sign-in", Some(profile))
        } else {
            return Err(no_broker());
        })
    }

    /// A client of the broker that is meant.
    pub(crate) fn client(&self) -> Result<Client, CmdError> {
        self.client_of(self.target()?)
    }

    /// Where the flag says that the token is.
    pub(crate) fn token_file(&self) -> Option<&str> {
        self.token_file.as_deref()
    }

    /// The name that the person gave the sign-in.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    pub(crate) fn client_of(&self, target: Target) -> Result<Client, CmdError> {
        if target.credential.is_none() {
            return Err(self.no_credential(&target.url));
        }
        // A pipeline has been told before its own token went there.
        if target
            .credential
            .as_ref()
            .is_some_and(|credential| credential.renewal.is_none())
        {
            self.warn_if_open(&target.url);
        }
        let origin = target
            .credential
            .as_ref()
            .map(|credential| credential.origin.place.as_str());
        self.ui.detail(format!(
            "Broker {} (from {}), credential from {}",
            target.url,
            target.origin,
            origin.unwrap_or_default()
        ));
        self.connect(target.url, target.credential)
    }

    /// A client of the broker at `url`, with or without a credential.
    pub(crate) fn connect(&self, url: Url, credential: Option<Credential>) -> Result<Client, CmdError> {
        Ok(Client::trusting(url, credential, &self.authorities()?)?)
    }

    /// The certificates of `--ca-file`.
    fn authorities(&self) -> Result<Vec<reqwest::Certificate>, CmdError> {
        let Some(path) = &self.ca_file else {
            return Ok(Vec::new());
        };
        let wrong = |what: &str| CmdError::usage(format!("--ca-file {}: {what}", path.display()));
        let pem = fs::read(path).map_err(|error| wrong("it can't be read").with_source(error))?;
        let all = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|error| wrong("it is not certificates in PEM").with_source(error))?;
        if all.is_empty() {
            return Err(wrong(
                "there is no certificate in it (-----BEGIN CERTIFICATE-----)",
            ));
        }
        Ok(all)
    }

    /// Says so where a token is about to cross a network that anybody may listen to.
    pub(crate) fn warn_if_open(&self, url: &Url) {
        if url.scheme() == "http" && !client::is_loopback(url) {
            self.ui.warn(format!(
                "{url} is plain http: whoever sees the traffic sees the token; use https"
            ));
        }
    }

    /// Where sign-ins are kept: `$BERTH_CONFIG_DIR`, else `berth` in the XDG configuration folder.
    pub(crate) fn credentials(&self) -> Result<Credentials, CmdError> {
        let keyring = self.keyring();
        if let Some(directory) = self.environment.get("BERTH_CONFIG_DIR") {
            return Ok(Credentials::new(PathBuf::from(directory)).with_keyring(keyring));
        }
        let strategy = etcetera::choose_base_strategy().map_err(|error| {
            CmdError::new(Kind::Failed, "there is no home folder to keep sign-ins in")
                .with_hint("set BERTH_CONFIG_DIR to a folder")
                .with_source(error)
        })?;
        Ok(Credentials::new(strategy.config_dir().join("berth")).with_keyring(keyring))
    }

    /// The keyring that this session could have: on Linux that of a desktop, where there is one.
    fn keyring(&self) -> Option<Keyring> {
        if self
            .environment
            .get("BERTH_KEYRING")
            .is_some_and(|value| value == "off")
        {
            return None;
        }
        if cfg!(target_os = "macos") {
            return Some(Keyring::Keychain);
        }
        self.environment
            .get("DBUS_SESSION_BUS_ADDRESS")
            .map(|_| Keyring::SecretService)
    }

    /// Whether a browser on this machine could be opened and seen: not over ssh, nor without a display.
    pub(crate) fn has_browser(&self) -> bool {
        let is_set = |name: &str| self.environment.get(name).is_some();
        if is_set("BROWSER") {
            return true;
        }
        if ["SSH_CONNECTION", "SSH_TTY"].into_iter().any(is_set) {
            return false;
        }
        cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(is_set)
    }

    /// The browsers that the person prefers, as `BROWSER` lists them.
    pub(crate) fn browsers(&self) -> Option<&OsStr> {
        self.environment.get("BROWSER")
    }

    /// What this machine is called, as lists of tokens show it.
    pub(crate) fn host_name(&self) -> String {
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        if name.is_empty() {
            "this machine".to_owned()
        } else {
            name
        }
    }

    /// Where a pipeline wants to be told what came out; `file` is what a flag names.
    pub(crate) fn wishes(&self, file: Option<PathBuf>) -> Wishes {
        let named = |name| match self.environment.is_in_actions() {
            true => self.environment.get(name).map(PathBuf::from),
            false => None,
        };
        Wishes {
            output: named("GITHUB_OUTPUT"),
            summary: named("GITHUB_STEP_SUMMARY"),
            file,
        }
    }

    /// The whole environment, for what runs here as it would on a broker.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (OsString, OsString)> {
        let each = |(name, value): (&OsString, &OsString)| (name.clone(), value.clone());
        self.environment.0.iter().map(each)
    }

    /// Where programs are looked for.
    pub(crate) fn search_path(&self) -> OsString {
        let path = self.environment.get("PATH").map(OsStr::to_owned);
        path.unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
    }

    /// Where what can be computed again is kept: `$BERTH_CACHE_DIR`, else `berth` in the XDG cache folder; `None`
    /// where there is no home folder.
    pub(crate) fn cache(&self) -> Option<PathBuf> {
        if let Some(directory) = self.environment.get("BERTH_CACHE_DIR") {
            return Some(PathBuf::from(directory));
        }
        let strategy = etcetera::choose_base_strategy().ok()?;
        Some(strategy.cache_dir().join("berth"))
    }

    /// The value of an environment variable that a flag names; never printed, and neither is the name, which may
    /// be the secret itself, put there by mistake.
    pub(crate) fn secret_from_variable(&self, flag: &str, name: &str) -> Result<Secret<String>, CmdError> {
        match self.environment.text(name)? {
            Some(value) => Ok(Secret::new(value.to_owned())),
            None => Err(CmdError::usage(format!(
                "{flag} names an environment variable that is not set or is empty"
            ))
            .with_hint("give the variable's name, not its value: KEY, not \"$KEY\"")),
        }
    }

    /// Why nothing may be asked; `None` when a person sits at both ends of a terminal.
    pub(crate) fn cannot_ask(&self) -> Option<&'static str> {
        if self.no_input {
            Some("--no-input")
        } else if !io::stdin().is_terminal() {
            Some("stdin is not a terminal")
        } else if !io::stderr().is_terminal() {
            Some("stderr is not a terminal")
        } else {
            None
        }
    }

    /// The error for inputs that a script has to give; all of them at once.
    pub(crate) fn missing(&self, inputs: &[&str]) -> CmdError {
        let verb = if inputs.len() == 1 { "is" } else { "are" };
        let why = self
            .cannot_ask()
            .map(|why| format!(" ({why})"))
            .unwrap_or_default();
        CmdError::usage(format!("{} {verb} needed{why}", inputs.join(", ")))
    }
}

fn no_broker() -> CmdError {
    CmdError::new(Kind::Authentication, "not signed in to any broker")
        .with_hint("start one with `berth serve`, or sign in with `berth login URL`; scripts set BERTH_URL and BERTH_TOKEN")
}

#[cfg(test)]
mod tests;
