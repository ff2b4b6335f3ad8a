//! The presets that come with berth.

use super::Preset;
use crate::model::Invalid;

/// Name and text of each, by name.
macro_rules! library {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!($name, ".toml")))),*]
    };
}

const LIBRARY: &[(&str, &str)] = library![
    "airtable",
    "asana",
    "atlassian",
    "bitbucket",
    "box",
    "calendly",
    "clickup",
    "discord",
    "docusign",
    "dropbox",
    "figma",
    "github",
    "github-app",
    "gitlab",
    "gong",
    "google",
    "hubspot",
    "intercom",
    "linear",
    "linkedin",
    "microsoft",
    "miro",
    "monday",
    "notion",
    "pipedrive",
    "quickbooks",
    "salesforce",
    "shopify",
    "slack",
    "slack-bot",
    "snowflake",
    "stripe",
    "webflow",
    "x",
    "xero",
    "zendesk",
    "zoho",
    "zoom",
];

/// Every preset, by name.
pub(crate) fn all() -> Result<Vec<Preset>, Invalid> {
    LIBRARY.iter().map(|(name, text)| read(name, text)).collect()
}

/// The name of each.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    LIBRARY.iter().map(|(name, _)| *name)
}

/// The preset of this name.
pub(crate) fn find(name: &str) -> Result<Preset, Invalid> {
    match LIBRARY.iter().find(|(known, _)| *known == name) {
        Some((name, text)) => read(name, text),
        None => {
            let shown: String = name.chars().take(40).collect();
            Err(Invalid(format!("there is no preset {shown:?}")))
        }
    }
}

fn read(name: &'static str, text: &str) -> Result<Preset, Invalid> {
    let preset: Preset =
        toml::from_str(text).map_err(|error| Invalid(format!("the preset {name} can't be read: {error}")))?;
    Ok(Preset { name, ..preset })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value, json};

    use super::*;
    use crate::{
        model::{FIELDS, ProviderSettings, Rotation, Values},
        presets::Renewal,
    };

    /// Settings of a registration with `preset`, in which every variable has a value.
    fn settings(preset: &Preset) -> ProviderSettings {
        let mut settings = preset.settings();
        settings.insert("client_id".to_owned(), json!("c"));
        let mut vars = Map::new();
        for asked in &preset.asks {
            let usual = asked.usual.as_deref().unwrap_or("sample");
            asked.variable.check(usual).unwrap();
            vars.insert(asked.variable.name.to_string(), json!(usual));
        }
        settings.insert("vars".to_owned(), Value::Object(vars));
        serde_json::from_value(Value::Object(settings))
            .unwrap_or_else(|error| panic!("{}: {error}", preset.name))
    }

    fn names() -> BTreeSet<&'static str> {
        LIBRARY.iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn presets_are_whole() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/presets")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let files = files
            .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
            .count();
        assert_eq!((files, LIBRARY.len()), (names().len(), names().len()));
        assert!(LIBRARY.is_sorted());
        for preset in all().unwrap() {
            let name = preset.name;
            let settings = settings(&preset);
            // What is asked of users or told by the provider has a value by the time it is needed.
            let told = settings.user_vars.iter().chain(&settings.callback_captures);
            let of_grant: Values = told
                .map(|variable| (variable.name.clone(), "sample".to_owned()))
                .collect();
            for (flag, address) in settings.addresses() {
                let hosted = |value: &str| {
                    let mut values = of_grant.clone();
                    values.values_mut().for_each(|sample| *sample = value.to_owned());
                    settings.fill(address, &values)
                };
                let url = hosted("sample").or_else(|_| hosted("https://sample.example"));
                let url = url.unwrap_or_else(|error| panic!("{name} {flag}: {error}"));
                assert_eq!(url.scheme(), "https", "{name} {flag}");
            }
            assert!(settings.auth_url.is_some(), "{name}");
            assert_eq!(preset.source.scheme(), "https", "{name}");
            assert!(!preset.headers.is_empty() && !preset.env.is_empty(), "{name}");
            if let Some(checked) = &preset.checked {
                checked.parse::<jiff::civil::Date>().unwrap();
            }
            let own = [
                "scopes",
                "headers",
                "access_lifetime",
                "refresh_lifetime",
                "idle_limit",
                "renewal",
            ];
            for field in &preset.unchecked {
                let is_known = own.contains(&field.as_str()) || FIELDS.contains(&field.as_str());
                assert!(is_known, "{name}: {field}");
            }
            assert!(
                !preset.settings.contains_key("vars"),
                "{name}: variables are asked for"
            );
        }
    }

    #[test]
    fn renewals_and_rotations_agree() {
        for preset in all().unwrap() {
            let rotation = settings(&preset).rotation;
            let agree = match preset.renewal {
                Renewal::Stable | Renewal::Replaced | Renewal::UntilUsed => rotation == Rotation::None,
                Renewal::Exchanged | Renewal::Endless => rotation == Rotation::None,
                Renewal::Grace => matches!(rotation, Rotation::Grace(_)),
                Renewal::SingleUse | Renewal::SingleUseFamily | Renewal::NowAndThen => {
                    rotation == Rotation::Strict
                }
            };
            assert!(agree, "{}: {:?} and {rotation}", preset.name, preset.renewal);
        }
    }

    #[test]
    fn quirks_are_there() {
        let quirk = |name: &str, field: &str| {
            let settings = find(name).unwrap().settings();
            settings.get(field).cloned().unwrap_or_default()
        };
        for (name, field, expected) in [
            ("asana", "keep_warm", Value::Null),
            ("atlassian", "rotation", json!("grace=10m")),
            ("box", "keep_warm", json!(30 * 86_400)),
            ("dropbox", "auth_params", json!({"token_access_type": "offline"})),
            (
                "figma",
                "refresh_url",
                json!("https://api.figma.com/v1/oauth/refresh"),
            ),
            (
                "google",
                "auth_params",
                json!({"access_type": "offline", "prompt": "consent"}),
            ),
            ("linear", "scope_separator", json!(",")),
            ("monday", "rename_params", json!({"response_type": ""})),
            ("notion", "token_body", json!("json")),
            ("pipedrive", "captures", json!({"api_domain": "/api_domain"})),
            ("quickbooks", "callback_captures", json!(["realmId:[0-9]{1,32}"])),
            ("salesforce", "assume_lifetime", json!("1h")),
            ("shopify", "user_vars", json!(["shop:[A-Za-z0-9][A-Za-z0-9-]*"])),
            ("slack", "scope_param", json!("user_scope")),
            ("x", "client_auth", json!("basic")),
            ("zoho", "token_url", json!("{accounts-server}/oauth/v2/token")),
        ] {
            assert_eq!(quirk(name, field), expected, "{name} {field}");
        }
        let checked = all()
            .unwrap()
            .into_iter()
            .filter(|preset| preset.checked.is_some());
        assert!(checked.count() >= 24);
    }

    #[test]
    fn a_callback_names_no_foreign_host() {
        let zoho = settings(&find("zoho").unwrap());
        let server = &zoho.callback_captures[0];
        server.check("https://accounts.zoho.eu").unwrap();
        for hostile in [
            "https://accounts.zoho.com.evil.example",
            "https://accountsxzoho.com",
            "http://accounts.zoho.com",
            "https://evil.example/accounts.zoho.com",
        ] {
            server.check(hostile).unwrap_err();
        }
    }

    #[test]
    fn an_unknown_preset_is_refused() {
        find("nothing").unwrap_err();
    }
}
