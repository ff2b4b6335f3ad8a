//! What a manifest says of its connector besides how it is deployed: its OAuth, who may use it, and which of its tools
//! are offered.

use std::{fmt, ops::Range};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value, json};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::model::{
    EnvName, FIELDS, GroupName, HeaderField, Owner, Placement, ProviderName, ProviderSettings, ToolPattern,
    UserName, nearest,
};

/// One `[[oauth]]`, or the only `[oauth]`: what a file of `berth oauth show --output toml` holds, and the name of the
/// variable that has the client's secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OAuthSection {
    pub(crate) client_secret_env: Option<EnvName>,
    /// As in such a file; each value was looked at.
    pub(crate) settings: Map<String, Value>,
}

/// `[access]`: everyone, or those named alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Access {
    pub(crate) everyone: bool,
    pub(crate) users: Vec<UserName>,
    pub(crate) groups: Vec<GroupName>,
}

/// `[tools]`: all the rules that there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Tools {
    pub(crate) allow: Vec<ToolPattern>,
    pub(crate) hide: Vec<ToolPattern>,
}

const SECRET_VARIABLE: &str = "client_secret_env";

/// What stands in a section besides the provider's settings.
const OTHERS: [&str; 7] = [
    "provider",
    "owner",
    "scopes",
    "headers",
    "env",
    "files",
    SECRET_VARIABLE,
];

/// What is wrong in the sections `value`, each with its place, what it is, and what to do about it. Nothing is repeated
/// that may be a secret by mistake.
pub(super) fn mistakes(value: &Spanned<DeValue<'_>>) -> Vec<(Range<usize>, String, String)> {
    match value.get_ref() {
        DeValue::Table(section) => of_section(value.span(), section),
        DeValue::Array(sections) => sections
            .iter()
            .flat_map(|section| match section.get_ref() {
                DeValue::Table(table) => of_section(section.span(), table),
                _ => vec![no_section(section.span())],
            })
            .collect(),
        _ => vec![no_section(value.span())],
    }
}

fn no_section(span: Range<usize>) -> (Range<usize>, String, String) {
    (
        span,
        "`oauth` is a section".to_owned(),
        "write [oauth], or [[oauth]] for each of several providers".to_owned(),
    )
}

fn of_section(span: Range<usize>, section: &DeTable<'_>) -> Vec<(Range<usize>, String, String)> {
    let mut found = Vec::new();
    for (key, value) in section {
        let name: &str = key.get_ref();
        if !FIELDS.contains(&name) && !OTHERS.contains(&name) {
            let hint = match nearest(name, FIELDS.into_iter().chain(OTHERS)) {
                _ if name.starts_with("client_secret") => {
                    "a client's secret does not stand here: name a variable with client_secret_env".to_owned()
                }
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "the keys are those of `berth oauth show --output toml`".to_owned(),
            };
            found.push((key.span(), format!("unknown key `{name}` in oauth"), hint));
            continue;
        }
        if let Err(message) = check(name, value) {
            found.push((value.span(), format!("{name}: {message}"), String::new()));
        }
    }
    if !section.keys().any(|key| key.get_ref() == "token_url") {
        let message = "oauth has no token_url".to_owned();
        found.push((
            span,
            message,
            "`berth oauth show NAME --output toml` writes all that a provider needs".to_owned(),
        ));
    }
    found
}

/// Whether `name` takes `value`.
fn check(name: &str, value: &Spanned<DeValue<'_>>) -> Result<(), String> {
    let value = plain(value)?;
    let read = |outcome: Result<(), serde_json::Error>| outcome.map_err(|error| error.to_string());
    match name {
        "provider" => read(serde_json::from_value::<ProviderName>(value).map(drop)),
        "owner" => read(serde_json::from_value::<Owner>(value).map(drop)),
        "scopes" => read(serde_json::from_value::<Vec<String>>(value).map(drop)),
        SECRET_VARIABLE => read(serde_json::from_value::<EnvName>(value).map(drop))
            .map_err(|_| "it takes the name of a variable, not the secret".to_owned()),
        "headers" => serde_json::from_value::<Vec<Placement<HeaderField>>>(value)
            .map(drop)
            .map_err(|_| "a place is not `NAME: TEMPLATE` with a field such as {access_token}".to_owned()),
        "env" | "files" => serde_json::from_value::<Vec<Placement<EnvName>>>(value)
            .map(drop)
            .map_err(|_| "a place is not `NAME=TEMPLATE` with a field such as {access_token}".to_owned()),
        field => {
            let mut whole = json!({"token_url": "https://provider.example/token", "client_id": "-"});
            whole[field] = value;
            read(serde_json::from_value::<ProviderSettings>(whole).map(drop))
        }
    }
}

