//! OAuth settings as a file: what `oauth show --output toml` writes, and `oauth set --from` and `oauth diff` read.
//!
//! A file stands for all settings but the client's secret, which is never in one. What it does not name is as the
//! standards have it.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    cli::{error::CmdError, input},
    model::{EnvName, FIELDS, HeaderField, Owner, Placement, ProviderName, ProviderSettings, Seconds},
    wire::{OAuthUpdate, OAuthView},
};

/// What a file says.
#[derive(Debug)]
pub(super) struct File {
    provider: Option<ProviderName>,
    owner: Owner,
    scopes: Vec<String>,
    headers: Option<Vec<Placement<HeaderField>>>,
    env: Option<Vec<Placement<EnvName>>>,
    files: Option<Vec<Placement<EnvName>>>,
    settings: Map<String, Value>,
}

/// As it is written. A place is read on its own, since it may be a token by mistake, which is not repeated.
#[derive(Deserialize)]
struct Written {
    provider: Option<ProviderName>,
    #[serde(default)]
    owner: Owner,
    #[serde(default)]
    scopes: Vec<String>,
    headers: Option<Vec<String>>,
    env: Option<Vec<String>>,
    files: Option<Vec<String>>,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

/// What stands in a file besides the provider's settings.
const OF_CONNECTOR: [&str; 6] = ["provider", "owner", "scopes", "headers", "env", "files"];

/// The file at `path`; `-` is standard input.
pub(super) async fn read(path: &str) -> Result<File, CmdError> {
    let text = input::read_input(path).await?;
    parse(text.expose()).map_err(|mut wrong| {
        wrong.message = format!("{path}: {}", wrong.message);
        wrong
    })
}

/// What a file with this text says.
#[cfg(test)]
pub(super) fn of_text(text: &str) -> Result<File, CmdError> {
    parse(text)
}

/// What a section of a manifest says, whose every value was looked at.
pub(super) fn of_section(settings: &Map<String, Value>) -> Result<File, CmdError> {
    parse(&toml(settings)?)
}

fn parse(text: &str) -> Result<File, CmdError> {
    // The place and the mistake; not the line, which may hold a secret by mistake.
    let unreadable = |error: toml::de::Error| {
        let line = error.span().map(|span| {
            let before = text.get(..span.start).unwrap_or_default();
            format!("line {}: ", before.matches('\n').count() + 1)
        });
        CmdError::usage(format!("{}{}", line.unwrap_or_default(), error.message()))
    };
    let written: Written = toml::from_str(text).map_err(unreadable)?;
    if written
        .settings
        .keys()
        .any(|key| key.starts_with("client_secret"))
    {
        return Err(
            CmdError::usage("a client secret does not stand in this file").with_hint(
                "give it with --client-secret-file or --client-secret-env; and change it if others saw it",
            ),
        );
    }
    // Everything is checked here, so that a mistake is told with the file's name; the client may come from elsewhere.
    let mut whole = written.settings.clone();
    whole.entry("client_id").or_insert_with(|| json!("-"));
    if let Err(error) = serde_json::from_value::<ProviderSettings>(Value::Object(whole)) {
        return Err(CmdError::usage(error.to_string()));
    }
    Ok(File {
        provider: written.provider,
        owner: written.owner,
        scopes: written.scopes,
        headers: places("headers", written.headers)?,
        env: places("env", written.env)?,
        files: places("files", written.files)?,
        settings: written.settings,
    })
}

fn places<N>(name: &str, written: Option<Vec<String>>) -> Result<Option<Vec<Placement<N>>>, CmdError>
where
    Placement<N>: std::str::FromStr<Err = crate::model::Invalid>,
{
    let read = |list: Vec<String>| Ok(super::set::placements(name, &list)?.unwrap_or_default());
    written.map(read).transpose()
}

impl File {
    pub(super) fn provider(&self) -> Option<&ProviderName> {
        self.provider.as_ref()
    }

    /// The same for the provider that the command line names, if it names one.
    pub(super) fn for_provider(self, typed: Option<ProviderName>) -> Self {
        Self {
            provider: typed.or(self.provider),
            ..self
        }
    }

