//! The connector's environment as it is typed: `-e` and `--secret`.

use std::collections::BTreeMap;

use crate::{
    cli::{context::Context, error::CmdError, input::read_input},
    model::EnvName,
    secret::Secret,
};

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

/// Reads `--secret`, and the secrets from where it says that they are.
pub(super) async fn secrets(
    ctx: &Context,
    given: &[String],
) -> Result<BTreeMap<EnvName, Secret<String>>, CmdError> {
    let mut secrets = BTreeMap::new();
    let from_input = |text: &&String| text.split_once('=').is_some_and(|(_, place)| place == "@-");
    // The second would find standard input at its end.
    if given.iter().filter(from_input).count() > 1 {
        return Err(CmdError::usage("standard input can't give more than one secret")
            .with_hint("take the others from variables (--secret KEY) or files (--secret KEY=@FILE)"));
    }
    for (index, text) in given.iter().enumerate() {
        let flag = numbered("--secret", index, given.len());
        let (name, place) = match text.split_once('=') {
            Some((name, place)) => (name, Some(place)),
            None => (text.as_str(), None),
        };
        let name = variable(&flag, name)?;
        let value = match place.map(|place| place.strip_prefix('@')) {
            None => ctx.secret_from_variable(&flag, name.as_str())?,
            Some(Some(path)) => read_input(path).await?,
            Some(None) => {
                return Err(CmdError::usage(format!("{flag} has the value on the command line, where others can see it"))
                    .with_hint(
                        "use --secret KEY (from the environment variable), --secret KEY=@FILE or --secret KEY=@- (standard input); for a plain setting -e KEY=VALUE",
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
