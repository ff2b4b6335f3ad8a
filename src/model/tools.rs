//! Which of a connector's tools are offered.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Invalid;

/// What an admin lets through: what is hidden is neither listed nor called, whatever is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ToolRules {
    /// Only these are offered; every tool, where it is empty.
    #[serde(default)]
    pub(crate) allow: BTreeSet<ToolPattern>,
    #[serde(default)]
    pub(crate) hide: BTreeSet<ToolPattern>,
}

impl ToolRules {
    /// Whether every tool is offered.
    pub(crate) fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.hide.is_empty()
    }

    pub(crate) fn offers(&self, tool: &str) -> bool {
        let named = |patterns: &BTreeSet<ToolPattern>| patterns.iter().any(|pattern| pattern.matches(tool));
        (self.allow.is_empty() || named(&self.allow)) && !named(&self.hide)
    }
}

/// A change of [`ToolRules`]: what is not named stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ToolChanges {
    /// Begin with no rules at all.
    #[serde(default)]
    pub(crate) reset: bool,
    #[serde(default)]
    pub(crate) allow: BTreeSet<ToolPattern>,
    #[serde(default)]
    pub(crate) unallow: BTreeSet<ToolPattern>,
    #[serde(default)]
    pub(crate) hide: BTreeSet<ToolPattern>,
    #[serde(default)]
    pub(crate) unhide: BTreeSet<ToolPattern>,
}

/// How many patterns a connector may have on each side.
const MOST: usize = 1000;

impl ToolChanges {
    /// The rules after the change. Fails for what is named twice with opposite meanings, or was to be taken away and is
    /// not there: then something else was meant.
    pub(crate) fn apply(&self, old: &ToolRules) -> Result<ToolRules, Invalid> {
        let mut new = match self.reset {
            true => ToolRules::default(),
            false => old.clone(),
        };
        let mut change = |side: &str, add: &BTreeSet<ToolPattern>, drop: &BTreeSet<ToolPattern>| {
            let patterns = match side {
                "allow" => &mut new.allow,
                _ => &mut new.hide,
            };
            for pattern in drop {
                if add.contains(pattern) {
                    return Err(Invalid(format!(
                        "{pattern} is named with --{side} and with --un{side}"
                    )));
                }
                if !patterns.remove(pattern) {
                    return Err(Invalid(format!(
                        "--un{side} {pattern}: there is no such rule; berth tools NAME shows those that there are"
                    )));
                }
            }
            patterns.extend(add.iter().cloned());
            match patterns.len() > MOST {
                true => Err(Invalid(format!(
                    "there are more than {MOST} rules to {side}: use * in some"
                ))),
                false => Ok(()),
            }
        };
        change("allow", &self.allow, &self.unallow)?;
        change("hide", &self.hide, &self.unhide)?;
        Ok(new)
    }
}

/// The name of a tool, in which `*` stands for any text: `delete_*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ToolPattern(String);

/// Longest pattern in bytes; MCP 2025-11-25 wants names of tools to have 128 at most.
const LONGEST: usize = 256;

impl ToolPattern {
    pub(crate) fn matches(&self, tool: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = tool.strip_prefix(first) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        for part in parts {
            // The first place that fits leaves the most for the parts behind it.
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

impl FromStr for ToolPattern {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() || text.len() > LONGEST || text.chars().any(char::is_control) {
            return Err(Invalid(format!(
                "{text:?} can't be the name of a tool: 1 to {LONGEST} bytes without control characters; * stands for any text"
            )));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ToolPattern {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ToolPattern> for String {
    fn from(pattern: ToolPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for ToolPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> BTreeSet<ToolPattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_star_stands_for_any_text() {
        let check = |pattern: &str, tool: &str, expected: bool| {
            let pattern: ToolPattern = pattern.parse().unwrap();
            assert_eq!(pattern.matches(tool), expected, "{pattern} {tool}");
        };
        check("a", "a", true);
        check("a", "ab", false);
        check("a", "A", false);
        check("a*", "a", true);
        check("a*", "abc", true);
        check("*c", "abc", true);
        check("*", "", true);
        check("a*a", "a", false);
        check("a*b*a", "abba", true);
        check("a*b*b", "ab", false);
        check("*delete*", "bulk_delete_all", true);
        check("**", "x", true);
        check("ä*ö", "äxö", true);
        for bad in ["", "a\nb", &"x".repeat(257)] {
            bad.parse::<ToolPattern>().unwrap_err();
        }
    }

    #[test]
    fn what_is_hidden_is_not_offered_whatever_is_allowed() {
        let all = ToolRules::default();
        assert!(all.is_empty() && all.offers("anything"));
        let rules = ToolRules {
            allow: patterns(&["get_*", "delete_one"]),
            hide: patterns(&["*_one"]),
        };
        assert!(rules.offers("get_all") && !rules.offers("put_all"));
        assert!(!rules.offers("delete_one") && !rules.offers("get_one"));
    }

    #[test]
    fn a_change_leaves_the_rest_as_it_is() {
        let old = ToolRules {
            allow: patterns(&["a", "b"]),
            hide: patterns(&["c"]),
        };
        let change = ToolChanges {
            unallow: patterns(&["a"]),
            hide: patterns(&["d"]),
            ..ToolChanges::default()
        };
        let new = change.apply(&old).unwrap();
        assert_eq!((new.allow, new.hide), (patterns(&["b"]), patterns(&["c", "d"])));
        let reset = ToolChanges {
            reset: true,
            ..ToolChanges::default()
        };
        assert!(reset.apply(&old).unwrap().is_empty());
        let not_there = ToolChanges {
            unhide: patterns(&["x"]),
            ..ToolChanges::default()
        };
        assert!(
            not_there
                .apply(&old)
                .unwrap_err()
                .to_string()
                .contains("--unhide x")
        );
        let both = ToolChanges {
            hide: patterns(&["c"]),
            unhide: patterns(&["c"]),
            ..ToolChanges::default()
        };
        both.apply(&old).unwrap_err();
    }
}