    /// What sets everything as the file has it. The places of the token stay where the file names none.
    pub(super) fn into_update(self) -> OAuthUpdate {
        let names_places = self.headers.is_some() || self.env.is_some() || self.files.is_some();
        OAuthUpdate {
            provider: self.provider,
            settings: whole(self.settings),
            client_secret: None,
            owner: Some(self.owner),
            scopes: Some(self.scopes),
            headers: self.headers.or_else(|| names_places.then(Vec::new)),
            env: self.env.or_else(|| names_places.then(Vec::new)),
            files: self.files.or_else(|| names_places.then(Vec::new)),
            if_version: None,
        }
    }

    /// Every setting with its value, in one form whatever way it is written.
    pub(super) fn values(&self, present: Option<&OAuthView>) -> Map<String, Value> {
        let mut settings = self.settings.clone();
        if let Some(present) = present {
            let id = json!(present.settings.client_id);
            settings.entry("client_id").or_insert(id);
        }
        let mut values =
            match serde_json::from_value::<ProviderSettings>(json!(settings)).map(|read| json!(read)) {
                Ok(Value::Object(values)) => values,
                // A client id may be missing where nothing is set yet.
                _ => settings,
            };
        let known = present.map(|present| &present.mapping);
        let places = [
            (
                "headers",
                json!(self.headers),
                known.map(|known| json!(known.headers)),
            ),
            ("env", json!(self.env), known.map(|known| json!(known.env))),
            ("files", json!(self.files), known.map(|known| json!(known.files))),
        ];
        let names_places = places.iter().any(|(_, named, _)| !named.is_null());
        for (name, named, known) in places {
            let value = if names_places { Some(named) } else { known };
            values.insert(name.to_owned(), value.unwrap_or_default());
        }
        values.insert("scopes".to_owned(), json!(self.scopes));
        let provider = self
            .provider
            .as_ref()
            .or(present.map(|present| &present.provider));
        values.insert("provider".to_owned(), json!(provider));
        values.insert("owner".to_owned(), owner(self.owner));
        set(values)
    }
}

/// All settings, so that none of those before is left, but for the client's id where `settings` has none.
pub(super) fn whole(settings: Map<String, Value>) -> Map<String, Value> {
    let stays = |field: &str| field == "client_id" && !settings.contains_key(field);
    let mut whole: Map<String, Value> = FIELDS
        .iter()
        .filter(|field| !stays(field))
        .map(|field| ((*field).to_owned(), Value::Null))
        .collect();
    whole.extend(settings);
    whole
}

/// Every setting of `present` with its value.
pub(super) fn values(present: &OAuthView) -> Map<String, Value> {
    let mut values = match json!(present.settings) {
        Value::Object(values) => values,
        _ => Map::new(),
    };
    if let Value::Object(mapping) = json!(present.mapping) {
        values.extend(mapping);
    }
    values.insert("scopes".to_owned(), json!(present.scopes));
    values.insert("provider".to_owned(), json!(present.provider));
    values.insert("owner".to_owned(), owner(present.owner));
    set(values)
}

/// Said where it is not the usual one.
fn owner(owner: Owner) -> Value {
    match owner {
        Owner::User => Value::Null,
        Owner::Connector => json!(owner),
    }
}

/// Those that are set.
fn set(mut values: Map<String, Value>) -> Map<String, Value> {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(named) => named.is_empty(),
        _ => false,
    };
    values.retain(|_, value| !is_empty(value));
    values
}

/// The names of all that stands in a file, in its order.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    OF_CONNECTOR.into_iter().chain(FIELDS)
}

/// The file of `present`.
pub(super) fn text(present: &OAuthView) -> Result<String, CmdError> {
    let head = format!("# Version {}; without the client's secret.\n", present.version);
    Ok(head + &lines(&values(present))?)
}

/// The lines of a file that says `values`.
pub(super) fn lines(values: &Map<String, Value>) -> Result<String, CmdError> {
    let mut lines = String::new();
    let mut tables = String::new();
    for name in names() {
        let Some(value) = values.get(name) else {
            continue;
        };
        match value {
            Value::Object(named) => _ = write!(tables, "\n[{name}]\n{}", toml(named)?),
            Value::Number(seconds) => {
                let time = seconds.as_u64().map(|seconds| Seconds(seconds).to_string());
                lines.push_str(&toml(&json!({ name: time }))?);
            }
            value => lines.push_str(&toml(&json!({ name: value }))?),
        }
    }
    Ok(lines + &tables)
}

