//! The connector's environment as it is typed: `-e` and `--secret`.

use std::collections::BTreeMap;

use crate::{
    cli::{context::Context, error::CmdError, input::read_input},
    model::EnvName,
    secret::Secret,
};

/// Reads `-e KEY=VALUE`. Its errors leave the value out: it may be a secret that was put here by mistake.
pub(super) fn settings(given: &[String]) -> Result<BTreeMap<EnvName, String>, CmdError> {
    let mut settings = BTreeMap::new();
    for text in given {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            CmdError::usage("-e takes KEY=VALUE, and one of them has no '='")
                .with_hint("for a value that is secret use --secret KEY, which takes it from the environment")
        })?;
        settings.insert(name.parse()?, value.to_owned());
    }
    Ok(settings)
}

pub(super) async fn secrets(
    ctx: &Context,
    given: &[String],
) -> Result<BTreeMap<EnvName, Secret<String>>, CmdError> {
    let mut secrets = BTreeMap::new();
    for text in given {
        let (name, place) = match text.split_once('=') {
            Some((name, place)) => (name, Some(place)),
            None => (text.as_str(), None),
        };
        let name: EnvName = name.parse()?;
        let value = match place.map(|place| place.strip_prefix('@')) {
            None => ctx.secret_from_variable("--secret", name.as_str())?,
            Some(Some(path)) => read_input(path).await?,
            // The value is on the command line, where others can see it; it is not repeated here.
            Some(None) => {
                return Err(CmdError::usage(format!("--secret {name}=… has the value on the command line"))
                    .with_hint(format!(
                        "use --secret {name} (from the environment variable), --secret {name}=@FILE or --secret {name}=@- (standard input); for a plain setting -e {name}=VALUE"
                    )));
            }
        };
        secrets.insert(name, value);
    }
    Ok(secrets)
}
