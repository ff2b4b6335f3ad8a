//! Variables of a provider: what differs from one registration or one user to the next.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Invalid, text::as_text};

/// The name of a variable: a letter, then letters, digits, hyphens and underscores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct VariableName(String);

/// Longest name of a variable.
const LONGEST: usize = 64;

impl VariableName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VariableName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
        if !begins || text.len() > LONGEST || !text.chars().all(is_part) {
            let shown: String = text.chars().take(40).collect();
            return Err(Invalid(format!(
                "{shown:?} is not the name of a variable: use a letter, then letters, digits, hyphens and underscores, at most {LONGEST}"
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A variable whose value comes from a user or from the provider, and what that value has to look like.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Variable {
    pub(crate) name: VariableName,
    /// As it was given; it has to match the whole value.
    source: Option<String>,
    pattern: regex::Regex,
}

/// What a value looks like about which nothing is said: it fits into one label of a host name.
const USUAL: &str = "[A-Za-z0-9][A-Za-z0-9_-]{0,62}";

impl Variable {
    /// Refuses a value that does not match as a whole.
    pub(crate) fn check(&self, value: &str) -> Result<(), Invalid> {
        if value.len() <= 512 && self.pattern.is_match(value) {
            return Ok(());
        }
        Err(Invalid(format!(
            "the value of {} does not match {}",
            self.name,
            self.pattern_text()
        )))
    }

    /// The pattern as it was given, or the usual one.
    pub(crate) fn pattern_text(&self) -> &str {
        self.source.as_deref().unwrap_or(USUAL)
    }
}

impl PartialEq for Variable {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.source) == (&other.name, &other.source)
    }
}

impl Eq for Variable {}

/// `NAME` or `NAME:REGEX`.
impl FromStr for Variable {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (name, source) = match text.split_once(':') {
            Some((name, source)) => (name, Some(source.to_owned())),
            None => (text, None),
        };
        let name: VariableName = name.parse()?;
        let wanted = source.as_deref().unwrap_or(USUAL);
        let pattern = regex::RegexBuilder::new(&format!("^(?:{wanted})$"))
            .size_limit(1 << 16)
            .build()
            .map_err(|_| {
                Invalid(format!(
                    "the pattern of {name} is not a regular expression that berth takes: {wanted:?}"
                ))
            })?;
        Ok(Self {
            name,
            source,
            pattern,
        })
    }
}

as_text!(VariableName, Variable);

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}:{source}", self.name),
            None => self.name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_match_as_a_whole() {
        let shop: Variable = "shop:[a-z]+|x".parse().unwrap();
        assert_eq!(shop.to_string(), "shop:[a-z]+|x");
        shop.check("acme").unwrap();
        for bad in ["acme1", "", "acme\n", "x/"] {
            shop.check(bad).unwrap_err();
        }
        let usual: Variable = "sub".parse().unwrap();
        usual.check("acme-1").unwrap();
        for bad in ["evil.com", "-a", "a/b", ""] {
            usual.check(bad).unwrap_err();
        }
        for bad in ["", "1a", "a b", "a:(", "a:(a{1000}){1000}"] {
            bad.parse::<Variable>().unwrap_err();
        }
    }
}
