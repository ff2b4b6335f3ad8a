//! Brokers that this person is signed in to, in `credentials.toml`, a file that only they can read. The tokens are in
//! there too, or in the keyring of their desktop.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    model::UserName,
    secret::{self, Secret},
};

use super::keyring::{Keyring, KeyringError};

const FILE: &str = "credentials.toml";

/// The place where credentials are kept; reads and writes happen in its methods.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    directory: PathBuf,
    keyring: Option<Keyring>,
}

/// One broker, one person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Absent where the profile's name is the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Url>,
    pub(crate) user: UserName,
    /// Absent where the keyring has it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "secret::expose_option"
    )]
    token: Option<Secret<String>>,
    /// What the keyring has it under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyring: Option<String>,
}

/// Where a token went.
#[derive(Debug)]
pub(crate) enum Kept {
    File,
    Keyring(Keyring),
    /// In the file, for the keyring did not take it.
    NotKeyring(KeyringError),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialsError {
    #[error("{} can't be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} can't be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The parser's message would quote the line, which may hold a token: it is left out.
    #[error("{} is not a credentials file that berth understands", path.display())]
    Broken { path: PathBuf },
    #[error("the token is in {}, which does not give it", keyring.name())]
    Keyring { keyring: Keyring, source: KeyringError },
    #[error("the token is in a keyring, and none is to be had here")]
    NoKeyring,
    #[error("there is no profile {name:?}: known are {known}")]
    UnknownProfile { name: String, known: String },
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct File {
    /// The profile that is used when nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

impl Credentials {
    /// Credentials kept in `directory`, which is made when the first one is saved.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            keyring: None,
        }
    }

    /// The same with a keyring for the tokens.
    pub(crate) fn with_keyring(self, keyring: Option<Keyring>) -> Self {
        Self { keyring, ..self }
    }

    /// The token of a profile, from where it is.
    pub(crate) fn token(&self, profile: &Profile) -> Result<Secret<String>, CredentialsError> {
        if let Some(token) = &profile.token {
            return Ok(token.clone());
        }
        let (Some(keyring), Some(account)) = (self.keyring, &profile.keyring) else {
            return Err(CredentialsError::NoKeyring);
        };
        keyring
            .find(account)
            .map_err(|source| CredentialsError::Keyring { keyring, source })
    }

    /// Where the token of a profile is, for people to read.
    pub(crate) fn place(&self, profile: &Profile) -> String {
        match (&profile.token, self.keyring) {
            (None, Some(keyring)) => keyring.name().to_owned(),
            (None, None) => "a keyring".to_owned(),
            (Some(_), _) => self.path().display().to_string(),
        }
    }

    /// The keyring, and whether it answers; `None` where this session has none.
    pub(crate) fn probe_keyring(&self) -> Option<(Keyring, Result<(), KeyringError>)> {
        self.keyring.map(|keyring| (keyring, keyring.probe()))
    }

    /// Finds out whether anything can be kept, before somebody goes to the trouble of getting it.
    pub(crate) fn check_writable(&self) -> Result<(), CredentialsError> {
        let path = self.path();
        let cannot = |source| CredentialsError::Write {
            path: path.clone(),
            source,
        };
        private_directory(&self.directory).map_err(cannot)?;
        let mut probe = tempfile::NamedTempFile::new_in(&self.directory).map_err(cannot)?;
        probe.write_all(&[0; 4096]).map_err(cannot)?;
        probe.as_file().sync_all().map_err(cannot)
    }

    /// Remembers `user`'s token for the broker at `url` under `name`, or the address: in the keyring, where there is
    /// one that answers, else in the file.
    pub(crate) fn keep(
        &self,
        name: Option<&str>,
        url: &Url,
        user: &UserName,
        token: &Secret<String>,
    ) -> Result<Kept, CredentialsError> {
        let key = name.map_or_else(|| key_of(url), str::to_owned);
        let (kept, is_there) = match self.keyring {
            None => (Kept::File, false),
            Some(keyring) => match keyring.probe().and_then(|()| keyring.keep(&key, token)) {
                Ok(()) => (Kept::Keyring(keyring), true),
                Err(error) => (Kept::NotKeyring(error), false),
            },
        };
        let profile = Profile {
            url: name.map(|_| url.clone()),
            user: user.clone(),
            token: (!is_there).then(|| token.clone()),
            keyring: is_there.then(|| key.clone()),
        };
        self.change(|file| {
            file.current = Some(key.clone());
            file.profiles.insert(key, profile);
        })?;
        Ok(kept)
    }

    /// The profiles of the broker at `url`, or the one called `name`.
    pub(crate) fn profiles(
        &self,
        name: Option<&str>,
        url: Option<&Url>,
    ) -> Result<Vec<(Url, Profile)>, CredentialsError> {
        if let Some(name) = name {
            return Ok(vec![self.named(name)?]);
        }
        let file = self.read()?;
        let all = file.profiles.iter().filter_map(with_address);
        Ok(all
            .filter(|(at, _)| url.is_some_and(|url| same_broker(at, url)))
            .collect())
    }

    /// Forgets what the keyring has of a profile.
    pub(crate) fn forget_token(&self, profile: &Profile) -> Result<(), CredentialsError> {
        let (Some(keyring), Some(account)) = (self.keyring, &profile.keyring) else {
            return Ok(());
        };
        keyring
            .forget(account)
            .map_err(|source| CredentialsError::Keyring { keyring, source })
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    /// The profile called `name`, or the one whose address has that host (and port).
    pub(crate) fn named(&self, name: &str) -> Result<(Url, Profile), CredentialsError> {
        let file = self.read()?;
        file.named(name)
            .and_then(with_address)
            .ok_or_else(|| file.unknown(name))
    }

    /// The profile for the broker at `url`: the current one, if it is for that broker, else the first that is.
    pub(crate) fn for_url(&self, url: &Url) -> Result<Option<Profile>, CredentialsError> {
        let file = self.read()?;
        let current = file
            .current
            .as_ref()
            .and_then(|name| file.profiles.get_key_value(name));
        let mut candidates = current.into_iter().chain(&file.profiles);
        let found =
            candidates.find(|(key, profile)| address(key, profile).is_some_and(|a| same_broker(&a, url)));
        Ok(found.map(|(_, profile)| profile.clone()))
    }

    /// The profile that is used when nothing else is said.
    pub(crate) fn current(&self) -> Result<Option<(Url, Profile)>, CredentialsError> {
        let file = self.read()?;
        let current = file
            .current
            .as_ref()
            .and_then(|name| file.profiles.get_key_value(name));
        Ok(current.and_then(with_address))
    }

    /// Remembers `user`'s token for the broker at `url`, in the file.
    pub(crate) fn save_login(
        &self,
        url: &Url,
        user: &UserName,
        token: &Secret<String>,
        make_current: bool,
    ) -> Result<(), CredentialsError> {
        let key = key_of(url);
        self.change(|file| {
            if make_current || file.current.is_none() {
                file.current = Some(key.clone());
            }
            let profile = Profile {
                url: None,
                user: user.clone(),
                token: Some(token.clone()),
                keyring: None,
            };
            file.profiles.insert(key, profile);
        })
    }

    /// The same under a name of the person's own choice, so that one broker can have several.
    #[cfg(test)]
    pub(crate) fn save_named(
        &self,
        name: &str,
        url: &Url,
        user: &UserName,
        token: &Secret<String>,
    ) -> Result<(), CredentialsError> {
        self.keep(Some(name), url, user, token).map(drop)
    }

    /// Forgets every profile of the broker at `url`; tells how many there were.
    pub(crate) fn forget(&self, url: &Url) -> Result<usize, CredentialsError> {
        self.change(|file| {
            let before = file.profiles.len();
            file.profiles
                .retain(|key, profile| !address(key, profile).is_some_and(|a| same_broker(&a, url)));
            file.settle_current();
            before - file.profiles.len()
        })
    }

    /// Forgets the one profile that [`Self::named`] finds; tells which broker it was for.
    pub(crate) fn forget_named(&self, name: &str) -> Result<Url, CredentialsError> {
        self.change(|file| {
            let found = file.named(name).and_then(|(key, profile)| {
                let url = address(key, profile)?;
                Some((key.clone(), url))
            });
            let (key, url) = found.ok_or_else(|| file.unknown(name))?;
            file.profiles.remove(&key);
            file.settle_current();
            Ok(url)
        })?
    }

    fn read(&self) -> Result<File, CredentialsError> {
        let path = self.path();
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|_| CredentialsError::Broken { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(File::default()),
            Err(source) => Err(CredentialsError::Read { path, source }),
        }
    }

    /// Reads, changes and writes under a lock, so that two commands at once do not lose each other's change.
    fn change<T>(&self, change: impl FnOnce(&mut File) -> T) -> Result<T, CredentialsError> {
        let path = self.path();
        let cannot = |source| CredentialsError::Write {
            path: path.clone(),
            source,
        };
        private_directory(&self.directory).map_err(cannot)?;
        let lock = fs::File::open(&self.directory).map_err(cannot)?;
        lock.lock().map_err(cannot)?;
        let mut file = self.read()?;
        let outcome = change(&mut file);
        write(&self.directory, &path, &file).map_err(cannot)?;
        Ok(outcome)
    }
}

impl File {
    /// The profile called `name`, or the first whose address has that host (and port).
    fn named(&self, name: &str) -> Option<(&String, &Profile)> {
        let by_host = |(key, profile): &(&String, &Profile)| {
            address(key, profile)
                .is_some_and(|url| &url[url::Position::BeforeHost..url::Position::AfterPort] == name)
        };
        match self.profiles.get_key_value(name) {
            Some(found) => Some(found),
            None => self.profiles.iter().find(by_host),
        }
    }

    fn unknown(&self, name: &str) -> CredentialsError {
        let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
        CredentialsError::UnknownProfile {
            name: name.to_owned(),
            known: if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            },
        }
    }

    /// Chooses again where the current profile is gone: with one left there is no doubt about which is meant.
    fn settle_current(&mut self) {
        if let Some(current) = &self.current
            && !self.profiles.contains_key(current)
        {
            self.current = match self.profiles.len() {
                1 => self.profiles.keys().next().cloned(),
                _ => None,
            };
        }
    }
}

fn address(key: &str, profile: &Profile) -> Option<Url> {
    profile.url.clone().or_else(|| key.parse().ok())
}

fn with_address((key, profile): (&String, &Profile)) -> Option<(Url, Profile)> {
    address(key, profile).map(|url| (url, profile.clone()))
}

/// How an address is written as a profile's name: without the slash at its end.
fn key_of(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn same_broker(one: &Url, other: &Url) -> bool {
    key_of(one) == key_of(other)
}

fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a new file beside the old one and renames it, so that no reader sees half of it. Its mode is 0600 from
/// the moment that it exists.
fn write(directory: &Path, path: &Path, file: &File) -> io::Result<()> {
    let text = Secret::new(toml::to_string(file).map_err(io::Error::other)?);
    let mut fresh = tempfile::NamedTempFile::new_in(directory)?;
    fresh.write_all(text.expose().as_bytes())?;
    fresh.as_file().sync_all()?;
    fresh.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn save(credentials: &Credentials, at: &str, user: &str, token: &str, make_current: bool) {
        let token = Secret::new(token.to_owned());
        credentials
            .save_login(&url(at), &user.parse().unwrap(), &token, make_current)
            .unwrap();
    }

    #[test]
    fn a_login_is_found_again_and_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let credentials = Credentials::new(directory.path().join("berth"));
        assert!(credentials.current().unwrap().is_none());
        save(&credentials, "http://127.0.0.1:8420/", "admin", "berth_one", true);
        save(&credentials, "https://berth.example", "alice", "berth_two", false);
        let (at, profile) = credentials.current().unwrap().unwrap();
        assert_eq!(
            (at.as_str(), profile.user.as_str()),
            ("http://127.0.0.1:8420/", "admin")
        );
        let other = credentials
            .for_url(&url("https://berth.example/"))
            .unwrap()
            .unwrap();
        assert_eq!(credentials.token(&other).unwrap().expose(), "berth_two");
        assert!(
            credentials
                .for_url(&url("https://else.example"))
                .unwrap()
                .is_none()
        );
        assert_eq!(
            credentials.named("127.0.0.1:8420").unwrap().1.user.as_str(),
            "admin"
        );
        let mode = fs::metadata(credentials.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn logging_out_leaves_the_other_as_the_current_one() {
        let directory = tempfile::tempdir().unwrap();
        let credentials = Credentials::new(directory.path().to_owned());
        save(&credentials, "http://127.0.0.1:8420", "admin", "berth_one", true);
        save(&credentials, "https://berth.example", "alice", "berth_two", true);
        assert_eq!(credentials.forget(&url("https://berth.example")).unwrap(), 1);
        assert_eq!(credentials.current().unwrap().unwrap().1.user.as_str(), "admin");
        assert_eq!(credentials.forget(&url("https://berth.example")).unwrap(), 0);
    }

    #[test]
    fn a_broken_file_is_named_without_its_contents() {
        let directory = tempfile::tempdir().unwrap();
        let credentials = Credentials::new(directory.path().to_owned());
        fs::write(credentials.path(), "token = berth_canary").unwrap();
        let error = credentials.current().unwrap_err();
        assert!(error.to_string().contains("credentials.toml"));
        assert!(!format!("{error:?}{error}").contains("canary"));
    }

    #[test]
    fn profiles_of_one_broker_can_have_names() {
        let directory = tempfile::tempdir().unwrap();
        let credentials = Credentials::new(directory.path().to_owned());
        let token = Secret::new("berth_a".to_owned());
        credentials
            .save_named(
                "work",
                &url("https://berth.example"),
                &"alice".parse().unwrap(),
                &token,
            )
            .unwrap();
        assert_eq!(
            credentials.named("work").unwrap().0.as_str(),
            "https://berth.example/"
        );
        let error = credentials.named("home").unwrap_err();
        assert!(error.to_string().ends_with("known are work"), "{error}");
        save(&credentials, "https://berth.example", "bob", "berth_b", false);
        assert_eq!(
            credentials.forget_named("work").unwrap().as_str(),
            "https://berth.example/"
        );
        assert_eq!(credentials.current().unwrap().unwrap().1.user.as_str(), "bob");
        credentials.forget_named("work").unwrap_err();
    }
}
