//! What a command works with: the flags that every command takes, the environment, the broker and the person.
//!
//! The operator's half reads environment variables here and nowhere else.

mod engine;
mod origins;

pub(crate) use origins::Origin;

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fs,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

use etcetera::BaseStrategy as _;
use url::Url;

use super::{
    actions::Wishes,
    error::{CmdError, Kind},
    input::{broker_url, checked_token},
    ui::{Color, Looks, Output, Ui},
};
use crate::{
    client::{self, Client, Credential, Credentials, Profile},
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
    url: Option<String>,
    profile: Option<String>,
    no_input: bool,
    environment: Environment,
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
        }
    }
}

impl Context {
    pub(crate) fn new(global: &Global, environment: Environment) -> Self {
        let looks = environment.looks();
        Self {
            ui: Ui::new(global.output, global.color, global.quiet, global.verbose, looks),
            url: global.url.clone(),
            profile: global.profile.clone(),
            no_input: global.no_input,
            environment,
        }
    }

    /// The broker that is meant, and the credential for it: a flag wins over the environment, the environment
    /// over what was signed in to. A stored token goes to the broker that it was stored for and to no other.
    pub(crate) fn target(&self) -> Result<Target, CmdError> {
        let credentials = self.credentials()?;
        let (url, origin, profile) = self.place(&credentials)?;
        let credential = match self.token()? {
            Some(given) => Some(given),
            None => match profile {
                Some(profile) => Some(profile),
                None => credentials.for_url(&url)?,
            }
            .map(|profile| Credential {
                token: profile.token,
                origin: format!("{} (signed in as {})", credentials.path().display(), profile.user),
            }),
        };
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

    /// The name that the person gave the sign-in.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    pub(crate) fn client_of(&self, target: Target) -> Result<Client, CmdError> {
        if target.credential.is_none() {
            let message = format!("there is no credential for {}", target.url);
            return Err(CmdError::new(Kind::Authentication, message)
                .with_hint("sign in with `berth login URL`, or set BERTH_TOKEN or BERTH_TOKEN_FILE"));
        }
        self.warn_if_open(&target.url);
        let origin = target
            .credential
            .as_ref()
            .map(|credential| credential.origin.as_str());
        self.ui.detail(format!(
            "Broker {} (from {}), credential from {}",
            target.url,
            target.origin,
            origin.unwrap_or_default()
        ));
        Ok(Client::new(target.url, target.credential)?)
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
        if let Some(directory) = self.environment.get("BERTH_CONFIG_DIR") {
            return Ok(Credentials::new(PathBuf::from(directory)));
        }
        let strategy = etcetera::choose_base_strategy().map_err(|error| {
            CmdError::new(Kind::Failed, "there is no home folder to keep sign-ins in")
                .with_hint("set BERTH_CONFIG_DIR to a folder")
                .with_source(error)
        })?;
        Ok(Credentials::new(strategy.config_dir().join("berth")))
    }

    /// The token that the environment gives: itself in `BERTH_TOKEN`, or in the file that `BERTH_TOKEN_FILE`
    /// names.
    fn token(&self) -> Result<Option<Credential>, CmdError> {
        if let Some(token) = self.environment.text("BERTH_TOKEN")? {
            return Ok(Some(Credential {
                token: checked_token(Secret::new(token.trim().to_owned()), "BERTH_TOKEN")?,
                origin: "BERTH_TOKEN".to_owned(),
            }));
        }
        let Some(path) = self.environment.get("BERTH_TOKEN_FILE") else {
            return Ok(None);
        };
        let origin = format!("the file of BERTH_TOKEN_FILE, {}", path.display());
        let text = fs::read_to_string(path)
            .map_err(|error| CmdError::usage(format!("{origin}, can't be read")).with_source(error))?;
        let text = Secret::new(text);
        let token = checked_token(Secret::new(text.expose().trim().to_owned()), &origin)?;
        Ok(Some(Credential { token, origin }))
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

    /// The browsers that the person prefers, as `BROWSER` lists them.
    pub(crate) fn browsers(&self) -> Option<&OsStr> {
        self.environment.get("BROWSER")
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
mod tests {
    use super::*;

    fn context(global: &Global, variables: &[(&str, &str)], directory: &std::path::Path) -> Context {
        let mut environment: HashMap<OsString, OsString> = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        environment.insert("BERTH_CONFIG_DIR".into(), directory.into());
        Context::new(global, Environment(environment))
    }

    fn signed_in(directory: &std::path::Path) {
        let credentials = Credentials::new(directory.to_owned());
        let token = Secret::new("berth_stored".to_owned());
        let (user, url) = ("admin".parse().unwrap(), "http://127.0.0.1:8420".parse().unwrap());
        credentials.save_login(&url, &user, &token, true).unwrap();
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_sign_in() {
        let directory = tempfile::tempdir().unwrap();
        signed_in(directory.path());
        let check = |flag: Option<&str>, variables: &[(&str, &str)], expected: (&str, &str, Option<&str>)| {
            let global = Global {
                url: flag.map(str::to_owned),
                ..Global::default()
            };
            let target = context(&global, variables, directory.path()).target().unwrap();
            let token = target.credential.as_ref().map(|c| c.token.expose().as_str());
            assert_eq!((target.url.as_str(), target.origin, token), expected);
        };
        check(
            None,
            &[],
            ("http://127.0.0.1:8420/", "the last sign-in", Some("berth_stored")),
        );
        check(
            None,
            &[("BERTH_TOKEN", "berth_given\n")],
            ("http://127.0.0.1:8420/", "the last sign-in", Some("berth_given")),
        );
        let elsewhere = [("BERTH_URL", "https://berth.example")];
        check(None, &elsewhere, ("https://berth.example/", "BERTH_URL", None));
        check(
            Some("http://127.0.0.1:8420/"),
            &elsewhere,
            ("http://127.0.0.1:8420/", "--url", Some("berth_stored")),
        );
        check(
            Some("https://other.example"),
            &[("BERTH_URL", "")],
            ("https://other.example/", "--url", None),
        );
    }

    #[test]
    fn each_lack_of_a_credential_says_its_own_thing() {
        let directory = tempfile::tempdir().unwrap();
        let check = |global: &Global, variables: &[(&str, &str)], expected: &str| {
            let error = context(global, variables, directory.path()).client().unwrap_err();
            assert_eq!(error.kind, Kind::Authentication);
            assert!(error.message.contains(expected), "{}", error.message);
            assert!(!format!("{error:?}").contains("canary"));
        };
        let there = Global {
            url: Some("https://berth.example".to_owned()),
            ..Global::default()
        };
        check(&Global::default(), &[], "not signed in to any broker");
        check(&there, &[], "no credential for https://berth.example/");
        check(
            &there,
            &[("BERTH_TOKEN", "two words canary")],
            "from BERTH_TOKEN is not a token",
        );
    }

    #[test]
    fn a_token_can_come_from_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        fs::write(&path, "berth_filed\n").unwrap();
        let variables = [
            ("BERTH_URL", "localhost:1"),
            ("BERTH_TOKEN_FILE", path.to_str().unwrap()),
        ];
        let target = context(&Global::default(), &variables, directory.path())
            .target()
            .unwrap();
        assert_eq!(target.url.as_str(), "http://localhost:1/");
        let credential = target.credential.unwrap();
        assert_eq!(credential.token.expose(), "berth_filed");
        assert!(credential.origin.contains("BERTH_TOKEN_FILE"));
    }
}
