//! Placeholders for what a connector insists on at its start and nobody has given yet: a user's token, a key that is
//! set later. With them it answers the probe, and its lists are served before any consent.
//!
//! What a deploy declares (`--probe-env`) is given as it says. Else a connector that ended by itself is taken at its
//! word: the variables that it names as missing get a placeholder, which is said wherever the release is shown.

use super::live::Live;
use crate::{
    model::{EnvName, Transport},
    runtime::{Launch, StartCause, StartError},
    secret::Secret,
};

/// What stands in for a value that nobody named a placeholder for.
const PLACEHOLDER: &str = "berth-placeholder";
/// How many names are guessed for one release.
pub(super) const MOST_GUESSED: usize = 4;
/// The shortest name that is taken for a variable's.
const SHORTEST: usize = 4;
/// How many lines away from its name a variable may be said to be missing: validators list a name and its fault apart.
const NEAR: usize = 2;

/// What a line says, in lower case, that finds a value missing.
const MISSING: [&str; 22] = [
    "required",
    "missing",
    "must be set",
    "must be provided",
    "must be defined",
    "must be specified",
    "must set",
    "must provide",
    "not set",
    "isn't set",
    "not defined",
    "not found",
    "not provided",
    "not specified",
    "undefined",
    "environment variable",
    "env var",
    "please set",
    "please provide",
    "keyerror",
    "set the",
    "unset",
];

impl Live {
    /// Gives `launch` the placeholders of `names` that have no value in it. Returns those.
    pub(super) fn fill(&self, launch: &mut Launch, names: impl IntoIterator<Item = EnvName>) -> Vec<EnvName> {
        let mut filled = Vec::new();
        for name in names {
            if launch.env.iter().any(|(given, _)| given == name.as_str()) {
                continue;
            }
            let declared = self.spec.run.probe_env.get(&name);
            let value = declared.map_or(PLACEHOLDER, String::as_str);
            launch
                .env
                .push((name.as_str().to_owned(), Secret::new(value.to_owned())));
            filled.push(name);
        }
        filled
    }

    /// The same for what serves everybody: it was probed with them, and is started again as it was. What serves one
    /// user gets that user's values, or none.
    pub(super) fn fill_shared(&self, mut launch: Launch) -> Launch {
        if matches!(launch.transport, Transport::Http { .. }) {
            self.fill(&mut launch, self.probe.placeholders.iter().cloned());
        }
        launch
    }
}

/// The variables that a connector names as missing which ended by itself; what comes first is the likeliest.
pub(super) fn guess(error: &StartError) -> Vec<EnvName> {
    let junk = match &error.cause {
        StartCause::Exited { junk, .. } => junk.as_deref(),
        StartCause::Junk { line } => Some(line.as_str()),
        _ => return Vec::new(),
    };
    let lines: Vec<&str> = junk
        .into_iter()
        .chain(error.stderr.iter().map(String::as_str))
        .flat_map(str::lines)
        .collect();
    let finds_missing: Vec<bool> = lines.iter().map(|line| finds_missing(line)).collect();
    let mut found = Vec::new();
    for distance in 0..=NEAR {
        for (at, line) in lines.iter().enumerate() {
            let near = at.saturating_sub(distance)..(at + distance + 1).min(lines.len());
            if !finds_missing[near].contains(&true) || line.to_ascii_lowercase().contains("optional") {
                continue;
            }
            for name in names(line) {
                if !found.contains(&name) {
                    found.push(name);
                }
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn finds_missing(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    MISSING.iter().any(|said| line.contains(said))
}

/// The words of `line` that look like a variable's name: capitals with an underline between them. Codes of errors look
/// alike.
fn names(line: &str) -> impl Iterator<Item = EnvName> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words = line.split(move |c| !is_part(c));
    words
        .filter(|word| {
            word.len() >= SHORTEST
                && word.trim_matches('_').contains('_')
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        })
        .filter(|word| {
            !word.starts_with("ERR_") && !word.ends_with("_NOT_FOUND") && !word.ends_with("_ERROR")
        })
        // Those that berth sets itself are no names that anybody may set.
        .filter_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stderr: &[&str], expected: &[&str]) {
        let error = StartError {
            cause: StartCause::Exited {
                status: "exited with status 1".into(),
                junk: None,
            },
            stderr: stderr.iter().map(|line| (*line).to_owned()).collect(),
        };
        let found = guess(&error);
        let found: Vec<&str> = found.iter().map(EnvName::as_str).collect();
        assert_eq!(found, expected, "{stderr:?}");
    }

    #[test]
    fn what_a_connector_misses_is_found() {
        check(
            &["Error: BRAVE_API_KEY environment variable is required"],
            &["BRAVE_API_KEY"],
        );
        check(
            &["Please set SLACK_BOT_TOKEN and SLACK_TEAM_ID"],
            &["SLACK_BOT_TOKEN", "SLACK_TEAM_ID"],
        );
        check(&["KeyError: 'NOTION_TOKEN'"], &["NOTION_TOKEN"]);
        check(&["missing: `process.env.STRIPE_SECRET`"], &["STRIPE_SECRET"]);
        // Validators name a variable on one line and its fault on another.
        check(
            &[
                "1 validation error for Settings",
                "GITLAB_TOKEN",
                "  Field required [type=missing]",
            ],
            &["GITLAB_TOKEN"],
        );
        check(
            &[r#"  "path": ["API_KEY"],"#, r#"  "message": "Required""#],
            &["API_KEY"],
        );
        // Most of what is said has nothing to do with it.
        check(
            &[
                "API_KEY is required",
                "at Object.<anonymous> (/x/NODE_MODULES_DIR/y.js)",
            ],
            &["API_KEY"],
        );
    }

    #[test]
    fn what_is_no_variable_is_left_alone() {
        check(
            &[
                "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'x'",
                "code: 'ERR_MODULE_NOT_FOUND'",
            ],
            &[],
        );
        check(
            &["NODE_OPTIONS is not set; LD_PRELOAD is required; HOME is required"],
            &[],
        );
        check(&["FATAL: missing ID of the WORKSPACE"], &[]);
        check(&["MAX_RETRIES is optional, not set"], &[]);
        check(&["listening with API_KEY"], &[]);
        check(&[], &[]);
        let timed_out = StartError {
            cause: StartCause::Stopped,
            stderr: vec!["API_KEY is required".into()],
        };
        assert_eq!(guess(&timed_out), []);
    }
}
