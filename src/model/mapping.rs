//! How a user's token reaches a connector.

use std::str::FromStr;

use http::HeaderName;
use serde::{Deserialize, Serialize};

use super::{EnvName, Invalid, Template, Transport};

/// Where the fields of a token are put for one connector. Serialised as lists of `NAME: TEMPLATE` and
/// `NAME=TEMPLATE`, just as they are typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Mapping {
    /// Set on every request to an http connector.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<Placement<HeaderField>>,
    /// Set in the environment of a stdio connector's process.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) env: Vec<Placement<EnvName>>,
    /// Written to files whose paths are in a stdio connector's environment under these names. A process whose token is
    /// in files alone lives on when the token changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<Placement<EnvName>>,
}

/// One place and what is written there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(
    try_from = "String",
    into = "String",
    bound(
        serialize = "Placement<N>: Clone + Into<String>",
        deserialize = "Placement<N>: TryFrom<String, Error = Invalid>"
    )
)]
pub(crate) struct Placement<N> {
    pub(crate) name: N,
    pub(crate) template: Template,
}

/// The name of a request header that a token may be put in; any but those that HTTP or MCP need for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(from = "String", into = "String")
)]
pub(crate) struct HeaderField(HeaderName);

/// Routing, framing and hop-by-hop fields (RFC 9110 §7.6.1) and those of the MCP transport.
const RESERVED_HEADERS: [&str; 18] = [
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "accept",
    "expect",
    "mcp-session-id",
    "mcp-protocol-version",
    "last-event-id",
];

impl HeaderField {
    pub(crate) fn header(&self) -> &HeaderName {
        &self.0
    }
}

impl FromStr for HeaderField {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let name: HeaderName = text.parse().map_err(|_| {
            let shown: String = text.chars().take(60).collect();
            Invalid(format!("header name {shown:?} is not valid"))
        })?;
        if RESERVED_HEADERS.contains(&name.as_str()) {
            return Err(Invalid(format!(
                "header {name} is reserved: it belongs to HTTP or to the MCP transport"
            )));
        }
        Ok(Self(name))
    }
}

impl Mapping {
    /// The fields that its templates name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter().map(|placement| &placement.template);
        let env = self
            .env
            .iter()
            .chain(&self.files)
            .map(|placement| &placement.template);
        headers.chain(env).flat_map(Template::fields)
    }

    /// Whether it puts a token anywhere.
    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty() && !self.is_of_processes()
    }

    /// Whether it puts a token where a process finds it, rather than a request.
    pub(crate) fn is_of_processes(&self) -> bool {
        !self.env.is_empty() || !self.files.is_empty()
    }

    /// Whether a process has to be started anew when its token changes: an environment is fixed at its start.
    pub(crate) fn is_fixed_at_start(&self) -> bool {
        !self.env.is_empty()
    }

    /// A variable can't hold a token and a file's path at once, nor two of either.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        let mut seen: Vec<&EnvName> = Vec::new();
        for placement in self.env.iter().chain(&self.files) {
            let name = &placement.name;
            if seen.contains(&name) {
                return Err(Invalid(format!(
                    "the variable {name} is mapped twice: leave one of the two out (--env '' takes all variables away, --file '' all files)"
                )));
            }
            seen.push(name);
        }
        Ok(())
    }

    /// What it would set together with `other`, which is another provider's of the same connector.
    pub(crate) fn common_place(&self, other: &Self) -> Option<String> {
        let variables = |mapping: &Self| -> Vec<EnvName> {
            let placements = mapping.env.iter().chain(&mapping.files);
            placements.map(|placement| placement.name.clone()).collect()
        };
        let taken = variables(other);
        let header = self.headers.iter().find(|own| {
            let is_same = |other: &Placement<HeaderField>| other.name == own.name;
            other.headers.iter().any(is_same)
        });
        let variable = variables(self).into_iter().find(|own| taken.contains(own));
        header
            .map(|header| format!("the header {}", header.name.0))
            .or_else(|| variable.map(|name| format!("the variable {name}")))
    }

    /// What is wrong with it for a connector of `transport`: a header can't reach a process that reads standard
    /// input, and neither the environment nor a file of a shared http process can hold each user's token. A mapping
    /// may have both; the one that fits is used.
    pub(crate) fn misfit(&self, transport: &Transport) -> Option<&'static str> {
        match transport {
            Transport::Stdio if !self.is_of_processes() && !self.headers.is_empty() => Some(
                "this connector speaks stdio and sees no headers: map the token with --env 'ACCESS_TOKEN={access_token}' or --file 'TOKEN_FILE={access_token}'",
            ),
            Transport::Http { .. } if self.headers.is_empty() && self.is_of_processes() => Some(
                "this connector speaks http and one process serves every user: map the token with --header 'Authorization: Bearer {access_token}'",
            ),
            Transport::Stdio | Transport::Http { .. } => None,
        }
    }
}

