//! One thing that a trial of somebody's settings looked at.

use serde::{Deserialize, Serialize};

/// What was looked at and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Step {
    /// Names of steps are part of berth's contract with scripts.
    pub(crate) name: String,
    pub(crate) verdict: StepVerdict,
    /// What was seen, or what is wrong.
    pub(crate) detail: String,
    /// What to do about it; empty where there is nothing to do.
    #[serde(default)]
    pub(crate) hint: String,
    /// What went over the line, a line each, without secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sent: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum StepVerdict {
    Ok,
    Warning,
    Failed,
    Skipped,
}

impl Step {
    pub(crate) fn new(name: &str, verdict: StepVerdict, detail: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            verdict,
            detail: detail.into(),
            hint: String::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn ok(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, StepVerdict::Ok, detail)
    }

    pub(crate) fn warning(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, StepVerdict::Warning, detail)
    }

    pub(crate) fn failed(name: &str, detail: impl Into<String>) -> Self {
        Self::new(name, StepVerdict::Failed, detail)
    }

    pub(crate) fn skipped(name: &str, why: impl Into<String>) -> Self {
        Self::new(name, StepVerdict::Skipped, why)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(crate) fn sent(mut self, sent: Vec<String>) -> Self {
        self.sent = sent;
        self
    }
}
