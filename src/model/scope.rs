//! What a token may do of what its owner may.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{ConnectorName, Invalid};

const DEPLOY: &str = "deploy:";

/// Written as nothing for everything, else as words: `deploy:crm deploy:mail`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum TokenScope {
    /// All that its owner's roles allow.
    #[default]
    Everything,
    /// To deploy these connectors, roll them back, restart them, and see how they are; nothing else.
    Deploy(BTreeSet<ConnectorName>),
}

impl TokenScope {
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self::Everything
    }

    /// Whether the connector called `name` may be deployed.
    pub(crate) fn deploys(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Deploy(names) => names.iter().any(|known| known.as_str() == name),
        }
    }

    /// What several allow together; nothing allows everything.
    pub(crate) fn joined(scopes: impl IntoIterator<Item = Self>) -> Self {
        let mut all = BTreeSet::new();
        for scope in scopes {
            match scope {
                Self::Everything => return Self::Everything,
                Self::Deploy(names) => all.extend(names),
            }
        }
        if all.is_empty() {
            Self::Everything
        } else {
            Self::Deploy(all)
        }
    }
}

impl FromStr for TokenScope {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let word = |word: &str| match word.strip_prefix(DEPLOY) {
            Some(name) => name.parse(),
            None => Err(Invalid(format!(
                "scope {word:?} is unknown: write it as deploy:NAME, with a connector's name"
            ))),
        };
        let names: BTreeSet<ConnectorName> = text.split_whitespace().map(word).collect::<Result<_, _>>()?;
        Ok(if names.is_empty() {
            Self::Everything
        } else {
            Self::Deploy(names)
        })
    }
}

impl TryFrom<String> for TokenScope {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<TokenScope> for String {
    fn from(scope: TokenScope) -> Self {
        scope.to_string()
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Deploy(names) = self else { return Ok(()) };
        for (i, name) in names.iter().enumerate() {
            let space = if i > 0 { " " } else { "" };
            write!(f, "{space}{DEPLOY}{name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in ["", "deploy:crm", "deploy:crm deploy:mail"] {
            assert_eq!(text.parse::<TokenScope>().unwrap().to_string(), text);
        }
        for bad in ["crm", "deploy:", "deploy:*", "admin", "deploy:crm x"] {
            bad.parse::<TokenScope>().unwrap_err();
        }
        let scope: TokenScope = "deploy:crm".parse().unwrap();
        assert!(
            scope.deploys("crm") && !scope.deploys("crm2") && !scope.deploys("") && !scope.is_everything()
        );
        assert!(TokenScope::Everything.deploys("any"));
        let both = TokenScope::joined([scope, "deploy:mail".parse().unwrap()]);
        assert_eq!(both.to_string(), "deploy:crm deploy:mail");
    }
}