fn toml(value: &impl serde::Serialize) -> Result<String, CmdError> {
    toml::to_string(value).map_err(|error| {
        CmdError::new(
            crate::cli::error::Kind::Failed,
            "the settings can't be written as TOML",
        )
        .with_source(error)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Settings in which every field has a value.
    pub(in crate::cli::oauth) fn full() -> OAuthView {
        let full = json!({
            "provider": "idp",
            "issuer": "https://idp.example",
            "auth_url": "https://{sub}.idp.example/authorize",
            "token_url": "https://{sub}.idp.example/token",
            "refresh_url": "https://idp.example/refresh",
            "revoke_url": "https://idp.example/revoke",
            "introspect_url": "https://idp.example/introspect",
            "userinfo_url": "https://idp.example/me",
            "client_id": "c",
            "client_auth": "basic",
            "scope_separator": ", ",
            "scope_param": "user_scope",
            "auth_params": {"prompt": "consent", "a.b": "c=d\n"},
            "token_params": {"a": "b"},
            "refresh_params": {"a": "b"},
            "rename_params": {"client_id": "app_id", "response_type": ""},
            "no_pkce": true,
            "token_body": "json",
            "fields": {"access_token": "/authed_user/access_token"},
            "captures": {"instance_url": "/instance_url"},
            "callback_captures": ["realmId:[0-9]+"],
            "vars": {"sub": "acme"},
            "user_vars": ["shop"],
            "assume_lifetime": 7200,
            "refresh_margin": 90,
            "keep_warm": 86400,
            "rotation": "grace=10m",
            "resource": "https://api.example/",
            "grant": "client-credentials",
            "client_secret_set": true,
            "scopes": ["a", "b"],
            "mapping": {
                "headers": ["authorization: Bearer {access_token}"],
                "env": ["A={access_token}"],
                "files": ["F={access_token}"],
            },
            "redirect_uri": "https://berth.example/oauth/callback/idp",
            "connectors": ["gong-crm"],
            "owner": "connector",
            "grants": 0,
            "version": "v",
        });
        serde_json::from_value(full).unwrap()
    }

    #[test]
    fn a_file_says_what_is_shown() {
        let view = full();
        let shown = values(&view);
        assert_eq!(
            shown
                .keys()
                .map(String::as_str)
                .collect::<std::collections::BTreeSet<_>>(),
            names().collect()
        );
        let text = text(&view).unwrap();
        let file = parse(&text).unwrap();
        assert_eq!(file.values(None), shown, "{text}");
        assert!(text.contains("keep_warm = \"1d\"\n"), "{text}");
        let update = file.into_update();
        assert_eq!(update.scopes.unwrap(), view.scopes);
        assert_eq!(update.headers.unwrap(), view.mapping.headers);
        let settings: ProviderSettings = serde_json::from_value(json!(update.settings)).unwrap();
        assert_eq!(settings, view.settings);
    }

    #[test]
    fn a_file_stands_for_everything_but_the_client() {
        let file = parse("token_url = 'https://idp.example/token'").unwrap();
        let update = file.into_update();
        assert_eq!(update.settings.len(), FIELDS.len() - 1);
        assert_eq!(update.settings["refresh_url"], Value::Null);
        assert!(!update.settings.contains_key("client_id"));
        assert!(update.headers.is_none() && update.scopes == Some(Vec::new()));
        let file = parse("token_url = 'https://idp.example/token'\nenv = ['A={access_token}']").unwrap();
        assert_eq!(file.into_update().headers, Some(Vec::new()));
    }

    #[test]
    fn mistakes_are_told_and_secrets_are_not() {
        let check = |text: &str, expected: &str| {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(expected), "{text}: {}", error.message);
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        };
        check("token_url = 'https://idp.example/token'\nx = canary", "line 2: ");
        check(
            "token_urls = 'https://idp.example/token'",
            "unknown field `token_urls`",
        );
        check("auth_url = 'https://idp.example/a'", "missing field `token_url`");
        check(
            "token_url = 'https://idp.example/token'\nheaders = ['Authorization: canary']",
            "headers names no field of the token",
        );
        check("client_secret = 'canary'", "a client secret does not stand");
        check(
            "token_url = 'https://idp.example/token'\nrotation = 'often'",
            "rotate refresh tokens",
        );
    }
}
