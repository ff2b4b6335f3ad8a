//! A connector's values as they are typed: `-e` and `--secret` of a deploy, and those of `berth env`.

use std::collections::BTreeMap;

use crate::{
    cli::{context::Context, error::CmdError, input::read_input, prompt},
    model::EnvName,
    secret::Secret,
};

/// What becomes of a secret whose variable is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    Refused,
    /// Where somebody sits at a terminal.
    AskedFor,
}

/// Reads `-e KEY=VALUE`. No error here repeats what was typed: it may be a secret that was put here by mistake.
pub(super) fn settings(given: &[String]) -> Result<BTreeMap<EnvName, String>, CmdError> {
    assignments("-e", given)
}

/// The same for any flag that takes `KEY=VALUE`.
pub(super) fn assignments(flag: &str, given: &[String]) -> Result<BTreeMap<EnvName, String>, CmdError> {
    let mut settings = BTreeMap::new();
    for (index, text) in given.iter().enumerate() {
        let flag = numbered(flag, index, given.len());
        let (name, value) = text.split_once('=').ok_or_else(|| {
            CmdError::usage(format!("{flag} has no '=': it takes KEY=VALUE"))
                .with_hint("for a value that is secret use --secret KEY, which takes it from the environment")
        })?;
        settings.insert(variable(&flag, name)?, value.to_owned());
    }
    Ok(settings)
}

/// Reads `KEY=WHAT IT IS`, or `KEY` alone.
pub(super) fn described(flag: &str, given: &[String]) -> Result<BTreeMap<EnvName, String>, CmdError> {
    let mut described = BTreeMap::new();
    for (index, text) in given.iter().enumerate() {
        let flag = numbered(flag, index, given.len());
        let (name, about) = text.split_once('=').unwrap_or((text, ""));
        described.insert(variable(&flag, name)?, about.trim().to_owned());
    }
    Ok(described)
}

/// Reads `KEY`, `KEY=@FILE` and `KEY=@-`, as `flag` takes them, and the secrets from where these say that they are.
pub(super) async fn secrets(
    ctx: &Context,
    flag: &str,
    given: &[String],
    absent: Absent,
) -> Result<BTreeMap<EnvName, Secret<String>>, CmdError> {
    let mut secrets = BTreeMap::new();
    let from_input = |text: &&String| text.split_once('=').is_some_and(|(_, place)| place == "@-");
    // The second would find standard input at its end.
    if given.iter().filter(from_input).count() > 1 {
        return Err(CmdError::usage("standard input can't give more than one secret")
            .with_hint("take the others from variables (KEY) or files (KEY=@FILE)"));
    }
    for (index, text) in given.iter().enumerate() {
        let (plain, flag) = (flag, numbered(flag, index, given.len()));
        let (name, place) = match text.split_once('=') {
            Some((name, place)) => (name, Some(place)),
            None => (text.as_str(), None),
        };
        let name = variable(&flag, name)?;
        let value = match place.map(|place| place.strip_prefix('@')) {
            None => match ctx.secret_from_variable(&flag, name.as_str()) {
                Err(_) if absent == Absent::AskedFor && ctx.cannot_ask().is_none() => {
                    prompt::hidden(name.to_string()).await?
                }
                found => found?,
            },
            Some(Some(path)) => read_input(path).await?,
            Some(None) => {
                return Err(CmdError::usage(format!("{flag} has the value on the command line, where others can see it"))
                    .with_hint(
                        format!("use {plain} KEY (from the environment variable), {plain} KEY=@FILE or {plain} KEY=@- (standard input); and change the secret if it was typed"),
                    ));
            }
        };
        if value.expose().is_empty() {
            return Err(CmdError::usage(format!("the secret {name} is empty")));
        }
        secrets.insert(name, value);
    }
    Ok(secrets)
}

/// The flag, and which one of several.
fn numbered(flag: &str, index: usize, of: usize) -> String {
    match of {
        1 => flag.to_owned(),
        of => format!("{flag} (number {} of {of})", index + 1),
    }
}

fn variable(flag: &str, name: &str) -> Result<EnvName, CmdError> {
    name.parse().map_err(|_| {
        CmdError::usage(format!("{flag} has no name that a connector's variable may have")).with_hint(
            "use letters, digits and '_', not starting with a digit; names such as PATH, NODE_OPTIONS, LD_… and BERTH_… are reserved",
        )
    })
}
