//! Providers that are known: what `berth oauth set --preset` sets, where it is documented, and when that was looked up.
//!
//! A preset is one TOML file below this one, written from the vendor's own documentation. It says what was not found
//! there: what is in `unchecked` comes from elsewhere, and a preset without `checked` was not looked up at all. Nothing
//! in it is secret, and nothing is final: every setting can be given a value of one's own.

mod library;

pub(crate) use library::{all, find, names};

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use crate::model::{EnvName, HeaderField, Placement, Seconds, Variable};

/// One provider that is known.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Preset {
    /// What `--preset` takes; the file's name.
    #[serde(skip_deserializing)]
    pub(crate) name: &'static str,
    pub(crate) title: String,
    /// The vendor's page that says how its OAuth works.
    pub(crate) source: Url,
    /// The day on which the settings were compared with the vendor's documentation, such as 2026-11-23.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checked: Option<String>,
    /// Fields of the preset or of its settings that the documentation did not show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unchecked: Vec<String>,
    /// What an admin has to know besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// What is asked for at first; connectors most often need scopes of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) scopes: Vec<String>,
    /// Where the token goes in a request.
    pub(crate) headers: Vec<Placement<HeaderField>>,
    /// Where it goes in a process.
    pub(crate) env: Vec<Placement<EnvName>>,
    /// How long an access token lives; absent where the app or the organisation decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) access_lifetime: Option<Lifetime>,
    /// How long a refresh token lives, used or not; absent where that is not known, or it has no end but idleness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_lifetime: Option<Lifetime>,
    /// How long a refresh token may lie unused before it dies of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) idle_limit: Option<Seconds>,
    pub(crate) renewal: Renewal,
    /// Variables that the settings need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) asks: Vec<Asked>,
    /// Fields of `ProviderSettings` but the client's id.
    settings: Map<String, Value>,
}

/// A variable that an admin gives a value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// With a pattern for what it may look like.
    pub(crate) variable: Variable,
    /// What it is, for people.
    pub(crate) what: String,
    /// What it is most often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) usual: Option<String>,
}

/// How long a token lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum Lifetime {
    Endless(Never),
    Known(Seconds),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Never {
    Never,
}

/// What becomes of a grant's refresh token when it is used. `rotation` among the settings follows from it, which knows
/// only what a broker does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Renewal {
    /// It never changes.
    Stable,
    /// There is a new one each time, and the old one stays good.
    Replaced,
    /// There is a new one each time, and the old one is good for a while longer.
    Grace,
    /// There is a new one each time, and the old one is good until the new one is used.
    UntilUsed,
    /// It is good once.
    SingleUse,
    /// It is good once, and the grant ends when it is seen again.
    SingleUseFamily,
    /// There is a new one now and then.
    NowAndThen,
    /// There is none: the access token itself is exchanged for a new one.
    Exchanged,
    /// There is none, and the access token does not end.
    Endless,
}

impl Preset {
    /// Makes the settings whole: what is set, and not only what stands in the file.
    pub(crate) fn fill_in(&mut self) {
        self.settings = self.settings();
    }

    /// The settings, without the client's id: what is set by itself and the grants' warmth, which is half of what they
    /// stand without being used.
    pub(crate) fn settings(&self) -> Map<String, Value> {
        let mut settings = self.settings.clone();
        if let Some(Seconds(limit)) = self.idle_limit {
            settings
                .entry("keep_warm")
                .or_insert_with(|| json!(Seconds(limit / 2)));
        }
        settings
    }

    /// The variables that are usual.
    pub(crate) fn usual(&self) -> BTreeMap<&str, &str> {
        let usual = |asked| {
            let Asked { variable, usual, .. }: &Asked = asked;
            Some((variable.name.as_str(), usual.as_deref()?))
        };
        self.asks.iter().filter_map(usual).collect()
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endless(Never::Never) => f.write_str("no end"),
            Self::Known(time) => time.fmt(f),
        }
    }
}

impl fmt::Display for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stable => "the same one for good",
            Self::Replaced => "a new one each time; the old one stays good",
            Self::Grace => "a new one each time; the old one is good a while longer",
            Self::UntilUsed => "a new one each time; the old one is good until the new one is used",
            Self::SingleUse => "a new one each time; the old one is dead",
            Self::SingleUseFamily => "a new one each time; using the old one ends the grant",
            Self::NowAndThen => "a new one now and then",
            Self::Exchanged => "none: the access token is exchanged for a new one",
            Self::Endless => "none: the access token does not end",
        })
    }
}