fn plain(value: &Spanned<DeValue<'_>>) -> Result<Value, String> {
    let mut alone = DeTable::new();
    alone.insert(Spanned::new(value.span(), "value".into()), value.clone());
    let alone = toml::Deserializer::from(Spanned::new(value.span(), alone));
    let mut read = Map::deserialize(alone).map_err(|error| error.message().to_owned())?;
    Ok(read.remove("value").unwrap_or_default())
}

/// One section, or several.
pub(super) fn sections<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<OAuthSection>, D::Error> {
    struct Sections;

    impl<'de> Visitor<'de> for Sections {
        type Value = Vec<OAuthSection>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("[oauth], or [[oauth]] for each of several providers")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            let section = Map::deserialize(MapAccessDeserializer::new(map))?;
            Ok(vec![OAuthSection::of(section)])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut sections = Vec::new();
            while let Some(section) = list.next_element()? {
                sections.push(OAuthSection::of(section));
            }
            Ok(sections)
        }
    }
    from.deserialize_any(Sections)
}

impl OAuthSection {
    fn of(mut settings: Map<String, Value>) -> Self {
        let variable = settings.remove(SECRET_VARIABLE);
        Self {
            // Whatever is wrong with it is told by `mistakes`.
            client_secret_env: variable.and_then(|name| serde_json::from_value(name).ok()),
            settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Manifest;

    #[test]
    fn sections_are_read() {
        let text = "
[oauth]
token_url = \"https://idp.example/token\"
scopes = [\"a\"]
keep_warm = \"1d\"
client_secret_env = \"GONG_SECRET\"
[oauth.auth_params]
prompt = \"consent\"
[access]
users = [\"ada\"]
[tools]
hide = [\"delete_*\"]
";
        let manifest: Manifest = text.parse().unwrap();
        let [section] = &manifest.oauth[..] else { panic!() };
        assert_eq!(
            section.client_secret_env.as_ref().unwrap().as_str(),
            "GONG_SECRET"
        );
        assert_eq!(section.settings["auth_params"]["prompt"], "consent");
        assert!(!section.settings.contains_key("client_secret_env"));
        assert_eq!(manifest.access.as_ref().unwrap().users[0].as_str(), "ada");
        assert_eq!(manifest.tools.as_ref().unwrap().hide.len(), 1);
        let two = "[[oauth]]\nprovider = \"a\"\ntoken_url = \"https://a.example/t\"\n[[oauth]]\nprovider = \"b\"\ntoken_url = \"https://b.example/t\"";
        assert_eq!(two.parse::<Manifest>().unwrap().oauth.len(), 2);
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_secrets_are_not() {
        let check = |text: &str, expected: &str| {
            let error = text.parse::<Manifest>().unwrap_err();
            let said = format!("{error} | {}", error.hint());
            assert!(said.contains(expected), "{text}: {said}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        };
        let oauth = |line: &str| format!("[oauth]\ntoken_url = \"https://idp.example/token\"\n{line}");
        check(
            &oauth("token_ur = 1"),
            "berth.toml:3:1: unknown key `token_ur` in oauth | did you mean `token_url`?",
        );
        check(
            &oauth("client_secret = \"canary\""),
            "3:1: unknown key `client_secret` in oauth | a client's secret does not stand here",
        );
        check(
            &oauth("client_secret_env = \"canary one\""),
            "3:21: client_secret_env: it takes the name of a variable",
        );
        check(
            &oauth("headers = [\"Authorization: canary\"]"),
            "3:11: headers: a place is not",
        );
        check(&oauth("rotation = \"often\""), "3:12: rotation: ");
        check(&oauth("scopes = \"a b\""), "3:10: scopes: ");
        check("[oauth]\nscopes = []", "oauth has no token_url");
        check("oauth = 1", "1:9: `oauth` is a section");
        check("[access]\nuser = [\"ada\"]", "2:1: unknown field `user`");
        check("[access]\nusers = [\"Not Good\"]", "2:9: ");
        check("[tools]\nhide = \"x\"", "2:8: ");
    }
}
