//! Names that people choose.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// Why a value was not accepted: a sentence that names the value's kind, what is wrong and what would be right.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Invalid(pub(crate) String);

/// Longest name: a DNS label, so that a name can become a host name.
const LONGEST: usize = 63;

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub(crate) struct $type(Arc<str>);

        impl $type {
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                check_label($kind, text).map(|()| Self(text.into()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name!(
    /// A connector's name: the last part of its endpoint `/mcp/{connector}`.
    ConnectorName,
    "connector name"
);
name!(
    /// A provider's name: the last part of its redirect URI `/oauth/callback/{provider}`.
    ProviderName,
    "provider name"
);
name!(
    /// What a user is called. A label: grants and tokens belong to the user's id.
    UserName,
    "user name"
);

impl From<&ConnectorName> for ProviderName {
    /// The provider that `oauth set NAME` makes is named after the connector.
    fn from(name: &ConnectorName) -> Self {
        Self(Arc::clone(&name.0))
    }
}

fn check_label(kind: &str, text: &str) -> Result<(), Invalid> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let problem = if text.is_empty() {
        "is empty"
    } else if text.len() > LONGEST {
        "is longer than 63 characters"
    } else if !text.chars().all(allowed) {
        "has a character other than a-z, 0-9 and '-'"
    } else if text.starts_with('-') || text.ends_with('-') {
        "starts or ends with '-'"
    } else {
        return Ok(());
    };
    let shown: String = text.chars().take(LONGEST).collect();
    Err(Invalid(format!(
        "{kind} {shown:?} {problem}: use 1 to 63 of a-z, 0-9 and '-', such as \"gong-crm\""
    )))
}

/// What a group of users is called, here or by an identity provider, which may call it by a path or an id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct GroupName(String);

impl GroupName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GroupName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let fits = !text.is_empty() && text.len() <= 255 && text.trim() == text;
        if fits && !text.chars().any(char::is_control) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid(
            "a group's name is one line of 1 to 255 bytes without spaces around it".to_owned(),
        ))
    }
}

impl TryFrom<String> for GroupName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<GroupName> for String {
    fn from(name: GroupName) -> Self {
        name.0
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of an environment variable that berth may set for a connector.
///
/// Names that decide how a process is loaded (`PATH`, `LD_*`, `NODE_OPTIONS`, …) or that berth sets itself are
/// refused: with them a setting could run code of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct EnvName(String);

/// Set by berth itself, or able to change what code a process loads.
const RESERVED_ENV: [&str; 14] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "PORT",
    "USER",
    "SHELL",
    "IFS",
    "BASH_ENV",
    "ENV",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONHOME",
];

impl EnvName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EnvName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut chars = text.chars();
        let head = |c: char| c.is_ascii_alphabetic() || c == '_';
        let well_formed = chars.next().is_some_and(head) && chars.all(|c| head(c) || c.is_ascii_digit());
        if !well_formed || text.len() > 255 {
            let shown: String = text.chars().take(60).collect();
            return Err(Invalid(format!(
                "environment name {shown:?} is not valid: use letters, digits and '_', not starting with a digit"
            )));
        }
        let upper = text.to_ascii_uppercase();
        if RESERVED_ENV.contains(&upper.as_str())
            || ["LD_", "DYLD_", "BERTH_"]
                .iter()
                .any(|prefix| upper.starts_with(prefix))
        {
            return Err(Invalid(format!(
                "environment name {text} is reserved: berth sets it itself, or it changes what code a process loads"
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for EnvName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<EnvName> for String {
    fn from(name: EnvName) -> Self {
        name.0
    }
}

impl fmt::Display for EnvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        for good in ["a", "gong-crm", "x9", &"a".repeat(63)] {
            good.parse::<ConnectorName>().unwrap();
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a/b", "..", "é", &"a".repeat(64)] {
            bad.parse::<ConnectorName>().unwrap_err();
        }
    }

    #[test]
    fn env_names_that_load_code_are_refused() {
        for good in ["ACCESS_TOKEN", "_x", "GITHUB_TOKEN2"] {
            good.parse::<EnvName>().unwrap();
        }
        for bad in [
            "PATH",
            "path",
            "LD_PRELOAD",
            "LD_X",
            "NODE_OPTIONS",
            "BERTH_TOKEN",
            "1A",
            "A B",
            "A=B",
            "",
        ] {
            bad.parse::<EnvName>().unwrap_err();
        }
    }
}
