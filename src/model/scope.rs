//! What a token may do of what its owner may.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{ConnectorName, Invalid};

/// What may be done with one connector; each allows what those before it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// To deploy it, roll it back, restart it, and see how it is.
    Deploy,
    /// To set its OAuth, its environment, who may use it and which tools are offered, too.
    Configure,
}

impl Extent {
    const ALL: [Self; 2] = [Self::Deploy, Self::Configure];

    fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Configure => "configure",
        }
    }
}

/// Written as nothing for everything, else as words: `configure:crm deploy:mail`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum TokenScope {
    /// All that its owner's roles allow.
    #[default]
    Everything,
    /// As much of these connectors, and nothing else.
    Only(BTreeMap<ConnectorName, Extent>),
}

impl TokenScope {
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self::Everything
    }

    /// Whether so much may be done with the connector called `name`.
    pub(crate) fn allows(&self, extent: Extent, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(connectors) => connectors
                .iter()
                .any(|(known, most)| known.as_str() == name && extent <= *most),
        }
    }

    /// What several allow together; nothing allows everything.
    pub(crate) fn joined(scopes: impl IntoIterator<Item = Self>) -> Self {
        let mut all = BTreeMap::new();
        for scope in scopes {
            let Self::Only(connectors) = scope else {
                return Self::Everything;
            };
            for (name, extent) in connectors {
                let most = all.entry(name).or_insert(extent);
                *most = extent.max(*most);
            }
        }
        if all.is_empty() {
            Self::Everything
        } else {
            Self::Only(all)
        }
    }
}

impl FromStr for TokenScope {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let one = |word: &str| {
            let known = word.split_once(':').and_then(|(kind, name)| {
                let extent = Extent::ALL.into_iter().find(|extent| extent.as_str() == kind)?;
                Some((extent, name))
            });
            let (extent, name) = known.ok_or_else(|| {
                Invalid(format!(
                    "scope {word:?} is unknown: write it as deploy:NAME or configure:NAME, with a connector's name"
                ))
            })?;
            Ok(Self::Only(BTreeMap::from([(name.parse()?, extent)])))
        };
        let words: Vec<Self> = text.split_whitespace().map(one).collect::<Result<_, Invalid>>()?;
        Ok(Self::joined(words))
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
        let Self::Only(connectors) = self else {
            return Ok(());
        };
        for (i, (name, extent)) in connectors.iter().enumerate() {
            let space = if i > 0 { " " } else { "" };
            write!(f, "{space}{}:{name}", extent.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in ["", "deploy:crm", "configure:crm deploy:mail"] {
            assert_eq!(text.parse::<TokenScope>().unwrap().to_string(), text);
        }
        for bad in [
            "crm",
            "deploy:",
            "deploy:*",
            "admin",
            "admin:crm",
            "deploy:crm x",
            "Deploy:crm",
        ] {
            bad.parse::<TokenScope>().unwrap_err();
        }
        let scope: TokenScope = "deploy:crm".parse().unwrap();
        let deploys = |name| scope.allows(Extent::Deploy, name);
        assert!(deploys("crm") && !deploys("crm2") && !deploys("") && !scope.is_everything());
        assert!(!scope.allows(Extent::Configure, "crm"));
        assert!(TokenScope::Everything.allows(Extent::Configure, "any"));
        let more: TokenScope = "deploy:mail configure:crm".parse().unwrap();
        assert!(more.allows(Extent::Deploy, "crm") && more.allows(Extent::Configure, "crm"));
        for both in [[scope.clone(), more.clone()], [more, scope]] {
            assert_eq!(TokenScope::joined(both).to_string(), "configure:crm deploy:mail");
        }
    }
}