impl FromStr for Placement<HeaderField> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (name, template) = text.split_once(':').ok_or_else(|| {
            Invalid(format!(
                "header {text:?} has no ':': write it as 'Authorization: Bearer {{access_token}}'"
            ))
        })?;
        Ok(Self {
            name: name.trim().parse()?,
            template: template.trim().parse()?,
        })
    }
}

impl FromStr for Placement<EnvName> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (name, template) = text.split_once('=').ok_or_else(|| {
            Invalid(format!(
                "variable {text:?} has no '=': write it as 'ACCESS_TOKEN={{access_token}}'"
            ))
        })?;
        Ok(Self {
            name: name.parse()?,
            template: template.parse()?,
        })
    }
}

impl TryFrom<String> for Placement<HeaderField> {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl TryFrom<String> for Placement<EnvName> {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Placement<HeaderField>> for String {
    fn from(placement: Placement<HeaderField>) -> Self {
        format!("{}: {}", placement.name.0, placement.template)
    }
}

impl From<Placement<EnvName>> for String {
    fn from(placement: Placement<EnvName>) -> Self {
        format!("{}={}", placement.name, placement.template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_written_as_it_is_typed() {
        let json = r#"{"headers":["authorization: Bearer {access_token}"],"env":["ACCESS_TOKEN={access_token}"],"files":["TOKEN_FILE={access_token}"]}"#;
        let mapping: Mapping = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&mapping).unwrap(), json);
        mapping.check().unwrap();
    }

    #[test]
    fn a_variable_has_one_meaning() {
        let mapping = |json: &str| serde_json::from_str::<Mapping>(json).unwrap();
        for twice in [
            r#"{"env":["A={access_token}"],"files":["A={access_token}"]}"#,
            r#"{"files":["A={access_token}","A={id_token}"]}"#,
        ] {
            let error = mapping(twice).check().unwrap_err().to_string();
            assert!(error.contains("variable A is mapped twice"), "{error}");
        }
        let files = mapping(r#"{"files":["A={access_token}"]}"#);
        assert!(!files.is_empty() && !files.is_fixed_at_start());
        assert_eq!(files.misfit(&Transport::Stdio), None);
        let http = Transport::Http {
            port: None,
            path: "/mcp".into(),
        };
        assert!(files.misfit(&http).unwrap().contains("--header"));
    }

    #[test]
    fn two_mappings_have_places_of_their_own() {
        let mapping = |json: &str| serde_json::from_str::<Mapping>(json).unwrap();
        let one = mapping(
            r#"{"headers":["X-One: {access_token}"],"env":["A={access_token}"],"files":["F={scope}"]}"#,
        );
        for (other, common) in [
            (r#"{"headers":["x-one: {scope}"]}"#, Some("the header x-one")),
            (
                r#"{"env":["B={access_token}","A={scope}"]}"#,
                Some("the variable A"),
            ),
            (r#"{"files":["A={access_token}"]}"#, Some("the variable A")),
            (r#"{"env":["F={access_token}"]}"#, Some("the variable F")),
            (
                r#"{"headers":["X-Two: {access_token}"],"env":["a={access_token}"]}"#,
                None,
            ),
        ] {
            let other = mapping(other);
            assert_eq!(one.common_place(&other).as_deref(), common);
            assert_eq!(other.common_place(&one).as_deref(), common);
        }
    }

    #[test]
    fn reserved_places_are_refused() {
        let header = |text: &str| text.parse::<Placement<HeaderField>>();
        header("Authorization: {access_token}").unwrap();
        header("X-Shopify-Access-Token:{access_token}").unwrap();
        for bad in [
            "Host: {access_token}",
            "Content-Length: {access_token}",
            "Transfer-Encoding: {access_token}",
            "a b: {access_token}",
            "Authorization {access_token}",
            "X: y",
        ] {
            header(bad).unwrap_err();
        }
        let env = |text: &str| text.parse::<Placement<EnvName>>();
        env("ACCESS_TOKEN={access_token}").unwrap();
        for bad in [
            "PATH={access_token}",
            "LD_PRELOAD={access_token}",
            "ACCESS_TOKEN",
            "A=b",
        ] {
            env(bad).unwrap_err();
        }
    }
}
